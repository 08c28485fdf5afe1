"""Erasing."""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core.commands.envelope import Command


@dataclass(frozen=True, slots=True)
class EraseSession(Command):
    """Destroy the content key of a session; the journal stays and still folds."""

    session: str
    reason: str


@dataclass(frozen=True, slots=True)
class EraseCitizen(Command):
    """Destroy the content keys of every session of a citizen."""

    citizen: str
    sessions: tuple[str, ...]
    reason: str
