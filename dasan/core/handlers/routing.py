"""Into the queue and out to counselors: queueing, offers and their six outcomes, the start of the talk."""

from __future__ import annotations

from typing import Any

from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core import routing
from dasan.core import workitem as items
from dasan.core.counselor_events import SlotHeld
from dasan.core.errors import Refused
from dasan.core.handlers.fallback import file_instead
from dasan.core.handlers.parties import BY_PHONE, connect_failed, ring
from dasan.core.handlers.release import (
    end_legs,
    end_offer,
    exclusion_us,
    open_offer,
    rescind_siblings,
    slot_live,
)
from dasan.core.ids import OFFER
from dasan.core.leg import OF_COUNSELOR
from dasan.core.policy import TEXT_CHANNELS, VOICE, Queue, RoutingStep
from dasan.core.session import Session
from dasan.core.text import as_code
from dasan.core.time import SECOND, wall
from dasan.core.work import Work
from dasan.core.work_events import (
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferFailed,
    WorkAccepted,
    WorkActive,
    WorkDue,
    WorkExpired,
    WorkMoved,
    WorkOffered,
    WorkRouted,
    WorkScheduled,
    WorkUnroutable,
)
from dasan.core.workitem import WorkItem

Reply = dict[str, Any]


def queue_item(
    w: Work, session: str, item: str, *, rank_at_us: int | None = None, first: tuple[RoutingStep, ...] = ()
) -> None:
    """CREATED to QUEUED. ``rank_at_us`` keeps an earlier place (I10); ``first`` are steps before the queue's own."""
    it = w.item(session, item)
    queue = w.policy.queue(it.queue)
    if queue is None or not queue.steps:
        _unroutable(w, session, item, "no_queue")
        return
    fresh = w.now_us - _credit_us(w, it, queue)
    rank = fresh if rank_at_us is None else min(rank_at_us, fresh)
    steps = (*first, *queue.steps)
    w.emit(session, WorkRouted(item, w.now_us, rank, steps, w.now_us + queue.waiting_max_s * SECOND))
    if not it.previous:  # a transfer has a line of its own
        w.say(session, "queued", {"queue": queue.code})


def schedule_item(w: Work, session: str, item: str, queue: Queue) -> None:
    """CREATED to SCHEDULED: what was left after hours waits for the next opening; without one it cannot be routed."""
    open_at_us = w.policy.opening_us(queue, w.now_us)
    if open_at_us is None:
        _unroutable(w, session, item, "never_open")
        return
    w.emit(session, WorkScheduled(item, open_at_us))
    w.say(session, "scheduled", {"queue": queue.code, "opens": wall(open_at_us)})


def open_item(w: Work, session: str, item: WorkItem) -> None:
    """SCHEDULED to QUEUED, as if it had come at the opening itself: before everybody who comes after."""
    queue = w.policy.queue(item.queue)
    steps = queue.steps if queue else ()
    waiting_s = queue.waiting_max_s if queue else w.policy.timing.session_idle_max_s
    rank = item.open_at_us - (_credit_us(w, item, queue) if queue else 0)
    w.emit(session, WorkDue(item.id, item.open_at_us, rank, steps, w.now_us + waiting_s * SECOND))
    w.say(session, "opened", {"queue": item.queue})


def _unroutable(w: Work, session: str, item: str, reason: str) -> None:
    w.emit(session, WorkUnroutable(item, reason))
    if by_menu(w.session(session)):
        w.say(session, "no_route")
        return
    if not file_instead(w, session, item):
        w.say(session, "no_route")
    end_legs(w, session, "timeout")


def by_menu(s: Session) -> bool:
    """Whether her telephone's menu tells her what comes next."""
    leg = s.live_leg
    return leg is not None and leg.channel == VOICE and s.flow is not None


def _credit_us(w: Work, item: WorkItem, queue: Queue) -> int:
    """The bounded time shift that priority is (D5): never more than credit_max_s, so overtaking is bounded (I9)."""
    return min(item.credit_us + queue.priority_credit_s * SECOND, w.policy.credit_max_s * SECOND)


def make_offer(w: Work, command: c.MakeOffer) -> Reply:
    """The dispatcher's plan, checked against the present: who is not eligible now is not offered anything.

    Reply: offer. Raises Refused(not_now | capacity_full | already_taken).
    """
    item = w.item(command.session, command.item)
    if item.state != items.QUEUED or item.parked:
        raise Refused("not_now", state=item.state)
    k = w.counselor(command.counselor)
    why = routing.passed_over(item, k, w.policy, w.now_us)
    if why:
        raise Refused("capacity_full" if why == "no_room" else "not_now", state=why)
    return {"offer": _offer(w, command.session, item, k)}


def _offer(w: Work, session: str, item: WorkItem, k: counselors.Counselor) -> str:
    timing = w.policy.timing
    offer_s = timing.offer_text_s if item.channel in TEXT_CHANNELS else timing.offer_live_s
    offer = w.ids.new(OFFER)
    cost = w.policy.cost(item.channel)
    w.emit(session, WorkOffered(item.id, offer, k.id, w.now_us + offer_s * SECOND))
    w.emit(k.id, SlotHeld(item.id, session, offer, item.channel, cost.pool, cost.units))
    return offer


