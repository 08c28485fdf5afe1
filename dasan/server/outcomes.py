"""What became of suggestions, counted from the journal: accepted, edited or ignored, each exactly once.

When a talk is over, every line that was sent from an article counts for it as accepted or edited, and every article
that was shown in the talk and never sent counts as ignored. The knowledge base adds the counts and moves its place in
the journal in one transaction, and only if that place is where we thought it was: whoever dies, asks twice, or counts
at the same time on another server, adds nothing a second time and loses nothing. Counts are a picture of the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Protocol

from dasan.core.events import Recorded
from dasan.core.session import FROM_COUNSELOR
from dasan.core.session_events import EntryAdded, SuggestionsShown

ACCEPTED, EDITED, IGNORED = range(3)
OVER = ("work.wrapping", "work.transferred", "work.lost", "work.unanswered", "work.aborted")  # a counselor's talk ends
TALKS_AT_ONCE = 200
EVERY_S = 2.0
_PAGE = 1_000

Counts = dict[str, list[int]]  # article -> how often accepted, edited, ignored


class Journal(Protocol):
    """A part of the store's reads. From any thread."""

    def last_position(self) -> int: ...

    def journal(self, after: int = 0, types: Iterable[str] = ()) -> Iterator[tuple[int, Recorded]]: ...

    def events(self, stream: str, after_seq: int = 0, limit: int = 1000) -> Sequence[Recorded]: ...


class Keeper(Protocol):
    """The knowledge base: see ``count_outcomes`` of its store. None when nobody answers; never raises."""

    async def count(self, after: int, upto: int, outcomes: Mapping[str, Sequence[int]]) -> int | None: ...


def talk_outcomes(events: Iterable[Recorded], seq: int) -> Counts:
    """What became of the articles in the talk that ended with the session's event number ``seq``."""
    shown: dict[str, None] = {}
    counts: Counts = {}
    for recorded in events:
        event = recorded.event
        if recorded.seq >= seq:
            break
        if event.type in OVER:
            shown, counts = {}, {}
        elif isinstance(event, SuggestionsShown):
            shown |= dict.fromkeys(event.articles)
        elif isinstance(event, EntryAdded) and event.role == FROM_COUNSELOR and event.article:
            counts.setdefault(event.article, [0, 0, 0])[EDITED if event.edited else ACCEPTED] += 1
    return counts | {article: [0, 0, 1] for article in shown if article not in counts}


class Outcomes:
    """A runner's work (dasan/server/runners.py) while ``duty`` says that this server has it."""

    def __init__(self, reads: Journal, keeper: Keeper, threads: Executor, duty: Callable[[], bool]) -> None:
        self._reads, self._keeper, self._threads, self._duty = reads, keeper, threads, duty
        self._counted: int | None = None  # the knowledge base's place; None until it was asked
        self._read = 0  # ours: nothing between the two was an outcome

    async def step(self) -> float:
        """Count what ended since the last time; seconds until the next time."""
        if not self._duty():
            self._counted = None
            return EVERY_S
        if self._counted is None:
            await self._count(0, 0, {})
        if self._counted is None:
            return EVERY_S
        loop = asyncio.get_running_loop()
        upto, outcomes, more = await loop.run_in_executor(self._threads, self._ended, self._read)
        if outcomes or upto < self._read:  # fewer: an older database was put in place of ours
            await self._count(self._counted, upto, outcomes)
        else:
            self._read = upto
        return 0.0 if more else EVERY_S

    async def _count(self, after: int, upto: int, outcomes: Counts) -> None:
        place = await self._keeper.count(after, upto, outcomes)
        self._counted = place
        self._read = place or 0

    def _ended(self, after: int) -> tuple[int, Counts, bool]:
        """How far this reading came, the outcomes of the talks that ended in it, and whether there is more."""
        upto = self._reads.last_position()
        total: Counts = {}
        for number, (position, over) in enumerate(self._reads.journal(after, OVER), start=1):
            if position > upto:
                break
            for article, counts in talk_outcomes(self._stream(over.stream), over.seq).items():
                kept = total.setdefault(article, [0, 0, 0])
                kept[:] = map(sum, zip(kept, counts, strict=True))
            if number == TALKS_AT_ONCE:
                return position, total, True
        return upto, total, False

    def _stream(self, stream: str) -> Iterator[Recorded]:
        seq = 0
        while page := self._reads.events(stream, seq, _PAGE):
            yield from page
            seq = page[-1].seq
