"""Calls counted over real journals: every call ends in one word, and the two answer rates differ where they should."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from dasan.core import commands as c
from dasan.core.call_log import STAGES, Calls, measure_calls
from dasan.core.log import Log
from dasan.core.metrics import measure
from dasan.core.time import SECOND
from tests.broker.caller import Caller
from tests.broker.stage import K1, NOON, Stage
from tests.broker.test_care import PLAN

OVER = ("answered", "abandoned", "converted", "released")


def counted(stage: Stage) -> dict[str, int]:
    calls = Calls(keep=True)
    for recorded in stage.journal():
        calls.see(recorded)
    assert measure_calls(calls.kept).counts == calls.totals
    return {stage_: n for stage_, n in calls.totals.items() if n}


def test_who_hangs_up_in_the_menu_never_entered() -> None:
    s = Stage()
    Caller(s).rings().hangs_up()
    slow = Caller(s, "+821011111111").rings()
    slow.wishes()
    s.wait(20)
    slow.hangs_up()
    assert counted(s) == {"attempted": 2, "left_menu": 2, "left_menu_short": 1}


def test_who_is_answered_counts_once_in_each_stage() -> None:
    s = Stage()
    Caller(s).queues().taken().hangs_up()
    assert counted(s) == {"attempted": 1, "entered": 1, "offered": 1, "answered": 1}


@pytest.mark.parametrize(("after_s", "short"), [(2, {"abandoned_short": 1}), (30, {})])
def test_who_hangs_up_in_the_queue_abandons_it_once_her_place_is_given_away(
    after_s: int, short: dict[str, int]
) -> None:
    s = Stage(policy=replace(Stage().policy, timing=replace(Stage().policy.timing, resume_voice_s=1)))
    caller = Caller(s).queues()
    s.wait(after_s)
    caller.hangs_up()
    s.wait(61)
    assert counted(s) == {"attempted": 1, "entered": 1, "abandoned": 1, **short}


def test_a_redial_that_has_its_place_back_is_an_attempt_and_no_new_entry() -> None:
    s = Stage()
    caller = Caller(s).queues().hangs_up()
    s.wait(10)
    assert caller.rings().reply["resumed"]
    caller.taken()
    assert counted(s) == {"attempted": 2, "resumed": 1, "entered": 1, "offered": 1, "answered": 1}


def test_who_is_called_back_was_converted_and_the_call_to_her_is_no_attempt() -> None:
    s = Stage()
    Caller(s).asks_back().taken()
    assert counted(s) == {"attempted": 1, "entered": 1, "converted": 1}


def test_who_waited_in_vain_was_let_go_by_us() -> None:
    s = Stage()
    Caller(s).queues()
    s.wait(1801)
    assert counted(s) == {"attempted": 1, "entered": 1, "released": 1}


@pytest.mark.parametrize(("reason", "stage"), [("closed", "released"), ("full", "released"), ("completed", "served")])
def test_the_menus_own_ends_are_told_apart(reason: str, stage: str) -> None:
    s = Stage()
    caller = Caller(s).rings()
    caller.wishes(c.WishEnd(reason))
    caller.hangs_up()
    assert counted(s) == {"attempted": 1, stage: 1}


def test_a_voice_message_left_from_the_queue_is_a_conversion_and_a_line_from_the_menu_serves() -> None:
    s = Stage()
    Caller(s).queues().wishes(c.WishLeave("voicemail"))
    Caller(s, "+821011111111").rings().wishes(c.WishLine("1330"), c.WishLine("1330", "answered"))
    assert counted(s) == {"attempted": 2, "entered": 1, "converted": 1, "served": 1}


def test_a_care_call_of_ours_is_no_call_to_us() -> None:
    s = Stage()
    plan = s.do(c.Principal(c.ADMIN, "operator"), PLAN)
    s.wait((plan["next_us"] - NOON) / SECOND)
    assert counted(s) == {}


def test_both_answer_rates_stand_beside_each_other_and_keep_to_the_interval() -> None:
    s = Stage()
    Caller(s, "+821000000001").queues().taken().hangs_up()
    Caller(s, "+821000000002").rings().hangs_up()
    at = s.clock.at_us
    s.wait(60)
    Caller(s, "+821000000003").queues()
    report = measure(Log().see_all(s.journal()), s.policy, s.clock.at_us).calls
    assert (report.of_entered, report.of_attempted) == (0.5, 1 / 3)
    early = measure(Log().see_all(s.journal()), s.policy, s.clock.at_us, until_us=at + 1).calls
    assert (early.of_entered, early.of_attempted) == (1.0, 0.5)
    assert measure(Log(), s.policy, NOON).calls.of_attempted is None


@pytest.mark.parametrize("seed", range(12))
def test_every_call_ends_in_one_word_whatever_happens(seed: int) -> None:
    print("seed", seed)
    random, s = Random(seed), Stage()
    for n in range(25):
        _one(random, s, Caller(s, f"+8210{n % 9:08}"))
        s.wait(random.choice([0, 3, 30, 200]))
    s.wait(86_500 * 3)
    calls = Calls(keep=True)
    for recorded in s.journal():
        calls.see(recorded)
    for call in calls.kept:
        ends = [m for m in (*OVER, "left_menu", "served") if m in call.marks]
        if "resumed" in call.marks:
            assert ends == []
        else:
            assert len(ends) == 1, (call.marks, s.state(call.session))
        assert ("entered" in call.marks) or not call.marks & {"offered", "answered", "abandoned"}
    assert set(calls.totals) == set(STAGES)
    assert calls.totals["attempted"] == len(calls.kept) == 25


def _one(random: Random, s: Stage, caller: Caller) -> None:
    caller.rings()
    what = random.choice(["menu", "queue", "talk", "back", "completed", "closed", "wait"])
    if caller.reply["resumed"] or what == "menu":
        caller.hangs_up()
    elif what in {"completed", "closed"}:
        caller.wishes(c.WishEnd(what))
        caller.hangs_up()
    elif what == "back":
        caller.queues().asks_back()
    elif what == "queue":
        caller.queues().hangs_up()
    elif what == "talk" and not s.state(K1).slots:
        caller.queues().taken().hangs_up()
        s.do(s.at_desk(K1), c.CompleteWrapUp(caller.session, caller.state.items[-1].id, "answered", "general"))
    else:
        caller.queues()
