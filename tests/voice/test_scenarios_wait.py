"""Waiting: what is announced, calling back, leaving a message, hanging up and calling again, closed and full lines."""

from __future__ import annotations

import pytest

from dasan.core import workitem as items
from tests.voice.acts import People, play
from tests.voice.stage import CITIZEN

KIM = "client:c101"


async def in_line(p: People, address: str = CITIZEN, number: int = 1) -> None:
    await p.dial(address)
    await p.press("0", address)
    await p.waits(number)


def test_no_figure_is_told_when_nobody_knows_one() -> None:
    async def story(p: People) -> None:
        await in_line(p)
        await p.c.later(90)
        assert "분" not in p.c.said().split("상담사에게 연결", 1)[-1].replace("부분", "")

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
