"""Calls counted as the public counts them: each word of an answer rate apart, so that none is taken for another.

*attempted*: a call reached us. *left_menu*: she hung up in the menu (``left_menu_short`` of them at once). *served*:
the menu did what she came for (a line, a voice message, its own end). *released*: we let her go without a counselor
though she wanted one (closed, full, waited too long, cannot be routed). *entered*: she came into a queue; *offered*:
her wait was offered to a counselor; *answered*: a talk began; *abandoned*: she hung up in the queue
(``abandoned_short`` of them at once); *converted*: she is called back, or left a message, instead of waiting.
*resumed*: she called again in time and had her place back, or came to the counselor who was to call her: an attempt,
and no new entry. Who is to be called back, calls in and waits on the line has entered anew. A call is counted once in
each. Calls of ours to citizens are none.

Who never entered was resumed, left the menu, was served, released or converted, or is in the menu; who entered was
answered, abandoned, converted or released, or waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dasan.core.events import Recorded
from dasan.core.policy import VOICE
from dasan.core.time import SECOND

SHORT_S = 5
STAGES = (
    "attempted",
    "resumed",
    "left_menu",
    "left_menu_short",
    "served",
    "entered",
    "offered",
    "answered",
    "abandoned",
    "abandoned_short",
    "released",
    "converted",
)
# The menu's own ends that send somebody away who wanted a counselor.
RELEASED = frozenset({"closed", "full", "busy", "no_route", "expired", "error", "limit"})
_SERVED = frozenset({"line", "voicemail"})


@dataclass(slots=True)
class CallLog:
    """One call that reached us, and what has been counted of it."""

    session: str
    leg: str
    began_us: int
    entered_us: int = 0
    ended: bool = False
    marks: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Open:
    """A session's newest call, the one that entered the queue, and its items that are calls."""

    newest: CallLog
    waiting: CallLog | None = None
    gone_us: int = 0  # since when she is out of reach while her place is kept
    items: set[str] = field(default_factory=set)


class Calls:
    """``totals`` over everything that was taken; with ``keep`` every call too, for the figures of an interval."""

    def __init__(self, keep: bool = False) -> None:
        self.totals = dict.fromkeys(STAGES, 0)
        self.kept: list[CallLog] = []
        self._keep = keep
        self._open: dict[str, _Open] = {}

    def see(self, r: Recorded) -> None:
        """Take one event in; the journal's order matters."""
        handler = _HANDLERS.get(r.event.type)
        if handler is not None:
            handler(self, r, r.event)

    def forget(self, before_us: int) -> None:
        """Drop the calls that began before that instant and are over."""
        self.kept = [call for call in self.kept if not call.ended or call.began_us >= before_us]

    def _mark(self, call: CallLog, *stages: str) -> None:
        for stage in stages:
            if stage not in call.marks:
                call.marks.add(stage)
                self.totals[stage] += 1

    # -- the call

    def _began(self, r: Recorded, e: Any) -> None:
        if not e.call:  # we called
            return
        call = CallLog(r.stream, e.leg, r.at_us)
        if self._keep:
            self.kept.append(call)
        known = self._open.get(r.stream)
        if known is None:
            self._open[r.stream] = _Open(call)
        else:
            known.newest, known.gone_us = call, 0
        self._mark(call, "attempted")
        if known is not None and known.waiting is not None and not known.waiting.marks & _OVER:
            self._mark(call, "resumed")

    def _left_menu(self, r: Recorded, e: Any) -> None:
        held = self._open.get(r.stream)
        if held is None or e.leg != held.newest.leg or "entered" in held.newest.marks:
            return
        if e.outcome == "callback":
            self._mark(held.newest, "converted")
        elif e.outcome == "ended" and e.reason in RELEASED:
            self._mark(held.newest, "released")
        elif e.outcome == "ended" or e.outcome in _SERVED:
            self._mark(held.newest, "served")

    def _hung_up(self, r: Recorded, e: Any) -> None:
        held = self._open.get(r.stream)
        if held is None or e.leg != held.newest.leg:
            return
        call = held.newest
        call.ended = True
        if not call.marks & _SOMETHING:
            short = r.at_us - call.began_us < SHORT_S * SECOND
            self._mark(call, "left_menu", *(["left_menu_short"] if short else []))

    def _gone(self, r: Recorded, e: Any) -> None:
        """She hung up, and her place is kept: her wait ends here, should she not call again."""
        held = self._open.get(r.stream)
        if held is not None and e.leg == held.newest.leg:
            held.gone_us = r.at_us

    def _closed(self, r: Recorded, e: Any) -> None:
        held = self._open.pop(r.stream, None)
        if held is not None:
            held.newest.ended = True

    # -- its wait

    def _created(self, r: Recorded, e: Any) -> None:
        held = self._open.get(r.stream)
        if held is not None and e.channel == VOICE and not e.consult_of:
            held.items.add(e.item)

    def _entered(self, r: Recorded, e: Any) -> None:
        held = self._open.get(r.stream)
        if held is None or e.item not in held.items or not _begins(held):
            return
        held.waiting = held.newest
        held.waiting.entered_us = r.at_us
        self._mark(held.waiting, "entered")

    def _called_in(self, r: Recorded, e: Any) -> None:
        """The callback is kept by a call of her own."""
        held = self._open.get(r.stream)
        if held is not None and e.leg == held.newest.leg and not held.newest.marks & _SOMETHING:
            self._mark(held.newest, "resumed")

    def _waited(self, stage: str, r: Recorded, e: Any) -> None:
        held = self._open.get(r.stream)
        if held is None or e.item not in held.items or held.waiting is None:
            return
        call = held.waiting
        if stage == "offered" or not call.marks & _OVER:
            short = stage == "abandoned" and (held.gone_us or r.at_us) - call.entered_us < SHORT_S * SECOND
            self._mark(call, stage, *(["abandoned_short"] if short else []))


