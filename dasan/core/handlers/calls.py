"""A telephone call: it begins, and the network tells what has become of each of its legs.

Every word of the network moves a leg forward or changes nothing (I15): words come doubled, late and in any order, and
of a call that was given up long ago. What follows from a leg that joins or ends is decided here, whose leg it may be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.call_events import CallBegan, LegDialing, LegDialled, LegJoined, LegLeft
from dasan.core.errors import Refused
from dasan.core.handlers import lines
from dasan.core.handlers.addresses import greet
from dasan.core.handlers.callbacks import in_line, told_to, wish_callback
from dasan.core.handlers.citizens import suspend
from dasan.core.handlers.flows import taken_step
from dasan.core.handlers.parties import (
    BY_PHONE,
    RING_MARGIN_S,
    TALKING,
    counselor_left,
    counselors_leg,
    taking_over,
)
from dasan.core.handlers.release import citizen_gone, waits_elsewhere
from dasan.core.handlers.supervision import taken_over
from dasan.core.ids import LEG, SESSION
from dasan.core.leg import Leg
from dasan.core.policy import VOICE
from dasan.core.session import Session
from dasan.core.session_events import (
    LegAdded,
    LegConnected,
    LegEnded,
    LegHeld,
    LegRinging,
    LegUnheld,
    SessionOpened,
)
from dasan.core.time import SECOND
from dasan.core.work import Work
from dasan.core.work_events import WorkActive, WorkUnparked
from dasan.core.workitem import WorkItem

Reply = dict[str, Any]
BESIDE_MAX = 8  # calls of one number that are known to each other


# -- a call begins


def begin_call(w: Work, command: c.BeginCall) -> Reply:
    """A session for this call, its citizen in the menu. Who hung up while she waited, and calls again in time from the
    same number, has her place back; of several, who hung up last. Who is to be called back comes into her own session.
    Any other call of that number, a family's or an office's, is a need of its own; nobody takes over a live one.

    Reply: session, leg, step (of the menu's last turn; 0: none yet), resumed, language, conduct, slow, stranger; when
    resumed, flow, node and content of that turn and the waiting item and queue too; when the first turn was recorded
    with it, content and mark of that; when a callback waits for her, callback,
    state and due_us of it.
    """
    holder = w.loader.session_at(command.address, command.service) if command.address else None
    open_now = _of_number(w, holder) if holder else []
    left = [(leg, s) for s in open_now if (leg := _hung_up(s, command.address)) is not None]
    if left:
        gone, s = max(left, key=lambda pair: pair[0].until_us)
        return _resumed(w, s, gone, command)
    expected = next((s for s in open_now if _to_be_called(s)), None)
    if expected is not None:
        return _joined_by_herself(w, expected, command)
    if holder:
        w.addresses_closed.append((command.address, command.service, holder))
    return _begun(w, command, tuple(s.id for s in open_now[:BESIDE_MAX]))


def _of_number(w: Work, holder: str) -> list[Session]:
    """The open sessions of a number, newest first: the one found at it, and those that it was opened beside."""
    newest = w.session(holder)
    return [s for s in (newest, *map(w.session, newest.beside)) if not s.closed_at_us]


def _to_be_called(s: Session) -> bool:
    """Whether her callback is open and nobody is on the line; she may be rung just now."""
    unheard = s.live_leg is None or s.live_leg.state in legs.CALLED
    return unheard and s.callback is not None and s.callback.open


def _hung_up(s: Session, address: str) -> Leg | None:
    """The leg by which she was waiting when she hung up."""
    item, leg = s.live_item, s.live_leg
    waits = item is not None and item.state in items.BEFORE
    if waits and leg is not None and leg.state == legs.SUSPENDED and leg.channel == VOICE and leg.address == address:
        return leg
    return None


def _begun(w: Work, command: c.BeginCall, beside: tuple[str, ...]) -> Reply:
    stream, leg = w.ids.new(SESSION), w.ids.new(LEG)
    w.new_keys.append(stream)
    met = greet(w, command.address)
    language = met["language"] or command.language
    w.emit(stream, SessionOpened(w.numbers("session"), command.service, language, command.citizen, VOICE, beside))
    _connect(w, stream, leg, command)
    if command.address:
        w.addresses_open.append((command.address, command.service, stream))
    came: Reply = {"session": stream, "leg": leg, "step": 0, "resumed": False, **met, "language": language}
    first = command.first
    if first is not None and all(met[name] == getattr(first, name) for name in ("language", "slow", "conduct")):
        came |= {**taken_step(w, stream, leg, 1, first), "mark": first.mark}
    return came


def _resumed(w: Work, s: Session, gone: Leg, command: c.BeginCall) -> Reply:
    w.emit(s.id, LegEnded(gone.id, "moved"))
    leg = w.ids.new(LEG)
    s = _connect(w, s.id, leg, command)
    item = s.live_item
    assert item is not None
    if item.parked:
        w.emit(s.id, WorkUnparked(item.id))
    flow = s.flow
    at = {"step": flow.step, "flow": flow.ref, "node": flow.node, "content": flow.content} if flow else {"step": 0}
    place = {"item": item.id, "queue": item.queue}
    met = {**greet(w, command.address), "language": s.language}
    return {"session": s.id, "leg": leg, "resumed": True, **at, **place, **met}


def _joined_by_herself(w: Work, s: Session, command: c.BeginCall) -> Reply:
    """Who is to be called back calls in herself: the same need, and she may wait on the line at the place she has."""
    leg = w.ids.new(LEG)
    _connect(w, s.id, leg, command)
    met = {**greet(w, command.address), "language": s.language}
    return {"session": s.id, "leg": leg, "step": 0, "resumed": False, **met, **told_to(s)}


def _connect(w: Work, session: str, leg: str, command: c.BeginCall) -> Session:
    w.emit(session, LegAdded(leg, VOICE, command.address))
    w.emit(session, LegConnected(leg))
    number = w.seal(session, "number", command.number)
    began = CallBegan(leg, command.call, command.caller, command.line, number)
    return w.emit(session, began)  # type: ignore[no-any-return]


# -- call control rings somebody


def dial_leg(w: Work, command: c.DialLeg) -> Reply:
    """The claim on a ring; its time runs from the first one. Reply: attempt, ask_first (an earlier one may have been
    heard), since_us (of the first), ring_s (how long it may still ring; less than nothing when its time is over)."""
    s = w.session(command.session)
    leg = _known(s, command.leg)
    if s.closed_at_us or leg.state not in {legs.NEW, legs.DIALING}:
        raise Refused("leg_over")
    lasts_us = (_rings_s(w, s, leg) + RING_MARGIN_S) * SECOND
    until = leg.until_us if leg.attempt else w.now_us + lasts_us
    w.emit(s.id, LegDialing(leg.id, leg.attempt + 1, until))
    ring_s = (until - w.now_us) // SECOND - RING_MARGIN_S
    return {"attempt": leg.attempt + 1, "ask_first": leg.attempt > 0, "since_us": until - lasts_us, "ring_s": ring_s}


def _rings_s(w: Work, s: Session, leg: Leg) -> int:
    timing, item = w.policy.timing, s.item(leg.item)
    if leg.role == legs.OF_COUNSELOR and item is not None and item.state in TALKING and item.counselor == leg.who:
        return timing.rejoin_s  # her telephone went in the middle of the talk
    return {legs.OF_LINE: timing.line_ring_s, legs.OF_CITIZEN: timing.callback_ring_s}.get(leg.role, timing.ring_s)


def leg_dialled(w: Work, command: c.LegDialled) -> Reply:
    """The network has taken it; known already, or over meanwhile, is fine too."""
    s = w.session(command.session)
    leg = _known(s, command.leg)
    if leg.state in {legs.DIALING, legs.RINGING, *legs.UP} and leg.call != command.call:
        w.emit(s.id, LegDialled(leg.id, command.call))
    return {}


def _known(s: Session, leg: str) -> Leg:
    found = s.party(leg)
    if found is None or found.channel != VOICE:
        raise Refused("leg_over")
    return found


# -- what the network says


def leg_fact(w: Work, command: c.LegFact) -> Reply:
    """Raises Refused("leg_over") for a leg that never was; whatever is no news changes nothing."""
    s = w.session(command.session)
    leg = _known(s, command.leg)
    if s.closed_at_us or leg.state in {legs.ENDED, legs.SUSPENDED} or _another(leg, command.call):
        return {}
    told = _FACTS.get(command.fact)
    if told is not None:
        told(w, s, leg, command)
        _carried_by(w, s.id, leg.id, command.call)
        meet(w, s.id)
    return {}


def _carried_by(w: Work, session: str, leg: str, call: str) -> None:
    """Learn the call that carries a leg where its word came before the answer to our asking."""
    now = _known(w.session(session), leg)
    if call and not now.call and now.state in {legs.DIALING, legs.RINGING, *legs.UP}:
        w.emit(session, LegDialled(leg, call))


def _another(leg: Leg, call: str) -> bool:
    """Whether the word is of another call than the one that carries this leg now."""
    return bool(call and leg.call and call != leg.call)


def _ringing(w: Work, s: Session, leg: Leg, command: c.LegFact) -> None:
    if leg.state in {legs.NEW, legs.DIALING}:
        w.emit(s.id, LegRinging(leg.id))


def _connected(w: Work, s: Session, leg: Leg, command: c.LegFact) -> None:
    if leg.state in legs.CALLED:
        w.emit(s.id, LegConnected(leg.id))


def _joined(w: Work, s: Session, leg: Leg, command: c.LegFact) -> None:
    _connected(w, s, leg, command)
    if not leg.joined:
        w.emit(s.id, LegJoined(leg.id))


def _left(w: Work, s: Session, leg: Leg, command: c.LegFact) -> None:
    if leg.joined:
        w.emit(s.id, LegLeft(leg.id))


def _held(w: Work, s: Session, leg: Leg, command: c.LegFact) -> None:
    if leg.state == legs.CONNECTED:
        w.emit(s.id, LegHeld(leg.id))


def _unheld(w: Work, s: Session, leg: Leg, command: c.LegFact) -> None:
    if leg.state == legs.HELD:
        w.emit(s.id, LegUnheld(leg.id))


def _ended(w: Work, s: Session, leg: Leg, command: c.LegFact) -> None:
    leg_ended(w, s, leg, command.cause)


# Whether somebody is muted is our wish (MuteLeg); the network's word of it is call control's to compare, not news.
_FACTS: dict[str, Callable[[Work, Session, Leg, c.LegFact], None]] = {
    "ringing": _ringing,
    "connected": _connected,
    "joined": _joined,
    "left": _left,
    "held": _held,
    "unheld": _unheld,
    "ended": _ended,
}


# -- somebody is there


def meet(w: Work, session: str) -> None:
    """Talks begin whose people are in the room; a supervisor who came to take over has taken over; a line that has
    answered has the citizen."""
    s = w.session(session)
    for leg in s.parties:
        if not leg.joined:
            continue
        item = s.item(leg.item) if leg.item else None
        if leg.role == legs.OF_COUNSELOR and item is not None and taking_over(s, leg, item):
            taken_over(w, s, item, leg.who)
            s = w.session(session)
        elif leg.role == legs.OF_LINE:
            lines.answered(w, s, leg)
            s = w.session(session)
    for item in s.items:
        if item.state == items.CONNECTING and item.channel in BY_PHONE and _together(s, item):
            _active(w, session, item)


def _together(s: Session, item: WorkItem) -> bool:
    hers = counselors_leg(s, item)
    if hers is None or not hers.joined:
        return False
    citizen = s.live_leg
    return bool(item.consult_of) or (citizen is not None and citizen.joined)


def _active(w: Work, session: str, item: WorkItem) -> None:
    w.emit(session, WorkActive(item.id))
    if not item.consult_of and not item.active_at_us:
        w.say(session, "joined", {"counselor": w.counselor(item.counselor).number})


# -- somebody is gone


def leg_ended(w: Work, s: Session, leg: Leg, cause: str) -> None:
    """A live leg has ended by itself, with a cause of dasan/core/leg.py (any other counts as the network's)."""
    cause = cause if cause in legs.CAUSES else "network"
    if leg.role == legs.OF_CITIZEN:
        _citizen_ended(w, s, leg, cause)
        return
    w.emit(s.id, LegEnded(leg.id, cause))
    s = w.session(s.id)
    if leg.role == legs.OF_COUNSELOR:
        counselor_left(w, s, leg, cause)
    elif leg.role == legs.OF_LINE:
        lines.left(w, s, leg, cause)


def _citizen_ended(w: Work, s: Session, leg: Leg, cause: str) -> None:
    """She hung up. While she waits her place is kept for a call back in time, if we could know her again. Whom we
    rang in vain has nothing to leave: her callback goes on (handlers/attempts)."""
    item = s.live_item
    if leg.state in legs.CALLED or waits_elsewhere(s):
        w.emit(s.id, LegEnded(leg.id, cause))
        return
    if in_line(s) is not None and leg.address and leg.state == legs.CONNECTED:
        suspend(w, s, leg)
        return
    if item is not None:
        w.say(s.id, "citizen_left")
    elif s.flow is not None and s.flow.leg == leg.id and s.flow.outcome == "voicemail":
        # Most people end a message by hanging up; whether it was empty is known only later.
        wish_callback(w, s, leg, c.WishCallback(queue=s.items[-1].queue if s.items else ""))
    citizen_gone(w, s.id, leg.id, cause, "citizen_left")


def ringing_over(w: Work, s: Session, leg: Leg) -> None:
    """It has rung long enough, or the network never said."""
    leg_ended(w, s, leg, "no_answer")


HANDLERS: dict[type[c.Command], Any] = {
    c.BeginCall: begin_call,
    c.DialLeg: dial_leg,
    c.LegDialled: leg_dialled,
    c.LegFact: leg_fact,
}
