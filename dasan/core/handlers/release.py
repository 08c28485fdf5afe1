"""Steps that several commands share: ending offers, freeing slots, queueing again, closing what is done."""

from __future__ import annotations

from collections.abc import Callable

from dasan.core import counselor as counselors
from dasan.core import leg as legs
from dasan.core import supervision
from dasan.core import workitem as items
from dasan.core.callback import CHANNEL, DIALING, DUE
from dasan.core.change import changed
from dasan.core.counselor_events import LookClosed, PresenceSet, SlotFreed, SlotLive, SlotUnpaused, SlotWrapping
from dasan.core.errors import Refused
from dasan.core.events import Event
from dasan.core.offer import Offer
from dasan.core.policy import POOL_LIVE, POOL_TEXT, TEXT_CHANNELS, Policy
from dasan.core.session import Session
from dasan.core.session_events import LegEnded, SupervisionEnded
from dasan.core.time import SECOND
from dasan.core.work import Work
from dasan.core.work_events import OfferRescinded, OfferRevoked, WorkAbandoned, WorkRequeued, WorkWrapping
from dasan.core.workitem import WorkItem


def free_slot(w: Work, counselor: str, item: str, reason: str) -> None:
    """Give the slot back; a counselor who let too many offers go is set away, and one who drains goes when empty."""
    k = w.counselor(counselor)
    if k.slot(item) is None:
        return
    k = w.emit(counselor, SlotFreed(item, reason))
    if k.misses >= w.policy.auto_away_misses and k.presence == counselors.AVAILABLE:
        set_presence(w, counselor, PresenceSet(counselors.AWAY, "missed", auto=True))
    settle_presence(w, counselor)


def settle_presence(w: Work, counselor: str) -> None:
    """A draining counselor without load takes her next presence (DOMAIN §5)."""
    k = w.counselor(counselor)
    if k.presence == counselors.DRAINING and not k.slots:
        w.emit(counselor, PresenceSet(k.then or counselors.OFFLINE, k.presence_reason, auto=True))


def set_presence(w: Work, counselor: str, event: PresenceSet) -> None:
    """Set it, and take back offers that may no longer stand (I7)."""
    w.emit(counselor, event)
    if event.presence != counselors.AVAILABLE:
        revoke_offers_to(w, counselor, "presence")


def slot_live(w: Work, counselor: str, item: str) -> None:
    """What she was offered, or took over, is hers. With a call in hand the text still offered to her goes on to
    somebody else, where the policy offers none during a call (DOMAIN §5); text that she holds stays."""
    slot = w.emit(counselor, SlotLive(item)).slot(item)
    if slot is not None and slot.pool == POOL_LIVE and not w.policy.text_while_live:
        revoke_offers_to(w, counselor, "in_call", pools=(POOL_TEXT,))


def revoke_offers_to(w: Work, counselor: str, reason: str, pools: tuple[str, ...] = (POOL_LIVE, POOL_TEXT)) -> None:
    """Every pending offer to a counselor (of these pools) goes back to the queue, without a miss."""
    for slot in w.counselor(counselor).slots:
        if slot.kind == counselors.PENDING and slot.pool in pools:
            end_offer(w, slot.session, slot.item, slot.offer, lambda o, i: OfferRevoked(o, i, reason), reason="revoked")


def end_offer(w: Work, session: str, item: str, offer: str, event: Callable[[str, str], Event], *, reason: str) -> None:
    """One pending offer ends; when it was the last one the item is queued again at its rank."""
    found = w.item(session, item).open_offer(offer)
    assert found is not None
    w.emit(session, event(offer, item))
    free_slot(w, found.counselor, item, reason)
    left = w.item(session, item)
    if left.state == items.OFFERED and not left.offers:
        w.emit(session, WorkRequeued(item, reason))


def drop_offers(w: Work, session: str, item: WorkItem, *, reason: str) -> None:
    """All pending offers of an item end as revoked; the item itself is the caller's to move on."""
    for offer in item.offers:
        w.emit(session, OfferRevoked(offer.id, item.id, reason))
        free_slot(w, offer.counselor, item.id, "revoked")


def rescind_siblings(w: Work, session: str, item: WorkItem, winner: str) -> None:
    """The other pending offers of an accepted item (I3)."""
    for offer in item.offers:
        if offer.id != winner:
            w.emit(session, OfferRescinded(offer.id, item.id))
            free_slot(w, offer.counselor, item.id, "rescinded")


