"""What supervisors and the citizen's own menu ask for about an address."""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core.commands.envelope import Command


@dataclass(frozen=True, slots=True)
class AppealStrike(Command):
    """A supervisor judges a strike: ``outcome`` upheld or withdrawn, with her reason. ``address``: its stream."""

    address: str
    strike: int
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class HearWarning(Command):
    """The menu has played the legal warning to the caller of ``session``."""

    session: str
