"""A counselor's place: her end of the console's real protocol (dasan/wire/desk.py), for whoever acts as her.

It signs in, beats, keeps what it was told (``me``, ``sessions``), and sends each command under an id until its one
reply has come, over as many falls of the line as it takes. What follows from a frame is for who derives from it
(:meth:`told`): a script with a mind of its own (colleague.py), or a scenario's steps (desk_steps.py).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from dasan.demo.line import Frame, pace
from dasan.wire import desk

REPLY_WAIT_S = 60.0


class Connected(Protocol):
    """A line to the server that is there again after every fall (line.Line)."""

    async def run(self) -> None:
        """Until it is closed."""
        ...

    async def send(self, frame: Frame) -> None:
        """Now, or when it is back."""
        ...

    async def close(self) -> None:
        """No more."""
        ...

    def die(self) -> None:
        """Be gone without a goodbye, and do not come back."""
        ...


Connect = Callable[[Callable[[], Frame], Callable[[Frame], Awaitable[None]]], Connected]
"""(what makes the first frame, who hears every other one) -> the line"""


class Seat:
    """One counselor's console."""

    def __init__(self, name: str, password: str, connect: Connect, language: str = "ko") -> None:
        self.name, self.language = name, language
        self.me: Frame = {}
        self.sessions: dict[str, Frame] = {}
        self.line = connect(self._hello, self._hear)
        self._password, self._token = password, ""
        self._replies: dict[str, asyncio.Future[Frame]] = {}
        self._tasks: set[asyncio.Task[object]] = set()
        self._beat: asyncio.Task[None] | None = None

    @property
    def phone(self) -> str:
        """The telephone that rings for her; "" before she was let in."""
        return str(self.me.get("phone", ""))

    def _hello(self) -> Frame:
        frame: Frame = {"t": "hello", "v": desk.VERSION, "language": self.language, "client": "demo-script"}
        return frame | ({"token": self._token} if self._token else {"name": self.name, "password": self._password})

    # -- hearing

    async def _hear(self, frame: Frame) -> None:
        kind = frame["t"]
        if kind == "welcome":
            self._welcome(frame)
        elif kind == "me":
            self.me = frame
        elif kind == "session":
            self.sessions[frame["session"]] = frame
        elif kind == "gone":
            self.sessions.pop(frame["session"], None)
        elif kind == "bye" and frame["code"] == "signed_out":
            self._token = ""  # the next hello brings the password
        elif kind == "reply":
            waiting = self._replies.pop(frame["id"], None)
            if waiting is not None and not waiting.done():
                waiting.set_result(frame)
        self.told(frame)

    def _welcome(self, frame: Frame) -> None:
        self._token, self.me = frame["token"], frame["me"]
        self.sessions = {one["session"]: one for one in frame.get("sessions", ())}
        if self._beat is None:
            self._beat = asyncio.create_task(self._beats(frame["centre"]["beat_s"]), name=f"seat {self.name}")

    def told(self, frame: Frame) -> None:
        """Every frame, after what it says was kept."""

    # -- acting

    def do(self, what: Coroutine[Any, Any, object]) -> None:
        """Do that beside everything else."""
        task = asyncio.create_task(what, name=f"seat {self.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def command(self, frame: Frame) -> Frame:
        """Send a command and wait for its one reply; one of our own (``no_reply``) where none comes."""
        frame = {"id": secrets.token_hex(8), **frame}
        waiting = self._replies[frame["id"]] = asyncio.get_running_loop().create_future()
        await self.line.send(frame)
        try:
            return await asyncio.wait_for(waiting, REPLY_WAIT_S)
        except TimeoutError:
            self._replies.pop(frame["id"], None)
            return {"t": "reply", "id": frame["id"], "ok": False, "code": "no_reply", "text": "", "data": {}}

    async def _beats(self, every_s: int) -> None:
        while True:
            await self.line.send({"t": "beat"})
            await pace(every_s)

    # -- the day

    async def work(self) -> None:
        """Until cancelled or closed."""
        try:
            await self.line.run()
        finally:
            for task in (*self._tasks, *filter(None, [self._beat])):
                task.cancel()

    async def close(self) -> None:
        """Go home."""
        await self.line.close()
