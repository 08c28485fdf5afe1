"""Attempts at promises, several at a time: what the ticket side's runner and the short messages' have in common.

An attempt that could not be recorded, or that broke, leaves its promise due again; the others go on. Since when
attempts fail is remembered, for whoever watches.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from typing import Protocol

from dasan.core.errors import DasanError
from dasan.core.time import SECOND
from dasan.ports import Clock
from dasan.server.runners import IDLE_S, Bell

_log = logging.getLogger("dasan.attempts")


class Due(Protocol):
    """Promises, as an outbox keeps them."""

    def due(self, now_us: int, most: int) -> Sequence[str]: ...

    def again(self, name: str, due_us: int) -> None: ...


class Outbox(Protocol):
    """Who makes an attempt; its outcome is a word."""

    @property
    def promises(self) -> Due: ...

    def attempt(self, name: str, /) -> Awaitable[str]: ...


class Attempts:
    """At most ``most`` at a time. ``bell`` is rung when one has ended."""

    def __init__(self, outbox: Outbox, clock: Clock, bell: Bell, most: int) -> None:
        self._outbox, self._clock, self._bell, self._most = outbox, clock, bell, most
        self.under_way: set[asyncio.Task[None]] = set()
        self.down_since_us = 0

    @property
    def full(self) -> bool:
        """Whether no other one may begin."""
        return len(self.under_way) >= self._most

    def start(self) -> None:
        """Begin what is due."""
        for name in self._outbox.promises.due(self._clock.now_us(), self._most - len(self.under_way)):
            task = asyncio.get_running_loop().create_task(self._attempt(name))
            self.under_way.add(task)
            task.add_done_callback(self._ended)

    def heard(self, well: bool) -> None:
        """The other side was reached, or was not."""
        if well:
            self.down_since_us = 0
        elif not self.down_since_us:
            self.down_since_us = self._clock.now_us()

    async def close(self) -> None:
        """Let attempts end by themselves for a moment, then drop them: the next start asks before it sends."""
        if self.under_way:
            await asyncio.wait(self.under_way, timeout=2.0)
        for task in self.under_way:
            task.cancel()
        await asyncio.gather(*self.under_way, return_exceptions=True)

    async def _attempt(self, name: str) -> None:
        try:
            outcome = await self._outbox.attempt(name)
        except DasanError as error:  # the writer is full or the disk is: the promise still stands
            _log.warning("an attempt could not be recorded", extra={"promise": name, "code": error.code})
            self._again(name)
        except Exception:  # the named edge: one promise must not stop the others
            _log.exception("an attempt failed", extra={"promise": name})
            self._again(name)
        else:
            self.heard(outcome not in {"retry", "unclear"})

    def _again(self, name: str) -> None:
        self._outbox.promises.again(name, self._clock.now_us() + round(IDLE_S * SECOND))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.under_way.discard(task)
        self._bell.ring()
