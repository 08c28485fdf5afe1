"""What a simulated day and a match cost, beside plain baselines on the same data; registered by dasan/bench.

:func:`match` and :func:`day` give dicts (name, value, unit, baseline, baseline_value, ratio, target, met). CPU time
counts in memory, so that a busy machine measures the same; on SQLite the wall counts, because it waits for the disk.
"""

from __future__ import annotations

import gc
import heapq
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from dasan.core import board as boards
from dasan.core import counselor as counselors
from dasan.core.counselor import Counselor, Slot
from dasan.core.policy import CHAT, POOL_TEXT, Policy
from dasan.core.routing import Plan, Waiting, order, passed_over, preference, rarity, scarcest
from dasan.core.time import SECOND
from dasan.core.workitem import QUEUED, WorkItem
from dasan.sim import surge as surges
from dasan.sim.run import opened, quiet_memory
from dasan.sim.scenario import MIDNIGHT_US, TOPICS, Habits, Scenario, next_arrival, skills_of
from dasan.sim.world import World

NOW_US = MIDNIGHT_US + 10 * 3600 * SECOND
Result = dict[str, Any]


def _result(name: str, value: float, unit: str, baseline: str, base: float, target: float, *, least: bool) -> Result:
    """``least``: the target is a most, so less is better."""
    met = value <= target if least else value >= target
    ratio = value / base if base else None
    return {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "baseline": baseline,
        "baseline_value": round(base, 4),
        "ratio": None if ratio is None else round(ratio, 2),
        "target": target,
        "met": met,
    }


# -- a simulated day


def day() -> list[Result]:
    """A day of 43,000 contacts with invariants on, in memory and on SQLite."""
    return [*one_day("memory"), *one_day("sqlite")]


def one_day(store: str, scale: float = 1.0, seed: int = 120) -> list[Result]:
    """On one store; ``scale`` lives a part of the contacts with a part of the crew, against a part of the target.

    One page in five marks what it shows, as on the day that the target was set for; ``dasan simulate`` has all of them.
    """
    habits, crew = Habits(marks=0.2), max(8, round(120 * scale))
    scenario = Scenario(seed=seed, per_day=round(43_000 * scale), counselors=crew, habits=habits)
    with opened(store) as kept:
        world = World(scenario, kept)
        wall, cpu = time.perf_counter(), time.process_time()
        with quiet_memory():
            world.run()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    value, target = (cpu, 60.0) if store == "memory" else (wall, 300.0)
    base = bare_heap(world.commands, seed)
    name = f"simulated day, {world.arrived:,} contacts, {store}"
    return [_result(name, value, "s", "bare event heap", base, target * scale, least=True)]


def calls(scale: float = 1.0, seed: int = 120) -> list[Result]:
    """A day of 43,000 calls through the real menu, invariants on; and the surge. CPU seconds, in memory."""
    crew = max(8, round(150 * scale))
    scenario = Scenario(seed=seed, per_day=round(43_000 * scale), counselors=crew, calls=1.0)
    world, cpu = _lived(scenario)
    base = bare_heap(world.commands, seed)
    name = f"simulated day of {world.arrived:,} calls, memory"
    return [_result(name, cpu, "s", "bare event heap", base, 120.0 * scale, least=True), surge(seed)]


def surge(seed: int = 120) -> Result:
    """Eight calls a second for ten virtual minutes and lines of at most 400: the menu meets everybody, and whoever
    meets a limit hears it (surge.py); CPU seconds. Raises AssertionError for somebody who was not told."""
    with opened("memory") as kept:
        world, ears = surges.world(kept, surges.scenario(seed), 400)
        cpu = time.process_time()
        with quiet_memory():
            world.run()
            cpu = time.process_time() - cpu
    assert not ears.wrong, ears.wrong[:5]
    base = bare_heap(world.commands, seed)
    name = f"surge, {world.arrived:,} calls in ten minutes, {ears.counts['full']:,} limits said"
    return _result(name, cpu, "s", "bare event heap", base, 600.0, least=True)


def _lived(scenario: Scenario) -> tuple[World, float]:
    with opened("memory") as kept:
        world = World(scenario, kept)
        cpu = time.process_time()
        with quiet_memory():
            world.run()
            return world, time.process_time() - cpu


