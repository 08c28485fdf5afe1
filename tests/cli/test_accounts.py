"""What an administrator does to accounts: add, disable, unlock, another password, other roles."""

from dataclasses import replace

import pytest
import typer

from dasan.commands import accounts
from dasan.server.passwords import verifies
from dasan.server.signin import PRINCIPAL
from dasan.store.people import Account, MemoryPeople, Token


@pytest.fixture
def people() -> MemoryPeople:
    """One administrator, and one counselor who is signed in and locked."""
    made = MemoryPeople()
    accounts.add(made, "boss", "correct horse", roles=["admin"])
    kim = accounts.add(made, "kim", "battery staple", roles=["counselor"], skills={"water": 3}, known_skills=["water"])
    made.issue(Token("t", PRINCIPAL + kim.id, {}, accounts.now_us() + 10**12))
    made.change(replace(kim, failed=6, locked_until_us=99))
    return made


def found(people: MemoryPeople, name: str) -> Account:
    account = people.named(name)
    assert account
    return account


def signed_in(people: MemoryPeople) -> bool:
    return people.find("t", accounts.now_us()) is not None


def test_every_account_gets_a_number_of_its_own(people: MemoryPeople) -> None:
    assert [account.number for account in people.accounts()] == [101, 102]


def test_a_new_account_can_sign_in_with_its_password_and_nothing_else(people: MemoryPeople) -> None:
    kim = found(people, "kim")
    assert verifies(kim.password, "battery staple")
    assert not verifies(kim.password, "battery stapl")
    assert (kim.roles, kim.skills, kim.disabled) == (("counselor",), {"water": 3}, False)


@pytest.mark.parametrize("name", ["kim", "Kim", "k", "김", "a b", "x" * 33, "../etc"])
def test_a_taken_or_odd_name_is_refused(people: MemoryPeople, name: str) -> None:
    with pytest.raises(typer.Exit):
        accounts.add(people, name, "long enough", roles=["counselor"])
    assert len(people.accounts()) == 2


def test_a_skill_that_no_queue_knows_is_refused(people: MemoryPeople) -> None:
    with pytest.raises(typer.Exit):
        accounts.add(people, "lee", "long enough", skills={"flying": 5}, known_skills=["water"])
    assert people.named("lee") is None


def test_disabling_ends_every_sign_in_at_once(people: MemoryPeople) -> None:
    accounts.disable(people, "kim")
    assert found(people, "kim").disabled
    assert not signed_in(people)
    accounts.enable(people, "kim")
    assert not found(people, "kim").disabled


def test_another_password_ends_sign_ins_and_lifts_the_lock(people: MemoryPeople) -> None:
    accounts.set_password(people, "kim", "quite another one")
    kim = found(people, "kim")
    assert verifies(kim.password, "quite another one")
    assert (kim.failed, kim.locked_until_us, signed_in(people)) == (0, 0, False)


def test_unlocking_keeps_the_password_and_the_sign_ins(people: MemoryPeople) -> None:
    before = found(people, "kim").password
    accounts.unlock(people, "kim")
    kim = found(people, "kim")
    assert (kim.failed, kim.locked_until_us, kim.password) == (0, 0, before)
    assert signed_in(people)


def test_other_roles_end_sign_ins_so_that_no_console_keeps_rights_it_lost(people: MemoryPeople) -> None:
    accounts.set_roles(people, "kim", ["counselor", "supervisor"])
    assert found(people, "kim").roles == ("counselor", "supervisor")
    assert not signed_in(people)


def test_the_last_administrator_cannot_be_shut_out(people: MemoryPeople) -> None:
    with pytest.raises(typer.Exit):
        accounts.disable(people, "boss")
    with pytest.raises(typer.Exit):
        accounts.set_roles(people, "boss", ["counselor"])
    assert not found(people, "boss").disabled
    accounts.set_roles(people, "kim", ["admin"])
    accounts.disable(people, "boss")
    assert found(people, "boss").disabled


def test_an_unknown_account_is_named(people: MemoryPeople, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        accounts.unlock(people, "park")
    assert "park" in capsys.readouterr().err


ROWS = """
{"name": "lee", "display": "이상담", "password": "open sesame", "skills": {"water": 3}}
{"name": "kim", "password": "another one", "roles": ["admin"]}
"""


def test_many_accounts_come_in_at_once_and_those_that_exist_stay(people: MemoryPeople) -> None:
    rows = accounts.read_rows(ROWS, ["water"])
    assert [accounts.add_new(people, row) for row in rows] == [True, False]
    assert found(people, "lee").shown == "이상담"
    assert found(people, "kim").roles == ("counselor",)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('{"name": "Lee", "password": "open sesame"}', "name"),
        ('{"name": "lee", "password": "short"}', "password"),
        ('{"name": "lee", "password": "open sesame", "skills": {"flying": 3}}', "flying"),
        ('{"name": "lee", "password": "open sesame", "skills": {"water": 9}}', "skills.water"),
        ('{"name": "lee", "password": "open sesame", "role": ["admin"]}', "role"),
        ("lee, open sesame", "JSON"),
    ],
)
def test_a_faulty_line_is_named_and_nobody_is_added(line: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        accounts.read_rows(f"{ROWS}{line}\n", ["water"])
    said = capsys.readouterr().err
    assert "  4: " in said
    assert word in said
