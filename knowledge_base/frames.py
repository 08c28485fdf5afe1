"""The words between the service and the child process: length-prefixed JSON over two pipes.

A frame is four bytes of length (big-endian) and that many bytes of JSON, at most 4 MB. Requests carry ``id`` and
``op``; the answer to each has the same ``id`` and either ``ok`` or ``error`` (a sentence for the log). The first frame
to the child is its :func:`hello`; it goes through the pipe and not the command line because a database URL may hold a
password.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
from typing import Any, BinaryIO

FRAME_BYTES_MAX = 4 * 1024 * 1024
_LENGTH = struct.Struct(">I")

Message = dict[str, Any]


class FrameError(Exception):
    """What came through the pipe is not a frame; the child is restarted."""


def pack(message: Message) -> bytes:
    """``message`` as one frame. FrameError if it is too large."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if len(body) > FRAME_BYTES_MAX:
        raise FrameError(f"a frame of {len(body)} bytes")
    return _LENGTH.pack(len(body)) + body


def read_frame(stream: BinaryIO) -> Message | None:
    """The next frame of a blocking, unbuffered stream; None at its end."""
    head = _read_exactly(stream, _LENGTH.size)
    if head is None:
        return None
    body = _read_exactly(stream, _checked(head))
    return None if body is None else _message(body)


async def read_frame_async(stream: asyncio.StreamReader) -> Message | None:
    """The next frame of an asyncio stream; None at its end."""
    try:
        head = await stream.readexactly(_LENGTH.size)
        return _message(await stream.readexactly(_checked(head)))
    except asyncio.IncompleteReadError:
        return None


def _checked(head: bytes) -> int:
    (length,) = _LENGTH.unpack(head)
    if length > FRAME_BYTES_MAX:
        raise FrameError(f"a frame of {length} bytes")
    return int(length)


def _message(body: bytes) -> Message:
    try:
        message = json.loads(body)
    except ValueError as error:
        raise FrameError("not JSON") from error
    if not isinstance(message, dict):
        raise FrameError("not an object")
    return message


def _read_exactly(stream: BinaryIO, count: int) -> bytes | None:
    parts: list[bytes] = []
    while count:
        part = os.read(stream.fileno(), count)
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def hello(*, database_url: str, index_dir: str, analyser: bool) -> Message:
    """The first frame: where the database and the index are, and whether to load the morphological analyser."""
    return {"op": "hello", "database_url": database_url, "index_dir": index_dir, "analyser": analyser}
