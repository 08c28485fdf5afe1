"""What `dasan user` and `dasan init` do to accounts, on any People of the store; a refusal is a sentence.

Whatever takes rights away (disabling, another password, other roles) also ends every token of the account, and the last
administrator cannot be shut out. A console that is connected at that moment stays until it connects again.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dasan.commands.options import PASSWORD_LEN_MAX, PASSWORD_LEN_MIN, fail
from dasan.core.commands import ADMIN
from dasan.core.ids import COUNSELOR, make
from dasan.server import passwords
from dasan.server.signin import PRINCIPAL
from dasan.store.people import Account, People

FIRST_NUMBER = 101
SHOWN = "상담사"  # what citizens read when nothing else was chosen
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")


def add(
    people: People,
    name: str,
    password: str,
    *,
    shown: str = "",
    roles: Sequence[str] = (),
    skills: Mapping[str, int] | None = None,
    known_skills: Collection[str] = (),
) -> Account:
    """A new account with the next free number. ``skills``: code -> proficiency 1 to 5, of ``known_skills``."""
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
    account = Account(
        id=make(COUNSELOR, now_us(), secrets.randbits(80)),
        name=name,
        number=1 + max((other.number for other in people.accounts()), default=FIRST_NUMBER - 1),
        shown=shown or SHOWN,
        password=passwords.hashed(password),
        roles=tuple(roles),
        skills=dict(skills or {}),
    )
    if not people.add(account):
        fail(f"이미 있는 이름입니다: {name}", f"That name is taken: {name}")
    return account


class Row(BaseModel):
    """A line of `dasan user import`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=rf"^{NAME.pattern}$")
    password: str = Field(min_length=PASSWORD_LEN_MIN, max_length=PASSWORD_LEN_MAX, repr=False)
    display: str = Field(default="", max_length=40)
    roles: tuple[Literal["counselor", "supervisor", "admin"], ...] = ("counselor",)
    skills: dict[str, Annotated[int, Field(ge=1, le=5)]] = {}


def read_rows(text: str, known_skills: Collection[str]) -> list[Row]:
    """The rows of a JSONL text; ends the command, naming every faulty line, before anything is written."""
    rows, faults = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = Row.model_validate_json(line)
        except ValidationError as error:
            faults += [f"{number}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
            continue
        faults += [f"{number}: skills: {code}?" for code in row.skills if code not in known_skills]
        rows.append(row)
    if faults:
        listed = "\n  ".join(faults)
        fail(f"아무도 넣지 않았습니다. 고칠 줄:\n  {listed}", "Nobody was added; mend these lines.")
    return rows


def add_new(people: People, row: Row) -> bool:
    """Add the account unless its name is there already; whether it was added."""
    if people.named(row.name):
        return False
    add(people, row.name, row.password, shown=row.display, roles=row.roles, skills=row.skills, known_skills=row.skills)
    return True


def disable(people: People, name: str) -> None:
    """Nobody signs in with it any more, and its tokens end."""
    account = replace(existing(people, name), disabled=True)
    _keep_an_admin(people, account)
    people.change(account)
    people.revoke_all(PRINCIPAL + account.id, now_us())


def enable(people: People, name: str) -> None:
    """Undo :func:`disable`."""
    people.change(replace(existing(people, name), disabled=False))


def set_password(people: People, name: str, password: str) -> None:
    """Another password; every token from the old one ends, and a lock is lifted."""
    account = existing(people, name)
    people.change(replace(account, password=passwords.hashed(password), failed=0, locked_until_us=0))
    people.revoke_all(PRINCIPAL + account.id, now_us())


def unlock(people: People, name: str) -> None:
    """Forget the wrong tries."""
    people.tried(existing(people, name).id, 0, 0)


def set_roles(people: People, name: str, roles: Sequence[str]) -> None:
    """Exactly these roles; every token ends, so that no console keeps rights it lost."""
    account = replace(existing(people, name), roles=tuple(roles))
    _keep_an_admin(people, account)
    people.change(account)
    people.revoke_all(PRINCIPAL + account.id, now_us())


def existing(people: People, name: str) -> Account:
    """The account of that name; ends the command when there is none."""
    account = people.named(name)
    if account is None:
        fail(f"없는 계정입니다: {name}. 목록: dasan user list", f"No such account: {name}. See `dasan user list`.")
    return account


def now_us() -> int:
    """UTC microseconds; the command line is an edge."""
    return time.time_ns() // 1_000


def _keep_an_admin(people: People, changed: Account) -> None:
    after = [changed if account.id == changed.id else account for account in people.accounts()]
    if not any(ADMIN in account.roles and not account.disabled for account in after):
        fail(
            "마지막 관리자는 그대로 둡니다. 먼저 다른 관리자를 만드십시오.",
            "This is the last administrator; add another first.",
        )
