"""When a ticket must be answered.

Two clocks. Field reports run on wall-clock hours (3 h, 24 h, 5 days). Civil complaints run on working days: the day of
receipt counts as the first, Saturdays, Sundays and public holidays do not count, and the term ends at 18:00 of its last
day (민원처리법 art. 19; a report after 18:00 or on a day off starts on the next working day). Public holidays come from
the operator's file, because one-off holidays are decided year by year, or else from the table in dasan/core/hours.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from dasan.core.errors import ConfigWrong, Problem
from dasan.core.time import HOUR, SECOND, SEOUL, seoul

OFFICE_CLOSES = time(18, 0)


@dataclass(frozen=True, slots=True)
class Term:
    """How long a service may take: wall-clock ``hours``, or ``working_days`` when hours is 0."""

    hours: int = 0
    working_days: int = 0

    def doubled(self) -> Term:
        """The term with its one extension: at most the same length again."""
        return Term(self.hours * 2, self.working_days * 2)


def is_working(day: date, holidays: frozenset[date]) -> bool:
    return day.weekday() < 5 and day not in holidays


def due_at(received_us: int, term: Term, holidays: frozenset[date] = frozenset()) -> int:
    """The last instant (UTC us) for an answer to what came in at ``received_us``."""
    if term.hours:
        return received_us + term.hours * HOUR
    start = seoul(received_us)
    day = start.date()
    if start.time() >= OFFICE_CLOSES:
        day += timedelta(days=1)
    return _closing(_nth_working_day(day, term.working_days, holidays))


def _nth_working_day(day: date, count: int, holidays: frozenset[date]) -> date:
    left = max(1, count)
    for _ in range(3 * (left + len(holidays)) + 7):  # weekends and every listed holiday fit in this many days
        left -= is_working(day, holidays)
        if left == 0:
            return day
        day += timedelta(days=1)
    raise AssertionError("a calendar without working days")


def _closing(day: date) -> int:
    return int(datetime.combine(day, OFFICE_CLOSES, SEOUL).timestamp()) * SECOND


def after_pause(due_us: int, stopped_us: int, resumed_us: int, term: Term, holidays: frozenset[date]) -> int:
    """The due instant once the clock stood still from ``stopped_us`` to ``resumed_us`` while the citizen was asked.

    A wall-clock term moves by the same span; a working-day term by the working days that began in between.
    """
    if term.hours:
        return due_us + max(0, resumed_us - stopped_us)
    day, last, waited = seoul(stopped_us).date(), seoul(resumed_us).date(), 0
    while day < last:
        day += timedelta(days=1)
        waited += is_working(day, holidays)
    if waited == 0:
        return due_us
    return _closing(_nth_working_day(seoul(due_us).date() + timedelta(days=1), waited, holidays))


def read_holidays(path: Path) -> frozenset[date]:
    """The days of the operator's file: one ``YYYY-MM-DD`` a line, ``#`` starts a comment.

    Raises ConfigWrong with every bad line at once, or when the file cannot be read.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        ko, en = "휴일 파일을 읽을 수 없습니다.", f"the file of holidays cannot be read: {wrong}"
        raise ConfigWrong((Problem("holidays", ko, en, file=str(path)),)) from wrong
    days: set[date] = set()
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), start=1):
        word = line.partition("#")[0].strip()
        if not word:
            continue
        try:
            days.add(date.fromisoformat(word))
        except ValueError:
            problems.append(_not_a_day(word, str(path), number))
    if problems:
        raise ConfigWrong(tuple(problems))
    return frozenset(days)


def _not_a_day(word: str, file: str, line: int) -> Problem:
    return Problem(
        key="holidays",
        message_ko=f"날짜가 아닙니다: {word[:40]!r}. 2026-05-05처럼 적어 주십시오.",
        message_en=f"not a date: {word[:40]!r}; write it as 2026-05-05.",
        file=file,
        line=line,
    )
