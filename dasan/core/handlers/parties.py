"""Everybody else in a call: rung into its room, brought together with the citizen, let go.

Nobody is rung here: a party is added, and call control makes it so (docs/adr/0006). Who does not belong any more is let
go in one place, :func:`settle_call`, whatever the command was: a counselor whose item has gone on, a supervisor who
looks no more, a line nobody waits for, everybody once the citizen's own connection has ended.
"""

from __future__ import annotations

from dasan.core import callback as callbacks
from dasan.core import counselor as counselors
from dasan.core import leg as legs
from dasan.core import supervision
from dasan.core import workitem as items
from dasan.core.call_events import PartyAdded
from dasan.core.counselor_events import PresenceSet
from dasan.core.handlers.release import drop_offers, exclusion_us, free_slot, set_presence, waits_elsewhere
from dasan.core.ids import LEG
from dasan.core.leg import Leg
from dasan.core.policy import VOICE
from dasan.core.session import Session
from dasan.core.session_events import LegEnded
from dasan.core.time import SECOND
from dasan.core.work import Work
from dasan.core.work_events import ConnectFailed, ConsultEnded, ConsultOver, CounselorLost, WorkAborted
from dasan.core.workitem import WorkItem

# Items whose counselor takes part by telephone.
BY_PHONE = frozenset({VOICE, callbacks.CHANNEL})
TALKING = frozenset({items.ACTIVE, items.HELD, items.CONSULTING})
REJOINS_MAX = 5  # of one counselor in one talk: a telephone that drops for ever is not rung for ever
RING_MARGIN_S = 8  # the network's own "nobody answers" comes first


def ring(w: Work, session: str, role: str, who: str, ring_s: int, *, item: str = "", ear: str = "") -> str:
    """Add a party that shall be rung into the room for ``ring_s`` seconds at most; its leg."""
    leg = w.ids.new(LEG)
    until = w.now_us + (ring_s + RING_MARGIN_S) * SECOND
    w.emit(session, PartyAdded(leg, role, who, until, item, ear))
    return leg


def of(s: Session, role: str, *, who: str = "", item: str = "") -> Leg | None:
    """The newest live party of that role, of ``who`` and for ``item`` where they are given."""
    for leg in reversed(s.parties):
        if leg.state in legs.LIVE and leg.role == role and who in {"", leg.who} and item in {"", leg.item}:
            return leg
    return None


def counselors_leg(s: Session, item: WorkItem) -> Leg | None:
    """The live leg by which the counselor of ``item`` takes part."""
    return of(s, legs.OF_COUNSELOR, who=item.counselor, item=item.id) if item.counselor else None


def let_go(w: Work, session: str, leg: str, cause: str = "normal") -> None:
    """A party's leg shall be gone."""
    found = w.session(session).party(leg)
    if found is not None and found.state in legs.LIVE:
        w.emit(session, LegEnded(leg, cause))


# -- a counselor's side fails


def connect_failed(w: Work, session: str, item: WorkItem, reason: str, *, hers: bool = False) -> None:
    """CONNECTING ends without a talk; where the fault was ``hers`` she is passed over for a while."""
    w.emit(session, ConnectFailed(item.id, reason, exclusion_us(w) if hers else 0))
    free_slot(w, item.counselor, item.id, "connect_failed")
    if hers:
        flag(w, item.counselor, reason)


def flag(w: Work, counselor: str, reason: str) -> None:
    """Her telephone cannot be reached: she is set away, so that nobody else waits for it, and it is said why."""
    if reason in legs.UNANSWERED and w.counselor(counselor).presence == counselors.AVAILABLE:
        set_presence(w, counselor, PresenceSet(counselors.AWAY, f"phone_{reason}", auto=True))


def lose(w: Work, session: str, item: WorkItem) -> None:
    """The counselor of an item is gone: a consult is over, a talk goes back to the queue at its rank."""
    if item.consult_of:
        consult_over(w, session, item, "lost")
        return
    w.emit(session, CounselorLost(item.id, item.counselor))
    free_slot(w, item.counselor, item.id, "lost")
    w.say(session, "counselor_lost")


