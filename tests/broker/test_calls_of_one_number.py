"""Several callers behind one number, a family's or an office's: each has her own call, place and way back to it."""

from __future__ import annotations

import pytest

from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core import workitem as items
from tests.broker.caller import NUMBER, Caller, keyed
from tests.broker.stage import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def in_line(stage: Stage, count: int) -> list[Caller]:
    """So many callers of one number, each in line."""
    made = []
    for _ in range(count):
        stage.wait(1)
        made.append(Caller(stage).queues())
    assert len({one.session for one in made}) == count
    return made


def found_at(stage: Stage) -> str | None:
    """The session that is found at the number."""
    with stage.store.unit() as unit:
        return unit.session_at(keyed(NUMBER), "120")


@pytest.mark.parametrize("who", [0, 1, 2])
def test_who_hung_up_has_her_own_place_back(stage: Stage, who: int) -> None:
    made = in_line(stage, 3)
    ranks = [one.item.rank_at_us for one in made]
    made[who].hangs_up()
    reply = Caller(stage).rings().reply
    assert (reply["session"], reply["resumed"]) == (made[who].session, True)
    assert [one.item.rank_at_us for one in made] == ranks
    assert [one.state.live_leg.state for one in made] == [legs.CONNECTED] * 3


def test_everybody_whom_a_broken_line_cut_off_comes_back_to_a_place_of_her_own(stage: Stage) -> None:
    made = in_line(stage, 3)
    for one in made:
        stage.wait(1)
        one.hangs_up()
    back = [Caller(stage).rings().reply for _ in made]
    assert [reply["session"] for reply in back] == [one.session for one in reversed(made)], "the last to go first"
    assert all(reply["resumed"] for reply in back)
    assert not Caller(stage).rings().reply["resumed"], "a fourth is somebody else"


def test_nobody_takes_over_a_live_call(stage: Stage) -> None:
    made = in_line(stage, 2)
    fresh = Caller(stage).rings()
    assert not fresh.reply["resumed"]
    assert fresh.session not in {one.session for one in made}
    assert all(one.state.live_leg.id == one.leg for one in made)


def test_the_older_call_is_found_when_the_newer_one_is_over(stage: Stage) -> None:
    older, newer = in_line(stage, 2)
    newer.wishes(c.WishEnd("completed"))
    newer.hangs_up()
    assert newer.state.closed_at_us
    older.hangs_up()
    assert Caller(stage).rings().reply["session"] == older.session


def test_the_number_is_free_when_all_are_gone_in_whatever_order(stage: Stage) -> None:
    made = in_line(stage, 3)
    for n in (1, 2, 0):
        made[n].wishes(c.WishEnd("completed"))
        made[n].hangs_up()
        left = [one.session for one in made if not one.state.closed_at_us]
        assert found_at(stage) == (left[-1] if left else None)
    assert not Caller(stage).rings().reply["resumed"]


def test_two_that_end_at_once_leave_the_third_to_be_found(stage: Stage) -> None:
    made = in_line(stage, 3)
    made[1].hangs_up()
    made[2].hangs_up()
    stage.wait(61)
    assert [bool(one.state.closed_at_us) for one in made] == [False, True, True]
    made[0].hangs_up()
    assert Caller(stage).rings().reply["session"] == made[0].session


def test_who_asked_to_be_called_back_is_found_behind_another_call(stage: Stage) -> None:
    first = Caller(stage).queues()
    first.wishes(c.WishLeave("callback"), c.WishCallback())
    first.wishes(c.WishEnd("completed"))
    other = Caller(stage)
    first.tells(first.leg, "ended", cause="normal")
    assert first.callback.open
    joined = other.rings()
    assert (joined.session, joined.reply["callback"]) == (first.session, first.callback.id)
    third = Caller(stage).queues()
    assert third.session != first.session, "she is on the line: another call is another need"
    assert third.item.state == items.QUEUED
    joined.hangs_up()
    assert Caller(stage).rings().session == first.session
