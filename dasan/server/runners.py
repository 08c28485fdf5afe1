"""What the server does by itself: offers, deadlines, tickets, the board, the watch over its own health.

Each runner is a loop that is woken by commits or by its own next moment, never spins, and outlives a failed round: the
round is logged and counted, and the next one starts from the truth. With several servers on one database the runners
that must be one (offers, deadlines, tickets) work only while this server holds their lease.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from dasan import dispatch
from dasan.core.commands import Envelope
from dasan.core.errors import Broken, DasanError, Refused, StorageFull
from dasan.core.time import SECOND
from dasan.dispatch import Dispatcher
from dasan.outbox import PASSING
from dasan.ports import Clock, Committed
from dasan.timers import Timers, tick

_log = logging.getLogger("dasan.runners")
PAUSE_AFTER_FAULT_S = 1.0
IDLE_S = 5.0
Submit = Callable[[Envelope], Awaitable[object]]
Duty = Callable[[], bool]  # whether this server is the one that does it now
Fault = Callable[[str, BaseException], None]  # told of our own faults


class Bell:
    """Rung by commits; a runner waits for it or for its next moment."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self, _: Sequence[Committed] = ()) -> None:
        """Something happened."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Until it rings, at most ``seconds``."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._event.wait()
        except TimeoutError:
            return
        self._event.clear()


class Runner:
    """A named loop over ``step``, which does one round and says how many seconds until the next at the latest."""

    def __init__(self, name: str, step: Callable[[], Awaitable[float]], bell: Bell, fault: Fault) -> None:
        self.name, self._step, self.bell, self._fault = name, step, bell, fault
        self.faults = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """End between two rounds or in the middle of a wait."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                wait_s = await self._step()
            except Exception as error:  # the named edge: a runner outlives a round that failed
                self.faults += 1
                self._fault(f"runner {self.name}", error)
                wait_s = PAUSE_AFTER_FAULT_S
            await self.bell.wait(wait_s)


def offers(dispatcher: Dispatcher, submit: Submit, clock: Clock, duty: Duty) -> Callable[[], Awaitable[float]]:
    """Plans become offers; a plan that the broker refuses cost nothing but the look."""

    async def step() -> float:
        now = clock.now_us()
        plans = dispatcher.plans(now) if duty() else []
        if await _all(submit, [dispatch.offer(plan) for plan in plans]):
            dispatcher.sweep()  # the world has not moved on; the writer could not
            return PAUSE_AFTER_FAULT_S
        if dispatcher.changed:
            return 0.0
        return min(IDLE_S, max(0.01, (dispatcher.wake_us(now) - now) / SECOND))

    return step


def deadlines(timers: Timers, submit: Submit, clock: Clock, duty: Duty) -> Callable[[], Awaitable[float]]:
    """Whatever is due becomes a Tick. While another server has the duty, its ticks change our heap by their commits."""

    async def step() -> float:
        now = clock.now_us()
        if not duty():
            return 0.5
        due = timers.due(now)
        for again in await _all(submit, [tick(stream, at) for stream, at in due]):
            timers.again(due[again][0], now + round(PAUSE_AFTER_FAULT_S * SECOND))
        upcoming = timers.next_us()
        if upcoming is None:
            return IDLE_S
        return min(IDLE_S, max(0.01, (upcoming - clock.now_us()) / SECOND))

    return step


async def _all(submit: Submit, envelopes: Sequence[Envelope]) -> list[int]:
    """Submit them together; which of them (by place) must be tried again.

    A refusal means that the world has moved on, unless it only says that nothing could be written just now.
    """
    again: list[int] = []
    results = await asyncio.gather(*(submit(envelope) for envelope in envelopes), return_exceptions=True)
    for place, result in enumerate(results):
        if isinstance(result, StorageFull | Broken) or (isinstance(result, Refused) and result.code in PASSING):
            again.append(place)
        elif isinstance(result, DasanError):
            _log.debug("overtaken", extra={"code": result.code})
        elif isinstance(result, BaseException):
            raise result
    return again
