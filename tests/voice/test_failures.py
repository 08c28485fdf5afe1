"""Every moment of a call × everybody who can fail in it: nobody is lost, nobody is rung twice, and it comes to its end.

A moment brings a story to a state; then the server dies (kill -9, and another starts over what is stored), a console
dies without a word, or a telephone is gone. Afterwards people do the obvious (:func:`ended`), and who was rung how
often, who heard whom and how the session closed is looked at.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import pytest

from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.wire import desk_views as view
from tests.voice.acts import People, play
from tests.voice.stage import CITIZEN, FIRE

KIM, LEE, BOSS = "client:c101", "client:c102", "client:c103"
PHONES = (CITIZEN, KIM, LEE, BOSS, FIRE)
SLOW_S = 6.0
Bring = Callable[[People], Awaitable[None]]


# -- moments


async def menu(p: People) -> None:
    await p.dial()


async def queue(p: People) -> None:
    await p.dial()
    await p.press("0")
    await p.waits()


async def offered(p: People) -> None:
    await p.c.desk("kim")
    await queue(p)
    await p.c.until(lambda: p.state() == items.OFFERED)


async def connecting(p: People) -> None:
    p.installs(KIM, after_s=SLOW_S)
    await offered(p)
    await p.accept("kim")
    await p.c.until(lambda: p.rings(KIM) == 1)


async def answered(p: People) -> None:
    """The counselor has picked up in this instant; the citizen is still in line."""
    await connecting(p)
    call = p.c.carrier.phone(KIM).call
    assert call is not None
    assert await p.c.carrier.until(lambda: call.status == "in-progress", 20)


async def talk(p: People) -> None:
    await p.talk()


async def muted(p: People) -> None:
    s = await p.talk()
    await p.do("kim", "mute", leg=s.parties[0].id, muted=True)
    await p.c.until(lambda: not p.c.carrier.hears(CITIZEN, KIM))


async def held(p: People) -> None:
    await p.talk()
    await p.do("kim", "hold")
    await p.apart(CITIZEN, KIM)


async def warned(p: People) -> None:
    await p.talk()
    await p.do("kim", "warn")


async def asked(p: People) -> None:
    """A colleague is asked, who has not accepted."""
    await p.talk()
    await p.c.desk("lee")
    await p.do("kim", "consult", counselor=p.id("lee"))
    await p.c.until(lambda: p.c.desks["lee"].last(view.Me).offers)


async def asked_ringing(p: People) -> None:
    p.installs(LEE, after_s=SLOW_S)
    await asked(p)
    await p.accept("lee")
    await p.c.until(lambda: p.rings(LEE) == 1)


async def consulting(p: People) -> None:
    await asked(p)
    await p.accept("lee")
    await p.hearing(KIM, LEE)


async def three(p: People) -> None:
    await consulting(p)
    await p.do("kim", "consult_join", joined=True)
    await p.hearing(CITIZEN, LEE)


async def line_ringing(p: People) -> None:
    p.installs(FIRE, after_s=SLOW_S + 4)
    await p.talk()
    await p.do("kim", "hand_over", line="119", place="중구 세종대로 110", summary="연기가 납니다")
    await p.c.until(lambda: p.rings(FIRE) == 1)


async def handed(p: People) -> None:
    await line_ringing(p)
    await p.hearing(CITIZEN, FIRE, 30)
    await p.c.until(lambda: not p.on_the_phone(KIM))


async def passed(p: People) -> None:
    await p.talk()
    await p.do("kim", "transfer", queue="water")
    await p.c.until(lambda: p.s().items[0].state == items.WRAPPING and not p.on_the_phone(KIM))


async def whispered(p: People) -> None:
    await p.talk()
    await p.c.desk("boss", presence="AWAY")
    await p.do("boss", "look")
    await p.do("boss", "ear", ear="WHISPER")
    await p.c.until(lambda: p.c.carrier.hears(KIM, BOSS), 30)


async def callback_waits(p: People) -> None:
    await queue(p)
    await p.c.later(40)
    await p.press("1")
    await p.c.until(lambda: not p.on_the_phone(CITIZEN), 60)
    await p.c.until(lambda: p.state() == items.QUEUED)
    p.installs(CITIZEN, after_s=SLOW_S)


async def callback_offered(p: People) -> None:
    await callback_waits(p)
    await p.c.desk("kim")
    await p.c.until(lambda: p.state() == items.OFFERED)


async def callback_prepared(p: People) -> None:
    """The counselor is being rung for it."""
    p.installs(KIM, after_s=SLOW_S)
    await callback_offered(p)
    await p.accept("kim")
    await p.c.until(lambda: p.rings(KIM) == 1)


async def callback_rings(p: People) -> None:
    await callback_prepared(p)
    await p.c.until(lambda: p.rings(CITIZEN) == 2, 60)


async def callback_talk(p: People) -> None:
    await callback_rings(p)
    await p.hearing(CITIZEN, KIM, 60)


async def wrapping(p: People) -> None:
    await p.talk()
    p.c.carrier.hang_up(CITIZEN)
    await p.c.until(lambda: p.state() == items.WRAPPING)


# -- what follows


async def ended(p: People, within_s: int = 400) -> None:
    """Everybody does the obvious until the session is closed: comes back, accepts, goes on, hangs up, writes down."""
    for _ in range(within_s // 2):
        await p.c.later(2)
        if p.s().closed_at_us:
            break
        for name in list(p.c.desks):
            await obvious(p, name)
        if any(p.c.carrier.hears(other, CITIZEN) for other in (KIM, LEE, FIRE)):
            p.c.carrier.hang_up(CITIZEN)
    assert p.s().closed_at_us, (p.state(), [str(leg.state) for leg in p.s().parties])
    await p.c.later(15)
    assert not [who for who in PHONES if p.on_the_phone(who)]
    assert all(leg.state == legs.ENDED for leg in (*p.s().parties, *p.s().legs))
    assert not p.c.carrier.net.open_rooms


async def obvious(p: People, name: str) -> None:
    """The next thing that a counselor does who sees her screen. What comes too early is refused, and done again."""
    desk = p.c.desks[name]
    me = desk.last(view.Me) if desk.all(view.Me) else desk.welcome.me
    if me.presence == "AWAY" and name != "boss":
        await desk.ask("presence", presence="AVAILABLE")
    for offer in me.offers:
        await desk.ask("accept", offer=offer.offer, session=offer.session)
    mine = [i for i in p.s().items if i.counselor == p.id(name) and i.state not in items.TERMINAL]
    for item in mine:
        if item.state in _NEXT and not item.consult_of:
            t, fields = _NEXT[item.state]
            await desk.ask(t, session=p.s().id, item=item.id, **fields)


_NEXT: Mapping[str, tuple[str, Mapping[str, str]]] = {
    items.HELD: ("unhold", {}),
    items.CONSULTING: ("consult_end", {}),
    items.WRAPPING: ("wrap", {"disposition": "answered", "category": "general", "summary": "안내함"}),
}


# -- the tables


@dataclass(frozen=True)
class Case:
    """A moment, how often each telephone has had a call in the end (CITIZEN's own calls too), and how it closes."""

    bring: Bring
    rings: Mapping[str, int]
    reason: str = "answered"

    def __str__(self) -> str:
        return self.bring.__name__


ALONE: Mapping[str, int] = {CITIZEN: 1}
ONCE: Mapping[str, int] = {CITIZEN: 1, KIM: 1}
TWO: Mapping[str, int] = {**ONCE, LEE: 1}
BACK: Mapping[str, int] = {CITIZEN: 2, KIM: 1}

# Whoever was in the call when the server died is in it afterwards, and is rung no second time.
SERVER = (
    Case(menu, ONCE), Case(queue, ONCE), Case(offered, ONCE), Case(connecting, ONCE), Case(answered, ONCE),
    Case(talk, ONCE), Case(muted, ONCE), Case(held, ONCE), Case(asked, ONCE), Case(asked_ringing, TWO),
    Case(consulting, TWO), Case(three, TWO), Case(line_ringing, {**ONCE, FIRE: 1}), Case(handed, {**ONCE, FIRE: 1}),
    Case(passed, TWO), Case(whispered, {**ONCE, BOSS: 1}), Case(callback_waits, BACK), Case(callback_offered, BACK),
    Case(callback_prepared, BACK), Case(callback_rings, BACK), Case(callback_talk, BACK), Case(wrapping, ONCE),
)  # fmt: skip


def rung(p: People) -> dict[str, int]:
    """How many calls each telephone has had."""
    return {who: p.rings(who) for who in PHONES if p.rings(who)}


def hearing(p: People) -> set[tuple[str, str]]:
    """(listener, speaker) of all who hear each other now."""
    return {(one, other) for one in PHONES for other in PHONES if one != other and p.c.carrier.hears(one, other)}


@pytest.mark.parametrize("case", SERVER, ids=str)
def test_the_server_is_killed_and_started_again(case: Case) -> None:
    async def story(p: People) -> None:
        await case.bring(p)
        there, heard, names = p.on_the_phone(CITIZEN), hearing(p), list(p.c.desks) or ["kim"]
        await p.c.die(2)
        assert (p.on_the_phone(CITIZEN), hearing(p)) == (there, heard), "what was said is said on"
        fresh = case.bring in {queue, menu, callback_waits, offered, callback_offered, passed}
        for name in {*names, *({"lee"} if case.bring is passed else ())}:
            await p.c.desk(name, presence="AVAILABLE" if fresh else "")
        if case.bring is menu:
            await p.press("0")
        await ended(p)
        assert rung(p) == case.rings
        assert p.c.events("work.active"), "she has talked to somebody"

    play(story)


def test_the_server_is_killed_while_she_speaks_her_message() -> None:
    async def story(p: People) -> None:
        await queue(p)
        await p.press("2")
        await p.c.until(lambda: any(act[1] == "recording.in-progress" for act in p.c.carrier.net.trace), 60)
        p.c.carrier.say(CITIZEN, "가로등이 꺼졌습니다. 연락 주십시오.")
        await p.c.later(3)
        await p.c.die(2)
        assert p.on_the_phone(CITIZEN)
        await p.c.later(2)
        p.c.carrier.press(CITIZEN, "#")
        await p.c.until(lambda: not p.on_the_phone(CITIZEN), 60)
        p.installs(CITIZEN)
        await p.c.desk("kim")
        await ended(p)
        assert rung(p) == BACK
        assert len(p.c.events("callback.requested")) == 1, "she is called back, once"

    play(story, DASAN_VOICE__ACCEPT='["recording"]')


# Her console is away longer than she counts as lost. A talk goes on; what she had not taken yet waits or is another's.
CONSOLE = (
    Case(offered, ONCE), Case(connecting, ONCE), Case(talk, ONCE), Case(held, ONCE), Case(consulting, TWO),
    Case(line_ringing, {**ONCE, FIRE: 1}, "unset"), Case(callback_talk, BACK), Case(wrapping, ONCE, "unset"),
)  # fmt: skip


@pytest.mark.parametrize("case", CONSOLE, ids=str)
def test_the_counselors_console_dies_and_comes_back_after_a_minute(case: Case) -> None:
    async def story(p: People) -> None:
        await case.bring(p)
        heard = hearing(p)
        p.c.kill_console("kim")
        await p.c.later(60)
        assert heard <= hearing(p) or case.bring is line_ringing, "who heard each other still does"
        assert p.on_the_phone(CITIZEN) == (case.bring is not wrapping)
        await p.c.desk("kim", presence="" if heard else "AVAILABLE")
        await ended(p)
        assert rung(p) == case.rings
        assert p.s().close_reason == case.reason

    play(story)


TWICE: Mapping[str, int] = {CITIZEN: 1, KIM: 2}
COUNSELOR = (
    Case(connecting, TWICE), Case(answered, TWICE), Case(talk, TWICE), Case(held, TWICE),
    Case(consulting, {**TWICE, LEE: 1}), Case(line_ringing, {**TWICE, FIRE: 1}), Case(whispered, {**TWICE, BOSS: 1}),
    Case(callback_prepared, {CITIZEN: 2, KIM: 2}),
    Case(callback_rings, {CITIZEN: 3, KIM: 2}),  # nobody is there for her: it stops, and rings again
    Case(callback_talk, {CITIZEN: 2, KIM: 2}),
)  # fmt: skip


@pytest.mark.parametrize("case", COUNSELOR, ids=str)
def test_the_counselors_telephone_falls_off(case: Case) -> None:
    async def story(p: People) -> None:
        await case.bring(p)
        call = p.c.carrier.phone(CITIZEN).call
        there = call is not None and call.status == "in-progress"
        p.installs(KIM)
        p.c.carrier.hang_up(KIM)
        await p.c.later(1)
        assert p.on_the_phone(CITIZEN) or not there, "she is never let go for it"
        await ended(p)
        assert rung(p) == case.rings
        assert p.c.events("work.active")

    play(story)


CITIZEN_LEAVES = (
    Case(menu, ALONE, "left_menu"), Case(queue, ALONE, "abandoned"), Case(offered, ALONE, "abandoned"),
    Case(connecting, ONCE), Case(answered, ONCE), Case(held, ONCE), Case(warned, ONCE), Case(asked, ONCE),
    Case(asked_ringing, TWO), Case(consulting, TWO), Case(three, TWO), Case(line_ringing, {**ONCE, FIRE: 1}),
    Case(handed, {**ONCE, FIRE: 1}), Case(passed, ONCE, "abandoned"), Case(whispered, {**ONCE, BOSS: 1}),
    Case(callback_talk, BACK),
)  # fmt: skip


@pytest.mark.parametrize("case", CITIZEN_LEAVES, ids=str)
def test_the_citizen_hangs_up(case: Case) -> None:
    async def story(p: People) -> None:
        await case.bring(p)
        p.c.carrier.hang_up(CITIZEN)
        await p.c.later(8)
        assert not [who for who in PHONES if p.on_the_phone(who)], "nobody sits in a room alone"
        offers = len(p.c.events("work.offered"))
        await ended(p)
        assert len(p.c.events("work.offered")) == offers, "nobody is offered who has gone"
        assert rung(p) == case.rings
        assert p.s().close_reason == case.reason

    play(story)


OTHERS = (
    (asked_ringing, LEE, TWO), (consulting, LEE, TWO), (three, LEE, TWO), (line_ringing, FIRE, {**ONCE, FIRE: 1}),
    (whispered, BOSS, {**ONCE, BOSS: 1}),
)  # fmt: skip


@pytest.mark.parametrize(("bring", "who", "rings"), OTHERS, ids=lambda value: getattr(value, "__name__", ""))
def test_whoever_else_is_in_the_call_hangs_up_and_the_talk_goes_on(
    bring: Bring, who: str, rings: Mapping[str, int]
) -> None:
    async def story(p: People) -> None:
        await bring(p)
        p.c.carrier.hang_up(who)
        await p.hearing(CITIZEN, KIM, 60)
        assert not p.on_the_phone(who)
        await ended(p)
        assert rung(p) == rings

    play(story)
