"""What every frame has in common: strictness, sizes, and how a bad one is refused."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from dasan.core.errors import BadInput

FRAME_BYTES_MAX = 64 * 1024
ID_CHARS_MAX = 64

ClientId = Annotated[str, Field(min_length=8, max_length=ID_CHARS_MAX, pattern=r"^[A-Za-z0-9_-]+$")]
Id = Annotated[str, Field(min_length=1, max_length=ID_CHARS_MAX)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
Seq = Annotated[int, Field(ge=0, le=2**53)]


class Frame(BaseModel):
    """A frame from a client: unknown fields are an error, so that a misspelt one never passes silently."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class View(BaseModel):
    """A frame or part from the server: unknown fields are ignored, so that an older client lives with a newer
    server."""

    model_config = ConfigDict(extra="ignore", frozen=True)


F = TypeVar("F")


def parse(adapter: TypeAdapter[F], raw: str | bytes) -> F:
    """The frame in ``raw``. Raises BadInput: "too_large", or "malformed" with the field at fault (never its value)."""
    if len(raw) > FRAME_BYTES_MAX:
        raise BadInput("too_large", limit_mb=0)
    try:
        return adapter.validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise BadInput("malformed", field=".".join(str(part) for part in first["loc"]) or "json") from None


def write(frame: dict[str, Any]) -> str:
    """A frame as text for the socket."""
    return _write(frame)


_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
