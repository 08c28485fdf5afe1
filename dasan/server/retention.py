"""Recordings are kept as long as their class says (settings, [voice]), and then deleted.

First the journal says that a recording is gone, then its blob is deleted: a crash in between leaves a blob that is
found again, because after a start everything old is looked at anew, and the journal tells nothing twice. Sound of which
the journal knows nothing (the server died before it was told) goes as a recording does. A class that the settings do
not know is kept as recordings are. One of several servers does it; what fails is tried again at the next round.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from dasan.core import recording as recordings
from dasan.core.commands import RETENTION, Envelope, ForgetRecording
from dasan.core.errors import DasanError
from dasan.core.recording import RECORDING, Kept
from dasan.core.session import Session
from dasan.core.time import DAY
from dasan.ports import Clock
from dasan.store.blobs import BlobLine
from dasan.store.views import Reads

SOUND = "audio/"
AT_ONCE = 100
PACE_S = 1.0  # while there is more
EVERY_S = 600.0
_log = logging.getLogger("dasan.retention")


class Blobs(Protocol):
    """A part of dasan.store.blobs."""

    def aged(self, kind: str, before_us: int, after: str = "", limit: int = 100) -> Sequence[BlobLine]: ...

    def drop(self, blob: str) -> None: ...


class Retention:
    """``days`` by class; ``duty``: whether this server is the one that does it now."""

    def __init__(
        self,
        blobs: Blobs,
        reads: Reads,
        submit: Callable[[Envelope], Awaitable[object]],
        clock: Clock,
        days: Mapping[str, int],
        duty: Callable[[], bool],
    ) -> None:
        self._blobs, self._reads, self._submit, self._clock = blobs, reads, submit, clock
        self._days, self._duty = days, duty
        self._seen = dict.fromkeys(days, "")  # by class: up to where it was looked

    async def step(self) -> float:
        """One round; seconds until the next."""
        if not self._duty():
            return PACE_S
        more = [await self._round(kind) for kind in self._days]
        return PACE_S if any(more) else EVERY_S

    async def _round(self, kind: str) -> bool:
        """Whether there is more of that class to look at."""
        before_us = self._clock.now_us() - self._days[kind] * DAY
        old = await asyncio.to_thread(self._blobs.aged, SOUND, before_us, self._seen[kind], AT_ONCE)
        gone = 0
        for line in old:
            try:
                gone += await self._over(kind, line)
            except DasanError as error:  # the next round begins with it
                _log.warning("a recording could not be deleted", extra={"session": line.session, "code": error.code})
                return False
            self._seen[kind] = line.id
        if gone:
            _log.info("recordings were deleted", extra={"class": kind, "count": gone})
        return len(old) == AT_ONCE

    async def _over(self, kind: str, line: BlobLine) -> bool:
        """Delete it, if it is of that class."""
        kept = await asyncio.to_thread(self._kept, line)
        named = kept.retention if kept is not None else RECORDING
        if kind != (named if named in self._days else RECORDING):
            return False
        if kept is not None and not kept.gone:
            await self._submit(Envelope(RETENTION, "", ForgetRecording(line.session, line.id)))
        await asyncio.to_thread(self._blobs.drop, line.id)
        return True

    def _kept(self, line: BlobLine) -> Kept | None:
        head = self._reads.load(line.session)
        return recordings.of(head.state.kept, line.id) if head is not None and isinstance(head.state, Session) else None
