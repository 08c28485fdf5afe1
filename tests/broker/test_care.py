"""Who lives alone is called again and again; who does not answer for days, or needs help, is not forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dasan.core import address as addresses
from dasan.core import care as cares
from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core.errors import BadInput
from dasan.core.time import DAY, HOUR, MINUTE, SECOND, wall
from tests.broker.caller import Caller, keyed
from tests.broker.stage import BOSS, K1, NOON, Stage

ELDER = "+821033334444"
ADMIN = c.Principal(c.ADMIN, "operator")
# NOON is Friday, 17:00 in Seoul. Mondays, Wednesdays and Fridays at ten; the first is on Monday.
PLAN = c.PlanCare("assurance", "p_elder", keyed(ELDER), ELDER, "김순자", (0, 2, 4), (600,), attempts_max=2)
MONDAY_TEN = NOON + 2 * DAY + 17 * HOUR


class Plan:
    """One plan on a stage, and the telephone at its other end."""

    def __init__(self, **more: Any) -> None:
        self.stage = Stage()
        self.id = self.stage.do(ADMIN, replace(PLAN, **more))["plan"]
        self.phone = Caller(self.stage, ELDER, service="assurance")

    @property
    def state(self) -> Any:
        return self.stage.state(self.id)

    def waits_until(self, at_us: int) -> Plan:
        self.stage.wait((at_us - self.stage.clock.at_us) / SECOND)
        return self

    def rings(self, answers: str | None = "") -> Plan:
        """The call that is due, as far as her telephone takes it."""
        self.phone.session, self.phone.answers, self.phone.step = self.state.session, answers, 0
        self.phone.settle()
        self.phone.leg = self.phone.state.legs[-1].id
        return self

    def says(self, reason: str) -> Plan:
        self.rings().phone.wishes(c.WishEnd(reason))
        self.phone.hangs_up()
        return self

    def types(self) -> list[str]:
        return [r.event.type for r in self.stage.store.reads.events(self.id)]


def test_she_is_called_at_her_times_and_says_that_she_is_well() -> None:
    plan = Plan()
    assert plan.state.next_us == MONDAY_TEN
    plan.waits_until(MONDAY_TEN - SECOND)
    assert plan.state.state == cares.WAITING
    plan.waits_until(MONDAY_TEN)
    assert plan.state.state == cares.CALLING
    s = plan.stage.state(plan.state.session)
    assert (s.service, s.citizen, s.legs[0].state, s.legs[0].address) == (
        "assurance",
        "p_elder",
        legs.NEW,
        keyed(ELDER),
    )
    words = plan.stage.store.reads.contents([s.number_content])[s.number_content]
    assert words == ELDER.encode()
    plan.says("well")
    assert (plan.state.state, plan.state.outcome, plan.state.answered_us) == ("WAITING", "well", MONDAY_TEN)
    assert wall(plan.state.next_us) == "2027-01-20 10:00"
    assert plan.phone.state.close_reason == "well"


def test_a_plan_has_no_word_of_a_person_in_the_journal() -> None:
    plan = Plan().waits_until(MONDAY_TEN)
    told = "".join(str(r.event) for r in plan.stage.journal())
    assert ELDER not in told
    assert "순자" not in told


@pytest.mark.parametrize("cause", ["no_answer", "busy"])
def test_who_does_not_answer_is_tried_again_the_same_day_and_then_the_next_time(cause: str) -> None:
    plan = Plan().waits_until(MONDAY_TEN).rings(cause)
    assert (plan.state.outcome, plan.state.attempts) == ("no_answer", 1)
    assert plan.phone.state.close_reason == cause
    assert plan.state.next_us == MONDAY_TEN + 30 * MINUTE
    plan.waits_until(plan.state.next_us).rings(cause)
    assert (plan.state.attempts, wall(plan.state.next_us)) == (0, "2027-01-20 10:00")
    assert plan.types().count("care.called") == 2


def test_an_answering_machine_is_no_answer() -> None:
    plan = Plan().waits_until(MONDAY_TEN).rings()
    plan.phone.wishes()
    plan.phone.hangs_up()
    assert (plan.state.outcome, plan.state.answered_us) == ("unclear", NOON)


def test_a_silence_of_days_raises_an_alert_and_an_answer_ends_it() -> None:
    plan = Plan()
    for _ in range(2):
        plan.waits_until(plan.state.next_us).rings("no_answer")
    plan.waits_until(NOON + 3 * DAY)
    assert (plan.state.alert, plan.state.alert_us) == ("silent", NOON + 3 * DAY)
    assert plan.types().count("care.alerted") == 1
    plan.waits_until(plan.state.next_us).says("well")
    assert plan.state.alert == ""


def test_an_alert_stands_until_somebody_has_looked_after_her_and_says_what_was_found() -> None:
    plan = Plan().waits_until(NOON + 3 * DAY + HOUR)
    boss = plan.stage.at_desk(BOSS)
    assert plan.state.alert == "silent"
    assert plan.stage.refused(plan.stage.at_desk(K1), c.SettleCare(plan.id, "확인")) == "not_supervisor"
    assert plan.stage.refused(boss, c.SettleCare(plan.id, " ")) == "reason_needed"
    plan.stage.do(boss, c.SettleCare(plan.id, "통장이 찾아가 뵈었음"))
    assert plan.state.alert == ""
    assert plan.stage.refused(boss, c.SettleCare(plan.id, "또")) == "not_now"
    plan.waits_until(plan.stage.clock.at_us + 3 * DAY)
    assert plan.state.alert == "silent", "the silence is counted anew"


def test_who_asks_for_help_is_brought_to_a_counselor() -> None:
    plan = Plan().waits_until(MONDAY_TEN).rings()
    plan.phone.wishes(c.WishQueue("care"))
    assert plan.state.outcome == "needs_help"
    plan.stage.wait(46)  # nobody here is of that skill; the last step takes anybody
    plan.phone.taken()
    plan.phone.hangs_up()
    assert plan.state.alert == ""


def test_who_asked_for_help_and_got_nobody_is_looked_after_by_a_person() -> None:
    plan = Plan().waits_until(MONDAY_TEN).rings()
    plan.phone.wishes(c.WishQueue("care"))
    plan.phone.hangs_up()
    plan.stage.wait(120)
    assert (plan.state.outcome, plan.state.alert) == ("needs_help", "help")
    plan.waits_until(plan.state.next_us).says("well")
    assert plan.state.alert == "help", "only a person settles that"


def test_a_choice_of_help_without_a_queue_is_an_alert_as_soon_as_she_is_gone() -> None:
    assert Plan().waits_until(MONDAY_TEN).says("needs_help").state.alert == "help"


def test_who_is_away_is_not_called_and_nobody_worries() -> None:
    plan = Plan()
    boss = plan.stage.at_desk(BOSS)
    plan.stage.do(boss, c.PauseCare(plan.id))
    plan.stage.do(boss, c.PauseCare(plan.id))
    plan.waits_until(NOON + 10 * DAY)
    assert (plan.state.session, plan.state.alert) == ("", "")
    reply = plan.stage.do(boss, c.PauseCare(plan.id, paused=False))
    assert reply["next_us"] == plan.state.next_us > plan.stage.clock.at_us
    plan.waits_until(reply["next_us"])
    assert plan.state.state == cares.CALLING
    assert plan.types().count("care.paused") == 1


def test_a_plan_that_ends_calls_nobody_and_forgets_number_and_name() -> None:
    plan = Plan()
    number = plan.state.number
    plan.stage.do(plan.stage.at_desk(BOSS), c.EndCare(plan.id, "moved"))
    assert plan.stage.store.reads.contents([number])[number] is None
    plan.waits_until(NOON + 10 * DAY)
    assert plan.types() == ["care.planned", "care.ended"]
    assert plan.stage.refused(ADMIN, c.PauseCare(plan.id)) == "no_such_plan"
    assert plan.stage.do(ADMIN, PLAN)["no"] == 2, "and she may be planned anew"


def test_a_time_that_passed_while_nobody_could_call_is_not_made_up_for() -> None:
    plan = Plan()
    plan.stage.clock.at_us = MONDAY_TEN + 2 * HOUR
    plan.stage.wait(1)
    assert plan.types()[-1] == "care.skipped"
    assert wall(plan.state.next_us) == "2027-01-20 10:00"


def test_one_number_has_one_plan_of_a_service() -> None:
    plan = Plan()
    assert plan.stage.refused(ADMIN, PLAN) == "already_planned"
    other = replace(PLAN, service="happycall", language="vi")
    assert plan.stage.do(ADMIN, other)["no"] == 2
    assert dict(plan.stage.state(addresses.stream_of(keyed(ELDER))).plans).keys() == {"assurance", "happycall"}


def test_erasing_a_citizen_ends_her_plan() -> None:
    plan = Plan().waits_until(MONDAY_TEN).says("well")
    sessions = tuple(x.stream for x in plan.stage.store.reads.sessions_of("p_elder"))
    plan.stage.do(c.Principal(c.ADMIN, BOSS), c.EraseCitizen("p_elder", sessions, "requested"))
    assert plan.state.state == cares.ENDED


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("service", {"service": "120"}),
        ("number", {"number": "010-3333-4444"}),
        ("number", {"address": ""}),
        ("name", {"name": " "}),
        ("language", {"language": "tlh"}),
        ("times", {"days": ()}),
        ("times", {"times": ()}),
        ("times", {"days": (7,)}),
        ("times", {"times": (1440,)}),
        ("times", {"times": (600, 610, 620, 630, 640, 650, 660)}),
        ("quiet", {"times": (22 * 60,)}),
        ("attempts", {"attempts_max": 0}),
        ("gap", {"gap_s": 5}),
        ("silent_days", {"silent_days": 61}),
    ],
)
def test_a_plan_that_cannot_be_is_refused_by_the_name_of_what_is_wrong(field: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        Stage().do(ADMIN, replace(PLAN, **wrong))
    assert refused.value.args_["field"] == field


def test_only_a_supervisor_plans() -> None:
    stage = Stage()
    assert stage.refused(stage.at_desk(K1), PLAN) == "not_supervisor"


def test_the_next_time_is_found_over_a_week_and_a_month() -> None:
    assert wall(cares.next_time_us((0,), (600,), MONDAY_TEN)) == "2027-01-25 10:00"
    assert wall(cares.next_time_us((0, 1), (540, 900), MONDAY_TEN)) == "2027-01-18 15:00"
    assert wall(cares.next_time_us((6,), (0,), NOON)) == "2027-01-17 00:00"
