"""Events of earlier releases are read for ever: by (type, version), brought up by upcasters, never edited in place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dasan.core import events, fold
from dasan.core.errors import ConfigWrong
from dasan.core.events import UPCASTERS, Event, Recorded, decode, event, event_types
from dasan.ports import Decision, Head
from dasan.store import admin
from dasan.store.memory import MemoryStore
from dasan.store.opening import open_store
from dasan.store.sealing import Keyring
from tests.contract.conftest import opened
from tests.contract.world import MASTER, NOON, STATES, Scribe
from tests.contract.world import evolve as plain_evolve

JOURNAL = Path(__file__).resolve().parents[1] / "data" / "journal-0.1.0.jsonl"
NAME = "test.measured"


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Become the program of a release: it knows ``test.measured`` at that version, with the upcasters up to it."""

    @event(NAME, 1)
    class First(Event):
        metres: int

    del events._REGISTRY[NAME]

    @event(NAME, 3)
    class Third(Event):
        millimetres: int
        by: str

    del events._REGISTRY[NAME]
    monkeypatch.setitem(UPCASTERS, (NAME, 1), lambda data: {"millimetres": data["metres"] * 1000})
    monkeypatch.setitem(UPCASTERS, (NAME, 2), lambda data: {**data, "by": "unknown"})

    def become(version: int) -> type[Any]:
        chosen: type[Any] = {1: First, 3: Third}[version]
        monkeypatch.setitem(events._REGISTRY, NAME, chosen)
        return chosen

    yield become
    events._REGISTRY.pop(NAME, None)


def evolve(state: Any, recorded: Recorded) -> Any:
    """The tests' machine, and the newest shape of the measured event alone: no fold ever sees an older one."""
    if recorded.event.type == NAME and recorded.event.version == 3:
        return replace(state, entries=state.entries + recorded.event.millimetres)  # type: ignore[attr-defined]
    return plain_evolve(state, recorded)


def ours(url: str) -> Any:
    return open_store(url, Keyring(MASTER), STATES, evolve)


def write(store: Any, made: Event, scribe: Scribe) -> None:
    with store.unit() as unit:
        unit.record(scribe.decide(unit, {"s_1": [made]}, request=repr(made)))
        unit.commit()


def test_an_older_event_is_brought_up_step_by_step_and_new_ones_are_written_in_the_new_shape(
    url: str, scribe: Scribe, release: Any
) -> None:
    first = release(1)
    store = opened(url)
    scribe.open(store, "s_1")
    write(store, first(7), scribe)
    store.close()
    before = admin.journal_hash(url)

    third = release(3)
    store = ours(url)
    assert [r.event for r in store.reads.events("s_1")][1:] == [third(7000, "unknown")]
    assert store.reads.load("s_1").state.entries == 7000
    write(store, third(5, "kim"), Scribe(NOON + 60, evolve))
    assert store.reads.load("s_1").state.entries == 7005
    stored = store.backend.reader()
    rows = stored.rows("SELECT version, data FROM journal WHERE type = ? ORDER BY seq", (NAME,))
    stored.close()
    # what was written is never edited
    assert [(version, json.loads(data)) for version, data in rows] == [
        (1, {"metres": 7}), (3, {"millimetres": 5, "by": "kim"}),
    ]
    store.close()
    assert admin.journal_hash(url)[0] == before[0] + 1
    assert admin.verify(url, STATES, evolve) == []


def test_an_older_program_refuses_a_journal_that_a_newer_one_went_on_with(
    url: str, scribe: Scribe, release: Any
) -> None:
    first = release(1)
    store = opened(url)
    scribe.open(store, "s_1")
    write(store, first(7), scribe)
    store.close()
    third = release(3)
    ours(url).close()  # the newer one was there and wrote nothing new: the older one may come back
    release(1)
    opened(url).close()
    release(3)
    store = ours(url)
    write(store, third(5, "kim"), Scribe(NOON + 60, evolve))
    store.close()
    release(1)
    with pytest.raises(ConfigWrong) as wrong:
        opened(url)
    (problem,) = wrong.value.problems
    for sentence in (problem.message_ko, problem.message_en):
        assert f"{NAME}/3" in sentence
        assert "dasan db restore" in sentence


def replayed() -> Iterator[tuple[Recorded, ...]]:
    """The journal of release 0.1.0, a command at a time."""
    batch: list[Recorded] = []
    for line in JOURNAL.read_text("utf-8").splitlines():
        stream, seq, name, version, at_us, actor, cause, data = json.loads(line)
        made = Recorded(stream, seq, at_us, actor, cause, decode(name, version, data))
        if batch and (made.actor, made.cause, made.at_us) != (batch[0].actor, batch[0].cause, batch[0].at_us):
            yield tuple(batch)
            batch = []
        batch.append(made)
    yield tuple(batch)


def record(store: Any, batch: tuple[Recorded, ...], number: int) -> None:
    states: dict[str, Any] = {}
    decision = Decision("replay", f"r{number}", "f" * 64, batch[0].at_us, reply={})
    with store.unit() as unit:
        for one in batch:
            held = unit.load(one.stream) if one.stream not in states else None
            states[one.stream] = fold.evolve(states.get(one.stream) or (held and held.state), one)
            decision.events.append(one)
            decision.heads[one.stream] = Head(one.stream, states[one.stream], one.seq, None, True, {})
        unit.record(decision)
        unit.commit()


def test_the_journal_of_release_0_1_0_is_kept_and_folded_alike_by_the_disk_and_the_twin(url: str) -> None:
    stores: Mapping[str, Any] = {
        "disk": open_store(url, Keyring(MASTER), fold.STATES, fold.evolve), "twin": MemoryStore()
    }
    for store in stores.values():
        for number, batch in enumerate(replayed()):
            record(store, batch, number)
    stores["disk"].close()
    assert admin.verify(url) == []
    assert admin.journal_hash(url)[1] == stores["twin"].journal_hash()
    again = open_store(url, Keyring(MASTER), fold.STATES, fold.evolve)
    for stream in {one.stream for batch in replayed() for one in batch}:
        assert again.reads.load(stream) == stores["twin"].reads.load(stream), stream
    again.close()


def test_every_version_below_the_present_one_has_its_upcaster() -> None:
    wanted = {(name, v) for name, cls in event_types().items() for v in range(1, cls.version)}
    assert wanted == set(UPCASTERS)
