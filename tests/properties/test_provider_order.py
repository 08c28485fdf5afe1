"""I15: what a provider sends twice, or in another order where the order means nothing, leaves the same state."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasan.core import call
from dasan.core import commands as c
from dasan.core import handoff as handoffs
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.errors import Clash, Refused
from dasan.core.time import SECOND
from tests.broker.callers import IN_THE_ROOM, Call
from tests.broker.stage import BOSS, K1, K2, Stage, Talk

CASES = ("a", "b", "c")
STEPS = ("received", "in_progress", "answered", "closed")


def three_tickets() -> tuple[Stage, list[Talk]]:
    stage = Stage()
    talks = [Talk(stage, f"p_{name}") for name in CASES]
    for n, talk in enumerate(talks):
        talk.acknowledged()
        assert stage.state(talk.handoff).state == handoffs.ACKNOWLEDGED, n
    return stage, talks


def steps(stage: Stage, talk: Talk) -> list[c.TicketProgress]:
    start = stage.clock.at_us
    return [c.TicketProgress(talk.handoff, f"u{n}", word, start + n * SECOND, "답변") for n, word in enumerate(STEPS)]


def shown(stage: Stage, talks: list[Talk]) -> list[Any]:
    """What matters of each handoff: content ids and instants of recording aside."""
    found = [stage.state(t.handoff) for t in talks]
    return [replace(h, id="", content="", answer="", session="", item="", last_at_us=0, sha256="") for h in found]


interleaved = st.permutations([n for n in range(len(CASES)) for _ in STEPS])
repeats = st.lists(st.integers(0, 11), max_size=8)


@given(interleaved, repeats)
def test_updates_of_independent_tickets_may_come_in_any_order_and_twice(order: list[int], twice: list[int]) -> None:
    calm, talks = three_tickets()
    for talk in talks:
        for step in steps(calm, talk):
            calm.do(c.OUTBOX, step, "")
    wild, others = three_tickets()
    left = [steps(wild, talk) for talk in others]
    sent: list[c.TicketProgress] = []
    for n, which in enumerate(order):
        sent.append(left[which].pop(0))
        wild.do(c.OUTBOX, sent[-1], "")
        for again in twice:
            if again == n:
                wild.do(c.OUTBOX, sent[again % len(sent)], "")
    assert shown(wild, others) == shown(calm, talks)


@given(st.lists(st.sampled_from(["acknowledged", "unclear", "retry", "rejected"]), min_size=1, max_size=4), st.data())
def test_results_of_older_attempts_come_late_and_change_nothing(outcomes: list[str], data: st.DataObject) -> None:
    stage = Stage()
    talk = Talk(stage).committed()
    past: list[c.SubmissionResult] = []
    for outcome in outcomes:
        h = stage.state(talk.handoff)
        if h.state not in {handoffs.COMMITTED, handoffs.RETRY_WAIT}:
            break
        stage.do(c.OUTBOX, c.BeginSubmission(talk.handoff, h.attempts + 1), "")
        for old in data.draw(st.lists(st.sampled_from(past), max_size=2)) if past else []:
            before = stage.state(talk.handoff)
            assert stage.do(c.OUTBOX, old, "") == {"late": True}
            assert stage.state(talk.handoff) == before
        past.append(c.SubmissionResult(talk.handoff, h.attempts + 1, outcome, ticket_no="SM-1", code="x"))
        stage.do(c.OUTBOX, past[-1], "")
    before = stage.state(talk.handoff)
    for old in past:
        stage.do(c.OUTBOX, old, "")
    assert stage.state(talk.handoff) == before


@pytest.mark.parametrize("repeat", [1, 2, 5])
def test_a_request_that_comes_again_has_one_effect_and_one_reply(repeat: int) -> None:
    stage = Stage()
    talk = Talk(stage).active()
    written = [
        (talk.citizen, c.ReceiveText(talk.session, talk.leg, "저기요", "7")),
        (stage.at_desk(K1), c.SendReply(talk.session, "네", "k1")),
        (stage.at_desk(K1), c.TransferItem(talk.session, talk.first, queue="tax", note="부탁합니다")),
    ]
    for n, (principal, command) in enumerate(written):
        first = stage.do(principal, command, f"once-{n}")
        length = len(stage.journal())
        for _ in range(repeat):
            assert stage.do(principal, command, f"once-{n}") == first
        assert len(stage.journal()) == length
    other = c.ReceiveText(talk.session, talk.leg, "다른 말", "7")
    with pytest.raises(Exception, match="another body"):
        stage.do(talk.citizen, other, "once-0")


def test_two_routers_that_interleave_never_give_one_item_or_one_slot_twice() -> None:
    """Both decide on the same picture before either commits; over one or two items and counselors (I1, I3, I4)."""
    for mine, theirs, same_item in product((K1, K2), (K1, K2), (True, False)):
        stage = Stage()
        a, b = Talk(stage, "p_a"), Talk(stage, "p_b")
        other = a if same_item else b
        first, second = c.MakeOffer(a.session, a.first, mine), c.MakeOffer(other.session, other.first, theirs)
        with stage.store.unit() as one, stage.store.unit() as two:
            stage.broker.handle(one, c.Envelope(c.DISPATCHER, "", first))
            stage.broker.handle(two, c.Envelope(c.DISPATCHER, "", second))
            one.commit()
            clashes = same_item or mine == theirs
            with pytest.raises(Clash) if clashes else nullcontext():
                two.commit()
        if clashes:  # decided again from fresh state: refused for the same item, done for another
            with pytest.raises(Refused) if same_item else nullcontext():
                stage.do(c.DISPATCHER, second, "")
        assert len(a.item.offers) == 1
        assert len(b.item.offers) == (0 if same_item else 1)
        assert a.item.state == items.OFFERED


def a_busy_call() -> tuple[Call, list[c.LegFact]]:
    """A talk in which a colleague and a supervisor are being rung, and all that the network has to say of it."""
    made = Call(Stage()).active()
    asked = made.ask(K1, c.Consult(made.session, made.first, counselor=K2))["item"]
    made.accepted(K2, asked)
    made.ask(BOSS, c.Look(made.session))
    made.ask(BOSS, c.SetEar(made.session, legs.WHISPER))
    told = [c.LegFact(made.session, made.leg, "held", "CA1")]
    for who, role in ((K2, legs.OF_COUNSELOR), (BOSS, legs.OF_SUPERVISOR)):
        made.rung(who, role=role)
        leg = made.party(who, role)
        told += [c.LegFact(made.session, leg, fact, f"CA of {leg}") for fact in IN_THE_ROOM]
    return made, told


WORDS = 7


@given(st.permutations(range(WORDS)), st.lists(st.integers(0, WORDS - 1), max_size=WORDS))
def test_a_network_may_tell_of_several_legs_in_any_order_and_twice(order: list[int], twice: list[int]) -> None:
    """I15 for calls: the same people in the same places, whichever word came first."""
    calm, told = a_busy_call()
    for fact in told:
        calm.stage.do(c.PROVIDER, fact, "")
    wild, words = a_busy_call()
    assert len(words) == WORDS
    for n in order:
        wild.stage.do(c.PROVIDER, words[n], "")
        if n in twice:
            wild.stage.do(c.PROVIDER, words[n], "")
    assert call.places(wild.state) == call.places(calm.state)
    assert [i.state for i in wild.state.items] == [i.state for i in calm.state.items]
    assert wild.state.legs == calm.state.legs
    assert wild.state.parties == calm.state.parties
