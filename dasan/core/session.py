"""One need of one person across channels: its legs, its work items and the counters of its transcript (DOMAIN §2).

The phase is derived, never stored; only ``closed_at_us`` and ``close_reason`` are. The transcript itself is journal and
sealed content: here are its counters and marks. ``entry_n`` numbers every entry; ``hidden`` lists those that the
citizen does not see (notes), so that a mark in her numbering can be read in ours and back. After CLOSED only a
rating, recordings and what erases are still recorded; none opens it again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dasan.core import callback as callbacks
from dasan.core import handoff as handoffs
from dasan.core import leg as legs
from dasan.core import recording as recordings
from dasan.core import supervision
from dasan.core import workitem as items
from dasan.core.callback import Callback
from dasan.core.change import changed
from dasan.core.errors import Refused
from dasan.core.leg import Leg
from dasan.core.policy import VOICE
from dasan.core.supervision import Supervision
from dasan.core.workitem import WorkItem

GREETING, WAITING, ENGAGED, WRAPPING = "GREETING", "WAITING", "ENGAGED", "WRAPPING"
AWAITING_CITIZEN, AWAITING_CALLBACK, AWAITING_AGENCY, CLOSED = (
    "AWAITING_CITIZEN",
    "AWAITING_CALLBACK",
    "AWAITING_AGENCY",
    "CLOSED",
)
PHASES = (GREETING, WAITING, ENGAGED, WRAPPING, AWAITING_CITIZEN, AWAITING_CALLBACK, AWAITING_AGENCY, CLOSED)
SAID_MAX = 20
FOR_EVER_US = 1 << 62
LEFT_MENU = "left_menu"  # why a call closes that reached nobody: she hung up in the menu
FROM_CITIZEN, FROM_COUNSELOR, FROM_SUPERVISOR, FROM_SYSTEM = "CITIZEN", "COUNSELOR", "SUPERVISOR", "SYSTEM"
FROM_LINE = legs.OF_LINE  # a line of the directory that takes part in a call; the author is its code


@dataclass(frozen=True, slots=True)
class Flow:
    """Where a leg's menu stands: ``ref`` (name@hash) is pinned, ``content`` holds the turn ``step``; ``outcome`` is ""
    while it is being heard."""

    leg: str
    ref: str
    step: int
    node: str
    content: str
    outcome: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """``citizen_*`` and ``counselor_*`` marks are in ``n`` of the transcript; ``*_us`` are instants (0: never).

    ``owed_since_us`` is when the oldest unanswered line of the citizen arrived (0: the counselor had the last word).
    ``said`` are the content and photo of the first lines she wrote, from which her case can be filed without her.
    ``parties`` are the legs of everybody else in her call; ``number_content`` holds the number it came from,
    ``caller`` says of what kind that is (e164, client, sip, withheld).
    ``warned``: how often she heard the legal warning in it. ``beside``: the sessions of the same number that were open
    when it began, newest first. ``kept``: its recordings and messages.
    """

    id: str
    number: int
    service: str
    language: str
    citizen: str
    channel: str
    opened_at_us: int
    legs: tuple[Leg, ...] = ()
    items: tuple[WorkItem, ...] = ()
    handoffs: tuple[tuple[str, str], ...] = ()
    entry_n: int = 0
    hidden: tuple[int, ...] = ()
    citizen_delivered: int = 0
    citizen_read: int = 0
    counselor_delivered: int = 0
    counselor_read: int = 0
    last_citizen_us: int = 0
    last_counselor_us: int = 0
    last_us: int = 0
    owed_since_us: int = 0
    rating: int = 0
    erased: bool = False
    closed_at_us: int = 0
    close_reason: str = ""
    supervisions: tuple[Supervision, ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    parties: tuple[Leg, ...] = ()
    flow: Flow | None = None
    number_content: str = ""
    caller: str = ""
    warned: int = 0
    recording: str = ""
    callback: Callback | None = None
    beside: tuple[str, ...] = ()
    kept: tuple[recordings.Kept, ...] = ()

    def leg(self, leg_id: str) -> Leg | None:
        """The citizen's leg of that id."""
        for leg in self.legs:  # plain loops here: these are asked at every event
            if leg.id == leg_id:
                return leg
        return None

    def party(self, leg_id: str) -> Leg | None:
        """The leg of that id, whoever's it is."""
        return self.leg(leg_id) or next((leg for leg in self.parties if leg.id == leg_id), None)

    def item(self, item_id: str) -> WorkItem | None:
        """The work item of that id."""
        for item in self.items:
            if item.id == item_id:
                return item
        return None

    @property
    def live_item(self) -> WorkItem | None:
        """The one item that is on its way to, or with, a counselor (I1); a consult about it is an item beside it."""
        for item in reversed(self.items):
            if item.state in items.LIVE and not item.consult_of:
                return item
        return None

    @property
    def consult(self) -> WorkItem | None:
        """The item by which a colleague is being consulted."""
        for item in reversed(self.items):
            if item.consult_of and item.state in items.LIVE:
                return item
        return None

    @property
    def offerable(self) -> WorkItem | None:
        """The item for which a counselor is wanted: a consult's while there is one, for the talk itself has its own."""
        return self.consult or self.live_item

    @property
    def live_leg(self) -> Leg | None:
        """The newest leg that has not ended."""
        for leg in reversed(self.legs):
            if leg.state in legs.LIVE:
                return leg
        return None

    @property
    def shown_n(self) -> int:
        """How many entries the citizen may see."""
        return self.entry_n - len(self.hidden)


