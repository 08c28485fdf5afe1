"""Recordings that were left at the provider: a server died while it fetched one, or nobody heard that it was complete.

Soon after a start and every hour the account's recordings of the last weeks are listed. One of a call of ours is
brought home if the journal does not have it, and deleted there if it does; one whose citizen was erased is deleted
unheard (recording.py). Calls that the journal does not know are somebody else's, and are not touched. What is not done
in a round is found by the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from channels.voice.links import Hop
from channels.voice.ports import RecordingSeen
from dasan.core.errors import DasanError
from dasan.core.recording import RECORDING, VOICEMAIL, is_home
from dasan.core.time import DAY

if TYPE_CHECKING:
    from channels.voice.door import VoicePorts
    from channels.voice.recording import Keeper

FIRST_S = 20.0  # calls come first
EVERY_S = 3_600.0
BACK_US = 30 * DAY
ROUND_MAX = 200
_log = logging.getLogger("dasan.voice")
At = tuple[str, str]  # session and leg


class Strays:
    """``brought`` and ``deleted`` are figures for whoever watches. ``of_call``: what is known without asking."""

    def __init__(
        self,
        ports: VoicePorts,
        of_call: Callable[[str], At | None],
        keeper: Keeper,
        fault: Callable[[str, BaseException], None],
    ) -> None:
        self._p, self._of_call, self._keeper, self._fault = ports, of_call, keeper, fault
        self._task: asyncio.Task[Any] | None = None
        self.brought = self.deleted = 0

    def start(self) -> None:
        """Begin, where there is anything to look for."""
        if self._p.recordings is not None and self._p.blobs is not None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End, in the middle of a round if need be."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        wait_s, never = FIRST_S, asyncio.Event()
        while True:
            try:
                async with asyncio.timeout(wait_s):
                    await never.wait()
            except TimeoutError:
                wait_s = EVERY_S
            try:
                await self.round()
            except DasanError as error:
                _log.warning("recordings could not be looked for", extra={"code": error.code})
            except Exception as error:  # the named edge: the next round begins from the truth again
                self._fault("the search for recordings", error)

    async def round(self) -> None:
        """Look once. Raises DasanError."""
        recordings = self._p.recordings
        if recordings is None or not self._p.duty():
            return
        since_us = self._p.clock.now_us() - BACK_US
        listed = await recordings.listed(since_us)
        left = [one for one in listed if one.complete and not self._keeper.knows(one.sid)]
        where = await self._where(left, since_us)
        for one in [one for one in left if one.call in where][:ROUND_MAX]:
            await self._home(one, where[one.call])

    async def _where(self, left: list[RecordingSeen], since_us: int) -> Mapping[str, At]:
        """Whose those calls are. A call may have begun some time before its recording."""
        calls = {one.call for one in left}
        known = {call: at for call in calls if (at := self._of_call(call)) is not None}
        unknown = frozenset(calls - known.keys())
        return {**known, **(await self._p.reads.carried(unknown, since_us - DAY) if unknown else {})}

    async def _home(self, one: RecordingSeen, at: At) -> None:
        s, recordings = await self._p.reads.load(at[0]), self._p.recordings
        if s is None or recordings is None or self._keeper.knows(one.sid):
            return
        if is_home(s.kept, one.sid):
            await recordings.delete(one.sid)
            self.deleted += 1
            return
        _log.info("a recording was left at the network", extra={"session": s.id})
        self._keeper.bring(one.sid, Hop(*at, what=VOICEMAIL if one.message else RECORDING), one.seconds)
        self.brought += 1
