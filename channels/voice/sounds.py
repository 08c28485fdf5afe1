"""Recordings that prompts play: fetched by the network from an address that is the hash of what it gives.

Whoever has the address was given it in a document, and what it gives never changes: no signature is asked for, and the
network may keep it for as long as it likes. Whole answers only; a network fetches a recording once and plays it itself.
"""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.media.sound import MEDIA_TYPES
from channels.voice.door import VoiceDoor
from channels.voice.links import AUDIO, ROOT

_NAME = re.compile(r"[0-9a-f]{64}\.(wav|mp3)")
_PLAIN: Final = {"X-Content-Type-Options": "nosniff", "Accept-Ranges": "none"}
_KEPT: Final = {**_PLAIN, "Cache-Control": "public, max-age=31536000, immutable"}


def route(door: VoiceDoor) -> Route:
    """The one address, for the server's application."""

    async def endpoint(request: Request) -> Response:
        name = str(request.path_params["name"])
        found = _NAME.fullmatch(name)
        tag = f'"{name[:64]}"'
        if found is not None and tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={**_KEPT, "ETag": tag})
        sounds = door.ports.sounds
        body = await sounds.get(name) if found is not None and sounds is not None else None
        if found is None or body is None:
            door.counts["no_such_sound"] += 1
            return Response(status_code=404, headers={**_PLAIN, "Cache-Control": "no-store"})
        return Response(body, media_type=MEDIA_TYPES[found[1]], headers={**_KEPT, "ETag": tag})

    return Route(f"{ROOT}/{AUDIO}/{{name}}", endpoint, methods=["GET"])
