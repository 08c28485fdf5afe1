"""Who listens to a stream: another call (:class:`Relay`), a recogniser (:class:`Transcribing`), or some (:class:`All`).

A recogniser may be slow and may block: it runs in a thread of its own, fed through a bounded queue. When it cannot keep
up, the oldest sound is dropped and counted, never the call's.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence

from channels.media.mulaw import FRAME_MS, RATE, decode
from channels.media.stream import Listener, Outlet, mulaw_of
from dasan.telephony import Transcriber

WAITING_MAX = 500  # pieces of a track, ten seconds
PIECE_MS = 200  # a recogniser is fed a fifth of a second at once

Understood = Callable[[str, str, bool, int], None]
"""(track, text, whether it is final, confidence in percent)"""

_log = logging.getLogger("dasan.media")


class Relay:
    """What the caller says is said into ``other``; keys and marks end here."""

    __slots__ = ("_gone", "_other", "_track")

    def __init__(self, other: Outlet, track: str = "inbound", gone: Callable[[], None] = lambda: None) -> None:
        self._other = other
        self._track = track
        self._gone = gone

    def sound(self, track: str, payload: str, at_ms: int) -> None:
        if track == self._track:
            self._other.say(payload)

    def key(self, digit: str) -> None: ...

    def marked(self, name: str) -> None: ...

    def ended(self) -> None:
        self._gone()


class All:
    """Each of them, in order."""

    __slots__ = ("_each",)

    def __init__(self, *each: Listener) -> None:
        self._each = each

    def sound(self, track: str, payload: str, at_ms: int) -> None:
        for listener in self._each:
            listener.sound(track, payload, at_ms)

    def key(self, digit: str) -> None:
        for listener in self._each:
            listener.key(digit)

    def marked(self, name: str) -> None:
        for listener in self._each:
            listener.marked(name)

    def ended(self) -> None:
        for listener in self._each:
            listener.ended()


class Transcribing:
    """A recogniser for each track; what it understands is told on the event loop, in order."""

    def __init__(self, engine: Callable[[str], Transcriber], understood: Understood) -> None:
        self._engine = engine
        self._understood = understood
        self._tracks: dict[str, _Track] = {}
        self.dropped = 0

    def sound(self, track: str, payload: str, at_ms: int) -> None:
        there = self._tracks.get(track)
        if there is None:
            there = self._tracks[track] = _Track(track, self._engine(track), self._understood)
        self.dropped += there.feed(mulaw_of(payload))

    def key(self, digit: str) -> None: ...

    def marked(self, name: str) -> None: ...

    def ended(self) -> None:
        for track in self._tracks.values():
            track.end()

    async def finished(self) -> None:
        """Until everything heard has been worked through; for an orderly end."""
        await asyncio.gather(*(track.task for track in self._tracks.values()))


class _Track:
    def __init__(self, name: str, engine: Transcriber, understood: Understood) -> None:
        self._name, self._engine, self._understood = name, engine, understood
        self._waiting: deque[bytes] = deque(maxlen=WAITING_MAX)
        self._woken = asyncio.Event()
        self._over = False
        self.task = asyncio.create_task(self._work())

    def feed(self, mulaw: bytes) -> int:
        """Wait for one's turn; how many pieces were dropped for it."""
        dropped = len(self._waiting) == WAITING_MAX
        self._waiting.append(mulaw)
        if len(self._waiting) >= PIECE_MS // FRAME_MS:
            self._woken.set()
        return int(dropped)

    def end(self) -> None:
        self._over = True
        self._woken.set()

    async def _work(self) -> None:
        try:
            while not (self._over and not self._waiting):
                await self._woken.wait()
                self._woken.clear()
                while self._waiting and (self._over or len(self._waiting) >= PIECE_MS // FRAME_MS):
                    self._tell(await asyncio.to_thread(self._engine.feed, self._taken(), RATE))
            self._tell(await asyncio.to_thread(self._engine.end))
        except Exception:  # the named edge: a recogniser's fault ends the transcript, never the call
            _log.exception("the recogniser failed", extra={"track": self._name})

    def _taken(self) -> bytes:
        piece = b"".join(self._waiting.popleft() for _ in range(min(len(self._waiting), PIECE_MS // FRAME_MS)))
        return decode(piece).tobytes()

    def _tell(self, found: Sequence[tuple[str, bool, int]]) -> None:
        for text, final, confidence in found:
            self._understood(self._name, text, final, confidence)
