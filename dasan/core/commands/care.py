"""What is asked for about care calls."""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core.commands.envelope import Command


@dataclass(frozen=True, slots=True)
class PlanCare(Command):
    """Call somebody again and again. ``service``: assurance or happycall; ``address`` a keyed HMAC, ``number`` in E.164
    and ``name`` to be sealed; ``days`` 0 (Monday) to 6, ``times`` minutes of Seoul's day; ``silent_days`` 0: as the
    policy says. Reply: plan, no, next_us."""

    service: str
    citizen: str
    address: str
    number: str
    name: str
    days: tuple[int, ...]
    times: tuple[int, ...]
    language: str = "ko"
    attempts_max: int = 3
    gap_s: int = 1800
    silent_days: int = 0


@dataclass(frozen=True, slots=True)
class PauseCare(Command):
    """Nobody calls for a while (``paused``), or calls go on. Reply: next_us."""

    plan: str
    paused: bool = True


@dataclass(frozen=True, slots=True)
class SettleCare(Command):
    """An alerted person was looked after; ``found`` says what was found, and is sealed."""

    plan: str
    found: str


@dataclass(frozen=True, slots=True)
class EndCare(Command):
    """No more calls; number and name are erased. ``reason`` is a code."""

    plan: str
    reason: str
