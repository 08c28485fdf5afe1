"""Who may do what only one server should do: route, send, watch deadlines.

Promises: at any instant of the given clock at most one holder has a lease that has not run out; each change of holder
raises its fencing number, so that a slow former holder can be told from the present one. Leases only spare work: what
must never happen twice is kept by sequences and request ids (ARCHITECTURE §5), because a holder may stop for longer
than its lease at any moment.
"""

from __future__ import annotations

import threading
from typing import Protocol

from dasan.store.engine import Backend
from dasan.store.people import writing


class Leases(Protocol):
    """Named leases."""

    def take(self, name: str, holder: str, now_us: int, until_us: int) -> int | None:
        """Take or renew it: its fencing number, or None while another holds it."""
        ...

    def release(self, name: str, holder: str) -> None:
        """Give it up, if it is one's own."""
        ...


_TAKE = (
    "INSERT INTO leases (name, holder, until_us, fence) VALUES (?, ?, ?, 1) ON CONFLICT (name) DO UPDATE SET"
    " holder = excluded.holder, until_us = excluded.until_us,"
    " fence = leases.fence + CASE WHEN leases.holder = excluded.holder THEN 0 ELSE 1 END"
    " WHERE leases.holder = excluded.holder OR leases.until_us <= ? RETURNING fence"
)


class SqlLeases:
    """Leases over SQLite or PostgreSQL."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def take(self, name: str, holder: str, now_us: int, until_us: int) -> int | None:
        with writing(self._backend) as link:
            row = link.row(_TAKE, (name, holder, until_us, now_us))
            return None if row is None else int(row[0])

    def release(self, name: str, holder: str) -> None:
        with writing(self._backend) as link:
            # The row stays, so that its fencing number never starts again.
            link.run("UPDATE leases SET until_us = 0, holder = '' WHERE name = ? AND holder = ?", (name, holder))


class MemoryLeases:
    """Leases of the in-memory twin."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, int, int]] = {}
        self._lock = threading.Lock()

    def take(self, name: str, holder: str, now_us: int, until_us: int) -> int | None:
        with self._lock:
            other, until, fence = self._held.get(name, (holder, 0, 1))
            if other != holder and until > now_us:
                return None
            fence += other != holder
            self._held[name] = (holder, until_us, fence)
            return fence

    def release(self, name: str, holder: str) -> None:
        with self._lock:
            other, _, fence = self._held.get(name, ("", 0, 1))
            if other == holder:
                self._held[name] = ("", 0, fence)
