"""What the in-memory twin keeps, and the named reads over it (dasan/store/views.py).

Promises: the same answers in the same order as the SQL reads. Deadlines lie in a heap, so that a simulation of a
million events never scans for the next one.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dasan.core.events import Event, Recorded
from dasan.ports import Aggregate, Committed, Content, Delivery, Head, Remembered
from dasan.store.views import Draft, Entry, Line

ENTRY = "entry.added"


class Shelves:
    """The twin's tables. Only MemoryUnit.commit writes them."""

    def __init__(self) -> None:
        self.journal: list[Recorded] = []
        self.by_stream: dict[str, list[Recorded]] = {}
        self.states: dict[str, Aggregate] = {}
        self.heads: dict[str, Head] = {}
        self.times: dict[str, tuple[int, int]] = {}  # stream -> (created, updated)
        self.open: dict[str, dict[str, None]] = {}  # kind -> open streams
        self.kinds: dict[str, list[str]] = {}  # kind -> streams in order of creation
        self.groups: dict[tuple[str, str, str], list[str]] = {}  # (kind, fact, value) -> streams
        self.deadlines: list[tuple[int, str]] = []
        self.replies: dict[tuple[str, str], tuple[Remembered, int]] = {}
        self.keys: dict[str, None] = {}
        self.destroyed: set[str] = set()
        self.contents: dict[str, Content] = {}
        self.addresses: dict[tuple[str, str], str] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.drafts: dict[tuple[str, str], str] = {}
        self.numbers: dict[str, int] = {}

    def place(self, kind: str, head: Head, created_us: int, updated_us: int) -> None:
        """Put a stream's newest head into the indexes."""
        stream = head.stream
        before = self.heads.get(stream)
        self.heads[stream] = head
        if before is None:
            self.times[stream] = (created_us, updated_us)
            self.kinds.setdefault(kind, []).append(stream)
        else:
            self.times[stream] = (self.times[stream][0], updated_us)
        if before is None or before.facts != head.facts:
            self._group(kind, head, before)
        if before is None or before.open != head.open:
            here = self.open.setdefault(kind, {})
            if head.open:
                here[stream] = None
            else:
                here.pop(stream, None)
        if head.due_us is not None and (before is None or before.due_us != head.due_us):
            heapq.heappush(self.deadlines, (head.due_us, stream))

    def _group(self, kind: str, head: Head, before: Head | None) -> None:
        for fact in ("citizen", "session", "number"):
            value = head.facts.get(fact)
            old = before.facts.get(fact) if before else None
            if value == old:
                continue
            if old is not None and old != "":
                self.groups[kind, fact, str(old)].remove(head.stream)
            if value is not None and value != "":
                self.groups.setdefault((kind, fact, str(value)), []).append(head.stream)

    def promise(self, delivery: Delivery) -> None:
        """Keep a promise in its present state."""
        self.deliveries[delivery.id] = delivery

    def forget(self, key: str) -> None:
        """Destroy a key and every word under it."""
        self.destroyed.add(key)
        for content in [c for c in self.contents.values() if c.key == key]:
            self.contents[content.id] = Content(content.id, key, content.kind, b"")
        for where in [d for d in self.drafts if d[1] == key]:
            del self.drafts[where]

    def prune(self, before_us: int) -> int:
        """Forget replies and finished promises older than that; how many there were."""
        replies = [key for key, (_, at_us) in self.replies.items() if at_us < before_us]
        finished = [d.id for d in self.deliveries.values() if d.state == "done" and d.due_us < before_us]
        for key in replies:
            del self.replies[key]
        for delivery in finished:
            del self.deliveries[delivery]
        return len(replies) + len(finished)