def accept_offer(w: Work, command: c.AcceptOffer) -> Reply:
    """First by compare-and-set. Reply: item. Raises Refused(already_taken | offer_over | not_yours)."""
    k = w.console()
    item, offer = open_offer(w, command.session, command.offer)
    if offer.counselor != k.id:
        raise Refused("not_yours")
    if offer.deadline_us <= w.now_us:
        raise Refused("offer_over", state="EXPIRED")
    _accept(w, command.session, item, offer.id, k.id)
    return {"item": item.id}


def _accept(w: Work, session: str, item: WorkItem, offer: str, counselor: str) -> None:
    w.emit(session, OfferAccepted(offer, item.id))
    rescind_siblings(w, session, item, offer)
    timing = w.policy.timing
    by_phone = item.channel in BY_PHONE
    connecting_s = timing.connecting_voice_s if by_phone else timing.connecting_s
    w.emit(session, WorkAccepted(item.id, offer, counselor, w.now_us + connecting_s * SECOND))
    slot_live(w, counselor, item.id)
    if by_phone:
        ring(w, session, OF_COUNSELOR, counselor, connecting_s, item=item.id)


def give_back(w: Work, session: str, item: WorkItem, k: counselors.Counselor) -> bool:
    """Bring an item back to the counselor it was lost from: an offer that is accepted at once (DOMAIN §5)."""
    if item.state != items.QUEUED or item.parked or not counselors.routable(k, item.channel, w.policy):
        return False
    offer = _offer(w, session, item, k)
    _accept(w, session, w.item(session, item.id), offer, k.id)
    return True


def decline_offer(w: Work, command: c.DeclineOffer) -> Reply:
    """Not now: the item goes on to somebody else at its rank, and not to her for a while."""
    k = w.console()
    item, offer = open_offer(w, command.session, command.offer)
    if offer.counselor != k.id:
        raise Refused("not_yours")
    until = exclusion_us(w)
    end_offer(
        w,
        command.session,
        item.id,
        offer.id,
        lambda o, i: OfferDeclined(o, i, as_code(command.reason), until),
        reason="declined",
    )
    return {}


def expire_offer(w: Work, session: str, offer: str) -> None:
    """The deadline passed: a miss."""
    item, found = open_offer(w, session, offer)
    until = exclusion_us(w)
    end_offer(w, session, item.id, found.id, lambda o, i: OfferExpired(o, i, until), reason="expired")


def fail_offer(w: Work, command: c.FailOffer) -> Reply:
    """Her endpoint could not be reached: not a miss."""
    item, offer = open_offer(w, command.session, command.offer)
    end_offer(
        w, command.session, item.id, offer.id, lambda o, i: OfferFailed(o, i, as_code(command.reason)), reason="failed"
    )
    return {}


def confirm_media(w: Work, command: c.ConfirmMedia) -> Reply:
    """The console shows the session: the talk begins and the speed of answer stops counting."""
    s, item = w.assigned(command.session, command.item)
    if item.state == items.ACTIVE or (item.channel in BY_PHONE and item.state in items.ASSIGNED):
        return {}  # a call begins when both are in the room, whatever her screen shows
    first = not item.active_at_us
    owed = item.channel in TEXT_CHANNELS and (s.owed_since_us > 0 or s.last_counselor_us < item.enqueued_at_us)
    by = w.now_us + w.policy.timing.first_reply_s * SECOND if owed else 0
    w.emit(s.id, WorkActive(item.id, by))
    if first:
        w.say(s.id, "joined", {"counselor": w.counselor(item.counselor).number})
    return {}


def fail_connect(w: Work, command: c.FailConnect) -> Reply:
    """The talk could not begin: back to the front of its place."""
    item = w.item(command.session, command.item)
    if item.state != items.CONNECTING:
        raise Refused("not_now", state=item.state)
    connect_failed(w, command.session, item, as_code(command.reason))
    return {}


def move_item(w: Work, command: c.MoveItem) -> Reply:
    """A waiting item into another queue; its rank stays."""
    w.supervisor()
    queue = w.policy.queue(command.queue)
    if queue is None:
        raise Refused("no_such_queue", known=", ".join(w.policy.queues))
    w.item(command.session, command.item)
    w.emit(command.session, WorkMoved(command.item, queue.code, queue.steps))
    return {}


def expire_item(w: Work, session: str, item: WorkItem) -> None:
    """Nobody could take it in time: what the citizen wrote is filed or she is told where to go, and she is let go.
    A caller is told by her menu, which goes on; nobody is told of a consult but the one who asked (settle_call)."""
    w.emit(session, WorkExpired(item.id))
    if item.consult_of:
        return
    if by_menu(w.session(session)):
        w.say(session, "wait_over")
        return
    if not file_instead(w, session, item.id):
        w.say(session, "wait_over")
    end_legs(w, session, "timeout")


HANDLERS: dict[type[c.Command], Any] = {
    c.MakeOffer: make_offer,
    c.AcceptOffer: accept_offer,
    c.DeclineOffer: decline_offer,
    c.FailOffer: fail_offer,
    c.ConfirmMedia: confirm_media,
    c.FailConnect: fail_connect,
    c.MoveItem: move_item,
}
