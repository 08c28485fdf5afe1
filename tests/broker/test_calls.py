"""What callers and counselors can rely on in a call, from the menu to the wrap-up."""

from __future__ import annotations

import pytest

from dasan.core import call
from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core import leg as legs
from dasan.core import session as sessions
from dasan.core import workitem as items
from dasan.core.consult_log import Advice
from dasan.core.handlers.parties import REJOINS_MAX
from dasan.core.log import Log
from dasan.core.metrics import measure
from dasan.core.policy import Line, Policy, Timing
from dasan.core.time import SECOND
from tests.broker.callers import IN_THE_ROOM, Call
from tests.broker.stage import BOSS, K1, K2, OFFICE, Stage, Talk


@pytest.fixture
def stage() -> Stage:
    return Stage()


# -- a call begins


def test_a_caller_is_in_the_menu_until_it_sends_her_somewhere(stage: Stage) -> None:
    made = Call(stage)
    assert made.reply["resumed"] is False
    assert made.reply["step"] == 0
    assert made.where()[""].at == call.FLOW
    assert sessions.phase(made.state) == sessions.GREETING


def test_the_same_call_told_twice_is_one_session(stage: Stage) -> None:
    made = Call(stage)
    begun = c.BeginCall("CA1", "p_1", made.address, "e164", "+821012345678")
    again = stage.do(c.PROVIDER, begun, "CA1")
    assert again == made.reply
    assert stage.types(made.session).count("call.began") == 1


def begun(mark: str, language: str = "") -> c.BeginCall:
    first = c.FirstTurn(mark, "120@1", "menu", "{}", language)
    return c.BeginCall("CA1", "p_1", "hmac of p_1", "e164", "+821012345678", first=first)


def test_a_greeting_made_beforehand_is_recorded_with_the_call(stage: Stage) -> None:
    reply = stage.do(c.PROVIDER, begun("a"), "CA1")
    s = stage.state(reply["session"])
    assert (reply["step"], reply["mark"]) == (1, "a")
    assert (s.flow.step, s.flow.content, s.flow.leg) == (1, reply["content"], reply["leg"])


def test_a_call_told_again_with_another_greeting_keeps_the_first(stage: Stage) -> None:
    reply = stage.do(c.PROVIDER, begun("a"), "CA1")
    assert stage.do(c.PROVIDER, begun("b"), "CA1") == reply
    assert stage.types(reply["session"]).count("flow.stepped") == 1


def test_a_greeting_for_somebody_else_is_left_out(stage: Stage) -> None:
    reply = stage.do(c.PROVIDER, begun("a", "vi"), "CA1")
    assert reply["step"] == 0
    assert stage.state(reply["session"]).flow is None


def test_whoever_hangs_up_in_the_menu_closes_her_session_with_a_reason_of_its_own(stage: Stage) -> None:
    made = Call(stage)
    made.step()
    made.citizen("ended", "citizen_left")
    assert made.state.close_reason == sessions.LEFT_MENU


def test_a_menu_that_ends_the_call_gives_its_reason(stage: Stage) -> None:
    made = Call(stage)
    made.step(c.WishEnd("after_hours"))
    assert made.where()[""].at == call.FLOW, "she still hears the goodbye"
    made.citizen("ended", "normal")
    assert made.state.close_reason == "after_hours"


def test_who_calls_again_in_time_has_her_place_back(stage: Stage) -> None:
    first = Call(stage).queued()
    stage.wait(1)
    other = Call(stage, "p_2", call="CA2").queued()
    first.citizen("ended")
    assert first.item.parked
    stage.wait(59)
    again = Call(stage, call="CA3")
    assert again.session == first.session
    assert again.reply["resumed"] is True
    assert again.reply["step"] == 1
    assert again.reply["item"] == first.first
    assert not first.item.parked
    assert first.item.rank_at_us < other.item.rank_at_us
    assert again.state.leg(first.leg).cause == "moved"


def test_the_menu_goes_on_where_it_was_when_she_calls_again(stage: Stage) -> None:
    first = Call(stage).queued()
    first.citizen("ended")
    again = Call(stage, call="CA2")
    reply = again.step(node="wait")
    assert reply["step"] == again.reply["step"] + 1
    assert again.state.flow.leg == again.leg


def test_who_calls_again_too_late_starts_anew(stage: Stage) -> None:
    first = Call(stage).queued()
    first.citizen("ended")
    stage.wait(61)
    assert first.state.close_reason == "abandoned"
    again = Call(stage, call="CA2")
    assert again.session != first.session


def test_a_withheld_number_keeps_no_place_and_is_never_taken_for_another(stage: Stage) -> None:
    first = Call(stage, address="").queued()
    first.citizen("ended")
    assert first.state.close_reason == "abandoned"
    assert Call(stage, "p_2", address="", call="CA2").session != first.session