def phase(s: Session) -> str:
    """The derived phase (DOMAIN §2)."""
    if s.closed_at_us:
        return CLOSED
    item = s.live_item
    if item is not None:
        return _phase_of(item)
    if any(i.state == items.WRAPPING for i in s.items):
        return WRAPPING
    if s.callback is not None and s.callback.open and s.callback.state != callbacks.CONNECTED:
        return AWAITING_CALLBACK
    if any(stage not in handoffs.SETTLED for _, stage in s.handoffs):
        return AWAITING_AGENCY
    return GREETING if not s.items or in_menu(s) else AWAITING_CITIZEN


def in_menu(s: Session) -> bool:
    """Whether her telephone is up and nobody but the menu has to do with her."""
    leg = s.live_leg
    return s.flow is not None and leg is not None and leg.channel == VOICE and leg.state in legs.UP


def talks(s: Session) -> Iterator[WorkItem]:
    """The items that were, or are to be, a talk with the citizen; a consult is one when it has become it."""
    return (item for item in s.items if not item.consult_of)


def _phase_of(item: WorkItem) -> str:
    if item.channel == callbacks.CHANNEL and item.state in items.BEFORE:
        return AWAITING_CALLBACK
    if item.state == items.PAUSED:
        return AWAITING_CITIZEN
    return WAITING if item.state in items.BEFORE else ENGAGED


def shown_of(s: Session, n: int) -> int:
    """Entry ``n`` in the citizen's numbering: how many visible entries there are up to it."""
    return n - bisect_right(s.hidden, n)


def n_of(s: Session, shown: int) -> int:
    """The entry whose number in the citizen's eyes is ``shown``."""
    n = shown
    for hidden in s.hidden:
        if hidden <= n:
            n += 1
    return min(n, s.entry_n)


def left_message(s: Session) -> bool:
    """Whether it was left after hours: it is answered whether its citizen is there at the opening or not."""
    return any(item.open_at_us for item in s.items)


def same_parts(one: Session, other: Session) -> bool:
    """Whether nothing but lines, marks and clocks lies between two states of one session. Folding keeps a part that did
    not change as the same object, so this costs no comparison; a stranger's equal copy only counts as different."""
    return (
        one.items is other.items
        and one.legs is other.legs
        and one.handoffs is other.handoffs
        and one.closed_at_us == other.closed_at_us
        and one.rating == other.rating
        and one.supervisions is other.supervisions
        and one.erased == other.erased
        and one.callback is other.callback
        and one.parties is other.parties
        and one.recording == other.recording
        and one.warned == other.warned
        and one.kept is other.kept
    )


