"""Photos made safe: each is decoded in a child process of its own (channels/chat/photo_child.py), a few at a time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path

from dasan.core.errors import BadInput, Refused

CHILD = Path(__file__).with_name("photo_child.py")
BYTES_MAX = 10 * 1024 * 1024
MEDIA_TYPE = "image/jpeg"
_AT_ONCE = 2
_WAITING_MAX = 16


class Darkroom:
    """Turns uploads into clean JPEGs, ``_AT_ONCE`` at a time; more than ``_WAITING_MAX`` in line are refused."""

    def __init__(self, within_s: float = 20.0) -> None:
        self._within_s = within_s
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def develop(self, body: bytes) -> bytes:
        """The picture as a fresh JPEG. Raises BadInput (not_an_image, image_too_big, too_large) or Refused("busy")."""
        if self._waiting >= _WAITING_MAX:
            raise Refused("busy", after_s=10)
        self._waiting += 1
        try:
            async with self._places:
                return await self._child(body)
        finally:
            self._waiting -= 1

    async def _child(self, body: bytes) -> bytes:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-W",
            "ignore",
            str(CHILD),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin"},
        )
        try:
            async with asyncio.timeout(self._within_s):
                out, _ = await child.communicate(body)
        except TimeoutError:
            raise BadInput("image_too_big") from None
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        return _answer(out, child.returncode or 0)


def _answer(out: bytes, status: int) -> bytes:
    """The JPEG of a child's output. A child that was killed hit a bound."""
    line, _, jpeg = out.partition(b"\n")
    if status != 0 or not line:
        raise BadInput("image_too_big")
    said = json.loads(line)
    if "error" in said:
        raise BadInput(str(said["error"]), limit_mb=BYTES_MAX // (1024 * 1024))
    return jpeg
