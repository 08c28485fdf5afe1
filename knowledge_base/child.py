"""One child process as the client sees it: started, greeted, asked, and noticed when it dies.

A child answers one request at a time. One that does not answer in time is killed: the client starts another.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge_base.frames import FrameError, Message, hello, pack, read_frame_async

READY_S = 60.0  # from start to the first answer; loading the analyser and a large index takes seconds
CHILD_COMMAND = (sys.executable, "-m", "knowledge_base.process")
_STOP_S = 1.0
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")


class ChildGoneError(Exception):
    """The child died, or had to be killed, before it answered."""


class RequestFailedError(Exception):
    """The child lives and says that it could not do this; the text is for the log."""


@dataclass(frozen=True, slots=True)
class ChildSettings:
    """What a child is told at its start. ``builds``: whether it may start builders of new generations."""

    database_url: str
    index_dir: str
    analyser: bool
    builds: bool = True
    command: tuple[str, ...] = CHILD_COMMAND


class Child:
    """A running child. Made by :func:`start_child`."""

    def __init__(self, process: asyncio.subprocess.Process, settings: ChildSettings) -> None:
        self.settings = settings
        self.pid = process.pid
        self._process = process
        self._number = 0

    @property
    def alive(self) -> bool:
        """Whether the process has not ended, as far as we have noticed."""
        return self._process.returncode is None

    async def ask(self, message: Message, timeout_s: float) -> Any:
        """The answer to one request; only one at a time. Raises ChildGoneError and RequestFailedError."""
        self._number += 1
        try:
            async with asyncio.timeout(timeout_s):
                await self._send(message | {"id": self._number})
                answer = await self._next()
        except TimeoutError:
            await self.stop()
            raise ChildGoneError("no answer in time") from None
        except (FrameError, ConnectionError) as error:
            await self.stop()
            raise ChildGoneError(repr(error)) from None
        except asyncio.CancelledError:
            self._kill()  # its answer would be taken for that of the next request
            raise
        if answer.get("id") != self._number:
            await self.stop()
            raise ChildGoneError("an answer to another request")
        if "error" in answer:
            raise RequestFailedError(str(answer["error"]))
        return answer.get("ok")

    async def greet(self) -> None:
        """Say hello and wait until it is ready. Raises ChildGoneError."""
        values = self.settings
        first = hello(database_url=values.database_url, index_dir=values.index_dir, analyser=values.analyser)
        try:
            async with asyncio.timeout(READY_S):
                await self._send(first | {"builds": values.builds})
                await self._next()
        except (TimeoutError, FrameError, ConnectionError) as error:
            await self.stop()
            raise ChildGoneError(repr(error)) from None

    async def ended(self) -> int:
        """Wait for its end; the exit status."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Close its input, give it a moment, then kill it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_S):
                await self._process.wait()
        except TimeoutError:
            self._kill()
            await self._process.wait()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def _send(self, message: Message) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(pack(message))
        await self._process.stdin.drain()

    async def _next(self) -> Message:
        assert self._process.stdout is not None
        message = await read_frame_async(self._process.stdout)
        if message is None:
            raise ChildGoneError(f"ended with status {await self._process.wait()}")
        return message


async def start_child(settings: ChildSettings) -> Child:
    """A new child, not yet greeted. OSError when it cannot be started."""
    process = await asyncio.create_subprocess_exec(
        *settings.command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=_environment()
    )
    return Child(process, settings)


def _environment() -> dict[str, str]:
    """What a child needs of ours, and none of the service's secrets; libpq's own variables pass."""
    kept = {name: value for name, value in os.environ.items() if name in _ENVIRONMENT or name.startswith("PG")}
    return kept | {"PYTHONPATH": str(Path(__file__).resolve().parent.parent), "OPENBLAS_NUM_THREADS": "1"}