def may_read(s: Session, counselor: str) -> bool:
    """Whether that counselor may read the transcript now: she takes part in the session, or looks at it (I28)."""
    held = any(i.counselor == counselor and i.state not in items.TERMINAL for i in s.items)
    return held or supervision.of(s.supervisions, counselor) is not None


def close_reason(s: Session) -> str | None:
    """Why the session may close now, or None while something is still open (I12)."""
    if s.closed_at_us or s.live_leg is not None or not (s.items or s.channel == VOICE):
        return None
    if any(item.state not in items.TERMINAL for item in s.items):
        return None
    if any(stage not in handoffs.SETTLED for _, stage in s.handoffs):
        return None
    if s.callback is not None and s.callback.open:
        return None
    last = ""
    for item in talks(s):
        last = item.outcome or "done"
    if s.callback is not None and (not last or last in callbacks.MADE_WAY):
        return f"callback_{s.callback.state.lower()}"
    return last or (s.flow.reason or s.flow.outcome if s.flow else "") or _unheard(s) or LEFT_MENU


def _unheard(s: Session) -> str:
    """How a call of ours ended that nobody answered."""
    cause = s.legs[-1].cause if s.legs and s.flow is None else ""
    return cause if cause in legs.UNANSWERED else ""


def opened(stream: str, e: Any, at_us: int) -> Session:
    """The state after session.opened."""
    return Session(stream, e.number, e.service, e.language, e.citizen, e.channel, at_us, last_us=at_us, beside=e.beside)


def evolve(s: Session, event: Any, at_us: int) -> Session:
    """The session after ``event``; raises Refused where a table has no arrow or the thing is not there."""
    return _CHANGES.get(event.type, _item)(s, event, at_us)


def _entry(s: Session, e: Any, at: int) -> Session:
    assert e.n == s.entry_n + 1, (s.id, e.n, s.entry_n)
    if e.role == FROM_CITIZEN:
        owed = s.owed_since_us or at
        said = (*s.said, (e.content, e.blob)) if len(s.said) < SAID_MAX else s.said
        return changed(s, entry_n=e.n, last_citizen_us=at, last_us=at, owed_since_us=owed, said=said)
    hidden = s.hidden if e.shown else (*s.hidden, e.n)
    if e.shown and e.role in {FROM_COUNSELOR, FROM_SUPERVISOR}:  # either way the citizen has her answer
        read = max(s.counselor_read, e.n) if e.role == FROM_COUNSELOR else s.counselor_read
        s = changed(
            s, entry_n=e.n, last_counselor_us=at, last_us=at, owed_since_us=0, counselor_read=read, hidden=hidden
        )
        return _replied(s)
    return changed(s, entry_n=e.n, hidden=hidden)


def _replied(s: Session) -> Session:
    item = s.live_item
    if item is None or not (item.reply_by_us or item.idle_warned):
        return s
    return _with_item(s, changed(item, reply_by_us=0, idle_warned=False))


def _with_item(s: Session, item: WorkItem) -> Session:
    if len(s.items) == 1:  # nearly always, and this is on the path of every event of an item
        return changed(s, items=(item,))
    return changed(s, items=tuple(item if i.id == item.id else i for i in s.items))


def _item(s: Session, e: Any, at: int) -> Session:
    if e.type == "work.created":
        # Nobody is asked to advise herself.
        asking = s.item(e.consult_of) if e.consult_of else None
        made = WorkItem(
            e.item, e.queue, e.channel, items.CREATED, e.previous, e.emergency, e.credit_us, e.sticky,
            consult_of=e.consult_of, excluded=((asking.counselor, FOR_EVER_US),) if asking else (),
        )  # fmt: skip
        return changed(s, items=(*s.items, made), last_us=at)
    item = s.item(e.item)
    if item is None:
        raise Refused("no_such_item")
    return _with_item(s, items.evolve(item, e, at))