_OVER = frozenset({"answered", "abandoned", "converted", "released"})
_SOMETHING = frozenset({"served", "released", "entered", "converted", "resumed"})


def _begins(held: _Open) -> bool:
    """Whether a wait is one of its own: the first, or that of a newer call after the one before it was over."""
    before, newest = held.waiting, held.newest
    return before is None or (newest is not before and bool(before.marks & _OVER) and "resumed" not in newest.marks)


def _stage(stage: str) -> Callable[[Calls, Recorded, Any], None]:
    return lambda calls, r, e: calls._waited(stage, r, e)


_HANDLERS: dict[str, Callable[[Calls, Recorded, Any], None]] = {
    "call.began": Calls._began,
    "flow.left": Calls._left_menu,
    "leg.ended": Calls._hung_up,
    "leg.suspended": Calls._gone,
    "session.closed": Calls._closed,
    "callback.connected": Calls._called_in,
    "work.created": Calls._created,
    "work.routed": Calls._entered,
    "work.offered": _stage("offered"),
    "work.active": _stage("answered"),
    "work.taken_over": _stage("answered"),
    "work.abandoned": _stage("abandoned"),
    "work.converted": _stage("converted"),
    "work.expired": _stage("released"),
    "work.unroutable": _stage("released"),
    "work.aborted": _stage("released"),
}
TYPES = tuple(_HANDLERS)


@dataclass(frozen=True, slots=True)
class CallReport:
    """How often each stage was reached, and the two answer rates (None where there is nothing to divide)."""

    counts: Mapping[str, int]

    @property
    def of_entered(self) -> float | None:
        """Answered of those who came into a queue."""
        return _share(self.counts["answered"], self.counts["entered"])

    @property
    def of_attempted(self) -> float | None:
        """Answered of every call that reached us, however it ended."""
        return _share(self.counts["answered"], self.counts["attempted"])


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def measure_calls(calls: Iterable[CallLog], *, since_us: int = 0, until_us: int | None = None) -> CallReport:
    """The counts of calls that began in [since, until)."""
    counts = dict.fromkeys(STAGES, 0)
    for call in calls:
        if since_us <= call.began_us and (until_us is None or call.began_us < until_us):
            for mark in call.marks:
                counts[mark] += 1
    return CallReport(counts)
