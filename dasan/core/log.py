"""The log that figures are made of: items, counselors, offers and handoffs, from events in the journal's order.

``Log.see`` takes one event at a time; taking the whole journal at once gives the same log (I23). Times of one item
never overlap and add up to its span (I22). What a counselor's busy time is split into adds up to it as well: each of
n items she has in hand at once takes an n-th. dasan/core/metrics.py and dasan/core/resolution.py read the figures of
DOMAIN §8 off it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from dasan.core.call_log import Calls
from dasan.core.consult_log import Consults
from dasan.core.events import Recorded

BEFORE, QUEUE, RING, TALK, HOLD, CONSULT, PAUSED, WRAP = (
    "before",
    "queue",
    "ring",
    "talk",
    "hold",
    "consult",
    "paused",
    "wrap",
)
HANDLING = (TALK, HOLD, CONSULT, WRAP)
WAITING, ANSWERED, ABANDONED, CONVERTED = "waiting", "answered", "abandoned", "converted"
MOVED_OUT, EXPIRED, CANCELLED = "moved_out", "expired", "cancelled"
FATES = (ANSWERED, ABANDONED, CONVERTED, MOVED_OUT, EXPIRED, CANCELLED, WAITING)
OUTCOMES = ("accepted", "declined", "expired", "revoked", "rescinded", "failed")

# What an item is doing after an event, for adding up its time.
_SEGMENT = {
    "work.routed": QUEUE,
    "work.due": QUEUE,
    "work.offered": RING,
    "work.accepted": RING,
    "work.requeued": QUEUE,
    "work.connect_failed": QUEUE,
    "work.unanswered": QUEUE,
    "work.lost": QUEUE,
    "work.returned": QUEUE,
    "work.active": TALK,
    "work.resumed": TALK,
    "work.consult_ended": TALK,
    "work.unpaused": TALK,
    "work.taken_over": TALK,
    "work.held": HOLD,
    "work.consulting": CONSULT,
    "work.consult_joined": CONSULT,
    "work.paused": PAUSED,
    "work.wrapping": WRAP,
    "work.transferred": WRAP,
}
# How an item ends that was never ACTIVE.
_ENDS = {
    "work.completed": CANCELLED,
    "work.wrap_expired": CANCELLED,
    "work.abandoned": ABANDONED,
    "work.expired": EXPIRED,
    "work.converted": CONVERTED,
    "work.unroutable": CANCELLED,
    "work.aborted": CANCELLED,
    "work.consult_over": CANCELLED,
}


@dataclass(slots=True)
class Entry:
    """One stay of one item in one queue. ``wait_us`` counts from the item's first queueing; it and ``settled_us`` stand
    once the fate is known."""

    queue: str
    entered_us: int
    fate: str = WAITING
    wait_us: int = 0
    settled_us: int = 0


@dataclass(slots=True)
class ItemLog:
    """One work item: its stays, and how long it was doing what."""

    session: str
    queue: str
    created_us: int
    doing: str = BEFORE
    since_us: int = 0
    enqueued_us: int = 0
    active_us: int = 0
    ended_us: int = 0
    previous: str = ""
    parked_us: int = 0  # since when its citizen is out of reach
    consult: bool = False  # a colleague was asked by it: nobody waited in a queue for it
    taken_us: int = 0  # since when that consult is a talk with the citizen
    share_us: float = 0.0  # of its counselors' busy time, split over what they had in hand at once
    entries: list[Entry] = field(default_factory=list)
    spent: dict[str, int] = field(default_factory=dict)

    @property
    def advises(self) -> bool:
        """Whether it is a consult, and nobody's talk (yet)."""
        return self.consult and not self.taken_us

    def handled_us(self) -> int:
        """Talk, hold, consult and wrap-up."""
        return sum(self.spent.get(part, 0) for part in HANDLING)


@dataclass(slots=True)
class CounselorLog:
    """How long a counselor was signed in, handling, and available without work.

    ``split_us`` is what one item has got of her busy time that was in hand from the beginning; ``busy`` has its value
    at each item's start, so that an item's share is a difference, however many others come and go meanwhile.
    """

    live: bool = False
    available: bool = False
    busy: dict[str, float] = field(default_factory=dict)
    split_us: float = 0.0
    since_us: int = 0
    logged_in_us: int = 0
    handling_us: int = 0
    idle_us: int = 0

    def upto(self, now_us: int) -> tuple[int, int, int]:
        """Signed in, handling and idle time; what passes without a console counts nowhere."""
        gone = now_us - self.since_us if self.live else 0
        idle = gone if self.available and not self.busy else 0
        return self.logged_in_us + gone, self.handling_us + (gone if self.busy else 0), self.idle_us + idle


