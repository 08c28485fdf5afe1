"""What other servers have committed, read from the journal by position and handed to this server's listeners.

Promises: every commit of another server is handed on at least once and in the order of positions, whatever the bus
does; this server's own are left out, because its gate has told them already. Between own and foreign commits of one
stream the order of arrival is not promised: who follows a stream goes by its sequence, and reads when one is missing.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

from dasan.ports import Committed, Listener

PAGE = 1_000


class Reads(Protocol):
    """What the relay needs of a store."""

    def committed_since(self, position: int, limit: int = ...) -> Sequence[Committed]:
        """What was committed after that position, whole commands only."""
        ...

    def settled_position(self) -> int:
        """The newest position below which nothing more will appear."""
        ...


class Relay:
    """A cursor over the journal. ``own`` may be called from any thread; ``pump`` from one at a time."""

    def __init__(self, reads: Reads, listener: Listener, start: int | None = None) -> None:
        self._reads = reads
        self._listener = listener
        self.cursor = reads.settled_position() if start is None else start
        self._own: set[int] = set()
        self._lock = threading.Lock()

    def own(self, committed: Sequence[Committed]) -> None:
        """This server committed these itself (a gate's listener)."""
        with self._lock:
            self._own.update(one.position for one in committed if one.position > self.cursor)

    def pump(self) -> int:
        """Read to the end of what is settled; how many foreign commits were handed on."""
        handed = 0
        while True:
            page = self._reads.committed_since(self.cursor, PAGE)
            if not page:
                return handed
            with self._lock:
                foreign = [one for one in page if one.position not in self._own]
                self._own.difference_update(one.position for one in page)
                self.cursor = page[-1].position
            if foreign:
                self._listener(foreign)
                handed += len(foreign)
