"""What is asked for about callbacks; what the menu wishes of them stands in commands/calls."""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core.commands.envelope import Command


@dataclass(frozen=True, slots=True)
class RequestCallback(Command):
    """A counselor has the citizen called back: at ``at_us``, or (0) as soon as it is her turn. ``number`` when it is
    not the session's own. Reply: callback, due_us, existing (one was open already)."""

    session: str
    at_us: int = 0
    number: str = ""
    queue: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True)
class ScheduleCallback(Command):
    """Another time for a callback that nobody is being rung for. Reply: due_us (quiet hours move it)."""

    session: str
    at_us: int


@dataclass(frozen=True, slots=True)
class CancelCallback(Command):
    """Nobody is called. ``reason`` is a code."""

    session: str
    reason: str
