"""Who shall be where in a call: the one picture that call control makes true (docs/adr/0006).

:func:`places` follows from the session's state alone. The switchboard (channels/voice) compares it with what the
network has been seen to do and makes the differences go away; so a lost, doubled, late or reordered word of the network
costs a comparison, never a caller. RING: not in the room yet, and shall be rung into it. ROOM: shall be in the
session's room, held or muted or coaching as said. FLOW: the citizen listens to the menu or waits in the queue, and
answers there. GONE: the call shall be over.
"""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.leg import Leg
from dasan.core.policy import VOICE
from dasan.core.session import Session
from dasan.core.workitem import WorkItem

RING, ROOM, FLOW, GONE = "RING", "ROOM", "FLOW", "GONE"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one leg shall be. ``coach`` is the leg that alone hears it; ``who`` says whom to ring."""

    leg: str
    call: str
    role: str
    at: str
    hold: bool = False
    muted: bool = False
    coach: str = ""
    who: str = ""


def has_call(s: Session) -> bool:
    """Whether the session has, or had, a telephone side: a call of hers, or a counselor who is to call her back."""
    return bool(s.parties) or any(leg.channel == VOICE for leg in s.legs)


def places(s: Session) -> tuple[Place, ...]:
    """Every leg of the call and where it shall be; the citizen's newest first."""
    if not has_call(s):
        return ()
    item = s.live_item
    mine = [_citizen(s, item, leg) for leg in reversed(s.legs) if leg.channel == VOICE]
    return (*mine, *(_party(s, leg) for leg in s.parties))


def in_company(s: Session) -> bool:
    """Whether somebody who talks to the citizen is in the room."""
    return any(leg.joined and leg.role in {legs.OF_COUNSELOR, legs.OF_LINE} for leg in s.parties)


def attended(s: Session) -> bool:
    """Whether a counselor takes part. What others say to each other without one is nobody's to record or write down
    (통신비밀보호법, the Protection of Communications Secrets Act, art. 14)."""
    return any(leg.joined and leg.role == legs.OF_COUNSELOR for leg in s.parties)


def held(s: Session, item: WorkItem | None) -> bool:
    """Whether the citizen shall hear music: on hold, consulted about, or alone in the room for a moment."""
    if item is not None and item.state == items.HELD:
        return True
    if item is not None and item.state == items.CONSULTING and not item.joined:
        return True
    return not in_company(s)


def _citizen(s: Session, item: WorkItem | None, leg: Leg) -> Place:
    if leg.state in {legs.ENDED, legs.SUSPENDED} or s.closed_at_us:  # who hung up comes back by another call
        return Place(leg.id, leg.call, leg.role, GONE)
    if leg.state in legs.CALLED:
        return Place(leg.id, leg.call, leg.role, RING)
    talking = item is not None and item.state in {items.ACTIVE, items.HELD, items.CONSULTING}
    if talking or in_company(s):
        return Place(leg.id, leg.call, leg.role, ROOM, hold=held(s, item), muted=leg.muted)
    return Place(leg.id, leg.call, leg.role, FLOW)


def _party(s: Session, leg: Leg) -> Place:
    if leg.state == legs.ENDED or s.closed_at_us:
        return Place(leg.id, leg.call, leg.role, GONE, who=leg.who)
    at = RING if leg.state in legs.CALLED else ROOM
    if leg.role != legs.OF_SUPERVISOR:
        return Place(leg.id, leg.call, leg.role, at, muted=leg.muted, who=leg.who)
    heard_by = _counselors_leg(s) if leg.ear == legs.WHISPER else ""
    # A whisper without a counselor in the room must not be heard by the citizen: it waits muted.
    muted = leg.ear == legs.LISTEN or (leg.ear == legs.WHISPER and not heard_by)
    return Place(leg.id, leg.call, leg.role, at, muted=muted, coach=heard_by, who=leg.who)


def _counselors_leg(s: Session) -> str:
    item = s.live_item
    found = (p for p in s.parties if p.role == legs.OF_COUNSELOR and p.joined and item and p.who == item.counselor)
    return next((p.id for p in found), "")
