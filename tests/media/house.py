"""A server of ours that takes media streams over real sockets, and a network that opens them, in one process."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from channels.carrier.carrier import Carrier
from channels.carrier.drive import real_us
from channels.carrier.media.room import SoundRoom
from channels.carrier.media.speech import Voice
from channels.carrier.model import Habit
from channels.carrier.rest.router import AnswerLost
from channels.media import mulaw, tones
from channels.media.messages import Started
from channels.media.stream import MESSAGE_BYTES_MAX, Listener, Stream, StreamDoor, mulaw_of
from channels.twilio.client import Addresses, AtOnce, Exchange, TwilioVoice, connect
from channels.twilio.pace import Pace
from channels.twilio.signature import Keys, Verifier
from channels.twilio.wire import InProcess, answering
from dasan.net.connection import Route
from dasan.net.exchange import Exchange as Sockets
from dasan.net.front import front
from dasan.net.limits import Rate
from dasan.net.serve import Listen, Server, uvicorn_config
from tests.carrier.service import Service

PATH = "/twilio/stream"
LINE = "+8225550120"
# Party -> its tone, far enough apart to be told from each other and from what the network itself plays.
HZ = {
    "+821012345678": 500.0,
    "client:c12": 900.0,
    "client:c13": 1_700.0,
    "client:boss": 1_200.0,
    "+8225559999": 2_200.0,
}
CITIZEN, DESK, OTHER, BOSS, THIRD = HZ


class Ear:
    """A listener that keeps what each track said."""

    def __init__(self, stream: Stream, started: Started) -> None:
        self.stream, self.started = stream, started
        self.tracks: dict[str, list[bytes]] = {}
        self.keys: list[str] = []
        self.marks: list[str] = []
        self.over = False

    def sound(self, track: str, payload: str, at_ms: int) -> None:
        self.tracks.setdefault(track, []).append(mulaw_of(payload))

    def key(self, digit: str) -> None:
        self.keys.append(digit)

    def marked(self, name: str) -> None:
        self.marks.append(name)

    def ended(self) -> None:
        self.over = True

    def last(self, track: str, seconds: float = 0.2) -> mulaw.Samples:
        kept = self.tracks.get(track, [])[-max(1, round(seconds / 0.02)) :]
        return mulaw.decode(b"".join(kept)) if kept else np.zeros(0, dtype=np.int16)


@dataclass
class World:
    """Everything of one test. ``welcome`` may be replaced."""

    carrier: Carrier
    sound: SoundRoom
    service: Service
    voice: TwilioVoice
    door: StreamDoor
    url: str
    ears: list[Ear] = field(default_factory=list)
    welcome: Callable[[Stream, Started], Listener | None] | None = None

    def ear(self, call: str) -> Ear:
        """The newest stream of that call."""
        return next(ear for ear in reversed(self.ears) if ear.started.call == call)

    async def until(self, condition: Callable[[], object], within_s: float = 6.0) -> None:
        end = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < end, "it did not come to that in time"
            await asyncio.sleep(0.02)

    def hears(self, call: str) -> set[float]:
        """The tones that reach that call, as its stream's outbound track told our server."""
        known = {*HZ.values(), *_NETWORK}
        return tones.heard(self.ear(call).last("outbound"), known, 2_000)

    async def until_hears(self, call: str, wanted: set[float]) -> None:
        """Until that call hears those tones and no others."""
        await self.until(lambda: self.hears(call) == wanted)


_NETWORK = (350.0, 425.0, 260.0)


@contextlib.asynccontextmanager
async def world(pages: dict[str, object] | None = None, token: str = "") -> AsyncIterator[World]:
    """``token``: what our server believes the account's token to be; "" for the right one."""
    service = Service(pages or {})
    sound = SoundRoom(lambda: service.carrier.net, Voice(program=""))
    carrier = service.carrier = Carrier(service, media=sound, clock=real_us, seed=1)
    account = carrier.net.account
    pace = Pace(_Real(), Rate(1_000, 1_000))
    http = InProcess(answering(carrier.request, AnswerLost), pace.busy)
    nowhere = Addresses(
        lambda room, label: "https://120.example/leg", lambda room: "https://120.example/room", lambda key: ""
    )
    voice = TwilioVoice(
        Exchange(connect(account.sid, account.token, http), AtOnce(), pace), nowhere, accepted=("streams",)
    )
    made: list[World] = []

    def welcome(stream: Stream, started: Started) -> Listener | None:
        if made[0].welcome is not None:
            return made[0].welcome(stream, started)
        made[0].ears.append(Ear(stream, started))
        return made[0].ears[-1]

    def check(path: str, headers: Mapping[str, str]) -> None:
        verifier[0].socket(path, headers)  # known once the port is

    door = StreamDoor(account.sid, check, welcome)
    verifier: list[Verifier] = []
    sockets = Sockets({PATH: Route(door.open, MESSAGE_BYTES_MAX)}, front("", ("127.0.0.1", 0)))
    server = Server(uvicorn_config(_nothing, sockets, Listen("127.0.0.1", 0)))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn tells it in no other way
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    verifier.append(Verifier(f"http://127.0.0.1:{port}", Keys((token or account.token,))))
    made.append(World(carrier, sound, service, voice, door, f"ws://127.0.0.1:{port}{PATH}"))
    for address, hz in HZ.items():
        carrier.phone(address, Habit("answer", 20_000))
        sound.hum(address, hz)
    carrier.number(LINE, "https://120.example/voice")
    carrier.start()
    sound.start()
    try:
        yield made[0]
    finally:
        await sound.stop()
        await carrier.stop()
        server.should_exit = True
        await serving


class _Real:
    def now_us(self) -> int:
        return real_us()


async def _nothing(scope, receive, send) -> None:
    raise AssertionError("nobody asks for a page")
