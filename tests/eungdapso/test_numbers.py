"""Ticket numbers that survive a telephone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dasan.eungdapso.desk.numbers import batch_token, read_number, ticket_number
from tests.eungdapso.world import START

numbers = st.builds(ticket_number, st.integers(START, START + 10**15), st.integers(1, 999_999))


@given(numbers)
def test_a_number_is_read_back_with_or_without_hyphens_and_spaces(number: str) -> None:
    assert (
        read_number(number) == read_number(number.replace("-", "")) == read_number(number.replace("-", " - ")) == number
    )


@given(numbers, st.data())
def test_one_wrong_digit_is_always_noticed(number: str, data: st.DataObject) -> None:
    digits = number.replace("-", "")
    place = data.draw(st.integers(0, len(digits) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))
    assert read_number(digits[:place] + wrong + digits[place + 1 :]) is None


@given(numbers, st.data())
def test_two_neighbours_swapped_are_always_noticed(number: str, data: st.DataObject) -> None:
    digits = number.replace("-", "")
    place = data.draw(st.integers(0, len(digits) - 2))
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    assert swapped == digits or read_number(swapped) is None


def test_it_says_the_day_in_seoul_and_the_running_number() -> None:
    assert ticket_number(START, 42)[:-1] == "26-1121-00042-"
    assert ticket_number(START + 14 * 3_600_000_000, 1)[:-1] == "26-1122-00001-"  # midnight in Seoul
    assert len({batch_token(n) for n in range(1, 500)}) == 499


def test_what_is_no_number_is_none() -> None:
    assert [read_number(text) for text in ("", "26-1121", "x" * 50, "２６-1121-00042-1", "26-1121-00042-77777")] == [
        None
    ] * 5
