"""What the store remembers between transactions: states of streams, and data keys in use. Both are bounded.

Promises: only committed states are here; a stream whose write failed is dropped. On SQLite the one server is the only
writer, so what is here is true; on PostgreSQL a unit compares sequences with the database before it believes it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

from dasan.ports import Aggregate, Head
from dasan.store.sealing import DataKey, Keyring

V = TypeVar("V")


class Recent(Generic[V]):
    """The last ``limit`` values used, by name; safe from several threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: OrderedDict[str, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str) -> V | None:
        """The value, now the most recent; or None."""
        with self._lock:
            value = self._held.get(name)
            if value is not None:
                self._held.move_to_end(name)
            return value

    def put(self, name: str, value: V) -> None:
        """Keep a value; the one unused for longest goes when there are too many."""
        with self._lock:
            self._held[name] = value
            self._held.move_to_end(name)
            if len(self._held) > self._limit:
                self._held.popitem(last=False)

    def drop(self, name: str) -> None:
        """Forget it."""
        with self._lock:
            self._held.pop(name, None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()

    def __len__(self) -> int:
        return len(self._held)


@dataclass(frozen=True, slots=True)
class Cached:
    """A stream as last committed or read. ``head`` is None when only its state was read."""

    aggregate: Aggregate
    head: Head | None
    snapshot_seq: int


class Keys:
    """Opened data keys, each beside the wrapped form it came from; a changed row is opened anew."""

    def __init__(self, keyring: Keyring, limit: int) -> None:
        self.keyring = keyring
        self._open: Recent[tuple[bytes, DataKey]] = Recent(limit)

    def opened(self, key_id: str, wrapped: bytes | None, master: str) -> DataKey | None:
        """The key of a row of ``content_keys``; None when it was destroyed."""
        if wrapped is None:
            self._open.drop(key_id)
            return None
        held = self._open.get(key_id)
        if held is not None and held[0] == wrapped:
            return held[1]
        key = self.keyring.open(key_id, wrapped, master)
        self._open.put(key_id, (wrapped, key))
        return key

    def held(self, key_id: str) -> DataKey | None:
        """The key if it is open in this process; None says nothing."""
        held = self._open.get(key_id)
        return held[1] if held else None

    def put(self, key_id: str, wrapped: bytes, key: DataKey) -> None:
        """Remember a key that was just made and committed."""
        self._open.put(key_id, (wrapped, key))

    def drop(self, key_id: str) -> None:
        """Forget it."""
        self._open.drop(key_id)
