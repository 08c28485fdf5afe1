"""A centre for each test, and pages that speak the protocol without a browser."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from channels.chat.connection import ChatConnection
from dasan.wire import chat as wire
from tests.chat.centre import Centre


@dataclass
class Page:
    """A tab: a connection whose other end is a list. It checks every frame against the published protocol."""

    centre: Centre
    token: str = ""
    language: str = "ko"
    peer: str = "203.0.113.7"
    path: str = "/chat/socket"
    origin: str | None = None
    secure: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    got: list[dict[str, Any]] = field(default_factory=list)
    closed: tuple[int, str] | None = None
    tab: ChatConnection | None = None
    n: int = 0

    # dasan.net.connection.Connection

    def send_text(self, text: bytes) -> None:
        if self.closed is None:
            frame = json.loads(text)
            _strict(wire.to_page.validate_python(frame), frame)
            self.got.append(frame)

    def close(self, code: int = 1000, reason: str = "") -> None:
        if self.closed is None:
            self.closed = (code, reason)
            assert self.tab is not None
            self.tab.on_close(self)

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    # the page

    def open(self) -> "Page":
        self.tab = self.centre.door.open(self)
        return self

    def say(self, kind: str, /, **fields: Any) -> str:
        assert self.tab is not None
        self.n += 1
        frame = {"t": kind, **fields}
        if kind in {"start", "say", "leave", "rate"}:
            frame.setdefault("id", f"{self.token[:6] or 'page'}-{self.n:06d}-{id(self)}")
        self.tab.on_text(self, json.dumps(frame))
        return str(frame.get("id", ""))

    async def hello(self, **fields: Any) -> dict[str, Any]:
        if self.tab is None:
            self.open()
        self.say("hello", v=1, language=self.language, token=self.token, **fields)
        frame = await self.next("welcome")
        self.token = frame["token"] or self.token
        return frame

    async def next(self, kind: str, *, where: Callable[[dict[str, Any]], bool] = lambda f: True) -> dict[str, Any]:
        """The first frame of that kind that was not asked for before."""
        async with asyncio.timeout(5):
            while True:
                for at, frame in enumerate(self.got):
                    if frame["t"] == kind and where(frame) and not frame.get("_seen"):
                        self.got[at] = {**frame, "_seen": True}
                        return frame
                await asyncio.sleep(0.001)

    async def started(self, text: str = "가로등이 꺼졌어요", **fields: Any) -> dict[str, Any]:
        """Say hello and begin a session; the welcome with it."""
        await self.hello()
        self.say("start", text=text, **fields)
        return await self.next("welcome", where=lambda f: f.get("state") is not None)

    def entries(self) -> list[dict[str, Any]]:
        """Every entry as the page shows it: by n, a fresh welcome replacing what was there."""
        shown: dict[int, dict[str, Any]] = {}
        for frame in self.got:
            if frame["t"] == "welcome":
                if not frame.get("resumed"):
                    shown = {}
                for entry in frame.get("entries", ()):
                    assert entry["n"] not in shown, "an entry was shown twice"
                    shown[entry["n"]] = entry
            elif frame["t"] == "entry":
                assert frame["n"] not in shown, "an entry was shown twice"
                shown[frame["n"]] = frame
        return [shown[n] for n in sorted(shown)]

    def texts(self, who: str) -> list[str]:
        return [e["text"] for e in self.entries() if e["who"] == who]

    def states(self) -> list[dict[str, Any]]:
        found = [f.get("state") if f["t"] == "welcome" else f for f in self.got if f["t"] in {"welcome", "state"}]
        return [f for f in found if f]

    def seq(self) -> int:
        """The highest sequence the page has seen."""
        frames = [f for f in self.got if "seq" in f and f["t"] != "ack"] + self.states()
        return max(f["seq"] for f in frames)

    def cut(self) -> None:
        """The network is gone, without a goodbye."""
        self.close(1006, "")


def _strict(model: Any, frame: dict[str, Any]) -> None:
    """Models of what the server sends let unknown fields pass, for newer servers; our own must have none."""
    assert set(frame) <= set(type(model).model_fields), set(frame) - set(type(model).model_fields)
    for entry in frame.get("entries", ()):
        assert set(entry) <= set(wire.Entry.model_fields)


Open = Callable[..., Page]


@pytest.fixture
async def centre() -> AsyncIterator[Centre]:
    made = await Centre().start()
    yield made
    await made.stop()
    assert made.defects == []


@pytest.fixture
async def page(centre: Centre) -> AsyncIterator[Open]:
    pages: list[Page] = []

    def make(**fields: Any) -> Page:
        one = Page(centre, **fields)
        pages.append(one)
        return one

    yield make
    for one in pages:
        if one.tab is not None:
            one.close()
