"""Eight calls a second: the menu meets everybody, whoever meets a limit hears it, nobody is dropped, order is kept."""

from __future__ import annotations

import pytest

from dasan.core.workitem import WRAPPING
from dasan.sim import surge
from dasan.sim.surge import Ears
from dasan.sim.world import World
from dasan.store.memory import MemoryStore


def lived(minutes: float, counselors: int, longest: int, seed: int = 120) -> tuple[World, Ears]:
    world, ears = surge.world(MemoryStore(), surge.scenario(seed, minutes, counselors), longest)
    world.run()  # every invariant is looked at on the way, the order of the line (I8, I9) among them
    return world, ears


@pytest.fixture(scope="module")
def surged() -> tuple[World, Ears]:
    return lived(1.0, counselors=5, longest=40)


def test_the_menu_answers_everybody_and_whoever_meets_a_limit_hears_it(surged: tuple[World, Ears]) -> None:
    world, ears = surged
    assert world.arrived > 400
    assert ears.counts["greeted"] >= world.arrived
    assert ears.counts["full"] > 100
    assert ears.counts["waited"] > 5
    assert ears.wrong == []


def test_nobody_is_left_over_and_every_call_has_an_end_with_a_reason(surged: tuple[World, Ears]) -> None:
    world, _ = surged
    sessions = [stream for stream in world.checker.touched if stream.startswith("s_")]
    assert len(sessions) >= 400
    for s in map(world.state, sessions):
        waits_for_us = not s.closed_at_us and s.callback is not None and s.callback.open
        assert s.close_reason or waits_for_us or s.items[-1].state == WRAPPING, s.id


def test_who_came_first_is_offered_first(surged: tuple[World, Ears]) -> None:
    """Whoever is offered was the first of those who waited then: said once more here, from the journal alone."""
    world, _ = surged
    waiting: dict[str, int] = {}
    offered = 0
    for _, recorded in world.store.reads.journal():
        e = recorded.event
        item = getattr(e, "item", "")
        if e.type == "work.routed":
            made = world.state(recorded.stream).item(item)
            if made.channel == "voice" and not (made.consult_of or made.previous):  # theirs is not everybody's line
                waiting[item] = e.rank_at_us
        elif e.type == "work.offered" and item in waiting:
            ahead = [other for other, rank in waiting.items() if (rank, other) < (waiting[item], item)]
            assert not ahead, (item, ahead[:3])
            offered += 1
            del waiting[item]
        elif e.type in {"work.abandoned", "work.converted", "work.parked", "work.aborted", "work.moved"}:
            waiting.pop(item, None)
    assert offered > 50


def test_a_menu_that_lets_people_wait_unsaid_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof of the proof: the sentence is taken out of what is rendered."""
    real = surge._words
    monkeypatch.setattr(surge, "_words", lambda said: real(said).replace(surge.TOLD, ""))
    _, ears = lived(0.3, counselors=4, longest=10)
    assert {what.partition(":")[0] for _, what in ears.wrong} >= {"full"}
