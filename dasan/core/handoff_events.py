"""What happens in a handoff's stream, from the counselor's draft to Eung-Dap-So's answer (DOMAIN §4)."""

from __future__ import annotations

from dasan.core.events import Event, event


@event("handoff.drafted")
class HandoffDrafted(Event):
    """``content`` holds the case as sealed JSON (summary, place, contact); ``blobs`` the photos that go with it."""

    session: str
    item: str
    citizen: str
    counselor: str
    category: str
    content: str
    blobs: tuple[str, ...] = ()


@event("handoff.amended")
class HandoffAmended(Event):
    category: str
    content: str
    blobs: tuple[str, ...] = ()


@event("handoff.committed")
class HandoffCommitted(Event):
    """From here on it is our duty: the case is fixed and the promise to send stands in the outbox."""

    sha256: str
    give_up_at_us: int


@event("handoff.submitting")
class HandoffSubmitting(Event):
    attempt: int


@event("handoff.submitted")
class HandoffSubmitted(Event):
    """The peer took it and gave a token; its number follows."""

    token: str
    sent_sha256: str


@event("handoff.acknowledged")
class HandoffAcknowledged(Event):
    """The receipt: the peer's ticket number and the hash of exactly what was sent."""

    ticket_no: str
    sent_sha256: str


@event("handoff.retry_wait")
class HandoffRetryWait(Event):
    """``ask_first``: the outcome is unknown, so the next attempt asks before it sends."""

    code: str
    next_at_us: int
    ask_first: bool


@event("handoff.rejected")
class HandoffRejected(Event):
    fields: tuple[str, ...]


@event("handoff.in_progress")
class HandoffInProgress(Event):
    """``stage`` is the peer's own word; ``content`` its note, if any."""

    stage: str
    update: str
    update_at_us: int
    content: str = ""


@event("handoff.answered")
class HandoffAnswered(Event):
    update: str
    update_at_us: int
    content: str


@event("handoff.closed")
class HandoffClosed(Event):
    update: str
    update_at_us: int


@event("handoff.dead_lettered")
class HandoffDeadLettered(Event):
    code: str


@event("handoff.revived")
class HandoffRevived(Event):
    """A supervisor sends a dead letter once more."""

    give_up_at_us: int


@event("handoff.withdrawn")
class HandoffWithdrawn(Event):
    """``content`` holds the reason."""

    content: str


@event("handoff.released")
class HandoffReleased(Event):
    """A supervisor's recorded act: the session may close without a receipt. ``content`` holds her reason."""

    supervisor: str
    content: str


@event("handoff.told")
class CitizenTold(Event):
    """The citizen has seen the notice of ``stage`` on ``channel``."""

    stage: str
    channel: str
