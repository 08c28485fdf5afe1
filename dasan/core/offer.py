"""A proposal of a work item to a counselor (DOMAIN §4, Offer): pending until it ends in exactly one of six ways.

ACCEPTED by the counselor before the deadline; DECLINED by her; EXPIRED by the deadline (a miss); REVOKED by the broker
(the citizen left, her console fell silent, she went away; not a miss); RESCINDED because a sibling won; FAILED because
her endpoint could not be reached. Only pending offers are kept in the state of their item; the rest is journal.
"""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core.machine import machine

PENDING, ACCEPTED, DECLINED, EXPIRED, REVOKED, RESCINDED, FAILED = (
    "PENDING",
    "ACCEPTED",
    "DECLINED",
    "EXPIRED",
    "REVOKED",
    "RESCINDED",
    "FAILED",
)

MACHINE = machine(
    "offer",
    {"work.offered": PENDING},
    [
        ([PENDING], "offer.accepted", ACCEPTED),
        ([PENDING], "offer.declined", DECLINED),
        ([PENDING], "offer.expired", EXPIRED),
        ([PENDING], "offer.revoked", REVOKED),
        ([PENDING], "offer.rescinded", RESCINDED),
        ([PENDING], "offer.failed", FAILED),
    ],
    [ACCEPTED, DECLINED, EXPIRED, REVOKED, RESCINDED, FAILED],
)
ENDINGS = frozenset(event for _, event in MACHINE.arrows)
# After these the counselor is not offered the same item again for a while (DOMAIN §3).
EXCLUDING = frozenset({"offer.declined", "offer.expired"})


@dataclass(frozen=True, slots=True)
class Offer:
    """A pending offer."""

    id: str
    counselor: str
    deadline_us: int
