"""What supervisors ask for about an address."""

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
