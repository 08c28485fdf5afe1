"""When things go wrong at the network or with us: nobody is lost, nobody is rung twice, and a human is reached."""

from __future__ import annotations

import pytest

from channels.carrier.faults import RestFault, Weather
from dasan.core import workitem as items
from tests.voice.acts import OTHER, People, play
from tests.voice.stage import CITIZEN, HUMAN

KIM, LEE = "client:c101", "client:c102"
CALLERS = [CITIZEN, OTHER, "+821011112222", "+821033334444"]


def test_a_call_that_comes_while_we_are_gone_reaches_a_human() -> None:
    async def story(p: People) -> None:
        p.installs(HUMAN, after_s=2)
        assert p.c.way is not None
        p.c.way.down()
        await p.dial()
        await p.hearing(CITIZEN, HUMAN, 30)

    play(story)


def test_a_caller_in_the_menu_when_we_are_gone_reaches_a_human() -> None:
    async def story(p: People) -> None:
        p.installs(HUMAN, after_s=2)
        await p.dial()
        assert p.c.way is not None
        p.c.way.down()
        await p.press("1")
        await p.hearing(CITIZEN, HUMAN, 60)

    play(story)


async def a_day(p: People) -> None:
    """Four callers, two counselors; each is answered, talks, and hangs up; and everything is over in the end."""
    for name in ("kim", "lee"):
        await p.c.desk(name)
    for who in CALLERS:
        p.c.carrier.dial(who, "+8225550120")
        await p.c.later(3)
        p.c.carrier.press(who, "0")
        await p.c.later(2)
    served: set[int] = set()
    for _ in range(400):
        await p.c.later(2)
        for name in ("kim", "lee"):
            await serve(p, name, served)
        if len(served) == len(CALLERS):
            break
    assert served == {1, 2, 3, 4}
    await p.c.later(120)
    for n in served:
        assert p.s(n).closed_at_us, (n, p.state(n))
    for who in (*CALLERS, KIM, LEE):
        assert not p.on_the_phone(who), who


async def serve(p: People, name: str, served: set[int]) -> None:
    """Whatever that counselor can do now."""
    from dasan.wire import desk_views as view

    desk = p.c.desks[name]
    me = desk.last(view.Me) if desk.all(view.Me) else desk.welcome.me
    if me.presence == "AWAY":
        await desk.ask("presence", presence="AVAILABLE")
    for offer in me.offers:
        await desk.ask("accept", offer=offer.offer, session=offer.session)
    for n in range(1, 5):
        item = p.s(n).live_item or (p.s(n).items[-1] if p.s(n).items else None)
        if item is None or item.counselor != p.id(name):
            continue
        if item.state == items.ACTIVE and p.hear_each_other(CALLERS[n - 1], p.c.phone(name)):
            p.c.carrier.hang_up(CALLERS[n - 1])
        elif item.state == items.WRAPPING:
            await p.wrap(name, n)
            served.add(n)


@pytest.mark.parametrize("seed", range(6))
def test_callbacks_lost_doubled_late_and_out_of_order_lose_nobody(seed: int) -> None:
    async def story(p: People) -> None:
        p.c.carrier.net.faults.weather = Weather(drop=0.15, duplicate=0.2, reorder=0.3, delay_us=2_000_000)
        await a_day(p)

    play(story, seed=seed)


@pytest.mark.parametrize("seed", range(3))
def test_a_network_that_is_too_busy_is_asked_again(seed: int) -> None:
    async def story(p: People) -> None:
        p.c.carrier.net.faults.rest += [RestFault(429, 20429, count=3), RestFault(503, 20503, count=2, method="POST")]
        await a_day(p)

    play(story, seed=seed)


@pytest.mark.parametrize("away_s", [1, 20])
def test_a_citizen_who_hangs_up_while_we_are_gone_is_found_gone(away_s: int) -> None:
    async def story(p: People) -> None:
        await p.talk("kim")
        p.c.carrier.net.after(500_000, lambda: p.c.carrier.hang_up(CITIZEN))
        await p.c.die(away_s)
        await p.c.desk("kim", presence="")
        await p.c.until(lambda: p.state() == items.WRAPPING, 90)
        await p.c.until(lambda: not p.on_the_phone(KIM), 60)

    play(story)


@pytest.mark.parametrize("moment", ["before", "menu"])
def test_a_short_restart_brings_the_caller_back_to_where_she_was(moment: str) -> None:
    async def story(p: People) -> None:
        p.installs(HUMAN, "absent")
        assert p.c.way is not None
        if moment == "menu":
            await p.dial()
            p.c.carrier.net.after(500_000, lambda: p.c.carrier.press(CITIZEN, "0"))
        else:
            p.c.carrier.net.after(500_000, lambda: p.c.carrier.dial(CITIZEN, "+8225550120"))
        await p.c.die(6)
        await p.hears("끊지 마시고", 30)
        await p.waits(1, 60)
        await p.c.desk("kim")
        await p.accept()
        await p.hearing(CITIZEN, KIM, 30)
        assert p.rings(CITIZEN) == 1

    play(story)


def test_what_is_said_after_a_restart_is_written_down_once() -> None:
    async def story(p: People) -> None:
        await p.talk("kim")
        p.c.carrier.say(CITIZEN, "여권을 잃어버렸어요")
        await p.c.until(lambda: spoken(p) == 1, 30)
        await p.c.die(2)
        await p.c.desk("kim", presence="")
        await p.c.later(5)
        p.c.carrier.say(CITIZEN, "대리인이 가도 되나요")
        p.c.carrier.say(KIM, "네, 위임장을 가져오십시오")
        await p.c.until(lambda: spoken(p) == 3, 30)
        await p.c.later(20)
        assert spoken(p) == 3, "nothing is written down twice"

    play(story, DASAN_VOICE__ACCEPT='["transcription"]')


def spoken(p: People) -> int:
    """How many pieces of speech stand in the transcript."""
    return sum(e.kind == "speech" for e in p.c.events("entry.added"))
