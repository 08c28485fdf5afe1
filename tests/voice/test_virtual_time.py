"""The loop on which the calls of these tests live: time jumps, and nothing is skipped."""

from __future__ import annotations

import asyncio
import time

from tests.virtual import LoopClock, virtually


def test_an_hour_passes_at_once_and_in_order() -> None:
    seen: list[tuple[str, int]] = []

    async def story() -> None:
        clock = LoopClock()
        began = clock.now_us()

        async def later(name: str, seconds: float) -> None:
            await asyncio.sleep(seconds)
            seen.append((name, round((clock.now_us() - began) / 1_000_000)))

        await asyncio.gather(later("hour", 3600), later("minute", 60), later("second", 1))

    real = time.monotonic()
    virtually(story())
    assert seen == [("second", 1), ("minute", 60), ("hour", 3600)]
    assert time.monotonic() - real < 2


def test_a_timeout_is_a_timeout() -> None:
    async def story() -> bool:
        try:
            async with asyncio.timeout(5):
                await asyncio.sleep(6)
        except TimeoutError:
            return True
        return False

    assert virtually(story())


def test_work_for_a_thread_takes_no_time() -> None:
    async def story() -> float:
        loop = asyncio.get_running_loop()
        before = loop.time()
        assert await asyncio.to_thread(lambda: 1 + 1) == 2
        return loop.time() - before

    assert virtually(story()) == 0
