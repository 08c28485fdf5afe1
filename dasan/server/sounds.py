"""Recordings of the published menus, from the shelf (flowshelf.py), the last ones kept in memory within a bound.

A recording is named by the hash of its bytes and never changes, so what is kept is never stale. Reading goes to a
thread; a name is read once however many ask for it meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from dasan.server.flowshelf import FlowShelf

BYTES_KEPT = 32_000_000


class Sounds:
    """channels.voice.ports.Sounds. Not for several threads."""

    def __init__(self, shelf: FlowShelf, bytes_kept: int = BYTES_KEPT) -> None:
        self._shelf, self._most = shelf, bytes_kept
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._reading: dict[str, asyncio.Future[bytes | None]] = {}

    async def get(self, name: str) -> bytes | None:
        """As the port says."""
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        reading = self._reading.get(name)
        if reading is None:
            reading = asyncio.ensure_future(asyncio.to_thread(self._shelf.recording, name))
            self._reading[name] = reading
            reading.add_done_callback(lambda done: self._read(name, done))
        return await asyncio.shield(reading)

    def _read(self, name: str, done: asyncio.Future[bytes | None]) -> None:
        del self._reading[name]
        body = None if done.cancelled() or done.exception() is not None else done.result()
        if body is None or len(body) > self._most:
            return
        self._kept[name] = body
        self._size += len(body)
        while self._size > self._most:
            _, old = self._kept.popitem(last=False)
            self._size -= len(old)
