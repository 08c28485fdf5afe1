"""The HTTP side of the one port: the citizens' page, photos for counselors, health and metrics.

Every answer carries the security headers; bodies beyond their limit are refused before they are read whole; an unknown
address is answered with a sentence. ``/health/live`` says that the process answers, ``/health/ready`` whether new
citizens can be served, with each standing alarm and its page of the runbook. ``/metrics`` and the reasons of
``/health/ready`` are shown to private addresses only.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dasan.core.errors import sentence
from dasan.net.front import Front
from dasan.ports import Blobs, Clock
from dasan.server import metrics
from dasan.server.alarms import Alarms
from dasan.server.photos import PATH as PHOTOS
from dasan.server.photos import PhotoLinks

BODY_BYTES_MAX = 12 * 1024 * 1024  # a photo and its form; each endpoint has its own smaller limit
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(), microphone=(), camera=(), payment=()"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
)
# A player is a page of the browser's own around the same address: without its origin it would hear nothing.
_SOUND = {"Content-Security-Policy": "default-src 'none'; media-src 'self'", "Cache-Control": "no-store"}
_PICTURE = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store"}
_NONE: Mapping[str, ASGIApp] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Parts:
    """What the application answers with. ``started`` turns true once recovery is done."""

    alarms: Alarms
    clock: Clock
    figures: metrics.Figures
    photos: PhotoLinks
    blobs: Blobs
    front: Front
    version: str
    started: Callable[[], bool]


def application(parts: Parts, more: Sequence[BaseRoute], hooks: Mapping[str, ASGIApp] = _NONE) -> ASGIApp:
    """The server's ASGI application: ours and the channels' routes. ``hooks``, by their whole path, are asked so often
    and in such haste that they are found before the framework is."""
    own = _Own(parts)
    app = Starlette(
        routes=[
            Route("/health/live", own.live),
            Route("/healthz", own.live),
            Route("/health/ready", own.ready),
            Route("/metrics", own.metrics),
            Route(PHOTOS + "{key}", own.photo),
            *more,
        ],
        exception_handlers={HTTPException: _unknown},  # type: ignore[dict-item]
    )
    return Guard(app, hooks, secure=parts.front.public_url.startswith("https:"))


class _Own:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def live(self, request: Request) -> Response:
        """The process answers."""
        return JSONResponse({"live": True, "version": self._parts.version})

    async def ready(self, request: Request) -> Response:
        """200 or 503; with the standing alarms for whoever looks from inside."""
        parts = self._parts
        started = parts.started()
        ready = started and parts.alarms.ready
        body: dict[str, Any] = {"ready": ready, "version": parts.version}
        if self._inside(request):
            now = parts.clock.now_us()
            body["starting"] = not started
            body["alarms"] = [raised.told(now) for raised in parts.alarms.raised.values()]
        return JSONResponse(body, 200 if ready else 503, headers={"Cache-Control": "no-store"})

    async def metrics(self, request: Request) -> Response:
        """For a monitoring system on this machine or its network."""
        if not self._inside(request):
            raise HTTPException(404)
        return Response(metrics.rendered(self._parts.figures), media_type=metrics.CONTENT_TYPE)

    async def photo(self, request: Request) -> Response:
        """A photo, once, or a voice message (dasan/server/photos.py)."""
        key = str(request.path_params["key"])
        grant = self._parts.photos.spend(key)
        found = await asyncio.to_thread(self._parts.blobs.get, grant.blob) if grant is not None else None
        if grant is None or found is None:
            raise HTTPException(404)
        sound = found[1].startswith("audio/")
        if sound:
            self._parts.photos.keep(key, grant)
        return Response(found[0], media_type=found[1], headers=_SOUND if sound else _PICTURE)

    def _inside(self, request: Request) -> bool:
        """Whether the request comes from a private address and not through a proxy that faces citizens."""
        peer = request.client.host if request.client else ""
        try:
            address = ipaddress.ip_address(self._parts.front.client(peer, dict(request.headers)))
        except ValueError:
            return False
        return address.is_loopback or address.is_private


async def _unknown(request: Request, error: HTTPException) -> Response:
    code = "no_such_page" if error.status_code == 404 else "malformed"
    args = {"field": request.method}
    text = f"{sentence(code, 'ko', args)}\n{sentence(code, 'en', args)}\n"
    return PlainTextResponse(text, error.status_code, headers=error.headers)


class Guard:
    """Around everything: headers on every answer, a limit on every body."""

    def __init__(self, app: ASGIApp, hooks: Mapping[str, ASGIApp], *, secure: bool) -> None:
        self._app, self._hooks = app, hooks
        transport = ((b"strict-transport-security", b"max-age=31536000"),) if secure else ()
        self._headers = (*HEADERS, *transport)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > BODY_BYTES_MAX:
                raise HTTPException(413)
            return message

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(h for h in self._headers if h[0] not in there)]
            await send(message)

        await self._hooks.get(scope["path"], self._app)(scope, limited, headed)
