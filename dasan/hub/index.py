"""The present states of what is open, and every queue in its order: a picture of the store, bounded by what is open.

A head with a sequence that is already known (a repeated or late commit) changes nothing. Position is counted from 1 in
the order of DOMAIN §2, ``(class, rank_at, id)``; an item that is being offered still waits.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from dasan.core import handoff as handoffs
from dasan.core import workitem as items
from dasan.core.callback import Callback
from dasan.core.care import Plan
from dasan.core.counselor import Counselor
from dasan.core.handoff import Handoff
from dasan.core.session import Session
from dasan.core.workitem import WorkItem
from dasan.ports import Head

Place = tuple[int, int, str]
_WAITING = frozenset({items.QUEUED, items.OFFERED})
_STRANDED = frozenset({handoffs.DRAFTED, handoffs.REJECTED, handoffs.DEAD_LETTER})


def place_of(item: WorkItem) -> Place:
    """Where the item stands in its queue."""
    return (0 if item.emergency else 1, item.rank_at_us, item.id)


class Index:
    """Heads by stream; queues as sorted places; handoffs by session."""

    def __init__(self) -> None:
        self._heads: dict[str, Head] = {}
        self._waiting: dict[str, tuple[str, Place, int]] = {}  # item -> (queue, place, enqueued_at_us)
        self._items: dict[str, str] = {}  # session -> its waiting item
        self._queues: dict[str, list[Place]] = {}
        self._handoffs: dict[str, dict[str, None]] = {}  # session -> handoffs
        self._counselors: dict[str, None] = {}
        self._plans: dict[str, None] = {}
        self._callbacks: dict[str, None] = {}  # sessions whose citizen is to be called back
        self._stranded: dict[str, None] = {}  # handoffs that wait for a person

    def apply(self, head: Head) -> bool:
        """Take a head in; False when it is not newer than what is known."""
        known = self._heads.get(head.stream)
        if known is not None and known.seq >= head.seq:
            return False
        self._heads[head.stream] = head
        if isinstance(head.state, Session):
            self._requeue(head.state)
            self._called_back(head.state)
        elif isinstance(head.state, Handoff):
            self._handoffs.setdefault(head.state.session, {})[head.stream] = None
            if head.state.state in _STRANDED:
                self._stranded[head.stream] = None
            else:
                self._stranded.pop(head.stream, None)
        elif isinstance(head.state, Counselor):
            self._counselors[head.stream] = None
        elif isinstance(head.state, Plan):
            self._plans[head.stream] = None
        return True

    def forget_closed(self, heads: Iterable[Head]) -> None:
        """Drop what is no longer open; called after everybody has been told."""
        for head in heads:
            if head.open or self._heads.get(head.stream) is not head:
                continue
            if isinstance(head.state, Session):
                self._unqueue(head.stream)
                self._callbacks.pop(head.stream, None)
                for handoff in self._handoffs.pop(head.stream, {}):
                    self._heads.pop(handoff, None)
                    self._stranded.pop(handoff, None)
                del self._heads[head.stream]
            elif not isinstance(head.state, Handoff):
                self._plans.pop(head.stream, None)
                del self._heads[head.stream]
            elif head.state.session not in self._heads:
                self._handoffs.pop(head.state.session, None)
                del self._heads[head.stream]

    # -- questions

    def head(self, stream: str) -> Head | None:
        """The newest head of ``stream``, while it is open."""
        return self._heads.get(stream)

    def session(self, stream: str) -> Session | None:
        """The session, while it is open."""
        head = self._heads.get(stream)
        return head.state if head is not None and isinstance(head.state, Session) else None

    def counselor(self, stream: str) -> Counselor | None:
        """The counselor, if there is one of that id."""
        head = self._heads.get(stream)
        return head.state if head is not None and isinstance(head.state, Counselor) else None

    def handoff(self, stream: str) -> Handoff | None:
        """The handoff, while it or its session is open."""
        head = self._heads.get(stream)
        return head.state if head is not None and isinstance(head.state, Handoff) else None

    def sessions(self) -> Iterator[Session]:
        """Every open session."""
        return (h.state for h in self._heads.values() if isinstance(h.state, Session))

    def counselors(self) -> Iterator[Counselor]:
        """Every counselor."""
        return (self._heads[k].state for k in self._counselors)

    def handoffs(self, session: str) -> list[Handoff]:
        """The handoffs of a session, oldest first."""
        return [self._heads[h].state for h in sorted(self._handoffs.get(session, ())) if h in self._heads]

    def stranded(self) -> Iterator[Handoff]:
        """The handoffs of open sessions that wait for a person: drafted, come back, or a dead letter."""
        return (self._heads[h].state for h in list(self._stranded))

    def care(self) -> Iterator[Plan]:
        """Every plan of care calls that has not ended."""
        return (self._heads[plan].state for plan in self._plans if plan in self._heads)

    def callbacks(self) -> Iterator[tuple[Session, Callback]]:
        """Every open callback with its session."""
        sessions = (self._heads[s].state for s in self._callbacks)
        return ((s, s.callback) for s in sessions)

    def position(self, item: str) -> int | None:
        """The item's place in its queue, from 1; None when it does not wait."""
        found = self._waiting.get(item)
        return None if found is None else bisect_left(self._queues[found[0]], found[1]) + 1

    def queue_of(self, item: str) -> str | None:
        """The queue in which an item waits; None when it does not wait."""
        found = self._waiting.get(item)
        return None if found is None else found[0]

    def waiting(self, queue: str) -> int:
        """How many wait in ``queue``."""
        return len(self._queues.get(queue, ()))

    def waiting_since(self) -> dict[str, int]:
        """For each queue in which somebody waits: when the one who has waited longest began to."""
        oldest: dict[str, int] = {}
        for queue, _, since in self._waiting.values():
            oldest[queue] = min(oldest.get(queue, since), since)
        return oldest

    def _called_back(self, s: Session) -> None:
        if s.callback is not None and s.callback.open:
            self._callbacks[s.id] = None
        else:
            self._callbacks.pop(s.id, None)

    # -- queues

    def _requeue(self, s: Session) -> None:
        item = s.live_item if not s.closed_at_us else None
        held = self._items.get(s.id)
        if item is None or item.state not in _WAITING or item.id != held:
            self._unqueue(s.id)
        if item is None or item.state not in _WAITING:
            return
        place = place_of(item)
        old = self._waiting.get(item.id)
        if old == (item.queue, place, item.enqueued_at_us):
            return
        if old is not None:
            self._remove(old[0], old[1])
        self._waiting[item.id] = (item.queue, place, item.enqueued_at_us)
        self._items[s.id] = item.id
        insort(self._queues.setdefault(item.queue, []), place)

    def _unqueue(self, session: str) -> None:
        item = self._items.pop(session, None)
        if item is not None:
            queue, place, _ = self._waiting.pop(item)
            self._remove(queue, place)

    def _remove(self, queue: str, place: Place) -> None:
        line = self._queues[queue]
        at = bisect_left(line, place)
        assert line[at] == place
        del line[at]