@dataclass(slots=True)
class SessionLog:
    """Who came when, and how the newest of the session's items ended. ``citizen`` is "" where nobody can be known."""

    number: int
    citizen: str
    opened_us: int
    queue: str = ""
    newest: str = ""
    disposition: str = ""
    category: str = ""
    ended_us: int = 0


@dataclass(slots=True)
class HandoffLog:
    """When a case was committed, acknowledged and answered (0: not)."""

    committed_us: int = 0
    acknowledged_us: int = 0
    answered_us: int = 0


class Log:
    """Everything that figures are made of. Bounded by :meth:`forget`."""

    def __init__(self) -> None:
        self.sessions: dict[str, SessionLog] = {}
        self.items: dict[str, ItemLog] = {}
        self.counselors: dict[str, CounselorLog] = {}
        self.handoffs: dict[str, HandoffLog] = {}
        self.calls = Calls(keep=True)
        self.consults = Consults(keep=True)
        self.offers: dict[str, int] = {"offered": 0, **dict.fromkeys(OUTCOMES, 0)}
        self.consult_offers = dict(self.offers)  # of consults, which are in no queue's figures
        self.offers_by_queue: dict[str, dict[str, int]] = {}
        self.scores: list[tuple[int, int]] = []  # (when, score)
        self.ended_sessions = 0
        self.suggested = self.used = self.edited = self.transfers = self.holds = 0

    def see(self, recorded: Recorded) -> None:
        """Take one event in; the journal's order matters."""
        handler = _HANDLERS.get(recorded.event.type)
        if handler is not None:
            handler(self, recorded, recorded.event)
        self.calls.see(recorded)
        self.consults.see(recorded)

    def see_all(self, journal: Iterable[Recorded]) -> Log:
        """Take many; gives itself."""
        for recorded in journal:
            self.see(recorded)
        return self

    def forget(self, before_us: int) -> None:
        """Drop what ended before that instant. First-contact resolution needs as much past as its window."""
        self.sessions = {k: s for k, s in self.sessions.items() if not s.ended_us or s.ended_us >= before_us}
        self.items = {k: i for k, i in self.items.items() if not i.ended_us or i.ended_us >= before_us}
        self.handoffs = {k: h for k, h in self.handoffs.items() if not h.answered_us or h.answered_us >= before_us}
        self.scores = [pair for pair in self.scores if pair[0] >= before_us]
        self.calls.forget(before_us)
        self.consults.forget(before_us)

    # -- items

    def _created(self, r: Recorded, e: Any) -> None:
        consult = bool(e.consult_of)
        made = ItemLog(r.stream, e.queue, r.at_us, since_us=r.at_us, previous=e.previous, consult=consult)
        self.items[e.item] = made
        s = self.sessions.get(r.stream)
        if s is not None and not consult:
            s.newest, s.queue, s.disposition, s.category, s.ended_us = e.item, e.queue, "", "", 0

    def _work(self, r: Recorded, e: Any) -> None:
        item = self.items[e.item]
        kind = e.type
        if kind in {"work.routed", "work.due"}:
            item.enqueued_us = e.enqueued_at_us
            if not item.consult:
                item.entries.append(Entry(item.queue, r.at_us))
        elif kind in {"work.active", "work.taken_over"} and not item.active_us:
            item.active_us = r.at_us
            _settle(item, r.at_us, ANSWERED)
        elif kind == "work.wrapping" and not item.active_us:
            _settle(item, r.at_us, ABANDONED if e.reason == "citizen_left" else CANCELLED)
        elif kind == "work.transferred":
            self.transfers += 1
            _settle(item, r.at_us, MOVED_OUT)
        elif kind == "work.held":
            self.holds += 1
        elif kind == "work.offered":
            self._offered(item, "offered")
        _turn(item, r.at_us, _SEGMENT[kind])

    def _parked(self, r: Recorded, e: Any) -> None:
        """Who does not come back has waited until she went, not until nobody expected her any more."""
        self.items[e.item].parked_us = r.at_us if e.type == "work.parked" else 0

    def _promoted(self, r: Recorded, e: Any) -> None:
        """The consult has become the talk; how the session ends is what becomes of it."""
        item, s = self.items[e.item], self.sessions.get(r.stream)
        item.taken_us = r.at_us
        if s is not None:
            item.previous, s.newest, s.queue = s.newest, e.item, item.queue

    def _moved(self, r: Recorded, e: Any) -> None:
        item = self.items[e.item]
        _settle(item, r.at_us, MOVED_OUT)
        item.queue = e.queue
        if not item.advises:
            item.entries.append(Entry(e.queue, r.at_us))
        s = self.sessions.get(r.stream)
        if s is not None and s.newest == e.item:
            s.queue = e.queue

    def _ended(self, r: Recorded, e: Any) -> None:
        item = self.items[e.item]
        _turn(item, r.at_us, "")
        item.ended_us = r.at_us
        fate = _ENDS[e.type]
        _settle(item, r.at_us, fate, item.parked_us if fate == ABANDONED else 0)
        s = self.sessions.get(r.stream)
        if s is not None and s.newest == e.item:
            s.ended_us = r.at_us
            if e.type == "work.completed":
                s.disposition, s.category = e.disposition, e.category

    def _offer(self, r: Recorded, e: Any) -> None:
        self._offered(self.items[e.item], e.type.partition(".")[2])

    def _offered(self, item: ItemLog, what: str) -> None:
        if item.advises:
            self.consult_offers[what] += 1
            return
        self.offers[what] += 1
        row = self.offers_by_queue.setdefault(item.queue, {"offered": 0, **dict.fromkeys(OUTCOMES, 0)})
        row[what] += 1

    # -- the rest

    def _opened(self, r: Recorded, e: Any) -> None:
        self.sessions[r.stream] = SessionLog(e.number, e.citizen, r.at_us)

    def _erased(self, r: Recorded, e: Any) -> None:
        s = self.sessions.get(r.stream)
        if s is not None:
            s.citizen = ""

    def _entry(self, r: Recorded, e: Any) -> None:
        if e.article:
            self.used += 1
            self.edited += e.edited

    def _suggestions(self, r: Recorded, e: Any) -> None:
        self.suggested += 1

    def _rated(self, r: Recorded, e: Any) -> None:
        self.scores.append((r.at_us, e.score))

    def _closed(self, r: Recorded, e: Any) -> None:
        self.ended_sessions += 1

    def _handoff(self, r: Recorded, e: Any) -> None:
        h = self.handoffs.setdefault(r.stream, HandoffLog())
        name = e.type.partition(".")[2] + "_us"
        if not getattr(h, name):
            setattr(h, name, r.at_us)

    def _lease(self, r: Recorded, e: Any) -> None:
        k = self._counselor(r)
        k.live = e.type in {"lease.attached", "lease.restored", "lease.suspected"}

    def _presence(self, r: Recorded, e: Any) -> None:
        self._counselor(r).available = e.presence == "AVAILABLE"

    def _slot(self, r: Recorded, e: Any) -> None:
        k = self._counselor(r)
        if e.type in {"slot.live", "slot.unpaused", "slot.wrapping"}:
            k.busy.setdefault(e.item, k.split_us)
        elif e.type in {"slot.freed", "slot.paused"}:
            began = k.busy.pop(e.item, None)
            item = self.items.get(e.item)
            if began is not None and item is not None:
                item.share_us += k.split_us - began

    def _counselor(self, r: Recorded) -> CounselorLog:
        k = self.counselors.get(r.stream)
        if k is None:
            k = self.counselors[r.stream] = CounselorLog(since_us=r.at_us)
        if k.busy and k.live:
            k.split_us += (r.at_us - k.since_us) / len(k.busy)
        k.logged_in_us, k.handling_us, k.idle_us = k.upto(r.at_us)
        k.since_us = r.at_us
        return k