def bare_heap(events: int, seed: int) -> float:
    """CPU seconds of a heap that only schedules as many events: what any simulator pays before it does anything."""
    luck, scenario = Random(seed), Scenario(seed=seed)
    began = time.process_time()
    agenda: list[tuple[int, int, str]] = []
    at = scenario.start_us
    for n in range(events // 10):
        at = next_arrival(scenario, at, luck)
        heapq.heappush(agenda, (at, n, "arrive"))
    done = 0
    while agenda and done < events:
        at, n, _ = heapq.heappop(agenda)
        done += 1
        if done + len(agenda) < events:
            heapq.heappush(agenda, (at + luck.randrange(60 * SECOND), n, "next"))
    return time.process_time() - began


# -- match


def crowd(queued: int, crew: int, busy: bool, seed: int = 120) -> tuple[list[Waiting], list[Counselor]]:
    """A long line over all queues and steps in front of a crew; ``busy``: everybody holds three chats already."""
    luck, policy = Random(seed), Policy()
    line = []
    for n in range(queued):
        queue = policy.queues[luck.choices(list(TOPICS), list(TOPICS.values()))[0]]
        at_us = NOW_US - luck.randrange(1800 * SECOND)
        step = luck.randrange(len(queue.steps))
        item = WorkItem(f"w_{n:05d}", queue.code, CHAT, QUEUED, rank_at_us=at_us, steps=queue.steps, step=step)
        line.append(Waiting(f"s_{n:05d}", replace(item, enqueued_at_us=at_us)))
    cost = policy.cost(CHAT)
    slots = tuple(Slot(f"w_x{n}", "s_x", "", CHAT, POOL_TEXT, cost.units, counselors.ACTIVE) for n in range(3))
    people = [
        Counselor(
            f"k_{n:04d}",
            n,
            skills_of(n, luck),
            lease=counselors.LIVE,
            presence=counselors.AVAILABLE,
            epoch=1,
            slots=slots if busy else (),
            idle_since_us=NOW_US - luck.randrange(600 * SECOND),
        )
        for n in range(crew)
    ]
    return line, people


def plain_scan(waiting: Sequence[Waiting], crew: Sequence[Counselor], policy: Policy, now_us: int) -> list[Plan]:
    """The same plan by looking at every counselor for every item in order: the baseline, and the tests' oracle."""
    here = {k.id: k for k in crew if k.lease == counselors.LIVE and k.presence == counselors.AVAILABLE}
    have = rarity(here.values())
    free = {who: k for who, k in here.items() if counselors.has_room(k, CHAT, policy.cost(CHAT), policy)}
    plans = []
    for w in sorted(waiting, key=lambda w: order(w.item)):
        item = w.item
        if item.state != QUEUED or item.parked:
            continue
        able = [k for k in free.values() if not passed_over(item, k, policy, now_us)]
        if not able:
            continue
        cost, wanted = policy.cost(item.channel), scarcest(item.needs.needs, have)
        best = min(able, key=lambda k: (k.id != item.sticky, preference(k, wanted, k.units(cost.pool))))
        plans.append(Plan(w.session, item.id, best.id))
        slot = Slot(item.id, w.session, "planned", item.channel, cost.pool, cost.units)
        free[best.id] = replace(best, slots=(*best.slots, slot))
    return plans


def match() -> list[Result]:
    """A steady tick and a cold start."""
    return [*match_steady(), *match_cold()]


def match_cold(queued: int = 5000, crew: int = 1000) -> list[Result]:
    """Everybody free, everything queued, no picture yet: milliseconds for all the plans, the median of five."""
    policy = Policy()
    line, people = crowd(queued, crew, busy=False)
    taken = [_clocked(lambda: boards.match(line, people, policy, NOW_US, most=queued)) for _ in range(5)]
    part = line[:: max(1, queued // 100)]
    base = _clocked(lambda: plain_scan(part, people, policy, NOW_US)) * len(line) / len(part)
    name = f"match, cold, {queued:,} queued x {crew:,} counselors"
    return [_result(name, statistics.median(taken), "ms", "plain scan (from 1 %)", base, 100.0, least=True)]


def match_steady(queued: int = 5000, crew: int = 1000, ticks: int = 1000) -> list[Result]:
    """A full house: one chat ends, one item arrives, plan. Milliseconds of a tick, p99."""
    policy = Policy()
    line, people = crowd(queued, crew, busy=True)
    board = boards.Board(policy)
    for k in people:
        board.counselor(k)
    for w in line:
        board.put(w.session, w.item)
    board.plan(NOW_US, 200)
    luck, taken = Random(7), []
    for n in range(ticks):
        k = people[luck.randrange(crew)]
        came = Waiting(f"s_n{n:05d}", replace(line[n % queued].item, id=f"w_n{n:05d}", rank_at_us=NOW_US + n))
        freed = replace(k, slots=k.slots[:2], idle_since_us=NOW_US + n)
        taken.append(_clocked(lambda k=freed, w=came: _tick(board, k, w)))  # type: ignore[misc]
        board.counselor(k)  # what her accepted offer makes of her
    one = [replace(people[0], slots=people[0].slots[:2]), *people[1:]]
    base = statistics.median(_clocked(lambda: plain_scan(line, one, policy, NOW_US)) for _ in range(5))
    p99 = sorted(taken)[int(len(taken) * 0.99)]
    name = f"match, steady tick p99, {queued:,} queued x {crew:,} counselors"
    return [_result(name, p99, "ms", "plain scan, median", base, 5.0, least=True)]


def _tick(board: boards.Board, freed: Counselor, came: Waiting) -> None:
    board.counselor(freed)
    board.put(came.session, came.item)
    for plan in board.plan(NOW_US, 200):
        board.drop(plan.session)


def _clocked(what: Callable[[], Any]) -> float:
    """CPU milliseconds, without the collector's pauses."""
    gc.collect()
    gc.disable()
    began = time.process_time()
    what()
    took = time.process_time() - began
    gc.enable()
    return took * 1e3
