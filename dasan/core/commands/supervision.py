"""What supervisors ask for in a session that is not theirs."""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core.commands.envelope import Command


@dataclass(frozen=True, slots=True)
class Look(Command):
    """Begin to read along (MONITOR)."""

    session: str


@dataclass(frozen=True, slots=True)
class LookAway(Command):
    """End the look."""

    session: str


@dataclass(frozen=True, slots=True)
class Whisper(Command):
    """A line for the counselor only."""

    session: str
    text: str
    client_id: str


@dataclass(frozen=True, slots=True)
class Barge(Command):
    """A line to the citizen, as the supervisor."""

    session: str
    text: str
    client_id: str


@dataclass(frozen=True, slots=True)
class TakeOver(Command):
    """A supervisor takes an assignment over."""

    session: str
    item: str
