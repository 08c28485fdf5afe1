"""Named reads over the database (dasan/store/views.py): plain SQL on read-only connections, from any thread.

Promises: answers come from what is committed; no read waits for the writer. On PostgreSQL the journal is read only
below the oldest running transaction, so that a reader who goes on by position misses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from dasan.core.events import Recorded
from dasan.ports import Aggregate, Committed, Delivery, Head
from dasan.store.caches import Cached, Keys, Recent
from dasan.store.engine import Backend
from dasan.store.link import Link, Row, translated
from dasan.store.memory_reads import ENTRY, content_of, grouped, number_of
from dasan.store.rows import LINE, Folding, all_recorded, delivery_of, line_of
from dasan.store.sealing import draft_name, unseal
from dasan.store.views import Draft, Entry, Line

EVENT = "stream, seq, type, version, at_us, actor, cause, data"
PAGE = 2_000
_NEWEST = "ORDER BY created_us DESC, stream DESC LIMIT ?"
_ENTRIES = f"SELECT {EVENT} FROM journal WHERE stream = ? AND type = '{ENTRY}' AND seq "  # noqa: S608
_WORDS = (
    "SELECT c.id, c.sealed, c.key_id, k.wrapped, k.master FROM content c"
    " LEFT JOIN content_keys k ON k.key_id = c.key_id WHERE c.id IN "
)
_DELIVERY = "SELECT id, stream, endpoint, kind, key, payload, due_us, attempts, state FROM deliveries d WHERE state = ?"
_SAFE = " AND txid < pg_snapshot_xmin(pg_current_snapshot())"
_SETTLED = "SELECT COALESCE(MAX(position), 0) FROM journal WHERE position > 0"


class SqlReads:
    """dasan.store.views.Reads over SQLite or PostgreSQL."""

    def __init__(
        self, backend: Backend, folding: Folding, keys: Keys, cache: Recent[Cached] | None = None
    ) -> None:
        """``cache``: the writer's own, where this process is the only writer; what it holds is committed."""
        self._cache = None if backend.postgres else cache
        self._backend = backend
        self._folding = folding
        self._keys = keys

    @contextmanager
    def _link(self) -> Iterator[Link]:
        link = self._backend.reader()
        try:
            with translated():
                yield link
        finally:
            link.close()

    def _rows(self, text: str, *params: object) -> list[Row]:
        with self._link() as link:
            return link.rows(text, params)

    # -- streams

    def line(self, stream: str) -> Line | None:
        rows = self._rows(f"{LINE} WHERE stream = ?", stream)
        return line_of(rows[0]) if rows else None

    def load(self, stream: str) -> Aggregate | None:
        cached = self._cache.get(stream) if self._cache is not None else None
        if cached is not None:
            return cached.aggregate
        head = self.head(stream)
        return None if head is None else Aggregate(head.seq, head.state)

    def head(self, stream: str) -> Head | None:
        cached = self._cache.get(stream) if self._cache is not None else None
        if cached is not None and cached.head is not None:
            return cached.head
        with self._link() as link:
            heads = self._heads(link, [line_of(row) for row in link.rows(f"{LINE} WHERE stream = ?", (stream,))])
        return heads[0] if heads else None

    def open_heads(self, kind: str) -> Iterator[Head]:
        after = ""
        while True:
            with self._link() as link:
                text = f"{LINE} WHERE kind = ? AND open = 1 AND stream > ? ORDER BY stream LIMIT ?"
                lines = [line_of(row) for row in link.rows(text, (kind, after, PAGE))]
                heads = self._heads(link, lines)
            yield from heads
            if len(lines) < PAGE:
                return
            after = lines[-1].stream

    def _heads(self, link: Link, lines: Sequence[Line]) -> list[Head]:
        """The states of those streams, from two queries: their snapshots, and the events after them."""
        if not lines:
            return []
        names = [line.stream for line in lines]
        chosen = _among(names)
        snapshots = {row[0]: row[1:] for row in link.rows(
            f"SELECT stream, seq, shape, state FROM snapshots WHERE stream IN {chosen}", names  # noqa: S608
        )}
        start = {name: self._folding.start(name, snapshots.get(name)) for name in names}
        tails: dict[str, list[Recorded]] = {}
        text = (
            f"SELECT {', '.join('j.' + column for column in EVENT.split(', '))} FROM journal j"  # noqa: S608
            f" LEFT JOIN snapshots p ON p.stream = j.stream WHERE j.stream IN {chosen}"
            " AND j.seq > COALESCE(p.seq, 0) ORDER BY j.stream, j.seq"
        )
        for recorded in all_recorded(link.rows(text, names)):
            tails.setdefault(recorded.stream, []).append(recorded)
        for name in names:
            if start[name].seq == 0 and name in snapshots:  # a snapshot of another shape: the whole journal is folded
                rows = link.rows(f"SELECT {EVENT} FROM journal WHERE stream = ? ORDER BY seq", (name,))  # noqa: S608
                tails[name] = all_recorded(rows)
        return [self._head(line, self._folding.on(start[line.stream], tails.get(line.stream, ()))) for line in lines]

    @staticmethod
    def _head(line: Line, aggregate: Aggregate) -> Head:
        return Head(line.stream, aggregate.state, aggregate.seq, line.due_us, line.open, line.facts)

    def due(self, now_us: int, limit: int) -> Sequence[tuple[int, str]]:
        text = "SELECT due_us, stream FROM streams WHERE due_us <= ? ORDER BY due_us, stream LIMIT ?"
        return [(row[0], row[1]) for row in self._rows(text, now_us, limit)]

    def next_due(self) -> int | None:
        found: int | None = self._rows("SELECT MIN(due_us) FROM streams WHERE due_us IS NOT NULL")[0][0]
        return found

    def sessions_of(self, citizen: str, limit: int = 20) -> Sequence[Line]:
        return self._lines("citizen = ? AND kind = 's'", citizen, limit)

    def by_number(self, kind: str, number: int) -> Sequence[Line]:
        return self._lines("number = ? AND kind = ?", number, kind, 100)

    def handoffs_of(self, *, session: str = "", citizen: str = "", limit: int = 50) -> Sequence[Line]:
        where, value = ("session", session) if session else ("citizen", citizen)
        return self._lines(f"{where} = ? AND kind = 'h'", value, limit)

    def recent(self, kind: str, limit: int = 50) -> Sequence[Line]:
        return self._lines("kind = ?", kind, limit)

    def _lines(self, where: str, *params: object) -> list[Line]:
        return [line_of(row) for row in self._rows(f"{LINE} WHERE {where} {_NEWEST}", *params)]

    # -- the transcript

    def entries(self, session: str, after_n: int = 0, limit: int = 200) -> Sequence[Entry]:
        found: list[Recorded] = []
        after_seq = after_n  # entry n stands at seq n or later
        while len(found) < limit:
            rows = self._rows(_ENTRIES + "> ? ORDER BY seq LIMIT ?", session, after_seq, limit)
            found += [r for r in all_recorded(rows) if number_of(r.event) > after_n]
            if len(rows) < limit:
                break
            after_seq = rows[-1][1]
        return self._with_words(found[:limit])

    def entries_before(self, session: str, before_n: int, limit: int = 200) -> Sequence[Entry]:
        found: list[Recorded] = []
        before_seq = 1 << 31
        while len(found) < limit:
            rows = self._rows(_ENTRIES + "< ? ORDER BY seq DESC LIMIT ?", session, before_seq, limit)
            found += [r for r in all_recorded(rows) if number_of(r.event) < before_n]
            if len(rows) < limit:
                break
            before_seq = rows[-1][1]
        return self._with_words(found[:limit][::-1])

    def _with_words(self, entries: Sequence[Recorded]) -> list[Entry]:
        words = self.contents(content_of(r.event) for r in entries)
        return [Entry(r, words.get(content_of(r.event))) for r in entries]

    def contents(self, ids: Iterable[str]) -> Mapping[str, bytes | None]:
        wanted = [content for content in dict.fromkeys(ids) if content]
        found: dict[str, bytes | None] = {}
        for start in range(0, len(wanted), PAGE):
            page = wanted[start : start + PAGE]
            for content, sealed, key_id, wrapped, master in self._rows(_WORDS + _among(page), *page):
                key = self._keys.opened(key_id, wrapped, master)
                found[content] = None if key is None else unseal(key, content, sealed)
        return {content: found[content] for content in wanted if content in found}

    def drafts(self, counselor: str) -> Sequence[Draft]:
        rows = self._rows(
            "SELECT d.session, d.sealed, k.wrapped, k.master FROM drafts d JOIN content_keys k ON k.key_id = d.session"
            " WHERE d.counselor = ? ORDER BY d.session", counselor,
        )
        found: list[Draft] = []
        for session, sealed, wrapped, master in rows:
            key = self._keys.opened(session, wrapped, master)
            if key is not None:
                found.append(Draft(counselor, session, unseal(key, draft_name(counselor, session), sealed).decode()))
        return found

    def key_destroyed(self, key: str) -> bool:
        return bool(self._rows("SELECT 1 FROM content_keys WHERE key_id = ? AND wrapped IS NULL", key))

    # -- the journal

    def events(self, stream: str, after_seq: int = 0, limit: int = 1000) -> Sequence[Recorded]:
        text = f"SELECT {EVENT} FROM journal WHERE stream = ? AND seq > ? ORDER BY seq LIMIT ?"  # noqa: S608
        return all_recorded(self._rows(text, stream, after_seq, limit))

    def journal(self, after: int = 0, types: Iterable[str] = ()) -> Iterator[tuple[int, Recorded]]:
        wanted = sorted(set(types))
        where = f" AND type IN {_among(wanted)}" if wanted else ""
        while True:
            rows = self._positions(where, after, wanted, PAGE)
            yield from zip([row[0] for row in rows], all_recorded([row[1:] for row in rows]), strict=True)
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def _positions(self, where: str, after: int, params: Sequence[object], limit: int) -> list[Row]:
        safe = _SAFE if self._backend.postgres else ""
        text = f"SELECT position, {EVENT} FROM journal WHERE position > ?{where}{safe} ORDER BY position LIMIT ?"  # noqa: S608
        return self._rows(text, after, *params, limit)

    def last_position(self) -> int:
        return int(self._rows(_SETTLED + (_SAFE if self._backend.postgres else ""))[0][0])

    def committed_since(self, position: int, limit: int = 1000) -> Sequence[Committed]:
        raw = self._positions("", position, (), limit + 1)
        rows = list(zip([row[0] for row in raw], all_recorded([row[1:] for row in raw]), strict=True))
        whole = grouped(rows)
        if len(rows) > limit:
            if len(whole) == 1:
                return self.committed_since(position, limit * 2)
            whole = whole[:-1]
        if not whole:
            return []
        streams = sorted({r.stream for group in whole for _, r in group})
        heads: dict[str, Head] = {}
        with self._link() as link:
            lines = [line_of(row) for row in link.rows(f"{LINE} WHERE stream IN {_among(streams)}", streams)]
            heads = {head.stream: head for head in self._heads(link, lines)}
        words = self.contents(content_of(r.event) for group in whole for _, r in group)
        return [_committed(group, heads, words) for group in whole]

    # -- promises

    def deliveries(self, state: str, limit: int = 200) -> Sequence[Delivery]:
        return [delivery_of(row) for row in self._rows(f"{_DELIVERY} ORDER BY ordinal LIMIT ?", state, limit)]

    def addresses_of(self, session: str) -> Sequence[tuple[str, str]]:
        text = "SELECT address, service FROM addresses WHERE session = ? ORDER BY address, service"
        return [(row[0], row[1]) for row in self._rows(text, session)]


def _among(values: Sequence[object]) -> str:
    """As many marks as values, for IN."""
    return "(" + ", ".join("?" * len(values)) + ")"


def _committed(
    group: Sequence[tuple[int, Recorded]], heads: Mapping[str, Head], words: Mapping[str, bytes | None]
) -> Committed:
    events = tuple(recorded for _, recorded in group)
    said = {c: body for r in events if (c := content_of(r.event)) and (body := words.get(c)) is not None}
    return Committed(group[-1][0], events, {r.stream: heads[r.stream] for r in events}, said)
