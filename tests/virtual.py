"""An event loop whose time jumps: nothing sleeps, and a whole centre with its runners lives through a day in seconds.

When nothing is ready the loop's clock goes straight to the next timer. Calls that would go to a thread run where they
stand, so that no time passes while one is under way. Real sockets still work, but a virtual wait never waits for them.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
START_US = 1_789_952_400_000_000  # Monday, 2026-09-21, 10:00 in Seoul
IDLE_LIMIT = 200


class _Jumping(selectors.DefaultSelector):
    """A selector that moves ``now`` instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._idle = 0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if ready or timeout == 0:
            self._idle = 0
            return ready
        if timeout is None or timeout > 86_400:  # nothing is planned: only a real socket could still wake us
            self._idle += 1
            assert self._idle < IDLE_LIMIT, "everybody waits for something that nobody will do"
            return super().select(0.01)
        self._idle = 0
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Virtual seconds since its start."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # as a thread would: whoever awaits it gets it
            done.set_exception(error)
        return done


class LoopClock:
    """The Clock port on one virtual loop: the one that runs when it is first asked."""

    def __init__(self, start_us: int = START_US) -> None:
        self.start_us = start_us
        self._loop: asyncio.AbstractEventLoop | None = None

    def now_us(self) -> int:
        if self._loop is None:  # remembered, for what is let go of after the loop has ended
            self._loop = asyncio.get_running_loop()
        return self.start_us + round(self._loop.time() * 1_000_000)

    def today(self) -> str:
        return "2026-09-21"


def virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` in a loop of its own whose time jumps."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
