"""Writing what a unit has gathered: compare-and-set on every stream, then the journal, words, replies and promises.

Promises: streams are locked in sorted order and before anything else, so that two servers never wait for each other in
a circle; a stream that is not at the sequence it was decided at raises Clash; positions of the journal ascend in the
order of transaction ids, so that a reader who stays below the oldest running transaction misses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dasan.core import codec
from dasan.core.errors import Clash
from dasan.core.ids import kind_of
from dasan.ports import Head
from dasan.store import statements as sql
from dasan.store.link import Bulk, Link, Row
from dasan.store.pending import Pending
from dasan.store.rows import delivery_row, facts_row, journal_row
from dasan.store.sealing import draft_name, seal
from dasan.store.vault import Vault

if TYPE_CHECKING:
    from dasan.store.sql import SqlStore

SNAPSHOT_EVERY = 32


@dataclass(slots=True)
class Written:
    """What a commit will have changed: the position before its first event, and the snapshots taken."""

    first: int
    snapshots: dict[str, int] = field(default_factory=dict)


def write(link: Link, pending: Pending, store: SqlStore, vault: Vault) -> Written:
    """Put everything into the open transaction. Raises Clash or the driver's error."""
    written = Written(_claim(link, len(pending.events), store))
    _streams(link, pending, store)
    position = written.first
    link.many(sql.JOURNAL, [journal_row(position + i, recorded) for i, recorded in enumerate(pending.events, 1)])
    _snapshots(link, pending, store, written)
    _words(link, pending, store, vault)
    _replies(link, pending)
    _promises(link, pending)
    return written


def _claim(link: Link, count: int, store: SqlStore) -> int:
    """The position after which ``count`` events may stand."""
    if not link.postgres:
        if store.uncertain:
            row = link.row(sql.LAST_POSITION)
            assert row is not None
            store.position, store.uncertain = int(row[0]), False
        return store.position
    if count == 0:
        return store.position
    row = link.row(sql.CLAIM, (count,))
    assert row is not None
    return int(row[0])


def _streams(link: Link, pending: Pending, store: SqlStore) -> None:
    base = pending.base
    if link.postgres:
        _lock(link, base)
    groups: dict[Bulk, list[Row]] = {sql.STREAM_NEW: [], sql.STREAM_ON: [], sql.STREAM_DUE: [], sql.STREAM_MOVE: []}
    for stream in sorted(pending.heads):
        bulk, row = _stream_row(pending.heads[stream], pending, store)
        groups[bulk].append(row)
    for bulk, rows in groups.items():
        if link.many(bulk, rows) != len(rows) and rows:
            raise Clash(_moved(link, base))


def _stream_row(head: Head, pending: Pending, store: SqlStore) -> tuple[Bulk, Row]:
    stream, seq, due_us = head.stream, head.seq, head.due_us
    base, at_us = pending.base[stream], pending.updated_us[stream]
    if base == 0:
        created_us = pending.created_us[stream]
        return sql.STREAM_NEW, (
            stream, kind_of(stream), seq, int(head.open), due_us, created_us, at_us, *facts_row(head)
        )
    cached = store.cache.get(stream)
    old = cached.head if cached is not None else None
    if old is None or old.open != head.open or old.facts != head.facts:
        return sql.STREAM_MOVE, (seq, at_us, due_us, int(head.open), *facts_row(head), stream, base)
    if old.due_us != due_us:
        return sql.STREAM_DUE, (seq, at_us, due_us, stream, base)
    return sql.STREAM_ON, (seq, at_us, stream, base)


def _lock(link: Link, base: dict[str, int]) -> None:
    """PostgreSQL: take the rows in sorted order and compare them with what was decided on."""
    there: dict[str, int] = dict(link.rows(sql.LOCK_HEADS, (sorted(base),)))
    for stream, seq in base.items():
        if there.get(stream, 0) != seq:
            raise Clash(stream)


def _moved(link: Link, base: dict[str, int]) -> str:
    """Which stream is not where it was expected."""
    for stream in sorted(base):
        row = link.row(sql.HEAD, (stream,))
        if (0 if row is None else row[0]) != base[stream]:
            return stream
    return next(iter(base), "")


def _snapshots(link: Link, pending: Pending, store: SqlStore, written: Written) -> None:
    rows: list[Row] = []
    for stream in sorted(pending.heads):
        head = pending.heads[stream]
        cached = store.cache.get(stream)
        last = cached.snapshot_seq if cached is not None else 0
        if head.seq - last >= SNAPSHOT_EVERY:
            rows.append((stream, head.seq, *store.folding.dump(stream, head.state)))
            written.snapshots[stream] = head.seq
    link.many(sql.SNAPSHOT_PUT, rows)


def _words(link: Link, pending: Pending, store: SqlStore, vault: Vault) -> None:
    contents, drafts, keys = pending.contents, pending.drafts, vault.keys
    master = store.keys.keyring.current
    link.many(sql.KEY_NEW, [(key_id, master, wrapped) for key_id, (wrapped, _) in sorted(vault.made.items())])
    link.many(sql.CONTENT_NEW, [
        (c.id, c.key, c.kind, seal(keys[c.key], c.id, c.body)) for c in contents.values()
    ])
    link.many(sql.DRAFT, [
        (who, session, seal(keys[session], draft_name(who, session), text.encode()))
        for (who, session), text in sorted(drafts.items()) if text
    ])
    link.many(sql.DRAFT_GONE, [where for where, text in sorted(drafts.items()) if not text])
    destroyed = sorted(pending.destroyed.items())
    link.many(sql.KEY_DESTROY, [(key_id, "", None, at_us) for key_id, at_us in destroyed])
    link.many(sql.DRAFTS_OF, [(key_id,) for key_id, _ in destroyed])


def _replies(link: Link, pending: Pending) -> None:
    link.many(sql.REQUEST, [
        (principal, request_id, remembered.fingerprint, codec.dumps(remembered.reply), at_us)
        for (principal, request_id), (remembered, at_us) in sorted(pending.replies.items(), key=_by_key)
    ])


def _by_key(item: tuple[tuple[str, str], object]) -> tuple[str, str]:
    return item[0]


def _promises(link: Link, pending: Pending) -> None:
    link.many(sql.ADDRESS_GONE, sorted(pending.address_gone))
    opened = [(*key, session) for key, session in sorted(pending.addresses.items()) if session is not None]
    if link.many(sql.ADDRESS_NEW, opened) != len(opened) and opened:
        raise Clash(opened[0][2])
    link.many(sql.DELIVERY_NEW, [delivery_row(d) for d in pending.deliveries.values()])
    link.many(sql.DELIVERY_MOVE, [(d.due_us, d.attempts, d.state, d.id) for d in pending.changed.values()])
    link.many(sql.NUMBER_PUT, sorted(pending.numbers.items()))
