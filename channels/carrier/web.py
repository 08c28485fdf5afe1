"""The outside by two roads: an ASGI application in this process, or real HTTP."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import httpx2

from channels.carrier.webhooks import Ask, Reply

ASGI = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[MutableMapping[str, Any]]],
        Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ],
    Awaitable[None],
]
_log = logging.getLogger("dasan.carrier")

BODY_BYTES_MAX = 1_000_000
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


class AsgiWeb:
    """Everything is asked of one application, whatever the host; what it raises is logged and an HTTP 500."""

    def __init__(self, app: ASGI, client: tuple[str, int] = ("203.0.113.5", 4000)) -> None:
        self._app, self._client = app, client

    async def send(self, ask: Ask) -> Reply:
        parts = urlsplit(ask.url)
        body = urlencode(ask.params).encode() if ask.method == "POST" else b""
        headers = {"host": parts.netloc, "content-length": str(len(body)), **ask.headers}
        if ask.method == "POST":
            headers["content-type"] = FORM
        scope: MutableMapping[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": ask.method,
            "scheme": parts.scheme,
            "path": unquote(parts.path) or "/",
            "raw_path": (parts.path or "/").encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": self._client,
            "server": (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)),
        }
        answer = _Answer(body)
        try:
            await self._app(scope, answer.receive, answer.send)
        except Exception:  # the edge of another program: a server answers 500 and lives on
            _log.exception("the application failed", extra={"path": parts.path})
        return answer.reply()


class _Answer:
    """Both ends of one exchange with an application."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._status, self._headers, self._parts = 500, [("content-type", "text/plain")], [b""]

    async def receive(self) -> MutableMapping[str, Any]:
        if self._body is None:
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = [(name.decode(), value.decode()) for name, value in message.get("headers", [])]
        elif message["type"] == "http.response.body":
            self._parts.append(message.get("body", b""))

    def reply(self) -> Reply:
        kind = next((value for name, value in self._headers if name.lower() == "content-type"), "")
        return Reply(self._status, kind, b"".join(self._parts), tuple(self._headers))


class HttpWeb:
    """Real requests, with the time-outs that an ask carries."""

    def __init__(self, transport: httpx2.AsyncBaseTransport | None = None, *, verify: bool = True) -> None:
        self._http = httpx2.AsyncClient(transport=transport, follow_redirects=False, trust_env=False, verify=verify)

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, ask: Ask) -> Reply:
        patience = httpx2.Timeout(ask.read_ms / 1_000, connect=ask.connect_ms / 1_000)
        data = urlencode(ask.params).encode() if ask.method == "POST" else None
        try:
            response = await self._http.request(
                ask.method, ask.url, content=data, headers=self._headers(ask), timeout=patience
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL):
            return Reply(failure="ct", took_us=0)
        except httpx2.HTTPError:
            return Reply(failure="rt", took_us=0)
        kind = response.headers.get("content-type", "")
        return Reply(
            response.status_code,
            kind,
            response.content[:BODY_BYTES_MAX],
            tuple(response.headers.multi_items()),
        )

    def _headers(self, ask: Ask) -> dict[str, str]:
        return ask.headers | ({"Content-Type": FORM} if ask.method == "POST" else {})
