"""Waiting: what is announced, calling back, leaving a message, hanging up and calling again, closed and full lines."""

from __future__ import annotations

import pytest

from dasan.core import workitem as items
from tests.voice.acts import OTHER, People, play
from tests.voice.stage import CITIZEN

KIM = "client:c101"


async def in_line(p: People, address: str = CITIZEN, number: int = 1) -> None:
    await p.dial(address)
    await p.press("0", address)
    await p.waits(number)


def test_the_place_in_line_is_told_every_half_minute() -> None:
    async def story(p: People) -> None:
        await in_line(p, OTHER, 1)
        await in_line(p, CITIZEN, 2)
        await p.hears("앞에 한 명", 60)
        await p.c.later(100)
        assert p.c.said().count("앞에") >= 3

    play(story)


def test_no_figure_is_told_when_nobody_knows_one() -> None:
    async def story(p: People) -> None:
        await in_line(p)
        await p.c.later(90)
        assert "분" not in p.c.said().split("상담사에게 연결", 1)[-1].replace("부분", "")

    play(story)


def test_a_callback_is_offered_after_half_a_minute_and_keeps_her_place() -> None:
    async def story(p: People) -> None:
        await in_line(p)
        rank = p.s().items[0].rank_at_us
        await p.hears("1번", 60)
        await p.press("1")
        await p.c.until(lambda: p.s().items[0].state == items.CANCELLED, 30)
        assert p.s().items[0].outcome == "converted"
        await p.c.until(lambda: not p.on_the_phone(CITIZEN), 60)
        await p.c.until(lambda: p.s().live_item is not None, 30)
        live = p.s().live_item
        assert live is not None
        assert live.channel == "callback"
        assert live.rank_at_us == rank

    play(story)


async def called_back(p: People) -> None:
    """The citizen has asked to be called back, and Kim takes it."""
    await in_line(p)
    await p.c.later(40)
    await p.press("1")
    await p.c.until(lambda: not p.on_the_phone(CITIZEN), 60)
    await p.c.desk("kim")
    await p.accept("kim", 90)


def test_the_callback_rings_the_citizen_once_a_counselor_is_there() -> None:
    async def story(p: People) -> None:
        p.installs(CITIZEN, after_s=3)
        await called_back(p)
        await p.hearing(CITIZEN, KIM, 60)
        await p.talking()
        p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: p.state() == items.WRAPPING)
        await p.wrap()
        await p.c.until(lambda: p.s().closed_at_us, 30)

    play(story)


@pytest.mark.parametrize("how", ["busy", "wait"])
def test_a_callback_that_is_not_answered_is_tried_again_later(how: str) -> None:
    async def story(p: People) -> None:
        p.installs(CITIZEN, how)
        await called_back(p)
        rung = p.rings(CITIZEN)
        await p.c.until(lambda: p.c.events("callback.retry_wait"), 200)
        p.installs(CITIZEN, after_s=2)
        await p.accept("kim", 400)
        await p.hearing(CITIZEN, KIM, 60)
        assert p.rings(CITIZEN) > rung

    play(story)


def test_after_three_vain_attempts_the_callback_is_over_and_she_is_written_to() -> None:
    async def story(p: People) -> None:
        p.installs(CITIZEN, "busy")
        await called_back(p)
        for _ in range(2):
            await p.c.until(lambda: not p.on_the_phone(KIM), 90)
            await p.accept("kim", 1200)
        await p.c.until(lambda: p.c.events("callback.exhausted"), 2400)
        await p.c.until(lambda: p.c.carrier.phone(CITIZEN).texts or p.c.kept.tickets.cases, 120)

    play(story)


def test_who_calls_in_herself_is_served_and_not_called_back_too() -> None:
    async def story(p: People) -> None:
        await in_line(p)
        await p.c.later(40)
        await p.press("1")
        await p.c.until(lambda: not p.on_the_phone(CITIZEN), 60)
        await p.c.later(30)
        await p.dial()
        await p.press("0")
        await p.c.desk("kim")
        await p.accept("kim", 60)
        await p.hearing(CITIZEN, KIM, 60)
        p.c.carrier.hang_up(CITIZEN)
        await p.c.later(900)
        assert p.rings(CITIZEN) <= 2, "her own two calls, and none of ours"

    play(story)


