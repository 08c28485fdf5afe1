"""Simulated waits against the Erlang C and A figures of DOMAIN §8, within what chance allows.

One skill, one chat at a time, Poisson arrivals, exponential talks, no wrap-up, nobody hesitates. The broker's own hops
take two or three instants of the grid, which is why the grid is fine here and their span is taken off the waits.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean

import pytest

from dasan.core.policy import CHAT, ChannelCost, Policy, Queue, RoutingStep, Timing
from dasan.core.time import SECOND
from dasan.sim.scenario import Habits, Scenario
from dasan.sim.world import World
from dasan.store.memory import MemoryStore

GRID_US = SECOND // 10
HABITS = Habits(
    fixed_service_s=180.0,
    **dict.fromkeys(("accept_s", "wrap_up_s", "declines", "ignores", "marks", "tickets", "transfers", "silent"), 0),
    wrap_forgotten=0,
    breaks=False,
    rates=0,
)
QUEUES = {"general": Queue("general", "일반", "General", (RoutingStep(),), waiting_max_s=36_000)}


def waits(counselors: int, patience_s: float, seed: int, hours: float) -> tuple[list[float], float]:
    """Seconds in the queue of those who were answered, after the first hour; and the share of those who left."""
    silent = Timing(first_reply_s=10**6, idle_warning_s=10**6)  # these counselors only listen
    policy = replace(Policy(queues=QUEUES, timing=silent), channels={CHAT: ChannelCost("text", 100, 1)})
    scenario = Scenario(
        seed=seed,
        hours=hours,
        counselors=counselors,
        per_day=4_800,
        faults="none",
        grid_us=GRID_US,
        habits=replace(HABITS, patience_s=patience_s),
        flat=True,
    )
    world = World(scenario, MemoryStore(), policy)
    world.run()
    steady = scenario.start_us + 3600 * SECOND
    items = [i for i in world.checker.log.items.values() if i.enqueued_us > steady]
    answered = [i.spent["queue"] / SECOND for i in items if i.active_us]
    return answered, 1 - len(answered) / len(items)


def test_a_well_staffed_line_waits_as_erlang_c_says() -> None:
    """100 calls in 30 min of 180 s each, 14 counselors: P(wait) 0.174, mean wait 7.84 s."""
    runs = [waits(14, 10**9, seed, 9) for seed in range(3)]
    assert all(left == 0 for _, left in runs)
    queued = [wait for answered, _ in runs for wait in answered]
    waited = fmean(wait > 2.5 * GRID_US / SECOND for wait in queued)
    assert waited == pytest.approx(0.174, abs=0.06)
    assert fmean(queued) == pytest.approx(7.84, abs=4.0)


@pytest.mark.parametrize(("counselors", "left", "wait"), [(10, 0.1375, 16.5), (8, 0.258, 31.0)])
def test_an_overloaded_line_loses_whom_erlang_a_says(counselors: int, left: float, wait: float) -> None:
    """The same load on too few, with a patience of 120 s."""
    runs = [waits(counselors, 120.0, seed, 5) for seed in range(2)]
    assert fmean(share for _, share in runs) == pytest.approx(left, abs=0.035)
    # of those who were answered; the table's mean is over everybody, so that it may differ a little
    assert fmean(fmean(answered) for answered, _ in runs) == pytest.approx(wait, rel=0.3)


def test_one_counselor_more_never_makes_a_wait_longer() -> None:
    """I30 in its law-like form: more people, the same seed, and the mean wait does not grow."""
    means = [fmean(waits(n, 10**9, 11, hours=3)[0]) for n in (12, 14, 17)]
    assert means == sorted(means, reverse=True)
