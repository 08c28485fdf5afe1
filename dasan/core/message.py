"""A short message to a citizen, from our promise to what her network says of it (DOMAIN §4, Message delivery).

States only move up: a late word of the network never lowers what is known, and its words may come before its answer to
our own request. A claim is on disk before anything is sent; an outcome that is not known is asked about before the
message is sent again. FAILED and UNDELIVERED are final: nobody is sent the same words twice because the first did not
arrive.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dasan.core.change import changed
from dasan.core.machine import machine

QUEUED, SENT, DELIVERED, READ = "QUEUED", "SENT", "DELIVERED", "READ"
FAILED, UNDELIVERED = "FAILED", "UNDELIVERED"

MACHINE = machine(
    "text",
    {"text.queued": QUEUED},
    [
        ([QUEUED], "text.claimed", QUEUED),
        ([QUEUED], "text.postponed", QUEUED),
        ([QUEUED], "text.sent", SENT),
        ([QUEUED, SENT], "text.delivered", DELIVERED),
        ([QUEUED, SENT, DELIVERED], "text.read", READ),
        ([QUEUED, SENT], "text.undelivered", UNDELIVERED),
        ([QUEUED, SENT], "text.failed", FAILED),
    ],
    [READ, FAILED, UNDELIVERED],
)
LOST = frozenset({FAILED, UNDELIVERED})


@dataclass(frozen=True, slots=True)
class Message:
    """``claimed_us`` is when the first attempt was claimed: from then on the network is asked. ``code`` says why it
    waits or why it failed; ``message`` is the network's own id."""

    id: str
    session: str
    citizen: str
    purpose: str
    content: str
    number: str
    give_up_at_us: int
    queued_at_us: int
    state: str = QUEUED
    attempts: int = 0
    claimed: bool = False
    claimed_us: int = 0
    ask_first: bool = False
    next_at_us: int = 0
    code: str = ""
    message: str = ""


def queued(stream: str, e: Any, at_us: int) -> Message:
    """The state after text.queued."""
    return Message(stream, e.session, e.citizen, e.purpose, e.content, e.number, e.give_up_at_us, at_us)


def evolve(m: Message, event: Any, at_us: int) -> Message:
    """The message after ``event``; raises Refused where the table has no arrow."""
    state = MACHINE.require(m.state, event.type)
    change = _CHANGES.get(event.type)
    return changed(m, state=state, **(change(m, event, at_us) if change else {}))


_CHANGES: dict[str, Callable[[Message, Any, int], dict[str, Any]]] = {
    "text.claimed": lambda m, e, at: {
        "attempts": e.attempt, "claimed": True, "claimed_us": m.claimed_us or at, "next_at_us": 0,
    },
    "text.postponed": lambda m, e, at: {
        "claimed": False, "code": e.code, "next_at_us": e.next_at_us, "ask_first": m.ask_first or e.ask_first,
    },
    "text.sent": lambda m, e, at: {"claimed": False, "message": e.message, "code": ""},
    "text.undelivered": lambda m, e, at: {"claimed": False, "code": e.code},
    "text.failed": lambda m, e, at: {"claimed": False, "code": e.code},
}  # fmt: skip
