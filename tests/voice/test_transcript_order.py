"""Pieces of speech come late, doubled and out of order, and are told in order, once."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from channels.voice.transcript import HELD_MAX, INBOUND, OUTBOUND, Order, Piece


def run(arrivals: list[tuple[int, str, bool]]) -> list[Piece]:
    """What is told when these come, and patience never ends before the last."""
    order, told = Order(), []
    for seq, track, final in arrivals:
        told += order.add(Piece(seq, track, f"{seq}")) if final else order.seen(seq)
    while order.held:
        told += order.give_up()
    return told


NUMBERED = st.lists(st.tuples(st.sampled_from([INBOUND, OUTBOUND]), st.booleans()), min_size=1, max_size=30)


@given(NUMBERED, st.integers(0, 1 << 30))
def test_any_order_of_arrival_is_told_in_order(sent: list[tuple[str, bool]], seed: int) -> None:
    arrivals = [(n, track, final) for n, (track, final) in enumerate(sent, 1)]
    expected = [Piece(n, track, f"{n}") for n, track, final in arrivals if final]
    doubled = arrivals + Random(seed).sample(arrivals, len(arrivals) // 2)
    Random(seed).shuffle(doubled)
    assert run(doubled) == expected


@given(NUMBERED, st.sets(st.integers(1, 30)), st.integers(0, 1 << 30))
def test_what_is_lost_keeps_nothing_else_back_and_breaks_no_order(
    sent: list[tuple[str, bool]], lost: set[int], seed: int
) -> None:
    arrivals = [(n, track, final) for n, (track, final) in enumerate(sent, 1) if n not in lost]
    Random(seed).shuffle(arrivals)
    told = run(arrivals)
    assert [piece.seq for piece in told] == sorted(n for n, _, final in arrivals if final)


@given(st.permutations(range(2, 90)))
def test_what_is_held_back_is_bounded(numbers: list[int]) -> None:
    """Number 1 never comes."""
    order, told = Order(), []
    for seq in numbers:
        told += order.add(Piece(seq, INBOUND, str(seq)))
        assert len(order.held) <= HELD_MAX
    while order.held:
        told += order.give_up()
    assert sorted(piece.seq for piece in told) == list(range(2, 90)), "each once"


def test_a_piece_that_comes_after_its_turn_is_still_told() -> None:
    order = Order()
    assert order.add(Piece(3, INBOUND, "나중")) == []
    assert [piece.text for piece in order.give_up()] == ["나중"]
    assert [piece.text for piece in order.add(Piece(2, INBOUND, "먼저"))] == ["먼저"]


def test_a_transcription_that_we_meet_in_the_middle_is_told_after_one_patience() -> None:
    order = Order()
    assert order.add(Piece(57, INBOUND, "가")) == []
    assert [piece.seq for piece in order.give_up()] == [57]
    assert [piece.seq for piece in order.add(Piece(58, INBOUND, "나"))] == [58]
