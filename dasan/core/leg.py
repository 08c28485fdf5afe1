"""One channel connection of a session (DOMAIN §4, Leg): the citizen's own, and in a call everybody else's.

SUSPENDED means the transport is gone while the right to come back stands, until ``until_us``. DIALING means that we are
ringing somebody: the claim is on disk before the network is asked, so a crash in between leads to a question, not to a
second ring. A leg is ``joined`` while the network says it is in the session's room. Causes of an end: normal,
citizen_left, busy, no_answer, rejected, network, timeout, moved, abuse_ended, system. A provider's word that would move
a leg backward has no arrow and is recorded by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dasan.core.change import changed
from dasan.core.machine import machine

NEW, DIALING, RINGING, CONNECTED = "NEW", "DIALING", "RINGING", "CONNECTED"
HELD, SUSPENDED, ENDED = "HELD", "SUSPENDED", "ENDED"
LIVE = frozenset({NEW, DIALING, RINGING, CONNECTED, HELD, SUSPENDED})
UP = frozenset({CONNECTED, HELD})
CALLED = frozenset({NEW, DIALING, RINGING})  # on its way to somebody who has not answered

# Whose leg it is. The citizen's legs decide whether the session lives; the others stand in ``Session.parties``.
OF_CITIZEN, OF_COUNSELOR, OF_SUPERVISOR, OF_LINE = "CITIZEN", "COUNSELOR", "SUPERVISOR", "THIRD_PARTY"
# How a supervisor's leg takes part (DOMAIN §4, Supervision): hears all, is heard by the counselor alone, by everybody.
LISTEN, WHISPER, BARGE = "LISTEN", "WHISPER", "BARGE"

UNANSWERED = frozenset({"busy", "no_answer", "rejected", "network", "timeout"})
CAUSES = frozenset(
    {"normal", "citizen_left", "busy", "no_answer", "rejected", "network", "timeout", "moved", "abuse_ended", "system"}
)

MACHINE = machine(
    "leg",
    {"leg.added": NEW, "party.added": NEW},
    [
        ([NEW, DIALING], "leg.dialing", DIALING),
        ([DIALING, RINGING, CONNECTED, HELD], "leg.dialled", "="),
        ([NEW, DIALING], "leg.ringing", RINGING),
        ([NEW, DIALING, RINGING], "leg.connected", CONNECTED),
        ([CONNECTED, HELD], "leg.joined", "="),
        ([CONNECTED, HELD], "leg.left", CONNECTED),
        ([CONNECTED], "leg.held", HELD),
        ([HELD], "leg.unheld", CONNECTED),
        ([CONNECTED, HELD], "leg.suspended", SUSPENDED),
        ([SUSPENDED], "leg.resumed", CONNECTED),
        ([NEW, DIALING, RINGING, CONNECTED, HELD], "leg.muted", "="),
        ([NEW, DIALING, RINGING, CONNECTED, HELD], "leg.ear", "="),
        ([NEW, DIALING, RINGING, CONNECTED, HELD, SUSPENDED], "leg.ended", ENDED),
    ],
    [ENDED],
)


@dataclass(frozen=True, slots=True)
class Leg:
    """``address`` is a keyed HMAC ("" for other parties and withheld numbers); ``until_us`` counts while SUSPENDED, and
    while somebody is rung (until when). ``call`` is the network's id. ``who`` is a counselor's id or the code of a
    line in the directory, ``item`` the work item she was rung for; ``ear`` counts for supervisors."""

    id: str
    channel: str
    address: str
    state: str = NEW
    until_us: int = 0
    cause: str = ""
    role: str = OF_CITIZEN
    who: str = ""
    item: str = ""
    call: str = ""
    attempt: int = 0
    joined: bool = False
    muted: bool = False
    ear: str = ""


def evolve(leg: Leg, event: Any) -> Leg:
    """The leg after ``event``; raises Refused where the table has no arrow."""
    state = MACHINE.require(leg.state, event.type)
    return changed(
        leg,
        state=state,
        until_us=getattr(event, "until_us", leg.until_us if state in CALLED else 0),
        cause=getattr(event, "cause", leg.cause),
        call=getattr(event, "call", "") or leg.call,
        attempt=getattr(event, "attempt", leg.attempt),
        joined=_joined(leg, event.type, state),
        muted=getattr(event, "muted", leg.muted),
        ear=getattr(event, "ear", leg.ear),
    )


def _joined(leg: Leg, event: str, state: str) -> bool:
    if event == "leg.joined":
        return True
    return leg.joined and event != "leg.left" and state in UP
