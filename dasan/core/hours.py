"""When a queue is open: weekly hours and public holidays on Seoul's clock, asked with instants in UTC microseconds.

Korea has no daylight saving, so a day is always 24 hours and everything is whole-number arithmetic. A day off has its
own hours (none unless the operator gives some). Who is still in line when a queue closes keeps her place: hours decide
what may enter a queue, not what is worked off.

The table holds the public holidays of 공휴일에 관한 법률 art. 2 and 관공서의 공휴일에 관한 규정 art. 2 and 3 as dates:
the days of the lunar calendar (설날, 부처님오신날, 추석), the substitute days (대체공휴일) and the election days that
the law fixes (공직선거법 art. 34), with 제헌절 and 노동절 as they are since 2026. What the government decides at short
notice (임시공휴일) the operator adds, as the years that follow the table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from dasan.core.time import DAY, HOUR, MINUTE

SEOUL_US = 9 * HOUR
DAY_MINUTES = 24 * 60
SEARCH_DAYS = 366  # a queue that does not open within a year never does
_EPOCH = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = 3  # 1 January 1970 was a Thursday; Monday is 0

Spans = tuple[tuple[int, int], ...]  # (from, to) in minutes of the day, to excluded
ALL_DAY: Spans = ((0, DAY_MINUTES),)


@dataclass(frozen=True, slots=True)
class Hours:
    """``week``: the spans of each weekday, Monday first; ``holiday``: those of a public holiday instead."""

    week: tuple[Spans, ...]
    holiday: Spans = ()


ALWAYS = Hours((ALL_DAY,) * 7, ALL_DAY)


def day_number(day: date) -> int:
    """Days since 1 January 1970."""
    return day.toordinal() - _EPOCH


def is_open(hours: Hours, holidays: Collection[int], at_us: int) -> bool:
    """Whether the instant lies within the hours. ``holidays`` are day numbers."""
    if hours is ALWAYS:
        return True
    day, minute = _day_and_minute(at_us)
    return any(start <= minute < end for start, end in _spans(hours, holidays, day))


def opening_us(hours: Hours, holidays: Collection[int], at_us: int) -> int | None:
    """The instant itself when it is open then, else the next opening; None when there is none within a year."""
    if is_open(hours, holidays, at_us):
        return at_us
    today, minute = _day_and_minute(at_us)
    for day in range(today, today + SEARCH_DAYS):
        starts = [start for start, _ in _spans(hours, holidays, day) if day > today or start > minute]
        if starts:
            return day * DAY - SEOUL_US + min(starts) * MINUTE
    return None


def minute_of_day(at_us: int) -> int:
    """The minute of Seoul's day, from 0."""
    return _day_and_minute(at_us)[1]


def _day_and_minute(at_us: int) -> tuple[int, int]:
    day, rest = divmod(at_us + SEOUL_US, DAY)
    return day, rest // MINUTE


def _spans(hours: Hours, holidays: Collection[int], day: int) -> Spans:
    return hours.holiday if day in holidays else hours.week[(day + _EPOCH_WEEKDAY) % 7]


def _days(year: int, days: str) -> Iterable[date]:
    return (date.fromisoformat(f"{year}-{day}") for day in days.split())


HOLIDAYS = frozenset(
    (
        *_days(
            2026,
            "01-01 02-16 02-17 02-18 03-01 03-02 05-01 05-05 05-24 05-25 06-03 06-06 07-17 08-15 08-17"
            " 09-24 09-25 09-26 10-03 10-05 10-09 12-25",
        ),
        *_days(
            2027,
            "01-01 02-06 02-07 02-08 02-09 03-01 05-01 05-03 05-05 05-13 06-06 07-17 07-19 08-15 08-16"
            " 09-14 09-15 09-16 10-03 10-04 10-09 10-11 12-25 12-27",
        ),
        *_days(
            2028,
            "01-01 01-26 01-27 01-28 03-01 04-12 05-01 05-02 05-05 06-06 07-17 08-15"
            " 10-02 10-03 10-04 10-05 10-09 12-25",
        ),
        *_days(
            2029,
            "01-01 02-12 02-13 02-14 03-01 05-01 05-05 05-07 05-20 05-21 06-06 07-17 08-15"
            " 09-21 09-22 09-23 09-24 10-03 10-09 12-25",
        ),
    )
)
