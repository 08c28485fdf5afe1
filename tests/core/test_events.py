"""Events and ids as they are stored: every type comes back whole, a wrong shape is told, old journals still read."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasan.core import codec, ids
from dasan.core import commands as c
from dasan.core.errors import BadInput
from dasan.core.events import Recorded, decode, encode, event_types
from dasan.core.fold import STATES, evolve
from dasan.store.memory import journal_line
from tests.core.samples import sample

JOURNAL = Path(__file__).resolve().parents[1] / "data" / "journal-0.1.0.jsonl"


@pytest.mark.parametrize("name", sorted(event_types()))
def test_every_event_comes_back_as_it_was_stored(name: str) -> None:
    event = sample(name)
    stored = json.loads(json.dumps(encode(event)))
    assert decode(name, event.version, stored) == event


@pytest.mark.parametrize("name", sorted(event_types()))
def test_an_event_without_a_field_it_needs_is_refused_by_name(name: str) -> None:
    event = sample(name)
    stored = encode(event)
    for field in fields(event):
        rest = {key: value for key, value in stored.items() if key != field.name}
        if field.default is MISSING:
            with pytest.raises(BadInput, match=field.name):
                decode(name, event.version, rest)
        else:
            assert getattr(decode(name, event.version, rest), field.name) == field.default


def test_an_unknown_or_newer_event_is_refused() -> None:
    with pytest.raises(BadInput):
        decode("work.vanished", 1, {})
    with pytest.raises(BadInput):
        decode("work.parked", 99, {"item": "w_1"})


def test_an_unknown_field_of_a_newer_program_is_passed_over() -> None:
    assert decode("work.parked", 1, {"item": "w_1", "later": True}) == sample("work.parked", item="w_1")


def lines() -> list[list[Any]]:
    return [json.loads(line) for line in JOURNAL.read_text("utf-8").splitlines()]


def test_the_journal_of_release_0_1_0_folds_and_is_written_the_same_again() -> None:
    states: dict[str, Any] = {}
    for stream, seq, name, version, at_us, actor, cause, data in lines():
        recorded = Recorded(stream, seq, at_us, actor, cause, decode(name, version, data))
        states[stream] = evolve(states.get(stream), recorded)
        event = recorded.event
        if event.version == version:
            written = json.loads(journal_line(recorded))
            assert written[:7] == [stream, seq, name, version, at_us, actor, cause]
            assert data.items() <= written[7].items()
    kinds = {ids.kind_of(stream) for stream in states}
    assert kinds == {ids.SESSION, ids.COUNSELOR, ids.HANDOFF}
    assert kinds <= set(STATES)
    closed = [s for stream, s in states.items() if stream.startswith("s_")]
    assert len(closed) > 10
    assert all(s.closed_at_us for s in closed)


def test_the_journal_of_release_0_1_0_knows_most_of_the_vocabulary() -> None:
    assert len({name for _, _, name, *_ in lines()}) >= 45


@given(st.sampled_from(["s", "w", "k", "h"]), st.integers(0, 2**47), st.integers(0, 2**80 - 1))
def test_an_id_says_its_kind_and_sorts_by_time(kind: str, at_ms: int, chance: int) -> None:
    made = ids.make(kind, at_ms * 1000, chance)
    assert ids.kind_of(made) == kind
    assert ids.is_id(made, kind)
    assert not ids.is_id(made, "x")
    assert ids.make(kind, (at_ms + 1) * 1000, 0) > made


@pytest.mark.parametrize("wrong", ["", "s_", "s_short", "s_" + "i" * 26, "S_" + "0" * 26, "s" + "0" * 26])
def test_what_is_not_an_id_is_told_apart(wrong: str) -> None:
    assert not ids.is_id(wrong, "s")


@given(st.text(max_size=20), st.booleans(), st.lists(st.text(max_size=5), max_size=3))
def test_a_command_has_one_byte_form(text: str, flag: bool, blobs: list[str]) -> None:
    command = c.DraftHandoff("s_1", "w_1", c.CaseForm("road", text, text, blobs=tuple(blobs)))
    assert codec.decode(c.DraftHandoff, json.loads(codec.canonical(command))) == command
    assert codec.canonical(command) == codec.canonical(codec.decode(c.DraftHandoff, codec.encode(command)))
    assert isinstance(codec.decode(c.MarkEntries, {"session": "s", "upto": 1, "read": flag}), c.MarkEntries)
