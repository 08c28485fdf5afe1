"""The policy in the settings is the core's policy, with the ranges of DOMAIN §6."""

from dataclasses import fields

import pytest
from pydantic import ValidationError

from dasan.core.policy import Policy, Queue, Timing
from dasan.settings import Settings
from dasan.settings.policy import TIMINGS, PolicySection, QueueSection, TimingSection


def test_without_a_file_the_core_gets_its_own_defaults() -> None:
    assert Settings().build_policy() == Policy()


def test_every_timer_of_the_core_can_be_set_and_has_a_range() -> None:
    assert [row[0] for row in TIMINGS] == [field.name for field in fields(Timing)]
    assert all(least <= getattr(Timing(), name) <= most for name, least, most, _, _ in TIMINGS)


def test_every_value_of_the_core_policy_can_be_set() -> None:
    assert {field.name for field in fields(Policy)} == set(PolicySection.model_fields)
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
