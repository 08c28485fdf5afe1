"""The routes and the open sockets of one server, with what is watched for all of them at once.

Pings go round in slots, one slot a second, instead of a timer for each socket: ten thousand idle sockets cost one
timer. A socket that has sent nothing at all for ``PING_EVERY_S + PONG_WITHIN_S`` is closed with 1011; one whose
unsent bytes do not drain for ``STUCK_S`` with 1013. Every socket is told 1012 when the server stops, so that pages
come back at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dasan.net.connection import Route
from dasan.net.front import Front
from dasan.net.limits import Places

if TYPE_CHECKING:
    from dasan.net.websocket import WebSocket


READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """Times in seconds, sizes in bytes."""

    ping_every_s: int = 20
    pong_within_s: int = 20
    stuck_s: int = 30
    close_within_s: int = 5
    unsent_bytes_max: int = 1024 * 1024
    sockets_max: int = 20_000
    per_address_max: int = 64


class Exchange:
    """``routes``: path to :class:`Route`. Make one a server; counts are for metrics."""

    def __init__(self, routes: Mapping[str, Route], front: Front, bounds: Bounds | None = None) -> None:
        self.routes = dict(routes)
        self.front = front
        self.bounds = bounds or Bounds()
        self.places = Places(self.bounds.per_address_max)
        self.open: set[WebSocket] = set()
        self.refused: dict[str, int] = {}
        self.closing = False
        self.buffer = memoryview(bytearray(READ_BYTES))  # what arrives is copied out of it before the next read
        self._slots: tuple[set[WebSocket], ...] = tuple(set() for _ in range(self.bounds.ping_every_s))
        self._slot = 0
        self._next = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, socket: WebSocket) -> None:
        """A socket has opened. It joins the slot that was just served, so its first ping is a full round away."""
        self.open.add(socket)
        socket.slot = self._next
        self._slots[self._next].add(socket)
        self._next = (self._next + 1) % len(self._slots)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(1.0, self._tick)

    def remove(self, socket: WebSocket) -> None:
        """A socket has gone."""
        self.open.discard(socket)
        self._slots[socket.slot].discard(socket)
        if not self.open and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def refuse(self, why: str) -> None:
        """Count a refused opening."""
        self.refused[why] = self.refused.get(why, 0) + 1

    def _tick(self) -> None:
        """Serve one slot and come back in a second, as long as anything is open."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._slot = (self._slot + 1) % len(self._slots)
        for socket in tuple(self._slots[self._slot]):
            socket.check(now)
        self._timer = loop.call_later(1.0, self._tick) if self.open else None