def test_a_second_call_of_the_same_number_beside_the_first_is_a_need_of_its_own(stage: Stage) -> None:
    first = Call(stage).queued()
    second = Call(stage, call="CA2").queued()
    assert second.session != first.session
    first.citizen("ended")
    stage.wait(61)
    assert second.where()[""].at == call.FLOW
    assert second.item.state == items.QUEUED


# -- the menu's steps


def test_a_step_taken_twice_is_recorded_once_and_answered_from_what_was_recorded(stage: Stage) -> None:
    made = Call(stage)
    step = c.StepFlow(made.session, made.leg, 1, "120@f1", "queue", "{}", (c.WishQueue("general"),))
    first = stage.do(c.PROVIDER, step)
    again = stage.do(c.PROVIDER, step)
    assert (again["content"], again["repeated"]) == (first["content"], True)
    assert len(made.state.items) == 1
    assert stage.types(made.session).count("flow.stepped") == 1


def test_a_step_that_is_not_next_changes_nothing(stage: Stage) -> None:
    made = Call(stage)
    made.step()
    assert stage.refused(c.PROVIDER, c.StepFlow(made.session, made.leg, 3, "f@1", "x", "")) == "out_of_step"


def test_a_queue_that_is_closed_is_told_and_takes_nobody(stage: Stage) -> None:
    made = Call(stage)
    reply = made.step(c.WishQueue("office"))
    assert reply["closed"] is True
    assert made.state.items == ()


def test_a_caller_whose_wait_is_over_hears_it_from_the_menu(stage: Stage) -> None:
    made = Call(stage).queued()
    stage.wait(1801)
    assert made.item.outcome == "expired"
    assert made.where()[""].at == call.FLOW, "nobody is dropped silently"


def test_who_leaves_the_queue_may_enter_it_again(stage: Stage) -> None:
    made = Call(stage).queued()
    first = made.first
    made.step(c.WishLeave("other"))
    assert sessions.phase(made.state) == sessions.GREETING
    made.queued()
    assert made.first != first
    assert made.item.state == items.QUEUED


def test_a_callback_keeps_the_place_and_whoever_calls_in_herself_has_it(stage: Stage) -> None:
    made = Call(stage).queued()
    rank = made.item.rank_at_us
    reply = made.step(c.WishLeave("callback"), c.WishCallback())
    assert reply["callback"]
    made.citizen("ended")
    assert not made.state.closed_at_us
    again = Call(stage, call="CA2")
    assert again.session == made.session
    assert again.reply["callback"] == reply["callback"]
    again.queued()
    assert again.item.rank_at_us <= rank


def test_a_line_that_the_menu_dials_leaves_its_outcome(stage: Stage) -> None:
    made = Call(stage)
    assert made.step(c.WishLine("112"))["number"] == "112"
    made.step(c.WishLine("112", "answered"))
    made.citizen("ended", "normal")
    assert made.state.close_reason == "line"


# -- a talk begins


def test_a_talk_begins_when_both_are_in_the_room(stage: Stage) -> None:
    made = Call(stage).accepted()
    assert made.where()[K1].at == call.RING
    made.rung(K1, "ringing", "connected")
    assert made.where()[""].at == call.FLOW, "the citizen is not moved before somebody is there"
    made.fact(made.party(K1), "joined")
    assert made.where()[""].at == call.ROOM
    assert made.item.state == items.CONNECTING
    made.ask(K1, c.ConfirmMedia(made.session, made.first))
    assert made.item.state == items.CONNECTING, "what her screen shows begins no call"
    made.citizen("joined")
    assert made.item.state == items.ACTIVE
    assert not made.where()[""].hold


def test_nobody_is_rung_before_it_was_claimed_and_a_second_claim_asks_first(stage: Stage) -> None:
    made = Call(stage).accepted()
    leg = made.party(K1)
    at = stage.clock.at_us
    first = stage.do(c.SWITCHBOARD, c.DialLeg(made.session, leg))
    assert first == {"attempt": 1, "ask_first": False, "since_us": at, "ring_s": stage.policy.timing.ring_s}
    stage.wait(6)
    again = stage.do(c.SWITCHBOARD, c.DialLeg(made.session, leg))
    assert again == {"attempt": 2, "ask_first": True, "since_us": at, "ring_s": first["ring_s"] - 6}


def test_a_telephone_that_went_in_the_middle_of_a_talk_is_rung_as_long_as_the_policy_says() -> None:
    stage = Stage(policy=Policy(timing=Timing(ring_s=15, rejoin_s=33)))
    made = Call(stage).active().hung_up(K1, "network")
    assert stage.do(c.SWITCHBOARD, c.DialLeg(made.session, made.party(K1)))["ring_s"] == 33


