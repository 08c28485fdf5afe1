"""Promises of the service in sentences, each through the broker and virtual time; most of them were broken once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core import handoff as handoffs
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.policy import Policy
from dasan.core.session import phase
from dasan.dispatch import Dispatcher
from dasan.outbox import Promises
from dasan.timers import Timers
from tests.broker.stage import BOSS, CASE, K1, K2, Stage, Talk


def test_a_citizen_who_comes_back_during_wrap_up_gets_a_new_session() -> None:
    stage = Stage()
    talk = Talk(stage).wrapping()
    again = c.OpenSession(talk.citizen.id, talk.address, "chat", text="하나 더요", client_id="2")
    reply = stage.do(talk.citizen, again)
    assert reply["opened"]
    assert reply["session"] != talk.session
    stage.wait(60)
    assert talk.state.closed_at_us
    assert stage.do(talk.citizen, replace(again, client_id="3"))["session"] == reply["session"]


def test_a_second_tab_finds_the_same_session() -> None:
    stage = Stage()
    talk = Talk(stage)
    reply = stage.do(talk.citizen, c.OpenSession(talk.citizen.id, talk.address, "chat"))
    assert (reply["session"], reply["opened"]) == (talk.session, False)


def test_a_lost_console_gets_no_new_offers() -> None:
    stage = Stage()
    first, second = Talk(stage, "p_1").offered(K1), Talk(stage, "p_2")
    stage.do(c.BROKER, c.MissBeat(K1, stage.epochs[K1], 33))
    assert first.item.state == items.QUEUED
    assert "offer.revoked" in stage.types(first.session)
    assert stage.refused(c.DISPATCHER, c.MakeOffer(second.session, second.first, K1)) == "not_now"
    assert stage.state(K1).misses == 0


def test_what_a_dead_console_held_waits_at_its_rank_and_comes_back_to_her() -> None:
    stage = Stage()
    talk = Talk(stage).replied(K1)
    rank = talk.item.rank_at_us
    stage.do(c.BROKER, c.MissBeat(K1, stage.epochs[K1], 33))
    stage.wait(20)
    assert talk.item.state == items.ACTIVE
    stage.wait(20)
    assert talk.item.state == items.QUEUED
    assert talk.item.rank_at_us == rank
    stage.attach(K1)
    assert (talk.item.state, talk.item.counselor) == (items.CONNECTING, K1)


def test_what_comes_back_to_the_queue_while_its_citizen_is_out_of_reach_is_offered_to_nobody() -> None:
    stage = Stage()
    talk = Talk(stage).replied(K1)
    stage.do(c.BROKER, c.SuspendLeg(talk.session, talk.leg))
    stage.do(c.BROKER, c.MissBeat(K1, stage.epochs[K1], 33))
    stage.wait(40)
    assert (talk.item.state, talk.item.parked) == (items.QUEUED, True)
    assert stage.refused(c.DISPATCHER, c.MakeOffer(talk.session, talk.first, K2)) == "not_now"
    stage.do(talk.citizen, c.ResumeLeg(talk.session, talk.leg))
    assert not talk.item.parked
    talk.offered(K2)


def test_a_citizen_is_not_called_silent_for_the_time_she_waited_in_the_queue() -> None:
    stage = Stage()
    talk = Talk(stage).replied(K1)
    stage.do(c.BROKER, c.MissBeat(K1, stage.epochs[K1], 33))
    stage.wait(150)
    assert talk.item.state == items.QUEUED
    talk.active(K2)
    stage.wait(60)
    assert "citizen.idle_warned" not in stage.types(talk.session)
    stage.wait(70)
    assert "citizen.idle_warned" in stage.types(talk.session)


def test_a_silent_citizen_is_warned_paused_and_let_go() -> None:
    stage = Stage()
    talk = Talk(stage).replied(K1)
    stage.wait(121)
    assert "citizen.idle_warned" in stage.types(talk.session)
    stage.wait(180)
    assert (talk.item.state, phase(talk.state)) == (items.PAUSED, "AWAITING_CITIZEN")
    assert stage.state(K1).units("text") == 0
    stage.wait(1510)
    assert talk.item.state == items.WRAPPING
    stage.wait(31)
    assert talk.state.closed_at_us


def test_a_pause_asked_for_late_in_a_silence_does_not_close_the_session_at_once() -> None:
    stage = Stage()
    talk = Talk(stage).replied(K1)
    stage.do(talk.citizen, c.ReceiveText(talk.session, talk.leg, "찾아볼게요", "2"))
    stage.wait(2400)
    stage.do(stage.at_desk(K1), c.PauseItem(talk.session, talk.first))
    stage.wait(600)
    assert talk.item.state == items.PAUSED


def test_whoever_comes_back_to_a_full_counselor_waits_at_her_old_place() -> None:
    stage = Stage()
    talk = Talk(stage, "p_1").paused()
    for n in range(3):
        Talk(stage, f"p_{n + 5}").active(K1)
    stage.do(talk.citizen, c.ReceiveText(talk.session, talk.leg, "저 왔어요", "2"))
    assert (talk.item.state, talk.item.sticky) == (items.QUEUED, K1)
    assert stage.state(K1).count("chat") == 3


def test_the_wrap_up_of_a_paused_session_takes_no_room() -> None:
    stage = Stage()
    talk = Talk(stage, "p_1").paused()
    for n in range(3):
        Talk(stage, f"p_{n + 5}").active(K1)
    stage.do(talk.citizen, c.LeaveSession(talk.session, talk.leg))
    k = stage.state(K1)
    assert (k.units("text"), k.count("chat"), len(k.slots)) == (90, 3, 4)


def test_a_draft_that_was_never_sent_does_not_keep_the_session_open() -> None:
    stage = Stage()
    talk = Talk(stage).drafted()
    stage.do(stage.at_desk(K1), c.ReleaseItem(talk.session, talk.first))
    stage.do(stage.at_desk(K1), c.CompleteWrapUp(talk.session, talk.first, "answered", "general"))
    assert stage.state(talk.handoff).state == handoffs.WITHDRAWN
    assert talk.state.closed_at_us
    assert list(stage.store.reads.deliveries("done")) == []


def test_a_draft_whose_item_went_back_and_expired_does_not_keep_the_session_open() -> None:
    stage = Stage()
    talk = Talk(stage).drafted()
    stage.wait(2000)  # she never answered: back to the queue, where nobody took it
    assert stage.state(talk.handoff).state == handoffs.WITHDRAWN
    (talk.handoff,) = [name for name, stage in talk.state.handoffs if stage == handoffs.COMMITTED]  # in her own words
    talk.acknowledged()
    assert talk.state.closed_at_us


def test_a_session_does_not_close_before_its_receipt_or_a_supervisors_act() -> None:
    for ending in ("receipt", "act"):
        stage = Stage()
        talk = Talk(stage).committed()
        stage.do(stage.at_desk(K1), c.ReleaseItem(talk.session, talk.first))
        stage.do(stage.at_desk(K1), c.CompleteWrapUp(talk.session, talk.first, "ticket", "road"))
        assert phase(talk.state) == "AWAITING_AGENCY"
        if ending == "receipt":
            talk.acknowledged()
        else:
            stage.do(stage.at_desk(BOSS), c.ReleaseHandoff(talk.handoff, "응답소 장애"))
        assert talk.state.closed_at_us


def test_a_token_that_never_becomes_a_number_is_seen_by_a_person_after_a_day() -> None:
    stage = Stage()
    talk = Talk(stage).result("submitted", token="t-1")
    stage.wait(23 * 3600)
    talk.result("submitted", token="t-1")
    assert stage.state(talk.handoff).state == handoffs.SUBMITTED
    stage.wait(2 * 3600)
    talk.result("submitted", token="t-1")
    assert stage.state(talk.handoff).state == handoffs.DEAD_LETTER


def test_after_an_unclear_outcome_the_next_attempt_asks_first() -> None:
    stage = Stage()
    talk = Talk(stage).result("unclear", code="time_out")
    begun = stage.do(c.OUTBOX, c.BeginSubmission(talk.handoff, 2), "")
    assert begun["ask_first"]


def test_an_attempt_that_died_between_sending_and_hearing_asks_first() -> None:
    stage = Stage()
    talk = Talk(stage).submitting()
    begun = stage.do(c.OUTBOX, c.BeginSubmission(talk.handoff, 2), "")
    assert begun["ask_first"]


def test_a_takeover_of_a_talk_that_had_not_begun_is_an_answer() -> None:
    stage = Stage()
    talk = Talk(stage).accepted(K1)
    stage.wait(5)
    stage.do(stage.at_desk(BOSS), c.TakeOver(talk.session, talk.first))
    assert talk.item.active_at_us == stage.clock.at_us
    stage.wait(60)
    assert talk.item.counselor == BOSS
    assert stage.state(K1).slots == ()


def test_three_offers_let_go_set_her_away() -> None:
    stage = Stage()
    for n in range(3):
        Talk(stage, f"p_{n}").offered(K1)
        stage.wait(46)
    k = stage.state(K1)
    assert (k.presence, k.presence_reason) == (counselors.AWAY, "missed")


def test_whoever_declined_is_passed_over_for_a_minute_and_no_longer() -> None:
    stage = Stage()
    talk = Talk(stage).offered(K1)
    stage.do(stage.at_desk(K1), c.DeclineOffer(talk.offer, talk.session, "긴 사정이 있어서"))
    declined = next(r.event for r in stage.store.reads.events(talk.session) if r.event.type == "offer.declined")
    assert declined.reason == "other"  # an event holds a code, not words
    assert stage.refused(c.DISPATCHER, c.MakeOffer(talk.session, talk.first, K1)) == "not_now"
    stage.wait(61)
    talk.offered(K1)


def test_nobody_takes_what_another_has_and_each_is_told_why() -> None:
    stage = Stage()
    talk = Talk(stage).accepted(K1)
    assert stage.refused(stage.at_desk(K2), c.AcceptOffer(talk.offer, talk.session)) == "already_taken"
    assert stage.refused(stage.at_desk(K1), c.AcceptOffer(talk.offer, talk.session)) == "offer_over"


def test_nobody_waits_longer_than_the_queue_promises() -> None:
    stage = Stage()
    talk = Talk(stage)
    stage.wait(1801)
    assert talk.state.items[0].outcome == "expired"
    assert all(leg.state == legs.ENDED for leg in talk.state.legs)


def test_priority_is_a_bounded_shift_of_time() -> None:
    stage = Stage(policy=replace(Policy(), credit_max_s=60))
    citizen = c.Principal(c.CITIZEN, "p_9")
    reply = stage.do(citizen, c.OpenSession("p_9", "somewhere", "chat", credit_s=100_000))
    item = stage.state(reply["session"]).items[0]
    assert item.enqueued_at_us - item.rank_at_us == 60_000_000


def test_who_is_passed_on_keeps_her_place_in_the_line() -> None:
    stage = Stage()
    talk = Talk(stage).replied(K1)
    rank = talk.item.rank_at_us
    stage.wait(30)
    stage.do(stage.at_desk(K1), c.TransferItem(talk.session, talk.first, queue="tax", note="세금 문의"))
    successor = talk.item
    assert (successor.previous, successor.queue, successor.rank_at_us) == (talk.first, "tax", rank)
    assert talk.state.item(talk.first).state == items.WRAPPING


@pytest.mark.parametrize("target", [{}, {"queue": "tax", "counselor": K2}, {"counselor": K1}])
def test_a_transfer_has_exactly_one_other_target_or_nothing_happens(target: dict[str, str]) -> None:
    stage = Stage()
    talk = Talk(stage).active(K1)
    before = len(stage.journal())
    command = c.TransferItem(talk.session, talk.first, note="메모", **target)
    assert stage.refused(stage.at_desk(K1), command) == "not_now"
    assert len(stage.journal()) == before


def test_a_finished_item_takes_no_ticket() -> None:
    stage = Stage()
    talk = Talk(stage).completed()
    assert stage.refused(stage.at_desk(K1), c.FileTicket(talk.session, talk.first, CASE)) == "not_now"


def test_a_promise_whose_attempt_could_not_be_written_is_tried_again() -> None:
    stage = Stage()
    promises = Promises()
    talk = Talk(stage).committed()
    promises.promise(stage.store.reads.deliveries("waiting")[0])
    now = stage.clock.at_us
    assert promises.due(now, 5) == [talk.handoff]
    assert promises.due(now, 5) == []
    promises.again(talk.handoff, now + 5)
    assert promises.due(now + 5, 5) == [talk.handoff]


def test_a_deadline_that_moved_on_is_put_back_and_one_that_stays_is_given_once() -> None:
    timers = Timers()
    timers.arm("s_1", 10)
    timers.arm("s_1", 30)
    assert timers.due(20) == []
    assert timers.next_us() == 30
    assert timers.due(30) == [("s_1", 30)]
    assert timers.due(40) == []
    timers.arm("s_1", 30)
    assert timers.due(40) == [("s_1", 30)]
    timers.arm("s_1", None)
    assert timers.standing() == {}


def test_the_dispatcher_rests_while_nothing_changes_and_wakes_when_an_exclusion_ends() -> None:
    stage = Stage()
    dispatcher = Dispatcher(stage.policy)
    stage.gate.listen(dispatcher.see)
    for who in (K1, K2):
        dispatcher.take(stage.store.reads.head(who))
    stage.do(stage.at_desk(K2), c.SetPresence(K2, counselors.AWAY))
    talk = Talk(stage).offered(K1)
    stage.do(stage.at_desk(K1), c.DeclineOffer(talk.offer, talk.session))
    assert dispatcher.plans(stage.clock.at_us) == []
    assert not dispatcher.changed
    later = stage.clock.at_us + 60_000_000
    assert [plan.counselor for plan in dispatcher.plans(later)] == [K1]
