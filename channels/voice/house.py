"""The house's store, hub and flows in the shapes that voice asks for (channels/voice/ports.py).

Reads are short and indexed and run where they are asked, unless threads are given: for a database over a network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, Protocol, TypeVar

from channels.voice.caller import dialled
from channels.voice.ports import Driver, Known, Place, Said
from dasan.core import address as addresses
from dasan.core.address import Address
from dasan.core.events import Recorded
from dasan.core.policy import Policy
from dasan.core.session import Session
from dasan.hub import Hub
from dasan.ports import Clock
from dasan.store.views import Reads as StoreReads
from ivr.actions import Value
from ivr.events import Event
from ivr.facts import Facts, QueueFacts
from ivr.flow import Flow
from ivr.interpreter import start, step
from ivr.state import State

T = TypeVar("T")
_EVENTS_AT_ONCE = 5_000
_FLOWS_KEPT = 64


class HouseSessions:
    """ports.Sessions over the hub's index."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def get(self, session: str) -> Session | None:
        return self._hub.index.session(session)

    def open(self) -> Iterator[Session]:
        return self._hub.index.sessions()


class HouseReads:
    """ports.Reads over the store."""

    def __init__(self, reads: StoreReads, threads: Executor | None = None) -> None:
        self._reads, self._threads = reads, threads

    async def load(self, session: str) -> Session | None:
        found = await _asked(lambda: self._reads.load(session), self._threads)
        return found.state if found is not None and isinstance(found.state, Session) else None

    async def words(self, contents: Sequence[str]) -> Mapping[str, bytes]:
        found = await _asked(lambda: self._reads.contents(contents), self._threads)
        return {key: body for key, body in found.items() if body is not None}

    async def events(self, session: str) -> Sequence[Recorded]:
        return await _asked(lambda: self._reads.events(session, 0, _EVENTS_AT_ONCE), self._threads)


async def _asked(question: Callable[[], T], threads: Executor | None) -> T:
    if threads is None:
        return question()
    return await asyncio.get_running_loop().run_in_executor(threads, question)


class HouseLine:
    """ports.Line over the hub's index and its estimates."""

    def __init__(self, hub: Hub, policy: Policy, clock: Clock) -> None:
        self._hub, self._policy, self._clock = hub, policy, clock

    def place(self, session: str) -> Place | None:
        s = self._hub.index.session(session)
        item = s.live_item if s is not None else None
        position = self._hub.index.position(item.id) if item is not None else None
        if item is None or position is None:
            return None
        return Place(position, self._hub.waits.estimate_s(item.queue, position))

    def queues(self) -> Mapping[str, QueueFacts]:
        now_us, made = self._clock.now_us(), {}
        for q in self._policy.queues.values():
            is_open = self._policy.is_open(q, now_us)
            waiting = self._hub.index.waiting(q.code)
            opens = None if is_open else self._policy.opening_us(q, now_us)
            eta = self._hub.waits.estimate_s(q.code, waiting + 1)
            made[q.code] = QueueFacts(is_open, waiting, q.queue_len_max, opens, eta)
        return made


class HouseCallers:
    """ports.Callers over the ledger of addresses."""

    def __init__(
        self,
        keyed: Callable[[str], str],
        reads: StoreReads,
        policy: Policy,
        clock: Clock,
        threads: Executor | None = None,
    ) -> None:
        self.keyed = keyed
        self._reads, self._policy, self._clock, self._threads = reads, policy, clock, threads

    async def known(self, address: str) -> Known:
        found = await _asked(lambda: self._reads.load(addresses.stream_of(address)), self._threads)
        if found is None or not isinstance(found.state, Address):
            return Known()
        kept = found.state
        return Known(kept.language, kept.slow, addresses.conduct(kept, self._policy, self._clock.now_us()))


class Telephones(Protocol):
    """A part of dasan.server.phones.Phones."""

    def endpoint(self, counselor: str) -> str:
        """What rings for her."""
        ...


class HouseEndpoints:
    """ports.Endpoints over the accounts and the directory; ``own``: other ways to a line than its number (a SIP
    address of the city's own exchange), by code."""

    def __init__(self, phones: Telephones, policy: Policy, own: Mapping[str, str] | None = None) -> None:
        self._phones, self._own = phones, dict(own or {})
        self._lines = {line.code: dialled(line.number) if line.number else "" for line in policy.lines}

    def counselor(self, counselor: str) -> str:
        return self._phones.endpoint(counselor)

    def line(self, code: str) -> str:
        return self._own.get(code) or self._lines.get(code, "")


class NoLookups:
    """ports.Lookups where a flow may ask nobody: every answer is an error, which flows have an exit for."""

    async def lookup(self, name: str, args: Mapping[str, Value]) -> tuple[str, Mapping[str, Value]]:
        return "error", {}

    async def fetch(
        self, name: str, method: str, url: str, args: Mapping[str, Value], timeout_s: float
    ) -> tuple[str, Mapping[str, Value]]:
        return "error", {}


class HouseDesk:
    """ports.Desk over the server's partials; ``keys`` shows what a caller pressed, where somebody looks."""

    def __init__(
        self, partial: Callable[[str, str, str], Any], keys: Callable[[str, str, str], Any] = lambda s, leg, keys: None
    ) -> None:
        self._partial, self._keys = partial, keys

    def partial(self, session: str, leg: str, text: str) -> None:
        self._partial(session, leg, text)

    def keys(self, session: str, leg: str, digits: str) -> None:
        self._keys(session, leg, digits)


class FlowDriver:
    """ports.Driver over a compiled flow and the interpreter."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    @property
    def ref(self) -> str:
        return self._flow.ref

    def start(self, facts: Facts) -> Said:
        turn = start(self._flow, facts)
        return Said(turn.state, turn.actions)

    def step(self, state: State, event: Event, facts: Facts) -> Said:
        turn = step(self._flow, state, event, facts)
        return Said(turn.state, turn.actions)


class HouseFlows:
    """ports.Flows: ``current`` gives the flow that new calls to a line begin with, ``find`` the flow of a ref; either
    gives None where there is none. A version that was found once is kept for the calls that run on it."""

    def __init__(
        self, current: Callable[[str], Flow | None], find: Callable[[str], Flow | None] = lambda ref: None
    ) -> None:
        self._current, self._find = current, find
        self._drivers: dict[str, FlowDriver] = {}

    def current(self, line: str) -> Driver | None:
        flow = self._current(line)
        return None if flow is None else self._driver(flow)

    def get(self, ref: str) -> Driver | None:
        held = self._drivers.get(ref)
        if held is not None:
            return held
        flow = self._find(ref)
        return None if flow is None else self._driver(flow)

    def _driver(self, flow: Flow) -> FlowDriver:
        held = self._drivers.get(flow.ref)
        if held is None:
            if len(self._drivers) >= _FLOWS_KEPT:
                self._drivers.pop(next(iter(self._drivers)))
            held = self._drivers[flow.ref] = FlowDriver(flow)
        return held