class MemoryReads:
    """dasan.store.views.Reads over the twin's shelves."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    def head(self, stream: str) -> Head | None:
        return self._shelves.heads.get(stream)

    def load(self, stream: str) -> Aggregate | None:
        return self._shelves.states.get(stream)

    def line(self, stream: str) -> Line | None:
        head = self._shelves.heads.get(stream)
        if head is None:
            return None
        created, updated = self._shelves.times[stream]
        kind = stream.partition("_")[0]
        return Line(stream, kind, head.seq, head.open, head.due_us, created, updated, head.facts)

    def open_heads(self, kind: str) -> Iterator[Head]:
        for stream in sorted(self._shelves.open.get(kind, ())):
            yield self._shelves.heads[stream]

    def due(self, now_us: int, limit: int) -> Sequence[tuple[int, str]]:
        found: dict[str, int] = {}
        heap = self._shelves.deadlines
        while heap and heap[0][0] <= now_us and len(found) < limit:
            due_us, stream = heapq.heappop(heap)
            if self._shelves.heads[stream].due_us == due_us:
                found[stream] = due_us
        # A deadline stays due until its stream moves on.
        for stream, due_us in found.items():
            heapq.heappush(heap, (due_us, stream))
        return [(due_us, stream) for stream, due_us in found.items()]

    def next_due(self) -> int | None:
        heap = self._shelves.deadlines
        while heap and self._shelves.heads[heap[0][1]].due_us != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def sessions_of(self, citizen: str, limit: int = 20) -> Sequence[Line]:
        return self._lines(self._shelves.groups.get(("s", "citizen", citizen), ()), limit)

    def by_number(self, kind: str, number: int) -> Sequence[Line]:
        return self._lines(self._shelves.groups.get((kind, "number", str(number)), ()), 100)

    def handoffs_of(self, *, session: str = "", citizen: str = "", limit: int = 50) -> Sequence[Line]:
        fact, value = ("session", session) if session else ("citizen", citizen)
        return self._lines(self._shelves.groups.get(("h", fact, value), ()), limit)

    def recent(self, kind: str, limit: int = 50) -> Sequence[Line]:
        return self._lines(self._shelves.kinds.get(kind, ())[-limit:], limit)

    def _lines(self, streams: Iterable[str], limit: int) -> list[Line]:
        lines = [line for stream in streams if (line := self.line(stream)) is not None]
        lines.sort(key=lambda line: (line.created_us, line.stream), reverse=True)
        return lines[:limit]

    def entries(self, session: str, after_n: int = 0, limit: int = 200) -> Sequence[Entry]:
        events = self._shelves.by_stream.get(session, ())
        found: list[Entry] = []
        for recorded in events[after_n:] if isinstance(events, list) else events:  # entry n stands at seq n or later
            if recorded.event.type == ENTRY and number_of(recorded.event) > after_n:
                found.append(self._entry(recorded))
                if len(found) == limit:
                    break
        return found

    def entries_before(self, session: str, before_n: int, limit: int = 200) -> Sequence[Entry]:
        found: list[Entry] = []
        for recorded in reversed(self._shelves.by_stream.get(session, ())):
            if len(found) == limit:
                break
            if recorded.event.type == ENTRY and number_of(recorded.event) < before_n:
                found.append(self._entry(recorded))
        return found[::-1]

    def _entry(self, recorded: Recorded) -> Entry:
        content = content_of(recorded.event)
        return Entry(recorded, self._words(content) if content else None)

    def _words(self, content_id: str) -> bytes | None:
        content = self._shelves.contents.get(content_id)
        return None if content is None or content.key in self._shelves.destroyed else content.body

    def events(self, stream: str, after_seq: int = 0, limit: int = 1000) -> Sequence[Recorded]:
        return self._shelves.by_stream.get(stream, [])[after_seq : after_seq + limit]

    def journal(self, after: int = 0, types: Iterable[str] = ()) -> Iterator[tuple[int, Recorded]]:
        wanted, rows = frozenset(types), enumerate(self._shelves.journal[after:], after + 1)
        return iter([row for row in rows if row[1].event.type in wanted] if wanted else rows)

    def last_position(self) -> int:
        return len(self._shelves.journal)

    def committed_since(self, position: int, limit: int = 1000) -> Sequence[Committed]:
        rows = list(enumerate(self._shelves.journal[position : position + limit + 1], position + 1))
        whole = grouped(rows)
        more = len(rows) > limit
        if more and len(whole) == 1:
            return self.committed_since(position, limit * 2)
        return [self._committed(group) for group in (whole[:-1] if more else whole)]

    def _committed(self, group: Sequence[tuple[int, Recorded]]) -> Committed:
        events = tuple(recorded for _, recorded in group)
        heads = {r.stream: self._shelves.heads[r.stream] for r in events}
        named = {c: self._words(c) for r in events if (c := content_of(r.event))}
        return Committed(group[-1][0], events, heads, {c: body for c, body in named.items() if body is not None})

    def contents(self, ids: Iterable[str]) -> Mapping[str, bytes | None]:
        return {c: self._words(c) for c in ids if c in self._shelves.contents}

    def drafts(self, counselor: str) -> Sequence[Draft]:
        mine = sorted((s, text) for (k, s), text in self._shelves.drafts.items() if k == counselor)
        return [Draft(counselor, session, text) for session, text in mine]

    def deliveries(self, state: str, limit: int = 200) -> Sequence[Delivery]:
        return [d for d in self._shelves.deliveries.values() if d.state == state][:limit]

    def addresses_of(self, session: str) -> Sequence[tuple[str, str]]:
        return sorted(key for key, at in self._shelves.addresses.items() if at == session)

    def key_destroyed(self, key: str) -> bool:
        return key in self._shelves.destroyed


def content_of(event: Event) -> str:
    """The content an event names, or ""."""
    named: str = getattr(event, "content", "")
    return named


def number_of(event: Event) -> int:
    """The place of an entry in its transcript."""
    n: int = getattr(event, "n", 0)
    return n


def grouped(rows: Iterable[tuple[int, Recorded]]) -> list[list[tuple[int, Recorded]]]:
    """Neighbouring events of one command together; they were committed together."""
    groups: list[list[tuple[int, Recorded]]] = []
    last: tuple[str, str, int] | None = None
    for position, recorded in rows:
        key = (recorded.actor, recorded.cause, recorded.at_us)
        if key != last:
            groups.append([])
            last = key
        groups[-1].append((position, recorded))
    return groups
