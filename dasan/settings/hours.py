"""Opening hours as an operator writes them: a list of lines such as "mon-fri 09:00-18:00", "토 09:00-13:00", "holiday
10:00-12:00", or the one word "always". A day that no line names is a day off, and so is a public holiday."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from dasan.core.hours import ALWAYS, DAY_MINUTES, Hours, Spans

HOLIDAY = 7
ALWAYS_WORDS = frozenset({"always", "항상"})
_DAYS = {
    **{name: n for n, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))},
    **{name: n for n, name in enumerate("월화수목금토일")},
    "holiday": HOLIDAY,
    "공휴일": HOLIDAY,
}
_SPAN = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)")


def read_hours(lines: Sequence[str]) -> Hours:
    """The hours that those lines say; none at all means always. Raises ValueError, in Korean and English."""
    if not lines or [line.strip().lower() for line in lines] in [[word] for word in ALWAYS_WORDS]:
        return ALWAYS
    days: list[list[tuple[int, int]]] = [[] for _ in range(HOLIDAY + 1)]
    for line in lines:
        named, _, times = line.strip().lower().partition(" ")
        spans = [_span(line, part) for part in times.replace(",", " ").split()]
        if not spans:
            raise _wrong(line)
        for day in _named(line, named):
            days[day] += spans
    *week, holiday = (_in_order(spans) for spans in days)
    return Hours(tuple(week), holiday)


def read_quiet(line: str) -> tuple[int, int]:
    """Quiet hours such as "21:00-08:00" (over midnight too) as minutes of the day; "" is (0, 0): none. Raises
    ValueError, in Korean and English."""
    if not line.strip():
        return (0, 0)
    found = _SPAN.fullmatch(line.strip())
    if found is None:
        raise ValueError(
            f'조용한 시간을 읽을 수 없습니다: "{line}". "21:00-08:00"처럼 쓰십시오 / '
            f'quiet hours not understood: "{line}"; write "21:00-08:00"'
        )
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    return (from_hour * 60 + from_minute) % DAY_MINUTES, (to_hour * 60 + to_minute) % DAY_MINUTES


def _named(line: str, named: str) -> Iterable[int]:
    for part in named.split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise _wrong(line)
        start, end = _DAYS[first], _DAYS[last or first]
        if start > end or (last and end == HOLIDAY):
            raise _wrong(line)
        yield from range(start, end + 1)


def _span(line: str, part: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(part)
    if found is None:
        raise _wrong(line)
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if not start < end <= DAY_MINUTES:
        raise _wrong(line)
    return start, end


def _in_order(spans: list[tuple[int, int]]) -> Spans:
    ordered = sorted(spans)
    for (_, end), (start, _) in pairwise(ordered):
        if start < end:
            raise ValueError("운영 시간이 겹칩니다 / opening hours overlap")
    return tuple(ordered)


def _wrong(line: str) -> ValueError:
    return ValueError(
        f'운영 시간을 읽을 수 없습니다: "{line}". "mon-fri 09:00-18:00"처럼 쓰십시오 / '
        f'opening hours not understood: "{line}"; write "mon-fri 09:00-18:00"'
    )
