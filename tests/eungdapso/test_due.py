"""Legal terms: working days, the citizen's pauses, the one extension."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasan.core.errors import ConfigWrong
from dasan.core.time import SECOND, SEOUL, seoul
from dasan.eungdapso.desk.due import Term, after_pause, due_at, is_working, read_holidays
from dasan.eungdapso.desk.office import Office, Papers
from dasan.eungdapso.desk.states import Move
from dasan.eungdapso.desk.store import MEMORY, Store
from tests.eungdapso.world import START, Clock

CHUSEOK = frozenset({date(2026, 9, 24), date(2026, 9, 25)})


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=SEOUL).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        ("2026-11-23T10:00", 7, "2026-12-01T18:00"),  # Monday counts as the first day
        ("2026-11-23T18:00", 7, "2026-12-02T18:00"),  # after hours: Tuesday is the first
        ("2026-11-21T10:00", 7, "2026-12-01T18:00"),  # Saturday: Monday is the first
        ("2026-09-22T09:00", 7, "2026-10-02T18:00"),  # two holidays and a weekend do not count
        ("2026-11-23T10:00", 14, "2026-12-10T18:00"),
        ("2026-11-23T10:00", 1, "2026-11-23T18:00"),
    ],
)
def test_a_term_in_working_days_counts_the_day_of_receipt_and_skips_days_off(
    received: str, days: int, due: str
) -> None:
    assert due_at(at(received), Term(working_days=days), CHUSEOK) == at(due)


def test_a_field_report_runs_on_the_clock_of_the_wall() -> None:
    assert due_at(at("2026-11-21T23:00"), Term(hours=3)) == at("2026-11-22T02:00")


@given(st.integers(0, 400 * 86_400), st.integers(1, 30))
def test_the_last_day_is_always_a_working_day_and_more_days_never_end_sooner(offset: int, days: int) -> None:
    received = START + offset * SECOND
    due = due_at(received, Term(working_days=days), CHUSEOK)
    assert due > received
    assert is_working(seoul(due).date(), CHUSEOK)
    assert due_at(received, Term(working_days=days + 1), CHUSEOK) > due
    assert due_at(received, Term(working_days=days).doubled(), CHUSEOK) > due


def test_the_clock_stands_still_while_the_citizen_is_asked() -> None:
    term, due = Term(working_days=7), at("2026-12-01T18:00")
    assert after_pause(due, at("2026-11-24T10:00"), at("2026-11-26T10:00"), term, frozenset()) == at("2026-12-03T18:00")
    assert after_pause(due, at("2026-11-27T10:00"), at("2026-11-30T10:00"), term, frozenset()) == at("2026-12-02T18:00")
    assert after_pause(due, at("2026-11-24T10:00"), at("2026-11-24T15:00"), term, frozenset()) == due
    assert after_pause(due, at("2026-11-24T10:00"), at("2026-11-24T15:00"), Term(hours=24), frozenset()) == at(
        "2026-12-01T23:00"
    )


def test_the_office_extends_once_by_the_same_length_and_keeps_a_pause_on_top() -> None:
    clock = Clock(at("2026-11-23T10:00"))
    desk = Office(Store(MEMORY), clock)
    ticket = desk.file("120", (("service_code", "HOUSING"), ("description", "문의")), "", "k")
    assert ticket.due_us == at("2026-12-01T18:00")
    for move in (Move.ROUTE, Move.ASSIGN, Move.ASK_CITIZEN):
        desk.move(ticket.id, move, Papers("글", "주택과", "박주임"), "나")
    clock.forward(days=2)
    assert desk.move(ticket.id, Move.CITIZEN_REPLIED, Papers("여기"), "나").due_us == at("2026-12-03T18:00")
    extended = desk.move(ticket.id, Move.EXTEND, Papers("현장 확인"), "나")
    assert extended.due_us == at("2026-12-03T18:00") + at("2026-12-10T18:00") - at("2026-12-01T18:00")
    desk.store.close()


def test_a_holiday_file_is_read_with_comments_and_its_mistakes_are_named_all_at_once(tmp_path: Path) -> None:
    file = tmp_path / "holidays.txt"
    file.write_text("\ufeff# 2026\n2026-09-24  # 추석\n\n2026-09-25\n", "utf-8")
    assert read_holidays(file) == CHUSEOK
    file.write_text("2026-13-01\n2026-09-25\n어린이날\n", "utf-8")
    with pytest.raises(ConfigWrong) as caught:
        read_holidays(file)
    assert [problem.line for problem in caught.value.problems] == [1, 3]
