"""What reaches a desk without a question: offers that end, strikes against a caller, the list of callbacks."""

from __future__ import annotations

import pytest

from dasan.core import commands as c
from dasan.core.address import stream_of
from dasan.core.commands import Envelope
from dasan.core.time import HOUR, MINUTE
from dasan.server.boards import board
from dasan.server.conduct import judged
from dasan.wire import desk_views as view
from dasan.wire.call_views import Callback, Callbacks
from tests.server.phoning import call_in, rung, shown, talking, tell
from tests.server.test_supervision import boss_at
from tests.server.world import Desk, World

# -- offers


async def test_the_desk_hears_why_a_chat_that_was_offered_is_gone_when_she_takes_a_call(world: World) -> None:
    kim = await world.on_duty()
    chat = world.say("여쭤볼 게 있어요")
    await world.settle()
    call = call_in(world).id
    await world.settle()
    offers = {offer.session: offer for offer in kim.last(view.Me).offers}
    assert set(offers) == {chat, call}
    await kim.done("accept", offer=offers[call].offer, session=call)
    over = kim.last(view.OfferOver)
    assert (over.session, over.number, over.channel, over.why) == (chat, offers[chat].number, "chat", "in_call")
    frames = kim.wire.frames
    after = frames[frames.index(over) :]
    assert next(f for f in after if isinstance(f, view.Me)).offers == (), "the reason comes first"


async def test_it_is_on_a_colleagues_desk_in_the_same_moment(world: World) -> None:
    kim = await world.on_duty()
    chat = world.say("여쭤볼 게 있어요")
    await world.settle()
    lee = await world.on_duty("lee", general=2)
    call = call_in(world).id
    await world.settle()
    offer, at = next(o for o in kim.last(view.Me).offers if o.session == call), world.clock.us
    await kim.done("accept", offer=offer.offer, session=call)
    await world.settle()
    assert [o.session for o in lee.last(view.Me).offers] == [chat]
    assert world.clock.us == at


@pytest.mark.parametrize(("how", "why"), [("leaves", "citizen_left"), ("time", "expired"), ("away", "presence")])
async def test_every_offer_that_ends_without_her_says_why(world: World, how: str, why: str) -> None:
    kim = await world.on_duty()
    session = world.say("여쭤볼 게 있어요")
    await world.settle()
    assert kim.last(view.Me).offers
    if how == "leaves":
        world.as_citizen(c.LeaveSession(session, world.hub.index.session(session).legs[0].id))
    elif how == "away":
        await kim.done("presence", presence="AWAY", reason="meal")
    else:
        for _ in range(10):
            await kim.send("beat")
            await world.later(5)
    assert kim.last(view.OfferOver).why == why


async def test_an_offer_that_she_answers_herself_is_no_news_to_her(world: World) -> None:
    kim = await world.on_duty()
    session = world.say("여쭤볼 게 있어요")
    await world.settle()
    offer = kim.last(view.Me).offers[0]
    await kim.done("decline", offer=offer.offer, session=session)
    await world.serving(kim, citizen="p_two")
    assert not kim.all(view.OfferOver)


# -- strikes


async def test_a_strike_against_her_caller_shows_at_once_wherever_it_was_recorded(world: World) -> None:
    kim = await world.on_duty()
    first, item = await talking(world, kim)
    assert shown(kim, first).call.strikes == 0
    await kim.done("abuse", session=first, item=item, kind="threat")
    assert shown(kim, first).call.strikes == 1, "she sees what she has recorded, in the wrap-up"
    await kim.done("wrap", session=first, item=item, disposition="abuse", category="general")
    lee = await world.on_duty("lee", general=5)
    second, _ = await talking(world, lee)
    assert second != first
    assert shown(lee, second).call.strikes == 1
    address = stream_of("hmac of p_caller")
    asked = {"strike": 1, "act": "withdraw", "reason": "기록 오류", "by": "operator"}

    async def submit(envelope: Envelope) -> dict[str, object]:
        return dict(world.gate.handle(envelope))

    before = len(lee.all(view.Session))
    await judged(submit, asked, "hmac of p_caller")
    assert shown(lee, second).call.strikes == 0
    assert len(lee.all(view.Session)) == before + 1, "one frame, and nothing else has changed"
    assert world.hub.index.head(address) is None, "a ledger in which nothing stands is not kept"


async def test_a_strike_from_another_talk_of_the_same_caller_shows_in_the_one_that_goes_on(world: World) -> None:
    kim, lee = await world.on_duty(), await world.on_duty("lee", general=3)
    session, _ = await talking(world, kim)
    tell(world, c.BeginCall("CA-2", "p_caller", "hmac of p_caller", "e164", "+821012345678", service="assurance"))
    other = next(s for s in world.hub.index.sessions() if s.id != session)
    tell(world, c.StepFlow(other.id, other.legs[0].id, 1, "120@x", "wait", "{}", (c.WishQueue("general"),)))
    await world.settle()
    offer = lee.last(view.Me).offers[0]
    await lee.done("accept", offer=offer.offer, session=other.id)
    rung(world, other.id)
    await world.settle()
    told = len(kim.all(view.Session))
    await lee.done("abuse", session=other.id, item=offer.item, kind="verbal")
    assert shown(kim, session).call.strikes == 1
    assert len(kim.all(view.Session)) == told + 1


