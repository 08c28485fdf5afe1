"""A callback in words: when it is, both on the clock and from now, how it stands, who has it; and times people type."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from agent_tui import safe
from agent_tui.times import SECOND, SEOUL
from agent_tui.words import Words
from dasan.wire.call_views import Callback

MINUTE = 60 * SECOND
MORNING = 9  # o'clock: when "tomorrow" begins
AHEAD_DAYS = 14
_TYPED = re.compile(
    r"(?:(?P<next>내일|tomorrow)\s+|(?P<month>\d{1,2})[-/.](?P<day>\d{1,2})\s+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})"
)


def moment(at_us: int, now_us: int, say: Words) -> str:
    """``14:32`` today, ``내일 09:00`` tomorrow, else ``11-23 09:00``; on Seoul's clock."""
    at, now = _seoul(at_us), _seoul(now_us)
    clock = at.strftime("%H:%M")
    days = (at.date() - now.date()).days
    return clock if not days else say("callback.tomorrow", clock=clock) if days == 1 else at.strftime("%m-%d %H:%M")


def distance(at_us: int, now_us: int, say: Words) -> str:
    """How far off it is, in words: ``곧``, ``12분 뒤``, ``2시간 5분 지남``."""
    minutes = (abs(at_us - now_us) + MINUTE // 2) // MINUTE
    late = at_us < now_us
    if not minutes:
        return say("callback.just_late" if late else "callback.soon")
    hours, rest = divmod(minutes, 60)
    if hours >= 24:
        span = say("callback.days", days=hours // 24)
    elif hours:
        span = say("callback.hours" if rest else "callback.whole_hours", hours=hours, minutes=rest)
    else:
        span = say("callback.minutes", minutes=rest)
    return say("callback.due_since" if late else "callback.due_in", span=span)


def facts(row: Callback, now_us: int, say: Words) -> tuple[str, ...]:
    """The row's columns: number, clock, distance, state, queue, attempts, who has it (else who asked for it)."""
    tried = say("callback.tried", count=row.attempts) if row.attempts else ""
    last = say.name("cause", row.last) if row.last and row.attempts else ""
    return (
        f"#{row.number}",
        moment(row.due, now_us, say),
        distance(row.due, now_us, say),
        say.name("callback_state", row.state),
        safe.flat(row.queue_name, 20),
        f"{tried} {last}".strip(),
        safe.flat(row.whose or row.by, 20),
    )


def typed(text: str, now_us: int) -> int | None:
    """The instant (microseconds) meant by ``15:30`` (tomorrow when it is past today), ``내일 9:00`` or ``11-23 14:00``
    (next year when it is past this year); None for anything else, and beyond two weeks."""
    found = _TYPED.fullmatch(text.strip().lower())
    if found is None:
        return None
    now = _seoul(now_us)
    try:
        at = now.replace(hour=int(found["hour"]), minute=int(found["minute"]), second=0, microsecond=0)
        if found["month"]:
            at = at.replace(month=int(found["month"]), day=int(found["day"]))
            at = at if at > now else at.replace(year=at.year + 1)
    except ValueError:
        return None
    if found["next"] or (not found["month"] and at <= now):
        at += timedelta(days=1)
    return int(at.timestamp()) * SECOND if at - now <= timedelta(days=AHEAD_DAYS) else None


def morning(now_us: int) -> int:
    """Nine o'clock tomorrow."""
    at = _seoul(now_us).replace(hour=MORNING, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return int(at.timestamp()) * SECOND


def _seoul(at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us / SECOND, SEOUL)
