"""The runner of short messages: rounds of attempts, bounded, one of a session at a time."""

from __future__ import annotations

from dasan.core.time import SECOND
from dasan.ports import Clock
from dasan.server.attempts import Attempts
from dasan.server.runners import IDLE_S, Bell, Duty
from dasan.text_outbox import AT_ONCE_MAX, TextOutbox


class Texts:
    """``outbox`` makes the attempts; ``bell`` is rung by commits that promise a text."""

    def __init__(self, outbox: TextOutbox, clock: Clock, duty: Duty, bell: Bell) -> None:
        self._outbox, self._clock, self._duty, self.bell = outbox, clock, duty, bell
        self.attempts = Attempts(outbox, clock, bell, AT_ONCE_MAX)

    async def step(self) -> float:
        """Start what is due; seconds until the next round at the latest."""
        if not self._duty():
            return 0.5
        self.attempts.start()
        upcoming = self._outbox.promises.next_us()
        if upcoming is None or self.attempts.full:
            return IDLE_S
        return min(IDLE_S, max(0.01, (upcoming - self._clock.now_us()) / SECOND))

    async def close(self) -> None:
        """As :meth:`Attempts.close`."""
        await self.attempts.close()
