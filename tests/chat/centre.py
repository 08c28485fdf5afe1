"""A centre in one process: the real gate, broker, hub and dispatcher over the in-memory store, and the real
chat in front.

Counselors are commands through the same gate; the console has its own tests. The clock is the caller's.
"""

import asyncio
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette

from channels.chat import web
from channels.chat.door import ChatDoor, ChatLimits
from channels.chat.house import House
from dasan.broker import Broker
from dasan.core import commands as c
from dasan.core import ids
from dasan.core.commands import COUNSELOR, Command, Envelope, Principal
from dasan.core.policy import Policy
from dasan.core.session import Session
from dasan.dispatch import Dispatcher, offer
from dasan.gate import WriterGate
from dasan.hub import Hub
from dasan.net.connection import Route
from dasan.net.exchange import Bounds, Exchange
from dasan.net.front import front
from dasan.net.serve import Listen, uvicorn_config
from dasan.ports import Committed
from dasan.store.blobs import MemoryBlobs
from dasan.store.memory import MemoryStore
from dasan.timers import Timers, tick
from dasan.wire.chat import PATH

START_US = 1_795_000_000_000_000


class SeededIds:
    """Ids from a seed, one after the other."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._us = START_US

    def new(self, kind: str) -> str:
        self._us += 1000
        return ids.make(kind, self._us, self._random.getrandbits(80))

    def jitter(self) -> float:
        return self._random.random()


@dataclass
class HandClock:
    """Stands still until it is moved."""

    us: int = START_US

    def now_us(self) -> int:
        return self.us


@dataclass
class Counselor:
    """A counselor whose console is attached, as commands."""

    centre: "Centre"
    id: str
    epoch: int = 0

    async def do(self, command: Command) -> Any:
        return await self.centre.submit(Principal(COUNSELOR, self.id, self.epoch), command)

    async def arrive(self) -> "Counselor":
        skills = dict.fromkeys(self.centre.policy.skills, 5)
        await self.centre.submit(c.BROKER, c.RegisterCounselor(self.id, skills, ("ko", "en")))
        self.epoch = int((await self.do(c.AttachConsole(self.id)))["epoch"])
        await self.do(c.SetPresence(self.id, "AVAILABLE"))
        return self

    async def take(self) -> Session:
        """Wait for an offer, accept it and open the talk."""
        return (await self.centre.taken([self]))[1]

    async def reply(self, session: str, text: str) -> Any:
        return await self.do(c.SendReply(session, text, self.centre.ids.new("e")))


@dataclass
class Centre:
    """Start with :meth:`start`; ``url`` is where the page is."""

    policy: Policy = field(default_factory=Policy)
    clock: Any = field(default_factory=HandClock)
    limits: ChatLimits = field(
        default_factory=lambda: ChatLimits(absent_s=0.05, places_every_s=0.05, mark_every_s=0.02)
    )
    defects: list[tuple[str, BaseException]] = field(default_factory=list)
    port: int = 0

    async def start(self, *, serve: bool = False) -> "Centre":
        self.ids = SeededIds()
        self.store = MemoryStore()
        self.blobs = MemoryBlobs(self.store, self.ids)
        self.hub = Hub(self.policy)
        self.dispatcher, self.timers = Dispatcher(self.policy), Timers()
        broker = Broker(self.policy, self.clock, self.ids)
        self.gate = WriterGate(self.store, broker, lambda what, error: self.defects.append((what, error)))
        self.gate.listen(self._committed)
        await self.gate.start()
        self._work: set[asyncio.Task[Any]] = set()
        house = House(
            self.gate,
            self.hub,
            self.store.reads,
            self.store.people,
            self.blobs,
            self.policy,
            self.clock,
            self.ids,
            self.store.keyed,
        )
        self.door = ChatDoor(house.ports(), self.limits)
        if serve:
            await self._serve()
        return self

    async def _serve(self) -> None:
        held = socket.create_server(("127.0.0.1", self.port))
        self.port = held.getsockname()[1]
        self.front = front("", ("127.0.0.1", self.port))
        self.exchange = Exchange({PATH: Route(self.door.open)}, self.front, Bounds(per_address_max=20_000))
        app = Starlette(routes=web.routes(self.door, self.blobs, self.front))
        self.server = uvicorn.Server(uvicorn_config(app, self.exchange, Listen(port=self.port)))
        self.served = asyncio.create_task(self.server.serve(sockets=[held]))
        while not self.server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.005)

    def _committed(self, batch: "list[Committed]") -> None:
        self.dispatcher.see(batch)
        self.timers.see(batch)
        self.hub.committed(batch)
        for plan in self.dispatcher.plans(self.clock.now_us()):
            self.run(self.gate.submit(offer(plan)))

    def run(self, work: Any) -> None:
        async def quietly() -> None:
            try:
                await work
            except Exception:
                return

        task = asyncio.ensure_future(quietly())
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def submit(self, principal: Principal, command: Command) -> Any:
        return await self.gate.submit(Envelope(principal, self.ids.new("e"), command))

    async def advance(self, seconds: float) -> None:
        """Move the clock and do what is due, deadline by deadline."""
        until = self.clock.us + round(seconds * 1_000_000)
        while True:
            due = self.timers.due(until)
            if not due:
                break
            for stream, at in due:
                self.clock.us = max(self.clock.us, at)
                await self.gate.submit(tick(stream, at))
        self.clock.us = until

    async def counselor(self) -> Counselor:
        return await Counselor(self, self.ids.new(ids.COUNSELOR)).arrive()

    async def taken(self, counselors: "list[Counselor]") -> "tuple[Counselor, Session]":
        """Whoever of them is offered a session first takes it."""
        async with asyncio.timeout(5):
            while True:
                for s in list(self.hub.index.sessions()):
                    item = s.live_item
                    for one in item.offers if item else ():
                        k = next((k for k in counselors if k.id == one.counselor), None)
                        if k is not None and item is not None:
                            await k.do(c.AcceptOffer(one.id, s.id))
                            await k.do(c.ConfirmMedia(s.id, item.id))
                            found = self.hub.index.session(s.id)
                            assert found is not None
                            return k, found
                await asyncio.sleep(0.005)

    async def until(self, condition: Callable[[], Any], within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110 - the condition is the centre's state
                await asyncio.sleep(0.002)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/"

    async def stop(self) -> None:
        if hasattr(self, "server"):
            self.server.should_exit = True
            await self.served
        await self.door.close()
        await self.gate.stop()
        await asyncio.gather(*self._work)
