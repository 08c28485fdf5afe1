"""What happens in a session's stream: the session itself, its legs, its transcript (work_events has its work items).

The stored names are those of DOMAIN §3 and §4.
"""

from __future__ import annotations

from collections.abc import Mapping

from dasan.core.errors import Arg
from dasan.core.events import Event, event

# -- the session


@event("session.opened")
class SessionOpened(Event):
    """``beside``: the open sessions of the same address then, newest first. Whoever calls it finds them by this one,
    and by the next of them when this one is closed."""

    number: int
    service: str
    language: str
    citizen: str
    channel: str
    beside: tuple[str, ...] = ()


@event("session.language")
class SessionLanguage(Event):
    """The citizen chose the language in which she is served from here on."""

    language: str


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


# -- supervision: each step of a supervisor's look; ``told`` when the citizen was told of it


@event("supervision.began")
class SupervisionBegan(Event):
    """She reads along."""

    supervisor: str
    told: bool = False


@event("supervision.whispered")
class SupervisionWhispered(Event):
    """She has begun to write lines that only the counselor sees."""

    supervisor: str
    told: bool = False


@event("supervision.barged")
class SupervisionBarged(Event):
    """She has begun to write to the citizen."""

    supervisor: str
    told: bool = False


@event("supervision.taken_over")
class SupervisionTakenOver(Event):
    """She has become the counselor (work.taken_over has the assignment)."""

    supervisor: str


@event("supervision.ended")
class SupervisionEnded(Event):
    """``reason``: left, taken_over, takes_part (by an offer she accepted), closed, console_lost, signed_out,
    not_supervisor (the role was taken from her)."""

    supervisor: str
    reason: str


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
    """Entry ``n`` of the transcript (gapless from 1). ``kind``: text, photo, note, whisper or system.

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
