"""Time and the outside: who carries the network's requests out, and on which clock.

On a virtual clock (:class:`Driver`) nothing sleeps: the next act is done at its instant, its requests are carried out
one after another, and each answer arrives ``latency_us`` later, or when the answer itself says. Others on the same
clock (the service's own timers) are :class:`Companion`. On the real clock (:class:`RealDriver`) acts are done when they
are due, and requests run side by side.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from channels.carrier import webhooks
from channels.carrier.model import SECOND
from channels.carrier.network import Network
from channels.carrier.webhooks import Ask, Reply

LATENCY_US = 20_000


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
        settle: Callable[[], Awaitable[None]] = _settled,
        companions: Sequence[Companion] = (),
    ) -> None:
        self.net, self.web, self.latency_us = net, web, latency_us
        self.settle, self.companions = settle, list(companions)

    def due_us(self) -> int | None:
        """The next instant at which anybody acts."""
        dues = [self.net.due_us(), *(companion.due_us() for companion in self.companions)]
        return min((due for due in dues if due is not None), default=None)

    async def run_until(self, us: int) -> None:
        """Let everything happen that is due until then; it is then afterwards."""
        await self._requests()
        while (due := self.due_us()) is not None and due <= us:
            await self._turn(due)
        self.net.now_us = max(self.net.now_us, us)
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
                self.net.now_us = max(self.net.now_us, min(end, due or end))
                return not unfinished()
            await self._turn(due)
        return True

    async def run_until_idle(self, within_s: float = 86_400.0) -> None:
        """Until nothing more is planned, or for so long."""
        await self.run_while(lambda: True, within_s)

    async def _turn(self, due: int) -> None:
        if (mine := self.net.due_us()) is not None and mine <= due:
            self.net.step()
        self.net.now_us = max(self.net.now_us, due)
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
            self._arrive(ask, reply)
        await self.settle()

    def _arrive(self, ask: Ask, reply: Reply) -> None:
        took = self.latency_us if reply.took_us is None else reply.took_us
        if reply.failure == "ct":
            took = ask.connect_ms * 1_000
        elif reply.failure == "rt" or took > ask.read_ms * 1_000:
            took, reply = ask.read_ms * 1_000, Reply(failure="rt")
        self.net.after(took, lambda: webhooks.answered(self.net, ask, reply))


class RealDriver:
    """The network on the real clock, from its start on; :meth:`run` until it is cancelled."""

    def __init__(self, net: Network, web: Web) -> None:
        self.net, self.web = net, web
        self._woken = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def touch(self) -> None:
        """Something was asked of the network from outside: look again."""
        self.net.now_us = max(self.net.now_us, _now_us())
        self._woken.set()

    async def run(self) -> None:
        self.net.now_us = max(self.net.now_us, _now_us())
        try:
            while True:
                self._do_due()
                await self._rest()
        finally:
            for task in self._tasks:
                task.cancel()

    def _do_due(self) -> None:
        self.net.now_us = max(self.net.now_us, _now_us())
        while (due := self.net.due_us()) is not None and due <= self.net.now_us:
            self.net.step()
            self._send_all()
        self._send_all()

    def _send_all(self) -> None:
        while self.net.outgoing:
            task = asyncio.create_task(self._carry(self.net.outgoing.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, ask: Ask) -> None:
        reply = await self.web.send(ask)
        self.net.now_us = max(self.net.now_us, _now_us())
        webhooks.answered(self.net, ask, reply)
        self._woken.set()

    async def _rest(self) -> None:
        due = self.net.due_us()
        patience = 1.0 if due is None else min(1.0, max(0.0, (due - _now_us()) / SECOND))
        self._woken.clear()
        try:
            await asyncio.wait_for(self._woken.wait(), patience)
        except TimeoutError:
            return


def _now_us() -> int:
    return time.time_ns() // 1_000