@pytest.mark.parametrize("cause", ["no_answer", "busy", "rejected", "network"])
def test_a_counselor_whose_telephone_fails_is_set_away_and_the_citizen_goes_on_to_another(
    stage: Stage, cause: str
) -> None:
    made = Call(stage).accepted().rung(K1, "ringing", "ended", cause=cause)
    assert made.item.state == items.QUEUED
    assert made.item.excludes(K1, stage.clock.at_us)
    assert (stage.state(K1).presence, stage.state(K1).presence_reason) == (counselors.AWAY, f"phone_{cause}")
    assert stage.state(K1).slots == ()
    assert made.where()[""].at == call.FLOW
    made.active(K2)
    assert made.item.counselor == K2


def test_a_telephone_that_nobody_hears_of_again_is_given_up_in_time(stage: Stage) -> None:
    made = Call(stage).accepted().rung(K1)
    stage.wait(31)
    assert made.item.state == items.QUEUED
    assert K1 not in made.where()


def test_a_citizen_who_hangs_up_while_it_rings_ends_the_ringing(stage: Stage) -> None:
    made = Call(stage).accepted().rung(K1, "ringing").citizen("ended")
    assert made.where() == {}
    assert made.item.state == items.WRAPPING


# -- the network's word


def test_no_word_of_the_network_moves_a_leg_backward(stage: Stage) -> None:
    made = Call(stage).active()
    before = stage.journal()
    for fact in ("ringing", "connected", "joined", "ringing"):
        made.fact(made.party(K1), fact)
        made.citizen(fact)
    assert stage.journal() == before


def test_words_in_any_order_lead_to_the_same_talk(stage: Stage) -> None:
    made = Call(stage).accepted().citizen("joined")
    stage.do(c.SWITCHBOARD, c.DialLeg(made.session, made.party(K1)))
    for fact in ("joined", "connected", "ringing"):
        made.fact(made.party(K1), fact, call="CA9")
    assert made.item.state == items.ACTIVE
    assert made.state.parties[0].call == "CA9"


def test_the_end_of_an_earlier_ring_does_not_end_the_present_one(stage: Stage) -> None:
    made = Call(stage).active()
    made.fact(made.party(K1), "ended", "no_answer", call="CA of an earlier ring")
    assert made.item.state == items.ACTIVE


def test_a_word_about_a_leg_that_has_ended_is_recorded_by_nobody(stage: Stage) -> None:
    made = Call(stage).wrapping()
    before = stage.journal()
    made.citizen("joined").citizen("ended").hung_up(K1)
    assert stage.journal() == before


# -- hold, mute, end


def test_hold_and_mute_are_wishes_that_stand_in_the_state(stage: Stage) -> None:
    made = Call(stage).held()
    assert made.where()[""].hold
    made.ask(K1, c.MuteLeg(made.session, made.party(K1), True))
    made.ask(K1, c.UnholdItem(made.session, made.first))
    assert not made.where()[""].hold
    assert made.where()[K1].muted
    made.fact(made.party(K1), "unmuted")
    assert made.where()[K1].muted, "the network does not decide who is muted"


def test_only_the_citizens_end_ends_everything(stage: Stage) -> None:
    made = Call(stage).consulted_there()
    made.ask(BOSS, c.Look(made.session))
    made.ask(BOSS, c.SetEar(made.session, "LISTEN"))
    made.citizen("ended")
    assert made.where() == {}
    assert made.item.state == items.WRAPPING
    assert made.state.item(made.consulted).state == items.COMPLETED
    assert stage.state(K2).slots == ()


def test_the_counselor_ends_the_call_for_everybody(stage: Stage) -> None:
    made = Call(stage).with_line()
    made.ask(K1, c.ReleaseItem(made.session, made.first))
    assert made.where() == {}
    made.ask(K1, c.CompleteWrapUp(made.session, made.first, "answered", "general"))
    assert made.state.close_reason == "answered"


# -- a counselor's side fails in a talk


def test_a_counselor_whose_telephone_drops_is_rung_again_while_the_citizen_hears_music(stage: Stage) -> None:
    made = Call(stage).active()
    old = made.party(K1)
    made.hung_up(K1, "network")
    assert made.item.state == items.ACTIVE
    assert made.party(K1) != old
    assert made.where()[""].hold
    made.rung(K1, *IN_THE_ROOM)
    assert not made.where()[""].hold
    assert made.item.counselor == K1


def test_a_telephone_that_drops_again_and_again_is_given_up_and_the_citizen_goes_on_to_another(stage: Stage) -> None:
    made = Call(stage).active()
    for _ in range(REJOINS_MAX):
        made.hung_up(K1, "network").rung(K1, *IN_THE_ROOM)
    assert made.item.counselor == K1
    made.hung_up(K1, "network")
    assert made.item.state == items.QUEUED
    assert stage.state(K1).presence == counselors.AWAY


