"""A client's line to the server that is there again after every fall: connect, say hello, hand frames on, reconnect.

Both kinds of the demonstration's people use it. Sending while the line is down keeps the frame; whoever sends under
an id gets it sent again after the next welcome until it is answered. Bounded: at most ``KEPT_MAX`` unanswered frames.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Awaitable, Callable
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

KEPT_MAX = 100
FIRST_WAIT_S, WAIT_S_MAX = 0.2, 2.0
Frame = dict[str, Any]


async def pace(seconds: float) -> None:
    """Let time pass as a person would."""
    await asyncio.sleep(seconds)  # noqa: TID251 - the demonstration's people live on the wall clock


class Line:
    """``hello`` makes the first frame; ``hear`` gets every other frame; ``welcomed`` tells that "welcome" has been."""

    def __init__(
        self, url: str, hello: Callable[[], Frame], hear: Callable[[Frame], Awaitable[None]], *, origin: str = ""
    ) -> None:
        self.url, self.origin, self._hello, self._hear = url, origin, hello, hear
        self._socket: ClientConnection | None = None
        self._unanswered: dict[str, Frame] = {}
        self.welcomed = asyncio.Event()
        self.falls = 0
        self._over = False

    async def run(self) -> None:
        """Until :meth:`close`; a server that is away is asked again, ever more slowly up to two seconds."""
        wait_s = FIRST_WAIT_S
        while not self._over:
            try:
                async with connect(self.url, origin=self.origin or None, max_size=2**20) as socket:  # type: ignore[arg-type]
                    await socket.send(json.dumps(self._hello(), ensure_ascii=False))
                    self._socket = socket
                    wait_s = FIRST_WAIT_S
                    async for raw in socket:
                        await self._take(json.loads(raw))
            except (OSError, websockets.WebSocketException, TimeoutError):
                pass
            self._socket = None
            self.welcomed.clear()
            self.falls += 1
            if not self._over:
                await pace(wait_s * (0.75 + random.random() / 2))  # noqa: TID251 - spreads reconnections
                wait_s = min(wait_s * 2, WAIT_S_MAX)

    async def _take(self, frame: Frame) -> None:
        kind = frame.get("t")
        if kind in {"ack", "reply"} or (kind == "trouble" and frame.get("id")):
            self._unanswered.pop(str(frame.get("id")), None)
        await self._hear(frame)
        if kind == "welcome":
            for waiting in list(self._unanswered.values()):
                await self._write(waiting)
            self.welcomed.set()

    async def send(self, frame: Frame) -> None:
        """Send it, now or when the line is back; with an ``id`` until it is answered."""
        if "id" in frame and len(self._unanswered) < KEPT_MAX:
            self._unanswered[str(frame["id"])] = frame
        await self._write(frame)

    async def _write(self, frame: Frame) -> None:
        if self._socket is not None:
            with contextlib.suppress(websockets.ConnectionClosed):
                await self._socket.send(json.dumps(frame, ensure_ascii=False))

    async def drop(self) -> None:
        """Lose the connection without a goodbye, as a phone in a tunnel does."""
        if self._socket is not None:
            self._socket.transport.abort()

    def die(self) -> None:
        """Be gone without a goodbye, and do not come back."""
        self._over = True
        if self._socket is not None:
            self._socket.transport.abort()

    async def close(self) -> None:
        """No more."""
        self._over = True
        if self._socket is not None:
            await self._socket.close()