def _turn(item: ItemLog, at_us: int, doing: str) -> None:
    item.spent[item.doing] = item.spent.get(item.doing, 0) + at_us - item.since_us
    item.doing, item.since_us = doing, at_us


def _settle(item: ItemLog, at_us: int, fate: str, gone_us: int = 0) -> None:
    """The fate of the item's present stay, once; its citizen waited until ``gone_us`` (0: until now)."""
    if item.entries and item.entries[-1].fate == WAITING:
        entry = item.entries[-1]
        entry.fate, entry.settled_us, entry.wait_us = fate, at_us, (gone_us or at_us) - item.enqueued_us


_HANDLERS: dict[str, Callable[[Log, Recorded, Any], None]] = {
    "session.opened": Log._opened,
    "session.erased": Log._erased,
    "work.created": Log._created,
    "work.moved": Log._moved,
    "work.promoted": Log._promoted,
    "work.parked": Log._parked,
    "work.unparked": Log._parked,
    **dict.fromkeys(_SEGMENT, Log._work),
    **dict.fromkeys(_ENDS, Log._ended),
    **{f"offer.{outcome}": Log._offer for outcome in OUTCOMES},
    "entry.added": Log._entry,
    "suggestions.shown": Log._suggestions,
    "session.rated": Log._rated,
    "session.closed": Log._closed,
    **dict.fromkeys(("handoff.committed", "handoff.acknowledged", "handoff.answered"), Log._handoff),
    **dict.fromkeys(
        ("lease.attached", "lease.suspected", "lease.restored", "lease.lost", "lease.detached"), Log._lease
    ),
    "presence.set": Log._presence,
    **dict.fromkeys(
        ("slot.held", "slot.live", "slot.wrapping", "slot.paused", "slot.unpaused", "slot.freed"), Log._slot
    ),
}
