"""The knowledge base as the rest of the service sees it: asynchronous, bounded, and never an exception.

Two child processes take turns. A light one, without the morphological analyser, answers within a second of the start;
a full one loads the analyser meanwhile (which holds an interpreter for seconds) and takes over when it is ready. When
the full one dies the light one stands in again. Dead children are started anew with growing pauses.

One request is with a child at a time. Of the suggestions waiting, each session keeps only its newest; everything
waiting has a deadline. When no child answers in time the result is empty and says why in ``Hits.state``.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from knowledge_base.analysis.morphemes import kiwi_version
from knowledge_base.child import CHILD_COMMAND, Child, ChildGoneError, ChildSettings, RequestFailedError, start_child
from knowledge_base.frames import Message
from knowledge_base.model import QUERY_CHARS_MAX, ArticleView, Filters, Hits, day_or_none, hit_from_wire
from knowledge_base.suggest import TURN_CHARS_MAX, TURNS_LOOKED_AT

WAITING_MAX = 256
TIMEOUT_S = 2.0
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_S = 60.0  # a child that lived so long was well; the next pause is the shortest again
_TRIES = 2

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """How the knowledge base fares. ``state``: ``full``, ``light`` (no morphological analyser yet) or ``down``."""

    state: str
    waiting: int
    restarts: int
    answered: int
    superseded: int
    refused: int
    late: int
    last_error: str


class _Waiting:
    """One request in the queue: what to send, until when it is of use, and who waits for it."""

    def __init__(self, message: Message, deadline: float, future: asyncio.Future[Any]) -> None:
        self.message, self.deadline, self.future = message, deadline, future
        self.tries = 0


class _NoAnswerError(Exception):
    """Why there is no answer: one of the words of ``Hits.state``."""


class KnowledgeClient:
    """Suggestions, search, articles and feedback, through a child process.

    ``today`` gives the calendar day in Seoul and ``now_us`` the instant in UTC microseconds; both come from the
    caller's clock. ``analyser=False`` never loads the morphological analyser.
    """

    def __init__(
        self,
        database_url: str,
        index_dir: str,
        *,
        today: Callable[[], date],
        now_us: Callable[[], int],
        analyser: bool = True,
        timeout_s: float = TIMEOUT_S,
        command: tuple[str, ...] | None = None,
    ) -> None:
        self._today, self._now_us, self._timeout_s = today, now_us, timeout_s
        with_analyser = analyser and bool(kiwi_version())
        start = command or CHILD_COMMAND
        self._full = ChildSettings(database_url, index_dir, analyser=with_analyser, builds=True, command=start)
        light = ChildSettings(database_url, index_dir, analyser=False, builds=False, command=start)
        self._light = light if with_analyser else None
        self._children: dict[str, Child] = {}
        self._suggestions: OrderedDict[str, _Waiting] = OrderedDict()
        self._others: deque[_Waiting] = deque()
        self._work = asyncio.Event()
        self._change = asyncio.Event()
        self._closing = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._stops: set[asyncio.Task[None]] = set()
        self._counts = dict.fromkeys(("restarts", "answered", "superseded", "refused", "late"), 0)
        self._last_error = ""

    # -- life

    async def start(self) -> None:
        """Begin; returns at once. Requests made before a child is ready wait for it until their deadline."""
        keepers = [self._keep("full", self._full)]
        if self._light:
            keepers.append(self._keep("light", self._light))
        self._tasks = [asyncio.create_task(work) for work in (*keepers, self._serve(), self._expire())]

    async def close(self) -> None:
        """Stop the children and answer everybody who still waits with ``down``. May be called twice."""
        self._closing.set()
        self._change.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await asyncio.gather(*self._stops, *(child.stop() for child in self._children.values()))
        self._children.clear()
        for waiting in self._drain():
            _give_up(waiting, "down")

    async def wait_for(self, state: str, timeout_s: float) -> bool:
        """Wait until the state is ``state`` (``light`` is also met by ``full``); whether it came about in time."""
        try:
            async with asyncio.timeout(timeout_s):
                while not (self._children if state == "light" else "full" in self._children):
                    self._change.clear()
                    await self._change.wait()
        except TimeoutError:
            return False
        return True

    def status(self) -> Status:
        """How it fares, from memory."""
        state = "full" if "full" in self._children else "light" if self._children else "down"
        waiting = len(self._suggestions) + len(self._others)
        return Status(state, waiting, **self._counts, last_error=self._last_error)

    # -- requests

    async def suggest(
        self, session: str, turns: list[str], *, language: str, limit: int = 3, district: str = ""
    ) -> Hits:
        """Hits for the citizen's turns (oldest first) of ``session``; a later call takes the place of a waiting one."""
        said = [turn[-TURN_CHARS_MAX:] for turn in turns[-TURNS_LOOKED_AT:]]
        message = {"op": "suggest", "turns": said, "language": language, "limit": limit, "district": district}
        older = self._suggestions.pop(session, None)
        if older:
            self._counts["superseded"] += 1
            _give_up(older, "superseded")
        return await self._hits(message, session)

    async def search(
        self,
        query: str,
        *,
        language: str = "",
        filters: Filters | None = None,
        limit: int = 10,
        committed: bool = False,
    ) -> Hits:
        """Hits for a counselor's words, shown in ``language`` (else in the query's own).

        ``committed``: the counselor pressed Enter, so a search that finds nothing good is counted as a gap.
        """
        values = asdict(filters or Filters())
        message = {"op": "search", "query": query[:QUERY_CHARS_MAX], "language": language, "limit": limit}
        return await self._hits(message | {"filters": values, "committed": committed})

    async def article(self, article_id: str, language: str) -> ArticleView | None:
        """A published article in ``language`` (or the nearest it has); None when there is none or nobody answers."""
        values = await self._value({"op": "article", "article_id": article_id, "language": language})
        if not isinstance(values, dict):
            return None
        days = {key: day_or_none(values[key]) for key in ("checked_on", "expires_on")}
        return ArticleView(**(values | days | {"languages": tuple(values["languages"])}))

    async def reindex(self) -> bool:
        """Have a new generation built in the background; whether a builder was started."""
        return bool(await self._value({"op": "reindex"}))

    async def details(self) -> Message:
        """The child's own account (articles, documents, revision, generation, …); empty when nobody answers."""
        values = await self._value({"op": "status"})
        return values if isinstance(values, dict) else {}

    async def count(self, after: int, upto: int, outcomes: Mapping[str, Sequence[int]]) -> int | None:
        """See :func:`knowledge_base.store.count_outcomes`; None when nobody answers (it may have been done)."""
        place = await self._value({"op": "count", "after": after, "upto": upto, "outcomes": outcomes})
        return place if isinstance(place, int) else None

    async def _hits(self, message: Message, session: str = "") -> Hits:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            values = await self._request(message, session)
        except _NoAnswerError as reason:
            return Hits(state=str(reason))
        took_ms = (loop.time() - began) * 1000
        state = "ok" if values.get("asked", True) else "nothing"
        return Hits([hit_from_wire(hit) for hit in values["hits"]], state, took_ms)

    async def _value(self, message: Message) -> Any:
        try:
            return await self._request(message)
        except _NoAnswerError:
            return None

    async def _request(self, message: Message, session: str = "") -> Any:
        if self._closing.is_set() or not self._tasks:
            raise _NoAnswerError("down")
        if len(self._suggestions) + len(self._others) >= WAITING_MAX:
            self._counts["refused"] += 1
            raise _NoAnswerError("busy")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(message, loop.time() + self._timeout_s, loop.create_future())
        if session:
            self._suggestions[session] = waiting
        else:
            self._others.append(waiting)
        self._work.set()
        return await waiting.future

    # -- the queue

    async def _serve(self) -> None:
        """Hand waiting requests to the best child, one after the other."""
        while True:
            await self._work.wait()
            child = self._children.get("full") or self._children.get("light")
            if child is None:
                self._change.clear()
                await self._change.wait()
                continue
            waiting = self._next()
            if waiting is not None:
                await self._ask(child, waiting)
            else:
                self._work.clear()

    def _next(self) -> _Waiting | None:
        """The next request somebody still waits for: searches first, for a counselor looks at an empty list."""
        now = asyncio.get_running_loop().time()
        while self._others or self._suggestions:
            waiting = self._others.popleft() if self._others else self._suggestions.popitem(last=False)[1]
            if waiting.future.done():
                continue
            if waiting.deadline > now:
                return waiting
            self._late(waiting)
        return None

    def _late(self, waiting: _Waiting) -> None:
        self._counts["late"] += 1
        _give_up(waiting, "late" if self._children else "down")

    async def _ask(self, child: Child, waiting: _Waiting) -> None:
        waiting.tries += 1
        stamped = waiting.message | {"today": self._today().isoformat(), "at_us": self._now_us()}
        try:
            result = await child.ask(stamped, self._timeout_s)
        except asyncio.CancelledError:  # closing: nobody waits for ever, the one who was being served least of all
            _give_up(waiting, "down")
            raise
        except ChildGoneError as error:
            self._gone(child, error)
            if waiting.tries < _TRIES:
                self._others.appendleft(waiting)
            else:
                _give_up(waiting, "down")
        except RequestFailedError as error:
            self._note(error)
            _give_up(waiting, "failed")
        else:
            self._counts["answered"] += 1
            if not waiting.future.done():
                waiting.future.set_result(result)

    async def _expire(self) -> None:
        """Answer those whose deadline passes while no child takes requests."""
        while True:
            await _pause(self._closing, self._timeout_s / 8)
            if not self._children:
                now = asyncio.get_running_loop().time()
                for waiting in self._drain(now):
                    self._late(waiting)

    def _drain(self, deadline: float = float("inf")) -> list[_Waiting]:
        """Take everything out of the queue whose deadline is at ``deadline`` or before."""
        out = [waiting for waiting in self._others if waiting.deadline <= deadline]
        self._others = deque(waiting for waiting in self._others if waiting.deadline > deadline)
        sessions = [session for session, waiting in self._suggestions.items() if waiting.deadline <= deadline]
        return out + [self._suggestions.pop(session) for session in sessions]

    # -- the children

    async def _keep(self, role: str, settings: ChildSettings) -> None:
        """Keep a child in ``role``; the light one only while there is no full one."""
        loop = asyncio.get_running_loop()
        failures = 0
        while not self._closing.is_set():
            if role == "light":
                await self._until(lambda: "full" not in self._children)
            began = loop.time()
            await self._live(role, settings)
            if role == "light" and "full" in self._children:
                continue
            failures = 0 if loop.time() - began > STEADY_S else failures + 1
            self._counts["restarts"] += 1
            await _pause(self._closing, BACKOFF_S[min(failures, len(BACKOFF_S)) - 1] if failures else BACKOFF_S[0])

    async def _live(self, role: str, settings: ChildSettings) -> None:
        """One life of one child, from start to end."""
        try:
            child = await start_child(settings)
        except OSError as error:
            self._note(error)
            return
        try:
            await child.greet()
            self._children[role] = child
            self._change.set()
            if role == "light":
                await _first(child.ended(), self._until(lambda: "full" in self._children))
            else:
                await child.ended()
        except ChildGoneError as error:
            self._note(error)
        finally:
            if self._children.get(role) is child:
                del self._children[role]
            self._change.set()
            await asyncio.shield(self._stop(child))

    def _stop(self, child: Child) -> asyncio.Task[None]:
        """Stop ``child`` although whoever waits for it may be cancelled; :meth:`close` waits for it too."""
        task = asyncio.get_running_loop().create_task(child.stop())
        self._stops.add(task)
        task.add_done_callback(self._stops.discard)
        return task

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._change.clear()
            await self._change.wait()

    def _gone(self, child: Child, error: Exception) -> None:
        self._note(error)
        for role in [role for role, known in self._children.items() if known is child]:
            del self._children[role]
        self._change.set()

    def _note(self, error: Exception) -> None:
        self._last_error = f"{type(error).__name__}: {error}"[:200]
        log.warning("knowledge child", extra={"reason": self._last_error})


def _give_up(waiting: _Waiting, reason: str) -> None:
    if not waiting.future.done():
        waiting.future.set_exception(_NoAnswerError(reason))


async def _pause(closing: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await closing.wait()
    except TimeoutError:
        return


async def _first(*works: Any) -> None:
    """Wait for the first of ``works`` to end and cancel the others."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
