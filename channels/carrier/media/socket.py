"""The socket of one media stream, exactly as Twilio opens and speaks it.

A signed handshake to a ``wss`` address (``ws`` on this machine alone), then ``connected``, ``start``, fifty ``media`` a
second for each track, ``dtmf`` and ``mark`` where the stream goes both ways, ``stop`` at the end. Every message but the
first is numbered from "1". There is no reconnection. What goes wrong ends the stream with Twilio's number.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import websockets
from websockets.asyncio.client import ClientConnection, connect

from channels.carrier.media.playback import Playback
from channels.carrier.streams import Stream
from channels.media.mulaw import FRAME_MS

TIMED_OUT, REFUSED, HANDSHAKE, CLOSED = 31901, 31902, 31920, 31921
SCHEME, BAD_URL, PROTOCOL, MALFORMED = 31922, 31923, 31924, 31950
WITHIN_S = 5.0
WAITING_MAX = 250  # messages that our server does not read in time: five seconds of sound

Sign = Callable[[str], dict[str, str]]
Over = Callable[[str, int, str], None]
"""(stream, error number or 0, why)"""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a socket needs of the network: the account, how to sign an address, whom to tell of its end."""

    account: str
    sign: Sign
    over: Over


class StreamSocket:
    """One stream's socket and the buffer of what our server sends."""

    def __init__(self, stream: Stream, opening: Opening) -> None:
        self.stream = stream
        self.playback = Playback()
        self.notices: list[int] = []  # 31950 and the like, which end nothing
        self._opening = opening
        self._number = 0
        self._chunks: dict[str, int] = {}
        self._waiting: deque[str] = deque(maxlen=WAITING_MAX)
        self._woken = asyncio.Event()
        self._stopping = False
        self._open = False
        self.task = asyncio.create_task(self._live(), name=f"stream {stream.sid}")

    # -- what the network says; called on the event loop, returns at once

    def sound(self, track: str, mulaw: bytes) -> None:
        """Twenty milliseconds of a track."""
        if not self._open:
            return
        chunk = self._chunks[track] = self._chunks.get(track, 0) + 1
        payload = base64.b64encode(mulaw).decode("ascii")
        at = str((chunk - 1) * FRAME_MS)
        self._say("media", {"track": track, "chunk": str(chunk), "timestamp": at, "payload": payload})

    def key(self, digit: str) -> None:
        """The far end pressed a key; only a stream that goes both ways tells it."""
        if self._open and self.stream.both_ways:
            self._say("dtmf", {"track": "inbound_track", "digit": digit})

    def passed(self, marks: list[str]) -> None:
        """These marks have been reached, or dropped."""
        if self._open:
            for name in marks:
                self._say("mark", {"name": name})

    def stop(self) -> None:
        """The network ends the stream; nothing follows its ``stop``."""
        if self._open:
            self._say("stop", {"accountSid": self._opening.account, "callSid": self.stream.call.sid})
        self._open, self._stopping = False, True
        self._woken.set()

    def _say(self, event: str, body: dict[str, Any]) -> None:
        self._number += 1
        told = {"event": event, "sequenceNumber": str(self._number), event: body, "streamSid": self.stream.sid}
        self._waiting.append(json.dumps(told, ensure_ascii=False, separators=(",", ":")))
        self._woken.set()

    # -- the socket

    async def _live(self) -> None:
        error, why = await self._run()
        self._open = False
        self._opening.over(self.stream.sid, error, why)

    async def _run(self) -> tuple[int, str]:
        wrong = _address_fault(self.stream.url)
        if wrong:
            return wrong, "the address"
        try:
            async with asyncio.timeout(WITHIN_S):
                socket = await connect(
                    self.stream.url,
                    additional_headers=self._opening.sign(self.stream.url),
                    user_agent_header="Twilio.TmeWs/1.0",
                    compression=None,
                    proxy=None,
                    open_timeout=None,
                    ping_interval=None,
                    max_size=1_048_576,
                )
        except TimeoutError:
            return TIMED_OUT, "the handshake timed out"
        except websockets.InvalidStatus as refused:
            return HANDSHAKE, f"the handshake was answered with {refused.response.status_code}"
        except websockets.WebSocketException as wrong_way:
            return PROTOCOL, type(wrong_way).__name__
        except OSError as closed:
            return REFUSED, type(closed).__name__
        return await self._talk(socket)

    async def _talk(self, socket: ClientConnection) -> tuple[int, str]:
        await self._greet(socket)
        hearing = asyncio.create_task(self._hear(socket))
        try:
            await self._send(socket, hearing)
        except websockets.ConnectionClosed:
            pass
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await socket.close()
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
        if self._stopping or socket.close_code in {1000, 1001}:
            return 0, ""
        return CLOSED, f"our server closed with {socket.close_code}"

    async def _greet(self, socket: ClientConnection) -> None:
        stream = self.stream
        with contextlib.suppress(websockets.ConnectionClosed):
            await socket.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
        begun = {
            "accountSid": self._opening.account,
            "streamSid": stream.sid,
            "callSid": stream.call.sid,
            "tracks": list(stream.tracks),
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8_000, "channels": 1},
            "customParameters": stream.parameters,
        }
        self._say("start", begun)
        self._open = True

    async def _send(self, socket: ClientConnection, hearing: asyncio.Task[None]) -> None:
        """Everything that waits, until the stream is over on either side."""
        while True:
            while self._waiting:
                await socket.send(self._waiting.popleft())
            if self._stopping or hearing.done():
                return
            self._woken.clear()
            if not self._waiting:
                await self._woken.wait()

    async def _hear(self, socket: ClientConnection) -> None:
        try:
            async for message in socket:
                self._obey(message)
        finally:
            self._woken.set()

    def _obey(self, message: str | bytes) -> None:
        """What our server wants; a message that is none of ours is noted and passed over."""
        if not self.stream.both_ways:
            return
        try:
            said = json.loads(message) if isinstance(message, str) else None
            known = said is not None and said["streamSid"] == self.stream.sid and self._done(said)
        except (ValueError, KeyError, TypeError, binascii.Error):
            known = False
        if not known and len(self.notices) < WAITING_MAX:
            self.notices.append(MALFORMED)

    def _done(self, said: Any) -> bool:
        if said["event"] == "media":
            self.playback.sound(base64.b64decode(said["media"]["payload"], validate=True))
        elif said["event"] == "mark":
            self.passed(self.playback.mark(str(said["mark"]["name"])))
        elif said["event"] == "clear":
            self.passed(self.playback.clear())
        else:
            return False
        return True


def _address_fault(url: str) -> int:
    parts = urlsplit(url)
    if not parts.hostname or parts.query:
        return BAD_URL
    own = parts.scheme == "ws" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
    return 0 if parts.scheme == "wss" or own else SCHEME
