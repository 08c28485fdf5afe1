"""Times as people read them: Seoul's wall clock and spans. Instants are UTC microseconds, as on the wire."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

SECOND = 1_000_000
# Korea has kept UTC+9 without daylight saving since 1988.
SEOUL = timezone(timedelta(hours=9), "KST")


def clock(at_us: int) -> str:
    """``14:32:07`` on Seoul's clock."""
    return datetime.fromtimestamp(at_us / SECOND, SEOUL).strftime("%H:%M:%S")


def day(at_us: int) -> str:
    """``2026-11-21`` on Seoul's calendar."""
    return datetime.fromtimestamp(at_us / SECOND, SEOUL).strftime("%Y-%m-%d")


def span(us: int) -> str:
    """``mm:ss``, or ``h:mm:ss`` from an hour on; never negative."""
    total = max(0, us) // SECOND
    minutes, seconds = divmod(total, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


def seconds_left(until_us: int, now_us: int) -> int:
    """Whole seconds until ``until_us``, rounded up, never negative: a countdown shows 1 until it is over."""
    return max(0, -((now_us - until_us) // SECOND))
