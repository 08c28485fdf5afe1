"""What falls due: one table from a deadline's kind to what happens, asked again until nothing is due any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core import session as sessions
from dasan.core import workitem as items
from dasan.core.callback import CHANNEL
from dasan.core.care import Plan
from dasan.core.counselor import SUSPECT, Counselor
from dasan.core.due import Due, deadlines
from dasan.core.handlers import care
from dasan.core.handlers.attempts import fall_due, item_expired, rung_out, unserved, waits_for_us
from dasan.core.handlers.calls import ringing_over
from dasan.core.handlers.consoles import lose_lease
from dasan.core.handlers.parties import BY_PHONE, connect_failed, counselors_leg
from dasan.core.handlers.release import citizen_gone, end_legs, exclusion_us, free_slot, start_wrap_up
from dasan.core.handlers.routing import expire_item, expire_offer, open_item
from dasan.core.handlers.talk import abort, pause
from dasan.core.session import Session
from dasan.core.time import SECOND
from dasan.core.work import Work
from dasan.core.work_events import HoldReminded, IdleWarned, StepExpired, WorkUnanswered, WrapExpired

STEPS_MAX = 64
Reply = dict[str, Any]


def tick(w: Work, command: c.Tick) -> Reply:
    """Do everything in the stream that is due by now, in order of its deadline."""
    state = w.state(command.stream)
    if isinstance(state, Counselor):
        if state.lease == SUSPECT and state.lost_at_us <= w.now_us:
            lose_lease(w, state.id)
        return {}
    if isinstance(state, Plan):
        care.fall_due(w, state.id)
        return {}
    for _ in range(STEPS_MAX):
        state = w.state(command.stream)
        if not isinstance(state, Session):
            return {}
        due = min(deadlines(state, w.policy.timing), key=_order, default=None)
        if due is None or due.at_us > w.now_us:
            return {}
        _DUE[due.what](w, state, due)
    return {}


def _order(due: Due) -> tuple[int, str, str]:
    return (due.at_us, due.what, due.whose)


def _item(w: Work, s: Session, due: Due) -> items.WorkItem:
    return w.item(s.id, due.whose)


def _leg_lost(w: Work, s: Session, due: Due) -> None:
    w.say(s.id, "citizen_lost")
    citizen_gone(w, s.id, due.whose, "network", "citizen_left")


def _ringing(w: Work, s: Session, due: Due) -> None:
    leg = s.party(due.whose)
    assert leg is not None
    ringing_over(w, s, leg)


def _offer(w: Work, s: Session, due: Due) -> None:
    expire_offer(w, s.id, due.whose)


def _step(w: Work, s: Session, due: Due) -> None:
    item = _item(w, s, due)
    w.emit(s.id, StepExpired(item.id, item.step + 1))


def _expiry(w: Work, s: Session, due: Due) -> None:
    item = _item(w, s, due)
    if item.channel == CHANNEL:
        item_expired(w, s, item)
    elif waits_for_us(s, item):
        unserved(w, s, item)
    else:
        expire_item(w, s.id, item)


def _callback(w: Work, s: Session, due: Due) -> None:
    fall_due(w, s)


def _callback_ring(w: Work, s: Session, due: Due) -> None:
    rung_out(w, s)


def _opening(w: Work, s: Session, due: Due) -> None:
    open_item(w, s.id, _item(w, s, due))


def _connecting(w: Work, s: Session, due: Due) -> None:
    item = _item(w, s, due)
    hers = counselors_leg(s, item)
    late = item.channel in BY_PHONE and (hers is None or not hers.joined)
    connect_failed(w, s.id, item, "timeout", hers=late)


def _hold(w: Work, s: Session, due: Due) -> None:
    item = _item(w, s, due)
    w.emit(s.id, HoldReminded(item.id))
    w.say(s.id, "hold_reminder", {"seconds": (due.at_us - item.turned_us) // SECOND})


def _first_reply(w: Work, s: Session, due: Due) -> None:
    """Taken and never answered (R-AS5): somebody else shall, and it is recorded as a miss."""
    item = _item(w, s, due)
    w.emit(s.id, WorkUnanswered(item.id, exclusion_us(w)))
    free_slot(w, item.counselor, item.id, "unanswered")
    w.say(s.id, "still_looking")


def _answered_in_absence(s: Session) -> bool:
    """Whoever left a message after hours was told that she need not be there: her silence is no reproach."""
    leg = s.live_leg
    return sessions.left_message(s) and leg is not None and leg.state == legs.SUSPENDED


def _idle_warning(w: Work, s: Session, due: Due) -> None:
    w.emit(s.id, IdleWarned(due.whose))
    if not _answered_in_absence(s):
        w.say(s.id, "idle_warning")


def _idle_pause(w: Work, s: Session, due: Due) -> None:
    pause(w, s, _item(w, s, due), "idle")
    if not _answered_in_absence(s):
        w.say(s.id, "idle_paused")


def _idle_close(w: Work, s: Session, due: Due) -> None:
    if _answered_in_absence(s):
        w.say(s.id, "ended")
    else:
        w.say(s.id, "idle_closed")
    start_wrap_up(w, s.id, _item(w, s, due), "idle")
    end_legs(w, s.id, "timeout")


def _wrap_up(w: Work, s: Session, due: Due) -> None:
    """Nobody wrapped up in time (policy FORCED)."""
    item = _item(w, s, due)
    w.emit(s.id, WrapExpired(item.id))
    free_slot(w, item.counselor, item.id, "completed")


def _session_idle(w: Work, s: Session, due: Due) -> None:
    """A day without a word: end it (what waits only for the other side's receipt has no such deadline)."""
    abort(w, s.id, "idle")


_DUE: dict[str, Callable[[Work, Session, Due], None]] = {
    "leg_lost": _leg_lost,
    "ringing": _ringing,
    "callback": _callback,
    "callback_ring": _callback_ring,
    "offer": _offer,
    "step": _step,
    "expiry": _expiry,
    "opening": _opening,
    "connecting": _connecting,
    "hold": _hold,
    "first_reply": _first_reply,
    "idle_warning": _idle_warning,
    "idle_pause": _idle_pause,
    "idle_close": _idle_close,
    "wrap_up": _wrap_up,
    "session_idle": _session_idle,
}
HANDLERS: dict[type[c.Command], Any] = {c.Tick: tick}
