"""Who hears of what: subscriptions by stream, typing, and the read side kept true from commits.

A listener is told once a commit, however many of its streams the commit touched, in commit order, on the event loop's
thread, after the index knows the new states and before what has closed is forgotten. A listener that fails is reported
and does not keep the others from hearing. A handoff's commits are also told to whoever hears its counselor, and a dead
letter to whoever hears :data:`SUPERVISORS`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dasan.core import handoff as handoffs
from dasan.core.call_log import Calls
from dasan.core.callback import CHANNEL as CALLBACK
from dasan.core.consult_log import Consults
from dasan.core.events import Recorded
from dasan.core.handoff import Handoff
from dasan.core.policy import Policy
from dasan.core.session import Session
from dasan.hub.index import Index
from dasan.hub.ledger import Ledger
from dasan.hub.level import ServiceLevel
from dasan.hub.recent import Recent
from dasan.hub.waits import Waits
from dasan.ports import Committed, Head

Listener = Callable[[Committed], None]
OnTyping = Callable[[str, bool], None]
Unsubscribe = Callable[[], None]
SUPERVISORS = "supervisors"
EVERYTHING = "everything"
_ENTRIES = frozenset({"work.routed", "work.due", "work.moved"})
_BEGINS = frozenset({"work.active", "work.taken_over"})
_CUT = frozenset({"work.wrapping", "work.transferred"})
_ENDS = frozenset({"work.abandoned", "work.expired", "work.converted", "work.aborted", "work.unroutable"})
_log = logging.getLogger("dasan.hub")


@dataclass(frozen=True, slots=True)
class Standing:
    """A place in a queue, from 1. ``estimate_s`` None where there is no honest figure; ``error_s`` is the median error
    of past ones."""

    queue: str
    position: int
    estimate_s: int | None
    error_s: int | None


class Hub:
    """``index``, ``level``, ``waits``, ``recent``, ``ledger``, ``calls`` and ``consults`` are its read side;
    ``position`` the newest commit."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.index = Index()
        self.level = ServiceLevel(policy)
        self.waits = Waits()
        self.recent = Recent()
        self.ledger = Ledger()
        self.calls, self.consults = Calls(), Consults()  # since the start of this server
        self.position = 0
        self.failures = 0
        self.defect: Callable[[str, BaseException], None] = _logged  # told of a listener's fault
        self._subscriptions = 0
        self._listeners: dict[str, dict[int, Listener]] = {}
        self._typing: dict[str, dict[int, OnTyping]] = {}

    # -- subscriptions

    def subscribe(self, stream: str, listener: Listener, on_typing: OnTyping | None = None) -> Unsubscribe:
        """Hear of every commit that touches ``stream`` (or :data:`SUPERVISORS`, :data:`EVERYTHING`).

        ``on_typing`` is told the role ("citizen" or "counselor") and whether it types, for a session's stream.
        """
        self._subscriptions += 1
        ours = self._subscriptions  # each ends by itself, even two of one listener to one stream
        self._listeners.setdefault(stream, {})[ours] = listener
        if on_typing is not None:
            self._typing.setdefault(stream, {})[ours] = on_typing

        def end() -> None:
            _drop(self._listeners, stream, ours)
            _drop(self._typing, stream, ours)

        return end

    def typing(self, session: str, role: str, on: bool) -> None:
        """Tell that ``role`` is (or no longer is) typing. Not kept anywhere."""
        for listener in tuple(self._typing.get(session, {}).values()):
            listener(role, on)

    # -- questions of whoever waits

    def standing(self, item: str) -> Standing | None:
        """Where a waiting item stands, and how long it will be; None when it does not wait."""
        position, queue = self.index.position(item), self.index.queue_of(item)
        if position is None or queue is None:
            return None
        return Standing(queue, position, self.waits.estimate_s(queue, position), self.waits.error_s(queue))

    def full(self, queue: str) -> bool:
        """Whether so many wait there that a caller is told so instead of being let in (``queue_len_max``)."""
        found = self._policy.queue(queue)
        return found is not None and 0 < found.queue_len_max <= self.index.waiting(queue)

    # -- commits

    def load(self, heads: Iterable[Head], position: int) -> None:
        """Take in what is open at the start, as of ``position``."""
        for head in heads:
            self.index.apply(head)
        self.position = max(self.position, position)

    def committed(self, batch: Sequence[Committed]) -> None:
        """The listener of the gate and of the relay between servers. Hearing of a commit twice is harmless."""
        for commit in batch:
            fresh = [head for head in commit.heads.values() if self.index.apply(head)]
            self.position = max(self.position, commit.position)
            if not fresh and commit.heads:
                continue
            self._count(commit)
            if self._listeners:
                for listener in self._hearers(commit):
                    self._tell(listener, commit)
            self._forget(fresh)

    def recall(self, session: str, entries: Iterable[tuple[Recorded, bytes | None]]) -> None:
        """Take in the end of an open session's transcript, read from the store."""
        s = self.index.session(session)
        if s is not None and not s.erased:  # while it was read, it may have been
            self.recent.recall(session, entries)

    def _tell(self, listener: Listener, commit: Committed) -> None:
        """The named edge: one client's fault is not the others'."""
        try:
            listener(commit)
        except Exception as error:
            self.failures += 1
            self.defect("a listener of the hub", error)

    def _hearers(self, commit: Committed) -> Iterator[Listener]:
        streams = dict.fromkeys(commit.heads)
        for head in commit.heads.values():
            if isinstance(head.state, Handoff):
                filed_by = head.state.counselor
                streams[filed_by] = None
                if not filed_by or head.state.state in {handoffs.DEAD_LETTER, handoffs.WITHDRAWN, handoffs.RETRY_WAIT}:
                    streams[SUPERVISORS] = None
        streams[EVERYTHING] = None
        return iter(dict.fromkeys(one for stream in streams for one in self._listeners.get(stream, {}).values()))

    def _count(self, commit: Committed) -> None:
        self.ledger.take(commit.events)
        for recorded in commit.events:
            self.calls.see(recorded)
            self.consults.see(recorded)
            kind = recorded.event.type
            if kind == "entry.added":
                self.recent.take(recorded, commit.words.get(getattr(recorded.event, "content", "")))
            elif kind.startswith("work."):
                self._count_work(recorded, commit.heads.get(recorded.stream))

    def _count_work(self, recorded: Recorded, head: Head | None) -> None:
        session = head.state if head else None
        item = session.item(recorded.event.item) if isinstance(session, Session) else None  # type: ignore[attr-defined]
        if item is None or item.consult_of:  # a consult is nobody's wait
            return
        self.level.take(recorded, item)
        kind = recorded.event.type
        if kind in _BEGINS and item.active_at_us == recorded.at_us:
            self.waits.answered(item.id, item.queue, item.active_at_us - item.enqueued_at_us, recorded.at_us)
        elif kind in _ENDS or (kind in _CUT and not item.active_at_us):
            self.waits.left(item.id)
        elif kind in _ENTRIES and isinstance(session, Session):
            self._enter(session)

    def _enter(self, session: Session) -> None:
        item = session.live_item
        position = self.index.position(item.id) if item else None
        # How long a callback waits says nothing to who waits on the line: it comes out of the night, and is dialled.
        if item is not None and position is not None and item.channel != CALLBACK:
            self.waits.entered(item.id, item.queue, position)

    def _forget(self, fresh: Sequence[Head]) -> None:
        self.index.forget_closed(fresh)
        for head in fresh:
            if isinstance(head.state, Session) and (not head.open or head.state.erased):
                self.recent.forget(head.stream)


def _logged(what: str, error: BaseException) -> None:
    _log.error("a fault of the program", extra={"place": what}, exc_info=error)


T = TypeVar("T")


def _drop(table: dict[str, dict[int, T]], key: str, one: int) -> None:
    held = table.get(key)
    if held is not None:
        held.pop(one, None)
        if not held:
            del table[key]
