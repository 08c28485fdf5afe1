"""The HTTP side of voice: read, bounded; checked, then believed; answered within a budget, whatever happens behind it.

A request is Twilio's or it is refused with an empty body: 403 for a signature or an account, 413 for a size, 400 for a
shape; each counted, nothing echoed. A hop's work is one task for its step token: a network's own retry meets the same
task. It is waited for ``hop_s``; then the answer is a second of quiet and a way back to the same token. When the broker
is gone, full or broken, the answer is a person (documents.fallback).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from channels.twilio.webhook import BODY_BYTES_MAX, READ, STATUS, Form
from channels.voice import documents as d
from channels.voice import music, sounds
from channels.voice.door import VoiceDoor
from channels.voice.facts import TELLS, Facts
from channels.voice.hops import DOCUMENTS, Hops
from channels.voice.links import AGAIN_MAX, ROOT, Hop, read
from dasan.core.errors import BadInput, DasanError, Refused

BODY_WITHIN_S = 5.0
TEXT_XML = "text/xml; charset=utf-8"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_READ = frozenset(name.encode() for name in READ)
_XML_HEADERS = [(b"content-type", TEXT_XML.encode()), *((k.lower().encode(), v.encode()) for k, v in _HEADERS.items())]
_OVER = frozenset({"leg_over", "session_closed", "no_such_session", "out_of_step"})
_QUIET = frozenset({"voice/hold", "voice/whisper"})  # heard by somebody who is in a room already: never a fallback
_SLOW = {"voice/left": "QueueResult", "voice/dialled": "DialCallStatus"}  # words that a way back must carry along
_log = logging.getLogger("dasan.voice")


@dataclass(frozen=True, slots=True)
class Served:
    """Everything under /twilio. ``hooks``: what is asked in a call, in ASGI by its whole path; ``routes``: the rest."""

    hooks: Mapping[str, ASGIApp]
    routes: Sequence[Route]


def served(door: VoiceDoor) -> Served:
    """For the server's application."""
    web = _Web(door)
    hooks = {path: _Hook(frozenset({"GET", "POST"}), web.document(path)) for path in DOCUMENTS}
    hooks |= {path: _Hook(frozenset({"POST"}), web.told(path)) for path in TELLS}
    rest = (
        Route(f"{ROOT}/voice/announce/{{what}}", web.announce, methods=["GET", "POST"]),
        Route(f"{ROOT}/voice/music", web.music, methods=["GET"]),
        sounds.route(door),
    )
    return Served({f"{ROOT}/{path}": hook for path, hook in hooks.items()}, rest)


@dataclass(frozen=True, slots=True)
class _Hook:
    """ASGI for one path."""

    methods: frozenset[str]
    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["method"] in self.methods:
            await self.app(scope, receive, send)
            return
        headers = {**_HEADERS, "Allow": ", ".join(sorted(self.methods))}
        await Response(status_code=405, headers=headers)(scope, receive, send)


