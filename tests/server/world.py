"""A whole centre in memory around the desk: real broker, twin store, hub and consoles; virtual time, no sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dasan import dispatch
from dasan.broker import Broker
from dasan.core import commands as c
from dasan.core.commands import Envelope, Principal
from dasan.core.ids import COUNSELOR, make
from dasan.core.policy import Policy
from dasan.core.time import SECOND
from dasan.dispatch import Dispatcher
from dasan.gate import InlineGate
from dasan.hub import Hub
from dasan.ports import Suggestion
from dasan.server import passwords
from dasan.server.desk.console import Console
from dasan.server.house import House, Names
from dasan.server.leases import Leases
from dasan.server.photos import PhotoLinks
from dasan.server.signin import Rules, SignIn
from dasan.server.suggestions import Found, Suggestions
from dasan.store.memory import MemoryStore
from dasan.store.people import Account, MemoryPeople
from dasan.timers import Timers, tick
from dasan.wire import desk_views as view
from dasan.wire.desk_views import to_desk

START_US = 1_790_000_000_000_000
PASSWORD = "correct horse battery"
HASHED = passwords.hashed(PASSWORD)


class TestClock:
    """Time that stands until it is moved."""

    __test__ = False

    def __init__(self, now_us: int = START_US) -> None:
        self.us = now_us

    def now_us(self) -> int:
        return self.us


class CountedIds:
    """Ids in order of making; no jitter."""

    def __init__(self, clock: TestClock) -> None:
        self._clock, self._n = clock, 0

    def new(self, kind: str) -> str:
        self._n += 1
        return make(kind, self._clock.us, self._n)

    def jitter(self) -> float:
        return 0.0


class Shelf:
    """A small knowledge base: an article for each word it knows; ``delay`` holds its answers back."""

    def __init__(self, articles: Mapping[str, Suggestion]) -> None:
        self.articles = dict(articles)
        self.delay: asyncio.Event | None = None
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.place = 0  # in the journal: what became of suggestions is counted up to there
        self.counts: dict[str, tuple[int, ...]] = {}  # article: accepted, edited, ignored

    async def suggest(self, session: str, turns: Sequence[str], language: str, limit: int) -> Found:
        self.asked.append((session, tuple(turns)))
        if self.delay is not None:
            await self.delay.wait()
        return Found("ok", [one for word, one in self.articles.items() if word in turns[-1]][:limit])

    async def search(self, query: str, language: str, limit: int = 10) -> Sequence[Suggestion]:
        return [one for word, one in self.articles.items() if word in query][:limit]

    async def article(self, article: str, language: str) -> Suggestion | None:
        return next((one for one in self.articles.values() if one.article == article), None)

    async def count(self, after: int, upto: int, outcomes: Mapping[str, Sequence[int]]) -> int | None:
        if after == self.place:
            self.place = upto
            for article, more in outcomes.items():
                so_far = self.counts.get(article, (0, 0, 0))
                self.counts[article] = tuple(map(sum, zip(so_far, more, strict=True)))
        return self.place


ARTICLES = {
    "여권": Suggestion("a-passport", "여권 재발급", "가까운 구청에서 신청합니다.", 0.9, "여권", source="외교부"),
    "폐기물": Suggestion("a-waste", "대형폐기물 배출", "신고한 뒤 내놓습니다.", 0.8, "폐기물"),
}


class Wire:
    """A connection (dasan.net.connection.Connection) whose other end is the test."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.closed: tuple[int, str] | None = None
        self.path, self.peer, self.origin, self.secure = "/desk/socket", "127.0.0.1", None, False
        self.headers: Mapping[str, str] = {}
        self.handler: Console | None = None

    def send_text(self, text: bytes) -> None:
        assert self.closed is None, "a frame after the goodbye"
        self.frames.append(to_desk.validate_json(text))

    def close(self, code: int = 1000, reason: str = "") -> None:
        if self.closed is None:
            self.closed = (code, reason)
            if self.handler is not None:
                self.handler.on_close(self)

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Desk:
    """A counselor's end of a console: says frames, and keeps all that it was told."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wire = Wire()
        self.console = Console(world.house, self.wire, world.consoles)
        self.wire.handler = self.console
        self._n = 0

    def raw(self, text: str) -> None:
        self.console.on_text(self.wire, text)

    async def send(self, t: str, **fields: Any) -> None:
        self.raw(json.dumps({"t": t, **fields}))
        await self.world.settle()

    async def ask(self, t: str, **fields: Any) -> view.Reply:
        """Send a command; its one reply."""
        self._n += 1
        frame_id = fields.pop("id", None) or f"cmd-{id(self) % 9999:04d}-{self._n:04d}"
        await self.send(t, id=frame_id, **fields)
        replies = [f for f in self.wire.frames if isinstance(f, view.Reply) and f.id == frame_id]
        assert len(replies) >= 1, (t, self.wire.frames[-3:])
        return replies[-1]

    async def done(self, t: str, **fields: Any) -> view.Reply:
        """As ask, and it must have been possible."""
        reply = await self.ask(t, **fields)
        assert reply.ok, (t, reply.code, reply.text)
        return reply

    async def hello(self, name: str = "kim", password: str = PASSWORD, **fields: Any) -> None:
        proof = {} if "token" in fields else {"name": name, "password": password}
        await self.send("hello", v=1, **proof, **fields)

    def all(self, kind: type[Any]) -> list[Any]:
        return [f for f in self.wire.frames if isinstance(f, kind)]

    def last(self, kind: type[Any]) -> Any:
        found = self.all(kind)
        assert found, f"no {kind.__name__} among {[type(f).__name__ for f in self.wire.frames]}"
        return found[-1]

    @property
    def welcome(self) -> view.Welcome:
        return self.last(view.Welcome)

    def drop(self) -> None:
        """The network goes."""
        if self.wire.closed is None:
            self.wire.closed = (1006, "lost")
            self.console.on_close(self.wire)


class World:
    """The centre. ``await settle()`` lets everything under way finish."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self.clock = TestClock()
        self.ids = CountedIds(self.clock)
        self.store = MemoryStore()
        self.people = MemoryPeople()
        self.gate = InlineGate(self.store, Broker(self.policy, self.clock, self.ids), self._defect)
        self.shelf = Shelf(ARTICLES)
        self.threads = ThreadPoolExecutor(2)
        self.defects: list[tuple[str, BaseException]] = []
        self.consoles: set[Console] = set()
        self.desks: list[Desk] = []
        self._start()

    def _start(self) -> None:
        self.hub = Hub(self.policy)
        self.hub.defect = self._defect
        self.dispatcher, self.timers = Dispatcher(self.policy), Timers()
        self.gate._listeners.clear()
        self.gate.listen(self.hub.committed)
        self.gate.listen(self.dispatcher.see)
        self.gate.listen(self.timers.see)
        names = Names()
        self.leases = Leases(self.hub, self.gate.submit, self.clock, self.policy.timing)
        self.signin = SignIn(self.people, self._write, self.clock, Rules(b"p" * 32))
        self.house = House(
            name={"ko": "120다산콜센터", "en": "120 Dasan Call Center"},
            public_url="http://127.0.0.1:8120",
            policy=self.policy,
            clock=self.clock,
            submit=self.gate.submit,
            hub=self.hub,
            reads=self.store.reads,
            threads=self.threads,
            signin=self.signin,
            leases=self.leases,
            names=names,
            suggestions=Suggestions(
                self.hub, self.shelf, self.gate.submit, reads=self.store.reads, threads=self.threads, between_s=0
            ),
            library=self.shelf,
            photos=PhotoLinks(self.clock, "http://127.0.0.1:8120"),
            defect=self._defect,
        )
        for account in self.people.accounts():
            names.put(account.id, account.shown)

    def restart(self) -> None:
        """The process dies and comes back: consoles are gone, memory is empty, the store is what it was."""
        for desk in self.desks:
            desk.drop()
        self._start()
        for kind in ("s", "k", "h"):
            heads = list(self.store.reads.open_heads(kind))
            self.hub.load(heads, self.store.reads.last_position())
            for head in heads:
                self.dispatcher.take(head)
                self.timers.take(head)
        self.leases.recover()

    async def _write(self, call: Any) -> Any:
        return call()

    def _defect(self, what: str, error: BaseException) -> None:
        self.defects.append((what, error))

    async def settle(self) -> None:
        """Let tasks, threads and offers run until nothing changes."""
        for _ in range(200):
            await asyncio.sleep(0)
            busy = [t for desk in self.desks for t in desk.console._tasks]
            busy += [t for desk in self.desks if desk.console.book for t in desk.console.book._tasks]
            busy += list(self.leases._tasks)
            if self.shelf.delay is None:
                asking = self.house.suggestions._sessions.values()
                busy += [kept.task for kept in asking if kept.task is not None and not kept.task.done()]
            if busy:
                await asyncio.wait(busy, timeout=5)
                continue
            if not self.offer():
                break
        assert not self.defects, self.defects
        assert not self.hub.failures

    def offer(self) -> int:
        """Let the dispatcher plan; how many offers were made."""
        plans = self.dispatcher.plans(self.clock.us)
        self.gate.now(*[dispatch.offer(plan) for plan in plans])
        return len(plans)

    async def later(self, seconds: float) -> None:
        """Time passes: whatever is due happens, a second at a time."""
        end = self.clock.us + round(seconds * SECOND)
        while self.clock.us < end:
            self.clock.us = min(end, self.clock.us + SECOND)
            self.leases.tick()
            for stream, due in self.timers.due(self.clock.us):
                self.gate.now(tick(stream, due))
            await self.settle()

    def counselor(
        self, name: str = "kim", shown: str = "김상담", roles: Sequence[str] = ("counselor",), **skills: int
    ) -> str:
        """An account and its counselor."""
        k, skills = self.ids.new(COUNSELOR), skills or {"general": 3}
        reply = self.gate.handle(Envelope(Principal(c.ADMIN, "root"), "", c.RegisterCounselor(k, skills)))
        added = self.people.add(Account(k, name, int(reply["number"]), shown, HASHED, tuple(roles), skills=skills))
        assert added
        self.house.names.put(k, shown)
        return k

    def desk(self) -> Desk:
        """A console that has not said anything yet."""
        desk = Desk(self)
        self.desks.append(desk)
        return desk

    async def on_duty(self, name: str = "kim", **account: Any) -> Desk:
        """A signed-in, available counselor."""
        if self.people.named(name) is None:
            self.counselor(name, **account)
        desk = self.desk()
        await desk.hello(name)
        await desk.done("presence", presence="AVAILABLE")
        return desk

    def attach(self, name: str) -> Envelope:
        """The command with which another console takes that counselor's lease."""
        k = self.people.named(name).id
        return Envelope(Principal(c.COUNSELOR, k), "", c.AttachConsole(k))

    def ticket(self, handoff: str, outcome: str, **more: Any) -> None:
        """One attempt of the outbox, as it ended."""
        number = self.hub.index.handoff(handoff).attempts + 1
        self.gate.handle(Envelope(c.OUTBOX, "", c.BeginSubmission(handoff, number)))
        self.gate.handle(Envelope(c.OUTBOX, "", c.SubmissionResult(handoff, number, outcome, **more)))

    # -- citizens

    def say(self, text: str, citizen: str = "p_one", client_id: str = "") -> str:
        """A citizen's line; her session."""
        self._said = getattr(self, "_said", 0) + 1
        who = Principal(c.CITIZEN, citizen)
        client_id = client_id or f"line-{self._said:05d}"
        found = None
        with self.store.unit() as unit:
            found = unit.session_at(f"address of {citizen}", "120")
        if found is None or self.hub.index.session(found).live_leg is None:
            opened = c.OpenSession(citizen, f"address of {citizen}", "chat", text=text, client_id=client_id)
            return str(self.gate.handle(Envelope(who, client_id, opened))["session"])
        leg = self.hub.index.session(found).live_leg
        self.gate.handle(Envelope(who, client_id, c.ReceiveText(found, leg.id, text, client_id)))
        return found

    def as_citizen(self, command: c.Command, citizen: str = "p_one") -> Mapping[str, Any]:
        return self.gate.handle(Envelope(Principal(c.CITIZEN, citizen), "", command))

    async def serving(self, desk: Desk, text: str = "여권을 잃어버렸어요", citizen: str = "p_one") -> tuple[str, str]:
        """A citizen whom that desk serves: (session, item)."""
        session = self.say(text, citizen)
        await self.settle()
        offer = next(o for o in desk.last(view.Me).offers if o.session == session)
        await desk.done("accept", offer=offer.offer, session=session)
        await desk.done("opened", session=session, item=offer.item)
        return session, offer.item
