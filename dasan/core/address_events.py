"""What holds for an address (a telephone number, a page): what its owner likes, and how she has treated counselors.

The stream's id is made of the address' keyed HMAC; nothing here names a person, and every event has its actor.
"""

from __future__ import annotations

from dasan.core.events import Event, event


@event("address.preferred")
class AddressPreferred(Event):
    """The menu's language ("" leaves it), and whether it speaks slowly and waits longer."""

    language: str
    slow: bool


@event("address.warned")
class AddressWarned(Event):
    """The legal warning was played to her: by the menu at the beginning of a call, or by a counselor's key."""

    session: str
    by: str


@event("strike.recorded")
class StrikeRecorded(Event):
    """``strike`` counts from 1 in its address. ``kind``: harassment, threat, verbal, prank, drunk, repeat."""

    strike: int
    kind: str
    session: str
    by: str


@event("strike.upheld")
class StrikeUpheld(Event):
    """A supervisor has looked at it and it stands; ``content`` holds her reason, sealed with its session."""

    strike: int
    supervisor: str
    content: str = ""


@event("strike.withdrawn")
class StrikeWithdrawn(Event):
    """It was wrong and counts no more."""

    strike: int
    supervisor: str
    content: str = ""


@event("address.planned")
class AddressPlanned(Event):
    """Calls of ``service`` go to this address by ``plan`` ("": no longer)."""

    service: str
    plan: str


@event("address.erased")
class AddressErased(Event):
    """What its owner liked is forgotten. Strikes stay: they are codes under a keyed hash, and expire by themselves."""

    reason: str
