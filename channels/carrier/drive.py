"""Time and the outside: who carries the network's requests out, and on which clock.

On a virtual clock (:class:`Driver`) nothing sleeps: the next act is done at its instant, its requests are carried out
one after another, and each answer arrives ``latency_us`` later, or when the answer itself says. Others on the same
clock (the service's own timers) are :class:`Companion`. On an event loop's clock, real or virtual
(:class:`LoopDriver`), acts are done when they are due, and requests run side by side.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from channels.carrier import webhooks
from channels.carrier.model import SECOND
from channels.carrier.network import Network
from channels.carrier.webhooks import Ask, Reply

_log = logging.getLogger("dasan.carrier")

LATENCY_US = 20_000
GLANCE_S = 0.05  # how often a condition is looked at when the network itself does nothing


class Web(Protocol):
    """The outside, as the network reaches it."""

    async def send(self, ask: Ask) -> Reply:
        """Carry it out; a failure is a Reply that says so, never an exception."""
        ...


class Companion(Protocol):
    """Somebody else who lives on the same clock."""

    def due_us(self) -> int | None:
        """The next instant at which it wants to act."""
        ...

    async def advance(self, now_us: int) -> None:
        """It is that instant now."""
        ...


async def _settled() -> None:
    """Nothing runs beside the network."""


class Driver:
    """The network on a virtual clock. ``settle`` is awaited after every step, until the service has come to rest."""

    def __init__(
        self,
        net: Network,
        web: Web,
        *,
        latency_us: int = LATENCY_US,
        settle: Callable[[], Awaitable[None]] | None = None,
        companions: Sequence[Companion] = (),
    ) -> None:
        self.net, self.web, self.latency_us = net, web, latency_us
        self.settle, self.companions = settle or _settled, list(companions)

    def due_us(self) -> int | None:
        """The next instant at which anybody acts."""
        dues = [self.net.due_us(), *(companion.due_us() for companion in self.companions)]
        return min((due for due in dues if due is not None), default=None)

    async def run_until(self, us: int) -> None:
        """Let everything happen that is due until then; it is then afterwards."""
        await self._requests()
        while (due := self.due_us()) is not None and due <= us:
            await self._turn(due)
        self.net.move(us)
        for companion in self.companions:
            await companion.advance(self.net.now_us)

    async def run_for(self, seconds: float) -> None:
        """Let so many seconds pass."""
        await self.run_until(self.net.now_us + int(seconds * SECOND))

    async def run_while(self, unfinished: Callable[[], bool], within_s: float = 600.0) -> bool:
        """Step by step while that holds, for at most so long; whether it has ceased to hold."""
        end = self.net.now_us + int(within_s * SECOND)
        await self._requests()
        while unfinished():
            due = self.due_us()
            if due is None or due > end:
                self.net.move(end)
                return not unfinished()
            await self._turn(due)
        return True

    async def run_until_idle(self, within_s: float = 86_400.0) -> None:
        """Until nothing more is planned, or for so long."""
        await self.run_while(lambda: True, within_s)

    async def _turn(self, due: int) -> None:
        if (mine := self.net.due_us()) is not None and mine <= due:
            self.net.step()
        self.net.move(due)
        for companion in self.companions:
            wanted = companion.due_us()
            if wanted is not None and wanted <= self.net.now_us:
                await companion.advance(self.net.now_us)
        await self._requests()

    async def _requests(self) -> None:
        while self.net.outgoing:
            ask = self.net.outgoing.popleft()
            reply = await self.web.send(ask)
            await self.settle()
            arrive(self.net, ask, reply, self.latency_us)
        await self.settle()


class LoopDriver:
    """The network on the event loop's clock, real or virtual: acts are done when they are due, requests run side by
    side. Nobody needs to wake it: what is planned anew is looked at."""

    def __init__(self, net: Network, web: Web, *, latency_us: int = 0) -> None:
        self.net, self.web, self.latency_us = net, web, latency_us
        self._woken = asyncio.Event()
        self._sent: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._stepped: asyncio.Future[None] | None = None
        net.planned = self._woken.set

    def start(self) -> None:
        """Live from here on, in the running loop."""
        self._task = asyncio.create_task(self._live(), name="carrier")
        self._task.add_done_callback(_told)

    async def stop(self) -> None:
        """No more acts; requests under way are let go."""
        for task in [self._task, *self._sent]:
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._task = None

    async def run_until(self, us: int) -> None:
        """Until that instant."""
        await self.run_for(max(0, us - self.net.now_us) / SECOND)

    async def run_for(self, seconds: float) -> None:
        """For so many seconds."""
        await asyncio.sleep(seconds)  # noqa: TID251  # the edge where the network's time is the loop's

    async def run_while(self, unfinished: Callable[[], bool], within_s: float = 600.0) -> bool:
        """While that holds, looking after every act, for at most so long; whether it has ceased to hold."""
        end = self.net.now_us + int(within_s * SECOND)
        while (more := unfinished()) and (left := end - self.net.now_us) > 0:
            if self._task is not None and self._task.done():
                self._task.result()  # it never ends by itself: this raises what has broken it
            stepped = self._stepped = asyncio.get_running_loop().create_future()
            await asyncio.wait([stepped], timeout=min(left / SECOND, GLANCE_S))
        return not more

    async def run_until_idle(self, within_s: float = 86_400.0) -> None:
        """Until nothing more is planned or asked, or for so long."""
        await self.run_while(lambda: self.net.due_us() is not None or bool(self.net.asked), within_s)

    async def _live(self) -> None:
        while True:
            while (due := self.net.due_us()) is not None and due <= self.net.now_us:
                self.net.step()
            self._send_all()
            self._tell_watcher()
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

    async def _carry(self, ask: Ask) -> None:
        arrive(self.net, ask, await self.web.send(ask), self.latency_us)

    def _tell_watcher(self) -> None:
        if self._stepped is not None and not self._stepped.done():
            self._stepped.set_result(None)


def _told(task: asyncio.Task[None]) -> None:
    """A network that has broken says so at once, and not only to who waits for it."""
    if not task.cancelled() and (broken := task.exception()) is not None:
        _log.critical("the carrier has broken", exc_info=broken)


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
