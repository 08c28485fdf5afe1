"""Several servers: whose consoles were they, when a server is gone for good?

Beats are heard only by the server a console is connected to. So each server holds a short lease in the database for
each of its consoles and renews it; the server on duty tries to take those of all other live consoles, and one that can
be taken has no server any more. Its counselor becomes suspect with her full grace, as after a restart, and is herself
again with the first beat of her console, wherever that is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from dasan.core import counselor as counselors
from dasan.core.counselor import Counselor
from dasan.core.errors import DasanError
from dasan.core.time import SECOND
from dasan.hub import Hub
from dasan.ports import Clock
from dasan.server.leases import Leases
from dasan.store.leases import Leases as Rows

EVERY_S = 5.0
LASTS_S = 20
FRESH_S = 10
_log = logging.getLogger("dasan.rollcall")


class RollCall:
    """``consoles`` are this server's own; ``rows`` the leases that all servers share."""

    def __init__(
        self, rows: Rows, holder: str, clock: Clock, *, hub: Hub, consoles: Leases, duty: Callable[[], bool]
    ) -> None:
        self._rows, self._holder, self._clock = rows, holder, clock
        self._hub, self._consoles, self._duty = hub, consoles, duty
        self._known: dict[str, tuple[int, int]] = {}  # counselor -> (epoch, since when we know of it)

    async def step(self) -> float:
        """One round; seconds until the next."""
        own = self._consoles.own()
        live = [k for k in self._hub.index.counselors() if k.lease == counselors.LIVE and k.id not in own]
        settled = self._settled(live)
        try:
            gone = await asyncio.to_thread(self._call, list(own), settled if self._duty() else [])
        except DasanError as error:
            _log.warning("the roll could not be called", extra={"code": error.code})
            return EVERY_S
        for k in gone:
            _log.info("a console has no server any more", extra={"counselor": k.id})
            self._consoles.orphaned(k.id)
        return EVERY_S

    def _settled(self, live: list[Counselor]) -> list[Counselor]:
        """Those whose console has been there for a while: a fresh one's server may not have called the roll yet."""
        now = self._clock.now_us()
        before, self._known = self._known, {}
        for k in live:
            epoch, since = before.get(k.id, (k.epoch, now))
            self._known[k.id] = (k.epoch, since if epoch == k.epoch else now)
        return [k for k in live if now - self._known[k.id][1] >= FRESH_S * SECOND]

    def _call(self, own: list[str], live: list[Counselor]) -> list[Counselor]:
        """On a thread: renew ours, and see which of the others nobody holds."""
        now = self._clock.now_us()
        for counselor in own:
            self._rows.take(f"console:{counselor}", self._holder, now, now + LASTS_S * SECOND)
        return [k for k in live if self._rows.take(f"console:{k.id}", self._holder, now, now) is not None]
