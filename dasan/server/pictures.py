"""What a server keeps in memory of the store: the hub's index, the line, deadlines, promises; loaded once, then fed.

Everything here can be lost: it is read again at the next start.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Protocol, TypeVar

from dasan import text_outbox
from dasan.core.events import Recorded
from dasan.core.handlers.texts import ENDPOINT as TEXTS
from dasan.core.handoff import Handoff
from dasan.core.ids import ADDRESS, CARE, COUNSELOR, HANDOFF, SESSION, TEXT, kind_of
from dasan.core.policy import Policy
from dasan.dispatch import Dispatcher
from dasan.hub import Hub
from dasan.hub.ledger import TYPES as LEDGER
from dasan.hub.level import TYPES as LEVEL
from dasan.outbox import Promises, restore
from dasan.ports import Committed, Delivery, Head
from dasan.server.runners import Bell
from dasan.text_outbox import TextPromises
from dasan.timers import Timers

T = TypeVar("T")
KINDS = (COUNSELOR, SESSION, HANDOFF, TEXT, ADDRESS, CARE)
PROMISES_MAX = 100_000
LEDGER_EVENTS_MAX = 50_000
LEVEL_EVENTS_MAX = 200_000  # the level's hour and the longest wait before it, at 43,000 contacts a day
_log = logging.getLogger("dasan.recovery")


class Reads(Protocol):
    """The part of the store's named reads that a start needs."""

    def last_position(self) -> int: ...

    def open_heads(self, kind: str) -> Iterator[Head]: ...

    def deliveries(self, state: str, limit: int = 200) -> Sequence[Delivery]: ...

    def journal(self, after: int = 0, types: Iterable[str] = ()) -> Iterator[tuple[int, Recorded]]: ...


class Pictures:
    """``bells`` are rung by commits that concern them: "offers", "deadlines", "tickets" and "texts"."""

    def __init__(self, policy: Policy, bells: Mapping[str, Bell]) -> None:
        self.hub = Hub(policy)
        self.dispatcher = Dispatcher(policy)
        self.timers = Timers()
        self.promises = Promises()
        self.texts = TextPromises()
        self._bells = bells

    async def load(self, reads: Reads, threads: Executor) -> int:
        """Read what is open; the journal's position that the pictures stand at."""
        loop = asyncio.get_running_loop()

        async def read(call: Callable[[], T]) -> T:
            return await loop.run_in_executor(threads, call)

        position = await read(reads.last_position)
        heads = await read(lambda: [h for kind in KINDS for h in reads.open_heads(kind)])
        waiting = await read(lambda: reads.deliveries("waiting", PROMISES_MAX))
        self.hub.load(heads, position)
        for head in heads:
            self.dispatcher.take(head)
            self.timers.take(head)
        restore(self.promises, waiting, [h for h in heads if kind_of(h.stream) == HANDOFF])
        text_outbox.restore(self.texts, waiting, [h for h in heads if kind_of(h.stream) == TEXT])
        recount(self.hub, *await read(lambda: recent(reads, position)))
        _log.info("recovered", extra={"streams": len(heads), "promises": len(waiting), "position": position})
        return position

    def see(self, batch: Sequence[Committed]) -> None:
        """Every commit, own and foreign: the plans first, then whoever waits for news."""
        earliest = self.timers.next_us()
        self.dispatcher.see(batch)
        self.timers.see(batch)
        self.promises.see(batch)
        self.texts.see(batch)
        self.hub.committed(batch)
        # Most commits are lines of talks and concern none of the runners; waking them costs as much as the line.
        if self.dispatcher.changed:
            self._bells["offers"].ring()
        upcoming = self.timers.next_us()
        if upcoming is not None and (earliest is None or upcoming < earliest):
            self._bells["deadlines"].ring()
        if any(commit.deliveries or _cases(commit) for commit in batch):
            self._bells["tickets"].ring()
        if any(delivery.endpoint == TEXTS for commit in batch for delivery in commit.deliveries):
            self._bells["texts"].ring()


def _cases(commit: Committed) -> bool:
    return any(isinstance(head.state, Handoff) for head in commit.heads.values())


def recent(reads: Reads, position: int) -> tuple[list[Recorded], list[Recorded]]:
    """What the service level of the last hour and the ledger are counted from."""
    level = [recorded for _, recorded in reads.journal(max(0, position - LEVEL_EVENTS_MAX), LEVEL)]
    return level, [recorded for _, recorded in reads.journal(max(0, position - LEDGER_EVENTS_MAX), LEDGER)]


def recount(hub: Hub, level: Iterable[Recorded], ledger: Iterable[Recorded]) -> None:
    """Give a fresh hub the counts that its predecessor had."""
    hub.level.replay(level)
    hub.ledger.take(ledger)
