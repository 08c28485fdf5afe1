"""The ledger counts what was lost and what was doubled, and nothing else."""

from __future__ import annotations

from dasan.demo.ledger import Ledger


def test_a_promise_that_a_later_page_does_not_show_is_lost() -> None:
    ledger = Ledger()
    ledger.promise("s", 5, "a")
    assert ledger.lost == 0, "nothing was shown yet, so nothing can be missing"
    ledger.show("s", 6, "later")
    assert ledger.lost == 1
    ledger.show("s", 5, "it came after all", "a")
    assert ledger.lost == 0


def test_a_promise_of_another_session_is_not_asked_of_this_page() -> None:
    ledger = Ledger()
    ledger.promise("t", 5, "a")
    ledger.show("s", 9, "later")
    assert ledger.lost == 0


def test_showing_a_line_again_at_its_place_is_not_doubling() -> None:
    ledger = Ledger()
    for _ in range(3):
        ledger.show("s", 5, "안녕하세요", "a")
    assert ledger.doubled == 0


def test_one_id_at_two_places_is_doubled() -> None:
    ledger = Ledger()
    ledger.show("s", 5, "안녕하세요", "a")
    ledger.show("s", 7, "안녕하세요", "a")
    assert ledger.doubled == 1


def test_two_lines_at_one_place_are_doubled() -> None:
    ledger = Ledger()
    ledger.show("s", 5, "안녕하세요")
    ledger.show("s", 5, "다른 글")
    assert ledger.doubled == 1
