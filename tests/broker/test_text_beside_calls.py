"""A call and three chats: text that a counselor holds stays hers in a call, text that she was only offered goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core import workitem as items
from dasan.core.policy import Policy
from dasan.dispatch import Dispatcher, offer
from dasan.sim import checks
from tests.broker.caller import Caller
from tests.broker.stage import BOSS, K1, K2, Stage, Talk


@pytest.fixture
def stage() -> Stage:
    return Stage()


def dispatched(stage: Stage) -> Dispatcher:
    """A dispatcher that hears of every commit from here on."""
    dispatcher = Dispatcher(stage.policy)
    for who in (K1, K2, BOSS):
        dispatcher.take(stage.store.reads.head(who))
    stage.gate.listen(dispatcher.see)
    return dispatcher


def round_of(stage: Stage, dispatcher: Dispatcher) -> list[tuple[str, str]]:
    """One round of offers, made: (session, counselor)."""
    plans = dispatcher.plans(stage.clock.at_us)
    for plan in plans:
        stage.gate.handle(offer(plan))
    return [(plan.session, plan.counselor) for plan in plans]


def reason(stage: Stage, talk: Talk) -> str:
    revoked = [r.event for r in stage.store.reads.events(talk.session) if r.event.type == "offer.revoked"]
    return revoked[-1].reason if revoked else ""


def right(stage: Stage) -> None:
    for who in (K1, K2, BOSS):
        assert checks.counselor(stage.state(who), stage.policy) == []


def test_a_chat_that_is_offered_goes_to_somebody_else_at_once_when_she_takes_a_call(stage: Stage) -> None:
    dispatcher = dispatched(stage)
    chat = Talk(stage).offered(K1)
    rank, at = chat.item.rank_at_us, stage.clock.at_us
    Caller(stage).queues().taken(K1)
    assert (chat.item.state, chat.item.rank_at_us) == (items.QUEUED, rank)
    assert reason(stage, chat) == "in_call"
    assert stage.state(K1).misses == 0
    right(stage)
    assert round_of(stage, dispatcher) == [(chat.session, K2)]
    assert stage.clock.at_us == at, "no second passed"
    assert stage.refused(stage.at_desk(K1), c.AcceptOffer(chat.offer, chat.session)) == "offer_over"


def test_it_comes_back_to_her_when_nobody_else_took_it_and_the_call_is_over(stage: Stage) -> None:
    stage.do(stage.at_desk(K2), c.SetPresence(K2, counselors.AWAY))
    dispatcher = dispatched(stage)
    chat, caller = Talk(stage).offered(K1), Caller(stage).queues()
    caller.taken(K1)
    assert round_of(stage, dispatcher) == []
    caller.hangs_up()
    item = caller.item.id
    assert round_of(stage, dispatcher) == [], "a wrap-up is still of the call"
    stage.do(stage.at_desk(K1), c.CompleteWrapUp(caller.session, item, "answered", "general"))
    assert round_of(stage, dispatcher) == [(chat.session, K1)]


def test_three_chats_that_she_holds_stay_with_her_in_a_call(stage: Stage) -> None:
    chats = [Talk(stage, f"p_{n}").replied(K1) for n in range(3)]
    Caller(stage).queues().taken(K1)
    assert [chat.item.counselor for chat in chats] == [K1] * 3
    k = stage.state(K1)
    assert (k.units("live"), k.units("text"), len(k.slots)) == (100, 90, 4)
    right(stage)


def test_a_call_that_only_rings_takes_nothing_away_and_she_may_take_both(stage: Stage) -> None:
    chat, caller = Talk(stage).offered(K1), Caller(stage).queues()
    reply = stage.do(c.DISPATCHER, c.MakeOffer(caller.session, caller.item.id, K1), "")
    assert chat.item.state == items.OFFERED
    chat.active(K1)
    stage.do(stage.at_desk(K1), c.AcceptOffer(reply["offer"], caller.session))
    assert chat.item.state == items.ACTIVE
    right(stage)


def test_where_text_is_offered_in_calls_too_the_offers_that_fit_stay() -> None:
    stage = Stage(policy=Policy(text_while_live=True))
    dispatcher = dispatched(stage)
    chats = [Talk(stage, f"p_{n}").offered(K1) for n in range(2)]
    Caller(stage).queues().taken(K1)
    assert all(chat.item.state == items.OFFERED for chat in chats)
    chats.append(Talk(stage, "p_2").offered(K1))
    assert round_of(stage, dispatcher) == []
    for chat in chats:
        chat.active(K1)
    assert stage.state(K1).units("text") == 90
    right(stage)
    fourth = Talk(stage, "p_3")
    assert round_of(stage, dispatcher) == [(fourth.session, K2)], "never a fourth"


def test_a_supervisor_who_takes_a_call_over_is_offered_no_text_meanwhile(stage: Stage) -> None:
    stage.do(stage.at_desk(BOSS), c.SetPresence(BOSS, counselors.AVAILABLE))
    caller, chat = Caller(stage).queues().taken(K1), Talk(stage).offered(BOSS)
    stage.do(stage.at_desk(BOSS), c.TakeOver(caller.session, caller.item.id))
    assert chat.item.state == items.OFFERED, "she is only rung"
    caller.settle()
    assert caller.item.counselor == BOSS
    assert (chat.item.state, reason(stage, chat)) == (items.QUEUED, "in_call")
    right(stage)


def test_the_simulators_check_sees_text_that_is_offered_during_a_call(stage: Stage) -> None:
    Talk(stage).offered(K1)
    k = stage.state(K1)
    live = counselors.Slot("w_9", "s_9", "o_9", "voice", "live", 100, counselors.ACTIVE)
    both = replace(k, slots=(*k.slots, live))
    assert checks.counselor(both, stage.policy) == [("I4", "text is offered during a call")]
    assert checks.counselor(both, Policy(text_while_live=True)) == []
