"""Who may sign in, and with what: accounts and tokens as rows, on the SQL stores and in the twin.

Promises: passwords are kept as the argon2 text that dasan/server makes, tokens as the SHA-256 of an opaque value, so
that neither can be taken from a copy of the database; a revoked or expired token is not found. Each call is a
transaction of its own and waits for the writer's turn; call them through the gate or from a thread, not from the loop.

Left out: checking a password, rights, rate limits (dasan/server).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from dasan.core import codec
from dasan.core.errors import Clash
from dasan.store.engine import Backend
from dasan.store.link import Link, Row, translated


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody of the staff. ``id`` is her counselor stream; ``shown`` is how she is called before citizens."""

    id: str
    name: str
    number: int
    shown: str
    password: str
    roles: tuple[str, ...] = ("counselor",)
    languages: tuple[str, ...] = ("ko",)
    skills: Mapping[str, int] = field(default_factory=dict)
    disabled: bool = False
    failed: int = 0  # wrong tries since the last right one
    locked_until_us: int = 0
    phone: str = ""  # what rings for her, "": the centre's own way


@dataclass(frozen=True, slots=True)
class Token:
    """What an opaque token stands for."""

    sha256: str
    principal: str
    data: Mapping[str, Any]
    expires_us: int


class People(Protocol):
    """Accounts and tokens."""

    def add(self, account: Account) -> bool:
        """Make an account; False when its id, name or number is taken."""
        ...

    def change(self, account: Account) -> bool:
        """Replace the account of that id; False when there is none or the name or number is another's."""
        ...

    def tried(self, account: str, failed: int, locked_until_us: int) -> None:
        """Keep how many wrong tries there were and until when it is locked."""
        ...

    def phoned(self, account: str, phone: str) -> bool:
        """Keep which telephone rings for her; False when there is no such account."""
        ...

    def named(self, name: str) -> Account | None:
        """The account of that name."""
        ...

    def account(self, account: str) -> Account | None:
        """The account of that id."""
        ...

    def accounts(self) -> Sequence[Account]:
        """Everybody, by number."""
        ...

    def issue(self, token: Token) -> None:
        """Keep a token."""
        ...

    def find(self, sha256: str, now_us: int) -> Token | None:
        """The token, unless it is unknown, expired or revoked."""
        ...

    def tokens_of(self, principal: str, now_us: int) -> Sequence[Token]:
        """The principal's valid tokens, by expiry."""
        ...

    def revoke(self, sha256: str, now_us: int) -> bool:
        """End a token now; whether it was valid."""
        ...

    def revoke_all(self, principal: str, now_us: int) -> int:
        """End all tokens of a principal; how many were valid."""
        ...

    def prune_tokens(self, before_us: int) -> int:
        """Forget tokens that ended before that."""
        ...


_ACCOUNT = (
    "SELECT id, name, number, shown, password, roles, languages, skills, disabled, failed, locked_until_us,"
    " phone"
    " FROM accounts"
)
_TOKEN = "SELECT sha256, principal, data, expires_us FROM tokens WHERE "  # noqa: S105
_VALID = " AND expires_us > ? AND revoked_us IS NULL"


