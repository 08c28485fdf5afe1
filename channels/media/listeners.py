"""Who listens to a stream: another call (:class:`Relay`), or a recogniser (:class:`Transcribing`).

A recogniser may be slow and may block, also while it is made: it lives in threads that are the recognisers' alone, one
at a time, fed through a bounded queue. When it cannot keep up, the oldest sound is dropped and counted, never the
call's.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial

from channels.media.mulaw import FRAME_MS, RATE, decode
from channels.media.stream import Outlet, mulaw_of
from dasan.telephony import Transcriber

WAITING_MAX = 500  # pieces of a track, ten seconds
PIECE_MS = 200  # a recogniser is fed a fifth of a second at once

Understood = Callable[[str, str, bool, int], None]
"""(track, text, whether it is final, confidence in percent)"""
Over = Callable[[bool], None]
"""A recogniser has worked through all it heard; or it has failed (True)."""

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


class Transcribing:
    """A recogniser for each track; what it understands is told on the event loop, in order, and its end last."""

    def __init__(
        self, engine: Callable[[str], Transcriber], understood: Understood, over: Over, threads: Executor
    ) -> None:
        self._engine, self._threads = engine, threads
        self._understood, self._over = understood, over
        self._tracks: dict[str, _Track] = {}
        self.dropped = 0

    def sound(self, track: str, payload: str, at_ms: int) -> None:
        there = self._tracks.get(track)
        if there is None:
            tell = partial(self._understood, track)
            there = self._tracks[track] = _Track(partial(self._engine, track), tell, self._over, self._threads)
        self.dropped += there.feed(mulaw_of(payload))

    def key(self, digit: str) -> None: ...

    def marked(self, name: str) -> None: ...

    def ended(self) -> None:
        for track in self._tracks.values():
            track.end()
        if not self._tracks:  # it ended before anything was heard
            self._over(False)


class _Track:
    def __init__(
        self, make: Callable[[], Transcriber], understood: Callable[[str, bool, int], None], over: Over, on: Executor
    ) -> None:
        self._make, self._understood, self._told_over = make, understood, over
        self._run = partial(asyncio.get_running_loop().run_in_executor, on)
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
        failed = False
        try:
            engine = await self._run(self._make)
            while not (self._over and not self._waiting):
                await self._woken.wait()
                self._woken.clear()
                while self._waiting and (self._over or len(self._waiting) >= PIECE_MS // FRAME_MS):
                    self._tell(await self._run(engine.feed, self._taken(), RATE))
            self._tell(await self._run(engine.end))
        except Exception:  # the named edge: a recogniser's fault ends the transcript, never the call
            _log.exception("the recogniser failed")
            failed = True
        self._told_over(failed)

    def _taken(self) -> bytes:
        piece = b"".join(self._waiting.popleft() for _ in range(min(len(self._waiting), PIECE_MS // FRAME_MS)))
        return decode(piece).tobytes()

    def _tell(self, found: Sequence[tuple[str, bool, int]]) -> None:
        for text, final, confidence in found:
            self._understood(text, final, confidence)
