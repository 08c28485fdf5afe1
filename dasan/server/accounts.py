"""Who may sign in, and what is kept about it. The rows lie in the store; names of people never reach the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dasan.core.commands import ADMIN, COUNSELOR, SUPERVISOR

ROLES = (COUNSELOR, SUPERVISOR, ADMIN)


@dataclass(frozen=True, slots=True)
class Account:
    """``id`` is the counselor's id; ``name`` signs in, ``display_name`` is shown; ``password`` is an argon2id hash."""

    id: str
    name: str
    display_name: str
    password: str
    roles: tuple[str, ...] = (COUNSELOR,)
    languages: tuple[str, ...] = ("ko",)
    skills: Mapping[str, int] = field(default_factory=dict)
    enabled: bool = True
    failed: int = 0
    locked_until_us: int = 0

    @property
    def role(self) -> str:
        """The highest of its roles: what its commands are decided as."""
        return next((role for role in reversed(ROLES) if role in self.roles), COUNSELOR)


@dataclass(frozen=True, slots=True)
class Signed:
    """A token's row."""

    account: str
    expires_us: int


class AccountRows(Protocol):
    """Accounts and tokens in a store. Writes run on the writer thread (``gate.call``), reads anywhere."""

    def accounts(self) -> Sequence[Account]:
        """Every account, by name."""
        ...

    def by_name(self, name: str) -> Account | None:
        """The account that signs in with ``name``."""
        ...

    def by_id(self, account: str) -> Account | None:
        """The account of that counselor id."""
        ...

    def put(self, account: Account) -> None:
        """Write it, new or changed."""
        ...

    def put_token(self, key: str, account: str, expires_us: int) -> None:
        """Keep a token's hash."""
        ...

    def token(self, key: str) -> Signed | None:
        """The token's row, unless it was revoked."""
        ...

    def revoke_token(self, key: str) -> None:
        """End that sign-in."""
        ...

    def revoke_tokens(self, account: str) -> None:
        """End every sign-in of an account."""
        ...
