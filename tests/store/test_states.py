"""Snapshots are a convenience: whatever they hold, a state is the fold of its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dasan.store.memory import MemoryStore
from dasan.store.opening import open_store
from dasan.store.rows import shape_of
from dasan.store.sealing import Keyring
from dasan.store.sql_reads import SqlReads
from tests.contract.conftest import opened
from tests.contract.world import MASTER, Item, Scribe, Tally, evolve


def folded(store: Any, stream: str) -> Any:
    state = None
    for recorded in store.reads.events(stream, limit=10_000):
        state = evolve(state, recorded)
    return state


def snapshot_seq(store: Any, stream: str) -> int:
    rows = store.reads._rows("SELECT seq FROM snapshots WHERE stream = ?", stream)
    return int(rows[0][0]) if rows else 0


def test_a_snapshot_is_written_every_32_events(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1")
    seen = set()
    for n in range(70):
        scribe.say(store, "s_1", str(n))
        seen.add(snapshot_seq(store, "s_1"))
    assert seen == {0, 32, 64}
    scribe.close(store, "s_1")
    assert snapshot_seq(store, "s_1") == 64


def test_a_state_that_fell_out_of_the_cache_is_folded_again(url: str, scribe: Scribe) -> None:
    store = opened(url, cached=2)
    for n in range(5):
        scribe.open(store, f"s_{n}", n)
    for turn in range(40):
        for n in range(5):
            scribe.say(store, f"s_{n}", str(turn))
    assert len(store.cache) == 2
    for n in range(5):
        with store.unit() as unit:
            assert unit.load(f"s_{n}").state == folded(store, f"s_{n}") == Tally(n, 40)
    store.close()


@dataclass(frozen=True, slots=True)
class WiderTally(Tally):
    """The same machine one release later."""

    letters: int = 0
    more: Mapping[str, Item] = field(default_factory=dict)


def test_a_snapshot_of_another_shape_is_not_believed_and_the_journal_is_folded(url: str, scribe: Scribe) -> None:
    store = opened(url)
    scribe.open(store, "s_1", 7)
    for n in range(40):
        scribe.say(store, "s_1", str(n))
    store.close()
    folds: list[int] = []

    def counting(state: Any, recorded: Any) -> Any:
        folds.append(recorded.seq)
        return evolve(state, recorded)

    later = open_store(url, Keyring(MASTER), {"s": WiderTally}, counting)
    with later.unit() as unit:
        assert unit.load("s_1").state.entries == 40
    assert folds == list(range(1, 42))
    folds.clear()
    assert next(iter(later.reads.open_heads("s"))).state.entries == 40
    assert folds == list(range(1, 42))
    later.close()
    same = open_store(url, Keyring(MASTER), {"s": Tally}, counting)
    folds.clear()
    assert same.reads.load("s_1").state.entries == 40
    assert folds == list(range(33, 42))  # only what came after the snapshot
    same.close()


def test_a_state_in_memory_is_the_one_on_disk(url: str, scribe: Scribe) -> None:
    """Reads beside the writer may answer from its cache; a reader of its own sees the same in the file."""
    store = opened(url)
    scribe.open(store, "s_1", 7)
    for n in range(40):
        scribe.say(store, "s_1", str(n))
        apart = SqlReads(store.backend, store.folding, store.keys)
        assert apart.head("s_1") == store.reads.head("s_1")
        assert apart.load("s_1") == store.reads.load("s_1")
    with store.unit() as unit:
        unit.record(scribe.saying(unit, "s_1", "쓰지 않을 글"))
        assert store.reads.load("s_1").seq == 41, "what is not committed is not read"
    store.close()


def test_a_shape_changes_with_any_field_anywhere() -> None:
    assert shape_of(Tally) != shape_of(WiderTally)
    assert shape_of(Tally) == shape_of(Tally)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["open", "say", "say", "say", "close", "leave", "commit", "restart"]), st.integers(0, 3)
    ),
    max_size=40,
)


@given(STEPS)
def test_whatever_happens_the_twin_and_the_disk_hold_the_same(steps: list[tuple[str, int]]) -> None:
    """The same decisions in the same batches, given up or committed, with restarts: the same journal and states."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'dasan.db'}"
        stores: list[Any] = [MemoryStore(), opened(url, cached=2)]
        for one, (store, scribe) in enumerate((stores[n], Scribe()) for n in (0, 1)):
            stores[one] = play(store, scribe, steps, url)
        twin, disk = stores
        apart = SqlReads(disk.backend, disk.folding, disk.keys)  # the file itself, not the writer's memory of it
        assert list(twin.reads.journal()) == list(apart.journal())
        assert list(twin.reads.open_heads("s")) == list(apart.open_heads("s"))
        for n in range(4):
            assert twin.reads.load(f"s_{n}") == apart.load(f"s_{n}")
            assert twin.reads.entries(f"s_{n}") == apart.entries(f"s_{n}")
            assert twin.reads.line(f"s_{n}") == apart.line(f"s_{n}")
            if (loaded := apart.load(f"s_{n}")) is not None:
                assert loaded.state == folded(disk, f"s_{n}")
        disk.close()


def play(store: Any, scribe: Scribe, steps: list[tuple[str, int]], url: str) -> Any:
    unit = store.unit().__enter__()
    for act, n in steps:
        stream = f"s_{n}"
        held = unit.load(stream)
        if act == "open" and held is None:
            unit.record(scribe.opening(unit, stream, unit.next_number("session")))
        elif act == "say" and held is not None and not held.state.closed:
            unit.record(scribe.saying(unit, stream, f"글 {held.seq}", due_us=scribe.at_us + n))
        elif act == "close" and held is not None and not held.state.closed:
            from dasan.core.session_events import SessionClosed

            unit.record(scribe.decide(unit, {stream: [SessionClosed("done")]}))
        elif act in {"leave", "commit", "restart"}:
            if act == "commit":
                unit.commit()
            unit.__exit__(None, None, None)
            if act == "restart" and not isinstance(store, MemoryStore):
                store.close()
                store = opened(url, cached=2)
            unit = store.unit().__enter__()
    unit.__exit__(None, None, None)
    return store
