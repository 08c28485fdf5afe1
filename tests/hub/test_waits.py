"""A wait is said only when it has been right before, and as people say it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dasan.core import commands as c
from dasan.core.policy import Policy
from dasan.core.time import SECOND
from dasan.hub import Hub
from dasan.hub.waits import ERROR_S_MAX, SAMPLES_MIN, Waits, spoken_s
from tests.broker.caller import Caller
from tests.broker.stage import Stage


def served(waits: Waits, gap_s: int, wait_s: int, n: int = 30) -> None:
    """One after another is answered every ``gap_s``, each at place 3 when she came, after ``wait_s``."""
    for i in range(n):
        waits.entered(f"w_{i}", "general", 3)
        waits.answered(f"w_{i}", "general", wait_s * SECOND, (i + 1) * gap_s * SECOND)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, 30),
        (30, 30),
        (31, 60),
        (299, 300),
        (300, 300),
        (301, 360),
        (899, 900),
        (900, 900),
        (901, 1200),
        (1201, 1500),
    ],
)
def test_a_figure_is_rounded_up_as_it_is_spoken(seconds: int, said: int) -> None:
    assert spoken_s(seconds) == said


def test_a_figure_that_was_right_is_said() -> None:
    waits = Waits()
    served(waits, 20, 60)
    assert waits.estimate_s("general", 3) == 60
    assert waits.error_s("general") == 0


def test_a_figure_that_was_wrong_too_often_is_not() -> None:
    waits = Waits()
    served(waits, 20, 60 + 2 * ERROR_S_MAX)
    assert waits.estimate_s("general", 3) is None
    assert waits.error_s("general") == 2 * ERROR_S_MAX


def test_there_is_no_figure_before_there_is_a_past() -> None:
    waits = Waits()
    served(waits, 20, 60, SAMPLES_MIN - 1)
    assert waits.estimate_s("general", 1) is None
    assert waits.estimate_s("tax", 1) is None


def heard(stage: Stage) -> Hub:
    hub = Hub(stage.policy)
    stage.gate.listen(hub.committed)
    return hub


def test_whoever_waits_can_be_told_her_place() -> None:
    s = Stage()
    hub = heard(s)
    first = Caller(s, "+821000000001").queues()
    s.wait(1)
    second = Caller(s, "+821000000002").queues()
    assert [hub.standing(x.item.id).position for x in (first, second)] == [1, 2]  # type: ignore[union-attr]
    standing = hub.standing(first.item.id)
    assert standing is not None
    assert (standing.queue, standing.estimate_s, standing.error_s) == ("general", None, None)
    first.taken()
    assert hub.standing(first.item.id) is None
    assert hub.standing(second.item.id).position == 1  # type: ignore[union-attr]


def test_a_callback_keeps_its_place_before_who_came_later_and_is_no_sample_of_waiting() -> None:
    s = Stage()
    hub = heard(s)
    first = Caller(s, "+821000000001").queues()
    s.wait(5)
    second = Caller(s, "+821000000002").queues()
    first.asks_back()
    assert [hub.standing(x.item.id).position for x in (first, second)] == [1, 2]  # type: ignore[union-attr]
    for n in range(20):  # a past, so that guesses are made
        hub.waits.answered(f"w_{n}", "general", 10 * SECOND, n * 20 * SECOND)
    before = len(hub.waits._guesses)
    Caller(s, "+821000000003").asks_back()
    assert len(hub.waits._guesses) == before


def test_a_queue_is_full_when_so_many_wait_as_may() -> None:
    policy = Policy()
    short = replace(policy.queues["general"], queue_len_max=2)
    s = Stage(policy=replace(policy, queues={**policy.queues, "general": short}))
    hub = heard(s)
    assert not hub.full("general")
    callers = [Caller(s, f"+82100000000{n}").queues() for n in range(2)]
    assert hub.full("general")
    assert not hub.full("tax"), "no limit"
    assert not hub.full("nowhere")
    s.do(c.PROVIDER, c.LegFact(callers[0].session, callers[0].leg, "ended", cause="citizen_left"), "")
    s.wait(61)
    assert not hub.full("general")