def test_a_counselor_who_does_not_come_back_loses_the_talk_to_the_queue_at_its_rank(stage: Stage) -> None:
    made = Call(stage).active()
    rank = made.item.rank_at_us
    made.hung_up(K1, "network").rung(K1)
    stage.wait(30)
    assert made.item.state == items.QUEUED
    assert made.item.rank_at_us == rank
    assert made.where()[""].at == call.FLOW
    assert stage.state(K1).presence == counselors.AWAY


def test_a_dead_console_leaves_the_talk_alone_while_her_telephone_is_up(stage: Stage) -> None:
    made = Call(stage).active()
    stage.do(c.BROKER, c.MissBeat(K1, stage.epochs[K1], 33))
    stage.wait(60)
    assert stage.state(K1).lease == counselors.ABSENT
    assert made.item.state == items.ACTIVE
    stage.attach(K1)
    made.ask(K1, c.HoldItem(made.session, made.first))
    assert made.item.state == items.HELD, "she came back to the same talk"


def test_console_and_telephone_gone_means_back_to_the_queue_and_a_return_brings_it_back(stage: Stage) -> None:
    made = Call(stage).active()
    stage.do(c.BROKER, c.MissBeat(K1, stage.epochs[K1], 33))
    stage.wait(60)
    made.hung_up(K1, "normal")
    assert made.item.state == items.QUEUED
    stage.attach(K1)
    assert made.item.state == items.CONNECTING
    assert made.item.counselor == K1
    made.rung(K1, *IN_THE_ROOM)
    assert made.item.state == items.ACTIVE, "the citizen has not left the room in between"


def test_a_console_that_dies_while_her_telephone_rings_again_is_both_gone(stage: Stage) -> None:
    made = Call(stage).active().hung_up(K1, "network")
    stage.do(c.BROKER, c.MissBeat(K1, stage.epochs[K1], 1))
    stage.wait(2)
    assert made.item.state == items.QUEUED


# -- transfer


def test_a_blind_transfer_lets_her_go_and_the_citizen_waits_at_her_old_rank(stage: Stage) -> None:
    made = Call(stage).held()
    rank = made.item.rank_at_us
    successor = made.ask(K1, c.TransferItem(made.session, made.first, queue="traffic"))["item"]
    assert made.item.state == items.WRAPPING
    assert set(made.where()) == {""}
    assert made.where()[""].at == call.FLOW
    made.first = successor
    assert made.item.rank_at_us <= rank
    made.accepted(K2).rung(K2, *IN_THE_ROOM)
    made.citizen("left").citizen("joined")
    assert made.item.state == items.ACTIVE


# -- consulting


def test_a_consult_is_an_item_beside_the_talk_and_the_citizen_hears_music(stage: Stage) -> None:
    made = Call(stage).consulting()
    assert made.where()[""].hold
    assert made.state.live_item.id == made.first
    assert made.state.consult.id == made.consulted
    made.accepted(K2, made.consulted).rung(K2, *IN_THE_ROOM)
    assert made.state.consult.state == items.ACTIVE
    assert {who: place.at for who, place in made.where().items()} == dict.fromkeys(("", K1, K2), call.ROOM)
    assert made.where()[""].hold


def test_all_three_talk_when_she_says_so_and_not_before_the_other_is_there(stage: Stage) -> None:
    made = Call(stage).consulting()
    assert made.refused(K1, c.JoinConsult(made.session, made.first)) == "not_joined"
    made.accepted(K2, made.consulted).rung(K2, *IN_THE_ROOM)
    made.ask(K1, c.JoinConsult(made.session, made.first))
    assert not made.where()[""].hold
    made.ask(K1, c.JoinConsult(made.session, made.first, joined=False))
    assert made.where()[""].hold


def test_a_warm_transfer_promotes_the_consult_and_leaves_history_right(stage: Stage) -> None:
    made = Call(stage).consulting()
    assert made.refused(K1, c.CompleteConsult(made.session, made.first)) == "not_joined"
    made.accepted(K2, made.consulted).rung(K2, *IN_THE_ROOM)
    successor = made.ask(K1, c.CompleteConsult(made.session, made.first))["item"]
    assert successor == made.consulted
    assert set(made.where()) == {"", K2}
    assert not made.where()[""].hold
    assert made.item.state == items.WRAPPING
    new = made.state.live_item
    assert (new.id, new.counselor, new.previous) == (successor, K2, made.first)
    made.ask(K2, c.ReleaseItem(made.session, successor))
    made.ask(K1, c.CompleteWrapUp(made.session, made.first, "guided", "general"))
    made.ask(K2, c.CompleteWrapUp(made.session, successor, "answered", "general"))
    assert made.state.close_reason == "answered"