def _leg(s: Session, e: Any, at: int) -> Session:
    leg = s.leg(e.leg)
    if leg is not None:
        leg = legs.evolve(leg, e)
        return changed(s, legs=tuple(leg if one.id == leg.id else one for one in s.legs))
    leg = s.party(e.leg)
    if leg is None:
        raise Refused("leg_over")
    leg = legs.evolve(leg, e)
    return changed(s, parties=tuple(leg if one.id == leg.id else one for one in s.parties))


def _call(s: Session, e: Any, at: int) -> Session:
    mine = tuple(changed(leg, call=e.call) if leg.id == e.leg else leg for leg in s.legs)
    return changed(s, legs=mine, number_content=e.number or s.number_content, caller=e.caller)


def _flow(s: Session, e: Any, at: int) -> Session:
    if e.type == "flow.left":
        return changed(s, flow=changed(s.flow, outcome=e.outcome, reason=e.reason)) if s.flow else s
    return changed(s, flow=Flow(e.leg, e.flow, e.step, e.node, e.content), last_us=at)


def _party(s: Session, e: Any, at: int) -> Session:
    leg = Leg(e.leg, VOICE, "", until_us=e.until_us, role=e.role, who=e.who, item=e.item, ear=e.ear)
    return changed(s, parties=(*s.parties, leg))


def _callback(s: Session, e: Any, at: int) -> Session:
    if e.type in callbacks.MACHINE.start:
        if s.callback is not None and s.callback.open:
            raise Refused("not_now", state=s.callback.state)
        return changed(s, callback=callbacks.requested(e, at))
    if s.callback is None or s.callback.id != e.callback:
        raise Refused("no_such_callback")
    return changed(s, callback=callbacks.evolve(s.callback, e, at))


def _mark(s: Session, e: Any, at: int) -> Session:
    citizen = e.role == FROM_CITIZEN
    read = e.type == "entries.read"
    name = ("citizen_" if citizen else "counselor_") + ("read" if read else "delivered")
    values = {name: max(getattr(s, name), e.upto)}
    if read:
        delivered = "citizen_delivered" if citizen else "counselor_delivered"
        values[delivered] = max(getattr(s, delivered), e.upto)
    return changed(s, **values)


def _handoff(s: Session, e: Any, at: int) -> Session:
    rest = tuple(pair for pair in s.handoffs if pair[0] != e.handoff)
    return changed(s, handoffs=(*rest, (e.handoff, e.stage)))


_CHANGES: dict[str, Callable[[Session, Any, int], Session]] = {
    "entry.added": _entry,
    "session.closed": lambda s, e, at: changed(s, closed_at_us=at, close_reason=e.reason),
    "session.language": lambda s, e, at: changed(s, language=e.language),
    "session.rated": lambda s, e, at: changed(s, rating=e.score),
    "session.erased": lambda s, e, at: changed(s, erased=True),
    "session.unmasked": lambda s, e, at: s,
    "session.handoff": _handoff,
    "leg.added": lambda s, e, at: changed(s, legs=(*s.legs, Leg(e.leg, e.channel, e.address))),
    "call.began": _call,
    "flow.stepped": _flow,
    "flow.left": _flow,
    "party.added": _party,
    **dict.fromkeys(set(legs.MACHINE.inputs) - set(legs.MACHINE.start), _leg),
    "line.asked": lambda s, e, at: s,
    "line.outcome": lambda s, e, at: s,
    "recording.turned": lambda s, e, at: changed(s, recording=e.state),
    **dict.fromkeys(recordings.FOLDS, lambda s, e, at: changed(s, kept=recordings.folded(s.kept, e, at))),
    "recording.played": lambda s, e, at: s,
    "caller.warned": lambda s, e, at: changed(s, warned=s.warned + 1),
    "entries.delivered": _mark,
    "entries.read": _mark,
    "suggestions.shown": lambda s, e, at: s,
    **dict.fromkeys(callbacks.MACHINE.inputs, _callback),
    **dict.fromkeys(
        supervision.MACHINE.inputs,
        lambda s, e, at: changed(s, supervisions=supervision.evolve(s.supervisions, e, at)),
    ),
}
