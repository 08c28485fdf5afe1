"""The values that pass between the broker and a ticket system: what is handed over, and what comes back.

Nothing here does anything. A :class:`Submission` becomes the same bytes every time (client.encode), so the hash in a
:class:`Submitted` proves what was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Submission:
    """One case to hand over. ``key`` is the hand-off's id and never changes between attempts.

    ``lat``/``long`` are WGS84 degrees or None; without them ``address`` is needed. ``attributes`` holds (code, value)
    pairs of the service's definition, a code repeated for several values. ``requested_at`` is UTC microseconds.
    """

    key: str
    service_code: str
    summary: str
    description: str
    address: str = ""
    lat: float | None = None
    long: float | None = None
    phone: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    media_urls: tuple[str, ...] = ()
    requested_at: int = 0


@dataclass(frozen=True, slots=True)
class Submitted:
    """The receipt: a ticket number, or a token until there is one, and the SHA-256 (hex) of the exact bytes received.

    ``sha256`` is "" when the receipt was found by searching a plain peer, which cannot tell what it received.
    """

    ticket_no: str = ""
    token: str = ""
    sha256: str = ""
    notice: str = ""


class Progress(StrEnum):
    """What a ticket's state means for the hand-off that made it (DOMAIN §4)."""

    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class TicketStatus:
    """How a ticket stands. ``state`` is the peer's own finer word ("" from a plain peer). Times: UTC us, 0 unknown."""

    ticket_no: str
    is_open: bool
    state: str = ""
    notes: str = ""
    agency: str = ""
    updated_at: int = 0
    expected_at: int = 0
    progress: Progress = Progress.ACKNOWLEDGED


@dataclass(frozen=True, slots=True)
class TicketUpdate:
    """One arrow of a ticket's life. ``update_id`` is unique at the peer: drop what was seen before."""

    update_id: str
    ticket_no: str
    status: str
    state: str = ""
    text: str = ""
    at: int = 0
    progress: Progress = Progress.ACKNOWLEDGED


# The fine states of our own desk; any other peer's are read by _BY_STATUS.
_BY_STATE = {
    "received": Progress.ACKNOWLEDGED,
    "coordination": Progress.IN_PROGRESS,
    "routed": Progress.IN_PROGRESS,
    "assigned": Progress.IN_PROGRESS,
    "in_progress": Progress.IN_PROGRESS,
    "awaiting_citizen": Progress.IN_PROGRESS,
    "reopened": Progress.IN_PROGRESS,
    "answered": Progress.ANSWERED,
    "closed": Progress.CLOSED,
    "transferred_out": Progress.CLOSED,
    "merged": Progress.CLOSED,
    "closed_repeat": Progress.CLOSED,
    "withdrawn": Progress.CLOSED,
}
_BY_STATUS = {
    "open": Progress.ACKNOWLEDGED,
    "investigating": Progress.IN_PROGRESS,
    "in_progress": Progress.IN_PROGRESS,
    "action_scheduled": Progress.IN_PROGRESS,
    "internal_referral": Progress.IN_PROGRESS,
    "for_triage": Progress.IN_PROGRESS,
    "reopen": Progress.IN_PROGRESS,
    "fixed": Progress.ANSWERED,
    "closed": Progress.CLOSED,
    "duplicate": Progress.CLOSED,
    "not_councils_responsibility": Progress.CLOSED,
    "no_further_action": Progress.CLOSED,
    "cancelled": Progress.CLOSED,
}


def progress_of(state: str, status: str) -> Progress:
    """The hand-off's word for a ticket: by our desk's state when known, else by the peer's (mySociety) status."""
    return _BY_STATE.get(state) or _BY_STATUS.get(status.lower().replace(" ", "_"), Progress.ACKNOWLEDGED)
