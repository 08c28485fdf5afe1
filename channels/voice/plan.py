"""What must be done so that a call is where it shall be: a pure comparison of places with what has been seen.

Nothing is done twice that is under way (``moving``), nothing is rung that is ringing, and a room is ended by nobody but
the citizen's own leg. Every operation, once it has succeeded or failed, changes what is seen, so that repeating the
comparison comes to an end: that is a property in the tests, for any places and any beginning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dasan.core import call as calls
from dasan.core import leg as legs
from dasan.core.call import Place
from dasan.telephony import Set

# What a call of ours is to the network.
NONE, CLAIMED, RINGING, UP, OVER = "none", "claimed", "ringing", "up", "over"
# Where a call has been sent and has not been seen yet.
TO_ROOM, TO_LINE, TO_END = "room", "line", "end"


@dataclass(frozen=True, slots=True)
class LegSeen:
    """A leg as the network has it. ``state``: nobody has been rung, claimed (perhaps rung), ringing, up, over.
    ``coach`` is the call that alone hears it, ``moving`` where it was sent a moment ago. None: not known."""

    call: str = ""
    state: str = NONE
    room: bool = False
    hold: bool | None = False
    muted: bool | None = False
    coach: str | None = ""
    moving: str = ""


@dataclass(frozen=True, slots=True)
class RingLeg:
    """Ring it into the room (a citizen: call her)."""

    leg: str


@dataclass(frozen=True, slots=True)
class SendToRoom:
    """Redirect the citizen's call into the room."""

    leg: str


@dataclass(frozen=True, slots=True)
class SendToLine:
    """Redirect the citizen's call out of the room, back to waiting."""

    leg: str


@dataclass(frozen=True, slots=True)
class Adjust:
    """Hold, mute, coach."""

    leg: str
    change: Set


@dataclass(frozen=True, slots=True)
class HangUp:
    """The call shall be over."""

    leg: str


@dataclass(frozen=True, slots=True)
class Seek:
    """It shall be over, and may have been rung without our knowing its call: find it first."""

    leg: str


Op = RingLeg | SendToRoom | SendToLine | Adjust | HangUp | Seek
UNSEEN = LegSeen()


def plan(places: Sequence[Place], seen: Mapping[str, LegSeen]) -> tuple[Op, ...]:
    """The operations that are due now; none when everything is where it shall be or on its way there."""
    made: list[Op] = []
    for place in places:
        one = seen.get(place.leg, UNSEEN)
        op = _PLANS[place.at](place, one, seen)
        if op is not None:
            made.append(op)
    return tuple(made)


def _ring(place: Place, one: LegSeen, seen: Mapping[str, LegSeen]) -> Op | None:
    return RingLeg(place.leg) if one.state in {NONE, CLAIMED} else None


def _room(place: Place, one: LegSeen, seen: Mapping[str, LegSeen]) -> Op | None:
    if one.state == OVER:
        return None  # its end is on its way to the broker
    if not one.room:
        mine = place.role == legs.OF_CITIZEN and one.state == UP
        return SendToRoom(place.leg) if mine and one.moving != TO_ROOM else None
    change = _difference(place, one, seen)
    return Adjust(place.leg, change) if change is not None else None


def _difference(place: Place, one: LegSeen, seen: Mapping[str, LegSeen]) -> Set | None:
    coach = seen.get(place.coach, UNSEEN).call if place.coach else ""
    # Whoever is to whisper must never be heard by all because the one she whispers to is not there.
    muted = place.muted or bool(place.coach and not coach)
    change = Set(
        hold=place.hold if one.hold != place.hold and _can_hold(place) else None,
        muted=muted if one.muted != muted else None,
        coach=coach if one.coach != coach else None,
    )
    return None if change == Set() else change


def _can_hold(place: Place) -> bool:
    return place.role == legs.OF_CITIZEN


def _flow(place: Place, one: LegSeen, seen: Mapping[str, LegSeen]) -> Op | None:
    return SendToLine(place.leg) if one.room and one.state == UP and one.moving != TO_LINE else None


def _gone(place: Place, one: LegSeen, seen: Mapping[str, LegSeen]) -> Op | None:
    if one.state == CLAIMED:
        return Seek(place.leg)
    if one.state in {RINGING, UP} and one.moving != TO_END:
        return HangUp(place.leg)
    return None


_PLANS = {calls.RING: _ring, calls.ROOM: _room, calls.FLOW: _flow, calls.GONE: _gone}
