"""The whole centre on virtual time: the real app, its runners and consoles, a telephone network, people on both sides.

``async with centre() as c`` starts it. Nothing in it is a test's own save what stands outside the centre: the phones of
the carrier (channels/carrier), counselors who speak the console's protocol, the ticket desk and the articles.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from channels.carrier.carrier import Carrier
from channels.carrier.model import Habit
from channels.carrier.rest.router import AnswerLost
from channels.carrier.web import AsgiWeb
from channels.carrier.webhooks import Reply
from channels.twilio.client import AtOnce
from channels.twilio.wire import InProcess, answering
from channels.voice import documents
from dasan.app import App, build
from dasan.core.commands import Envelope
from dasan.core.ids import COUNSELOR, make
from dasan.core.session import Session
from dasan.gate import InlineGate
from dasan.settings import Settings, load
from dasan.store.blobs import MemoryBlobs
from dasan.store.memory import MemoryStore
from dasan.store.people import Account, MemoryPeople
from tests.server.world import ARTICLES, HASHED, Desk, Shelf
from tests.twilio import spec
from tests.virtual import START_US, LoopClock

KEY = "k" * 40
LINE = "+8225550120"  # the number at the network on which 120 is reached
CITIZEN = "+821012345678"
PUBLIC = "http://127.0.0.1:8120"
ELSEWHERE = "https://elsewhere.example/"  # a web server that is not ours, with the document for when we are gone
FIRE, POLICE = "sip:119@trunk.example", "sip:112@trunk.example"  # emergency numbers are dialled through a trunk
LINES = (("119", FIRE), ("112", POLICE), ("1330", "1330"), ("danuri", "15771366"), ("lonely", ""), ("care", ""))
HUMAN = "+8221200000"  # who takes calls then
SETTLE_S = 0.05


class VirtualGate(InlineGate):
    """The gate where no threads are: what is submitted is decided in the loop's next turn, in order."""

    def __init__(self, store: Any, broker: Any, defect: Any, full: Callable[[], None] = lambda: None) -> None:
        super().__init__(store, broker, defect)
        self.waiting = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def submit(self, envelope: Envelope) -> asyncio.Future[Mapping[str, Any]]:  # type: ignore[override]
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Mapping[str, Any]] = loop.create_future()
        loop.call_soon(self._decide, envelope, future)
        return future

    def _decide(self, envelope: Envelope, future: asyncio.Future[Any]) -> None:
        result = self.now(envelope)[0]
        if future.done():
            return
        if isinstance(result, BaseException):
            future.set_exception(result)
        else:
            future.set_result(result)

    def call(self, what: Callable[[], Any]) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        try:
            future.set_result(what())
        except Exception as error:  # as the writer thread: whoever asked gets it
            future.set_exception(error)
        return future


class SeededIds:
    """Ids in time order with seeded randomness."""

    def __init__(self, clock: LoopClock, seed: int) -> None:
        self._clock, self._random = clock, random.Random(seed)

    def new(self, kind: str) -> str:
        return make(kind, self._clock.now_us(), self._random.getrandbits(80))

    def jitter(self) -> float:
        return self._random.random()


class NoTickets:
    """A ticket desk that numbers what it is given, at once."""

    def __init__(self) -> None:
        self.cases: list[Any] = []
        self.standings: dict[str, Any] = {}  # ticket number -> dasan.ports.TicketStanding

    async def submit(self, case: Any) -> Any:
        from dasan.ports import Submitted

        self.cases.append(case)
        return Submitted(f"T-{len(self.cases)}", "", "0" * 64)

    async def find(self, case: Any) -> Any:
        return None

    async def updates(self, since_us: int) -> list[Any]:
        return []

    async def questions(self, service_code: str) -> list[Any]:
        return []

    async def standing(self, ticket_no: str) -> Any:
        from dasan.ports import TicketStanding

        known = {f"T-{number}" for number in range(1, len(self.cases) + 1)} | set(self.standings)
        return self.standings.get(ticket_no, TicketStanding(ticket_no, "acknowledged")) if ticket_no in known else None


