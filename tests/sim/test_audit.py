"""The audit of a journal: what the centre wrote holds, and what it could not have written does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from dasan.core.events import Recorded
from dasan.core.policy import Policy
from dasan.sim.audit import audit
from dasan.sim.scenario import Scenario
from dasan.sim.walk import Walk
from dasan.sim.world import World
from dasan.store.memory import MemoryStore


@pytest.fixture(scope="module")
def lived() -> World:
    scenario = Scenario(seed=7, hours=0.2, start_hour=10, counselors=12, per_day=6_000, faults="many")
    world = World(scenario, MemoryStore())
    world.run()
    return world


@pytest.fixture(scope="module")
def journal(lived: World) -> list[Recorded]:
    return [recorded for _, recorded in lived.store.reads.journal()]


def test_a_journal_of_the_centre_is_found_good_and_nearly_every_check_was_needed(
    lived: World, journal: list[Recorded]
) -> None:
    found = audit(journal, lived.policy)
    assert found.wrong == []
    looked_at = {name for name, count in found.checked.items() if count}
    assert looked_at >= {f"I{n}" for n in (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 18, 20, 22, 24, 25)}


def test_an_empty_journal_is_good() -> None:
    assert audit([], Policy()).wrong == []


def first(journal: Sequence[Recorded], kind: str) -> int:
    return next(n for n, recorded in enumerate(journal) if recorded.event.type == kind)


def without(kind: str) -> Callable[[list[Recorded]], list[Recorded]]:
    def tamper(journal: list[Recorded]) -> list[Recorded]:
        at = first(journal, kind)
        return journal[:at] + journal[at + 1 :]

    return tamper


def with_a_worse_place(journal: list[Recorded]) -> list[Recorded]:
    at = first(journal, "work.routed")
    event = replace(journal[at].event, rank_at_us=journal[at].event.enqueued_at_us + 1)  # type: ignore[attr-defined]
    return [*journal[:at], replace(journal[at], event=event), *journal[at + 1 :]]


def names(found: Walk) -> set[str]:
    return {name for name, _, _ in found.wrong}


@pytest.mark.parametrize(
    ("tamper", "broken"),
    [
        (without("leg.added"), "I19"),
        (without("offer.accepted"), "I2"),
        (without("slot.freed"), "I4"),
        (with_a_worse_place, "I9"),
    ],
)
def test_a_journal_that_was_tampered_with_is_told_by_the_invariant_that_it_breaks(
    lived: World, journal: list[Recorded], tamper: Callable[[list[Recorded]], list[Recorded]], broken: str
) -> None:
    assert broken in names(audit(tamper(journal), lived.policy))
