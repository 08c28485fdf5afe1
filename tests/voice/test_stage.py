"""The stage itself: a whole centre lives on virtual time."""

from __future__ import annotations

from dasan.wire import desk_views as view
from tests.virtual import virtually
from tests.voice.stage import centre


def test_a_counselor_sits_in_a_centre_for_an_hour() -> None:
    async def story() -> str:
        async with centre() as c:
            desk = await c.desk("kim")
            await c.later(3600)
            assert desk.wire.closed is None
            return desk.last(view.Me).presence

    assert virtually(story()) == "AVAILABLE"