def to_wrap_up(w: Work, session: str, item: WorkItem, make: Callable[[int], Event]) -> None:
    """An assignment ends and its wrap-up begins; that of a paused item costs nothing. ``make`` gets the deadline."""
    timing = w.policy.timing
    wrap_s = timing.wrap_text_s if item.channel in TEXT_CHANNELS else timing.wrap_live_s
    w.emit(session, make(w.now_us + wrap_s * SECOND))
    k = w.counselor(item.counselor)
    slot = k.slot(item.id)
    if slot is not None:
        w.emit(item.counselor, SlotWrapping(item.id, 0 if slot.kind == counselors.PAUSED else slot.units))


def start_wrap_up(w: Work, session: str, item: WorkItem, reason: str) -> None:
    """Wrap-up because ``reason``: citizen_left, released, idle, network."""
    to_wrap_up(w, session, item, lambda by: WorkWrapping(item.id, reason, by))


def citizen_gone(w: Work, session: str, leg: str, cause: str, reason: str) -> None:
    """A leg ends from the citizen's side; without another live leg her item is abandoned or goes to wrap-up."""
    w.emit(session, LegEnded(leg, cause))
    s = w.session(session)
    item = s.live_item
    if s.live_leg is not None or item is None or waits_elsewhere(s):
        return
    if item.state in items.BEFORE:
        drop_offers(w, session, item, reason="citizen_left")
        w.emit(session, WorkAbandoned(item.id))
    else:
        start_wrap_up(w, session, item, reason)


def waits_elsewhere(s: Session) -> bool:
    """Whether what is under way for her is a call back, which goes on whoever hangs up meanwhile."""
    item, cb = s.live_item, s.callback
    return item is not None and item.channel == CHANNEL and cb is not None and cb.state in {DUE, DIALING}


def end_legs(w: Work, session: str, cause: str) -> None:
    """Every live leg of the session ends."""
    for leg in w.session(session).legs:
        if leg.state in legs.LIVE:
            w.emit(session, LegEnded(leg.id, cause))


# How a look ends of which nothing else tells the citizen.
LEFT = frozenset({"left", "console_lost", "signed_out", "not_supervisor"})


def end_look(w: Work, session: str, supervisor: str, reason: str) -> None:
    """A supervisor's look is over; the citizen is told when she was told that it was there and it simply ends."""
    look = supervision.of(w.session(session).supervisions, supervisor)
    assert look is not None
    w.emit(session, SupervisionEnded(supervisor, reason))
    w.emit(supervisor, LookClosed(session))
    if look.told and reason in LEFT and w.session(session).live_leg is not None:
        w.say(session, "supervisor_left", {"counselor": w.counselor(supervisor).number})


def end_looks_of(w: Work, supervisor: str, reason: str) -> None:
    """Her console is gone: she looks at nothing any more."""
    for session in w.counselor(supervisor).looks:
        end_look(w, session, supervisor, reason)


def unpause_slot(w: Work, counselor: str, item: WorkItem) -> bool:
    """Take the units again; False when the counselor is not there or has no room."""
    k = w.counselor(counselor)
    cost = w.policy.cost(item.channel)
    if k.lease == counselors.ABSENT or not _fits(k, item, w.policy):
        return False
    w.emit(counselor, SlotUnpaused(item.id, cost.units))
    return True


def _fits(k: counselors.Counselor, item: WorkItem, policy: Policy) -> bool:
    without = changed(k, slots=tuple(s for s in k.slots if s.item != item.id))
    return counselors.has_room(without, item.channel, policy.cost(item.channel), policy)


def exclusion_us(w: Work) -> int:
    """Until when a counselor who declined or let an offer go is passed over."""
    return w.now_us + w.policy.timing.exclude_s * SECOND


def open_offer(w: Work, session: str, offer: str) -> tuple[WorkItem, Offer]:
    """The pending offer and its item. Raises Refused: already_taken, or offer_over when it ended otherwise."""
    s = w.session(session)
    for item in s.items:
        found = item.open_offer(offer)
        if found is not None:
            return item, found
    live = s.live_item
    if live is not None and live.state in items.ASSIGNED and live.counselor != w.principal.id:
        raise Refused("already_taken")
    raise Refused("offer_over", state="ENDED")
