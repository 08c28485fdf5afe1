"""The runner of cases that go to the ticket side: rounds of attempts, and the polling of their progress."""

from __future__ import annotations

import logging

from dasan.core.errors import ProviderFailed
from dasan.core.time import SECOND
from dasan.outbox import AT_ONCE_MAX, Outbox
from dasan.ports import Clock
from dasan.server.attempts import Attempts
from dasan.server.runners import IDLE_S, Bell, Duty

_log = logging.getLogger("dasan.runners")


class Tickets:
    """``bell`` is rung by commits that concern cases."""

    def __init__(self, outbox: Outbox, clock: Clock, duty: Duty, poll_s: float, bell: Bell) -> None:
        self._outbox, self._clock, self._duty, self._poll_s, self.bell = outbox, clock, duty, poll_s, bell
        self._attempts = Attempts(outbox, clock, bell, AT_ONCE_MAX)
        self._poll_at_us = 0

    @property
    def down_since_us(self) -> int:
        """Since when the peer is out of reach; 0: it is not."""
        return self._attempts.down_since_us

    async def step(self) -> float:
        """Start what is due, poll when it is time; seconds until the next round at the latest."""
        if not self._duty():
            return 0.5
        now = self._clock.now_us()
        self._attempts.start()
        if now >= self._poll_at_us:
            self._poll_at_us = now + round(self._poll_s * SECOND)
            await self._poll()
        if self._attempts.full:
            return IDLE_S
        upcoming = min(self._outbox.promises.next_us() or self._poll_at_us, self._poll_at_us)
        return min(IDLE_S, max(0.01, (upcoming - self._clock.now_us()) / SECOND))

    async def close(self) -> None:
        """As :meth:`Attempts.close`."""
        await self._attempts.close()

    async def _poll(self) -> None:
        try:
            await self._outbox.poll()
        except ProviderFailed as failed:
            self._attempts.heard(False)
            _log.info("progress could not be asked for", extra={"code": failed.code})
        else:
            self._attempts.heard(True)
