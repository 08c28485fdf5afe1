"""Is each console still there? Beats are counted in memory; only a change of the lease becomes a command (DOMAIN §5).

A console that says nothing for ``suspect_s`` is reported once (MissBeat); the core's own deadline then decides whether
it is lost. Anything a console sends counts as a beat. After a restart every live lease is reported with its full grace:
consoles that are there come back long before it ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dasan.core import counselor as counselors
from dasan.core.commands import SYSTEM, Command, Envelope, MissBeat, Principal, RestoreBeat
from dasan.core.errors import DasanError
from dasan.core.policy import Timing
from dasan.core.time import SECOND
from dasan.hub import Hub
from dasan.ports import Clock

KEEPER = Principal(SYSTEM, "leases")
Submit = Callable[[Envelope], Awaitable[object]]
_log = logging.getLogger("dasan.leases")


@dataclass(slots=True)
class _Console:
    epoch: int
    heard_us: int
    reported: bool = False


class Leases:
    """The consoles of this server. ``tick`` is called once a second by whoever runs the server."""

    def __init__(self, hub: Hub, submit: Submit, clock: Clock, timing: Timing) -> None:
        self._hub, self._submit, self._clock, self._timing = hub, submit, clock, timing
        self._consoles: dict[str, _Console] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def attached(self, counselor: str, epoch: int) -> None:
        """A console took the lease here."""
        self._consoles[counselor] = _Console(epoch, self._clock.now_us())

    def heard(self, counselor: str, epoch: int) -> None:
        """Something came from the console of that epoch."""
        console = self._consoles.get(counselor)
        if console is None or console.epoch != epoch:
            return
        console.heard_us = self._clock.now_us()
        k = self._hub.index.counselor(counselor)
        if console.reported and k is not None and k.lease == counselors.SUSPECT and k.epoch == epoch:
            console.reported = False
            self._send(RestoreBeat(counselor, epoch))

    def detached(self, counselor: str, epoch: int) -> None:
        """The console signed out on purpose, or a newer one took over."""
        console = self._consoles.get(counselor)
        if console is not None and console.epoch == epoch:
            del self._consoles[counselor]

    def tick(self) -> None:
        """Report the silent ones."""
        now = self._clock.now_us()
        grace_s = max(1, self._timing.lost_s - self._timing.suspect_s)
        for counselor, console in list(self._consoles.items()):
            k = self._hub.index.counselor(counselor)
            if k is None or k.epoch != console.epoch or k.lease == counselors.ABSENT:
                del self._consoles[counselor]
            elif k.lease == counselors.SUSPECT:
                console.reported = True  # by another server that started meanwhile; the next beat restores it
            elif not console.reported and now - console.heard_us >= self._timing.suspect_s * SECOND:
                console.reported = True
                self._send(MissBeat(counselor, console.epoch, grace_s))

    def recover(self) -> None:
        """At the start: every live lease is suspect, with its full grace."""
        for k in list(self._hub.index.counselors()):
            self.orphaned(k.id)

    def orphaned(self, counselor: str) -> None:
        """Nobody hears that console's beats: suspect, with the full grace."""
        k = self._hub.index.counselor(counselor)
        if k is not None and k.lease == counselors.LIVE and counselor not in self._consoles:
            self._send(MissBeat(k.id, k.epoch, self._timing.lost_s))

    def own(self) -> frozenset[str]:
        """The counselors whose consoles are connected here."""
        return frozenset(self._consoles)

    async def settle(self) -> None:
        """Wait for what was sent."""
        await asyncio.gather(*self._tasks)

    def _send(self, command: Command) -> None:
        task = asyncio.get_running_loop().create_task(self._sent(command))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sent(self, command: Command) -> None:
        try:
            await self._submit(Envelope(KEEPER, "", command))
        except DasanError as error:
            _log.warning("a lease could not be changed", extra={"code": error.code})
