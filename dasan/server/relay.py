"""Commits of this server and of the others, told to the hub in the order of each stream.

On one server the gate's commits go straight through. With several servers on one database, what the others wrote is
read from the journal by position (ARCHITECTURE §5), as often as the bus or a short interval says. A commit of our own
that follows one of theirs which we have not read yet is not told early: the journal is read, and it comes with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Protocol

from dasan.core.errors import DasanError
from dasan.core.events import Recorded
from dasan.core.fold import evolve
from dasan.core.time import SECOND
from dasan.hub import Index
from dasan.ports import Clock, Committed, Head

Listener = Callable[[Sequence[Committed]], None]
AT_ONCE = 1_000
EVERY_S = 0.25
_log = logging.getLogger("dasan.relay")


class Journal(Protocol):
    """A part of the store's reads."""

    def committed_since(self, position: int, limit: int = 1000) -> Sequence[Committed]: ...


class Relay:
    """``tell`` gets commits whose heads are exactly as of their commit. On the event loop's thread."""

    def __init__(
        self, index: Index, journal: Journal, tell: Listener, *, clock: Clock, threads: Executor, alone: bool
    ) -> None:
        self._index, self._journal, self._tell = index, journal, tell
        self._clock, self._threads, self._alone = clock, threads, alone
        self._position = 0
        self._read_us = 0

    def begin(self, position: int) -> None:
        """The index was loaded from the store as of ``position``."""
        self._position = position

    def own(self, batch: Sequence[Committed]) -> None:
        """Commits of this server's gate."""
        if self._alone or not any(self._early(commit) for commit in batch):
            self._tell(batch)
        else:
            self.catch_up(self._journal.committed_since(self._position, AT_ONCE))

    def _early(self, commit: Committed) -> bool:
        """Whether some stream of ``commit`` has events before these that we were not told of."""
        first: dict[str, int] = {}
        for recorded in commit.events:
            first.setdefault(recorded.stream, recorded.seq)
        return any(seq > self._seq(stream) + 1 for stream, seq in first.items())

    def _seq(self, stream: str) -> int:
        head = self._index.head(stream)
        return head.seq if head is not None else 0

    def missed(self) -> Sequence[Committed]:
        """What was written since the position we have read up to; for :meth:`catch_up`. From any thread."""
        return self._journal.committed_since(self._position, AT_ONCE)

    async def step(self) -> float:
        """A runner's round: read beside the loop, tell on it; seconds until the next."""
        read = await asyncio.get_running_loop().run_in_executor(self._threads, self.missed)
        self.catch_up(read)
        self._read_us = self._clock.now_us()
        return EVERY_S

    def late_s(self) -> float:
        """How overdue the last reading is."""
        if self._alone or not self._read_us:
            return 0.0
        return max(0.0, (self._clock.now_us() - self._read_us) / SECOND - EVERY_S)

    def catch_up(self, read: Sequence[Committed]) -> int:
        """Tell what is new among ``read``; how many commits that were."""
        new = 0
        for commit in read:
            if commit.position <= self._position:
                continue
            self._position = commit.position
            exact = self._exact(commit)
            if exact is not None:
                self._tell([exact])
                new += 1
        return new

    def _exact(self, commit: Committed) -> Committed | None:
        """``commit`` with heads folded from what we know; None when there is nothing new in it."""
        by_stream: dict[str, list[Recorded]] = {}
        for recorded in commit.events:
            by_stream.setdefault(recorded.stream, []).append(recorded)
        heads = {
            s: head for s, events in by_stream.items() if (head := self._head(commit.heads[s], events)) is not None
        }
        return replace(commit, heads=heads) if heads else None

    def _head(self, latest: Head, events: list[Recorded]) -> Head | None:
        known = self._index.head(latest.stream)
        seq = known.seq if known is not None else 0
        if events[-1].seq <= seq:
            return None
        if events[-1].seq == latest.seq or (known is None and events[0].seq > 1):  # the latter: what is not open
            return latest
        state = known.state if known is not None else None
        try:
            for recorded in events:
                if recorded.seq > seq:
                    state = evolve(state, recorded)
        except DasanError:  # we do not know what came before: take the newest state, and say what happened all the same
            _log.warning("a commit did not follow what was known", extra={"stream": latest.stream})
            return latest
        return replace(latest, state=state, seq=events[-1].seq, open=True)
