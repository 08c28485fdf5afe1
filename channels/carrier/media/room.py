"""The sound of a whole network on a real clock: every twenty milliseconds each far end says a frame and each call hears
one, by the engine's own matrix of who hears whom.

What the network plays is spoken (texts), played (recordings of the telephone's own form) or hummed (other recordings,
music, ringing), each kind in a pitch of its own, so that a listener can tell them apart. A call that has a stream both
ways hears what our server sends; every other stream is told what it listens to. Nothing here changes a call: the engine
is only told, from outside its turn, that a stream's socket has ended.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping

from channels.carrier import streams
from channels.carrier.hooks import Matrix, Media
from channels.carrier.media.line import Line, hears
from channels.carrier.media.socket import Opening, StreamSocket
from channels.carrier.media.speech import Voice, length_us
from channels.carrier.model import SECOND, Call, Hearing
from channels.carrier.network import Network
from channels.carrier.streams import Stream
from channels.media.mulaw import FRAME_US, Samples, decode, encode

# What the network plays, in Hz; a citizen on hold hears music, a counselor who rings hears ringing.
MUSIC_HZ, RINGBACK_HZ, PLAY_HZ, BUSY_HZ, BEEP_HZ = 350.0, 425.0, 260.0, 620.0, 1_400.0
_HUMS: Mapping[str, float] = {"music": MUSIC_HZ, "ringback": RINGBACK_HZ, "play": PLAY_HZ, "busy": BUSY_HZ,
                              "beep": BEEP_HZ}  # fmt: skip
ENDED_KEPT = 16  # ended calls whose sound can still be asked for
LATE_FRAMES_MAX = 25  # beyond half a second behind, the clock is set anew instead of caught up with


class SoundRoom(Media):
    """``network`` gives the engine, which is made after its media."""

    def __init__(self, network: Callable[[], Network], voice: Voice | None = None) -> None:
        self._network = network
        self._voice = voice or Voice()
        self._lines: dict[str, Line] = {}
        self._matrix: Matrix = {}
        self._sockets: dict[str, StreamSocket] = {}
        self._by_call: dict[str, list[StreamSocket]] = {}
        self._hums: dict[str, float] = {}
        self._ended: deque[str] = deque()
        self._ticking: asyncio.Task[None] | None = None
        self.late = 0

    # -- the engine tells

    def speech_us(self, text: str, language: str, voice: str) -> int:
        return length_us(self._voice.say(text, language, super().speech_us(text, language, voice)))

    def began(self, call: Call) -> None:
        line = self._lines[call.sid] = Line()
        line.mouth.hum(self._hums.get(call.address, 0.0))

    def ended(self, call: Call) -> None:
        line = self._lines.get(call.sid)
        if line is not None and line.joined:
            self.part(call.sid)
        for socket in self._of(call.sid):
            socket.stop()
        self._ended.append(call.sid)
        while len(self._ended) > ENDED_KEPT:
            self._lines.pop(self._ended.popleft(), None)

    def hears(self, call: Call, hearing: Hearing) -> None:
        line = self._lines.get(call.sid)
        if line is None:
            return
        line.network.hush()
        line.network.hum(0.0 if hearing.sound else _HUMS.get(hearing.kind, 0.0))
        if hearing.sound:
            line.network.say(decode(hearing.sound))
        if hearing.kind == "say":
            least = max(0, hearing.ends_us - hearing.since_us)
            line.network.say(self._voice.say(hearing.text, hearing.language, least))

    def heard_by(self, matrix: Matrix) -> None:
        self._matrix = dict(matrix)

    def key(self, call: Call, digit: str) -> None:
        for socket in self._of(call.sid):
            socket.key(digit)

    def says(self, call: Call, text: str, language: str, us: int) -> None:
        line = self._lines.get(call.sid)
        if line is not None:
            line.mouth.say(self._voice.say(text, language, us))

    def stream(self, stream: Stream, what: str) -> None:
        if what == "stop":
            socket = self._sockets.get(stream.sid)
            if socket is not None:
                socket.stop()
            return
        account = self._network().account
        opening = Opening(account.sid, account.signature, self._over)
        socket = self._sockets[stream.sid] = StreamSocket(stream, opening)
        self._by_call.setdefault(stream.call.sid, []).append(socket)

    def _over(self, sid: str, error: int, why: str) -> None:
        socket = self._sockets.pop(sid, None)
        network = self._network()
        if socket is not None:
            mine = self._by_call[socket.stream.call.sid]
            mine.remove(socket)
            if not mine:
                del self._by_call[socket.stream.call.sid]
            for code in socket.notices:
                network.warn(code, "stream", socket.stream.call.sid, socket.stream.url)
        streams.closed(network, sid, error, why)

    def _of(self, call: str) -> list[StreamSocket]:
        return self._by_call.get(call, [])

    # -- who drives it

    def hum(self, address: str, hz: float) -> None:
        """The phone at that address says that tone from now on, in this call and the next ones; 0 is silence."""
        self._hums[address] = hz
        for call in self._network().calls.values():
            if call.address == address and call.live and call.sid in self._lines:
                self._lines[call.sid].mouth.hum(hz)

    def join(self, one: str, other: str) -> None:
        """The far ends of these two calls are each other: what one hears, the other says. An ``app:`` leg and the call
        that runs the application's document are such a pair."""
        self._lines[one].joined, self._lines[other].joined = other, one

    def part(self, call: str) -> None:
        """No more."""
        other, self._lines[call].joined = self._lines[call].joined, ""
        if other in self._lines:
            self._lines[other].joined = ""

    def heard(self, call: str, seconds: float) -> Samples:
        """What that call heard in the last so many seconds of it."""
        return self._lines[call].heard.last(seconds)

    def said(self, call: str, seconds: float) -> Samples:
        """What its far end said."""
        return self._lines[call].said.last(seconds)

    # -- time

    def start(self) -> None:
        """Let it sound, on the running loop."""
        self._ticking = asyncio.create_task(self._tick_on(), name="sound")

    async def stop(self) -> None:
        """Silence; every stream is ended."""
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
            self._ticking = None
        sockets = list(self._sockets.values())
        for socket in sockets:
            socket.stop()
        await asyncio.gather(*(socket.task for socket in sockets), return_exceptions=True)

    async def _tick_on(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += FRAME_US / SECOND
            left = due - loop.time()
            if left < -LATE_FRAMES_MAX * FRAME_US / SECOND:
                self.late += 1
                due = loop.time()
            await asyncio.sleep(max(0.0, left))  # noqa: TID251  # the edge where sound has a pace
            self.tick()

    def tick(self) -> None:
        """Twenty milliseconds."""
        network = self._network()
        live = {sid: line for sid, line in self._lines.items() if (call := network.calls.get(sid)) and call.live}
        before = {sid: line.heard.last(FRAME_US / SECOND) for sid, line in live.items() if line.joined}
        for line in live.values():
            far = before.get(line.joined) if line.joined else None
            line.now = line.mouth.frame() if far is None or not len(far) else far
            line.said.add(line.now)
        for sid, line in live.items():
            self._hear(sid, line, live)

    def _hear(self, sid: str, line: Line, live: Mapping[str, Line]) -> None:
        sockets = self._of(sid)
        sent = [frame for socket in sockets if socket.stream.both_ways and (frame := _played(socket)) is not None]
        others = [live[other].now for other in self._matrix.get(sid, ()) if other in live]
        heard = sent[0] if sent else hears(line, others)
        line.heard.add(heard)
        for socket in sockets:
            for track in socket.stream.tracks:
                socket.sound(track, encode(line.now if track == "inbound" else heard))


def _played(socket: StreamSocket) -> Samples | None:
    """What our server sent, for this frame; the marks it passes are told."""
    frame, marks = socket.playback.frame()
    socket.passed(marks)
    return decode(frame) if frame is not None else None