class _Web:
    """The endpoints."""

    def __init__(self, door: VoiceDoor) -> None:
        self._d = door
        self._hops, self._facts = Hops(door), Facts(door)
        self._under_way: dict[tuple[str, str, Hop], asyncio.Task[bytes]] = {}

    # -- documents

    def document(self, path: str) -> ASGIApp:
        """The endpoint of a hop."""

        async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                form, hop = await self._read(scope, receive)
            except DasanError as error:
                await _refusal(error)(scope, receive, send)
            except ClientDisconnect:
                return
            else:
                body = await self._answer(path, form, hop, partial(DOCUMENTS[path], self._hops, form, hop))
                await _send_xml(body, send)

        return endpoint

    async def announce(self, request: Request) -> Response:
        """The endpoint of announcements."""
        try:
            form, hop = await self._read(request.scope, request.receive)
            return _xml(await self._hops.announce(form, hop, str(request.path_params["what"])))
        except DasanError as error:
            return _refusal(error)
        except ClientDisconnect:
            return Response(status_code=400)

    async def music(self, request: Request) -> Response:
        """Our own hold music; public, for the network asks for sound without a signature."""
        body = await asyncio.get_running_loop().run_in_executor(None, music.wav)
        headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
        return Response(body, media_type=music.MEDIA_TYPE, headers=headers)

    async def _answer(self, path: str, form: Form, hop: Hop, work: Callable[[], Coroutine[Any, Any, bytes]]) -> bytes:
        """The hop's document, in time. What it costs beyond its budget goes on beside the call."""
        if hop.again > AGAIN_MAX:
            self._d.counts["gave_up"] += 1
            # A wait page cannot dial: out of the line first; what follows the line dials.
            return d.leaving() if path == "voice/wait" else self._hops.human()
        key = (form.get("CallSid"), path, replace(hop, again=0) if hop.again else hop)
        task = self._under_way.get(key)
        if task is None:
            if len(self._under_way) >= self._d.settings.hops_max:
                self._d.counts["overrun"] += 1
                return self._hops.human()
            task = asyncio.get_running_loop().create_task(work())
            self._under_way[key] = task
            task.add_done_callback(partial(self._ended, key))
        done, _ = await asyncio.wait([task], timeout=self._d.settings.hop_s)
        if not done:
            self._d.counts["late"] += 1
            return self._later(path, form, hop)
        return self._outcome(path, hop, task)

    def _ended(self, key: tuple[str, str, Hop], task: asyncio.Task[bytes]) -> None:
        if self._under_way.get(key) is task:
            del self._under_way[key]
        if not task.cancelled() and task.exception() is not None:
            _log.debug("a hop failed", extra={"place": key[1]})

    def _later(self, path: str, form: Form, hop: Hop) -> bytes:
        if path == "voice/bye":
            return d.over("goodbye")
        if path in _QUIET:
            return self._quiet(path, hop)
        word = _SLOW.get(path)
        told = replace(hop, what=hop.what or form.get(word)[:30]) if word else hop
        if path == "voice/voicemail":
            some = form.get("RecordingDuration", "0") not in {"", "0"}
            told = replace(hop, what=hop.what or ("recorded" if some else "empty"))
        return d.again(self._d.links, path, told, waiting=path == "voice/wait")

    def _outcome(self, path: str, hop: Hop, task: asyncio.Task[bytes]) -> bytes:
        """What was made, or what stands for it: a goodbye where nobody listens any more, else a person."""
        if task.cancelled():
            return self._hops.human()
        error = task.exception()
        if error is None:
            return task.result()
        if isinstance(error, Refused) and error.code in _OVER:
            return d.over("goodbye")
        if isinstance(error, BadInput):
            self._d.counts["strange"] += 1
        elif isinstance(error, DasanError):
            self._d.counts["broken"] += 1
            _log.error("a hop was answered with a person", extra={"place": path, "code": error.code})
        else:
            self._d.fault(f"hop {path}", error)
        if path in _QUIET:
            return self._quiet(path, hop)
        if path == "voice/wait":  # she keeps her place and hears music, for a while
            return d.connecting(self._d.style, replace(hop, again=hop.again + 1))
        return self._hops.human()

    def _quiet(self, path: str, hop: Hop) -> bytes:
        return d.hold(self._d.style, hop, "ko", "hold") if path == "voice/hold" else d.whispered({})

    # -- facts

    def told(self, path: str) -> ASGIApp:
        """The endpoint of a callback that wants no document: 204 once it is recorded, 503 when it could not be."""

        async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                form, hop = await self._read(scope, receive)
            except BadInput as error:
                await _refusal(error)(scope, receive, send)
            except ClientDisconnect:
                return
            else:
                await Response(status_code=await self._taken(path, form, hop), headers=_HEADERS)(scope, receive, send)

        return endpoint

    async def _taken(self, path: str, form: Form, hop: Hop) -> int:
        """The status to answer with."""
        try:
            async with asyncio.timeout(self._d.settings.hop_s * 8):
                await TELLS[path](self._facts, form, hop)
        except BadInput as error:
            return STATUS.get(error.code, 400)
        except Refused as error:
            return 503 if error.code == "busy" else 204
        except (DasanError, TimeoutError):
            return 503
        except Exception as error:  # the named edge: a callback's fault is counted, and the network tries again
            self._d.fault(path, error)
            return 503
        return 204

    # -- reading

    async def _read(self, scope: Scope, receive: Receive) -> tuple[Form, Hop]:
        """Raises BadInput, of which nothing is echoed, and ClientDisconnect."""
        body = await self._body(receive)
        raw = bytes(scope.get("raw_path") or b"").partition(b"?")[0] or scope["path"].encode()
        query = bytes(scope.get("query_string") or b"")
        target = (raw + b"?" + query if query else raw).decode("latin-1")
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
            if name.lower() in _READ
        }
        form = self._d.ports.gatekeeper.form(scope["method"], target, headers, body)
        return form, read(form.query)

    async def _body(self, receive: Receive) -> bytes:
        body, more = b"", True
        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnect
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > BODY_BYTES_MAX:
                        raise self._d.ports.gatekeeper.too_large()
        except TimeoutError:
            raise BadInput("malformed", field="body") from None
        return body


async def _send_xml(body: bytes, send: Send) -> None:
    headers = [*_XML_HEADERS, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _xml(body: bytes) -> Response:
    return Response(body, media_type=TEXT_XML, headers=_HEADERS)


def _refusal(error: DasanError) -> Response:
    return Response(status_code=STATUS.get(error.code, 400), headers=_HEADERS)
