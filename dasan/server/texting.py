"""The runner of short messages: rounds of attempts, bounded, one of a session at a time; and since when they fail."""

from __future__ import annotations

import asyncio
import logging

from dasan.core.errors import DasanError
from dasan.core.time import SECOND
from dasan.ports import Clock
from dasan.server.runners import IDLE_S, Bell, Duty
from dasan.text_outbox import AT_ONCE_MAX, TextOutbox

_log = logging.getLogger("dasan.texts")


class Texts:
    """``outbox`` makes the attempts; ``bell`` is rung by commits that promise a text."""

    def __init__(self, outbox: TextOutbox, clock: Clock, duty: Duty, bell: Bell) -> None:
        self._outbox, self._clock, self._duty, self.bell = outbox, clock, duty, bell
        self._attempts: set[asyncio.Task[None]] = set()
        self.down_since_us = 0

    async def step(self) -> float:
        """Start what is due; seconds until the next round at the latest."""
        if not self._duty():
            return 0.5
        now = self._clock.now_us()
        for name in self._outbox.promises.due(now, AT_ONCE_MAX - len(self._attempts)):
            task = asyncio.get_running_loop().create_task(self._attempt(name))
            self._attempts.add(task)
            task.add_done_callback(self._ended)
        upcoming = self._outbox.promises.next_us()
        if upcoming is None or len(self._attempts) >= AT_ONCE_MAX:
            return IDLE_S
        return min(IDLE_S, max(0.01, (upcoming - self._clock.now_us()) / SECOND))

    async def close(self) -> None:
        """Let attempts end by themselves for a moment, then drop them: the next start asks before it sends."""
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=2.0)
        for task in self._attempts:
            task.cancel()
        await asyncio.gather(*self._attempts, return_exceptions=True)

    async def _attempt(self, name: str) -> None:
        try:
            outcome = await self._outbox.attempt(name)
        except DasanError as error:  # the writer is full or the disk is: the promise still stands
            _log.warning("an attempt could not be recorded", extra={"text": name, "code": error.code})
            self._again(name)
        except Exception:  # the named edge: one message must not stop the others
            _log.exception("an attempt failed", extra={"text": name})
            self._again(name)
        else:
            self._heard(outcome not in {"retry", "unclear"})

    def _again(self, name: str) -> None:
        self._outbox.promises.again(name, self._clock.now_us() + round(IDLE_S * SECOND))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._attempts.discard(task)
        self.bell.ring()

    def _heard(self, well: bool) -> None:
        if well:
            self.down_since_us = 0
        elif not self.down_since_us:
            self.down_since_us = self._clock.now_us()
