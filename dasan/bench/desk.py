"""The desk's speed: from a citizen's Enter to a painted console, and from 500 missed events to a consistent one.

The console under test is the real one: a Textual process on a pseudo-terminal, whose output is read as a terminal
would.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import struct
import sys
import termios
import time
from collections.abc import AsyncIterator, Iterable

from websockets.asyncio.client import connect

from dasan.bench.centre_server import CHATS_EACH, Centre, centre
from dasan.bench.chat import staffed
from dasan.bench.people import Caller
from dasan.bench.result import Result, percentile
from dasan.wire import desk

SESSIONS = 100
TRIES = 60
MISSED = 500


class Screen:
    """What a real console writes to its terminal."""

    def __init__(self, pid: int, fd: int) -> None:
        self.pid, self.fd = pid, fd
        self.text = ""
        self._changed = asyncio.Event()
        asyncio.get_running_loop().add_reader(fd, self._read)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            self.text = (self.text + os.read(self.fd, 65536).decode(errors="replace"))[-400_000:]
        self._changed.set()

    async def until(self, words: str, within_s: float = 20.0) -> None:
        """Until ``words`` have been written."""
        async with asyncio.timeout(within_s):
            while words not in self.text:
                self._changed.clear()
                await self._changed.wait()

    def press(self, keys: str) -> None:
        """As a hand on the keyboard."""
        os.write(self.fd, keys.encode())


@contextlib.asynccontextmanager
async def console(where: Centre, name: str) -> AsyncIterator[Screen]:
    """A console on a terminal of 132 by 32, signed in."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ |= {
            "TERM": "xterm-256color",
            "DASAN_DEMO_PASSWORD": where.stage.password,
            "COLUMNS": "132",
            "LINES": "32",
        }
        words = ["-m", "dasan", "desk", "--config", str(where.stage.config), "--name", name, "--demo", "-"]
        os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 - our own program
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 32, 132, 0, 0))
    screen = Screen(pid, fd)
    try:
        yield screen
    finally:
        asyncio.get_running_loop().remove_reader(fd)
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(fd)


def painted() -> Iterable[Result]:
    """Citizen's Enter to the line on the counselor's screen, with 100 talks on."""
    return asyncio.run(_painted())


async def _painted() -> list[Result]:
    async with centre(-(-SESSIONS // CHATS_EACH) + 1) as where:
        *others, mine = where.counselors
        crew = Centre(where.stage, where.processes, tuple(others))
        consoles, callers = await staffed(crew, SESSIONS - 1)
        async with console(where, mine) as screen:
            await screen.until(mine)
            # The others are full or away now, so that this one comes to the console under test.
            for other in consoles:
                await other._do({"t": "presence", "presence": "AWAY", "reason": "break"})
            caller = Caller(where.stage.socket, where.stage.page, SESSIONS)
            await caller.open()
            await screen.until("수락")
            screen.press("\r")
            await screen.until("주차 단속")
            waits = [await _paint(screen, caller, callers, n) for n in range(TRIES)]
        for other in consoles:
            await other.close()
    p99 = percentile(waits, 0.99) * 1000
    return [Result(f"Enter to painted desk p99, {SESSIONS} sessions", p99, "ms", target="<= 150 ms", met=p99 <= 150)]


async def _paint(screen: Screen, caller: Caller, others: list[Caller], n: int) -> float:
    mark = f"표시{n:04d}"
    start = time.perf_counter()
    said = asyncio.create_task(caller.say(f"{mark} 확인 부탁드립니다"))
    noise = asyncio.create_task(others[n % len(others)].say())
    await screen.until(mark)
    took = time.perf_counter() - start
    await asyncio.gather(said, noise)
    await asyncio.sleep(0.05 + (n % 7) * 0.03)  # noqa: TID251 - not in step with the console's repaints
    return took


def resume() -> Iterable[Result]:
    """A console that missed 500 lines: from its hello to a picture that has them all."""
    return asyncio.run(_resume())


async def _resume() -> list[Result]:
    async with centre(1) as where:
        consoles, callers = await staffed(where, 1)
        await consoles[0].close()
        token, have = await _sign_in(where, {}, "")
        for n in range(MISSED):
            await callers[0].say(f"놓친 글 {n}")
        took = []
        for _ in range(5):
            start = time.perf_counter()
            _, now = await _sign_in(where, have, token, entries=MISSED)
            took.append(time.perf_counter() - start)
            assert now
    value = sorted(took)[2] * 1000
    return [Result(f"{MISSED} missed events to a consistent desk", value, "ms", target="< 300 ms", met=value < 300)]


async def _sign_in(where: Centre, have: dict[str, int], token: str, entries: int = 0) -> tuple[str, dict[str, int]]:
    """Sign in with the console's own read model; its token and where each stream stands."""
    async with connect(where.stage.socket + desk.PATH, max_size=2**24, compression=None) as socket:
        who = {"token": token} if token else {"name": where.counselors[0], "password": where.stage.password}
        await socket.send(json.dumps({"t": "hello", "v": 1, "have": have, **who}))
        frame = json.loads(await socket.recv())
        assert frame["t"] == "welcome", frame
        assert len(frame["entries"]) >= entries, len(frame["entries"])
        return frame["token"], {s["session"]: s["seq"] for s in frame["sessions"]}
