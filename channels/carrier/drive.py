"""Time and the outside: who carries the network's requests out.

The network lives in the running event loop, real or one whose time jumps (tests/virtual.py): acts are done when they
are due, requests run side by side, and each answer arrives ``latency_us`` later, or when the answer itself says. Nobody
needs to wake it: what is planned anew is looked at. It begins with the first wait for it at the latest.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from channels.carrier import webhooks
from channels.carrier.model import SECOND
from channels.carrier.network import Network
from channels.carrier.webhooks import Ask, Reply

_log = logging.getLogger("dasan.carrier")

LATENCY_US = 20_000
GLANCE_S = 0.05  # how often a condition is looked at when the network itself does nothing
# 2026-03-02 00:00:00 UTC, nine in the morning in Seoul on a Monday that is no holiday's eve.
MORNING_US = 1_772_409_600 * SECOND


class Web(Protocol):
    """The outside, as the network reaches it."""

    async def send(self, ask: Ask) -> Reply:
        """Carry it out; a failure is a Reply that says so, never an exception."""
        ...


class Driver:
    """The network's life between :meth:`start` and :meth:`stop`. What breaks it is logged, and raised by whoever waits
    for it."""

    def __init__(self, net: Network, web: Web, latency_us: int) -> None:
        self.net, self.web, self.latency_us = net, web, latency_us
        self._woken = asyncio.Event()
        self._sent: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._stepped: asyncio.Future[None] | None = None
        self._broken: BaseException | None = None
        net.planned = self._woken.set

    def start(self) -> None:
        """Live from here on, in the running loop."""
        if self._task is None:
            self._task = asyncio.create_task(self._live(), name="carrier")
            self._task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """No more acts; requests under way are let go."""
        for task in [self._task, *self._sent]:
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._task = None

    async def run_for(self, seconds: float) -> None:
        """For so many seconds."""
        self.start()
        await asyncio.sleep(seconds)  # noqa: TID251  # the edge where the network's time is the loop's
        self._raise()

    async def run_while(
        self, unfinished: Callable[[], bool], within_s: float = 600.0, glance_s: float = GLANCE_S
    ) -> bool:
        """While that holds, looking after every act and every ``glance_s``, for at most so long; whether it has ceased
        to hold."""
        self.start()
        end = self.net.now_us + int(within_s * SECOND)
        while (more := unfinished()) and (left := end - self.net.now_us) > 0:
            self._raise()
            stepped = self._stepped = asyncio.get_running_loop().create_future()
            await asyncio.wait([stepped], timeout=min(left / SECOND, glance_s))
        return not more

    async def run_until_idle(self, within_s: float) -> None:
        """Until nothing more is planned or asked, or for so long."""
        await self.run_while(lambda: self.net.due_us() is not None or bool(self.net.asked), within_s, within_s)

    async def _live(self) -> None:
        while True:
            while (due := self.net.due_us()) is not None and due <= self.net.now_us:
                self.net.step()
            self._send_all()
            if self._stepped is not None and not self._stepped.done():
                self._stepped.set_result(None)
            self._woken.clear()  # what was planned until here is seen in the next line
            due = self.net.due_us()
            if due is None:
                await self._woken.wait()
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, (due - self.net.now_us) / SECOND)):
                    await self._woken.wait()

    def _send_all(self) -> None:
        while self.net.outgoing:
            task = asyncio.create_task(self._carry(self.net.outgoing.popleft()))
            self._sent.add(task)
            task.add_done_callback(self._sent.discard)
            task.add_done_callback(self._ended)

    async def _carry(self, ask: Ask) -> None:
        arrive(self.net, ask, await self.web.send(ask), self.latency_us)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """A network that has broken says so at once, and not only to who waits for it."""
        if not task.cancelled() and (broken := task.exception()) is not None:
            self._broken = broken
            _log.critical("the carrier has broken", exc_info=broken)

    def _raise(self) -> None:
        if self._broken is not None:
            raise self._broken


def arrive(net: Network, ask: Ask, reply: Reply, latency_us: int) -> None:
    """The answer comes after its time, or not within the patience of who asked. A failure that does not say how long
    it took has taken all of that patience."""
    took = latency_us if reply.took_us is None else reply.took_us
    if reply.failure and reply.took_us is None:
        took = 1_000 * (ask.connect_ms if reply.failure == "ct" else ask.read_ms)
    elif took > ask.read_ms * 1_000:
        took, reply = ask.read_ms * 1_000, Reply(failure="rt")
    net.after(took, lambda: webhooks.answered(net, ask, reply))


def real_us() -> int:
    """The machine's own clock."""
    return time.time_ns() // 1_000


def loop_us() -> Callable[[], int]:
    """A clock that begins that morning and goes with the running loop's time."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    return lambda: MORNING_US + round((loop.time() - began) * SECOND)