class Centre:
    """The running centre as a test sees it."""

    def __init__(self, kept: House) -> None:
        self.kept, self.clock, self.people = kept, kept.clock, kept.people
        self._take(kept.build())
        self.way: Late | None = None
        self.desks: dict[str, Desk] = {}
        self.beats: dict[str, asyncio.Task[None]] = {}
        self.network: Carrier | None = None
        self.alive = True
        self._outside: set[asyncio.Task[Any]] = set()

    def outside(self, work: Coroutine[Any, Any, Any]) -> None:
        """Somebody lives beside the centre, and outlives its server."""
        task = asyncio.ensure_future(work)
        self._outside.add(task)
        task.add_done_callback(self._outside.discard)

    def _take(self, app: App) -> None:
        self.app, self.house, self.consoles = app, app.house, app.consoles

    async def die(self, away_s: float = 3.0) -> None:
        """The server dies as by kill -9: nothing is finished, nothing said; after a while another one starts."""
        if self.way is not None:
            self.way.down()
        for name in list(self.beats):
            self.kill_console(name)
        keep = {asyncio.current_task(), *self._network_tasks(), *self._outside}
        keep |= {task for task in asyncio.all_tasks() if task.get_name().startswith("seat ")}
        self.alive = False
        for task in asyncio.all_tasks() - keep:
            task.cancel()
        await asyncio.sleep(away_s)
        self._take(self.kept.build())
        await self.app.start()
        self.alive = True
        if self.way is not None:
            self.way.up(AsgiWeb(self.app.asgi))

    def _network_tasks(self) -> set[Any]:
        driver: Any = self.network.driver if self.network is not None else None
        return {driver._task, *driver._sent} if driver is not None else set()

    async def settle(self) -> None:
        """Let everything that happens at once happen."""
        await asyncio.sleep(SETTLE_S)

    async def later(self, seconds: float) -> None:
        """So many virtual seconds pass."""
        await asyncio.sleep(seconds)

    async def desk(self, name: str = "kim", presence: str = "AVAILABLE") -> Desk:
        """A counselor signs in and is there; her console beats by itself until it is killed."""
        made = Desk(self)  # type: ignore[arg-type]
        await made.hello(name)
        self.desks[name] = made
        self.beats[name] = asyncio.create_task(self._beat(made))
        if presence:
            await made.done("presence", presence=presence)
        return made

    async def _beat(self, desk: Desk) -> None:
        while desk.wire.closed is None:
            await asyncio.sleep(5)
            if desk.wire.closed is None:
                desk.raw('{"t": "beat"}')

    def kill_console(self, name: str) -> None:
        """Her console dies without a word."""
        self.beats.pop(name).cancel()
        self.desks.pop(name).drop()

    # -- the telephone side

    @property
    def carrier(self) -> Carrier:
        """The telephone network."""
        assert self.network is not None
        return self.network

    def phone(self, name: str) -> str:
        """The address of that counselor's telephone."""
        account = self.people.named(name)
        assert account is not None
        return self.house.phones.endpoint(account.id)

    async def until(self, true: Callable[[], Any], within_s: float = 60.0) -> None:
        """Wait, virtually, until that holds."""
        for _ in range(round(within_s / SETTLE_S)):
            if true():
                return
            await asyncio.sleep(SETTLE_S)
        raise AssertionError(f"not within {within_s} s; the network: {self.trace()}")

    def trace(self) -> str:
        """The last acts of the network."""
        return "\n".join(str(act) for act in list(self.carrier.net.trace)[-25:]) if self.network else ""

    def said(self, address: str = CITIZEN) -> str:
        """All that a phone has heard as words."""
        return " ".join(self.carrier.heard(address))

    def session(self, number: int = 1) -> Session:
        """The session of that number as the store has it, open or closed; an empty one when there is none yet."""
        reads = self.app.parts.store.reads
        streams = (r.stream for _, r in reads.journal(types=["session.opened"]) if r.event.number == number)
        found = next((reads.load(stream) for stream in streams), None)
        return found.state if found is not None else Session("", 0, "", "", "", "", 0)

    def events(self, *types: str) -> list[Any]:
        """Everything of these types that was ever recorded, in order."""
        return [recorded.event for _, recorded in self.app.parts.store.reads.journal(types=types)]


