"""Care calls: a plan by which we call somebody again and again, to hear that she is well.

Two services have them, senior assurance calls and the happy calls to foreign residents. Each time is called at most
``attempts_max`` times; then the next time counts. Only an answer ends a silence: a call that nobody took, or in which
nothing was chosen (an answering machine), does not. After ``silent_days`` without one, or when she asked for help and
no counselor spoke with her, the plan is alerted until a person says that she was looked after. Quiet hours hold here
too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dasan.core.change import changed
from dasan.core.hours import DAY_MINUTES, SEOUL_US
from dasan.core.machine import machine
from dasan.core.time import DAY, HOUR, MINUTE

SERVICES = ("assurance", "happycall")
WELL, NEEDS_HELP, NO_ANSWER, UNCLEAR = "well", "needs_help", "no_answer", "unclear"
ANSWERS = frozenset({WELL, NEEDS_HELP})
SILENT, HELP = "silent", "help"
WAITING, CALLING, ENDED = "WAITING", "CALLING", "ENDED"
LATE_US = HOUR  # a time that was missed by more than this is not made up for
_EPOCH_WEEKDAY = 3  # 1 January 1970 was a Thursday; Monday is 0

MACHINE = machine(
    "care",
    {"care.planned": WAITING},
    [
        ([WAITING], "care.called", CALLING),
        ([CALLING], "care.answered", WAITING),
        ([CALLING], "care.missed", WAITING),
        ([WAITING], "care.skipped", WAITING),
        ([WAITING, CALLING], "care.paused", "="),
        ([WAITING, CALLING], "care.resumed", "="),
        ([WAITING, CALLING], "care.alerted", "="),
        ([WAITING, CALLING], "care.settled", "="),
        ([WAITING, CALLING], "care.ended", ENDED),
    ],
    [ENDED],
)


@dataclass(frozen=True, slots=True)
class Plan:
    """``next_us``: when she is called next; ``attempts`` of this time so far. ``answered_us``: her last answer, at
    first the beginning of the plan. ``alert``: silent, help, or ""; ``session`` is the last call's."""

    id: str
    no: int
    service: str
    citizen: str
    address: str
    language: str
    number: str
    name: str
    days: tuple[int, ...]
    times: tuple[int, ...]
    attempts_max: int
    gap_s: int
    silent_days: int
    next_us: int
    answered_us: int
    state: str = WAITING
    paused: bool = False
    attempts: int = 0
    session: str = ""
    called_us: int = 0
    outcome: str = ""
    alert: str = ""
    alert_us: int = 0


def planned(stream: str, e: Any, at_us: int) -> Plan:
    """The state after care.planned."""
    return Plan(
        stream,
        e.no,
        e.service,
        e.citizen,
        e.address,
        e.language,
        e.number,
        e.name,
        tuple(e.days),
        tuple(e.times),
        e.attempts_max,
        e.gap_s,
        e.silent_days,
        e.next_us,
        at_us,
    )


def evolve(p: Plan, event: Any, at_us: int) -> Plan:
    """The plan after ``event``; raises Refused where the table has no arrow."""
    state = MACHINE.require(p.state, event.type)
    change = _CHANGES.get(event.type)
    return changed(p, state=state, **(change(p, event, at_us) if change else {}))


def _answered(p: Plan, e: Any, at: int) -> dict[str, Any]:
    silent = p.alert == SILENT  # an answer is what was waited for; a call for help is not
    return {
        "outcome": e.outcome,
        "next_us": e.next_us,
        "attempts": 0,
        "answered_us": at,
        "alert": "" if silent else p.alert,
        "alert_us": 0 if silent else p.alert_us,
    }


_CHANGES: dict[str, Callable[[Plan, Any, int], dict[str, Any]]] = {
    "care.called": lambda p, e, at: {"session": e.session, "attempts": e.attempt, "called_us": at},
    "care.answered": _answered,
    "care.missed": lambda p, e, at: {"outcome": e.outcome, "next_us": e.next_us, "attempts": e.attempts},
    "care.skipped": lambda p, e, at: {"next_us": e.next_us, "attempts": 0},
    "care.paused": lambda p, e, at: {"paused": True},
    # Nobody worries about the time she was away.
    "care.resumed": lambda p, e, at: {"paused": False, "next_us": e.next_us, "attempts": 0, "answered_us": at},
    "care.alerted": lambda p, e, at: {"alert": e.reason, "alert_us": at},
    "care.settled": lambda p, e, at: {"alert": "", "alert_us": 0, "answered_us": at},
    "care.ended": lambda p, e, at: {"alert": "", "alert_us": 0},
}


def next_time_us(days: tuple[int, ...], times: tuple[int, ...], after_us: int) -> int:
    """The first of the plan's times after that instant. ``days`` and ``times`` are not empty."""
    today = (after_us + SEOUL_US) // DAY
    for day in range(today, today + 8):
        if (day + _EPOCH_WEEKDAY) % 7 in days:
            for minute in sorted(times):
                at = day * DAY - SEOUL_US + minute * MINUTE
                if at > after_us:
                    return at
    raise AssertionError((days, times))


def well_formed(days: tuple[int, ...], times: tuple[int, ...]) -> bool:
    """Whether there is a time at all, and nothing but times."""
    return bool(days and times) and set(days) <= set(range(7)) and all(0 <= t < DAY_MINUTES for t in times)


def deadlines(p: Plan) -> Iterator[tuple[int, str]]:
    """(instant, what) of what the plan waits for: call, silence."""
    if p.state == ENDED or p.paused:
        return
    if p.state == WAITING:
        yield p.next_us, "call"
    if not p.alert:
        yield p.answered_us + p.silent_days * DAY, "silence"


def due_us(p: Plan) -> int | None:
    """The next deadline, or None."""
    return min((at for at, _ in deadlines(p)), default=None)
