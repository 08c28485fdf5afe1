"""One channel connection of a session (DOMAIN §4, Leg).

SUSPENDED means the transport is gone while the right to come back stands, until ``until_us``. Causes of an end: normal,
citizen_left, busy, no_answer, rejected, network, timeout, moved, abuse_ended, system. A provider's word that would move
a leg backward has no arrow and is recorded by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dasan.core.change import changed
from dasan.core.machine import machine

NEW, RINGING, CONNECTED, HELD, SUSPENDED, ENDED = "NEW", "RINGING", "CONNECTED", "HELD", "SUSPENDED", "ENDED"
LIVE = frozenset({NEW, RINGING, CONNECTED, HELD, SUSPENDED})

MACHINE = machine(
    "leg",
    {"leg.added": NEW},
    [
        ([NEW], "leg.ringing", RINGING),
        ([NEW, RINGING], "leg.connected", CONNECTED),
        ([CONNECTED], "leg.held", HELD),
        ([HELD], "leg.unheld", CONNECTED),
        ([CONNECTED], "leg.suspended", SUSPENDED),
        ([SUSPENDED], "leg.resumed", CONNECTED),
        ([NEW, RINGING, CONNECTED, HELD, SUSPENDED], "leg.ended", ENDED),
    ],
    [ENDED],
)


@dataclass(frozen=True, slots=True)
class Leg:
    """``address`` is a keyed HMAC; ``until_us`` counts only while SUSPENDED."""

    id: str
    channel: str
    address: str
    state: str = NEW
    until_us: int = 0
    cause: str = ""


def evolve(leg: Leg, event: Any) -> Leg:
    """The leg after ``event``; raises Refused where the table has no arrow."""
    state = MACHINE.require(leg.state, event.type)
    return changed(leg, state=state, until_us=getattr(event, "until_us", 0), cause=getattr(event, "cause", leg.cause))
