"""The ticket's machine: every pair of state and move, and the whole life of tickets at random."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dasan.core.errors import Refused
from dasan.eungdapso.desk import store_tickets as book
from dasan.eungdapso.desk import store_updates as log
from dasan.eungdapso.desk.office import Office, Papers
from dasan.eungdapso.desk.states import (
    ASKS_MAX,
    FINAL,
    MOVE_NAMES,
    OPEN,
    RULES,
    STATE_NAMES,
    STATUS,
    TABLE,
    Move,
    Refusal,
    Rule,
    Standing,
    State,
    decide,
    legal,
)
from dasan.eungdapso.desk.store import MEMORY, Store
from dasan.eungdapso.receipt import Progress, progress_of
from tests.eungdapso.world import Clock

ALL = frozenset({"text", "agency", "officer", "other"})


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", Move)
def test_every_pair_of_state_and_move_is_either_in_the_table_or_refused(state: State, move: Move) -> None:
    for asks in range(ASKS_MAX + 1):
        for extended in (False, True):
            now = Standing(state, asks, extended)
            after = decide(now, move, ALL)
            if isinstance(after, Refusal):
                assert RULES[move] not in legal(now)
            else:
                assert RULES[move] in legal(now)
                assert after.state == (RULES[move].target or state)
                assert state not in FINAL


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.move)
def test_a_move_without_its_papers_is_refused_by_the_missing_one(rule: Rule) -> None:
    now = Standing(rule.sources[0], ASKS_MAX if rule.guard == "asks_used" else 0)
    for missing in rule.needs:
        assert decide(now, rule.move, ALL - {missing}) == Refusal("missing", missing)
    assert isinstance(decide(now, rule.move, frozenset(rule.needs)), Standing)


def test_every_state_can_be_reached_and_every_open_one_can_end() -> None:
    reached = {State.RECEIVED}
    for _ in State:
        reached |= {rule.target for rule in TABLE if rule.target and reached & set(rule.sources)}
    assert reached == set(State)
    ends = set(State) - OPEN
    for _ in State:
        ends |= {state for rule in TABLE if rule.target in ends for state in rule.sources}
    assert ends == set(State)


def test_every_state_and_move_has_its_words_and_its_meaning_outside() -> None:
    assert set(STATE_NAMES) == set(STATUS) == set(State)
    assert set(MOVE_NAMES) == set(RULES) == set(Move)
    for state in State:
        progress = progress_of(state.value, STATUS[state])
        assert (progress in (Progress.ANSWERED, Progress.CLOSED)) == (state not in OPEN)


def office() -> Office:
    return Office(Store(MEMORY), Clock())


REPORT = (("service_code", "POTHOLE"), ("description", "구멍"), ("address_string", "세종대로 110"))
BATCH = (("service_code", "LAW"), ("description", "질의"))


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(moves=st.lists(st.tuples(st.sampled_from(Move), st.booleans()), max_size=25), batch=st.booleans())
def test_every_arrow_makes_one_update_and_a_refused_move_changes_nothing(
    moves: list[tuple[Move, bool]], batch: bool
) -> None:
    desk = office()
    other = desk.file("120", REPORT, "", "other").number
    ticket = desk.file("120", BATCH if batch else REPORT, "", "mine")
    try:
        for move, complete in moves:
            papers = Papers("글", "과", "사람", other) if complete else Papers()
            with desk.store.read() as conn:
                before, count = book.by_id(conn, ticket.id), len(log.of_ticket(conn, ticket.id))
            try:
                desk.move(ticket.id, move, papers, "나")
                done = 1
            except Refused:
                done = 0
            with desk.store.read() as conn:
                after, history = book.by_id(conn, ticket.id), log.of_ticket(conn, ticket.id)
            assert len(history) == count + done
            assert after is not None
            if done:
                assert (history[-1].move, history[-1].to_state) == (move, after.state)
                assert after.number
            else:
                assert after == before
    finally:
        desk.store.close()


def test_a_merge_needs_another_ticket_that_is_there() -> None:
    desk = office()
    one, two = (desk.file("120", REPORT, "", key) for key in ("a", "b"))
    for wrong in (one.number, "26-1121-09999-1", "그것"):
        with pytest.raises(Refused):
            desk.move(one.id, Move.MERGE, Papers(other=wrong), "나")
    merged = desk.move(one.id, Move.MERGE, Papers(other=two.number.replace("-", "")), "나")
    assert merged.state is State.MERGED
    assert merged.notes.endswith(f"duplicate of {two.number}")
    with pytest.raises(Refused):
        desk.move(two.id, Move.MERGE, Papers(other=one.number), "나")
    desk.store.close()


def test_numbers_of_a_day_are_given_in_order_without_holes_even_after_refusals(tmp_path: Path) -> None:
    desk = office()
    numbers = []
    for n in range(5):
        with pytest.raises(Exception, match="description"):
            desk.file("120", (("service_code", "POTHOLE"), ("address_string", "x")), "", f"bad{n}")
        numbers.append(desk.file("120", REPORT, "", f"k{n}").number)
    assert [int(number.split("-")[2]) for number in numbers] == [1, 2, 3, 4, 5]
    desk.store.close()
