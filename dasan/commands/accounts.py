"""What `dasan user` and `dasan init` do to accounts, on any AccountRows; refusals end the command with a sentence.

Whatever takes rights away (disabling, another password, other roles) also ends every sign-in of the account, and the
last administrator cannot be shut out.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from dasan.commands.options import fail
from dasan.core.commands import ADMIN
from dasan.core.ids import COUNSELOR, make
from dasan.server import passwords
from dasan.server.accounts import Account, AccountRows

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")


def add(
    rows: AccountRows,
    name: str,
    password: str,
    *,
    display: str = "",
    roles: Sequence[str] = (),
    skills: Mapping[str, int] | None = None,
    known_skills: Collection[str] = (),
) -> Account:
    """A new account. ``skills``: code -> proficiency 1 to 5, each code one of ``known_skills``."""
    if not NAME.fullmatch(name):
        fail(
            f"이름은 소문자·숫자·점·밑줄·붙임표 2~32자입니다: {name}",
            f"A name has 2 to 32 of a-z, 0-9, dot, underscore, hyphen: {name}",
            2,
        )
    unknown = sorted(set(skills or {}) - set(known_skills))
    if unknown:
        known = ", ".join(sorted(known_skills))
        fail(f"없는 능력: {', '.join(unknown)}. 있는 능력: {known}", f"Unknown skill. Known: {known}", 2)
    if rows.by_name(name):
        fail(f"이미 있는 이름입니다: {name}", f"That name is taken: {name}")
    account = Account(
        id=make(COUNSELOR, time.time_ns() // 1_000, secrets.randbits(80)),
        name=name,
        display_name=display or name,
        password=passwords.hashed(password),
        roles=tuple(roles),
        skills=dict(skills or {}),
    )
    rows.put(account)
    return account


def disable(rows: AccountRows, name: str) -> None:
    """Nobody signs in with it any more, and who is signed in is signed out."""
    account = existing(rows, name)
    _keep_an_admin(rows, replace(account, enabled=False))
    rows.put(replace(account, enabled=False))
    rows.revoke_tokens(account.id)


def enable(rows: AccountRows, name: str) -> None:
    """Undo :func:`disable`."""
    rows.put(replace(existing(rows, name), enabled=True))


def set_password(rows: AccountRows, name: str, password: str) -> None:
    """Another password; every sign-in with the old one ends, and a lock is lifted."""
    account = existing(rows, name)
    rows.put(replace(account, password=passwords.hashed(password), failed=0, locked_until_us=0))
    rows.revoke_tokens(account.id)


def unlock(rows: AccountRows, name: str) -> None:
    """Forget the wrong tries."""
    rows.put(replace(existing(rows, name), failed=0, locked_until_us=0))


def set_roles(rows: AccountRows, name: str, roles: Sequence[str]) -> None:
    """Exactly these roles; every sign-in ends, so that no console keeps rights it lost."""
    account = existing(rows, name)
    _keep_an_admin(rows, replace(account, roles=tuple(roles)))
    rows.put(replace(account, roles=tuple(roles)))
    rows.revoke_tokens(account.id)


def existing(rows: AccountRows, name: str) -> Account:
    """The account of that name; ends the command when there is none."""
    account = rows.by_name(name)
    if account is None:
        fail(f"없는 계정입니다: {name}. 목록: dasan user list", f"No such account: {name}. See `dasan user list`.")
    return account


def _keep_an_admin(rows: AccountRows, changed: Account) -> None:
    after = [changed if account.id == changed.id else account for account in rows.accounts()]
    if not any(account.enabled and ADMIN in account.roles for account in after):
        fail(
            "마지막 관리자는 그대로 둡니다. 먼저 다른 관리자를 만드십시오.",
            "This is the last administrator; add another first.",
        )
