"""The bus within one process: for the one server on SQLite, and for several brokers in one simulation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable


class Exchange:
    """Where the ends of a local bus meet."""

    def __init__(self) -> None:
        self._ends: list[LocalBus] = []
        self._lock = threading.Lock()

    def end(self, wake: Callable[[], None] | None = None) -> LocalBus:
        """A new end; ``wake`` is called, in the teller's thread, when another end has told something."""
        made = LocalBus(self, wake)
        with self._lock:
            self._ends.append(made)
        return made

    def tell(self, position: int, teller: LocalBus) -> None:
        """Pass a position on to all ends but the teller."""
        with self._lock:
            others = [end for end in self._ends if end is not teller]
        for end in others:
            end.hear(position)

    def leave(self, end: LocalBus) -> None:
        """An end is closed."""
        with self._lock:
            self._ends = [other for other in self._ends if other is not end]


class LocalBus:
    """One end (dasan.ports.Bus). Only the highest position is kept, so nothing grows."""

    def __init__(self, exchange: Exchange, wake: Callable[[], None] | None = None) -> None:
        self._exchange = exchange
        self._wake = wake
        self._highest = 0
        self._lock = threading.Lock()

    def publish(self, position: int) -> None:
        """Tell the others."""
        self._exchange.tell(position, self)

    def positions(self) -> Iterable[int]:
        """The highest position told since the last call, if any."""
        with self._lock:
            found, self._highest = self._highest, 0
        return (found,) if found else ()

    def hear(self, position: int) -> None:
        """Another end has told this."""
        with self._lock:
            self._highest = max(self._highest, position)
        if self._wake is not None:
            self._wake()

    def close(self) -> None:
        """Leave the exchange."""
        self._exchange.leave(self)
