"""When a stream must be looked at again: its next deadline, from the head that every commit leaves behind.

Deadlines are derived from state and stored with the stream, so that a restart re-arms them by reading. A deadline that
moved on (every message moves the idle time) costs no new entry: the old one is looked at when it comes and put back.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping

from dasan.core.commands import TIMERS, Envelope, Tick
from dasan.ports import Committed, Head

ROUND_MAX = 500


class Timers:
    """A heap of (instant, stream) beside the truth of each stream's next deadline."""

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._armed: dict[str, int] = {}  # the earliest heap entry of each stream
        self._heap: list[tuple[int, str]] = []

    def see(self, committed: Iterable[Committed]) -> None:
        """Take in what was written."""
        for one in committed:
            for head in one.heads.values():
                self.take(head)

    def take(self, head: Head) -> None:
        """One stream's next deadline."""
        self.arm(head.stream, head.due_us)

    def arm(self, stream: str, due_us: int | None) -> None:
        """The stream's next deadline is ``due_us`` (None: it has none)."""
        if due_us is None:
            self._due.pop(stream, None)
            return
        self._due[stream] = due_us
        armed = self._armed.get(stream)
        if armed is None or due_us < armed:
            self._armed[stream] = due_us
            heapq.heappush(self._heap, (due_us, stream))

    def standing(self) -> Mapping[str, int]:
        """The next deadline of every stream that has one."""
        return self._due

    def again(self, stream: str, at_us: int) -> None:
        """A deadline that was given out could not be acted on: give it out again, not before ``at_us``."""
        due = self._due.get(stream)
        if due is not None and stream not in self._armed:
            self._armed[stream] = max(due, at_us)
            heapq.heappush(self._heap, (self._armed[stream], stream))

    def next_us(self) -> int | None:
        """When to look again, or None."""
        return self._heap[0][0] if self._heap else None

    def due(self, now_us: int) -> list[tuple[str, int]]:
        """(stream, deadline) of what is due, at most ROUND_MAX, earliest first."""
        found: list[tuple[str, int]] = []
        while self._heap and self._heap[0][0] <= now_us and len(found) < ROUND_MAX:
            at, stream = heapq.heappop(self._heap)
            if self._armed.get(stream) != at:
                continue
            del self._armed[stream]
            due = self._due.get(stream)
            if due is None:
                continue
            if due > now_us:
                self.arm(stream, due)
            else:
                found.append((stream, due))
        return found


def tick(stream: str, due_us: int) -> Envelope:
    """The command for a deadline. Not remembered: the state knows what is still due."""
    return Envelope(TIMERS, "", Tick(stream, due_us))
