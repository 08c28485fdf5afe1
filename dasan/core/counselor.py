"""A counselor on three separate axes (DOMAIN §5): is her console alive, what does she say of herself, what fills her.

``lease`` and ``presence`` are machines of their own; the load is the sum of her slots and is stored nowhere else.
A slot is pending (an offer), live, paused (costs nothing) or wrapping. ``epoch`` grows with every console that
attaches; what an older console sends is refused. ``misses`` counts offers let go since the last one taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dasan.core.change import changed
from dasan.core.machine import machine
from dasan.core.policy import POOL_LIVE, POOL_TEXT, POOL_UNITS, ChannelCost, Policy

ABSENT, LIVE, SUSPECT = "ABSENT", "LIVE", "SUSPECT"
OFFLINE, AVAILABLE, AWAY, DRAINING = "OFFLINE", "AVAILABLE", "AWAY", "DRAINING"
PENDING, ACTIVE, PAUSED, WRAPPING = "pending", "live", "paused", "wrapping"
PRESENCES = (OFFLINE, AVAILABLE, AWAY, DRAINING)
LOST_KEPT_MAX = 16

LEASE = machine(
    "lease",
    {"counselor.registered": ABSENT},
    [
        ([ABSENT, LIVE, SUSPECT], "lease.attached", LIVE),
        ([LIVE], "lease.suspected", SUSPECT),
        ([SUSPECT], "lease.restored", LIVE),
        ([SUSPECT], "lease.lost", ABSENT),
        ([LIVE, SUSPECT], "lease.detached", ABSENT),
    ],
    [],
)
SLOT = machine(
    "slot",
    {"slot.held": PENDING},
    [
        ([PENDING], "slot.live", ACTIVE),
        ([ACTIVE], "slot.turned", ACTIVE),
        ([ACTIVE], "slot.paused", PAUSED),
        ([PAUSED], "slot.unpaused", ACTIVE),
        ([ACTIVE, PAUSED], "slot.wrapping", WRAPPING),
        ([PENDING, ACTIVE, PAUSED, WRAPPING], "slot.freed", "freed"),
    ],
    ["freed"],
)


@dataclass(frozen=True, slots=True)
class Slot:
    """What one item takes of a counselor: ``units`` of ``pool`` (0 while paused)."""

    item: str
    session: str
    offer: str
    channel: str
    pool: str
    units: int
    kind: str = PENDING


@dataclass(frozen=True, slots=True)
class Counselor:
    """``lost_at_us`` counts while SUSPECT; ``idle_since_us`` orders who waited longest for work.

    ``lost`` holds (item, session) that were taken from her when her console died; they come back to her if nobody else
    has them when she returns. ``looks`` are the sessions she supervises (dasan/core/supervision.py).
    """

    id: str
    number: int
    skills: Mapping[str, int]
    languages: tuple[str, ...] = ("ko",)
    lease: str = ABSENT
    epoch: int = 0
    lost_at_us: int = 0
    presence: str = OFFLINE
    presence_reason: str = ""
    then: str = ""
    slots: tuple[Slot, ...] = ()
    idle_since_us: int = 0
    misses: int = 0
    lost: tuple[tuple[str, str], ...] = ()
    looks: tuple[str, ...] = ()

    def slot(self, item: str) -> Slot | None:
        """The slot of that item."""
        return next((s for s in self.slots if s.item == item), None)

    def units(self, pool: str) -> int:
        """Units taken of ``pool``, of 100."""
        return sum(s.units for s in self.slots if s.pool == pool)

    def count(self, channel: str) -> int:
        """Sessions on ``channel`` that count against its maximum; one that costs nothing (a pause) does not."""
        return sum(1 for s in self.slots if s.channel == channel and s.units)


def has_room(k: Counselor, channel: str, cost: ChannelCost, policy: Policy) -> bool:
    """Whether one more on ``channel`` fits: units of its pool, its maximum, and the rule on text during a call."""
    if k.units(cost.pool) + cost.units > POOL_UNITS or k.count(channel) >= cost.at_once_max:
        return False
    return policy.text_while_live or cost.pool != POOL_TEXT or k.units(POOL_LIVE) == 0


def routable(k: Counselor, channel: str, policy: Policy) -> bool:
    """DOMAIN §5: lease LIVE, presence AVAILABLE, room. Exclusion belongs to the item."""
    return k.lease == LIVE and k.presence == AVAILABLE and has_room(k, channel, policy.cost(channel), policy)


def registered(stream: str, e: Any) -> Counselor:
    """The state after counselor.registered."""
    return Counselor(stream, e.number, dict(e.skills), tuple(e.languages))


def evolve(k: Counselor, event: Any, at_us: int) -> Counselor:
    """The counselor after ``event``; raises Refused where a table has no arrow."""
    return _CHANGES[event.type](k, event, at_us)


def _lease(k: Counselor, e: Any, at: int) -> Counselor:
    state = LEASE.require(k.lease, e.type)
    return changed(k, lease=state, epoch=getattr(e, "epoch", k.epoch), lost_at_us=getattr(e, "lost_at_us", 0))


def _presence(k: Counselor, e: Any, at: int) -> Counselor:
    idle = at if e.presence == AVAILABLE and k.presence != AVAILABLE else k.idle_since_us
    misses = 0 if e.presence == AVAILABLE else k.misses
    return changed(k, presence=e.presence, presence_reason=e.reason, then=e.then, idle_since_us=idle, misses=misses)


def _held(k: Counselor, e: Any, at: int) -> Counselor:
    slot = Slot(e.item, e.session, e.offer, e.channel, e.pool, e.units)
    lost = tuple(pair for pair in k.lost if pair[0] != e.item)
    return changed(k, slots=(*k.slots, slot), lost=lost)


def _slot(k: Counselor, e: Any, at: int) -> Counselor:
    now = k.slot(e.item)
    if now is None:
        SLOT.require("none", e.type)
    assert now is not None
    kind = SLOT.require(now.kind, e.type)
    units = 0 if kind == PAUSED else getattr(e, "units", now.units)
    turned = changed(now, kind=kind, units=units)
    slots = tuple(turned if s.item == e.item else s for s in k.slots)
    return changed(k, slots=slots, misses=0 if kind == ACTIVE else k.misses)


def _turned(k: Counselor, e: Any, at: int) -> Counselor:
    now = k.slot(e.item)
    SLOT.require(now.kind if now else "none", e.type)
    assert now is not None
    turned = changed(now, channel=e.channel, pool=e.pool, units=e.units)
    return changed(k, slots=tuple(turned if s.item == e.item else s for s in k.slots))


def _freed(k: Counselor, e: Any, at: int) -> Counselor:
    now = k.slot(e.item)
    SLOT.require(now.kind if now else "none", e.type)
    assert now is not None
    slots = tuple(s for s in k.slots if s.item != e.item)
    misses = k.misses + 1 if e.reason in {"expired", "unanswered"} else k.misses
    lost = (*k.lost, (now.item, now.session))[-LOST_KEPT_MAX:] if e.reason == "lost" else k.lost
    return changed(k, slots=slots, idle_since_us=at, misses=misses, lost=lost)


_CHANGES: dict[str, Callable[[Counselor, Any, int], Counselor]] = {
    "counselor.skilled": lambda k, e, at: changed(k, skills=dict(e.skills)),
    "lease.attached": _lease,
    "lease.suspected": _lease,
    "lease.restored": _lease,
    "lease.lost": _lease,
    "lease.detached": _lease,
    "presence.set": _presence,
    "slot.held": _held,
    "slot.live": _slot,
    "slot.wrapping": _slot,
    "slot.turned": _turned,
    "slot.paused": _slot,
    "slot.unpaused": _slot,
    "slot.freed": _freed,
    "look.opened": lambda k, e, at: changed(k, looks=(*k.looks, e.session)),
    "look.closed": lambda k, e, at: changed(k, looks=tuple(s for s in k.looks if s != e.session)),
}


def due_us(k: Counselor) -> int | None:
    """The next deadline: the end of a suspect lease."""
    return k.lost_at_us if k.lease == SUSPECT else None
