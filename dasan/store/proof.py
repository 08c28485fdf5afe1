"""Proof that the journal and what is made from it agree.

Promises: :func:`verify` folds every stream from its first event and compares it with its snapshot and its place in the
indexes, and names each place that differs; :func:`journal_hash` is the same for the same history on every store.
Memory stays that of one stream at a time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import groupby

from dasan.core import codec
from dasan.core.errors import DasanError, sentence
from dasan.core.events import Recorded
from dasan.store.engine import reading
from dasan.store.lines import line_of
from dasan.store.link import Damaged, Link, Row, translated
from dasan.store.rows import Folding, recorded_of
from dasan.store.views import Evolve, States

PAGE = 5_000
_EVENT = "stream, seq, type, version, at_us, actor, cause, data"
_JOURNAL = f"SELECT position, {_EVENT} FROM journal WHERE position > ? ORDER BY position"  # noqa: S608


def journal_hash(url: str) -> tuple[int, str]:
    """(last position, SHA-256 over all events' lines in order)."""
    made = reading(url)
    total, last = hashlib.sha256(), 0
    link = made.reader()
    try:
        with translated():
            for row in _pages(link, _JOURNAL, (0,)):
                last = row[0]
                total.update(line_of(row[1:8], json.loads(row[8])))
    finally:
        link.close()
        made.close()
    return last, total.hexdigest()


def events(url: str) -> Iterator[Recorded]:
    """Every event in the journal's order. Raises StorageFull (OutOfReach) when the database does not answer."""
    made = reading(url)
    link = made.reader()
    try:
        with translated():
            for row in _pages(link, _JOURNAL, (0,)):
                yield recorded_of(row[1:])
    finally:
        link.close()
        made.close()


def verify(url: str, states: States | None = None, evolve: Evolve | None = None) -> list[str]:
    """What does not agree, one sentence each; empty when everything does. The machines default to dasan.core.fold."""
    if states is None or evolve is None:
        from dasan.core import fold  # noqa: PLC0415 - the store does not know the machines until it must

        states, evolve = fold.STATES, fold.evolve
    made = reading(url)
    link = made.reader()
    found: list[str] = []
    try:
        with translated():
            for part in (_file(link), _streams(link, Folding(states, evolve)), _words(link)):
                for said in part:
                    found.append(said)  # noqa: PERF402 - what was found before the file breaks off is kept
        return found
    except Damaged as damaged:
        return [*found, " / ".join(sentence(damaged.code, language) for language in ("ko", "en"))]
    finally:
        link.close()
        made.close()


def _file(link: Link) -> Iterator[str]:
    if not link.postgres:
        for (said,) in link.rows("PRAGMA integrity_check(20)"):
            if said != "ok":
                yield f"파일이 상했습니다 / the file is damaged: {said}"


def _streams(link: Link, folding: Folding) -> Iterator[str]:
    """Fold each stream from its first event; compare with its snapshot and its row."""
    expected: dict[str, int] = dict(_keyed(link, "SELECT stream, seq FROM streams WHERE stream > ? ORDER BY stream"))
    for stream, rows in groupby(_events(link), key=_stream_of):
        place = expected.pop(stream, None)
        snapshot = link.row("SELECT seq, shape, state FROM snapshots WHERE stream = ?", (stream,))
        yield from _one(stream, list(rows), place, snapshot, folding)
    for stream in expected:
        yield f"{stream}: 사건이 없는 흐름 / a stream without events"


def _one(stream: str, rows: list[Row], place: int | None, snapshot: Row | None, folding: Folding) -> Iterator[str]:
    if [row[1] for row in rows] != list(range(1, len(rows) + 1)):
        yield f"{stream}: 사건 번호에 빈자리 / a gap in the sequence"
        return
    if place != len(rows):
        yield f"{stream}: 목록에는 {place}, 일지에는 {len(rows)} / the index says {place}, the journal {len(rows)}"
    try:
        events = [recorded_of(row) for row in rows]
        cut = snapshot[0] if snapshot is not None else 0
        at_snapshot = folding.on(folding.nothing, events[:cut])
        folding.on(at_snapshot, events[cut:])
    except (DasanError, ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
        yield f"{stream}: 접을 수 없습니다 / cannot be folded: {error!r}"
        return
    if snapshot is None or snapshot[1] != folding.shape(stream):
        return  # no snapshot of this version; it is made from the journal when it is needed
    if at_snapshot.seq != cut or json.loads(snapshot[2]) != json.loads(codec.dumps(codec.encode(at_snapshot.state))):
        yield f"{stream}: {cut}번의 상태가 일지와 다릅니다 / the state at {cut} is not what the journal gives"


def _words(link: Link) -> Iterator[str]:
    lost = link.row(
        "SELECT COUNT(*) FROM content c LEFT JOIN content_keys k ON k.key_id = c.key_id WHERE k.key_id IS NULL"
    )
    if lost is not None and lost[0]:
        yield f"열쇠가 없는 내용 {lost[0]}건 / {lost[0]} content row(s) without a key"


def _events(link: Link) -> Iterator[Row]:
    """All events by stream and sequence, a page at a time."""
    stream, seq = "", 0
    while True:
        rows = link.rows(
            f"SELECT {_EVENT} FROM journal WHERE stream > ? OR (stream = ? AND seq > ?)"  # noqa: S608
            f" ORDER BY stream, seq LIMIT {PAGE}", (stream, stream, seq),
        )
        yield from rows
        if len(rows) < PAGE:
            return
        stream, seq = rows[-1][0], rows[-1][1]


def _keyed(link: Link, text: str) -> Iterator[Row]:
    return _pages(link, text, ("",))


def _pages(link: Link, text: str, start: Row) -> Iterator[Row]:
    """Rows of a query that goes on after its first column."""
    after = start
    while True:
        rows = link.rows(f"{text} LIMIT {PAGE}", after)
        yield from rows
        if len(rows) < PAGE:
            return
        after = (rows[-1][0],)


def _stream_of(row: Row) -> str:
    return str(row[0])
