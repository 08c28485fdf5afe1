"""After hours a message is left and worked at the opening; whom nobody can take has her words filed, or is told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dasan.core import commands as c
from dasan.core import handoff as handoffs
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.hours import Hours
from dasan.core.policy import Policy
from dasan.core.session import AWAITING_AGENCY, SAID_MAX, phase
from dasan.core.time import DAY, HOUR, SECOND, wall
from tests.broker.stage import K1, K2, NOON, OFFICE, Stage, Talk

MONDAY_NINE = NOON + 2 * DAY + 16 * HOUR  # NOON is Friday, 15 January 2027, 17:00 in Seoul
TO_MONDAY_S = (MONDAY_NINE - NOON) / SECOND


def lines(talk: Talk) -> list[str]:
    """The system lines of a session, by code."""
    events = (r.event for r in talk.stage.store.reads.events(talk.session))
    return [e.code for e in events if e.type == "entry.added" and e.code]


def case_of(stage: Stage, handoff: str) -> dict[str, str]:
    """The words that are filed."""
    content = stage.state(handoff).content
    return json.loads(stage.store.reads.contents([content])[content])  # type: ignore[no-any-return]


def filed(talk: Talk) -> str:
    """The one case that was filed without a counselor."""
    (handoff,) = [name for name, stage in talk.state.handoffs if stage != handoffs.WITHDRAWN]
    return handoff


def test_who_comes_after_hours_is_told_before_anything_is_opened() -> None:
    stage = Stage()
    before = len(stage.journal())
    citizen = c.Principal(c.CITIZEN, "p_1")
    assert stage.refused(citizen, c.OpenSession("p_1", "at", "chat", queue="office", text="네?")) == "queue_closed"
    assert len(stage.journal()) == before


def test_a_message_left_after_hours_waits_for_the_opening_and_is_answered_first_then() -> None:
    stage = Stage()
    talk = Talk(stage, queue="office", later=True)
    assert (talk.item.state, talk.item.open_at_us) == (items.SCHEDULED, MONDAY_NINE)
    assert lines(talk) == ["welcome", "scheduled"]
    assert phase(talk.state) == "WAITING"
    stage.wait(TO_MONDAY_S - 1)
    assert talk.item.state == items.SCHEDULED
    stage.wait(2)
    assert talk.item.state == items.QUEUED
    assert (talk.item.enqueued_at_us, talk.item.rank_at_us) == (MONDAY_NINE, MONDAY_NINE)
    assert lines(talk)[-1] == "opened"
    late = Talk(stage, "p_2", "office")
    assert late.item.rank_at_us > talk.item.rank_at_us
    assert talk.replied().item.state == items.ACTIVE


def test_the_citizen_is_told_when_it_opens() -> None:
    stage = Stage()
    talk = Talk(stage, queue="office", later=True)
    entry = [r.event for r in stage.store.reads.events(talk.session) if getattr(r.event, "code", "") == "scheduled"]
    assert entry[0].args == {"queue": "office", "opens": wall(MONDAY_NINE)}
    assert wall(MONDAY_NINE) == "2027-01-18 09:00"


def test_who_left_a_message_need_not_be_there_when_it_is_answered() -> None:
    stage = Stage()
    talk = Talk(stage, queue="office", later=True)
    stage.do(c.BROKER, c.SuspendLeg(talk.session, talk.leg))
    stage.wait(TO_MONDAY_S + 60)
    assert (talk.item.state, talk.item.parked) == (items.QUEUED, False)
    talk.replied(K1)
    assert talk.state.live_leg.state == legs.SUSPENDED
    stage.do(stage.at_desk(K1), c.ReleaseItem(talk.session, talk.item.id))
    stage.wait(60)
    assert talk.state.closed_at_us


def test_who_is_answered_in_her_absence_is_not_asked_where_she_is() -> None:
    stage = Stage()
    talk = Talk(stage, queue="office", later=True)
    stage.do(c.BROKER, c.SuspendLeg(talk.session, talk.leg))
    stage.wait(TO_MONDAY_S + 60)
    talk.replied(K1)
    stage.wait(2400)
    assert lines(talk) == ["welcome", "scheduled", "opened", "joined", "ended"]
    assert talk.state.closed_at_us


def test_a_message_left_keeps_its_place_over_a_long_weekend_and_through_a_transfer() -> None:
    holidays = frozenset(range((NOON + DAY) // DAY, (NOON + 9 * DAY) // DAY))  # a week of days off
    stage = Stage(policy=replace(Stage().policy, holidays=holidays))
    talk = Talk(stage, queue="office", later=True)
    stage.do(c.BROKER, c.SuspendLeg(talk.session, talk.leg))
    stage.wait((talk.item.open_at_us - NOON) / SECOND + 1)
    assert talk.item.state == items.QUEUED
    talk.active(K1)
    stage.do(stage.at_desk(K1), c.TransferItem(talk.session, talk.item.id, queue="tax"))
    assert (talk.item.queue, talk.item.state, talk.item.parked) == ("tax", items.QUEUED, False)
    talk.active(K2)
    assert not talk.state.closed_at_us


def test_a_message_that_is_taken_back_is_not_worked() -> None:
    stage = Stage()
    talk = Talk(stage, queue="office", later=True).cancelled()
    assert (talk.item.outcome, talk.state.close_reason) == ("abandoned", "abandoned")
    stage.wait(TO_MONDAY_S + 10)
    assert stage.types(talk.session).count("work.due") == 0


def test_a_message_that_nobody_takes_at_the_opening_is_filed() -> None:
    stage = Stage()
    talk = Talk(stage, queue="office", later=True)
    stage.do(c.BROKER, c.SuspendLeg(talk.session, talk.leg))
    stage.wait(TO_MONDAY_S + OFFICE.waiting_max_s + 1)
    assert talk.item.outcome == "expired"
    assert stage.state(filed(talk)).state == handoffs.COMMITTED


def test_an_emergency_knows_no_hours() -> None:
    stage = Stage()
    reply = stage.do(
        c.Principal(c.CITIZEN, "p_1"), c.OpenSession("p_1", "at", "chat", queue="office", text="불!", emergency=True)
    )
    assert stage.state(reply["session"]).live_item.state == items.QUEUED


def test_a_talk_is_not_passed_on_to_a_closed_queue_but_ends_in_its_own_time() -> None:
    stage = Stage()
    talk = Talk(stage).active(K1)
    assert (
        stage.refused(stage.at_desk(K1), c.TransferItem(talk.session, talk.first, queue="office")) == "transfer_closed"
    )
    assert talk.item.state == items.ACTIVE


def test_who_waited_too_long_gets_a_ticket_from_her_own_words_and_its_number() -> None:
    stage = Stage()
    talk = Talk(stage, queue="water")
    stage.do(talk.citizen, c.ReceiveText(talk.session, talk.leg, "수도가 새요\n동교로 1길", "2"))
    stage.do(talk.citizen, c.ReceivePhoto(talk.session, talk.leg, "b_1", "3", "이 사진입니다"))
    stage.wait(1801)
    assert (talk.item.outcome, phase(talk.state)) == ("expired", AWAITING_AGENCY)
    assert lines(talk)[-2:] == ["filed_instead", "ticket_filing"]
    talk.handoff = filed(talk)
    case, h = case_of(stage, talk.handoff), stage.state(talk.handoff)
    assert case["description"] == "여쭤볼 게 있습니다\n수도가 새요\n동교로 1길\n이 사진입니다"
    assert case["summary"].endswith("여쭤볼 게 있습니다")
    assert (h.category, h.blobs, h.counselor, h.item) == ("water", ("b_1",), "", talk.first)
    talk.acknowledged()
    assert lines(talk)[-1] == "ticket_acknowledged"
    assert (talk.state.closed_at_us > 0, talk.state.close_reason) == (True, "expired")


@pytest.mark.parametrize("text", ["", "여쭤볼 게 있습니다"])
def test_who_has_nothing_to_file_or_whose_queue_files_nothing_is_told_where_to_go(text: str) -> None:
    policy = Policy()
    quiet = replace(policy.queues["general"], fallback="message" if text else "ticket")
    stage = Stage(policy=replace(policy, queues={**policy.queues, "general": quiet}))
    reply = stage.do(c.Principal(c.CITIZEN, "p_1"), c.OpenSession("p_1", "at", "chat", text=text, client_id="1"))
    stage.wait(1801)
    s = stage.state(reply["session"])
    assert (s.handoffs, s.close_reason, s.closed_at_us > 0) == ((), "expired", True)
    assert stage.types(s.id)[-3:] == ["entry.added", "leg.ended", "session.closed"]


def test_what_cannot_be_routed_is_filed_at_once() -> None:
    policy = Policy()
    never = replace(policy.queues["tax"], hours=Hours(((),) * 7))
    stage = Stage(policy=replace(policy, queues={**policy.queues, "tax": never}))
    talk = Talk(stage, queue="tax", later=True)
    assert (talk.item.outcome, phase(talk.state)) == ("no_route", AWAITING_AGENCY)
    assert lines(talk) == ["welcome", "filed_instead", "ticket_filing"]
    talk.handoff = filed(talk)
    assert case_of(stage, talk.handoff)["description"] == "여쭤볼 게 있습니다"
    assert talk.acknowledged().state.close_reason == "no_route"


def test_a_case_that_is_on_its_way_already_is_not_filed_again() -> None:
    stage = Stage()
    talk = Talk(stage).committed()
    stage.do(stage.at_desk(K1), c.SendReply(talk.session, "접수했습니다", "k1"))
    stage.do(talk.citizen, c.ReceiveText(talk.session, talk.leg, "하나 더요", "2"))
    stage.do(stage.at_desk(K1), c.MissBeat(K1, stage.epochs[K1], 45))
    stage.wait(2000)
    assert talk.item.outcome == "expired"
    assert len(talk.state.handoffs) == 1
    assert lines(talk)[-1] == "wait_over"


def test_a_case_made_of_very_many_words_still_fits_the_ticket_side() -> None:
    stage = Stage()
    talk = Talk(stage)
    for n in range(SAID_MAX + 5):
        stage.do(talk.citizen, c.ReceiveText(talk.session, talk.leg, f"{n} " + "가" * 3_990, f"m{n}"))
    stage.wait(1801)
    case = case_of(stage, filed(talk))
    assert len(talk.state.said) == SAID_MAX
    assert len(case["summary"]) + len(case["description"]) < 3_900
