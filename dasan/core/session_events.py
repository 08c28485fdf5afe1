"""What happens in a session's stream: the session itself, its legs, its transcript, its work items and their offers.

The stored names are those of DOMAIN §3 and §4.
"""

from __future__ import annotations

from collections.abc import Mapping

from dasan.core.errors import Arg
from dasan.core.events import Event, event
from dasan.core.policy import RoutingStep

# -- the session


@event("session.opened")
class SessionOpened(Event):
    number: int
    service: str
    language: str
    citizen: str
    channel: str


@event("session.closed")
class SessionClosed(Event):
    reason: str


@event("session.rated")
class SessionRated(Event):
    score: int
    content: str = ""


@event("session.erased")
class SessionErased(Event):
    """The session's content key was destroyed."""

    reason: str


@event("session.unmasked")
class CitizenUnmasked(Event):
    """Somebody looked at masked data; ``content`` holds the reason given."""

    counselor: str
    field: str
    content: str


@event("session.handoff")
class HandoffNoted(Event):
    """A handoff of this session reached ``stage`` (its own stream has the detail); decides whether we may close."""

    handoff: str
    stage: str


# -- legs


@event("leg.added")
class LegAdded(Event):
    leg: str
    channel: str
    address: str


@event("leg.ringing")
class LegRinging(Event):
    leg: str


@event("leg.connected")
class LegConnected(Event):
    leg: str


@event("leg.held")
class LegHeld(Event):
    leg: str


@event("leg.unheld")
class LegUnheld(Event):
    leg: str


@event("leg.suspended")
class LegSuspended(Event):
    """The transport is gone; the resume token stays valid until ``until_us``."""

    leg: str
    until_us: int


@event("leg.resumed")
class LegResumed(Event):
    leg: str


@event("leg.ended")
class LegEnded(Event):
    leg: str
    cause: str


# -- transcript


@event("entry.added")
class EntryAdded(Event):
    """Entry ``n`` of the transcript (gapless from 1). ``kind``: text, photo, note or system.

    ``shown`` numbers what the citizen may see, gapless too; 0 for what is for colleagues only.
    ``role`` and ``author`` say who; ``client_id`` is the sender's own id for it. A system line has ``code`` and
    ``args`` and is spoken in the reader's language. ``article`` names the suggestion that was used, if any, and
    ``edited`` whether it was changed before sending.
    """

    n: int
    kind: str
    role: str
    author: str
    shown: int = 0
    leg: str = ""
    client_id: str = ""
    content: str = ""
    blob: str = ""
    code: str = ""
    args: Mapping[str, Arg] | None = None
    article: str = ""
    edited: bool = False


@event("entries.delivered")
class EntriesDelivered(Event):
    """The other side's devices have everything up to entry ``upto``; ``role`` is who received."""

    role: str
    upto: int


@event("entries.read")
class EntriesRead(Event):
    role: str
    upto: int


@event("suggestions.shown")
class SuggestionsShown(Event):
    """Articles put before the counselor for entry ``n``, best first."""

    n: int
    counselor: str
    articles: tuple[str, ...]


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
    item: str
    reason: str


@event("work.unanswered")
class WorkUnanswered(Event):
    """The counselor took it and wrote nothing in time: back into the queue at its age, recorded as a miss."""

    item: str
    exclude_until_us: int = 0


@event("work.held")
class WorkHeld(Event):
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


@event("work.transferred")
class WorkTransferred(Event):
    """On to ``successor``; ``kind`` is queue, counselor or consult."""

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
