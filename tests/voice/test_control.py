"""Call control under the network's bad days: words lost, doubled, late; wishes refused, unanswered, repeated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from channels.carrier.faults import RestFault, Weather
from channels.carrier.model import SECOND, Habit
from dasan.core import callback as callbacks
from dasan.core import leg as legs
from dasan.core import workitem as items
from tests.virtual import virtually
from tests.voice.asking import ask
from tests.voice.stage import CITIZEN, LINE, Centre, telephone
from tests.voice.test_first_call import accept

Story = Callable[[Centre], Awaitable[None]]


def told(story: Story, seed: int = 1, **environ: str) -> None:
    async def run() -> None:
        async with telephone(seed, environ=environ) as c:
            await story(c)

    virtually(run())


async def waiting(c: Centre) -> None:
    """The citizen calls, presses nothing, and is in line."""
    c.carrier.dial(CITIZEN, LINE)
    await c.until(lambda: c.session().live_item is not None, 40)


async def talking(c: Centre, name: str = "kim") -> None:
    await c.desk(name)
    await waiting(c)
    await accept(c, name)
    await c.until(lambda: c.session().live_item.state == items.ACTIVE)


def rings(c: Centre, name: str = "kim") -> int:
    """How many calls the network made to her telephone."""
    return sum(call.to == c.phone(name) for call in c.carrier.net.calls.values())


def faults(c: Centre) -> Any:
    return c.carrier.net.faults


def together(c: Centre, name: str = "kim") -> bool:
    return c.carrier.hears(CITIZEN, c.phone(name)) and c.carrier.hears(c.phone(name), CITIZEN)


def test_a_talk_whose_every_callback_is_lost_is_found_by_asking() -> None:
    async def story(c: Centre) -> None:
        await c.desk("kim")
        await waiting(c)
        faults(c).weather = Weather(drop=1.0)
        await accept(c, "kim")
        await c.until(lambda: c.session().live_item.state == items.ACTIVE, 65)
        assert together(c)
        assert rings(c) == 1
        c.carrier.hang_up(CITIZEN)
        await c.until(lambda: c.session().items[-1].state == items.WRAPPING, 35)
        await c.until(lambda: c.carrier.phone(c.phone("kim")).call is None, 5)

    told(story, DASAN_POLICY__TIMING__CONNECTING_VOICE_S="60")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_callbacks_that_are_doubled_late_and_out_of_order_ring_nobody_twice(seed: int) -> None:
    async def story(c: Centre) -> None:
        faults(c).weather = Weather(drop=0.2, duplicate=0.5, reorder=0.7, delay_us=2 * SECOND)
        await talking(c)
        await c.later(40)
        assert together(c)
        assert rings(c) == 1
        c.carrier.hang_up(CITIZEN)
        await c.until(lambda: c.session().items[-1].state == items.WRAPPING, 40)

    told(story, seed)


def test_a_ring_whose_answer_is_lost_is_asked_for_before_it_is_repeated() -> None:
    async def story(c: Centre) -> None:
        faults(c).rest.append(RestFault(method="POST", path="Participants.json", lost=True))
        faults(c).weather = Weather(drop=1.0)
        await c.desk("kim")
        await waiting(c)
        await accept(c, "kim")
        await c.later(8)
        assert rings(c) == 1, "the room was asked"
        assert c.session().parties[0].attempt == 2
        assert c.session().parties[0].call

    told(story)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_ring_that_the_network_refuses_for_now_is_tried_again(status: int) -> None:
    async def story(c: Centre) -> None:
        faults(c).rest.append(RestFault(status, 20429 if status == 429 else 20500, 2, "POST", "Participants.json"))
        await talking(c)
        assert rings(c) == 1
        assert together(c)

    told(story)


def test_a_telephone_that_cannot_be_rung_gives_the_caller_back_to_the_line() -> None:
    async def story(c: Centre) -> None:
        faults(c).rest.append(RestFault(400, 21211, 1, "POST", "Participants.json"))
        await c.desk("kim")
        await waiting(c)
        await accept(c, "kim")
        await c.until(lambda: c.session().live_item.state in {items.QUEUED, items.OFFERED}, 5)
        assert c.session().parties[-1].cause == "rejected"
        assert c.carrier.phone(CITIZEN).call is not None

    told(story)


def test_a_caller_who_hangs_up_while_she_is_being_connected_has_left() -> None:
    async def story(c: Centre) -> None:
        await c.desk("kim")
        await waiting(c)
        faults(c).weather = Weather(drop=1.0)
        c.carrier.hang_up(CITIZEN)  # and nobody tells us
        await accept(c, "kim")
        await c.until(lambda: c.session().legs[0].state == legs.ENDED, 40)
        assert c.session().legs[0].cause == "citizen_left"
        await c.until(lambda: c.carrier.phone(c.phone("kim")).call is None, 10)

    told(story)


def test_who_hung_up_in_the_menu_unheard_is_found_by_asking_and_leaves_nothing_to_look_after() -> None:
    async def story(c: Centre) -> None:
        faults(c).weather = Weather(drop=1.0)
        c.carrier.dial(CITIZEN, LINE)
        await c.until(lambda: c.session().flow is not None, 10)
        c.carrier.hang_up(CITIZEN)
        await c.until(lambda: c.session().closed_at_us, 40)
        await c.later(1)
        assert c.app.telephone is not None
        assert c.app.telephone.door.switchboard.kept == 0

    told(story)


def test_the_word_of_an_attempt_that_is_over_is_not_taken_for_the_end_of_the_one_that_is_up() -> None:
    async def story(c: Centre) -> None:
        await talking(c)
        s = c.session()
        older = {"AccountSid": c.carrier.net.account.sid, "CallSid": "CA" + "0" * 32, "CallStatus": "no-answer"}
        await ask(c, f"voice/status?s={s.id}&l={s.parties[0].id}", older)
        await c.desks["kim"].done("mute", session=s.id, leg=s.parties[0].id, muted=True)
        await c.until(lambda: not c.carrier.hears(CITIZEN, c.phone("kim")), 5)

    told(story)


def test_an_attempt_that_was_given_up_in_an_outage_does_not_end_the_next_one() -> None:
    """While nobody can ask the network, the first attempt times out and the second is claimed. Afterwards the call of
    the second must not be taken for what the first may have left behind."""

    async def story(c: Centre) -> None:
        await waiting(c)
        await c.later(40)
        c.carrier.press(CITIZEN, "1")
        await c.until(lambda: c.session().callback is not None, 10)
        faults(c).rest += [RestFault(503, 20500, 1_000, method, r"/Calls\.json") for method in ("GET", "POST")]
        c.carrier.phone(CITIZEN, Habit("answer", after_us=8 * SECOND))
        await c.until(lambda: len(c.events("callback.dialing")) == 2, 400)
        await c.until(lambda: c.session().legs[-1].attempt, 20)
        rung = len(c.carrier.net.calls)
        faults(c).rest.clear()
        await c.until(lambda: c.session().callback.state == callbacks.CONNECTED, 30)
        assert len(c.carrier.net.calls) == rung + 1
        assert c.carrier.phone(CITIZEN).call is not None

    told(story, DASAN_POLICY__CALLBACK_MODE="CITIZEN_FIRST")


def test_who_is_slow_to_the_telephone_is_rung_as_long_as_the_policy_says() -> None:
    async def story(c: Centre) -> None:
        await waiting(c)
        await c.later(40)
        c.carrier.press(CITIZEN, "1")
        await c.until(lambda: c.carrier.phone(CITIZEN).call is None, 60)
        c.carrier.phone(CITIZEN, Habit("answer", after_us=40 * SECOND))
        await c.desk("kim")
        await accept(c, "kim")
        await c.until(lambda: c.session().live_item.state == items.ACTIVE, 60)

    told(story, DASAN_POLICY__TIMING__CALLBACK_RING_S="45")


def test_a_redirect_whose_answer_is_lost_leaves_the_caller_in_one_room() -> None:
    async def story(c: Centre) -> None:
        faults(c).rest.append(RestFault(method="POST", path=r"Calls/CA[0-9a-f]+\.json", lost=True))
        await talking(c)
        await c.later(30)
        assert together(c)
        assert rings(c) == 1

    told(story)


def test_an_outage_of_the_network_is_waited_out() -> None:
    async def story(c: Centre) -> None:
        await talking(c)
        desk = c.desks["kim"]
        faults(c).outage_until_us = c.clock.now_us() + 20 * SECOND
        item = c.session().live_item.id
        await desk.done("hold", session=c.session().id, item=item)
        await c.later(10)
        assert together(c), "nothing can be done yet"
        await c.until(lambda: not together(c), 30)
        await desk.done("unhold", session=c.session().id, item=item)
        await c.until(lambda: together(c), 5)

    told(story)


def test_who_is_on_hold_when_the_server_dies_is_on_hold_after_it() -> None:
    async def story(c: Centre) -> None:
        await talking(c)
        item = c.session().live_item.id
        await c.desks["kim"].done("hold", session=c.session().id, item=item)
        await c.until(lambda: not together(c), 5)
        await c.die()
        desk = await c.desk("kim", presence="")
        await c.later(5)
        assert not together(c)
        await desk.done("unhold", session=c.session().id, item=item)
        await c.until(lambda: together(c), 5)
        assert rings(c) == 1

    told(story)


def test_a_claim_without_an_answer_is_taken_up_by_the_next_server() -> None:
    """Killed between the claim and the network's answer: the next start asks the room, and rings nobody twice."""

    async def story(c: Centre) -> None:
        await c.desk("kim")
        await waiting(c)
        faults(c).rest.append(RestFault(method="POST", path="Participants.json", lost=True))
        await accept(c, "kim")
        await c.until(lambda: c.session().parties and c.session().parties[0].attempt == 1, 5)
        await c.die(away_s=0.2)
        await c.desk("kim", presence="")
        await c.until(lambda: c.session().live_item.state == items.ACTIVE, 40)
        assert rings(c) == 1
        assert together(c)

    told(story)


def test_somebody_left_in_a_room_whose_session_is_over_is_hung_up() -> None:
    async def story(c: Centre) -> None:
        await talking(c)
        await c.desks["kim"].done("release", session=c.session().id, item=c.session().live_item.id)
        faults(c).outage_until_us = c.clock.now_us() + 200 * SECOND
        await c.later(120)
        await c.until(lambda: c.session().closed_at_us, 200)
        await c.until(lambda: c.carrier.phone(c.phone("kim")).call is None, 120)
        await c.until(lambda: c.carrier.phone(CITIZEN).call is None, 60)

    told(story)


def test_only_the_citizens_leg_ends_the_room() -> None:
    async def story(c: Centre) -> None:
        await talking(c)
        phone = c.phone("kim")
        c.carrier.phone(phone, Habit("answer", after_us=SECOND))
        c.carrier.hang_up(phone)
        await c.until(lambda: together(c), 30)
        assert c.carrier.phone(CITIZEN).call is not None
        assert len(c.carrier.net.rooms) == 1

    told(story)
