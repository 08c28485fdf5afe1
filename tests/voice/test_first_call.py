"""The thin thread of a call: dialled, menu, queue, counselor, talk, wrap-up."""

from __future__ import annotations

from dasan.core import workitem as items
from dasan.wire import desk_views as view
from tests.virtual import virtually
from tests.voice.stage import CITIZEN, LINE, Centre, telephone


async def accept(c: Centre, name: str) -> view.Reply:
    """That counselor takes what she is offered."""
    desk = c.desks[name]
    await c.until(lambda: desk.wire.frames and any(m.offers for m in desk.all(view.Me)[-1:]))
    offer = desk.last(view.Me).offers[0]
    return await desk.done("accept", offer=offer.offer, session=offer.session)


def test_a_citizen_calls_and_talks_to_a_counselor() -> None:
    async def story() -> None:
        async with telephone() as c:
            await c.desk("kim")
            c.carrier.dial(CITIZEN, LINE)
            await c.until(lambda: c.session().live_item is not None, 30)
            await accept(c, "kim")
            await c.until(lambda: c.session().live_item.state == items.ACTIVE)
            assert c.carrier.hears(CITIZEN, c.phone("kim"))
            assert c.carrier.hears(c.phone("kim"), CITIZEN)
            c.carrier.hang_up(CITIZEN)
            await c.until(lambda: c.session().items[-1].state == items.WRAPPING)
            await c.until(lambda: c.carrier.phone(c.phone("kim")).call is None)

    virtually(story())


def test_a_server_that_dies_in_a_talk_finds_it_again() -> None:
    async def story() -> None:
        async with telephone() as c:
            await c.desk("kim")
            c.carrier.dial(CITIZEN, LINE)
            await c.until(lambda: c.session().live_item is not None, 30)
            await accept(c, "kim")
            await c.until(lambda: c.session().live_item.state == items.ACTIVE)
            calls = len(c.carrier.net.calls)
            await c.die()
            assert c.carrier.hears(CITIZEN, c.phone("kim")), "the talk goes on without us"
            await c.desk("kim", presence="")
            await c.later(60)
            assert c.session().live_item.state == items.ACTIVE
            assert len(c.carrier.net.calls) == calls, "nobody is rung twice"
            c.carrier.hang_up(CITIZEN)
            await c.until(lambda: c.session().items[-1].state == items.WRAPPING)

    virtually(story())