def test_a_talk_that_was_passed_on_and_is_lost_waits_for_anybody_and_not_for_the_colleague_alone(
    stage: Stage,
) -> None:
    made = Call(stage).consulted_there()
    rank = made.item.rank_at_us
    stage.wait(300)
    made.first = made.ask(K1, c.CompleteConsult(made.session, made.first))["item"]
    made.hung_up(K2, "network").hung_up(K2, "no_answer")
    assert made.item.state == items.QUEUED
    stage.wait(60)
    assert made.item.state == items.QUEUED, "the time to look for a colleague is not her time to wait"
    assert made.item.rank_at_us <= rank
    assert made.item.needs.only == ""


def test_who_loses_her_counselor_after_a_long_talk_waits_as_long_as_anybody(stage: Stage) -> None:
    made = Call(stage).active()
    stage.wait(3600)
    made.hung_up(K1, "network").hung_up(K1, "no_answer")
    stage.wait(1700)
    assert made.item.state == items.QUEUED
    stage.wait(200)
    assert made.item.outcome == "expired"


def test_who_is_only_consulted_decides_nothing_about_the_citizen(stage: Stage) -> None:
    made = Call(stage).consulted_there()
    mine = made.consulted
    for command in (
        c.ReleaseItem(made.session, mine),
        c.HoldItem(made.session, mine),
        c.TransferItem(made.session, mine, queue="tax"),
        c.Consult(made.session, mine, queue="tax"),
        c.EndForAbuse(made.session, mine, "threat"),
    ):
        assert made.refused(K2, command) == "consulted_only"
    made.ask(K2, c.EndConsult(made.session, mine))
    assert made.item.state == items.ACTIVE
    assert stage.state(K2).slots == ()


@pytest.mark.parametrize("moment", ["queued", "offered", "ringing", "talking", "all three"])
def test_a_consult_that_ends_at_any_moment_gives_the_citizen_back(stage: Stage, moment: str) -> None:
    made = Call(stage).consulting()
    if moment == "queued":
        stage.wait(61)
    elif moment == "offered":
        made.offered(K2, made.consulted)
        made.ask(K2, c.DeclineOffer(made.offer, made.session))
    else:
        made.accepted(K2, made.consulted)
        if moment == "ringing":
            made.rung(K2, "ringing", "ended", cause="no_answer")
        else:
            made.rung(K2, *IN_THE_ROOM)
            if moment == "all three":
                made.ask(K1, c.JoinConsult(made.session, made.first))
            made.hung_up(K2, "network")
    assert made.item.state == items.ACTIVE
    assert not made.where()[""].hold
    assert made.state.consult is None
    assert set(made.where()) == {"", K1}
    assert not stage.state(K2).slots


def test_a_consult_of_a_queue_goes_on_to_the_next_when_one_does_not_answer(stage: Stage) -> None:
    made = Call(stage).active()
    asked = made.ask(K1, c.Consult(made.session, made.first, queue="traffic"))["item"]
    made.accepted(K2, asked).rung(K2, "ended", cause="busy")
    assert made.state.item(asked).state == items.QUEUED
    assert made.item.state == items.CONSULTING


def test_nobody_is_asked_to_advise_herself(stage: Stage) -> None:
    made = Call(stage).active()
    assert made.refused(K1, c.Consult(made.session, made.first, counselor=K1)) == "not_now"
    asked = made.ask(K1, c.Consult(made.session, made.first, queue="traffic"))["item"]
    assert stage.refused(c.DISPATCHER, c.MakeOffer(made.session, asked, K1)) == "not_now"


def test_a_counselor_who_is_not_there_cannot_be_consulted(stage: Stage) -> None:
    made = Call(stage).active()
    made.ask(K2, c.SetPresence(K2, counselors.AWAY))
    assert made.refused(K1, c.Consult(made.session, made.first, counselor=K2)) == "unreachable"
    assert made.item.state == items.ACTIVE


def test_a_lost_asker_ends_the_consult_and_the_citizen_waits_again(stage: Stage) -> None:
    made = Call(stage).consulted_there()
    made.hung_up(K1, "network").hung_up(K1, "no_answer")
    assert made.item.state == items.QUEUED
    assert made.state.consult is None
    assert set(made.where()) == {""}


# -- lines


def test_a_line_is_rung_and_the_counselor_stays_until_it_has_answered(stage: Stage) -> None:
    made = Call(stage).active()
    made.ask(K1, c.HandToLine(made.session, made.first, "119", "시청 앞", "쓰러짐"))
    made.rung("119", "ringing", role=legs.OF_LINE)
    assert made.item.state == items.ACTIVE
    assert set(made.where()) == {"", K1, "119"}
    made.fact(made.party("119", legs.OF_LINE), "joined")
    assert made.item.state == items.WRAPPING
    assert set(made.where()) == {"", "119"}
    assert not made.where()[""].hold
    made.ask(K1, c.CompleteWrapUp(made.session, made.first, "guided", "general"))
    assert not made.state.closed_at_us, "she still talks with the line"
    made.hung_up("119", role=legs.OF_LINE)
    assert made.state.close_reason == "guided"


