"""Accounts: what a role may do, and what an administrator does to them.

:func:`act` carries out one wish of `dasan user` or `dasan init`: on the running server's writer thread when there is
one, else where the command runs. Whatever takes rights away (disabling, another password, other roles) also ends every
token of the account, and the last administrator cannot be shut out. The rows lie in the store (dasan/store/people.py);
names never reach the journal. A password comes here as its argon2 form only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from dasan.core.commands import ADMIN, COUNSELOR, SUPERVISOR
from dasan.core.errors import BadInput, Refused
from dasan.server.phones import checked
from dasan.store.people import Account, People

ROLES = (COUNSELOR, SUPERVISOR, ADMIN)
PRINCIPAL = "desk:"  # what a desk's token stands for, before the counselor's id
FIRST_NUMBER = 101
SHOWN = "상담사"  # what citizens read when nothing else was chosen
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
Asked = Mapping[str, Any]


def highest(roles: Iterable[str]) -> str:
    """The role that a console's commands are decided as: the highest of its account's."""
    held = set(roles)
    return next((role for role in reversed(ROLES) if role in held), COUNSELOR)


def act(people: People, asked: Asked, now_us: int) -> dict[str, Any]:
    """Do what ``asked["act"]`` names (a key of ACTS) to the account ``asked["name"]``; its id, and what was done.

    Raises Refused: no_such_account, name_taken, last_admin; BadInput: bad_name, malformed.
    """
    doing = ACTS.get(str(asked.get("act", "")))
    if doing is None:
        raise BadInput("malformed", field="act")
    return doing(people, asked, now_us)


def _add(people: People, asked: Asked, now_us: int) -> dict[str, Any]:
    """A new account with the next free number; with ``keep`` one that exists stays as it is."""
    name = str(asked.get("name", ""))
    if not NAME.fullmatch(name):
        raise BadInput("bad_name", name=name)
    known = people.named(name)
    if known is not None and asked.get("keep"):
        return {"account": known.id, "done": False}
    account = Account(
        id=str(asked["id"]),
        name=name,
        number=1 + max((other.number for other in people.accounts()), default=FIRST_NUMBER - 1),
        shown=str(asked.get("shown") or SHOWN),
        password=_hash(asked),
        roles=_roles(asked),
        skills={str(skill): int(level) for skill, level in dict(asked.get("skills") or {}).items()},
        phone=checked(str(asked.get("phone") or "")),
    )
    if not people.add(account):
        raise Refused("name_taken", name=name)
    return {"account": account.id, "done": True}


def _disable(people: People, asked: Asked, now_us: int) -> dict[str, Any]:
    """Nobody signs in with it any more, and its tokens end."""
    return _lessened(people, replace(_existing(people, asked), disabled=True), now_us)


def _enable(people: People, asked: Asked, now_us: int) -> dict[str, Any]:
    account = _existing(people, asked)
    people.change(replace(account, disabled=False))
    return {"account": account.id, "done": account.disabled}


def _password(people: People, asked: Asked, now_us: int) -> dict[str, Any]:
    """Another password; a lock is lifted."""
    account = _existing(people, asked)
    return _lessened(people, replace(account, password=_hash(asked), failed=0, locked_until_us=0), now_us)


def _set_roles(people: People, asked: Asked, now_us: int) -> dict[str, Any]:
    """Exactly these roles."""
    return _lessened(people, replace(_existing(people, asked), roles=_roles(asked)), now_us)


def _phone(people: People, asked: Asked, now_us: int) -> dict[str, Any]:
    """The telephone that rings for her from the next call on; "" is the centre's own way."""
    account, phone = _existing(people, asked), checked(str(asked.get("phone") or ""))
    return {"account": account.id, "done": people.phoned(account.id, phone)}


def _unlock(people: People, asked: Asked, now_us: int) -> dict[str, Any]:
    """Forget the wrong tries."""
    account = _existing(people, asked)
    people.tried(account.id, 0, 0)
    return {"account": account.id, "done": bool(account.failed)}


def _lessened(people: People, changed: Account, now_us: int) -> dict[str, Any]:
    """Keep the change and end every token, so that no console goes on with what was taken away."""
    before = people.accounts()
    after = [changed if account.id == changed.id else account for account in before]
    if any(map(_governs, before)) and not any(map(_governs, after)):
        raise Refused("last_admin")
    people.change(changed)
    return {"account": changed.id, "done": True, "ended": people.revoke_all(PRINCIPAL + changed.id, now_us)}


def _governs(account: Account) -> bool:
    return ADMIN in account.roles and not account.disabled


def _existing(people: People, asked: Asked) -> Account:
    name = str(asked.get("name", ""))
    account = people.named(name)
    if account is None:
        raise Refused("no_such_account", name=name)
    return account


def _hash(asked: Asked) -> str:
    password = str(asked.get("password", ""))
    if not password.startswith("$argon2id$"):
        raise BadInput("malformed", field="password")
    return password


def _roles(asked: Asked) -> tuple[str, ...]:
    roles = tuple(str(role) for role in asked.get("roles") or ())
    if not roles or set(roles) - set(ROLES):
        raise BadInput("malformed", field="roles")
    return roles


ACTS: dict[str, Callable[[People, Asked, int], dict[str, Any]]] = {
    "add": _add,
    "disable": _disable,
    "enable": _enable,
    "password": _password,
    "phone": _phone,
    "roles": _set_roles,
    "unlock": _unlock,
}