def counselor_left(w: Work, s: Session, leg: Leg, cause: str) -> None:
    """The leg of a counselor has ended by itself; ``leg`` as it was before."""
    item = s.item(leg.item)
    if item is None or item.counselor != leg.who or item.state not in items.ASSIGNED:
        return
    if counselors_leg(s, item) is not None:  # she is being rung again already
        return
    there = leg.state in legs.UP
    if item.state == items.CONNECTING:
        connect_failed(w, s.id, item, cause, hers=True)
    elif item.consult_of:
        consult_over(w, s.id, item, cause)
    elif there and w.counselor(leg.who).lease != counselors.ABSENT and _rung(s, leg) <= REJOINS_MAX:
        ring(w, s.id, legs.OF_COUNSELOR, leg.who, w.policy.timing.rejoin_s, item=item.id)
    else:
        lose(w, s.id, item)
        flag(w, leg.who, cause)


def _rung(s: Session, leg: Leg) -> int:
    """How often she was rung for that talk."""
    return sum(one.role == legs.OF_COUNSELOR and (one.who, one.item) == (leg.who, leg.item) for one in s.parties)


# -- consults end


def consult_over(w: Work, session: str, consult: WorkItem, reason: str) -> None:
    """The colleague is let go, or nobody is looked for any more; the talk itself turns in :func:`settle_call`."""
    if consult.state in items.BEFORE:
        drop_offers(w, session, consult, reason=reason)
        w.emit(session, WorkAborted(consult.id, reason))
        return
    w.emit(session, ConsultOver(consult.id))
    free_slot(w, consult.counselor, consult.id, "consulted")


def back(w: Work, s: Session, talk: WorkItem) -> None:
    """A consult is over, whoever was consulted: the citizen is with her counselor again."""
    if s.consult is not None:
        consult_over(w, s.id, s.consult, "ended")
    line = of(s, legs.OF_LINE, item=talk.id)
    if line is not None:
        let_go(w, s.id, line.id)
    w.emit(s.id, ConsultEnded(talk.id))


def _settle_consult(w: Work, s: Session) -> Session:
    consult = s.consult
    if consult is not None:
        asking = s.item(consult.consult_of)
        if asking is None or asking.state != items.CONSULTING:
            consult_over(w, s.id, consult, "asker_gone")
        elif _nobody(w, consult):
            consult_over(w, s.id, consult, "declined")
        s = w.session(s.id)
    item = s.live_item
    if item is None or item.state != items.CONSULTING or s.consult is not None:
        return s
    if of(s, legs.OF_LINE, item=item.id) is not None:
        return s
    return w.emit(s.id, ConsultEnded(item.id))  # type: ignore[no-any-return]


def _nobody(w: Work, consult: WorkItem) -> bool:
    """Whether the one colleague who was asked will not."""
    only = consult.needs.only
    return consult.state == items.QUEUED and bool(only) and consult.excludes(only, w.now_us)


# -- who belongs


def settle_call(w: Work, session: str) -> Session:
    """What must hold of a call after any command; the session as it is then."""
    s = _settle_consult(w, w.session(session))
    for leg in s.parties:
        if leg.state in legs.LIVE and not belongs(s, leg):
            s = w.emit(session, LegEnded(leg.id, "normal"))
    return s


def belongs(s: Session, leg: Leg) -> bool:
    """Whether a party has still to do with the call."""
    if s.live_leg is None and not waits_elsewhere(s):  # nor is she being called, with somebody ready for her
        return False
    if leg.role == legs.OF_COUNSELOR:
        item = s.item(leg.item)
        if item is None or item.state not in items.ASSIGNED:
            return False
        return item.counselor == leg.who or taking_over(s, leg, item)
    item = s.live_item
    assigned = item is not None and item.state in items.ASSIGNED
    if leg.role == legs.OF_SUPERVISOR:
        return assigned and supervision.of(s.supervisions, leg.who) is not None
    return _line_belongs(s, leg)


def _line_belongs(s: Session, leg: Leg) -> bool:
    """While its item is with a counselor; and after her, if it has the citizen."""
    item = s.item(leg.item)
    if item is None or item.state in items.BEFORE:
        return False
    return item.state in items.ASSIGNED or leg.state in legs.UP


def taking_over(s: Session, leg: Leg, item: WorkItem) -> bool:
    """Whether ``leg`` is that of a supervisor who takes the talk over as soon as she is there."""
    looks = supervision.of(s.supervisions, leg.who) is not None
    return looks and item.state in TALKING and item.counselor != leg.who
