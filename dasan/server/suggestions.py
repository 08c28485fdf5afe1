"""Suggestions follow the conversation: every line of a citizen whose session somebody serves asks the knowledge base,
written or spoken (what is not final yet asks nothing).

Nothing waits for the answer: the line was acknowledged and delivered before it is asked. Of the lines of one session
only the newest is asked while an answer is under way. The citizen's last turns are asked with it; those said before
this process began are read from the store first, once. What was shown is recorded (ShowSuggestions); what became of it
is counted from the journal (dasan/server/outcomes.py). With several servers the one that has the console asks.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from dasan.core import workitem as items
from dasan.core.commands import SYSTEM, Envelope, Principal, ShowSuggestions
from dasan.core.errors import DasanError
from dasan.core.session import FROM_CITIZEN
from dasan.core.session_events import EntryAdded
from dasan.hub import Hub
from dasan.hub.hub import EVERYTHING, Unsubscribe
from dasan.hub.recent import SAID
from dasan.ports import Committed, Suggestion
from dasan.store.views import Entry
from dasan.wire import desk_views as view

LIBRARIAN = Principal(SYSTEM, "library")
# Between two sets of suggestions for one session while lines keep coming: short at first, for people write in pieces,
# then twice as long each time, for a torrent of lines must not become one of questions.
BETWEEN_S, BETWEEN_MOST_S = 0.5, 4.0
SLOW_S = 1.5
ASKED_AT_ONCE = 32
RECALLED_ENTRIES = 60  # of the end of a transcript: among them are the citizen's last turns
_END = 1 << 31  # no transcript is so long
OK, SLOW, OFF = "ok", "slow", "off"
_OVER = frozenset({"work.wrapping", "work.transferred", "work.lost", "work.unanswered", "work.aborted"})
_log = logging.getLogger("dasan.suggestions")


@dataclass(frozen=True, slots=True)
class Found:
    """An answer of the knowledge base. ``state``: ok, slow or off."""

    state: str = OK
    hits: Sequence[Suggestion] = ()


class Transcripts(Protocol):
    """A part of the store's reads. From any thread."""

    def entries_before(self, session: str, before_n: int, limit: int = 200) -> Sequence[Entry]: ...


class Source(Protocol):
    """The knowledge base, asked for a session's newest lines; never raises, an empty answer says why in its state."""

    async def suggest(self, session: str, turns: Sequence[str], language: str, limit: int) -> Found: ...


Submit = Callable[[Envelope], Awaitable[object]]
Shown = Callable[[view.Suggest], None]


@dataclass(slots=True)
class _Session:
    newest: view.Suggest | None = None
    recorded: tuple[str, ...] = ()  # the articles that were put on record last
    wanted: bool = False  # something was said since the last question
    task: asyncio.Task[None] | None = None