@pytest.mark.parametrize("cause", ["busy", "no_answer", "network"])
def test_a_line_that_does_not_answer_leaves_her_with_her_counselor(stage: Stage, cause: str) -> None:
    made = Call(stage).active()
    made.ask(K1, c.HandToLine(made.session, made.first, "119", "시청 앞"))
    made.rung("119", "ringing", "ended", role=legs.OF_LINE, cause=cause)
    assert made.item.state == items.ACTIVE
    assert set(made.where()) == {"", K1}
    assert "line.outcome" in stage.types(made.session)


def test_a_line_that_asks_where_she_is_needs_the_place(stage: Stage) -> None:
    made = Call(stage).active()
    assert made.refused(K1, c.HandToLine(made.session, made.first, "119")) == "place_needed"


def test_a_line_without_a_number_is_refused_by_name(stage: Stage) -> None:
    made = Call(stage).active()
    assert made.refused(K1, c.HandToLine(made.session, made.first, "care")) == "line_without_number"
    assert made.refused(K1, c.HandToLine(made.session, made.first, "nowhere")) == "no_such_line"


def test_a_consulted_line_takes_the_citizen_over_once_it_has_answered(stage: Stage) -> None:
    made = Call(stage).with_line()
    assert made.where()[""].hold
    made.ask(K1, c.JoinConsult(made.session, made.first))
    assert not made.where()[""].hold
    assert made.ask(K1, c.CompleteConsult(made.session, made.first)) == {"item": ""}
    assert set(made.where()) == {"", "1330"}
    assert not made.where()[""].hold


def test_a_consulted_line_that_hangs_up_gives_the_citizen_back(stage: Stage) -> None:
    made = Call(stage).with_line().hung_up("1330", role=legs.OF_LINE)
    assert made.item.state == items.ACTIVE
    assert not made.where()[""].hold


def test_a_blind_transfer_leaves_a_consulted_line_behind(stage: Stage) -> None:
    made = Call(stage).with_line()
    made.ask(K1, c.TransferItem(made.session, made.first, queue="tax"))
    assert set(made.where()) == {""}
    assert made.where()[""].at == call.FLOW


def test_a_line_that_was_consulted_by_a_lost_counselor_takes_nobody_from_the_next(stage: Stage) -> None:
    made = Call(stage).with_line().hung_up(K1, "network").hung_up(K1, "no_answer")
    assert set(made.where()) == {""}
    made.accepted(K2).rung(K2, *IN_THE_ROOM).citizen("joined")
    assert made.item.state == items.ACTIVE
    assert made.item.counselor == K2


def test_a_take_over_ends_a_consult_and_the_supervisor_has_the_citizen_alone(stage: Stage) -> None:
    for made in (Call(stage).with_line(), Call(Stage(), "p_2", call="CA2").consulted_there()):
        made.ask(BOSS, c.TakeOver(made.session, made.first))
        made.rung(BOSS, *IN_THE_ROOM)
        assert set(made.where()) == {"", BOSS}
        assert (made.item.state, made.item.counselor) == (items.ACTIVE, BOSS)
        assert not made.where()[""].hold


def test_a_party_can_be_dropped_and_the_citizen_cannot(stage: Stage) -> None:
    made = Call(stage).with_line()
    assert made.refused(K1, c.DropParty(made.session, made.leg)) == "not_yours"
    made.ask(K1, c.DropParty(made.session, made.party("1330", legs.OF_LINE)))
    assert made.item.state == items.ACTIVE
    assert set(made.where()) == {"", K1}


def test_dropping_the_consulted_colleague_ends_the_consult(stage: Stage) -> None:
    made = Call(stage).consulted_there()
    made.ask(K1, c.DropParty(made.session, made.party(K2)))
    assert made.item.state == items.ACTIVE
    assert set(made.where()) == {"", K1}


# -- supervisors


def test_a_supervisor_listens_whispers_and_barges_and_her_leg_ends_with_her_look(stage: Stage) -> None:
    made = Call(stage).active()
    assert made.refused(BOSS, c.SetEar(made.session, "LISTEN")) == "not_looking"
    made.ask(BOSS, c.Look(made.session))
    made.ask(BOSS, c.SetEar(made.session, "LISTEN"))
    made.rung(BOSS, *IN_THE_ROOM, role=legs.OF_SUPERVISOR)
    assert (made.where()[BOSS].muted, made.where()[BOSS].coach) == (True, "")
    made.ask(BOSS, c.SetEar(made.session, "WHISPER"))
    assert (made.where()[BOSS].muted, made.where()[BOSS].coach) == (False, made.party(K1))
    made.ask(BOSS, c.SetEar(made.session, "BARGE"))
    assert (made.where()[BOSS].muted, made.where()[BOSS].coach) == (False, "")
    made.ask(BOSS, c.LookAway(made.session))
    assert BOSS not in made.where()


