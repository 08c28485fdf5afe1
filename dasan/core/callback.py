"""A later call to a citizen who asked for one (DOMAIN §4, Callback): one a session at a time, kept in the session.

It keeps the place its citizen had in the queue: ``rank_at_us`` never grows (I10). COUNSELOR_FIRST: when it is DUE a
work item of the channel "callback" waits in the queue as any other; once its counselor stands in the session's room,
the citizen is rung into it. CITIZEN_FIRST: she is rung when it is DUE and waits, on the line, at her place; where
nobody comes to her, she is called again with a counselor ready first. An attempt is one leg of hers, and there is never
a second one beside it: ``leg`` is "" or names it. Quiet hours and attempts are the policy's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dasan.core.change import changed
from dasan.core.hours import DAY_MINUTES, minute_of_day
from dasan.core.machine import machine
from dasan.core.time import MINUTE

CHANNEL = "callback"
COUNSELOR_FIRST, CITIZEN_FIRST = "COUNSELOR_FIRST", "CITIZEN_FIRST"
MODES = (COUNSELOR_FIRST, CITIZEN_FIRST)
REQUESTED, SCHEDULED, DUE, DIALING, CONNECTED = "REQUESTED", "SCHEDULED", "DUE", "DIALING", "CONNECTED"
RETRY_WAIT, DONE, EXHAUSTED, CANCELLED, EXPIRED = "RETRY_WAIT", "DONE", "EXHAUSTED", "CANCELLED", "EXPIRED"

MACHINE = machine(
    "callback",
    {"callback.requested": REQUESTED},
    [
        # From DUE: a person moves it, or the quiet hours came before a counselor did; from REQUESTED: its first time.
        ([REQUESTED, SCHEDULED, DUE, RETRY_WAIT], "callback.scheduled", SCHEDULED),
        ([SCHEDULED, RETRY_WAIT], "callback.due", DUE),
        ([DUE], "callback.dialing", DIALING),
        ([DIALING], "callback.interrupted", DUE),
        # From DUE: she called in herself meanwhile, and is on the line already.
        ([DUE, DIALING], "callback.connected", CONNECTED),
        # From CONNECTED: she was there, and nobody came to her.
        ([DIALING, CONNECTED], "callback.retry_wait", RETRY_WAIT),
        ([CONNECTED], "callback.done", DONE),
        ([DIALING], "callback.exhausted", EXHAUSTED),
        ([REQUESTED, SCHEDULED, DUE, DIALING, RETRY_WAIT], "callback.cancelled", CANCELLED),
        ([SCHEDULED, DUE, RETRY_WAIT], "callback.expired", EXPIRED),
    ],
    [DONE, EXHAUSTED, CANCELLED, EXPIRED],
)
TERMINAL = MACHINE.terminal
WAITS = frozenset({SCHEDULED, RETRY_WAIT})  # for its time
BEFORE = frozenset({REQUESTED, SCHEDULED, DUE, RETRY_WAIT})  # nobody is being rung
# Outcomes of a work item that say nothing about the need: its callback says how the session ended.
MADE_WAY = frozenset({"converted", "no_answer", "withdrawn"})
UNSERVED = "unserved"  # how an attempt ended to which she came, and nobody of ours


@dataclass(frozen=True, slots=True)
class Callback:
    """``due_us`` is when it is (or was) due, ``give_up_at_us`` when it is no use any more. ``item`` is the work item by
    which a counselor takes it, ``last`` how the last attempt ended, ``turned_us`` when it last changed. ``number`` is
    the content with the number."""

    id: str
    queue: str
    mode: str
    number: str
    rank_at_us: int
    give_up_at_us: int
    asked_at_us: int
    by: str = ""
    emergency: bool = False
    state: str = REQUESTED
    due_us: int = 0
    item: str = ""
    leg: str = ""
    attempts: int = 0
    last: str = ""
    turned_us: int = 0

    @property
    def open(self) -> bool:
        """Whether it is still our duty."""
        return self.state not in TERMINAL


def requested(e: Any, at_us: int) -> Callback:
    """The state after callback.requested."""
    return Callback(
        e.callback, e.queue, e.mode, e.number, e.rank_at_us, e.give_up_at_us, at_us, e.by, e.emergency, item=e.item
    )


def evolve(cb: Callback, event: Any, at_us: int) -> Callback:
    """The callback after ``event``; raises Refused where the table has no arrow."""
    state = MACHINE.require(cb.state, event.type)
    change = _CHANGES.get(event.type)
    return changed(cb, state=state, turned_us=at_us, **(change(cb, event) if change else {}))


_CHANGES: dict[str, Callable[[Callback, Any], dict[str, Any]]] = {
    "callback.scheduled": lambda cb, e: {
        "due_us": e.due_us, "give_up_at_us": e.give_up_at_us or cb.give_up_at_us, "item": "",
    },
    "callback.due": lambda cb, e: {"item": e.item},
    "callback.dialing": lambda cb, e: {"leg": e.leg, "attempts": e.attempt},
    # An attempt that we gave up ourselves is not one of hers.
    "callback.interrupted": lambda cb, e: {"leg": "", "attempts": cb.attempts - 1},
    "callback.connected": lambda cb, e: {"leg": e.leg},
    "callback.retry_wait": lambda cb, e: {
        "leg": "", "item": "", "last": e.cause, "due_us": e.due_us, "mode": e.mode or cb.mode,
        "queue": e.queue or cb.queue, "give_up_at_us": e.give_up_at_us or cb.give_up_at_us,
    },
    "callback.done": lambda cb, e: {"leg": ""},
    "callback.exhausted": lambda cb, e: {"leg": "", "last": e.cause},
    "callback.cancelled": lambda cb, e: {"leg": "", "last": e.reason},
}  # fmt: skip


def quiet_until_us(quiet: tuple[int, int], at_us: int) -> int:
    """The end of the quiet hours that ``at_us`` lies in, or ``at_us`` itself. ``quiet``: (from, to) in minutes of
    Seoul's day; from after to means over midnight, both equal means none."""
    start, end = quiet
    minute = minute_of_day(at_us)
    inside = start <= minute < end if start <= end else minute >= start or minute < end
    if not inside:
        return at_us
    whole = at_us - at_us % MINUTE
    return whole + (end - minute) % DAY_MINUTES * MINUTE


def quiet_from_us(quiet: tuple[int, int], at_us: int) -> int:
    """When the next quiet hours begin, ``at_us`` not being in them; 0 when there are none."""
    start, end = quiet
    if start == end:
        return 0
    whole = at_us - at_us % MINUTE
    return whole + ((start - minute_of_day(at_us) - 1) % DAY_MINUTES + 1) * MINUTE
