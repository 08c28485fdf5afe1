"""Recordings come home: fetched from the provider, sealed here, and deleted there.

Only where the operator has accepted the provider's recording by name. A callback names a recording that is complete; it
is fetched beside the call, tried again with growing waits, kept as a blob under the session's key with its retention
class, and deleted at the provider only after it is safe. A recording that cannot be fetched stays at the provider, and
is said so in the log and in ``lost``.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from channels.twilio.webhook import Form
from channels.voice.links import Hop
from dasan.core.commands import PROVIDER, Envelope, RecordingFact
from dasan.core.errors import ProviderFailed

if TYPE_CHECKING:
    from channels.voice.door import VoicePorts

AT_ONCE = 4
WAITING_MAX = 2_000
BYTES_MAX = 200 * 1024 * 1024
RETRY_S = (2.0, 10.0, 60.0, 300.0)
VOICEMAIL = "voicemail"
_SID = re.compile(r"RE[0-9a-f]{32}")
_log = logging.getLogger("dasan.voice")


class Keeper:
    """Fetches what is complete. ``waiting`` and ``lost`` are figures for whoever watches."""

    def __init__(self, ports: VoicePorts, run: Callable[[Coroutine[Any, Any, object]], None]) -> None:
        self._p, self._run = ports, run
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[str] = set()
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
        if self._p.recordings is None or self._p.blobs is None or sid in self._under_way:
            return
        if len(self._under_way) >= WAITING_MAX:
            self.lost += 1
            _log.error("too many recordings wait to be fetched", extra={"session": hop.session})
            return
        self._under_way.add(sid)
        seconds = form.get("RecordingDuration")
        self._run(self._bring(sid, hop, int(seconds) if seconds.isascii() and seconds.isdigit() else 0))

    async def _bring(self, sid: str, hop: Hop, seconds: int) -> None:
        try:
            for wait_s in (*RETRY_S, None):
                try:
                    async with self._slots:
                        await self._home(sid, hop, seconds)
                    return
                except ProviderFailed as failed:
                    if wait_s is None or not (failed.retryable or failed.unknown_outcome):
                        break
                await _rest(wait_s)
            self.lost += 1
            _log.error("a recording could not be fetched", extra={"session": hop.session})
        finally:
            self._under_way.discard(sid)

    async def _home(self, sid: str, hop: Hop, seconds: int) -> None:
        recordings, blobs = self._p.recordings, self._p.blobs
        assert recordings is not None
        assert blobs is not None
        body, media_type = await recordings.fetch(sid)
        if len(body) > BYTES_MAX:
            raise ProviderFailed("network_refused", retryable=False, detail="too large")
        blob = await asyncio.get_running_loop().run_in_executor(None, blobs.put, hop.session, body, media_type)
        kind = VOICEMAIL if hop.what == VOICEMAIL else "recording"
        command = RecordingFact(hop.session, blob=blob, seconds=seconds, retention=kind, kind=kind)
        await self._p.gate.submit(Envelope(PROVIDER, f"kept:{sid}", command))
        await recordings.delete(sid)


async def _rest(seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()
    except TimeoutError:
        return
