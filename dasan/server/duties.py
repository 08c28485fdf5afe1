"""Which server makes offers, watches deadlines and files tickets: one of them at a time, by a lease in the database.

Alone on its database a server always has the duty. A holder that dies loses it after ``LASTS_S``; doing something twice
in between is harmless, because sequences and request ids decide (dasan/store/leases.py).
"""

from __future__ import annotations

import asyncio
import logging

from dasan.core.errors import DasanError
from dasan.core.time import SECOND
from dasan.ports import Clock
from dasan.store.leases import Leases

NAME = "runners"
LASTS_S = 6
RENEW_S = 2
_log = logging.getLogger("dasan.duties")


class Duties:
    """``leases`` None: alone."""

    def __init__(self, leases: Leases | None, holder: str, clock: Clock) -> None:
        self._leases, self._holder, self._clock = leases, holder, clock
        self._until_us = 0

    def held(self) -> bool:
        """Whether this server has the duty now."""
        return self._leases is None or self._clock.now_us() < self._until_us

    async def step(self) -> float:
        """Take or renew it; seconds until the next time."""
        if self._leases is None:
            return 60.0
        now = self._clock.now_us()
        until = now + LASTS_S * SECOND
        leases, holder = self._leases, self._holder
        try:
            fence = await asyncio.to_thread(lambda: leases.take(NAME, holder, now, until))
        except DasanError as error:
            _log.warning("the duty could not be renewed", extra={"code": error.code})
            fence = None
        if fence is not None and not self.held():
            _log.info("this server makes offers now", extra={"fence": fence})
        self._until_us = until if fence is not None else 0
        return float(RENEW_S)

    async def close(self) -> None:
        """Give it up for the others."""
        if self._leases is not None and self._until_us:
            leases, holder = self._leases, self._holder
            await asyncio.to_thread(lambda: leases.release(NAME, holder))
