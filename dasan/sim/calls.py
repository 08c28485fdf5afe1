"""The invariants that a call shows by itself: who is rung, who hears whom, and what a consult hangs on.

Said here once more, from the state and the places that call control makes true, so that a mistake in the core shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dasan.core import callback as callbacks
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.call import FLOW, GONE, ROOM, Place, places
from dasan.core.leg import Leg
from dasan.core.policy import VOICE
from dasan.core.session import Session

Found = Iterator[tuple[str, str]]
NAMES = ("I31", "I32", "I33")
_BY_PHONE = frozenset({VOICE, callbacks.CHANNEL})
_ENGAGED = frozenset({items.CONNECTING, items.ACTIVE, items.HELD, items.CONSULTING})


def call(s: Session) -> Found:
    """What one call shows; nothing for a session without one."""
    if not s.parties and not any(leg.channel == VOICE for leg in s.legs):
        return
    live = [leg for leg in s.parties if leg.state in legs.LIVE]
    yield from _rung(s, live)
    yield from _consult(s, live)
    yield from _hears(s, live)


def _rung(s: Session, live: list[Leg]) -> Found:
    asked = Counter((leg.role, leg.who, leg.item) for leg in live) if len(live) > 1 else {}
    for (role, who, about), count in asked.items():
        if count > 1:
            yield "I31", f"{role} {who} has {count} legs for {about or 'her look'}"
    citizens = [leg for leg in s.legs if leg.channel == VOICE and leg.state in legs.LIVE]
    if len(citizens) > 1:
        yield "I31", f"the citizen has {len(citizens)} live legs"
    if live and s.closed_at_us:
        yield "I31", "closed, and somebody is still in the call"
    if live and not citizens and (s.callback is None or not s.callback.open):
        yield "I31", "the citizen has gone, and somebody is still in the call"
    for item in s.items:
        if item.channel in _BY_PHONE and item.state in _ENGAGED:
            hers = [leg for leg in live if leg.role == legs.OF_COUNSELOR and leg.who == item.counselor]
            if not any(leg.item == item.id for leg in hers):
                yield "I31", f"{item.id} is {item.state}, and {item.counselor} is not in the call"


def _consult(s: Session, live: list[Leg]) -> Found:
    asked = [i for i in s.items if i.consult_of and i.state in items.LIVE]
    if len(asked) > 1:
        yield "I1", f"{len(asked)} consults at once"
    about = {i.consult_of for i in asked} | {leg.item for leg in live if leg.role == legs.OF_LINE}
    for item in s.items:
        if item.state == items.CONSULTING and item.id not in about:
            yield "I1", f"{item.id} consults nobody"
    for one in asked:
        talk = s.item(one.consult_of)
        if talk is None or talk.state != items.CONSULTING:
            yield "I1", f"{one.id} is a consult about nothing"


def _hears(s: Session, live: list[Leg]) -> Found:
    at: dict[str, Place] = {place.leg: place for place in places(s)}
    talkers = {legs.OF_COUNSELOR, legs.OF_LINE}
    company = any(leg.joined and leg.role in talkers for leg in live)
    for leg in s.legs:
        place = at.get(leg.id)
        if place is None:
            continue
        if place.at == ROOM and not place.hold and not company:
            yield "I32", f"{leg.id} is alone in the room, and hears nothing"
        if place.at in {ROOM, FLOW} and leg.state not in legs.UP:
            yield "I32", f"{leg.id} is {leg.state}, and shall be in {place.at}"
        talk = s.live_item
        if place.at == ROOM and not place.hold and talk is not None and talk.state == items.HELD:
            yield "I32", f"{leg.id} is on hold, and hears the room"
    hearing = {leg.id for leg in live if leg.role == legs.OF_COUNSELOR and leg.joined}
    for leg in live:
        place = at[leg.id]
        if leg.role != legs.OF_SUPERVISOR or place.at == GONE:
            continue
        if leg.ear == legs.LISTEN and not place.muted:
            yield "I33", f"{leg.who} listens, and can be heard"
        if leg.ear == legs.WHISPER and not place.muted and place.coach not in hearing:
            yield "I33", f"{leg.who} whispers to everybody"
