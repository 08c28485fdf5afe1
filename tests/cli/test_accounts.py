"""What an administrator does to accounts: add, disable, unlock, another password, other roles."""

from collections.abc import Sequence

import pytest
import typer

from dasan.commands import accounts
from dasan.server.accounts import Account, Signed
from dasan.server.passwords import verifies


class Rows:
    """Accounts and tokens in two dictionaries."""

    def __init__(self) -> None:
        self.kept: dict[str, Account] = {}
        self.tokens: dict[str, Signed] = {}

    def accounts(self) -> Sequence[Account]:
        return sorted(self.kept.values(), key=lambda account: account.name)

    def by_name(self, name: str) -> Account | None:
        return next((account for account in self.kept.values() if account.name == name), None)

    def by_id(self, account: str) -> Account | None:
        return self.kept.get(account)

    def put(self, account: Account) -> None:
        self.kept[account.id] = account

    def put_token(self, key: str, account: str, expires_us: int) -> None:
        self.tokens[key] = Signed(account, expires_us)

    def token(self, key: str) -> Signed | None:
        return self.tokens.get(key)

    def revoke_token(self, key: str) -> None:
        self.tokens.pop(key, None)

    def revoke_tokens(self, account: str) -> None:
        self.tokens = {key: signed for key, signed in self.tokens.items() if signed.account != account}


@pytest.fixture
def rows() -> Rows:
    """One administrator, and one counselor who is signed in and locked."""
    made = Rows()
    accounts.add(made, "boss", "correct horse", roles=["admin"])
    kim = accounts.add(made, "kim", "battery staple", roles=["counselor"], skills={"water": 3}, known_skills=["water"])
    made.put_token("t", kim.id, 1)
    made.put(Account(**{**{f: getattr(kim, f) for f in kim.__slots__}, "failed": 6, "locked_until_us": 99}))
    return made


def found(rows: Rows, name: str) -> Account:
    account = rows.by_name(name)
    assert account
    return account


def test_a_new_account_can_sign_in_with_its_password_and_nothing_else(rows: Rows) -> None:
    kim = found(rows, "kim")
    assert verifies(kim.password, "battery staple")
    assert not verifies(kim.password, "battery stapl")
    assert (kim.roles, kim.skills, kim.enabled) == (("counselor",), {"water": 3}, True)


@pytest.mark.parametrize("name", ["kim", "Kim", "k", "김", "a b", "x" * 33, "../etc"])
def test_a_taken_or_odd_name_is_refused(rows: Rows, name: str) -> None:
    with pytest.raises(typer.Exit):
        accounts.add(rows, name, "long enough", roles=["counselor"])
    assert len(rows.kept) == 2


def test_a_skill_that_no_queue_knows_is_refused(rows: Rows) -> None:
    with pytest.raises(typer.Exit):
        accounts.add(rows, "lee", "long enough", skills={"flying": 5}, known_skills=["water"])
    assert rows.by_name("lee") is None


def test_disabling_ends_every_sign_in_at_once(rows: Rows) -> None:
    accounts.disable(rows, "kim")
    assert not found(rows, "kim").enabled
    assert rows.tokens == {}
    accounts.enable(rows, "kim")
    assert found(rows, "kim").enabled


def test_another_password_ends_sign_ins_and_lifts_the_lock(rows: Rows) -> None:
    accounts.set_password(rows, "kim", "quite another one")
    kim = found(rows, "kim")
    assert verifies(kim.password, "quite another one")
    assert (kim.failed, kim.locked_until_us, rows.tokens) == (0, 0, {})


def test_unlocking_keeps_the_password_and_the_sign_ins(rows: Rows) -> None:
    before = found(rows, "kim").password
    accounts.unlock(rows, "kim")
    kim = found(rows, "kim")
    assert (kim.failed, kim.locked_until_us, kim.password) == (0, 0, before)
    assert list(rows.tokens) == ["t"]


def test_other_roles_end_sign_ins_so_that_no_console_keeps_rights_it_lost(rows: Rows) -> None:
    accounts.set_roles(rows, "kim", ["counselor", "supervisor"])
    assert found(rows, "kim").role == "supervisor"
    assert rows.tokens == {}


def test_the_last_administrator_cannot_be_shut_out(rows: Rows) -> None:
    with pytest.raises(typer.Exit):
        accounts.disable(rows, "boss")
    with pytest.raises(typer.Exit):
        accounts.set_roles(rows, "boss", ["counselor"])
    assert found(rows, "boss").enabled
    accounts.set_roles(rows, "kim", ["admin"])
    accounts.disable(rows, "boss")
    assert not found(rows, "boss").enabled


def test_an_unknown_account_is_named(rows: Rows, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        accounts.unlock(rows, "park")
    assert "park" in capsys.readouterr().err