async def test_whose_ledger_it_is_changes_with_the_caller(world: World) -> None:
    kim = await world.on_duty()
    one, item = await talking(world, kim, "p_a")
    await kim.done("abuse", session=one, item=item, kind="verbal")
    await kim.done("wrap", session=one, item=item, disposition="abuse", category="general")
    other, _ = await talking(world, kim, "p_b")
    assert shown(kim, other).call.strikes == 0


# -- callbacks


def rows(desk: Desk) -> tuple[Callback, ...]:
    return desk.last(Callbacks).rows


def tick_of(world: World) -> None:
    """What the server does once a second for every console."""
    for console in world.consoles:
        console.tell_callbacks()


async def test_the_list_of_callbacks_follows_while_it_is_on_the_screen(world: World) -> None:
    kim = await world.on_duty()
    session, _ = await talking(world, kim)
    await kim.done("callbacks", on=True)
    assert rows(kim) == ()
    asked = await kim.done("callback_ask", session=session, at=world.clock.us + HOUR)
    tick_of(world)
    assert [(r.session, r.state, r.by, r.due) for r in rows(kim)] == [
        (session, "SCHEDULED", "김상담", asked.data["due_us"])
    ]
    assert "+82" not in rows(kim)[0].model_dump_json()
    told = len(kim.all(Callbacks))
    world.clock.us += MINUTE
    tick_of(world)
    assert len(kim.all(Callbacks)) == told, "the clock alone is no news"
    await kim.done("callback_set", session=session, at=rows(kim)[0].due + 10 * MINUTE)
    tick_of(world)
    assert rows(kim)[0].due == asked.data["due_us"] + 10 * MINUTE
    await kim.done("callback_drop", session=session, reason="solved")
    tick_of(world)
    assert rows(kim) == ()
    await kim.done("callbacks", on=False)
    await kim.done("callback_ask", session=session, at=world.clock.us + HOUR)
    told = len(kim.all(Callbacks))
    tick_of(world)
    assert len(kim.all(Callbacks)) == told


async def test_a_row_says_what_its_reader_may_do_and_the_server_holds_to_it(world: World) -> None:
    kim, lee = await world.on_duty(), await world.on_duty("lee", general=1)
    session, item = await talking(world, kim)
    await kim.done("callback_ask", session=session, at=world.clock.us + HOUR)
    tell(world, c.LegFact(session, world.hub.index.session(session).legs[-1].id, "ended", cause="normal"))
    await kim.done("wrap", session=session, item=item, disposition="answered", category="general")
    boss = await boss_at(world)
    for desk, can in (
        (kim, {"callback_set", "callback_drop"}),
        (lee, set()),
        (boss, {"callback_set", "callback_drop"}),
    ):
        await desk.done("callbacks", on=True)
        assert set(rows(desk)[0].can) == can
    assert (await lee.ask("callback_drop", session=session, reason="asked")).code == "not_yours"
    assert (await lee.ask("callback_set", session=session, at=0)).code == "not_yours"


async def test_a_callback_that_is_called_now_is_in_the_queue_at_once(world: World) -> None:
    world.clock.us += 12 * HOUR  # out of the quiet hours
    kim = await world.on_duty()
    session, item = await talking(world, kim)
    await kim.done("callback_ask", session=session, at=world.clock.us + HOUR)
    tell(world, c.LegFact(session, world.hub.index.session(session).legs[-1].id, "ended", cause="normal"))
    await kim.done("wrap", session=session, item=item, disposition="answered", category="general")
    boss = await boss_at(world)
    reply = await boss.done("callback_set", session=session, at=0)
    assert reply.data["due_us"] == world.clock.us
    await world.later(1)
    offer = kim.last(view.Me).offers[0]
    assert (offer.session, offer.channel) == (session, "callback")
    await boss.done("callbacks", on=True)
    assert rows(boss)[0].state == "DUE"


async def test_the_board_counts_them_and_says_when_the_first_is_due(world: World) -> None:
    kim = await world.on_duty()
    session, _ = await talking(world, kim)
    due = (await kim.done("callback_ask", session=session, at=world.clock.us + HOUR)).data["due_us"]
    told = board(world.hub, world.policy, world.clock.us, "ko")
    assert (told.callbacks, told.callback_due) == (1, due)
    await kim.done("callback_drop", session=session, reason="asked")
    told = board(world.hub, world.policy, world.clock.us, "ko")
    assert (told.callbacks, told.callback_due) == (0, 0)
