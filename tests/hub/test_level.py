"""The promise over the last hour (DOMAIN §8, primary formula), and waits that are said only when they are honest."""

from __future__ import annotations

import random

from dasan.core.events import Recorded
from dasan.core.policy import Policy
from dasan.core.time import HOUR, MINUTE, SECOND
from dasan.core.work_events import WorkAbandoned, WorkActive, WorkCreated, WorkRouted, WorkTakenOver, WorkWrapping
from dasan.core.workitem import WorkItem
from dasan.hub.level import Level, ServiceLevel
from dasan.hub.waits import SAMPLES_MIN, Waits

START = 1_790_000_000 * SECOND
TARGET_S = Policy().queues["general"].answer_target_s


def answered(level: ServiceLevel, wait_s: float, at_us: int = START) -> None:
    item = WorkItem("w_1", "general", "chat", enqueued_at_us=at_us - round(wait_s * SECOND), active_at_us=at_us)
    level.take(Recorded("s_1", 1, at_us, "a", "", WorkActive("w_1")), item)


def abandoned(level: ServiceLevel, wait_s: float, at_us: int = START) -> None:
    item = WorkItem("w_1", "general", "chat", enqueued_at_us=at_us - round(wait_s * SECOND))
    level.take(Recorded("s_1", 1, at_us, "a", "", WorkAbandoned("w_1")), item)


def test_nothing_to_measure_is_not_a_hundred_percent():
    assert ServiceLevel(Policy()).now(START).percent is None


def test_the_primary_formula_leaves_short_abandons_out():
    level = ServiceLevel(Policy())
    answered(level, TARGET_S)
    answered(level, TARGET_S + 1)
    abandoned(level, 60)
    abandoned(level, 4)
    now = level.now(START)
    assert (now.within, now.answered, now.abandoned, now.short) == (1, 2, 2, 1)
    assert now.percent == 33  # 1 / (2 + 2 - 1), not rounded up


def test_only_the_last_hour_counts():
    level = ServiceLevel(Policy())
    answered(level, 1, START)
    answered(level, 999, START + 30 * MINUTE)
    assert level.now(START + 30 * MINUTE).percent == 50
    assert level.now(START + HOUR + MINUTE).percent == 0
    assert level.now(START + 2 * HOUR).percent is None


def test_an_item_counts_as_answered_once():
    level = ServiceLevel(Policy())
    answered(level, 1)
    again = WorkItem("w_1", "general", "chat", enqueued_at_us=START - SECOND, active_at_us=START)
    level.take(Recorded("s_1", 9, START + MINUTE, "a", "", WorkActive("w_1")), again)
    assert level.now(START + MINUTE).answered == 1


def test_the_level_after_a_restart_is_the_level_that_was():
    level, replayed = ServiceLevel(Policy()), ServiceLevel(Policy())
    events = []
    for n, wait_s in enumerate((1, TARGET_S, TARGET_S + 5, 200)):
        name, at = f"w_{n}", START + n * MINUTE
        item = WorkItem(name, "general", "chat", enqueued_at_us=at, active_at_us=at + wait_s * SECOND)
        events.append(Recorded("s", 1, at, "a", "", WorkCreated(name, "general", "chat")))
        events.append(Recorded("s", 2, at, "a", "", WorkRouted(name, at, at, (), 0)))
        events.append(Recorded("s", 3, item.active_at_us, "a", "", WorkActive(name)))
        level.take(events[-1], item)
    replayed.replay(sorted(events, key=lambda r: r.at_us))
    assert replayed.now(START + 10 * MINUTE) == level.now(START + 10 * MINUTE)


def steady(waits: Waits, gap_s: float, times: int, *, error_s: float = 0.0) -> None:
    """Answers every ``gap_s``; who enters at place 3 is answered after three gaps and ``error_s``."""
    for n in range(times):
        at = START + round(n * gap_s * SECOND)
        waits.entered(f"w_{n}", "general", 3)
        waits.answered(f"w_{n}", "general", round((3 * gap_s + error_s) * SECOND), at)


def test_no_figure_before_there_was_anything_to_compare_with():
    waits = Waits()
    assert waits.estimate_s("general", 1) is None
    steady(waits, 10, SAMPLES_MIN // 2)
    assert waits.estimate_s("general", 1) is None


def test_a_steady_queue_has_an_honest_figure():
    waits = Waits()
    steady(waits, 10, 40)
    assert waits.estimate_s("general", 3) == 30
    assert waits.error_s("general") == 0


def test_a_queue_whose_estimates_were_wrong_has_none():
    waits = Waits()
    steady(waits, 10, 40, error_s=500)
    assert waits.estimate_s("general", 3) is None
    assert waits.error_s("general") == 500


def test_memory_does_not_grow_with_those_who_left():
    waits = Waits()
    steady(waits, 10, 20)
    order = random.Random(7)
    for n in range(5_000):
        waits.entered(f"x_{n}", "general", order.randrange(1, 9))
        waits.left(f"x_{n}")
    assert waits._guesses == {}


def test_who_leaves_while_the_talk_is_about_to_begin_has_abandoned_and_a_released_talk_has_not() -> None:
    level = ServiceLevel(Policy())
    item = WorkItem("w_1", "general", "chat", enqueued_at_us=START - 20 * SECOND)
    level.take(Recorded("s_1", 1, START, "a", "", WorkWrapping("w_1", "citizen_left", 0)), item)
    assert level.now(START).abandoned == 1
    talked = WorkItem("w_2", "general", "chat", enqueued_at_us=START - 20 * SECOND, active_at_us=START - SECOND)
    level.take(Recorded("s_1", 2, START, "a", "", WorkWrapping("w_2", "citizen_left", 0)), talked)
    level.take(Recorded("s_1", 3, START, "a", "", WorkWrapping("w_1", "released", 0)), item)
    assert (level.now(START).abandoned, level.now(START).answered) == (1, 0)


def test_an_item_that_a_supervisor_takes_over_before_the_talk_began_is_answered_by_her() -> None:
    level, replayed = ServiceLevel(Policy()), ServiceLevel(Policy())
    item = WorkItem("w_1", "general", "chat", enqueued_at_us=START - 9 * SECOND, active_at_us=START)
    taken = Recorded("s_1", 3, START, "a", "", WorkTakenOver("w_1", "k_boss"))
    level.take(taken, item)
    replayed.replay(
        [
            Recorded("s_1", 1, START - 9 * SECOND, "a", "", WorkCreated("w_1", "general", "chat")),
            Recorded("s_1", 2, START - 9 * SECOND, "a", "", WorkRouted("w_1", START - 9 * SECOND, START, (), 0)),
            taken,
        ]
    )
    assert level.now(START) == replayed.now(START) == Level(1, 1, 0, 0)
