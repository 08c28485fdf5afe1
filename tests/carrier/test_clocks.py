"""Two clocks, one engine: the same call on a virtual clock of its own and on an event loop's."""

from __future__ import annotations

import asyncio

from tests.carrier.service import CITIZEN, LINE, service
from tests.virtual import LoopClock, virtually

PAGES = {"/voice": '<Gather action="/menu" numDigits="1"><Say>안녕하세요.</Say></Gather>', "/menu": "<Hangup/>"}


async def test_on_a_virtual_clock_of_its_own_nothing_sleeps() -> None:
    centre = service(dict(PAGES))
    began = centre.carrier.now_us
    centre.carrier.dial(CITIZEN, LINE)
    await centre.carrier.run_for(3_600)
    assert centre.carrier.now_us == began + 3_600_000_000
    assert centre.said("/status", "CallStatus") == ["completed"]


def test_on_a_loop_whose_time_jumps_it_lives_beside_the_service() -> None:
    async def live() -> list[str | None]:
        clock = LoopClock()
        centre = service(dict(PAGES), clock=clock.now_us)
        centre.carrier.start()
        centre.carrier.dial(CITIZEN, LINE)
        await asyncio.sleep(1)
        centre.carrier.press(CITIZEN, "1")
        assert await centre.carrier.until(lambda: bool(centre.to("/status")))
        await centre.carrier.stop()
        return centre.said("/menu", "Digits")

    assert virtually(live()) == ["1"]