class SqlPeople:
    """People over SQLite or PostgreSQL."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def add(self, account: Account) -> bool:
        text = (
            "INSERT INTO accounts (id, name, number, shown, password, roles, languages, skills, disabled, failed,"
            " locked_until_us, phone) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        return self._change(text, _account_row(account)) == 1

    def change(self, account: Account) -> bool:
        text = (
            "UPDATE accounts SET name = ?, number = ?, shown = ?, password = ?, roles = ?, languages = ?, skills = ?,"
            " disabled = ?, failed = ?, locked_until_us = ?, phone = ? WHERE id = ?"
        )
        row = _account_row(account)
        return self._change(text, (*row[1:], row[0])) == 1

    def tried(self, account: str, failed: int, locked_until_us: int) -> None:
        text = "UPDATE accounts SET failed = ?, locked_until_us = ? WHERE id = ?"
        self._change(text, (failed, locked_until_us, account))

    def phoned(self, account: str, phone: str) -> bool:
        return self._change("UPDATE accounts SET phone = ? WHERE id = ?", (phone, account)) == 1

    def named(self, name: str) -> Account | None:
        rows = self._rows(f"{_ACCOUNT} WHERE name = ?", (name,))
        return _account_of(rows[0]) if rows else None

    def account(self, account: str) -> Account | None:
        rows = self._rows(f"{_ACCOUNT} WHERE id = ?", (account,))
        return _account_of(rows[0]) if rows else None

    def accounts(self) -> Sequence[Account]:
        return [_account_of(row) for row in self._rows(f"{_ACCOUNT} ORDER BY number", ())]

    def issue(self, token: Token) -> None:
        row = (token.sha256, token.principal, codec.dumps(dict(token.data)), token.expires_us)
        done = self._change("INSERT INTO tokens (sha256, principal, data, expires_us) VALUES (?, ?, ?, ?)", row)
        if done != 1:
            raise Clash(token.principal)

    def find(self, sha256: str, now_us: int) -> Token | None:
        rows = self._rows(f"{_TOKEN}sha256 = ?{_VALID}", (sha256, now_us))
        return _token_of(rows[0]) if rows else None

    def tokens_of(self, principal: str, now_us: int) -> Sequence[Token]:
        rows = self._rows(f"{_TOKEN}principal = ?{_VALID} ORDER BY expires_us, sha256", (principal, now_us))
        return [_token_of(row) for row in rows]

    def revoke(self, sha256: str, now_us: int) -> bool:
        text = f"UPDATE tokens SET revoked_us = ? WHERE sha256 = ?{_VALID}"  # noqa: S608
        return self._change(text, (now_us, sha256, now_us)) == 1

    def revoke_all(self, principal: str, now_us: int) -> int:
        text = f"UPDATE tokens SET revoked_us = ? WHERE principal = ?{_VALID}"  # noqa: S608
        return self._change(text, (now_us, principal, now_us))

    def prune_tokens(self, before_us: int) -> int:
        return self._change("DELETE FROM tokens WHERE expires_us < ? OR revoked_us < ?", (before_us, before_us))

    def _change(self, text: str, params: Row) -> int:
        """How many rows a statement changed; 0 where it would break a unique rule."""
        try:
            with writing(self._backend) as link:
                return link.run(text, params)
        except Clash:
            return 0

    def _rows(self, text: str, params: Row) -> list[Row]:
        link = self._backend.reader()
        try:
            with translated():
                return link.rows(text, params)
        finally:
            link.close()


@contextmanager
def writing(backend: Backend) -> Iterator[Link]:
    """A small transaction beside the journal; committed at the end. Raises Clash or StorageFull."""
    link = backend.writer()
    try:
        with translated():
            link.begin()
            yield link
            link.commit()
    finally:
        link.rollback()
        backend.done(link)


class MemoryPeople:
    """People of the in-memory twin."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[str, Token] = {}
        self._revoked: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, account: Account) -> bool:
        with self._lock:
            if account.id in self._accounts or self._taken(account):
                return False
            self._accounts[account.id] = account
            return True

    def change(self, account: Account) -> bool:
        with self._lock:
            if account.id not in self._accounts or self._taken(account):
                return False
            self._accounts[account.id] = account
            return True

    def _taken(self, account: Account) -> bool:
        others = (other for other in self._accounts.values() if other.id != account.id)
        return any(other.name == account.name or other.number == account.number for other in others)

    def tried(self, account: str, failed: int, locked_until_us: int) -> None:
        with self._lock:
            if account in self._accounts:
                held = self._accounts[account]
                self._accounts[account] = replace(held, failed=failed, locked_until_us=locked_until_us)

    def phoned(self, account: str, phone: str) -> bool:
        with self._lock:
            held = self._accounts.get(account)
            if held is not None:
                self._accounts[account] = replace(held, phone=phone)
            return held is not None

    def named(self, name: str) -> Account | None:
        return next((account for account in self.accounts() if account.name == name), None)

    def account(self, account: str) -> Account | None:
        return self._accounts.get(account)

    def accounts(self) -> Sequence[Account]:
        with self._lock:
            return sorted(self._accounts.values(), key=lambda account: account.number)

    def issue(self, token: Token) -> None:
        with self._lock:
            if token.sha256 in self._tokens:
                raise Clash(token.principal)
            self._tokens[token.sha256] = token

    def find(self, sha256: str, now_us: int) -> Token | None:
        token = self._tokens.get(sha256)
        return token if token and token.expires_us > now_us and sha256 not in self._revoked else None

    def tokens_of(self, principal: str, now_us: int) -> Sequence[Token]:
        with self._lock:
            mine = [t for t in self._tokens.values() if t.principal == principal and self.find(t.sha256, now_us)]
        return sorted(mine, key=lambda token: (token.expires_us, token.sha256))

    def revoke(self, sha256: str, now_us: int) -> bool:
        with self._lock:
            valid = self.find(sha256, now_us) is not None
            if valid:
                self._revoked[sha256] = now_us
            return valid

    def revoke_all(self, principal: str, now_us: int) -> int:
        return sum(self.revoke(token.sha256, now_us) for token in self.tokens_of(principal, now_us))

    def prune_tokens(self, before_us: int) -> int:
        with self._lock:
            ended = [
                name for name, token in self._tokens.items()
                if token.expires_us < before_us or self._revoked.get(name, before_us) < before_us
            ]
            for name in ended:
                del self._tokens[name]
                self._revoked.pop(name, None)
            return len(ended)


def _account_row(account: Account) -> Row:
    return (
        account.id, account.name, account.number, account.shown, account.password, json.dumps(account.roles),
        json.dumps(account.languages), json.dumps(dict(account.skills)), int(account.disabled), account.failed,
        account.locked_until_us, account.phone,
    )


def _account_of(row: Row) -> Account:
    id_, name, number, shown, password, roles, languages, skills, disabled, failed, locked, phone = row
    return Account(
        id_, name, number, shown, password, tuple(json.loads(roles)), tuple(json.loads(languages)), json.loads(skills),
        bool(disabled), failed, locked, phone,
    )


def _token_of(row: Row) -> Token:
    sha256, principal, data, expires_us = row
    return Token(sha256, principal, json.loads(data), expires_us)
