"""Load for the benchmarks: bare clients of the two protocols, as cheap as a client can be.

They look at frames only as far as they must, so that the load costs little beside the server it is put on.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from dasan.wire import chat, desk

WAIT_S = 60.0
TEXT = "주차 단속 문자를 받았는데 이의 신청은 어디서 하나요? 집은 마포구 성산동입니다."
Frame = dict[str, Any]


class Console:
    """A counselor who takes whatever is offered and answers once; then she only listens."""

    def __init__(self, url: str, name: str, password: str) -> None:
        self.url, self.name, self._password = url, name, password
        self.live = 0
        self.entries = 0
        self.on_entry: Callable[[Frame], None] | None = None
        self._n = 0
        self._seen: set[str] = set()
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._beats: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Sign in and be available."""
        self._socket = await connect(self.url + desk.PATH, max_size=2**22, compression=None, ping_interval=None)
        await self._send({"t": "hello", "v": 1, "name": self.name, "password": self._password, "client": "bench"})
        welcome = json.loads(await self._socket.recv())
        assert welcome["t"] == "welcome", welcome
        self._reader = asyncio.create_task(self._read())
        self._beats = asyncio.create_task(self._beat(welcome["centre"]["beat_s"]))
        await self._do({"t": "presence", "presence": "AVAILABLE"})

    async def _read(self) -> None:
        assert self._socket is not None
        async for raw in self._socket:
            assert isinstance(raw, str)
            if raw.startswith('{"t":"entry"'):
                self.entries += 1
                if self.on_entry is not None:
                    self.on_entry(json.loads(raw))
            elif raw.startswith(('{"t":"me"', '{"t":"session"')):
                await self._work(json.loads(raw))

    async def _work(self, frame: Frame) -> None:
        for offer in frame.get("offers", ()):
            if offer["offer"] not in self._seen:
                self._seen.add(offer["offer"])
                await self._do({"t": "accept", "offer": offer["offer"], "session": offer["session"]})
        item = frame.get("item")
        if item and frame["mine"] == "live" and (key := item["item"] + item["state"]) not in self._seen:
            self._seen.add(key)
            where = {"session": frame["session"]}
            if item["state"] == "CONNECTING":
                await self._do({"t": "opened", "item": item["item"], **where})
            elif item["state"] == "ACTIVE":
                self.live += 1
                await self._do({"t": "say", "text": "네, 말씀하십시오.", **where})

    async def _beat(self, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)  # noqa: TID251 - the load lives on the wall clock
            await self._send({"t": "beat"})

    async def _do(self, frame: Frame) -> None:
        self._n += 1
        await self._send({"id": f"bench-{self._n:08d}", **frame})

    async def _send(self, frame: Frame) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps(frame, ensure_ascii=False))

    async def close(self) -> None:
        """Gone."""
        for task in (self._reader, self._beats):
            if task is not None:
                task.cancel()
        if self._socket is not None:
            await self._socket.close()


class Caller:
    """A citizen with one open session who can say something and wait until it is on disk."""

    def __init__(self, url: str, origin: str, name: int) -> None:
        self.url, self.origin, self.name = url, origin, name
        self.token = ""
        self.session = ""
        self.seq = 0
        self._n = 0
        self._socket: ClientConnection | None = None

    async def open(self, *, start: bool = True) -> None:
        """Say hello and, with ``start``, begin a session."""
        self._socket = await connect(
            self.url + chat.PATH, origin=self.origin, max_size=2**22, compression=None, ping_interval=None  # type: ignore[arg-type]
        )  # fmt: skip
        hello: Frame = {"t": "hello", "v": 1, "language": "ko", "token": self.token}
        if self.session:
            hello["after"] = {"session": self.session, "seq": self.seq}
        await self._socket.send(json.dumps(hello))
        welcome = json.loads(await self._until("welcome"))
        self.token = welcome["token"]
        if start:
            await self._socket.send(self._frame("start", topic="general"))
            await self._acked()
            if not self.session:  # the picture of the new session follows the acknowledgement
                welcome = json.loads(await self._until("welcome"))
        if welcome.get("state"):
            self.session = welcome["state"]["session"]

    def _frame(self, kind: str, text: str = TEXT, **more: str) -> str:
        self._n += 1
        frame = {"t": kind, "id": f"b{self.name:05d}-{self._n:08d}", "text": text, **more}
        return json.dumps(frame, ensure_ascii=False)

    async def say(self, text: str = TEXT) -> float:
        """One line; the seconds until it was acknowledged."""
        assert self._socket is not None
        frame = self._frame("say", text)
        start = time.perf_counter()
        await self._socket.send(frame)
        await self._acked()
        return time.perf_counter() - start

    async def _acked(self) -> None:
        raw = await self._until("ack")
        at = raw.rfind('"seq":')
        if at >= 0:
            self.seq = max(self.seq, int(raw[at + 6 :].rstrip("}").split(",")[0]))

    async def _until(self, kind: str) -> str:
        assert self._socket is not None
        wanted, trouble = f'{{"t":"{kind}"', '{"t":"trouble"'
        while True:
            raw = await self._socket.recv()
            assert isinstance(raw, str)
            if raw.startswith(wanted):
                return raw
            if raw.startswith('{"t":"state"'):
                self.session = json.loads(raw)["session"]
            assert not raw.startswith(trouble), raw

    async def close(self) -> None:
        """Gone, without a goodbye."""
        if self._socket is not None:
            self._socket.transport.abort()


async def all_live(consoles: list[Console], sessions: int) -> None:
    """Until that many talks are on."""
    deadline = time.monotonic() + WAIT_S
    while sum(console.live for console in consoles) < sessions:
        assert time.monotonic() < deadline, [console.live for console in consoles]
        await asyncio.sleep(0.05)  # noqa: TID251 - as above
