"""Scenario files at the centre of these tests: counselors' lines end at a console in this process, frame for frame."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from channels.carrier.scenario import Scenario
from dasan.demo import scenes
from dasan.demo.line import Frame, pace
from dasan.demo.seat import Connect, Seat
from dasan.server.desk.console import Console
from tests.server.world import PASSWORD
from tests.virtual import virtually
from tests.voice.stage import Centre, telephone

BACK_AFTER_S = 0.5


class InHouse:
    """dasan.demo.line.Line where the server is in this process: the same frames, as text, both ways."""

    def __init__(
        self, centre: Centre, hello: Callable[[], Frame], hear: Callable[[Frame], Awaitable[None]]
    ) -> None:
        self._centre, self._hello, self._hear = centre, hello, hear
        self._console: Console | None = None
        self._wire: Socket | None = None
        self._kept: dict[str, Frame] = {}
        self._over = False

    async def run(self) -> None:
        while not self._over:
            if self._centre.alive:
                self._wire = Socket()
                self._console = self._wire.console = Console(self._centre.house, self._wire, self._centre.consoles)
                self._write(self._hello())
                while (text := await self._wire.told.get()) is not None:
                    await self._take(json.loads(text))
            self._wire = None
            await pace(BACK_AFTER_S)

    async def _take(self, frame: Frame) -> None:
        if frame["t"] == "reply":
            self._kept.pop(frame["id"], None)
        await self._hear(frame)
        if frame["t"] == "welcome":
            for kept in list(self._kept.values()):
                self._write(kept)

    async def send(self, frame: Frame) -> None:
        if "id" in frame:
            self._kept[frame["id"]] = frame
        self._write(frame)

    def _write(self, frame: Frame) -> None:
        if self._wire is not None and self._wire.closed is None and self._console is not None:
            self._console.on_text(self._wire, json.dumps(frame))

    def fell(self) -> None:
        """The connection is gone; what was under way is not answered."""
        if self._wire is not None:
            self._wire.close(1006, "lost")

    def die(self) -> None:
        self._over = True
        self.fell()

    async def close(self) -> None:
        self.die()


class Socket:
    """dasan.net.connection.Connection whose other end is in this process."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[str | None] = asyncio.Queue()
        self.closed: tuple[int, str] | None = None
        self.console: Console | None = None
        self.path, self.peer, self.origin, self.secure = "/desk/socket", "127.0.0.1", None, False
        self.headers: Mapping[str, str] = {}

    def send_text(self, text: bytes) -> None:
        assert self.closed is None, "a frame after the goodbye"
        self.told.put_nowait(text.decode())

    def close(self, code: int = 1000, reason: str = "") -> None:
        if self.closed is None:
            self.closed = (code, reason)
            self.told.put_nowait(None)
            if self.console is not None:
                self.console.on_close(self)

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Place:
    """dasan.demo.desk_steps.Centre over the centre of these tests."""

    password = PASSWORD

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.lines: list[InHouse] = []

    @property
    def connect(self) -> Connect:
        def connect(hello: Callable[[], Frame], hear: Callable[[Frame], Awaitable[None]]) -> InHouse:
            self.lines.append(InHouse(self.centre, hello, hear))
            return self.lines[-1]

        return connect

    def reads(self) -> Any:
        return self.centre.app.parts.store.reads

    async def kill(self, away_s: float) -> None:
        for line in self.lines:
            line.fell()
        await self.centre.die(away_s)

    def sits(self, seat: Seat) -> None:
        self.centre.outside(seat.work())


def played(scenario: Scenario) -> None:
    """The whole centre lives the scenario; nothing of it may have gone wrong unseen."""

    async def lived() -> None:
        async with telephone(scenario.seed, dict(scenario.settings)) as c:
            await scenes.play(scenario, c.carrier, Place(c), lambda line: None)
            assert c.app.telephone is not None
            assert not c.app.telephone.door.counts["faults"], dict(c.app.telephone.door.counts)
            assert not c.app.hub.failures

    virtually(lived())


def examples() -> list[tuple[str, int]]:
    """(name, which example) of every scenario that ships."""
    return [(path.stem, n) for path in scenes.shipped() for n in range(len(scenes.read(path)))]


def file_of(name: str) -> Path:
    return scenes.found(name)
