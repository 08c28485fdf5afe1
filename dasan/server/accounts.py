"""What an account may do. The rows lie in the store (dasan/store/people.py); names never reach the journal."""

from __future__ import annotations

from collections.abc import Iterable

from dasan.core.commands import ADMIN, COUNSELOR, SUPERVISOR

ROLES = (COUNSELOR, SUPERVISOR, ADMIN)


def highest(roles: Iterable[str]) -> str:
    """The role that a console's commands are decided as: the highest of its account's."""
    held = set(roles)
    return next((role for role in reversed(ROLES) if role in held), COUNSELOR)
