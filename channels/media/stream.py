"""Media streams as they reach us: one socket a call, its sound handed to a :class:`Listener`, ours sent back.

A socket is let in by its signature (``check``, which raises BadInput) and must say ``start`` for our own account within
a few seconds. What is malformed, out of order, foreign or far faster than speech ends it with 1008 and is counted; its
call goes on without the stream, as its document says. There is no reconnection: a socket that is gone is a stream that
has ended. Sound that we send is never more than ``AHEAD_MS`` ahead of the clock: the network would play all of it, and
the delay would never go away again.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from channels.media.messages import Key, Marked, Message, Sound, Started, Stopped, Writer, read
from channels.media.mulaw import FRAME_MS, RATE
from dasan.core.errors import BadInput
from dasan.net.connection import NORMAL, POLICY, Connection

AHEAD_MS = 200
START_WITHIN_S = 5.0
# Twilio sends fifty a second for each track; a little more is a network catching up, ten times as much is an attack.
MESSAGES_PER_S_MAX = 500
STREAMS_MAX = 4_000
MESSAGE_BYTES_MAX = 96 * 1024

_log = logging.getLogger("dasan.media")


class Listener(Protocol):
    """Who takes a call's sound. Called on the event loop; must return at once."""

    def sound(self, track: str, payload: str, at_ms: int) -> None:
        """Base64 of mu-law (:func:`pcm` decodes it); ``track`` is inbound or outbound."""
        ...

    def key(self, digit: str) -> None:
        """The caller pressed a key."""
        ...

    def marked(self, name: str) -> None:
        """What was sent before that mark was heard, or dropped."""
        ...

    def ended(self) -> None:
        """The stream is over; called once."""
        ...


class Outlet(Protocol):
    """A call into which sound can be sent."""

    def say(self, payload: str) -> None:
        """Base64 of mu-law."""
        ...

    def drop(self) -> None:
        """Forget what was sent and not yet heard."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds."""

    start_within_s: float = START_WITHIN_S
    messages_per_s: int = MESSAGES_PER_S_MAX
    streams: int = STREAMS_MAX


Check = Callable[[str, Mapping[str, str]], None]
Welcome = Callable[["Stream", Started], Listener | None]


class StreamDoor:
    """``Route(door.open, MESSAGE_BYTES_MAX)``. ``welcome`` says who listens to a stream; None: nobody wants it."""

    def __init__(self, account: str, check: Check, welcome: Welcome, limits: Limits | None = None) -> None:
        self.account = account
        self.check = check
        self.welcome = welcome
        self.limits = limits or Limits()
        self.streams: set[Stream] = set()
        self.refused: Counter[str] = Counter()

    def open(self, connection: Connection) -> Stream:
        """The handler of a new socket; a stranger's is closed at once."""
        stream = Stream(self, connection)
        try:
            self.check(connection.path, connection.headers)
        except BadInput as error:
            stream.refuse(error.code)
            return stream
        if len(self.streams) >= self.limits.streams:
            stream.refuse("too_many")
            return stream
        self.streams.add(stream)
        stream.await_start()
        return stream


class Stream:
    """One socket, and the call's outlet."""

    def __init__(self, door: StreamDoor, connection: Connection) -> None:
        self._door = door
        self._connection = connection
        self._listener: Listener | None = None
        self._writer: Writer | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._second = self._count = 0
        self._refused = False
        self._now = asyncio.get_running_loop().time
        self._sent_ms = 0.0
        self._since = 0.0
        self.started: Started | None = None
        self.dropped_ms = 0.0

    # -- what the network says

    def await_start(self) -> None:
        """Begin to wait for the first message."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._door.limits.start_within_s, self.refuse, "no_start")

    def on_text(self, connection: Connection, text: str) -> None:
        """One message of the network's."""
        if self._refused:  # what was already under way when it was closed
            return
        if not self._in_time():
            self.refuse("too_fast")
            return
        message = read(text)
        if message is None:
            self.refuse("malformed")
        elif self._listener is not None:
            self._heard(message)
        elif isinstance(message, Started):
            self._begin(message)
        elif isinstance(message, Sound | Key | Marked):
            self.refuse("out_of_order")

    def on_close(self, connection: Connection) -> None:
        """The socket is gone."""
        self._door.streams.discard(self)
        self._forget_timer()
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.ended()

    def refuse(self, why: str) -> None:
        """Count it and close; nothing is echoed."""
        self._refused = True
        self._forget_timer()
        self._door.refused[why] += 1
        _log.info("a media stream was refused", extra={"code": why})
        self._connection.close(POLICY, "refused")

    def _begin(self, started: Started) -> None:
        if started.account != self._door.account:
            self.refuse("wrong_account")
            return
        self._forget_timer()
        self.started, self._writer = started, Writer(started.stream)
        self._since = self._now()
        self._listener = self._door.welcome(self, started)
        if self._listener is None:
            self._refused = True  # what the network has already sent is no fault of its own
            self._door.refused["unwanted"] += 1
            self._connection.close(NORMAL, "not wanted")

    def _heard(self, message: Message) -> None:
        listener = self._listener
        assert listener is not None
        if isinstance(message, Sound):
            listener.sound(message.track, message.payload, message.at_ms)
        elif isinstance(message, Key):
            listener.key(message.digit)
        elif isinstance(message, Marked):
            listener.marked(message.name)
        elif isinstance(message, Stopped):
            self._connection.close(NORMAL)
        elif isinstance(message, Started):
            self.refuse("out_of_order")

    def _in_time(self) -> bool:
        second = int(self._now())
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        return self._count <= self._door.limits.messages_per_s

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- what is said to the network

    def say(self, payload: str) -> None:
        """Sound for the caller, base64 of mu-law; what would come too far ahead of the clock is dropped."""
        if self._writer is None:
            return
        length_ms = (len(payload) * 3 // 4 - payload.count("=", -2)) * 1_000 / RATE
        now_ms = (self._now() - self._since) * 1_000
        self._sent_ms = max(self._sent_ms, now_ms)
        if self._sent_ms + length_ms - now_ms > AHEAD_MS + FRAME_MS:
            self.dropped_ms += length_ms
            return
        self._sent_ms += length_ms
        self._connection.send_text(self._writer.sound(payload))

    def play(self, payload: str) -> None:
        """As :meth:`say`, for a recording that is sent whole: the network plays it to its end, or to a ``drop``."""
        if self._writer is not None:
            self._connection.send_text(self._writer.sound(payload))

    def mark(self, name: str) -> None:
        """Be told when what was sent so far has been heard."""
        if self._writer is not None:
            self._connection.send_text(self._writer.mark(name))

    def drop(self) -> None:
        """The network forgets what it has not played yet."""
        if self._writer is not None:
            self._sent_ms = 0.0
            self._connection.send_text(self._writer.clear())

    def close(self) -> None:
        """End the stream; the call goes on with its document."""
        self._connection.close(NORMAL)


def mulaw_of(payload: str) -> bytes:
    """The bytes of a piece of sound; b"" for what is none."""
    with contextlib.suppress(binascii.Error, ValueError):
        return base64.b64decode(payload, validate=True)
    return b""


def payload_of(mulaw: bytes) -> str:
    """Mu-law as it travels."""
    return base64.b64encode(mulaw).decode("ascii")
