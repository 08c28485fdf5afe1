"""What may be asked of a store outside a transaction; the same answers from every store."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dasan.core.session_events import LegAdded
from dasan.ports import Aggregate
from tests.contract.world import KOREAN, NOON, Scribe, Tally, delivery, evolve


def talk(store: Any, scribe: Scribe, stream: str, lines: int) -> None:
    scribe.open(store, stream)
    for n in range(lines):
        scribe.say(store, stream, f"{stream} 글 {n + 1}")


def numbers(entries: Any) -> list[int]:
    return [entry.recorded.event.n for entry in entries]


def test_a_transcript_is_read_forwards_and_backwards_with_its_words(store: Any, scribe: Scribe) -> None:
    talk(store, scribe, "s_1", 7)
    with store.unit() as unit:  # what is not an entry lies between
        unit.record(scribe.decide(unit, {"s_1": [LegAdded("l_1", "chat", "a"), LegAdded("l_2", "chat", "a")]}))
        unit.commit()
    for n in range(3):
        scribe.say(store, "s_1", f"s_1 글 {n + 8}")
    reads = store.reads
    assert numbers(reads.entries("s_1")) == list(range(1, 11))
    assert numbers(reads.entries("s_1", after_n=4, limit=3)) == [5, 6, 7]
    assert numbers(reads.entries("s_1", after_n=10)) == []
    assert numbers(reads.entries_before("s_1", before_n=9, limit=4)) == [5, 6, 7, 8]
    assert numbers(reads.entries_before("s_1", before_n=3)) == [1, 2]
    assert numbers(reads.entries_before("s_1", before_n=1 << 40, limit=2)) == [9, 10]
    assert [entry.body.decode() for entry in reads.entries("s_1", 8)] == ["s_1 글 9", "s_1 글 10"]
    assert reads.entries("s_none") == []


def test_erased_words_leave_their_entries(store: Any, scribe: Scribe) -> None:
    talk(store, scribe, "s_1", 2)
    talk(store, scribe, "s_2", 1)
    scribe.erase(store, "s_1")
    assert [entry.body for entry in store.reads.entries("s_1")] == [None, None]
    assert [entry.body for entry in store.reads.entries("s_2")] == ["s_2 글 1".encode()]


def test_a_client_that_comes_back_gets_every_event_after_what_it_has(store: Any, scribe: Scribe) -> None:
    talk(store, scribe, "s_1", 5)
    events = store.reads.events("s_1")
    assert [r.seq for r in events] == [1, 2, 3, 4, 5, 6]
    assert store.reads.events("s_1", after_seq=4) == events[4:]
    assert [r.seq for r in store.reads.events("s_1", after_seq=1, limit=2)] == [2, 3]


def test_the_journal_is_read_in_the_order_of_commits_and_by_type(store: Any, scribe: Scribe) -> None:
    talk(store, scribe, "s_1", 2)
    talk(store, scribe, "s_2", 1)
    whole = list(store.reads.journal())
    assert [position for position, _ in whole] == [1, 2, 3, 4, 5]
    assert [r.stream for _, r in whole] == ["s_1", "s_1", "s_1", "s_2", "s_2"]
    assert list(store.reads.journal(after=3)) == whole[3:]
    assert [p for p, _ in store.reads.journal(types=["session.opened"])] == [1, 4]
    assert [p for p, _ in store.reads.journal(after=1, types=["session.opened", "session.closed"])] == [4]
    assert store.reads.last_position() == 5


def test_open_streams_are_read_with_their_folded_states(store: Any, scribe: Scribe) -> None:
    for n in range(4):
        talk(store, scribe, f"s_{n}", n)
    scribe.open(store, "k_1", 9)
    scribe.close(store, "s_2")
    heads = list(store.reads.open_heads("s"))
    found = [(head.stream, head.seq, head.state.entries) for head in heads]
    assert found == [("s_0", 1, 0), ("s_1", 2, 1), ("s_3", 4, 3)]
    assert [head.stream for head in store.reads.open_heads("k")] == ["k_1"]
    assert list(store.reads.open_heads("h")) == []


def test_every_state_read_is_the_fold_of_its_events(store: Any, scribe: Scribe) -> None:
    talk(store, scribe, "s_1", 100)  # far beyond one snapshot
    state: Tally | None = None
    for recorded in store.reads.events("s_1"):
        state = evolve(state, recorded)
    assert store.reads.load("s_1") == Aggregate(101, state)
    assert store.reads.head("s_1").state == state
    assert store.reads.load("s_none") is None


def test_deadlines_come_in_order_and_stay_until_the_stream_moves_on(store: Any, scribe: Scribe) -> None:
    assert store.reads.next_due() is None
    for n, due in ((1, NOON + 30), (2, NOON + 10), (3, None), (4, NOON + 20)):
        scribe.open(store, f"s_{n}", due_us=due)
    assert store.reads.next_due() == NOON + 10
    assert store.reads.due(NOON + 20, 10) == [(NOON + 10, "s_2"), (NOON + 20, "s_4")]
    assert store.reads.due(NOON + 30, 2) == [(NOON + 10, "s_2"), (NOON + 20, "s_4")]
    scribe.say(store, "s_2", "x", due_us=NOON + 40)
    scribe.say(store, "s_4", "x")
    assert store.reads.due(NOON + 100, 10) == [(NOON + 30, "s_1"), (NOON + 40, "s_2")]
    assert store.reads.next_due() == NOON + 30


def test_a_card_finds_the_citizens_sessions_and_handoffs_newest_first(store: Any, scribe: Scribe) -> None:
    def citizen(state: Tally) -> dict[str, Any]:
        return {"number": state.number, "citizen": "p_7", "category": "가로등" if state.closed else ""}

    def handoff(_: Tally) -> dict[str, Any]:
        return {"session": "s_1", "citizen": "p_7", "stage": "COMMITTED"}

    scribe.open(store, "s_1", 1, facts=citizen)
    scribe.open(store, "s_2", 2)
    scribe.open(store, "s_3", 3, facts=citizen)
    scribe.close(store, "s_1", facts=citizen)
    scribe.open(store, "h_1", facts=handoff)
    lines = store.reads.sessions_of("p_7")
    found = [(line.stream, line.open, line.facts["category"]) for line in lines]
    assert found == [("s_3", True, ""), ("s_1", False, "가로등")]
    assert lines[1].created_us < lines[0].created_us < lines[1].updated_us
    assert [line.stream for line in store.reads.sessions_of("p_7", limit=1)] == ["s_3"]
    assert [line.stream for line in store.reads.handoffs_of(session="s_1")] == ["h_1"]
    assert [line.stream for line in store.reads.handoffs_of(citizen="p_7")] == ["h_1"]
    assert store.reads.handoffs_of(session="s_2") == []
    assert [line.stream for line in store.reads.by_number("s", 2)] == ["s_2"]
    assert [line.stream for line in store.reads.recent("s", 2)] == ["s_3", "s_2"]
    assert store.reads.line("s_2").facts == {"number": 2, "citizen": "p_1"}
    assert store.reads.line("s_none") is None


def test_a_stream_whose_facts_change_is_found_by_the_new_ones(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1", facts=lambda _: {"citizen": "p_1"})
    scribe.say(store, "s_1", "x", facts=lambda _: {"citizen": "p_2"})
    assert store.reads.sessions_of("p_1") == []
    assert [line.stream for line in store.reads.sessions_of("p_2")] == ["s_1"]


def test_promises_are_read_by_their_state_oldest_first(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1", deliveries=[
        delivery("d2"), delivery("d1"), delivery("d3", endpoint="ticket"), delivery("d4", due_us=NOON + 50),
    ])
    done = [replace(delivery("d2"), state="done"), replace(delivery("d3", endpoint="ticket"), state="dead")]
    scribe.say(store, "s_1", "x", delivery_changes=done)
    assert [d.id for d in store.reads.deliveries("done")] == ["d2"]
    assert [d.id for d in store.reads.deliveries("dead")] == ["d3"]
    assert [d.id for d in store.reads.deliveries("waiting")] == ["d1", "d4"]
    assert [d.id for d in store.reads.deliveries("waiting", 1)] == ["d1"]


def test_other_servers_read_whole_commands_with_words_and_heads(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1")
    with store.unit() as unit:
        unit.record(scribe.saying(unit, "s_1", KOREAN))
        unit.record(scribe.decide(unit, {"s_1": [LegAdded(f"l_{n}", "chat", "a") for n in range(5)]}))
        unit.commit()
    told = store.reads.committed_since(0)
    assert [one.position for one in told] == [1, 2, 7]
    assert [len(one.events) for one in told] == [1, 1, 5]
    assert told[1].words == {"c_s_1_1": KOREAN.encode()}
    assert told[2].heads["s_1"].seq == 7
    assert [one.position for one in store.reads.committed_since(0, 2)] == [1, 2]
    assert [one.position for one in store.reads.committed_since(2, 2)] == [7]  # never half a command
    assert store.reads.committed_since(7) == []
