"""What happens to a short message that leaves the house (DOMAIN §4, Message delivery), in its own stream."""

from __future__ import annotations

from dasan.core.events import Event, event


@event("text.queued")
class TextQueued(Event):
    """``content`` holds the words and ``number`` the number, both sealed with the session. ``purpose``: menu, callback,
    ticket_acknowledged, ticket_answered, …: why it is sent. It is no use after ``give_up_at_us``."""

    session: str
    citizen: str
    purpose: str
    content: str
    number: str
    give_up_at_us: int


@event("text.claimed")
class TextClaimed(Event):
    """Attempt ``attempt`` (from 1) is about to be made: the claim (docs/adr/0005)."""

    attempt: int


@event("text.postponed")
class TextPostponed(Event):
    """``ask_first``: it may have been sent, so the network is asked before it is sent again."""

    code: str
    next_at_us: int
    ask_first: bool


@event("text.sent")
class TextSent(Event):
    """The network has it, as ``message``."""

    message: str


@event("text.delivered")
class TextDelivered(Event):
    """It is on the citizen's telephone."""


@event("text.read")
class TextRead(Event):
    """She has seen it, as far as her network tells."""


@event("text.undelivered")
class TextUndelivered(Event):
    """The network took it and could not bring it there."""

    code: str


@event("text.failed")
class TextFailed(Event):
    """It was not sent and never will be: ``code`` says why (opted_out, bad_number, expired, …)."""

    code: str
