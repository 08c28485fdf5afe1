"""The gate of a server: replies mean "on disk", listeners hear in order, the queue is bounded, stopping writes
first."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from dasan.core.errors import Broken, Refused
from dasan.gate import WriterGate
from dasan.ports import Committed
from tests.gate.world import Centre


@asynccontextmanager
async def started(centre: Centre, waiting_max: int = 100) -> AsyncIterator[WriterGate]:
    gate = WriterGate(centre.store, centre.broker, centre.defect, waiting_max=waiting_max)
    await gate.start()
    try:
        yield gate
    finally:
        await gate.stop()


async def test_a_reply_comes_after_the_commit() -> None:
    centre = Centre()
    async with started(centre) as gate:
        reply = await gate.submit(centre.opens())
        with centre.store.inner.unit() as unit:
            assert unit.load(str(reply["session"])) is not None


async def test_what_waits_while_the_writer_is_busy_is_written_together() -> None:
    centre = Centre()
    async with started(centre) as gate:
        busy = threading.Event()
        held = gate.call(lambda: busy.wait(5))
        futures = [gate.submit(centre.opens()) for _ in range(20)]
        busy.set()
        await held
        await asyncio.gather(*futures)
    assert centre.store.commits == 1


async def test_listeners_hear_every_commit_in_order_before_the_reply_is_awaited() -> None:
    centre = Centre()
    heard: list[int] = []

    def listen(committed: Sequence[Committed]) -> None:
        heard.extend(one.position for one in committed)

    async with started(centre) as gate:
        gate.listen(listen)
        for n in range(5):
            await gate.submit(centre.opens())
            assert len(heard) == n + 1
    assert heard == sorted(heard)


async def test_a_listener_that_breaks_does_not_silence_the_others() -> None:
    centre = Centre()
    heard: list[int] = []

    def broken(committed: Sequence[Committed]) -> None:
        raise RuntimeError("a defect of ours")

    async with started(centre) as gate:
        gate.listen(broken)
        gate.listen(lambda committed: heard.append(len(committed)))
        await gate.submit(centre.opens())
    assert heard == [1]
    assert centre.defects == ["a listener of commits"]


async def test_beyond_the_bound_a_command_is_refused_as_busy_and_nothing_accepted_is_lost() -> None:
    centre = Centre()
    async with started(centre, waiting_max=5) as gate:
        busy = threading.Event()
        held = gate.call(lambda: busy.wait(5))
        futures = [gate.submit(centre.opens()) for _ in range(30)]
        busy.set()
        await held
        results = await asyncio.gather(*futures, return_exceptions=True)
    refused = [r for r in results if isinstance(r, Refused)]
    assert refused
    assert {r.code for r in refused} == {"busy"}
    assert len(centre.store.inner.reads.recent("s", 100)) == len(results) - len(refused)


async def test_stopping_writes_what_was_accepted_and_refuses_what_comes_later() -> None:
    centre = Centre()
    async with started(centre) as gate:
        futures = [gate.submit(centre.opens()) for _ in range(10)]
        await gate.stop()
        assert len(await asyncio.gather(*futures)) == 10
        with pytest.raises(Refused):
            await gate.submit(centre.opens())


async def test_a_call_that_breaks_fails_alone() -> None:
    centre = Centre()
    async with started(centre) as gate:
        with pytest.raises(Broken):
            await gate.call(lambda: 1 / 0)
        assert "session" in await gate.submit(centre.opens())


async def test_who_stops_waiting_does_not_stop_the_effect() -> None:
    centre = Centre()
    async with started(centre) as gate:
        future = gate.submit(centre.opens())
        future.cancel()
        await gate.call(lambda: None)
    assert len(centre.store.inner.reads.recent("s", 10)) == 1
