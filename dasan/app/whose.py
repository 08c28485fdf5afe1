"""Whose a call of the network was: looked up in the journal, where what is open does not say it any more.

The journal has no index by call. It is read from an instant on, which is found by halving: positions grow with time.
Rare (channels/voice/strays.py), and in a thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from dasan.core.events import Recorded

NAMES_A_CALL = ("call.began", "leg.dialled")


class Journal(Protocol):
    """A part of the store's reads."""

    def last_position(self) -> int: ...

    def journal(self, after: int = 0, types: Iterable[str] = ()) -> Iterator[tuple[int, Recorded]]: ...


def carried(reads: Journal, calls: frozenset[str], since_us: int) -> dict[str, tuple[str, str]]:
    """(session, leg) of those of ``calls`` that were made since then."""
    found: dict[str, tuple[str, str]] = {}
    for _, recorded in reads.journal(_before(reads, since_us), NAMES_A_CALL):
        call = str(getattr(recorded.event, "call", ""))
        if call in calls:
            found[call] = (recorded.stream, str(getattr(recorded.event, "leg", "")))
            if len(found) == len(calls):
                break
    return found


def _before(reads: Journal, since_us: int) -> int:
    """A position before everything that was recorded from that instant on."""
    low, high = 0, reads.last_position()
    while low < high:
        middle = (low + high) // 2
        _, recorded = next(reads.journal(middle), (0, None))
        if recorded is not None and recorded.at_us < since_us:
            low = middle + 1
        else:
            high = middle
    return low