def test_who_hangs_up_and_calls_again_within_a_minute_keeps_her_place() -> None:
    async def story(p: People) -> None:
        await in_line(p)
        rank = p.s().items[0].rank_at_us
        await in_line(p, OTHER, 2)
        p.c.carrier.hang_up(CITIZEN)
        await p.c.later(20)
        await p.dial()
        await p.c.until(lambda: p.state(1) in {items.QUEUED, items.OFFERED} and not p.s().items[0].parked, 30)
        assert p.s().items[0].rank_at_us == rank
        await p.c.desk("kim")
        await p.accept("kim")
        await p.hearing(CITIZEN, KIM, 30)

    play(story)


def test_who_hangs_up_for_good_is_counted_as_gone() -> None:
    async def story(p: People) -> None:
        await in_line(p)
        p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: p.s().closed_at_us, 120)
        assert p.s().items[0].outcome == "abandoned"

    play(story)


def test_nobody_is_offered_a_caller_who_has_hung_up() -> None:
    async def story(p: People) -> None:
        await in_line(p)
        p.c.carrier.hang_up(CITIZEN)
        await p.c.later(1)
        await p.c.desk("kim")
        await p.c.later(30)
        assert not p.c.events("work.offered")

    play(story)


def test_after_ten_minutes_she_is_told_and_offered_other_ways() -> None:
    async def story(p: People) -> None:
        await in_line(p)
        await p.hears("오래 기다리셔야", 700)
        await p.press("1")
        await p.waits(1, 60)

    play(story)


def test_zero_in_the_line_changes_nothing() -> None:
    async def story(p: People) -> None:
        await in_line(p)
        item = p.s().items[0]
        await p.press("0")
        await p.c.later(5)
        assert p.s().items[0].rank_at_us == item.rank_at_us
        assert p.state() == items.QUEUED

    play(story)


@pytest.mark.parametrize("moment", ["menu", "queue", "offered", "ringing", "talk", "hold", "wrap"])
def test_a_server_killed_at_any_moment_loses_nobody_and_rings_nobody_twice(moment: str) -> None:
    async def story(p: People) -> None:
        await p.c.desk("kim")
        if moment == "ringing":
            p.installs(KIM, after_s=6)
        await p.dial()
        if moment == "menu":
            await p.c.die(2)
            await p.c.desk("kim")
        await p.press("0")
        if moment == "queue":
            await p.c.desks["kim"].done("presence", presence="AWAY", reason="meal")
        await p.waits(1, 60)
        if moment in {"queue", "offered"}:
            await p.c.die(2)
            await p.c.desk("kim")
        await p.accept("kim", 120)
        if moment == "ringing":
            await p.c.until(lambda: p.rings(KIM) == 1, 20)
            await p.c.until(lambda: p.c.carrier.heard(CITIZEN, "play"), 20)
            await p.c.die(2)
            await p.c.desk("kim", presence="")
        await p.talking(1, 120)
        await p.hearing(CITIZEN, KIM, 60)
        if moment == "hold":
            await p.do("kim", "hold")
        if moment in {"talk", "hold"}:
            await p.c.die(2)
            await p.c.desk("kim", presence="")
            await p.c.later(40)
        if moment == "hold":
            assert not p.c.carrier.hears(CITIZEN, KIM)
            await p.do("kim", "unhold")
        await p.hearing(CITIZEN, KIM, 60)
        p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: p.state() == items.WRAPPING, 60)
        if moment == "wrap":
            await p.c.die(2)
            await p.c.desk("kim", presence="")
        await p.wrap()
        await p.c.until(lambda: p.s().closed_at_us, 60)
        assert p.rings(KIM) == 1, "nobody is rung twice"
        assert p.rings(CITIZEN) == 1

    play(story)


@pytest.mark.parametrize("how", ["pound", "hangs_up"])
def test_who_leaves_a_voice_message_is_called_back(how: str) -> None:
    async def story(p: People) -> None:
        await in_line(p)
        await p.press("2")
        await p.c.until(lambda: any(act[1] == "recording.in-progress" for act in p.c.carrier.net.trace), 60)
        p.c.carrier.say(CITIZEN, "가로등이 꺼졌습니다. 연락 주십시오.")
        await p.c.later(5)
        if how == "pound":
            p.c.carrier.press(CITIZEN, "#")
        else:
            p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: p.c.events("callback.requested"), 30)
        await p.c.until(lambda: not p.on_the_phone(CITIZEN), 60)
        p.installs(CITIZEN, after_s=2)
        await p.c.desk("kim")
        await p.accept("kim", 90)
        await p.hearing(CITIZEN, KIM, 60)

    play(story, DASAN_VOICE__ACCEPT='["recording"]')
