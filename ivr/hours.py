"""Calendars of a flow: weekly hours, public holidays and single days, asked for one instant on Seoul's clock.

Korea keeps UTC+9 without daylight saving, so a day is always 24 hours. Which days are public holidays comes as a value
(the service's table and the operator's additions); what stands in an override file, closed or other hours on single
days, goes before everything a flow says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from dasan.core.errors import ConfigWrong, Problem
from ivr.facts import Facts, Spans
from ivr.model import Calendar
from ivr.source import parse

SEOUL = timezone(timedelta(hours=9), "KST")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALL_DAY: Spans = ((0, 1440),)
_TIME = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*")


EPOCH = datetime.fromtimestamp(0, SEOUL)


@lru_cache(maxsize=16)
def seoul(now_us: int) -> datetime:
    """The instant on Seoul's clock. A turn asks for one instant many times."""
    return EPOCH + timedelta(microseconds=now_us)


@lru_cache(maxsize=512)
def spans(text: str) -> Spans:
    """``"09:00-12:00, 13:00-18:00"``, ``all`` or ``closed`` as minutes of the day. Raises ValueError with a
    sentence."""
    if text in {"all", "closed"}:
        return ALL_DAY if text == "all" else ()
    made = []
    for part in text.split(","):
        found = _TIME.fullmatch(part)
        if found is None:
            raise ValueError(f"{part.strip()!r} is not like 09:00-18:00, all or closed")
        start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
        if not 0 <= start < end <= 1440 or int(found[2]) > 59 or int(found[4]) > 59:
            raise ValueError(f"{part.strip()!r} must begin before it ends, within one day")
        made.append((start, end))
    return tuple(sorted(made))


@lru_cache(maxsize=512)
def weekdays(text: str) -> tuple[int, ...]:
    """``mon``, ``mon-fri`` or ``sat,sun`` as numbers, Monday 0. Raises ValueError with a sentence."""
    made: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise ValueError(f"{part.strip()!r} is not a weekday (mon … sun) or a range of them")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        if end < start:
            raise ValueError(f"{part.strip()!r} runs backward; a week begins on Monday")
        made += range(start, end + 1)
    return tuple(made)


def hours_of(calendar: Calendar, name: str, day: date, facts: Facts) -> Spans:
    """The calendar's open spans on that day."""
    for special in ((name, day), ("", day)):
        if special in facts.special_days:
            return facts.special_days[special]
    if day.isoformat() in calendar.days:
        return spans(calendar.days[day.isoformat()])
    if day in facts.holidays:
        return spans(calendar.holiday)
    return next((spans(text) for key, text in calendar.week.items() if day.weekday() in weekdays(key)), ())


def is_open(calendar: Calendar, name: str, facts: Facts) -> bool:
    """Whether the calendar is open now."""
    now = seoul(facts.now_us)
    minute = now.hour * 60 + now.minute
    return any(start <= minute < end for start, end in hours_of(calendar, name, now.date(), facts))


def wrong(calendar: Calendar) -> tuple[tuple[tuple[str, ...], str], ...]:
    """What is wrong in a calendar: the path in it, and an English sentence."""
    made: list[tuple[tuple[str, ...], str]] = []
    for path, text in (*_texts(calendar), (("holiday",), calendar.holiday)):
        try:
            spans(text)
        except ValueError as error:
            made.append((path, str(error)))
    for key in calendar.week:
        try:
            weekdays(key)
        except ValueError as error:
            made.append((("week", key), str(error)))
    return (
        *made,
        *((("days", day), f"{day!r} is not a date like 2026-12-31") for day in calendar.days if not _date(day)),
    )


def _texts(calendar: Calendar) -> tuple[tuple[tuple[str, ...], str], ...]:
    week = ((("week", key), text) for key, text in calendar.week.items())
    return (*week, *((("days", key), text) for key, text in calendar.days.items()))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_overrides(text: str, file: str = "") -> Mapping[tuple[str, date], Spans]:
    """The operator's override file: a YAML map of days to hours for every calendar, or of calendars to such maps::

        2026-12-31: "09:00-15:00"
        korean: {2026-06-03: closed}

    Raises ConfigWrong with every line that is wrong.
    """
    source = parse(text, file) if text.strip() else None
    made: dict[tuple[str, date], Spans] = {}
    problems: list[Problem] = []
    for key, given in source.data.items() if source else ():
        rows = [((key, day), key, day, hours) for day, hours in given.items()] if isinstance(given, dict) else None
        for path, calendar, day, hours in rows if rows is not None else [((key,), "", key, given)]:
            at, why = _date(day), ""
            try:
                made[(calendar, at or date.min)] = spans(str(hours))
            except ValueError as error:
                why = str(error)
            if at is None or why:
                problems.append(_problem(source.line(path) if source else 1, file, day, why))
    if problems:
        raise ConfigWrong(tuple(problems))
    return made


def _problem(line: int, file: str, key: str, why: str) -> Problem:
    en = why or f"{key!r} is not a date like 2026-12-31."
    return Problem(key, "날짜(2026-12-31)와 시간(09:00-18:00, all, closed)이 아닙니다.", en, file=file, line=line)
