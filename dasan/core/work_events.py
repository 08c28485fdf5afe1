"""What happens to a session's work items and to the offers made for them; the stored names are those of DOMAIN §3
and §4."""

from __future__ import annotations

from dasan.core.events import Event, event
from dasan.core.policy import RoutingStep

# -- work items (DOMAIN §3)


@event("work.created")
class WorkCreated(Event):
    item: str
    queue: str
    channel: str
    previous: str = ""
    emergency: bool = False
    credit_us: int = 0
    sticky: str = ""
    consult_of: str = ""


@event("work.routed")
class WorkRouted(Event):
    """Into the queue: ``rank_at_us`` orders it; the steps are copied so that a changed policy never strands it."""

    item: str
    enqueued_at_us: int
    rank_at_us: int
    steps: tuple[RoutingStep, ...]
    expires_at_us: int


@event("work.scheduled")
class WorkScheduled(Event):
    item: str
    open_at_us: int


@event("work.unroutable")
class WorkUnroutable(Event):
    item: str
    reason: str


@event("work.due")
class WorkDue(Event):
    """The time it was scheduled for has come: into the queue, as work.routed."""

    item: str
    enqueued_at_us: int
    rank_at_us: int
    steps: tuple[RoutingStep, ...]
    expires_at_us: int


@event("work.offered")
class WorkOffered(Event):
    item: str
    offer: str
    counselor: str
    deadline_us: int


@event("work.step_expired")
class StepExpired(Event):
    item: str
    step: int


@event("work.moved")
class WorkMoved(Event):
    item: str
    queue: str
    steps: tuple[RoutingStep, ...]


@event("work.parked")
class WorkParked(Event):
    item: str


@event("work.unparked")
class WorkUnparked(Event):
    item: str


@event("work.converted")
class WorkConverted(Event):
    item: str
    callback: str


@event("work.expired")
class WorkExpired(Event):
    item: str


@event("work.abandoned")
class WorkAbandoned(Event):
    item: str


@event("work.accepted")
class WorkAccepted(Event):
    item: str
    offer: str
    counselor: str
    connect_by_us: int


@event("work.requeued")
class WorkRequeued(Event):
    """The last open offer ended without acceptance."""

    item: str
    reason: str


@event("work.active")
class WorkActive(Event):
    item: str
    first_reply_by_us: int = 0


@event("work.connect_failed")
class ConnectFailed(Event):
    """With ``exclude_until_us`` it was her side that failed: she is passed over until then."""

    item: str
    reason: str
    exclude_until_us: int = 0


@event("work.unanswered")
class WorkUnanswered(Event):
    """The counselor took it and wrote nothing in time: back into the queue at its age, recorded as a miss."""

    item: str
    exclude_until_us: int = 0


@event("work.held")
class WorkHeld(Event):
    item: str


@event("work.hold_reminded")
class HoldReminded(Event):
    """The citizen has been on hold so long that her counselor is reminded of her, once more."""

    item: str


@event("work.resumed")
class WorkResumed(Event):
    item: str


@event("work.consulting")
class WorkConsulting(Event):
    item: str


@event("work.consult_ended")
class ConsultEnded(Event):
    item: str


@event("work.consult_over")
class ConsultOver(Event):
    """The consulted colleague is let go, without a wrap-up."""

    item: str


@event("work.promoted")
class ConsultPromoted(Event):
    """The consult has become the talk: its counselor is the citizen's from here on. Should the talk be queued again,
    it goes by ``steps``, at ``rank_at_us``, and waits ``waiting_us`` at most."""

    item: str
    rank_at_us: int = 0
    steps: tuple[RoutingStep, ...] = ()
    waiting_us: int = 0


@event("work.transferred")
class WorkTransferred(Event):
    """On to ``successor``; ``kind`` is queue, counselor, consult or line (then without a successor)."""

    item: str
    successor: str
    kind: str
    wrap_by_us: int


@event("work.paused")
class WorkPaused(Event):
    item: str
    reason: str


@event("work.unpaused")
class WorkUnpaused(Event):
    item: str


@event("work.returned")
class WorkReturned(Event):
    """The citizen came back to a paused item whose counselor has no room: queued at its rank, preferring her."""

    item: str


@event("work.leg_added")
class WorkLegAdded(Event):
    """It goes on by ``channel``, on ``leg`` (a callback has become a call)."""

    item: str
    leg: str
    channel: str


@event("work.wrapping")
class WorkWrapping(Event):
    item: str
    reason: str
    wrap_by_us: int


@event("work.lost")
class CounselorLost(Event):
    item: str
    counselor: str


@event("work.taken_over")
class WorkTakenOver(Event):
    item: str
    counselor: str


@event("work.wrap_extended")
class WrapExtended(Event):
    item: str
    wrap_by_us: int


@event("work.completed")
class WorkCompleted(Event):
    """Wrap-up is done; ``content`` holds the summary."""

    item: str
    disposition: str
    category: str = ""
    content: str = ""


@event("work.wrap_expired")
class WrapExpired(Event):
    """Nobody wrapped up in time: completed as UNSET, flagged for quality review."""

    item: str


@event("work.aborted")
class WorkAborted(Event):
    item: str
    reason: str


@event("citizen.idle_warned")
class IdleWarned(Event):
    item: str


# -- offers (DOMAIN §4); each ends in exactly one of six ways


@event("offer.accepted")
class OfferAccepted(Event):
    offer: str
    item: str


@event("offer.declined")
class OfferDeclined(Event):
    """The counselor is passed over for this item until ``exclude_until_us``."""

    offer: str
    item: str
    reason: str = "not_now"
    exclude_until_us: int = 0


@event("offer.expired")
class OfferExpired(Event):
    offer: str
    item: str
    exclude_until_us: int = 0


@event("offer.revoked")
class OfferRevoked(Event):
    offer: str
    item: str
    reason: str


@event("offer.rescinded")
class OfferRescinded(Event):
    offer: str
    item: str


@event("offer.failed")
class OfferFailed(Event):
    offer: str
    item: str
    reason: str