def settings_of(folder: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings of a centre without outside systems."""
    return load(
        None,
        environ={
            "DASAN_SECRETS__MASTER_KEY": KEY,
            "DASAN_SECRETS__TOKEN_PEPPER": KEY[::-1] + "x",
            "DASAN_SERVER__DATA_DIR": str(folder),
            "DASAN_EUNGDAPSO__EMBEDDED": "false",
            "DASAN_EUNGDAPSO__URL": "http://127.0.0.1:1",
            **(environ or {}),
        },
    )


COUNSELORS: tuple[tuple[str, Mapping[str, int], tuple[str, ...]], ...] = (
    ("kim", {"general": 3, "traffic": 3}, ("counselor",)),
    ("lee", {"general": 2, "water": 3}, ("counselor",)),
    ("boss", {"general": 1}, ("counselor", "supervisor")),
)


class House:
    """What outlives a server: the database, the people, the blobs, the tickets, the folder; and how one is built."""

    def __init__(self, folder: Path, seed: int, environ: Mapping[str, str] | None, doubles: Mapping[str, Any]) -> None:
        self.folder, self.seed, self.environ = folder, seed, environ
        self.clock = LoopClock()
        self.people = MemoryPeople()
        for n, (name, skills, roles) in enumerate(COUNSELORS):
            k = make(COUNSELOR, START_US // 1000, n)
            self.people.add(Account(k, name, 101 + n, f"{name} 상담사", HASHED, roles, skills=skills))
        self.store = MemoryStore()
        self.tickets = NoTickets()
        self.ids = SeededIds(self.clock, seed)
        self.blobs = MemoryBlobs(self.store, self.ids)
        self.doubles = dict(doubles)

    def build(self) -> App:
        """A server over what there is."""
        return build(
            settings_of(self.folder, self.environ),
            clock=self.clock,
            ids=self.ids,
            store=self.store,
            people=self.people,
            blobs=self.blobs,
            tickets=self.tickets,
            library=Shelf(ARTICLES),
            gate=VirtualGate,
            control=False,
            **self.doubles,
        )


@asynccontextmanager
async def centre(seed: int = 1, environ: Mapping[str, str] | None = None, **doubles: Any) -> AsyncIterator[Centre]:
    """A centre in memory, started; stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="dasan-voice-") as folder:
        house = House(Path(folder), seed, environ, doubles)
        made = Centre(house)
        await made.app.start()
        try:
            yield made
        finally:
            for name in list(made.beats):
                made.kill_console(name)
            for task in list(made._outside):
                task.cancel()
            await made.app.stop()


@asynccontextmanager
async def telephone(seed: int = 1, environ: Mapping[str, str] | None = None, **doubles: Any) -> AsyncIterator[Centre]:
    """A centre with a telephone network; every counselor's phone is picked up after a second."""
    clock = LoopClock()
    late = Late()
    carrier = Carrier(late, seed=seed, clock=clock.now_us)
    account = carrier.net.account
    voice = {
        "DASAN_VOICE__ENABLED": "true",
        "DASAN_VOICE__ACCOUNT_SID": account.sid,
        "DASAN_VOICE__AUTH_TOKEN": account.token,
        "DASAN_VOICE__NUMBERS": json.dumps([LINE]),
        "DASAN_VOICE__CALLER_ID": LINE,
        "DASAN_VOICE__CALLS_PER_S": "100",
        "DASAN_POLICY__LINES": json.dumps([{"code": c, "name_ko": c, "name_en": c, "number": n} for c, n in LINES]),
    }
    held = spec.load()  # where Twilio's own description is at hand, every request and answer is held against it
    answer = answering(carrier.request, AnswerLost)
    network = (InProcess(held.network(answer) if held else answer), AtOnce())
    async with centre(seed, {**voice, **(environ or {})}, network=network, **doubles) as made:
        made.network, made.way = carrier, late
        late.up(AsgiWeb(made.app.asgi))
        own = f"{PUBLIC}/twilio/voice"
        carrier.number(LINE, own, status=f"{own}/status", fallback=f"{ELSEWHERE}fallback.xml")
        for name, _, _ in COUNSELORS:
            carrier.phone(made.phone(name), Habit("answer", after_us=1_000_000))
        carrier.start()
        try:
            yield made
        finally:
            await carrier.stop()


class Late:
    """The network's way to us: there only while the centre lives. What is on its way when it dies is not answered."""

    def __init__(self) -> None:
        self.web: AsgiWeb | None = None
        self._died: asyncio.Future[None] | None = None

    def up(self, web: AsgiWeb) -> None:
        """The centre is reachable."""
        self.web, self._died = web, asyncio.get_running_loop().create_future()

    def down(self) -> None:
        """It is not any more."""
        self.web = None
        if self._died is not None and not self._died.done():
            self._died.set_result(None)

    async def send(self, ask: Any) -> Reply:
        """One request of the network."""
        if ask.url.startswith(ELSEWHERE):
            return Reply(200, "text/xml", documents.fallback([HUMAN], LINE, home=f"{PUBLIC}/twilio/voice"))
        if self.web is None or self._died is None:
            return Reply(failure="ct", took_us=0)
        task = asyncio.ensure_future(self.web.send(ask))
        done, _ = await asyncio.wait({task, self._died}, return_when=asyncio.FIRST_COMPLETED)
        if task in done and not task.cancelled():
            return task.result()
        task.cancel()
        return Reply(failure="rt", took_us=0)
