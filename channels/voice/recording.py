"""Recordings come home: fetched from the provider, sealed here, and deleted there.

Only where the operator has accepted the provider's recording by name. A callback names a recording that is complete; it
is fetched beside the call, kept as a blob under the session's key with its retention class, and deleted at the provider
only after it is safe. What fails, there or here, is tried again with growing waits, each step of it once. A recording
that cannot be brought home stays at the provider until it is found there (strays.py), and is said so in the log and in
``lost``; that of a citizen who was erased meanwhile is deleted there unheard.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from channels.twilio.webhook import Form
from channels.voice.links import Hop
from dasan.core.commands import PROVIDER, Envelope, RecordingFact
from dasan.core.errors import BadInput, DasanError, ProviderFailed, Refused
from dasan.core.recording import RECORDING, VOICEMAIL
from dasan.outbox import PASSING

if TYPE_CHECKING:
    from channels.voice.door import VoicePorts

AT_ONCE = 4
WAITING_MAX = 2_000
DONE_KEPT = 2_000  # whose callbacks may still be doubled
RETRY_S = (2.0, 10.0, 60.0, 300.0)
_SID = re.compile(r"RE[0-9a-f]{32}")
_log = logging.getLogger("dasan.voice")


@dataclass(slots=True)
class _Coming:
    """A recording on its way home, and how far it is: fetched as ``blob``, told to the broker."""

    sid: str
    hop: Hop
    seconds: int
    blob: str = ""
    told: bool = False


class Keeper:
    """Fetches what is complete. ``waiting`` and ``lost`` are figures for whoever watches."""

    def __init__(self, ports: VoicePorts, run: Callable[[Coroutine[Any, Any, object]], None]) -> None:
        self._p, self._run = ports, run
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[str] = set()
        self._done: OrderedDict[str, None] = OrderedDict()
        self.lost = 0

    @property
    def waiting(self) -> int:
        """Recordings that are being fetched."""
        return len(self._under_way)

    def heard(self, form: Form, hop: Hop) -> None:
        """A recording's callback. Everything but a complete one of a known session is passed over."""
        sid = form.get("RecordingSid")
        if form.get("RecordingStatus") != "completed" or not _SID.fullmatch(sid) or not hop.session:
            return
        self.bring(sid, hop, form.number("RecordingDuration"))

    def knows(self, sid: str) -> bool:
        """Whether it is on its way, or came home lately."""
        return sid in self._under_way or sid in self._done

    def bring(self, sid: str, hop: Hop, seconds: int) -> None:
        """Fetch a complete recording of ``hop``'s session, if nobody does already."""
        if self._p.recordings is None or self._p.blobs is None or self.knows(sid):
            return
        if len(self._under_way) >= WAITING_MAX:
            self.lost += 1
            _log.error("too many recordings wait to be fetched", extra={"session": hop.session})
            return
        self._under_way.add(sid)
        self._run(self._bring(_Coming(sid, hop, seconds)))

    async def _bring(self, one: _Coming) -> None:
        try:
            for wait_s in (*RETRY_S, None):
                try:
                    async with self._slots:
                        await self._home(one)
                except DasanError as error:
                    if wait_s is None or not _passes(error):
                        break
                else:
                    self._settled(one.sid)
                    return
                await _rest(wait_s)
            self.lost += 1
            _log.error("a recording could not be brought home", extra={"session": one.hop.session})
        finally:
            self._under_way.discard(one.sid)

    def _settled(self, sid: str) -> None:
        self._done[sid] = None
        if len(self._done) > DONE_KEPT:
            self._done.popitem(last=False)

    async def _home(self, one: _Coming) -> None:
        recordings = self._p.recordings
        assert recordings is not None
        try:
            one.blob = one.blob or await self._fetched(one)
        except Refused as no:
            if no.code != "erased":
                raise
        else:
            await self._tell(one)
        await recordings.delete(one.sid)

    async def _fetched(self, one: _Coming) -> str:
        recordings, blobs = self._p.recordings, self._p.blobs
        assert recordings is not None
        assert blobs is not None
        body, media_type = await recordings.fetch(one.sid)
        return await asyncio.get_running_loop().run_in_executor(None, blobs.put, one.hop.session, body, media_type)

    async def _tell(self, one: _Coming) -> None:
        if one.told:
            return
        kind = VOICEMAIL if one.hop.what == VOICEMAIL else RECORDING
        kept = RecordingFact(one.hop.session, "", one.blob, one.seconds, kind, kind, one.sid)
        await self._p.gate.submit(Envelope(PROVIDER, f"kept:{one.sid}", kept))
        one.told = True


def _passes(error: DasanError) -> bool:
    """Whether the same may succeed later."""
    if isinstance(error, ProviderFailed):
        return error.retryable or error.unknown_outcome
    return not isinstance(error, Refused | BadInput) or error.code in PASSING


async def _rest(seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()
    except TimeoutError:
        return
