"""The centre calls somebody who lives alone: she is well, she needs help, she does not answer; through the network."""

from __future__ import annotations

from typing import Any

from dasan.core import care
from dasan.core import commands as c
from dasan.core import workitem as items
from dasan.core.address import citizen_of
from dasan.core.time import wall
from tests.voice.acts import People, play
from tests.voice.stage import CITIZEN

FIVE_PAST_TEN = (605,)


async def planned(p: People, **more: Any) -> Any:
    """A plan whose first time is five minutes from now; how it stands, whenever it is asked."""
    address = p.c.app.parts.store.keyed(f"tel:{CITIZEN}")
    days = tuple(range(7))
    plan = c.PlanCare("assurance", citizen_of(address), address, CITIZEN, "김순자", days, FIVE_PAST_TEN, **more)
    reply = await p.c.app.gate.submit(c.Envelope(c.Principal(c.ADMIN, "operator"), "", plan))
    return lambda: p.c.app.parts.store.reads.load(reply["plan"]).state


def test_she_is_called_at_her_time_and_says_that_she_is_well() -> None:
    async def story(p: People) -> None:
        p.installs(CITIZEN, after_s=4)
        plan = await planned(p)
        assert p.rings(CITIZEN) == 0
        await p.c.later(301)
        await p.hears("안심 전화", 60)
        await p.hears("1번", 60)
        await p.press("1")
        await p.c.until(lambda: plan().outcome == "well", 60)
        await p.c.until(lambda: p.s().closed_at_us, 60)
        assert (p.s().close_reason, p.s().service, p.rings(CITIZEN)) == ("well", "assurance", 1)
        assert plan().state == care.WAITING

    play(story)


def test_who_needs_help_is_brought_to_a_counselor() -> None:
    async def story(p: People) -> None:
        p.installs(CITIZEN, after_s=4)
        plan = await planned(p)
        await p.c.later(301)
        await p.hears("2번", 60)
        await p.press("2")
        await p.waits(1, 60)
        assert plan().outcome == "needs_help"
        await p.c.desk("kim")
        await p.accept("kim", 120)
        await p.talking()
        p.c.carrier.hang_up(CITIZEN)
        await p.c.until(lambda: p.state() == items.WRAPPING, 60)
        assert plan().alert == ""

    play(story)


def test_who_does_not_answer_is_rung_again_once_and_then_at_the_next_time() -> None:
    async def story(p: People) -> None:
        p.installs(CITIZEN, "busy")
        plan = await planned(p, attempts_max=2)
        await p.c.later(400)
        assert (plan().outcome, plan().attempts, p.rings(CITIZEN)) == ("no_answer", 1, 1)
        await p.c.later(1900)
        assert (plan().attempts, p.rings(CITIZEN)) == (0, 2)
        assert wall(plan().next_us)[11:] == "10:05"

    play(story)
