"""The demonstration's telephone network: the stand-in of channels/carrier on the machine's clock, in this process.

It outlives the server, so that a kill -9 leaves callers hearing music, as a real network would. Counselors' telephones
are picked up by themselves a second after they ring. Voices are espeak-ng's where it is installed; otherwise words last
as long as they would and sound like a murmur. What a caller says reaches the desk as the network's transcription does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from channels.carrier.app import app
from channels.carrier.carrier import Carrier
from channels.carrier.drive import real_us
from channels.carrier.media.room import SoundRoom
from channels.carrier.media.speech import available
from channels.carrier.model import SECOND, Habit
from channels.carrier.network import Account
from channels.carrier.web import HttpWeb
from channels.carrier.webhooks import Ask, Reply
from channels.voice import documents
from dasan.demo.line import pace
from dasan.demo.stage import LINE, Stage

PICKED_UP_US = SECOND
GLANCE_S = 0.2
ELSEWHERE = "https://elsewhere.invalid/fallback.xml"


@dataclass(slots=True)
class Network:
    """The network while the demonstration lives. ``calls`` counts what callers did."""

    carrier: Carrier
    desks: set[str] = field(default_factory=set)
    spoken: bool = False

    def desk(self, address: str) -> None:
        """A counselor's telephone, which is picked up when it rings."""
        if address and address not in self.desks:
            self.desks.add(address)
            self.carrier.phone(address, Habit("answer", after_us=PICKED_UP_US))

    def say(self, address: str, text: str, language: str) -> bool:
        """Somebody says that into her telephone; False when nobody listens there."""
        try:
            self.carrier.say(address, text, 0.94, _TAG.get(language, "ko-KR"))
        except LookupError:
            return False
        return True

    def talking(self, address: str) -> bool:
        """Whether she hears a counselor, or could."""
        return any(self.carrier.hears(address, desk) for desk in self.desks)

    def on_the_phone(self, address: str) -> bool:
        """Whether her call still stands."""
        return self.carrier.phone(address).call is not None

    def quiet(self, address: str) -> bool:
        """Whether nobody on that call is saying anything now."""
        call = self.carrier.phone(address).call
        return call is None or call.talks_until_us <= self.carrier.now_us


_TAG = {"ko": "ko-KR", "en": "en-US"}


@contextlib.asynccontextmanager
async def network(stage: Stage, *, voices: bool = True) -> AsyncIterator[Network]:
    """The network, serving its REST side on the stage's port, until the block ends. Without ``voices`` words last as
    long as in the tests, and sound like nothing."""
    own = f"http://127.0.0.1:{stage.port}/twilio/voice"
    web = _Web(HttpWeb(), own)
    sound: list[SoundRoom] = []
    media = SoundRoom(lambda: carrier.net) if voices and available() else None
    carrier = Carrier(web, account=Account(stage.account, stage.token), clock=real_us, latency_us=0, media=media)
    carrier.number(LINE, own, status=f"{own}/status", fallback=ELSEWHERE)
    server = _Quiet(uvicorn.Config(app(carrier), "127.0.0.1", stage.carrier_port, log_config=None, access_log=False))
    task = asyncio.get_running_loop().create_task(server.serve())
    if media is not None:
        sound.append(media)
        media.start()
    try:
        while not server.started and not task.done():
            await pace(GLANCE_S)
        yield Network(carrier, spoken=media is not None)
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)
        for room in sound:
            await room.stop()
        await web.http.close()


@dataclass(frozen=True, slots=True)
class _Web:
    """The outside: the server, and a machine of somebody else's with the document for when the server is gone."""

    http: HttpWeb
    home: str

    async def send(self, ask: Ask) -> Reply:
        """As the network's Web says."""
        if ask.url == ELSEWHERE:
            return Reply(200, "text/xml", documents.fallback([], LINE, home=self.home))
        return await self.http.send(ask)


class _Quiet(uvicorn.Server):
    """A server inside the demonstration: signals are the demonstration's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield
