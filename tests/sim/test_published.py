"""What is published is held against the log, and a wrong figure anywhere is caught (I23)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dasan.core.time import MINUTE
from dasan.hub.index import Index
from dasan.hub.ledger import Ledger
from dasan.hub.level import ServiceLevel
from dasan.hub.waits import Waits
from dasan.server import metrics
from dasan.server.metrics import HELP
from dasan.sim.promises import Violation
from dasan.sim.published import OF_THE_MACHINE, Published
from dasan.sim.scenario import Habits, Scenario
from dasan.sim.world import World
from dasan.store.memory import MemoryStore

BUSY = Scenario(
    seed=7,
    hours=0.3,
    start_hour=10,
    counselors=8,
    per_day=8_000,
    faults="many",
    sweep_us=2 * MINUTE,
    habits=Habits(patience_s=60, ignores=0.3),  # talks begin slowly, and people leave while they begin
)


def lived(**more: Any) -> World:
    world = World(replace(BUSY, **more), MemoryStore())
    world.run()
    return world


def test_every_published_figure_is_compared_or_is_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: set[str] = set()
    page = Published._page

    def noted(self: Published) -> Any:
        found = page(self)
        compared.update(name for name, _ in found)
        return found

    monkeypatch.setattr(Published, "_page", noted)
    world = lived(hours=0.5, faults="none", habits=Habits())
    assert compared == HELP.keys() - OF_THE_MACHINE
    assert world.checker.checked["I23"] > 20


def _late(real: Callable[..., Any]) -> Callable[..., Any]:
    """Nobody who left while her talk was about to begin."""
    return lambda self, recorded, item: None if recorded.event.type == "work.wrapping" else real(self, recorded, item)


SPOILED: dict[str, tuple[Any, str, Callable[[Any], Any]]] = {
    "a level without those who left before the talk": (ServiceLevel, "take", _late),
    "a level that starts from nothing": (ServiceLevel, "replay", lambda real: lambda self, events: None),
    "waits of the wrong queue": (Waits, "answered", lambda real: lambda s, i, q, w, at: real(s, i, "tax", w, at)),
    "places counted from zero": (Index, "position", lambda real: lambda s, i: (real(s, i) or 1) - 1 or None),
    "waiting without those in an offer": (Index, "waiting", lambda real: lambda s, q: max(0, real(s, q) - 1)),
    "the longest wait of the last": (Index, "waiting_since", lambda real: lambda s: dict.fromkeys(real(s), 1)),
    "a line counted twice": (Ledger, "take", lambda real: lambda s, events: (real(s, events), _double(s))[0]),
    "a page of another hour": (metrics.Figures, "_service", lambda real: lambda s: list(real(s))[:-1]),
}


def _double(ledger: Ledger) -> None:
    ledger.doubled += 1


@pytest.mark.parametrize("fault", SPOILED)
def test_a_wrong_figure_is_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, spoil = SPOILED[fault]
    monkeypatch.setattr(owner, name, spoil(getattr(owner, name)))
    with pytest.raises(Violation) as caught:
        lived()
    assert caught.value.name == "I23"
