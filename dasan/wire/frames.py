"""What every frame has in common: strictness, sizes, and how a bad one is refused."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import to_json

from dasan.core.errors import BadInput

FRAME_BYTES_MAX = 64 * 1024
ID_CHARS_MAX = 64
UTF8_BYTES_MAX = 4  # of one character

ClientId = Annotated[str, Field(min_length=8, max_length=ID_CHARS_MAX, pattern=r"^[A-Za-z0-9_-]+$")]
Id = Annotated[str, Field(min_length=1, max_length=ID_CHARS_MAX)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
Seq = Annotated[int, Field(ge=0, le=2**53)]


class Frame(BaseModel):
    """A frame from a client: unknown fields are an error, so that a misspelt one never passes silently."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Command(Frame):
    """The base of what a console sends and is answered by one ``reply``."""

    id: ClientId


class View(BaseModel):
    """A frame or part from the server: unknown fields are ignored, so that an older client lives with a newer
    server."""

    model_config = ConfigDict(extra="ignore", frozen=True)


F = TypeVar("F")


def parse(adapter: TypeAdapter[F], raw: str, bytes_max: int = FRAME_BYTES_MAX) -> F:
    """The frame in ``raw``. Raises BadInput: "frame_too_big", or "malformed" with the field at fault, never its value.

    A transport lets somewhat more pass than is promised (twice), so that the sender is told and not only cut off.
    """
    if len(raw) * UTF8_BYTES_MAX > bytes_max and len(raw.encode()) > bytes_max:
        raise BadInput("frame_too_big", limit_kb=bytes_max // 1024)
    try:
        return adapter.validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise BadInput("malformed", field=".".join(str(part) for part in first["loc"]) or "json") from None


def id_of(raw: str) -> str:
    """The id of a frame that could not be parsed, so that its sender can be answered under it; "" when it has none."""
    try:
        frame = json.loads(raw)
    except (ValueError, RecursionError):
        return ""
    found = frame.get("id") if isinstance(frame, dict) else None
    return found if isinstance(found, str) and 0 < len(found) <= ID_CHARS_MAX else ""


def write(frame: dict[str, Any]) -> str:
    """A client's frame as text for the socket."""
    return packed(frame).decode()


def packed(frame: dict[str, Any] | View) -> bytes:
    """A server's frame as the UTF-8 of its JSON, which is what a socket takes."""
    if isinstance(frame, dict):
        return to_json(frame)
    return frame.__pydantic_serializer__.to_json(frame)  # model_dump_json() would make a str of it, to be encoded again
