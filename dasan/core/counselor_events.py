"""What happens in a counselor's stream: her lease, her presence, and the slots that her work takes."""

from __future__ import annotations

from collections.abc import Mapping

from dasan.core.events import Event, event


@event("counselor.registered")
class CounselorRegistered(Event):
    """A counselor may be routed to. Her name and password live with the accounts, not here."""

    number: int
    skills: Mapping[str, int]
    languages: tuple[str, ...] = ("ko",)


@event("counselor.skilled")
class SkillsChanged(Event):
    skills: Mapping[str, int]


@event("lease.attached")
class LeaseAttached(Event):
    """A console took the lease; commands of older epochs are refused from here on."""

    epoch: int


@event("lease.suspected")
class LeaseSuspected(Event):
    lost_at_us: int


@event("lease.restored")
class LeaseRestored(Event):
    epoch: int


@event("lease.lost")
class LeaseLost(Event):
    epoch: int


@event("lease.detached")
class LeaseDetached(Event):
    epoch: int


@event("presence.set")
class PresenceSet(Event):
    """``presence`` one of OFFLINE, AVAILABLE, AWAY, DRAINING; ``auto`` when the broker did it."""

    presence: str
    reason: str = ""
    then: str = ""
    auto: bool = False


@event("slot.held")
class SlotHeld(Event):
    """A pending offer takes ``units`` of ``pool``."""

    item: str
    session: str
    offer: str
    channel: str
    pool: str
    units: int


@event("slot.live")
class SlotLive(Event):
    item: str


@event("slot.wrapping")
class SlotWrapping(Event):
    item: str
    units: int


@event("slot.turned")
class SlotTurned(Event):
    """The session goes on by another channel, which costs its own (a callback has become a call)."""

    item: str
    channel: str
    pool: str
    units: int


@event("slot.paused")
class SlotPaused(Event):
    item: str


@event("slot.unpaused")
class SlotUnpaused(Event):
    item: str
    units: int


@event("slot.freed")
class SlotFreed(Event):
    """``reason``: an offer's outcome, completed, transferred, lost, connect_failed, unanswered, returned, aborted."""

    item: str
    reason: str


@event("look.opened")
class LookOpened(Event):
    """She looks at a session that is not hers; its own stream has the steps."""

    session: str


@event("look.closed")
class LookClosed(Event):
    session: str
