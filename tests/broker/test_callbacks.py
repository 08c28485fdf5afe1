"""Who does not want to wait is called back: in her place, by a counselor who is there, at hours that are fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dasan.core import callback as callbacks
from dasan.core import commands as c
from dasan.core import handoff as handoffs
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.log import Log
from dasan.core.policy import Line, Policy
from dasan.core.session import AWAITING_CALLBACK, ENGAGED, phase
from dasan.core.time import DAY, HOUR, MINUTE, SECOND
from tests.broker.caller import Caller
from tests.broker.stage import BOSS, K1, K2, NOON, Stage, Talk

# NOON is Friday, 15 January 2027, 17:00 in Seoul: four hours before the quiet ones.
EVENING, MORNING = NOON + 4 * HOUR, NOON + 15 * HOUR


def stage(**policy: Any) -> Stage:
    return Stage(policy=replace(Stage().policy, **policy))


def lines(caller: Caller) -> list[str]:
    events = (r.event for r in caller.stage.store.reads.events(caller.session))
    return [e.code for e in events if e.type == "entry.added" and e.code]


def test_who_asks_to_be_called_back_keeps_her_place() -> None:
    s = stage()
    first = Caller(s, "+821011110000").queues()
    rank = first.item.rank_at_us
    s.wait(40)
    other = Caller(s, "+821022220000").queues()
    first.asks_back()
    assert first.callback.state == callbacks.DUE
    assert (first.item.channel, first.item.state) == (callbacks.CHANNEL, items.QUEUED)
    assert first.item.rank_at_us == rank < other.item.rank_at_us
    assert phase(first.state) == AWAITING_CALLBACK
    assert first.state.items[0].outcome == "converted"


def test_who_waited_for_a_subject_is_called_back_by_its_counselors_whatever_the_menu_names() -> None:
    caller = Caller(stage()).queues("water")
    caller.asks_back(queue="general")
    assert (caller.callback.queue, caller.item.queue) == ("water", "water")


def test_who_calls_in_may_take_her_callback_back_and_goes_on_in_the_menu() -> None:
    caller = Caller(stage()).asks_back().rings()
    assert caller.reply["callback"] == caller.callback.id
    caller.wishes(c.WishCancelCallback())
    assert (caller.callback.state, caller.item.outcome) == (callbacks.CANCELLED, "withdrawn")
    caller.wishes(c.WishCancelCallback())
    caller.wishes(c.WishQueue("general"))
    assert caller.item.rank_at_us >= caller.stage.clock.at_us - 1, "a new wait, for she gave up her place"
    caller.hangs_up()
    caller.stage.wait(61)
    assert caller.state.closed_at_us


def counted(caller: Caller) -> dict[str, int]:
    return {stage: n for stage, n in Log().see_all(caller.stage.journal()).calls.totals.items() if n}


def test_who_waits_on_the_line_instead_of_her_callback_has_entered_anew_and_is_answered() -> None:
    caller = Caller(stage()).asks_back().rings()
    caller.wishes(c.WishQueue("general"))
    offer = caller.stage.do(c.DISPATCHER, c.MakeOffer(caller.session, caller.item.id, K1), "")["offer"]
    caller.stage.do(caller.stage.at_desk(K1), c.AcceptOffer(offer, caller.session))
    caller.settle()
    caller.hangs_up()
    assert counted(caller) == {"attempted": 2, "entered": 2, "converted": 1, "offered": 1, "answered": 1}


def test_who_calls_in_while_her_counselor_is_ready_has_not_left_the_menu() -> None:
    caller = Caller(stage()).asks_back()
    offer = caller.stage.do(c.DISPATCHER, c.MakeOffer(caller.session, caller.item.id, K1), "")["offer"]
    caller.stage.do(caller.stage.at_desk(K1), c.AcceptOffer(offer, caller.session))
    caller.rings().settle()
    assert caller.callback.state == callbacks.CONNECTED
    caller.hangs_up()
    assert counted(caller) == {"attempted": 2, "entered": 1, "converted": 1, "resumed": 1}


def test_who_keeps_her_callback_and_hangs_up_is_still_to_be_called() -> None:
    caller = Caller(stage()).asks_back().rings()
    rank = caller.callback.rank_at_us
    caller.wishes(c.WishEnd("callback_kept"))
    caller.hangs_up()
    assert (caller.callback.state, caller.callback.rank_at_us) == (callbacks.DUE, rank)
    assert not caller.state.closed_at_us
    caller.taken()
    assert caller.callback.state == callbacks.CONNECTED


def test_nobody_is_dialled_who_is_still_on_the_line() -> None:
    caller = Caller(stage()).queues()
    caller.wishes(c.WishCallback())
    assert caller.callback.state == callbacks.SCHEDULED
    caller.stage.wait(30)
    assert caller.callback.state == callbacks.SCHEDULED
    caller.hangs_up()
    assert caller.callback.state == callbacks.DUE
    assert not caller.state.closed_at_us


def test_the_counselor_stands_ready_before_the_citizen_is_rung() -> None:
    caller = Caller(stage()).asks_back()
    offer = caller.stage.do(c.DISPATCHER, c.MakeOffer(caller.session, caller.item.id, K1), "")["offer"]
    caller.stage.do(caller.stage.at_desk(K1), c.AcceptOffer(offer, caller.session))
    assert caller.callback.state == callbacks.DUE
    assert len(caller.state.legs) == 1
    caller.settle()
    assert (caller.callback.state, caller.callback.attempts) == (callbacks.CONNECTED, 1)
    assert caller.item.state == items.ACTIVE
    assert phase(caller.state) == ENGAGED
    assert caller.state.legs[-1].address == caller.state.legs[0].address
    assert len(set(caller.rung)) == len(caller.rung) == 2


def test_the_session_ends_with_the_talk_and_its_wrap_up() -> None:
    caller = Caller(stage()).asks_back().taken()
    caller.tells(caller.state.legs[-1].id, "ended", cause="normal")
    assert caller.callback.state == callbacks.DONE
    assert caller.item.state == items.WRAPPING
    command = c.CompleteWrapUp(caller.session, caller.item.id, "answered", "general")
    caller.stage.do(caller.stage.at_desk(K1), command)
    assert caller.state.close_reason == "answered"


@pytest.mark.parametrize("cause", ["busy", "no_answer", "rejected", "network"])
def test_who_does_not_answer_is_tried_again_after_longer_and_longer_gaps(cause: str) -> None:
    caller = Caller(stage()).asks_back()
    caller.answers = cause
    gaps = []
    for attempt in (1, 2):
        caller.taken()
        assert (caller.callback.state, caller.callback.attempts) == (callbacks.RETRY_WAIT, attempt)
        assert caller.callback.last == cause
        assert caller.state.live_item is None
        assert caller.stage.state(K1).slots == (), "the counselor is free again"
        assert all(leg.state == legs.ENDED for leg in caller.state.parties)
        gaps.append(caller.callback.due_us - caller.stage.clock.at_us)
        caller.stage.wait(gaps[-1] / SECOND - 1)
        assert caller.callback.state == callbacks.RETRY_WAIT
        caller.stage.wait(1)
        assert caller.callback.state == callbacks.DUE
    caller.taken()
    assert gaps == [2 * MINUTE, 10 * MINUTE]
    assert (caller.callback.state, caller.callback.attempts) == (callbacks.EXHAUSTED, 3)


def test_who_cannot_be_reached_is_written_to() -> None:
    caller = Caller(stage(texts=True, callback_attempts_max=1)).asks_back()
    caller.answers = "no_answer"
    caller.taken()
    assert caller.callback.state == callbacks.EXHAUSTED
    assert caller.state.close_reason == "callback_exhausted"
    promises = caller.stage.store.reads.deliveries("waiting")
    assert [(p.endpoint, p.stream) for p in promises] == [("text", caller.session)]
    message = caller.stage.state(promises[0].id)
    words = caller.stage.store.reads.contents([message.content, message.number])
    assert "120으로 다시 전화" in words[message.content].decode()
    assert words[message.number] == caller.number.encode()


@pytest.mark.parametrize("fact", ["failed", "undelivered"])
def test_who_does_not_get_that_text_either_is_given_over_to_a_department(fact: str) -> None:
    caller = Caller(stage(texts=True, callback_attempts_max=1)).asks_back()
    caller.answers = "no_answer"
    caller.taken()
    (promise,) = caller.stage.store.reads.deliveries("waiting")
    assert caller.state.closed_at_us
    for _ in range(2):  # the network says it twice
        caller.stage.do(c.PROVIDER, c.TextFact(promise.id, fact, code="30003"), "")
    (ticket,) = caller.stage.store.reads.deliveries("waiting")
    assert ticket.endpoint == "eungdapso"
    content = caller.stage.state(ticket.id).content
    assert caller.number.encode() in caller.stage.store.reads.contents([content])[content]


def test_who_has_a_landline_is_given_over_to_a_department() -> None:
    caller = Caller(stage(texts=True, callback_attempts_max=1), "+8221231234").asks_back()
    caller.answers = "busy"
    caller.taken()
    assert caller.callback.state == callbacks.EXHAUSTED
    (handoff, at) = caller.state.handoffs[0]
    assert at == handoffs.COMMITTED
    assert not caller.state.closed_at_us
    content = caller.stage.state(handoff).content
    assert b"+8221231234" in caller.stage.store.reads.contents([content])[content]


def test_at_night_nobody_is_called_and_nobody_loses_her_place() -> None:
    caller = Caller(stage()).queues()
    rank = caller.item.rank_at_us
    caller.stage.clock.at_us = EVENING - 5 * MINUTE
    caller.asks_back()
    assert caller.callback.state == callbacks.DUE
    caller.stage.wait(301)
    assert (caller.callback.state, caller.callback.due_us) == (callbacks.SCHEDULED, MORNING)
    assert caller.state.live_item is None
    caller.stage.wait(11 * 3600)
    assert (caller.callback.state, caller.item.rank_at_us) == (callbacks.DUE, rank)


def test_a_retry_that_would_fall_into_the_night_waits_for_the_morning() -> None:
    caller = Caller(stage()).queues()
    caller.stage.clock.at_us = EVENING - MINUTE
    caller.asks_back()
    caller.answers = "no_answer"
    caller.taken()
    assert (caller.callback.state, caller.callback.due_us) == (callbacks.RETRY_WAIT, MORNING)


def test_a_callback_for_a_queue_that_is_closed_waits_for_its_opening() -> None:
    caller = Caller(stage()).rings()
    came = caller.wishes(c.WishCallback(queue="office"))
    assert came["due_us"] == NOON + 2 * DAY + 16 * HOUR
    caller.hangs_up()
    assert phase(caller.state) == AWAITING_CALLBACK


def test_a_second_wish_gives_the_first_callback() -> None:
    caller = Caller(stage()).queues()
    first = caller.wishes(c.WishCallback())
    second = caller.wishes(c.WishCallback())
    assert second["existing"]
    assert first["callback"] == second["callback"]
    caller.hangs_up()
    again = Caller(caller.stage).rings()
    assert again.session == caller.session, "the same address and service lead to the same session"
    assert again.wishes(c.WishCallback())["callback"] == first["callback"]


def test_who_calls_in_herself_and_waits_is_not_called_back() -> None:
    caller = Caller(stage()).queues()
    rank = caller.item.rank_at_us
    caller.asks_back()
    caller.stage.wait(120)
    caller.rings().queues()
    assert (caller.callback.state, caller.callback.last) == (callbacks.CANCELLED, "called_in")
    assert (caller.item.channel, caller.item.rank_at_us) == ("voice", rank)
    assert [i.state for i in caller.state.items] == [items.CANCELLED, items.CANCELLED, items.QUEUED]


def test_who_calls_in_only_to_ask_is_still_called_back() -> None:
    caller = Caller(stage()).asks_back()
    caller.stage.wait(60)
    caller.rings().hangs_up()
    assert caller.callback.state == callbacks.DUE
    caller.stage.wait(120)
    assert caller.item.state == items.QUEUED
    caller.taken()
    assert caller.callback.state == callbacks.CONNECTED


@pytest.mark.parametrize(
    "wishes", [(c.WishEnd("answered"),), (c.WishLeave("voicemail"),), (c.WishLeave("voicemail"), c.WishCallback())]
)
def test_whatever_she_does_in_the_menu_meanwhile_her_callback_keeps_its_place(wishes: tuple[Any, ...]) -> None:
    caller = Caller(stage()).asks_back()
    promised, place = caller.callback.id, caller.item
    caller.stage.wait(60)
    caller.rings().wishes(*wishes)
    caller.hangs_up()
    assert (caller.callback.id, caller.callback.state) == (promised, callbacks.DUE)
    assert (caller.item.id, caller.item.rank_at_us) == (place.id, place.rank_at_us)
    caller.taken()
    assert caller.callback.state == callbacks.CONNECTED


def test_whoever_calls_back_finds_the_message_that_was_left() -> None:
    caller = Caller(stage()).queues()
    caller.wishes(c.WishLeave("voicemail"))
    caller.hangs_up()
    caller.stage.do(c.PROVIDER, c.RecordingFact(caller.session, blob="b_1", seconds=12, kind="voicemail"), "")
    left = [
        e for r in caller.stage.store.reads.events(caller.session) if (e := r.event).type == "entry.added" and e.blob
    ]
    assert [(e.code, e.blob, e.shown) for e in left] == [("voicemail_kept", "b_1", 0)]
    assert caller.callback.state == callbacks.DUE
    assert not caller.state.said, "it is no line of hers from which a case could be filed"


def test_who_is_on_the_line_when_her_counselor_is_ready_is_not_dialled() -> None:
    caller = Caller(stage()).asks_back()
    caller.rings()
    caller.taken()
    assert (caller.callback.state, caller.callback.attempts) == (callbacks.CONNECTED, 0)
    assert caller.item.state == items.ACTIVE
    assert len(caller.rung) == 1, "the counselor's telephone alone was rung"


def test_who_calls_in_and_hangs_up_while_her_counselor_makes_ready_is_dialled() -> None:
    caller = Caller(stage()).asks_back().rings()
    offer = caller.stage.do(c.DISPATCHER, c.MakeOffer(caller.session, caller.item.id, K1), "")["offer"]
    caller.stage.do(caller.stage.at_desk(K1), c.AcceptOffer(offer, caller.session))
    caller.hangs_up().settle()
    assert (caller.callback.state, caller.callback.attempts) == (callbacks.CONNECTED, 1)
    assert caller.item.state == items.ACTIVE


def test_a_counselor_lost_while_the_citizen_is_rung_stops_the_ringing() -> None:
    caller = Caller(stage()).asks_back()
    caller.answers = None
    caller.taken()
    assert caller.callback.state == callbacks.DIALING
    ringing = caller.state.leg(caller.callback.leg)
    hers = next(p for p in caller.state.parties if p.state != legs.ENDED)
    caller.tells(hers.id, "ended", cause="network")
    assert caller.state.leg(ringing.id).state == legs.ENDED
    assert (caller.callback.state, caller.callback.attempts) == (callbacks.DUE, 0)
    assert caller.item.state == items.QUEUED
    caller.answers = ""
    caller.taken(K2)
    assert caller.callback.state == callbacks.CONNECTED


def test_who_calls_in_while_we_ring_her_is_with_her_counselor_at_once() -> None:
    caller = Caller(stage()).asks_back()
    caller.answers = None
    caller.taken()
    ringing = caller.callback.leg
    assert caller.callback.state == callbacks.DIALING
    caller.rings()
    assert caller.state.leg(ringing).state == legs.ENDED
    caller.settle()
    assert (caller.callback.state, caller.item.state) == (callbacks.CONNECTED, items.ACTIVE)


def test_the_quiet_hours_between_acceptance_and_ring_hold_too() -> None:
    caller = Caller(stage()).queues()
    caller.stage.clock.at_us = EVENING - 10 * SECOND
    caller.asks_back()
    offer = caller.stage.do(c.DISPATCHER, c.MakeOffer(caller.session, caller.item.id, K1), "")["offer"]
    caller.stage.do(caller.stage.at_desk(K1), c.AcceptOffer(offer, caller.session))
    caller.stage.clock.at_us = EVENING + SECOND
    caller.tells(caller.state.parties[-1].id, "joined")
    assert (caller.callback.state, caller.callback.due_us) == (callbacks.SCHEDULED, MORNING)
    assert caller.stage.state(K1).slots == ()
    assert len(caller.state.legs) == 1


def test_an_attempt_of_which_nothing_is_heard_ends_by_itself() -> None:
    caller = Caller(stage()).asks_back()
    offer = caller.stage.do(c.DISPATCHER, c.MakeOffer(caller.session, caller.item.id, K1), "")["offer"]
    caller.stage.do(caller.stage.at_desk(K1), c.AcceptOffer(offer, caller.session))
    hers = caller.state.parties[-1]
    caller.tells(hers.id, "joined")
    assert caller.callback.state == callbacks.DIALING
    caller.stage.wait(70)
    assert caller.callback.state == callbacks.RETRY_WAIT


def test_the_citizen_may_be_called_first_and_waits_at_her_place() -> None:
    caller = Caller(stage(callback_mode=callbacks.CITIZEN_FIRST)).queues()
    rank = caller.item.rank_at_us
    caller.asks_back()
    assert caller.callback.state == callbacks.DIALING
    assert caller.state.live_item is None
    caller.settle()
    assert caller.callback.state == callbacks.CONNECTED
    assert (caller.item.channel, caller.item.state, caller.item.rank_at_us) == ("voice", items.QUEUED, rank)
    caller.taken()
    assert caller.item.state == items.ACTIVE


def test_a_counselor_has_a_citizen_called_back_at_a_time_and_takes_it_herself_if_she_can() -> None:
    caller = Caller(stage()).queues().taken()
    at = NOON + 2 * HOUR
    reply = caller.stage.do(caller.stage.at_desk(K1), c.RequestCallback(caller.session, at))
    assert reply["due_us"] == at
    caller.tells(caller.leg, "ended", cause="normal")
    command = c.CompleteWrapUp(caller.session, caller.item.id, "answered", "general")
    caller.stage.do(caller.stage.at_desk(K1), command)
    assert phase(caller.state) == AWAITING_CALLBACK
    caller.stage.wait(2 * 3600)
    assert caller.callback.state == callbacks.DUE
    assert caller.item.sticky == K1
    assert caller.item.rank_at_us == at - 600 * SECOND


def test_an_appointment_is_moved_and_cancelled_by_who_made_it_or_a_supervisor_alone() -> None:
    caller = Caller(stage()).queues().taken()
    desk = caller.stage.at_desk
    caller.stage.do(desk(K1), c.RequestCallback(caller.session, NOON + HOUR))
    assert caller.stage.refused(desk(K2), c.ScheduleCallback(caller.session, NOON + 2 * HOUR)) == "not_yours"
    assert caller.stage.refused(desk(K2), c.CancelCallback(caller.session, "asked")) == "not_yours"
    night = caller.stage.do(desk(K1), c.ScheduleCallback(caller.session, NOON + 5 * HOUR))
    assert night["due_us"] == MORNING
    caller.stage.do(desk(BOSS), c.CancelCallback(caller.session, "asked"))
    assert caller.callback.state == callbacks.CANCELLED
    assert caller.stage.refused(desk(BOSS), c.CancelCallback(caller.session, "asked")) == "no_such_callback"


def test_in_the_talk_that_a_callback_led_to_another_one_can_be_arranged() -> None:
    caller = Caller(stage()).asks_back().taken()
    first, at = caller.callback.id, NOON + 2 * HOUR
    reply = caller.stage.do(caller.stage.at_desk(K1), c.RequestCallback(caller.session, at))
    assert (reply["existing"], reply["due_us"]) == (False, at)
    assert reply["callback"] != first
    assert caller.item.state == items.ACTIVE, "the talk goes on"
    caller.tells(caller.state.legs[-1].id, "ended", cause="normal")
    command = c.CompleteWrapUp(caller.session, caller.item.id, "answered", "general")
    caller.stage.do(caller.stage.at_desk(K1), command)
    caller.stage.wait(2 * 3600)
    caller.taken()
    assert (caller.callback.state, caller.callback.attempts) == (callbacks.CONNECTED, 1)
    assert caller.item.state == items.ACTIVE


def test_a_line_is_let_go_with_the_citizen_although_somebody_will_call_her_tomorrow() -> None:
    caller = Caller(stage(lines=(Line("119", "119", "119", "119"),))).queues().taken()
    desk = caller.stage.at_desk(K1)
    caller.stage.do(desk, c.RequestCallback(caller.session, NOON + 2 * HOUR))
    caller.stage.do(desk, c.HandToLine(caller.session, caller.item.id, "119"))
    caller.settle()
    line = caller.state.parties[-1]
    assert (line.joined, caller.item.state) == (True, items.WRAPPING)
    caller.tells(caller.leg, "ended", cause="citizen_left")
    assert caller.state.party(line.id).state == legs.ENDED


def test_nobody_is_promised_a_call_in_a_month() -> None:
    caller = Caller(stage()).queues()
    assert caller.wishes(c.WishCallback(NOON + 30 * DAY))["callback"] == ""
    caller.taken()
    desk = caller.stage.at_desk(K1)
    assert caller.stage.refused(desk, c.RequestCallback(caller.session, NOON + 30 * DAY)) == "malformed"


def test_a_callback_being_dialled_can_be_taken_back() -> None:
    caller = Caller(stage()).asks_back()
    caller.answers = None
    caller.taken()
    caller.stage.do(caller.stage.at_desk(K1), c.CancelCallback(caller.session, "asked"))
    assert caller.callback.state == callbacks.CANCELLED
    assert all(leg.state == legs.ENDED for leg in (*caller.state.legs, *caller.state.parties))
    assert caller.state.close_reason == "callback_cancelled"
    assert caller.stage.state(K1).slots == ()


@pytest.mark.parametrize("number", ["", "client:web", "+15551234567", "+82601234567"])
def test_numbers_that_cannot_or_must_not_be_called_are_not(number: str) -> None:
    caller = Caller(stage(), number).queues()
    came = caller.wishes(c.WishCallback())
    assert bool(came["callback"]) == (number == "client:web")


def test_another_number_is_called_when_she_gives_one() -> None:
    caller = Caller(stage(), "").queues()
    assert caller.wishes(c.WishCallback(number="02-731-2120"))["callback"]
    content = caller.callback.number
    assert caller.stage.store.reads.contents([content])[content] == b"+8227312120"
    assert caller.state.number_content == ""


def test_a_citizen_who_writes_can_be_called_back_too() -> None:
    talk = Talk(stage()).active(K1)
    desk = talk.stage.at_desk(K1)
    assert talk.stage.refused(desk, c.RequestCallback(talk.session)) == "number_needed"
    talk.stage.do(desk, c.RequestCallback(talk.session, number="010-9999-8888"))
    assert talk.state.callback.state == callbacks.SCHEDULED
    talk.stage.do(desk, c.ReleaseItem(talk.session, talk.item.id))
    assert talk.state.callback.state == callbacks.DUE
    assert not talk.state.closed_at_us


def test_who_waits_in_vain_for_a_day_is_given_up_and_a_department_hears_of_it() -> None:
    caller = Caller(stage(quiet=(0, 0))).asks_back()
    caller.stage.wait(86_500)
    assert caller.callback.state == callbacks.EXPIRED
    assert caller.state.handoffs


def test_who_was_never_called_is_not_told_that_she_was() -> None:
    caller = Caller(stage(quiet=(0, 0), texts=True)).asks_back()
    caller.stage.wait(86_500)
    (promise,) = caller.stage.store.reads.deliveries("waiting")
    content = caller.stage.state(promise.id).content
    assert "제때 드리지 못해" in caller.stage.store.reads.contents([content])[content].decode()


def test_a_session_that_is_aborted_calls_nobody_back() -> None:
    caller = Caller(stage()).asks_back()
    caller.stage.do(caller.stage.at_desk(BOSS), c.AbortSession(caller.session, "abuse"))
    assert caller.callback.state == callbacks.CANCELLED
    assert caller.state.closed_at_us


def test_an_offer_of_the_waiting_call_ends_without_a_miss_when_she_asks_to_be_called_back() -> None:
    caller = Caller(stage()).queues()
    caller.stage.do(c.DISPATCHER, c.MakeOffer(caller.session, caller.item.id, K1), "")
    caller.wishes(c.WishCallback())
    assert caller.state.items[0].outcome == "converted"
    assert (caller.stage.state(K1).slots, caller.stage.state(K1).misses) == ((), 0)


@pytest.mark.parametrize(
    ("quiet", "at", "until"),
    [
        ((1260, 480), EVENING, MORNING),
        ((1260, 480), EVENING + 30 * SECOND, MORNING),
        ((1260, 480), EVENING - 1, EVENING - 1),
        ((1260, 480), MORNING - 1, MORNING),
        ((1260, 480), MORNING, MORNING),
        ((780, 840), NOON, NOON),
        ((1000, 1030), NOON, NOON + 10 * MINUTE),
        ((0, 0), EVENING, EVENING),
    ],
)
def test_quiet_hours_end_where_they_end(quiet: tuple[int, int], at: int, until: int) -> None:
    assert callbacks.quiet_until_us(quiet, at) == until


def test_quiet_hours_begin_where_they_begin() -> None:
    assert callbacks.quiet_from_us((1260, 480), NOON) == EVENING
    assert callbacks.quiet_from_us((1260, 480), MORNING) == EVENING + DAY
    assert callbacks.quiet_from_us((0, 0), NOON) == 0
    assert Policy().quiet == (1260, 480)


# -- she is called first, and nobody comes


def alone_on_the_line(**policy: Any) -> Caller:
    """Called first, she has answered, and waits at her place; how long a caller waits is over."""
    caller = Caller(stage(callback_mode=callbacks.CITIZEN_FIRST, **policy)).queues().asks_back().settle()
    assert (caller.callback.state, caller.item.channel) == (callbacks.CONNECTED, "voice")
    caller.stage.wait((caller.item.expires_at_us - caller.stage.clock.at_us) / SECOND)
    return caller


def test_who_was_called_first_and_waited_in_vain_is_told_so_and_her_callback_is_not_done() -> None:
    caller = alone_on_the_line()
    assert caller.state.items[-1].outcome == "expired"
    assert (caller.callback.state, caller.callback.last) == (callbacks.RETRY_WAIT, callbacks.UNSERVED)
    assert caller.state.legs[-1].cause == "timeout"
    assert lines(caller)[-2:] == ["wait_over", "callback_asked"]
    assert phase(caller.state) == AWAITING_CALLBACK


def test_she_is_called_again_at_her_place_with_a_counselor_ready_first() -> None:
    caller = alone_on_the_line(callback_attempts_max=1)
    rank = caller.callback.rank_at_us
    caller.stage.wait(2 * 60)
    assert (caller.callback.state, caller.callback.mode) == (callbacks.DUE, callbacks.COUNSELOR_FIRST)
    assert (caller.item.channel, caller.item.state) == (callbacks.CHANNEL, items.QUEUED)
    assert caller.item.rank_at_us == rank
    caller.taken()
    assert (caller.callback.state, caller.item.state) == (callbacks.CONNECTED, items.ACTIVE)
    caller.tells(caller.state.legs[-1].id, "ended", cause="normal")
    assert caller.callback.state == callbacks.DONE


def test_what_she_waited_on_the_line_does_not_run_out_her_callback() -> None:
    s = stage(callback_mode=callbacks.CITIZEN_FIRST)
    ttl_us = s.policy.timing.callback_ttl_s * SECOND
    caller = Caller(s).queues().asks_back().settle()
    promised = caller.callback.give_up_at_us
    s.wait((caller.item.expires_at_us - s.clock.at_us) / SECOND)
    assert promised < caller.callback.give_up_at_us == caller.callback.due_us + ttl_us


def test_nobody_says_of_her_that_she_could_not_be_reached() -> None:
    caller = alone_on_the_line(texts=True)
    caller.stage.wait((caller.callback.give_up_at_us - caller.stage.clock.at_us) / SECOND)
    assert caller.callback.state == callbacks.EXPIRED
    promises = caller.stage.store.reads.deliveries("waiting")
    assert [caller.stage.state(p.id).purpose for p in promises] == ["callback_late"]


def test_late_in_the_evening_she_is_called_in_the_morning() -> None:
    s = stage(callback_mode=callbacks.CITIZEN_FIRST)
    caller = Caller(s).queues()
    s.clock.at_us = EVENING - 10 * MINUTE
    caller.asks_back().settle()
    s.wait((caller.item.expires_at_us - s.clock.at_us) / SECOND)
    assert (caller.callback.state, caller.callback.due_us) == (callbacks.RETRY_WAIT, MORNING)


def test_who_hangs_up_while_she_waits_for_her_callback_has_given_it_up_herself() -> None:
    caller = Caller(stage(callback_mode=callbacks.CITIZEN_FIRST)).queues().asks_back().settle()
    caller.tells(caller.state.legs[-1].id, "ended", cause="citizen_left")
    caller.stage.wait(3_600)
    assert caller.callback.state == callbacks.DONE
    assert caller.state.items[-1].outcome == "abandoned"


def test_who_was_given_on_after_her_callback_and_waits_in_vain_is_called_again_from_there() -> None:
    caller = Caller(stage()).asks_back().taken()
    desk = caller.stage.at_desk(K1)
    caller.stage.do(desk, c.TransferItem(caller.session, caller.item.id, queue="water"))
    caller.stage.wait((caller.state.live_item.expires_at_us - caller.stage.clock.at_us) / SECOND)
    assert (caller.callback.state, caller.callback.queue) == (callbacks.RETRY_WAIT, "water")
