"""The chat over HTTP: the page at ``/`` with its parts, its sentences, and photos up and down.

The page is static and runs under a policy without inline code; it is read once at the start. Photos need the citizen's
token in a header (never in an address), come from our own page, and belong to her open session.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.chat import project
from channels.chat.catalogue import catalogues
from channels.chat.door import ChatDoor
from channels.chat.photos import BYTES_MAX, MEDIA_TYPE, Darkroom
from dasan.core.errors import BadInput, DasanError, Refused, StorageFull, sentence
from dasan.net.front import Front
from dasan.ports import Blobs
from dasan.wire.chat import PHOTO_PATH

PAGE = Path(__file__).parent / "page"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_UPLOAD_WITHIN_S = 90.0
_STATUS = {
    "bad_token": 401,
    "bad_origin": 403,
    "no_such_page": 404,
    "no_such_session": 409,
    "session_closed": 409,
    "too_large": 413,
    "not_an_image": 415,
    "image_too_big": 422,
    "too_fast": 429,
    "busy": 503,
    "storage_full": 507,
}
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=(), payment=()",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page, as it is sent."""

    body: bytes
    media_type: str
    etag: str


def assets() -> Mapping[str, Asset]:
    """Everything that is served as it stands, by path."""
    found = {
        "/" if p.name == "index.html" else f"/chat/{p.name}": (p.read_bytes(), _TYPES[p.suffix]) for p in PAGE.iterdir()
    }
    found |= {f"/chat/words/{code}.json": (c.for_page(), "application/json") for code, c in catalogues().items()}
    known = [{"code": code, "name": c.say("language", "name")} for code, c in catalogues().items()]
    found["/chat/words/languages.json"] = (json.dumps(known, ensure_ascii=False).encode(), "application/json")
    return {
        path: Asset(body, media_type, '"' + hashlib.sha256(body).hexdigest()[:20] + '"')
        for path, (body, media_type) in found.items()
    }


def content_policy(front: Front) -> str:
    """Our own scripts, styles and sockets only; these are spelt out for browsers that do not read them from 'self'."""
    socket = re.sub("^http", "ws", front.public_url)
    connect = f"connect-src 'self' {socket}".strip()
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        f"{connect}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def routes(door: ChatDoor, blobs: Blobs, front: Front) -> list[Route]:
    """The chat's HTTP routes, for the server's application."""
    photos = _Photos(door, blobs, front)
    policy = content_policy(front)
    made = [Route(path, _serve(asset, policy)) for path, asset in assets().items()]
    made.append(Route(PHOTO_PATH, photos.upload, methods=["POST"]))
    made.append(Route(PHOTO_PATH + "/{photo}", photos.show))
    return made


def _serve(asset: Asset, policy: str):  # type: ignore[no-untyped-def]
    async def endpoint(request: Request) -> Response:
        headers = {**_ALWAYS, "Content-Security-Policy": policy, "ETag": asset.etag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == asset.etag:
            return Response(status_code=304, headers=headers)
        return Response(asset.body, media_type=asset.media_type, headers=headers)

    return endpoint


class _Photos:
    """The two endpoints; each refusal is a sentence in the page's language."""

    def __init__(self, door: ChatDoor, blobs: Blobs, front: Front) -> None:
        self._door, self._blobs, self._front = door, blobs, front
        self._darkroom = Darkroom()

    async def upload(self, request: Request) -> Response:
        """``{"photo": id}``, to be sent in a ``say``."""
        try:
            citizen = await self._citizen(request)
            wait_s = self._door.photos.take(citizen)
            if wait_s:
                raise BadInput("too_fast", after_s=max(1, round(wait_s)))
            session = await self._session(citizen)
            jpeg = await self._darkroom.develop(await _body(request))
            photo = await asyncio.to_thread(self._blobs.put, session, jpeg, MEDIA_TYPE)
        except DasanError as error:
            return _refusal(error, request)
        except ClientDisconnect:
            return Response(status_code=400)
        except OSError:  # the disk
            return _refusal(StorageFull(), request)
        return JSONResponse({"photo": photo}, headers={**_ALWAYS, "Cache-Control": "no-store"})

    async def show(self, request: Request) -> Response:
        """A photo of the citizen's own sessions."""
        try:
            citizen = await self._citizen(request)
            photo = str(request.path_params["photo"])
            session = await self._door.ports.reads.photo_session(photo)
            found = await self._door.ports.reads.load(session) if session else None
            if found is None or found.state.citizen != citizen:
                raise BadInput("no_such_page")
            kept = await asyncio.to_thread(self._blobs.get, photo)
            if kept is None:
                raise BadInput("no_such_page")
        except DasanError as error:
            return _refusal(error, request)
        headers = {**_ALWAYS, "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; sandbox"}
        return Response(kept[0], media_type=kept[1], headers=headers)

    async def _citizen(self, request: Request) -> str:
        if not self._front.admits(request.headers.get("origin")):
            raise BadInput("bad_origin")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        citizen = await self._door.ports.tokens.find(token.strip()) if scheme.lower() == "bearer" and token else None
        if citizen is None:
            raise BadInput("bad_token")
        return citizen

    async def _session(self, citizen: str) -> str:
        session = await self._door.ports.reads.newest_session(citizen)
        found = await self._door.ports.reads.load(session) if session else None
        if session is None or found is None:
            raise Refused("no_such_session")
        if project.over(found.state):
            raise Refused("session_closed")
        return session


async def _body(request: Request) -> bytes:
    """The upload, never more than ``BYTES_MAX`` of it in memory. Raises BadInput("too_large")."""
    limit_mb = BYTES_MAX // (1024 * 1024)
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > BYTES_MAX:
        raise BadInput("too_large", limit_mb=limit_mb)
    body = bytearray()
    try:
        async with asyncio.timeout(_UPLOAD_WITHIN_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BYTES_MAX:
                    raise BadInput("too_large", limit_mb=limit_mb)
    except TimeoutError:
        raise BadInput("too_fast", after_s=10) from None
    if not body:
        raise BadInput("empty")
    return bytes(body)


def _refusal(error: DasanError, request: Request) -> Response:
    language = "ko" if request.headers.get("accept-language", "ko").startswith("ko") else "en"
    body = {"code": error.code, "text": sentence(error.code, language, error.args_)}
    headers = {**_ALWAYS, "Cache-Control": "no-store", "Connection": "close"}
    return JSONResponse(body, _STATUS.get(error.code, 400), headers=headers)