def test_a_whisper_waits_muted_while_no_counselor_is_there_to_hear_it(stage: Stage) -> None:
    made = Call(stage).active()
    made.ask(BOSS, c.Look(made.session))
    made.ask(BOSS, c.SetEar(made.session, "WHISPER"))
    made.rung(BOSS, *IN_THE_ROOM, role=legs.OF_SUPERVISOR).hung_up(K1, "network")
    assert made.where()[BOSS].muted


def test_a_supervisor_who_takes_over_is_rung_and_the_old_one_leaves_when_she_is_there(stage: Stage) -> None:
    made = Call(stage).active()
    made.ask(BOSS, c.Look(made.session))
    made.ask(BOSS, c.SetEar(made.session, "LISTEN"))
    made.rung(BOSS, *IN_THE_ROOM, role=legs.OF_SUPERVISOR)
    made.ask(BOSS, c.TakeOver(made.session, made.first))
    assert made.item.counselor == K1
    assert set(made.where()) == {"", K1, BOSS}
    made.rung(BOSS, *IN_THE_ROOM)
    assert made.item.counselor == BOSS
    assert set(made.where()) == {"", BOSS}
    assert stage.state(K1).slots == ()
    assert stage.state(BOSS).looks == ()


def test_a_supervisor_who_does_not_answer_takes_nothing_over(stage: Stage) -> None:
    made = Call(stage).active()
    made.ask(BOSS, c.TakeOver(made.session, made.first))
    made.rung(BOSS, "ringing", "ended", cause="no_answer")
    assert made.item.state == items.ACTIVE
    assert made.item.counselor == K1


# -- recording, warning, abuse, words


def test_recording_is_paused_by_her_wish_and_a_late_word_does_not_turn_it_on_again(stage: Stage) -> None:
    made = Call(stage).active()
    assert made.refused(K1, c.SetRecording(made.session, "paused")) == "not_recording"
    stage.do(c.PROVIDER, c.RecordingFact(made.session, "on"))
    made.ask(K1, c.SetRecording(made.session, "paused", "card"))
    stage.do(c.PROVIDER, c.RecordingFact(made.session, "on"))
    assert made.state.recording == "paused"
    made.ask(K1, c.SetRecording(made.session, "on"))
    assert made.state.recording == "on"


def test_abuse_is_warned_and_then_ended_with_a_strike_and_a_wrap_up(stage: Stage) -> None:
    made = Call(stage).active()
    made.ask(K1, c.WarnCaller(made.session, made.first))
    reply = made.ask(K1, c.EndForAbuse(made.session, made.first, "harassment"))
    assert reply["strike"] == 1
    assert made.where() == {}
    assert made.state.leg(made.leg).cause == "abuse_ended"
    assert Call(stage, call="CA2").reply["conduct"] == reply["conduct"] != ""


def test_what_is_said_is_written_down_by_who_said_it(stage: Stage) -> None:
    made = Call(stage).active()
    stage.do(c.PROVIDER, c.HearSpeech(made.session, made.leg, "수도가 안 나와요"))
    shown = made.state.shown_n
    stage.do(c.PROVIDER, c.HearSpeech(made.session, made.party(K1), "확인하겠습니다"))
    assert made.state.shown_n == shown + 1
    made.ask(K1, c.HoldItem(made.session, made.first))
    shown = made.state.shown_n
    stage.do(c.PROVIDER, c.HearSpeech(made.session, made.party(K1), "이 건 어떻게 하죠"))
    assert made.state.shown_n == shown, "what is said while she hears music is not hers"
    said = [r.event for r in stage.journal() if r.event.type == "entry.added" and r.event.kind == "speech"]
    assert [e.role for e in said] == ["CITIZEN", "COUNSELOR", "COUNSELOR"]
    assert all(e.content for e in said)


def test_text_channels_are_given_a_lines_number_and_stay_with_their_counselor() -> None:
    stage = Stage()
    talk = Talk(stage).active()
    assert stage.do(stage.at_desk(K1), c.HandToLine(talk.session, talk.first, "1330")) == {"leg": ""}
    assert talk.item.state == items.ACTIVE
    card = [r.event for r in stage.journal() if getattr(r.event, "code", "") == "line_card"]
    assert card[0].args["number"] == "1330"


def test_the_operators_number_makes_a_partner_line_ring() -> None:
    care = Line("care", "안심돌봄", "Care partner", "0212345678")
    stage = Stage(policy=Policy(queues={**Policy().queues, "office": OFFICE}, lines=(care,)))
    made = Call(stage).active()
    assert made.ask(K1, c.HandToLine(made.session, made.first, "care"))["leg"]
    assert made.where()["care"].at == call.RING


