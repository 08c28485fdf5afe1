"""One transaction of a SQL store (dasan.ports.Unit).

Promises: reads see what this unit recorded; a decision is written as a whole with all others of the unit or not at all;
after a failure nothing of it is believed. On PostgreSQL a cached state is compared with the database before it is used,
and :meth:`prefetch` does that for a whole batch.

Left out: deciding, and retrying after Clash (dasan/gate.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING

from dasan.core.errors import Clash, StorageFull
from dasan.ports import Aggregate, Decision, Delivery, Remembered
from dasan.store import statements as sql
from dasan.store.caches import Cached
from dasan.store.link import Link, Row, meaning, translated
from dasan.store.pending import Pending
from dasan.store.rows import all_recorded, delivery_of
from dasan.store.sealing import unseal
from dasan.store.vault import Vault
from dasan.store.writing import write

if TYPE_CHECKING:
    from dasan.store.sql import SqlStore


class SqlUnit:
    """Gathers decisions and commits them in one transaction."""

    __slots__ = ("_begun", "_link", "_pending", "_store", "_trusted", "_vault", "positions", "read")

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._pending = Pending()
        self._link: Link | None = None
        self._begun = False
        self._trusted: set[str] = set()  # PostgreSQL: streams whose cached sequence was compared in this unit
        self.read: dict[tuple[str, str], Remembered | None] = {}  # replies fetched ahead
        self._vault = Vault(store.keys, self._row, sole=not store.backend.postgres)
        self.positions: list[int] = []  # after commit: the journal's position after each recorded decision

    def __enter__(self) -> SqlUnit:
        self._link = self._store.backend.writer()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        link, self._link = self._link, None
        assert link is not None
        if self._begun:
            link.rollback()
        self._pending = Pending()
        self._store.backend.done(link)

    # -- reading

    def prefetch(self, requests: Iterable[tuple[str, str]] = (), streams: Iterable[str] = ()) -> None:
        """Say what the batch will ask for: on PostgreSQL all of it comes in three queries instead of one each."""
        if not self._store.backend.postgres:
            return
        asked = [key for key in dict.fromkeys(requests) if key not in self.read]
        if asked:
            self.read.update(dict.fromkeys(asked))
            columns = [list(column) for column in zip(*asked, strict=True)]
            for principal, request_id, fingerprint, reply in self._rows(sql.PREFETCH_REPLIES, columns):
                self.read[principal, request_id] = Remembered(fingerprint, json.loads(reply))
        names = list(dict.fromkeys(streams))
        if names:
            for key_id, wrapped, master in self._rows(sql.PREFETCH_KEYS, (names,)):
                self._vault.found(key_id, wrapped, master)
        wanted = [stream for stream in names if self._store.cache.get(stream)]
        if wanted:
            for stream, seq in self._rows(sql.PREFETCH_HEADS, (wanted,)):
                self._compare(stream, seq)

    def replied(self, principal: str, request_id: str) -> Remembered | None:
        key = (principal, request_id)
        pending = self._pending.replies.get(key)
        if pending is not None:
            return pending[0]
        if key in self.read:
            return self.read[key]
        row = self._row(sql.REPLY, key)
        return None if row is None else Remembered(row[0], json.loads(row[1]))

    def load(self, stream: str) -> Aggregate | None:
        pending = self._pending.states.get(stream)
        if pending is not None:
            return pending
        cached = self._store.cache.get(stream)
        if cached is not None and (stream in self._trusted or not self._store.backend.postgres):
            return cached.aggregate
        row = self._row(sql.HEAD, (stream,))
        if row is None:
            return None
        cached = self._compare(stream, row[0]) or self._fold(stream, row[0])
        self._trusted.add(stream)
        return cached.aggregate

    def session_at(self, address: str, service: str) -> str | None:
        key = (address, service)
        if key in self._pending.addresses:
            return self._pending.addresses[key]
        row = self._row(sql.ADDRESS, key)
        return None if row is None or (*key, row[0]) in self._pending.address_gone else str(row[0])

    def delivery(self, delivery_id: str) -> Delivery | None:
        pending = self._pending.deliveries.get(delivery_id) or self._pending.changed.get(delivery_id)
        if pending is not None:
            return pending
        row = self._row(sql.DELIVERY, (delivery_id,))
        return None if row is None else delivery_of(row)

    def sealed(self, content_id: str) -> bytes | None:
        pending = self._pending.contents.get(content_id)
        if pending is not None:
            return None if pending.key in self._pending.destroyed else pending.body
        row = self._row(sql.CONTENT_WITH_KEY, (content_id,))
        if row is None or row[0] in self._pending.destroyed:
            return None
        key_id, sealed, wrapped, master = row
        key = self._store.keys.opened(key_id, wrapped, master)
        return None if key is None else unseal(key, content_id, sealed)

    def next_number(self, name: str) -> int:
        if self._store.backend.postgres:
            return self._store.number(name)
        value = self._pending.numbers.get(name)
        if value is None:
            row = self._row(sql.NUMBER, (name,))
            value = 0 if row is None else int(row[0])
        self._pending.numbers[name] = value + 1
        return value + 1

    # -- writing

    def record(self, decision: Decision) -> None:
        """Gather a decision. Raises Clash, or Refused("erased", "no_key") where its words cannot be sealed."""
        if not decision.repeated:
            self._vault.prepare(decision, self._pending.destroyed)
        self._pending.add(decision)

    def commit(self) -> int:
        """Write everything; the journal's last position. Raises Clash or StorageFull."""
        pending, store = self._pending, self._store
        if pending.empty():
            self.positions = [store.position] * len(pending.ends)
            return store.position
        link = self._begin()
        try:
            written = write(link, pending, store, self._vault)
            link.commit()
        except BaseException as error:
            store.distrust(pending)
            ours = self._meaning(error, pending)
            if ours is error:
                raise
            raise ours from error
        self._begun = False
        self._pending = Pending()
        self.positions = [written.first + end for end in pending.ends]
        store.believe(pending, written, self._vault, link)
        return store.position

    def _meaning(self, error: BaseException, pending: Pending) -> BaseException:
        ours = meaning(error, next(iter(pending.base), ""))
        if self._store.backend.postgres and not isinstance(ours, Clash) and self._link is not None:
            self._link.discard()  # interrupted anywhere: its session may hold the lock of journal_claim
        if isinstance(ours, StorageFull):
            self._store.broken()
        return ours

    # -- the link

    def _begin(self) -> Link:
        link = self._link
        assert link is not None, "a unit is used inside its with-block"
        if not self._begun:
            with translated():
                link.begin()
            self._begun = True
        return link

    def _row(self, text: str, params: Row) -> Row | None:
        link = self._begin()
        with translated():
            return link.row(text, params)

    def _rows(self, text: str, params: Iterable[object]) -> list[Row]:
        link = self._begin()
        with translated():
            return link.rows(text, tuple(params))

    def _compare(self, stream: str, seq: int) -> Cached | None:
        """The cached stream if it is at ``seq``; otherwise it is forgotten."""
        cached = self._store.cache.get(stream)
        if cached is None:
            return None
        if cached.aggregate.seq != seq:
            self._store.cache.drop(stream)
            return None
        self._trusted.add(stream)
        return cached

    def _fold(self, stream: str, seq: int) -> Cached:
        """The stream at ``seq`` from its snapshot and the events after it."""
        folding = self._store.folding
        snapshot = self._row(sql.SNAPSHOT, (stream,))
        start = folding.start(stream, snapshot if snapshot is not None and snapshot[0] <= seq else None)
        tail = all_recorded(self._rows(sql.TAIL, (stream, start.seq, seq)))
        aggregate = folding.on(start, tail)
        if aggregate.seq != seq:
            raise Clash(stream)
        cached = Cached(aggregate, None, start.seq)
        self._store.cache.put(stream, cached)
        return cached
