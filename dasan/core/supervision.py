"""A supervisor's look at somebody else's session (DOMAIN §4, Supervision), as steps that are each in the journal.

OFF is the absence of a look. MONITOR reads; WHISPER has written a line that only the counselor sees; BARGE has written
to the citizen; TAKEOVER has become the counselor and ends the look in the same commit, because from there she takes
part. A step is never taken back: whoever wants to be silent again leaves and looks anew. The rule of who may read
(I28) is session.may_read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dasan.core.change import changed
from dasan.core.machine import machine

OFF, MONITOR, WHISPER, BARGE, TAKEOVER = "OFF", "MONITOR", "WHISPER", "BARGE", "TAKEOVER"
STEPS = (MONITOR, WHISPER, BARGE, TAKEOVER)
LOOKS_MAX = 4  # at once, of one supervisor
LOOKERS_MAX = 4  # at once, at one session

MACHINE = machine(
    "supervision",
    {"supervision.began": MONITOR},
    [
        ([MONITOR, WHISPER], "supervision.whispered", WHISPER),
        ([MONITOR, WHISPER, BARGE], "supervision.barged", BARGE),
        ([MONITOR, WHISPER, BARGE], "supervision.taken_over", TAKEOVER),
        ([MONITOR, WHISPER, BARGE, TAKEOVER], "supervision.ended", OFF),
    ],
    [OFF],
)


@dataclass(frozen=True, slots=True)
class Supervision:
    """``told``: the citizen was told that a supervisor is there, and is told when she leaves."""

    supervisor: str
    since_us: int
    step: str = MONITOR
    told: bool = False


def evolve(looks: tuple[Supervision, ...], event: Any, at_us: int) -> tuple[Supervision, ...]:
    """The looks at a session after ``event``; raises Refused where the table has no arrow."""
    now = of(looks, event.supervisor)
    if event.type == "supervision.began":
        if now is not None:
            MACHINE.require(now.step, event.type)
        return (*looks, Supervision(event.supervisor, at_us, told=event.told))
    step = MACHINE.require(now.step if now else OFF, event.type)
    assert now is not None
    turned = changed(now, step=step, told=now.told or getattr(event, "told", False))
    return tuple(turned if one is now else one for one in looks if one is not now or step != OFF)


def of(looks: Iterable[Supervision], supervisor: str) -> Supervision | None:
    """That supervisor's look."""
    return next((one for one in looks if one.supervisor == supervisor), None)


def told_at(step: str, told_from: str) -> bool:
    """Whether the citizen is told of ``step`` where the policy tells from ``told_from`` on."""
    return STEPS.index(step) >= STEPS.index(told_from)
