"""The policy in the settings is the core's policy, with the ranges of DOMAIN §6."""

import re
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from dasan.core.hours import ALWAYS, Hours, day_number
from dasan.core.policy import Policy, Queue, Timing
from dasan.settings import Settings
from dasan.settings.policy import TIMINGS, PolicySection, QueueSection, TimingSection

ROOT = Path(__file__).parents[2]


def test_without_a_file_the_core_gets_its_own_defaults() -> None:
    assert Settings().build_policy() == Policy()


def test_every_timer_of_the_core_can_be_set_and_has_a_range() -> None:
    assert [row[0] for row in TIMINGS] == [field.name for field in fields(Timing)]
    assert all(least <= getattr(Timing(), name) <= most for name, least, most, _, _ in TIMINGS)


def test_every_value_of_the_core_policy_can_be_set() -> None:
    said_otherwise = {"hours", "holidays_added", "holidays_worked"}  # per queue, and as changes to the table
    by_others = {"holidays", "texts"}  # texts go where calls go ([voice])
    assert {field.name for field in fields(Policy)} - by_others == set(PolicySection.model_fields) - said_otherwise
    assert {field.name for field in fields(Queue)} == set(QueueSection.model_fields)


# DOMAIN §6, the rows that give a range.
@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("offer_live_s", 5, 120),
        ("offer_text_s", 10, 600),
        ("connecting_s", 3, 30),
        ("first_reply_s", 15, 600),
        ("wrap_live_s", 0, 600),
        ("wrap_text_s", 0, 600),
        ("session_idle_max_s", 3_600, 14 * 86_400),
    ],
)
def test_timers_keep_to_the_range_of_the_domain_model(name: str, least: int, most: int) -> None:
    for value in (least, most):
        assert getattr(TimingSection(**{name: value}), name) == value
    for value in (least - 1, most + 1):
        with pytest.raises(ValidationError):
            TimingSection(**{name: value})


def test_a_step_may_not_ask_for_a_skill_nobody_has() -> None:
    queue = {"code": "a", "name_ko": "가", "name_en": "A", "steps": [{"needs": [{"skill": "flying"}]}]}
    with pytest.raises(ValidationError, match="flying"):
        PolicySection(default_queue="a", queues=[queue])


def test_two_queues_may_not_share_a_code() -> None:
    queue = {"code": "a", "name_ko": "가", "name_en": "A", "steps": [{}]}
    with pytest.raises(ValidationError, match="stands twice"):
        PolicySection(default_queue="a", queues=[queue, queue])


def test_a_queue_keeps_its_own_hours_or_else_those_of_the_centre() -> None:
    rows = [
        {"code": "a", "name_ko": "가", "name_en": "A", "steps": [{}]},
        {"code": "b", "name_ko": "나", "name_en": "B", "steps": [{}], "hours": ["always"]},
        {"code": "c", "name_ko": "다", "name_en": "C", "steps": [{}], "hours": ["월,수 09:00-12:00,13:00-18:00"]},
    ]
    made = PolicySection(default_queue="a", queues=rows, hours=["mon-fri 09:00-18:00", "holiday 10:00-12:00"]).build()
    assert made.queues["a"].hours == Hours((((540, 1080),),) * 5 + ((), ()), ((600, 720),))
    assert made.queues["b"].hours == ALWAYS
    assert made.queues["c"].hours.week == (((540, 720), (780, 1080)), (), ((540, 720), (780, 1080)), (), (), (), ())


@pytest.mark.parametrize(
    "line",
    [
        "mon-fri",
        "mon-fri 9-18",
        "fri-mon 09:00-18:00",
        "someday 09:00-18:00",
        "mon 18:00-09:00",
        "mon 09:00-24:30",
        "mon-holiday 09:00-18:00",
        "",
    ],
)
def test_hours_that_cannot_be_read_are_named(line: str) -> None:
    with pytest.raises(ValidationError, match="opening hours not understood"):
        PolicySection(hours=[line])


def test_hours_of_one_day_may_not_overlap() -> None:
    with pytest.raises(ValidationError, match="overlap"):
        PolicySection(hours=["mon-fri 09:00-18:00", "wed 17:00-20:00"])


def test_days_off_can_be_added_and_taken_away() -> None:
    made = PolicySection(holidays_added=["2026-12-31"], holidays_worked=[date(2026, 12, 25)]).build()
    assert day_number(date(2026, 12, 31)) in made.holidays
    assert day_number(date(2026, 12, 25)) not in made.holidays


def test_what_nobody_could_take_is_filed_under_a_category_that_exists() -> None:
    queue = {"code": "a", "name_ko": "가", "name_en": "A", "steps": [{}], "category": "flying"}
    with pytest.raises(ValidationError, match="flying"):
        PolicySection(default_queue="a", queues=[queue])
    policy = Policy()
    assert policy.filed_under("water").code == "water"
    assert policy.filed_under("english").code == "general"


@pytest.mark.parametrize(
    ("line", "minutes"),
    [("21:00-08:00", (1260, 480)), ("", (0, 0)), ("00:00-24:00", (0, 0)), ("13:00-14:30", (780, 870))],
)
def test_quiet_hours_are_read_over_midnight_too(line: str, minutes: tuple[int, int]) -> None:
    assert PolicySection(quiet=line).build().quiet == minutes


@pytest.mark.parametrize("line", ["night", "21-08", "25:00-08:00"])
def test_quiet_hours_that_are_none_are_refused_with_a_sentence(line: str) -> None:
    with pytest.raises(ValidationError, match="21:00-08:00"):
        PolicySection(quiet=line)


def test_every_choice_is_read_by_somebody() -> None:
    """A choice that changes nothing is a lie to whoever makes it."""
    files = (p for part in ("dasan", "channels") for p in (ROOT / part).rglob("*.py") if "settings" not in p.parts)
    read = set(re.findall(r"\.([a-z_]+)\b", "\n".join(path.read_text("utf-8") for path in files)))
    assert [f.name for kind in (Policy, Timing, Queue) for f in fields(kind) if f.name not in read] == []


def test_every_kind_of_strike_has_a_number_and_no_other_has() -> None:
    for wrong in ({"harassment": 1}, {**Policy().strikes, "rude": 3}, {**Policy().strikes, "threat": -1}):
        with pytest.raises(ValidationError, match="harassment"):
            PolicySection(strikes=wrong)
