"""What a session waits for: every deadline that stands in its state (DOMAIN §6, I18; docs/adr/0002).

Nothing is stored: a restart reads the state and knows. The handlers of what falls due are in handlers/deadlines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dasan.core import callback as callbacks
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.callback import Callback
from dasan.core.policy import TEXT_CHANNELS, VOICE, Timing
from dasan.core.session import Session
from dasan.core.time import SECOND
from dasan.core.workitem import WorkItem

HOLD_REMINDERS_MAX = 10  # whom ten did not move, another will not
CLAIM_S = 30  # beside the ringing itself, what an attempt may take: the claim, the request, the answer


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline of a session: when, what, and whose (an item, offer or leg id)."""

    at_us: int
    what: str
    whose: str


def deadlines(s: Session, timing: Timing) -> Iterator[Due]:
    """Every deadline that stands in the state (I18). Idle times follow from the last line, so a message moves them."""
    if s.closed_at_us:
        return
    for leg in s.legs:
        if leg.state == legs.SUSPENDED:
            yield Due(leg.until_us, "leg_lost", leg.id)
        elif leg.until_us and leg.state in legs.CALLED:
            yield Due(leg.until_us, "ringing", leg.id)
    for leg in s.parties:
        if leg.until_us and leg.state in legs.CALLED:
            yield Due(leg.until_us, "ringing", leg.id)
    for item in s.items:
        yield from _item_deadlines(s, item, timing)
    if s.live_leg is not None or any(item.state not in items.TERMINAL for item in s.items):
        since = max(s.last_us, *(item.open_at_us for item in s.items), 0)
        yield Due(since + timing.session_idle_max_s * SECOND, "session_idle", s.id)
    if s.callback is not None:
        yield from _callback_deadlines(s, s.callback, timing)


def _callback_deadlines(s: Session, cb: Callback, timing: Timing) -> Iterator[Due]:
    """Nobody is called who is on the line, or has a counselor at work for her."""
    if cb.state in callbacks.WAITS and s.live_item is None and not on_the_line(s):
        yield Due(min(cb.due_us, cb.give_up_at_us), "callback", cb.id)
    elif cb.state == callbacks.DIALING:
        yield Due(cb.turned_us + (timing.callback_ring_s + CLAIM_S) * SECOND, "callback_ring", cb.id)


def on_the_line(s: Session) -> bool:
    """Whether the citizen has a call with us."""
    return any(leg.channel == VOICE and leg.state in legs.LIVE for leg in s.legs)


def _item_deadlines(s: Session, item: WorkItem, timing: Timing) -> Iterator[Due]:
    state = item.state
    if state == items.OFFERED:
        for offer in item.offers:
            yield Due(offer.deadline_us, "offer", offer.id)
    elif state == items.QUEUED:
        if item.step_by_us:
            yield Due(item.step_by_us, "step", item.id)
        if item.expires_at_us:
            yield Due(item.expires_at_us, "expiry", item.id)
    elif state == items.SCHEDULED:
        yield Due(item.open_at_us, "opening", item.id)
    elif state == items.CONNECTING:
        yield from _connecting_deadline(s, item, timing)
    elif state == items.HELD and timing.hold_reminder_s and item.reminded < HOLD_REMINDERS_MAX:
        yield Due(item.turned_us + (item.reminded + 1) * timing.hold_reminder_s * SECOND, "hold", item.id)
    elif state == items.WRAPPING:
        yield Due(item.wrap_by_us, "wrap_up", item.id)
    elif state in {items.ACTIVE, items.PAUSED}:
        yield from _talk_deadlines(s, item, timing)


def _connecting_deadline(s: Session, item: WorkItem, timing: Timing) -> Iterator[Due]:
    """While the counselor waits for a citizen to answer, the attempt's own time holds; then she has time to join."""
    cb = s.callback
    if cb is None or cb.item != item.id or cb.state not in {callbacks.DIALING, callbacks.CONNECTED}:
        yield Due(item.connect_by_us, "connecting", item.id)
    elif cb.state == callbacks.CONNECTED:
        joined_by = cb.turned_us + timing.connecting_voice_s * SECOND
        yield Due(max(item.connect_by_us, joined_by), "connecting", item.id)


def _talk_deadlines(s: Session, item: WorkItem, timing: Timing) -> Iterator[Due]:
    if item.reply_by_us:
        yield Due(item.reply_by_us, "first_reply", item.id)
    if item.channel not in TEXT_CHANNELS:
        return
    if item.state == items.PAUSED:
        # A pause that a counselor asked for late in a silence leaves the citizen as long as one that came by itself.
        since = max(s.last_counselor_us, s.last_citizen_us, item.turned_us - timing.idle_pause_s * SECOND)
        yield Due(since + timing.idle_close_s * SECOND, "idle_close", item.id)
    elif s.last_counselor_us and not s.owed_since_us and s.last_counselor_us >= item.active_at_us:
        # What she waited in the queue in between is not her silence.
        since = max(s.last_counselor_us, item.turned_us)
        if not item.idle_warned:
            yield Due(since + timing.idle_warning_s * SECOND, "idle_warning", item.id)
        else:
            yield Due(since + timing.idle_pause_s * SECOND, "idle_pause", item.id)


def due_us(s: Session, timing: Timing) -> int | None:
    """The next deadline, or None."""
    return min((due.at_us for due in deadlines(s, timing)), default=None)
