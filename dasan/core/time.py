"""Time inside the service: integer microseconds of UTC. Seoul's wall time only at the edges.

Names end in ``_us`` (an instant or a span in microseconds), ``_s`` or ``_ms``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# Korea has kept UTC+9 without daylight saving since 1988; a fixed offset needs no zone database.
SEOUL = timezone(timedelta(hours=9), "KST")


def seconds(value: float) -> int:
    """``value`` seconds as microseconds."""
    return round(value * SECOND)


def seoul(at_us: int) -> datetime:
    """The instant as an aware datetime on Seoul's clock."""
    return datetime.fromtimestamp(at_us / SECOND, SEOUL)


def iso(at_us: int) -> str:
    """RFC 3339 in UTC with milliseconds, e.g. ``2026-11-21T05:32:07.120Z``."""
    at = datetime.fromtimestamp(at_us / SECOND, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_us // 1000 % 1000:03d}Z"


def wall(at_us: int) -> str:
    """``2026-11-23 09:00`` on Seoul's clock: a date and time that every reader understands."""
    return seoul(at_us).strftime("%Y-%m-%d %H:%M")


def clock(at_us: int) -> str:
    """``14:32:07`` on Seoul's clock."""
    return seoul(at_us).strftime("%H:%M:%S")


def span(us: int) -> str:
    """A span as ``mm:ss`` (or ``h:mm:ss``), never negative."""
    total = max(0, us) // SECOND
    minutes, secs = divmod(total, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes:02d}:{secs:02d}"