def test_who_hangs_up_at_once_is_a_short_abandon_although_her_place_was_kept(stage: Stage) -> None:
    made = Call(stage).queued()
    stage.wait(2)
    made.citizen("ended")
    stage.wait(61)
    report = measure(Log().see_all(stage.journal()), stage.policy, stage.clock.at_us)
    assert (report.fates["abandoned"], report.short) == (1, 1)
    assert Log().see_all(stage.journal()).calls.totals["abandoned_short"] == 1


def test_a_consult_is_in_no_queues_figures(stage: Stage) -> None:
    made = Call(stage).consulted_there()
    made.ask(K1, c.CompleteConsult(made.session, made.first))
    made.ask(K2, c.ReleaseItem(made.session, made.consulted))
    made.ask(K1, c.CompleteWrapUp(made.session, made.first, "guided", "general"))
    made.ask(K2, c.CompleteWrapUp(made.session, made.consulted, "answered", "general"))
    log = Log().see_all(stage.journal())
    report = measure(log, stage.policy, stage.clock.at_us)
    assert (report.entered, report.fates["answered"], report.transfer_rate) == (1, 1, 1.0)
    assert next(iter(log.sessions.values())).disposition == "answered"
    assert (report.offers["offered"], log.consult_offers["accepted"], report.pending) == (1, 1, 0)
    assert log.offers_by_queue["general"]["offered"] == 1
    stages = ("attempted", "entered", "offered", "answered", "abandoned", "released", "converted")
    assert [report.calls.counts[stage] for stage in stages] == [1, 1, 1, 1, 0, 0, 0]


def test_what_a_colleague_advised_is_her_own_and_ends_where_the_talk_begins(stage: Stage) -> None:
    made = Call(stage).consulting()
    stage.wait(5)
    made.accepted(K2, made.consulted).rung(K2, *IN_THE_ROOM)
    stage.wait(20)
    made.ask(K1, c.JoinConsult(made.session, made.first))
    stage.wait(10)
    made.ask(K1, c.CompleteConsult(made.session, made.first))
    stage.wait(60)
    made.ask(K2, c.ReleaseItem(made.session, made.consulted))
    log = Log().see_all(stage.journal())
    told = measure(log, stage.policy, stage.clock.at_us).consults
    assert told.counts == {"asked": 1, "reached": 1, "joined": 1, "taken": 1, "unreached": 0}
    assert told.advice_us == (30 * SECOND,)
    assert told.by_counselor == {K2: Advice(1, 30 * SECOND)}
    assert log.items[made.first].spent["consult"] == 35 * SECOND, "hers who asked: looking for somebody included"


@pytest.mark.parametrize("how", ["declined", "ended", "citizen left"])
def test_a_consult_that_reached_nobody_is_no_advice_and_nobodys_abandonment(stage: Stage, how: str) -> None:
    made = Call(stage).consulting()
    if how == "declined":
        made.offered(K2, made.consulted)
        made.ask(K2, c.DeclineOffer(made.offer, made.session))
    elif how == "ended":
        made.ask(K1, c.EndConsult(made.session, made.first))
    else:
        made.citizen("ended")
    assert made.state.consult is None
    report = measure(Log().see_all(stage.journal()), stage.policy, stage.clock.at_us)
    assert report.consults.counts == {"asked": 1, "reached": 0, "joined": 0, "taken": 0, "unreached": 1}
    assert (report.consults.by_counselor, report.advice.count) == ({}, 0)
    assert (report.entered, report.fates["answered"], report.fates["abandoned"]) == (1, 1, 0)
    assert report.offers["declined"] == 0


def test_hold_and_consult_are_timed_apart_and_add_up(stage: Stage) -> None:
    made = Call(stage).active()
    stage.wait(10)
    made.ask(K1, c.HoldItem(made.session, made.first))
    stage.wait(20)
    made.ask(K1, c.Consult(made.session, made.first, queue="tax"))
    stage.wait(30)
    made.ask(K1, c.EndConsult(made.session, made.first))
    stage.wait(40)
    made.ask(K1, c.ReleaseItem(made.session, made.first))
    made.ask(K1, c.CompleteWrapUp(made.session, made.first, "answered", "general"))
    spent = Log().see_all(stage.journal()).items[made.first].spent
    assert {part: us // SECOND for part, us in spent.items() if us} == {"talk": 50, "hold": 20, "consult": 30}


def test_a_hold_is_brought_to_mind_every_minute_and_not_for_ever(stage: Stage) -> None:
    made = Call(stage).held()
    stage.wait(150)
    assert made.item.reminded == 2
    stage.wait(3600)
    assert made.item.reminded == 10
    made.ask(K1, c.UnholdItem(made.session, made.first))
    made.ask(K1, c.HoldItem(made.session, made.first))
    assert made.item.reminded == 0
