"""The house's store, hub and accounts in the shapes that the chat asks for (channels/chat/ports.py).

Reads are short and indexed and run where they are asked, unless threads are given; what writes beside the journal (a
new token) goes through the writer's thread. A token is 128 random bits and more, kept as its SHA-256: guessing is
hopeless, so no slow hash is due.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from channels.chat.door import ChatPorts
from channels.chat.ports import Place, TopicView
from dasan.core.events import Recorded
from dasan.core.policy import CHAT, Policy, Queue
from dasan.core.time import DAY
from dasan.hub import Hub
from dasan.ports import Aggregate, Clock, Gate, Ids
from dasan.store.people import Token
from dasan.store.views import Reads as StoreReads

T = TypeVar("T")
TOKEN_LASTS_US = 90 * DAY
_EVENTS_AT_ONCE = 5_000


class Writer(Gate, Protocol):
    """The gate, with its way to write rows beside the journal."""

    def call(self, what: Callable[[], Any]) -> Any:
        """An awaitable of ``what`` run on the writer's thread."""
        ...


class Tokens(Protocol):
    """A part of dasan.store.people.People."""

    def issue(self, token: Token) -> None:
        """Keep it."""
        ...

    def find(self, sha256: str, now_us: int) -> Token | None:
        """The token of that hash, unless it has expired or was revoked."""
        ...


class BlobLines(Protocol):
    """A part of dasan.store.blobs."""

    def line(self, blob: str) -> Any:
        """An object with ``session``, or None."""
        ...


@dataclass(frozen=True, slots=True)
class House:
    """What the chat is given of the running centre. With ``threads`` reads run there: for a database over a network."""

    gate: Writer
    hub: Hub
    reads: StoreReads
    people: Tokens
    blobs: BlobLines
    policy: Policy
    clock: Clock
    ids: Ids
    keyed: Callable[[str], str]
    threads: Executor | None = None

    def ports(self) -> ChatPorts:
        """Everything :class:`~channels.chat.door.ChatDoor` needs."""
        return ChatPorts(
            self.gate,
            self.hub,
            HouseReads(self.reads, self.blobs, self.threads),
            HouseTokens(self.people, self.gate, self.clock, self.threads),
            HouseLine(self.hub, self.policy, self.clock),
            HouseNames(self.hub, self.keyed),
            self.clock,
            self.ids,
        )


async def _asked(question: Callable[[], T], threads: Executor | None) -> T:
    """The answer, asked here or in a thread."""
    if threads is None:
        return question()
    return await asyncio.get_running_loop().run_in_executor(threads, question)


class HouseReads:
    """channels.chat.ports.Reads over the store."""

    def __init__(self, reads: StoreReads, blobs: BlobLines, threads: Executor | None = None) -> None:
        self._reads, self._blobs, self._threads = reads, blobs, threads

    async def _ask(self, question: Callable[[], T]) -> T:
        return await _asked(question, self._threads)

    async def newest_session(self, citizen: str) -> str | None:
        found = await self._ask(lambda: self._reads.sessions_of(citizen, 1))
        return found[0].stream if found else None

    async def load(self, stream: str) -> Aggregate | None:
        return await self._ask(lambda: self._reads.load(stream))

    async def events(self, stream: str, after: int) -> Sequence[Recorded]:
        return await self._ask(lambda: self._events(stream, after))

    def _events(self, stream: str, after: int) -> Sequence[Recorded]:
        found = list(self._reads.events(stream, after, _EVENTS_AT_ONCE))
        more = len(found) == _EVENTS_AT_ONCE
        while more:
            part = self._reads.events(stream, found[-1].seq, _EVENTS_AT_ONCE)
            found += part
            more = len(part) == _EVENTS_AT_ONCE
        return found

    async def words(self, contents: Sequence[str]) -> Mapping[str, bytes]:
        found = await self._ask(lambda: self._reads.contents(contents))
        return {key: body for key, body in found.items() if body is not None}

    async def handoffs(self, citizen: str) -> Sequence[Aggregate]:
        return await self._ask(lambda: self._handoffs(citizen))

    def _handoffs(self, citizen: str) -> Sequence[Aggregate]:
        lines = self._reads.handoffs_of(citizen=citizen)
        return [found for line in reversed(lines) if (found := self._reads.load(line.stream)) is not None]

    async def photo_session(self, blob: str) -> str | None:
        line = await self._ask(lambda: self._blobs.line(blob))
        return None if line is None else str(line.session)


class HouseTokens:
    """channels.chat.ports.Tokens over the accounts' tokens."""

    def __init__(self, people: Tokens, gate: Writer, clock: Clock, threads: Executor | None = None) -> None:
        self._people, self._gate, self._clock, self._threads = people, gate, clock, threads

    async def issue(self, citizen: str) -> str:
        token = secrets.token_urlsafe(24)
        kept = Token(_hash(token), f"citizen:{citizen}", {}, self._clock.now_us() + TOKEN_LASTS_US)
        await self._gate.call(lambda: self._people.issue(kept))
        return token

    async def find(self, token: str) -> str | None:
        found = await _asked(lambda: self._people.find(_hash(token), self._clock.now_us()), self._threads)
        role, _, citizen = (found.principal if found else "").partition(":")
        return citizen if role == "citizen" and citizen else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class HouseLine:
    """channels.chat.ports.Line over the hub's index and its estimates."""

    def __init__(self, hub: Hub, policy: Policy, clock: Clock) -> None:
        self._hub, self._policy, self._clock = hub, policy, clock

    def places(self, sessions: Sequence[str]) -> Mapping[str, Place]:
        found = {}
        for stream in sessions:
            session = self._hub.index.session(stream)
            item = session.live_item if session else None
            position = self._hub.index.position(item.id) if item else None
            if item is not None and position is not None:
                found[stream] = Place(position, self._hub.waits.estimate_s(item.queue, position))
        return found

    def topics(self) -> Sequence[TopicView]:
        now_us = self._clock.now_us()
        return [self._topic(q, now_us) for q in self._policy.queues.values() if q.channel == CHAT and not q.emergency]

    def _topic(self, q: Queue, now_us: int) -> TopicView:
        is_open = self._policy.is_open(q, now_us)
        opens_us = 0 if is_open else self._policy.opening_us(q, now_us) or 0
        usual = q.code == self._policy.default_queue
        names = {"ko": q.name_ko, "en": q.name_en}
        return TopicView(q.code, names, self._hub.index.waiting(q.code), is_open, opens_us, usual)


class HouseNames:
    """channels.chat.ports.Names: counselors go by their number."""

    def __init__(self, hub: Hub, keyed: Callable[[str], str]) -> None:
        self._hub, self._keyed = hub, keyed

    def counselor(self, counselor: str, language: str) -> str:
        found = self._hub.index.counselor(counselor)
        number = f" {found.number}" if found else ""
        return f"상담사{number}" if language == "ko" else f"Counselor{number}"

    def address(self, citizen: str) -> str:
        return self._keyed(f"chat:{citizen}")
