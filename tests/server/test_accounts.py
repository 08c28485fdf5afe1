"""What an administrator does to accounts: add, disable, unlock, another password, other roles."""

from dataclasses import replace
from typing import Any

import pytest

from dasan.core.errors import BadInput, Refused
from dasan.core.ids import COUNSELOR, make
from dasan.server import accounts
from dasan.server.accounts import PRINCIPAL
from dasan.server.passwords import hashed, verifies
from dasan.store.people import Account, MemoryPeople, Token

NOW = 1_790_000_000_000_000


def do(people: MemoryPeople, act: str, name: str, **asked: Any) -> dict[str, Any]:
    return accounts.act(people, {"act": act, "name": name, **asked}, NOW)


def add(people: MemoryPeople, name: str, password: str = "long enough", **asked: Any) -> dict[str, Any]:
    new = make(COUNSELOR, NOW, len(people.accounts()))
    return do(people, "add", name, **{"id": new, "password": hashed(password), "roles": ["counselor"], **asked})


@pytest.fixture
def people() -> MemoryPeople:
    """One administrator, and one counselor who is signed in and locked."""
    made = MemoryPeople()
    add(made, "boss", "correct horse", roles=["admin"])
    add(made, "kim", "battery staple", skills={"water": 3})
    kim = found(made, "kim")
    made.issue(Token("t", PRINCIPAL + kim.id, {}, NOW + 10**12))
    made.change(replace(kim, failed=6, locked_until_us=99))
    return made


def found(people: MemoryPeople, name: str) -> Account:
    account = people.named(name)
    assert account
    return account


def signed_in(people: MemoryPeople) -> bool:
    return people.find("t", NOW) is not None


def test_every_account_gets_a_number_of_its_own(people: MemoryPeople) -> None:
    assert [account.number for account in people.accounts()] == [101, 102]


def test_a_new_account_can_sign_in_with_its_password_and_nothing_else(people: MemoryPeople) -> None:
    kim = found(people, "kim")
    assert verifies(kim.password, "battery staple")
    assert not verifies(kim.password, "battery stapl")
    assert (kim.roles, kim.skills, kim.disabled) == (("counselor",), {"water": 3}, False)


@pytest.mark.parametrize("name", ["kim", "Kim", "k", "김", "a b", "x" * 33, "../etc"])
def test_a_taken_or_odd_name_is_refused(people: MemoryPeople, name: str) -> None:
    with pytest.raises((Refused, BadInput)) as refused:
        add(people, name)
    assert refused.value.code in {"name_taken", "bad_name"}
    assert name in str(refused.value)
    assert len(people.accounts()) == 2


def test_of_many_those_that_exist_stay_as_they_are(people: MemoryPeople) -> None:
    before = found(people, "kim")
    assert add(people, "kim", keep=True, roles=["admin"])["done"] is False
    assert add(people, "lee", keep=True)["done"] is True
    assert found(people, "kim") == before


@pytest.mark.parametrize(
    "asked",
    [{"act": "add", "password": "plain"}, {"act": "add", "roles": ["king"]}, {"act": "roles"}, {"act": "delete"}],
)
def test_what_no_command_of_ours_would_ask_is_refused_and_changes_nothing(
    people: MemoryPeople, asked: dict[str, Any]
) -> None:
    whole = {"id": make(COUNSELOR, NOW, 9), "password": hashed("long enough"), "roles": [], **asked}
    with pytest.raises(BadInput):
        accounts.act(people, {"name": "lee" if asked["act"] == "add" else "kim", **whole}, NOW)
    assert len(people.accounts()) == 2
    assert found(people, "kim").roles == ("counselor",)


def test_disabling_ends_every_sign_in_at_once(people: MemoryPeople) -> None:
    assert do(people, "disable", "kim")["ended"] == 1
    assert found(people, "kim").disabled
    assert not signed_in(people)
    do(people, "enable", "kim")
    assert not found(people, "kim").disabled


def test_another_password_ends_sign_ins_and_lifts_the_lock(people: MemoryPeople) -> None:
    do(people, "password", "kim", password=hashed("quite another one"))
    kim = found(people, "kim")
    assert verifies(kim.password, "quite another one")
    assert (kim.failed, kim.locked_until_us, signed_in(people)) == (0, 0, False)


def test_unlocking_keeps_the_password_and_the_sign_ins(people: MemoryPeople) -> None:
    before = found(people, "kim").password
    do(people, "unlock", "kim")
    kim = found(people, "kim")
    assert (kim.failed, kim.locked_until_us, kim.password) == (0, 0, before)
    assert signed_in(people)


def test_other_roles_end_sign_ins_so_that_no_console_keeps_rights_it_lost(people: MemoryPeople) -> None:
    do(people, "roles", "kim", roles=["counselor", "supervisor"])
    assert found(people, "kim").roles == ("counselor", "supervisor")
    assert not signed_in(people)


def test_the_last_administrator_cannot_be_shut_out(people: MemoryPeople) -> None:
    for act, asked in (("disable", {}), ("roles", {"roles": ["counselor"]})):
        with pytest.raises(Refused, match="last administrator"):
            do(people, act, "boss", **asked)
    assert not found(people, "boss").disabled
    do(people, "roles", "kim", roles=["admin"])
    do(people, "disable", "boss")
    assert found(people, "boss").disabled


@pytest.mark.parametrize("act", ["disable", "enable", "password", "roles", "unlock"])
def test_an_unknown_account_is_named(people: MemoryPeople, act: str) -> None:
    with pytest.raises(Refused, match="park"):
        do(people, act, "park", password=hashed("long enough"), roles=["admin"])