class Suggestions:
    """``limit`` articles at once. Bounded by the open sessions that somebody serves."""

    def __init__(
        self,
        hub: Hub,
        source: Source,
        submit: Submit,
        *,
        reads: Transcripts,
        threads: Executor,
        limit: int = 3,
        between_s: float = BETWEEN_S,
    ) -> None:
        self._hub, self._source, self._submit = hub, source, submit
        self._reads, self._threads = reads, threads
        self._limit, self._between_s = limit, between_s
        self._sessions: dict[str, _Session] = {}
        self._watchers: dict[str, dict[Shown, None]] = {}
        self._gate = asyncio.Semaphore(ASKED_AT_ONCE)
        self._end = hub.subscribe(EVERYTHING, self.committed)

    def watch(self, session: str, shown: Shown) -> Unsubscribe:
        """Be told of each new suggestion for ``session``."""
        self._watchers.setdefault(session, {})[shown] = None

        def end() -> None:
            watchers = self._watchers.get(session)
            if watchers is not None:
                watchers.pop(shown, None)
                if not watchers:
                    del self._watchers[session]

        return end

    def newest(self, session: str) -> view.Suggest | None:
        """What is shown for ``session`` now."""
        kept = self._sessions.get(session)
        return kept.newest if kept else None

    def ask(self, session: str) -> None:
        """Look for what fits the session's newest lines (a console has just opened it)."""
        if self._served(session):
            self._want(session)

    async def close(self) -> None:
        """Stop asking."""
        self._end()
        tasks = [kept.task for kept in self._sessions.values() if kept.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- from commits

    def committed(self, commit: Committed) -> None:
        """Follow the talk."""
        for recorded in commit.events:
            event, kind = recorded.event, recorded.event.type
            said = isinstance(event, EntryAdded) and event.role == FROM_CITIZEN and event.kind in SAID
            if said or kind == "work.active":
                self.ask(recorded.stream)
            elif kind in _OVER:
                self._over(recorded.stream)

    def _over(self, session: str) -> None:
        kept = self._sessions.pop(session, None)
        if kept is not None and kept.task is not None:
            kept.task.cancel()

    def _served(self, session: str) -> bool:
        """Whether a counselor talks to the citizen now, at a console of this server."""
        s = self._hub.index.session(session)
        item = s.live_item if s else None
        return session in self._watchers and item is not None and item.state in items.ASSIGNED

    # -- asking

    def _want(self, session: str) -> None:
        kept = self._sessions.setdefault(session, _Session())
        kept.wanted = True
        if kept.task is None or kept.task.done():
            kept.task = asyncio.get_running_loop().create_task(self._follow(session, kept))

    async def _follow(self, session: str, kept: _Session) -> None:
        """Ask for the newest line until no newer one has come meanwhile."""
        between_s = self._between_s
        while kept.wanted:
            kept.wanted = False
            await self._know(session)
            n, turns = self._hub.recent.turns(session)
            if turns:
                async with self._gate:
                    await self._asked(session, kept, n, turns)
                await asyncio.sleep(between_s)  # noqa: TID251 - the pace of a reader
                between_s = min(2 * between_s, BETWEEN_MOST_S)

    async def _know(self, session: str) -> None:
        """Have the turns that were said before this process began, too."""
        if self._hub.recent.whole(session):
            return
        try:
            read = functools.partial(self._reads.entries_before, session, _END, RECALLED_ENTRIES)
            entries = await asyncio.get_running_loop().run_in_executor(self._threads, read)
        except Exception as error:  # the edge to a store that is away: go on from what is known, ask again next time
            _log.warning("earlier turns could not be read", extra={"reason": repr(error)[:200]})
            return
        self._hub.recall(session, ((entry.recorded, entry.body) for entry in entries))

    async def _asked(self, session: str, kept: _Session, n: int, turns: Sequence[str]) -> None:
        s = self._hub.index.session(session)
        language = s.language if s else "ko"
        answer = asyncio.ensure_future(self._source.suggest(session, turns, language, self._limit))
        try:
            done, _ = await asyncio.wait({answer}, timeout=SLOW_S)
            if not done:
                self._show(session, kept, view.Suggest(session=session, n=n, state=SLOW))
            found = await answer
        finally:
            answer.cancel()
        self._show(session, kept, view.Suggest(session=session, n=n, hits=hits_of(found.hits), state=found.state))
        if found.hits:
            await self._record(session, kept, n, tuple(hit.article for hit in found.hits))

    def _show(self, session: str, kept: _Session, suggest: view.Suggest) -> None:
        kept.newest = suggest
        for shown in tuple(self._watchers.get(session, ())):
            shown(suggest)

    async def _record(self, session: str, kept: _Session, n: int, articles: tuple[str, ...]) -> None:
        """What was shown is on record once, however many lines in a row it fits."""
        if articles == kept.recorded:
            return
        kept.recorded = articles
        try:
            await self._submit(Envelope(LIBRARIAN, "", ShowSuggestions(session, n, articles)))
        except DasanError as error:
            _log.info("suggestions were not recorded", extra={"code": error.code})


def hits_of(found: Sequence[Suggestion]) -> tuple[view.Hit, ...]:
    """Suggestions as the wire has them."""
    return tuple(hit_of(one) for one in found)


def hit_of(one: Suggestion) -> view.Hit:
    """One suggestion as the wire has it."""
    return view.Hit(
        article=one.article,
        title=one.title,
        answer=one.answer,
        score=round(one.score, 3),
        why=one.why,
        source=one.source,
        department=one.department,
        phone=one.phone,
        checked_on=one.checked_on,
        stale=one.stale,
        language=one.language,
    )
