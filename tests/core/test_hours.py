"""Opening hours and public holidays, on Seoul's clock."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasan.core.hours import ALL_DAY, ALWAYS, HOLIDAYS, SEARCH_DAYS, Hours, day_number, is_open, opening_us
from dasan.core.time import DAY, MINUTE, SECOND, SEOUL, seoul

OFFICE = Hours((((540, 720), (780, 1080)),) * 5 + (((540, 780),), ()))
NUMBERS = frozenset(map(day_number, HOLIDAYS))
# New moons and full moons by the Korean lunar calendar: 설날, 부처님오신날, 추석.
LUNAR = {
    2026: ("02-17", "05-24", "09-25"),
    2027: ("02-07", "05-13", "09-15"),
    2028: ("01-27", "05-02", "10-03"),
    2029: ("02-13", "05-20", "09-22"),
}
ELECTIONS = {date(2026, 6, 3), date(2028, 4, 12)}


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=SEOUL).timestamp()) * SECOND


def opening(text: str, hours: Hours = OFFICE) -> str:
    found = opening_us(hours, NUMBERS, at(text))
    return seoul(found).strftime("%Y-%m-%dT%H:%M:%S") if found is not None else "never"


@pytest.mark.parametrize(
    ("instant", "open_then"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00:00", True),
        ("2026-11-23T11:59:59", True),
        ("2026-11-23T12:00:00", False),  # lunch
        ("2026-11-23T17:59:59", True),
        ("2026-11-23T18:00:00", False),
        ("2026-11-28T12:59:00", True),  # Saturday
        ("2026-11-29T10:00:00", False),  # Sunday
        ("2026-12-25T10:00:00", False),  # a Friday, and Christmas
    ],
)
def test_a_queue_is_open_within_its_hours(instant: str, open_then: bool) -> None:
    assert is_open(OFFICE, NUMBERS, at(instant)) is open_then


@pytest.mark.parametrize(
    ("instant", "next_opening"),
    [
        ("2026-11-23T08:00:00", "2026-11-23T09:00:00"),
        ("2026-11-23T10:30:00", "2026-11-23T10:30:00"),  # open now
        ("2026-11-23T12:10:00", "2026-11-23T13:00:00"),
        ("2026-11-23T20:00:00", "2026-11-24T09:00:00"),
        ("2026-11-28T13:00:00", "2026-11-30T09:00:00"),  # over Sunday
        ("2026-12-24T18:00:00", "2026-12-26T09:00:00"),  # over Christmas to Saturday
        ("2027-02-05T18:00:00", "2027-02-10T09:00:00"),  # over 설날 and its substitute day
        ("2026-12-31T23:59:59", "2027-01-02T09:00:00"),
    ],
)
def test_the_next_opening_passes_over_lunch_nights_weekends_and_holidays(instant: str, next_opening: str) -> None:
    assert opening(instant) == next_opening


def test_a_holiday_can_have_hours_of_its_own() -> None:
    hours = Hours(OFFICE.week, ((600, 660),))
    assert opening("2026-12-25T08:00:00", hours) == "2026-12-25T10:00:00"
    assert not is_open(hours, NUMBERS, at("2026-12-25T11:00:00"))


def test_a_queue_without_hours_never_opens_and_one_that_is_always_open_opens_now() -> None:
    assert opening("2026-11-23T08:00:00", Hours(((),) * 7)) == "never"
    assert opening("2026-12-25T03:00:00", ALWAYS) == "2026-12-25T03:00:00"
    assert opening("2026-12-25T03:00:00", Hours((ALL_DAY,) * 7, ALL_DAY)) == "2026-12-25T03:00:00"


spans = st.lists(st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda s: s[0] < s[1]), max_size=2).map(
    tuple
)
FIRST = at("2026-01-01T00:00:00")


@given(
    st.builds(Hours, st.tuples(*[spans] * 7), spans),
    st.integers(FIRST, FIRST + 1400 * DAY),
    st.frozensets(st.integers(day_number(date(2026, 1, 1)), day_number(date(2029, 12, 31))), max_size=9),
)
def test_between_now_and_the_next_opening_it_is_closed(hours: Hours, now_us: int, holidays: frozenset[int]) -> None:
    found = opening_us(hours, holidays, now_us)
    if found is None:
        assert not any(hours.week)
        return
    assert now_us <= found <= now_us + (SEARCH_DAYS + 1) * DAY
    assert is_open(hours, holidays, found)
    if found > now_us:
        assert not is_open(hours, holidays, found - 1)
        steps = range(now_us, found, max(MINUTE, (found - now_us) // 50))
        assert not any(is_open(hours, holidays, instant) for instant in steps)


def _by_law(year: int) -> set[date]:
    """관공서의 공휴일에 관한 규정 art. 2 and 3, from the fixed days and the moon."""
    seollal, buddha, chuseok = (date.fromisoformat(f"{year}-{day}") for day in LUNAR[year])
    feasts = [[day - timedelta(1), day, day + timedelta(1)] for day in (seollal, chuseok)]
    substituted = [(3, 1), (5, 1), (5, 5), (7, 17), (8, 15), (10, 3), (10, 9), (12, 25)]
    moved = [date(year, *day) for day in substituted] + [buddha]
    named = [*feasts[0], *feasts[1], *moved, date(year, 1, 1), date(year, 6, 6)]
    off = set(named) | {day for day in ELECTIONS if day.year == year}
    for day in sorted(set(named)):
        feast = next((f for f in feasts if day in f), None)
        falls = day.weekday() == 6 if feast else day in moved and day.weekday() >= 5
        if named.count(day) > 1 or falls:
            instead = feast[-1] if feast else day
            while instead in off or instead.weekday() >= 5:
                instead += timedelta(1)
            off.add(instead)
    return off


def test_the_table_of_holidays_is_what_the_law_makes_of_the_calendar() -> None:
    for year in LUNAR:
        assert sorted(day for day in HOLIDAYS if day.year == year) == sorted(_by_law(year))
    assert {day.year for day in HOLIDAYS} == set(LUNAR)
