"""The lines of one conversation: in the order of ``n``, each once, the last 2,000. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from dasan.wire.desk_views import Entry

ENTRIES_MAX = 2_000


def put(entries: list[Entry], entry: Entry) -> bool:
    """Put ``entry`` in its place; one that is known is replaced only when it differs (it was erased). True when
    something else than the end has changed, so that a drawing of them is made anew."""
    place = len(entries)
    if entries and entry.n <= entries[-1].n:
        place = bisect_left(entries, entry.n, key=lambda known: known.n)
    known = place < len(entries) and entries[place].n == entry.n
    if known and entries[place] == entry:
        return False
    at_end = place == len(entries)
    entries[place : place + known] = [entry]
    del entries[: max(0, len(entries) - ENTRIES_MAX)]
    return not at_end


def with_older(entries: Iterable[Entry], older: Iterable[Entry]) -> list[Entry]:
    """Older lines that were asked for, before those that are known; what is beyond the bound is dropped again."""
    by_n = {entry.n: entry for entry in (*older, *entries)}
    return [by_n[n] for n in sorted(by_n)][-ENTRIES_MAX:]
