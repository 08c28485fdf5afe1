"""A small centre without edges: a virtual clock, seeded ids, a store that can be told to fail, and the people in it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dasan.broker import Broker
from dasan.core import commands as c
from dasan.core import ids
from dasan.core.commands import Envelope, Principal
from dasan.core.errors import DasanError
from dasan.core.policy import Policy
from dasan.store.memory import MemoryStore


class VirtualClock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.at_us = 1_800_000_000_000_000

    def now_us(self) -> int:
        return self.at_us

    def pass_s(self, seconds: float) -> None:
        self.at_us += round(seconds * 1_000_000)


class SeededIds:
    """Ids of a seed and a virtual clock."""

    def __init__(self, clock: VirtualClock, seed: int = 1) -> None:
        self._clock, self._random = clock, random.Random(seed)

    def new(self, kind: str) -> str:
        return ids.make(kind, self._clock.now_us(), self._random.getrandbits(80))

    def jitter(self) -> float:
        return self._random.random()


class TroubledStore:
    """The twin, whose next commits raise what stands in ``troubles``; ``commits`` counts those that were written."""

    def __init__(self) -> None:
        self.inner = MemoryStore()
        self.troubles: list[BaseException] = []
        self.commits = 0
        self.poison = ""  # a commit that holds words with this in them fails

    @contextmanager
    def unit(self) -> Iterator[Any]:
        with self.inner.unit() as unit:
            yield _Unit(self, unit)


class _Unit:
    def __init__(self, store: TroubledStore, unit: Any) -> None:
        self._store, self._unit = store, unit
        self._words: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    def record(self, decision: Any) -> None:
        self._words += [content.body for content in decision.contents]
        self._unit.record(decision)

    def commit(self) -> int:
        if self._store.troubles:
            raise self._store.troubles.pop(0)
        if self._store.poison and any(self._store.poison.encode() in body for body in self._words):
            raise RuntimeError("poisoned")
        self._store.commits += 1
        return int(self._unit.commit())


class Centre:
    """Clock, ids, broker and store, and how to say things to them."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.ids = SeededIds(self.clock)
        self.store = TroubledStore()
        self.broker = Broker(Policy(), self.clock, self.ids)
        self.defects: list[str] = []
        self._n = 0

    def defect(self, what: str, error: BaseException) -> None:
        self.defects.append(what)

    def asks(self, citizen: str, command: c.Command, request_id: str = "") -> Envelope:
        self._n += 1
        return Envelope(Principal(c.CITIZEN, citizen), request_id or f"request-{self._n}", command)

    def opens(self, text: str = "안녕하세요") -> Envelope:
        citizen = self.ids.new("p")
        return self.asks(citizen, c.OpenSession(citizen, f"address-{citizen}", "chat", text=text, client_id="x"))


def refused(result: object) -> str:
    """The code of a refusal."""
    assert isinstance(result, DasanError), result
    return result.code
