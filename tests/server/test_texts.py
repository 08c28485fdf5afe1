"""Short messages: sent once as far as the network lets us know, in order, and never again to who cannot have them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasan.core import commands as c
from dasan.core import message as messages
from dasan.core.errors import ProviderFailed, Refused
from dasan.core.time import HOUR, SECOND
from dasan.server.runners import Bell
from dasan.server.texting import Texts
from dasan.telephony import Text
from tests.broker.caller import NUMBER, Caller
from tests.broker.stage import K1, Stage, Talk
from tests.server.sms import Network, outbox, rounds, stage, wished


def state(stage: Stage, text: str) -> Any:
    return stage.state(text)


def test_what_the_menu_wishes_is_sent_to_the_callers_number() -> None:
    s, network = stage(), Network()
    (text,) = wished(Caller(s).rings(), "수어 상담: https://120dasan.or.kr")
    asyncio.run(rounds(s, outbox(s, network)))
    sent = network.taken[0]
    assert (sent.key, sent.to, sent.from_, sent.status_url) == (text, NUMBER, "+8221201200", f"https://120/{text}")
    assert sent.body == "수어 상담: https://120dasan.or.kr"
    m = state(s, text)
    assert (m.state, m.message, m.attempts) == (messages.SENT, "SM1", 1)
    assert [d.state for d in s.store.reads.deliveries("done")] == ["done"]


def test_no_event_has_words_or_a_number() -> None:
    s = stage()
    wished(Caller(s).rings(), "비밀번호는 4242입니다")
    told = "".join(str(r.event) for r in s.journal())
    assert "4242" not in told
    assert NUMBER not in told


@pytest.mark.parametrize("number", ["", "client:web", "sip:a@b.example", "+8221231234"])
def test_where_no_message_can_go_none_is_promised(number: str) -> None:
    s = stage()
    assert wished(Caller(s, number).rings(), "안내") == [""]
    assert s.store.reads.deliveries("waiting") == []


def test_a_centre_without_a_network_for_messages_promises_none() -> None:
    s = Stage()
    assert wished(Caller(s).rings(), "안내") == [""]


def test_letters_that_korean_networks_cannot_carry_are_left_out() -> None:
    s, network = stage(), Network()
    wished(Caller(s).rings(), "안내 😀 문자 ①")
    asyncio.run(rounds(s, outbox(s, network)))
    assert network.taken[0].body == "안내  문자 ①"


@pytest.mark.parametrize("lost", [("before",), ("after",), ("before", "after"), ("after", "before", "before")])
def test_an_unknown_outcome_is_asked_about_before_the_text_is_sent_again(lost: tuple[str, ...]) -> None:
    s, network = stage(), Network(lost)
    (text,) = wished(Caller(s).rings(), "안내")
    ends = asyncio.run(rounds(s, outbox(s, network)))
    assert len(network.taken) == 1
    assert network.asked == lost.index("after") + 1 if "after" in lost else network.asked == len(lost)
    assert state(s, text).state == messages.SENT
    assert ends["unclear"] == (lost.index("after") + 1 if "after" in lost else len(lost))


def test_after_a_crash_between_claim_and_answer_the_network_is_asked_first() -> None:
    s, network = stage(), Network()
    (text,) = wished(Caller(s).rings(), "안내")
    s.do(c.OUTBOX, c.ClaimText(text, 1), "")
    network.taken.append(Text(text, NUMBER, "", "안내"))  # it had arrived
    reborn = outbox(s, network)
    assert asyncio.run(rounds(s, reborn))["sent"] == 1
    assert (len(network.taken), network.asked) == (1, 1)
    assert state(s, text).message == "SM1"


@pytest.mark.parametrize("code", ["opted_out", "bad_number"])
def test_who_wants_no_texts_or_can_have_none_is_never_tried_again_and_is_nobodys_fault(code: str) -> None:
    s, network = stage(), Network()
    network.fails[NUMBER] = ProviderFailed(code, retryable=False)
    (text,) = wished(Caller(s).rings(), "안내")
    box = outbox(s, network)
    assert asyncio.run(rounds(s, box))["refused"] == 1
    assert (state(s, text).state, state(s, text).code) == (messages.FAILED, code)
    assert (s.store.reads.deliveries("dead"), box.promises.dead) == ([], 0)


def test_what_the_network_refuses_for_a_fault_of_ours_is_a_dead_letter() -> None:
    s, network = stage(), Network()
    network.fails[NUMBER] = ProviderFailed("network_auth", retryable=False)
    (text,) = wished(Caller(s).rings(), "안내")
    box = outbox(s, network)
    asyncio.run(rounds(s, box))
    assert [d.id for d in s.store.reads.deliveries("dead")] == [text]
    assert box.promises.dead == 1


def test_a_network_that_is_down_is_tried_ever_more_seldom_and_given_up_after_its_time() -> None:
    s, network = stage(), Network()
    network.fails[NUMBER] = ProviderFailed("network_down", retryable=True)
    (text,) = wished(Caller(s).rings(), "안내")
    began = s.clock.at_us
    box = outbox(s, network)
    tries = asyncio.run(rounds(s, box, most=1000))["retry"]
    assert 40 < tries < 80
    assert (state(s, text).state, state(s, text).code) == (messages.FAILED, "expired")
    assert s.clock.at_us - began <= 4 * HOUR


def test_the_texts_of_one_caller_go_in_order_and_do_not_hold_back_anothers() -> None:
    s, network = stage(), Network(("before",))
    one, other = Caller(s).rings(), Caller(s, "+821099998888").rings()
    first, second = wished(one, "하나", "둘")
    (third,) = wished(other, "셋")
    box = outbox(s, network)
    assert box.promises.due(s.clock.at_us, 8) == [first, third]
    assert asyncio.run(box.attempt(first)) == "unclear"
    assert asyncio.run(box.attempt(third)) == "sent"
    assert box.promises.due(s.clock.at_us, 8) == []
    asyncio.run(rounds(s, box))
    assert [t.body for t in network.taken] == ["셋", "하나", "둘"]
    assert state(s, second).state == messages.SENT


def test_a_claim_that_another_server_has_made_is_refused() -> None:
    s = stage()
    (text,) = wished(Caller(s).rings(), "안내")
    s.do(c.OUTBOX, c.ClaimText(text, 1), "")
    with pytest.raises(Refused):
        s.do(c.OUTBOX, c.ClaimText(text, 1), "")
    assert s.do(c.OUTBOX, c.ClaimText(text, 2), "")["ask_first"]


def test_words_that_were_erased_meanwhile_are_not_sent() -> None:
    s, network = stage(), Network()
    caller = Caller(s).rings()
    (text,) = wished(caller, "안내")
    caller.hangs_up()
    s.do(c.Principal(c.ADMIN, "k_boss"), c.EraseSession(caller.session, "requested"))
    asyncio.run(rounds(s, outbox(s, network)))
    assert (network.taken, state(s, text).code) == ([], "erased")


# -- what the citizen's network tells

ORDER = ("sent", "delivered", "read")
RANK = {messages.QUEUED: 0, messages.SENT: 1, messages.DELIVERED: 2, messages.READ: 3}


@given(st.lists(st.sampled_from(["sent", "delivered", "read", "undelivered", "failed", "strange"]), max_size=8))
def test_the_networks_words_never_lower_what_is_known(facts: list[str]) -> None:
    s = stage()
    (text,) = wished(Caller(s).rings(), "안내")
    before = state(s, text).state
    for fact in facts:
        s.do(c.PROVIDER, c.TextFact(text, fact, "SM1", "30003"), "")
        now = state(s, text).state
        assert now == before or before not in messages.MACHINE.terminal
        assert RANK.get(now, 9) >= RANK.get(before, 9)
        again = s.do(c.PROVIDER, c.TextFact(text, fact, "SM1", "30003"), "")
        assert again == {"late": True}
        before = now
    settled = before != messages.QUEUED
    assert (s.store.reads.deliveries("waiting") == []) == settled


def test_a_word_that_comes_before_the_answer_to_our_own_request_settles_the_promise() -> None:
    s = stage()
    (text,) = wished(Caller(s).rings(), "안내")
    s.do(c.OUTBOX, c.ClaimText(text, 1), "")
    s.do(c.PROVIDER, c.TextFact(text, "delivered", "SM1"), "")
    assert s.do(c.OUTBOX, c.TextResult(text, 1, "sent", "SM1"), "") == {"late": True}
    assert state(s, text).state == messages.DELIVERED


@pytest.mark.parametrize(("number", "code"), [("30003", "network_30003"), ("21610", "opted_out"), ("", "other")])
def test_why_a_text_did_not_arrive_is_kept_as_a_code(number: str, code: str) -> None:
    s = stage()
    (text,) = wished(Caller(s).rings(), "안내")
    s.do(c.PROVIDER, c.TextFact(text, "undelivered", "SM1", number), "")
    assert state(s, text).code == code


def test_a_word_about_no_text_of_ours_is_refused() -> None:
    assert stage().refused(c.PROVIDER, c.TextFact("m_nothing", "sent")) == "no_such_text"


# -- what a caller is owed


def test_a_caller_is_told_by_text_when_her_ticket_is_filed_and_when_it_is_answered() -> None:
    s, network = stage(), Network()
    caller = Caller(s).queues().taken()
    talk = Talk.__new__(Talk)
    talk.stage, talk.session, talk.handoff = s, caller.session, ""
    case = c.CaseForm("road", "가로등 고장", "꺼졌습니다", "세종대로 110")
    talk.handoff = s.do(s.at_desk(K1), c.FileTicket(caller.session, caller.item.id, case))["handoff"]
    talk.acknowledged()
    caller.hangs_up()
    s.do(s.at_desk(K1), c.CompleteWrapUp(caller.session, caller.item.id, "ticket", "road"))
    assert caller.state.closed_at_us
    talk.progress("answered")
    asyncio.run(rounds(s, outbox(s, network)))
    assert ["SM-1" in t.body for t in network.taken] == [True, True]
    assert "접수되었습니다" in network.taken[0].body
    assert "답변" in network.taken[1].body


def test_who_writes_in_the_chat_is_told_there_and_not_by_text() -> None:
    s = stage()
    Talk(s).acknowledged()
    assert [d for d in s.store.reads.deliveries("waiting") if d.endpoint == "text"] == []


def test_a_foreign_caller_is_told_in_english() -> None:
    s, network = stage(callback_attempts_max=1), Network()
    caller = Caller(s, language="vi").asks_back()
    caller.answers = "busy"
    caller.taken()
    asyncio.run(rounds(s, outbox(s, network)))
    assert network.taken[0].body.startswith("[120 Dasan]")


# -- the runner


def test_the_runner_sends_what_is_due_and_knows_when_the_network_is_down() -> None:
    s, network = stage(), Network(("before",))
    wished(Caller(s).rings(), "안내")
    box = outbox(s, network)

    async def run() -> None:
        runner = Texts(box, s.clock, lambda: True, Bell())
        await runner.step()
        await asyncio.gather(*runner.attempts.under_way)
        assert runner.attempts.down_since_us
        s.clock.at_us += 10 * SECOND
        await runner.step()
        await runner.close()
        assert runner.attempts.down_since_us == 0
        idle = Texts(box, s.clock, lambda: False, Bell())
        assert await idle.step() == 0.5

    asyncio.run(run())
    assert len(network.taken) == 1
