"""The outside by two roads: an ASGI application in this process, or real HTTP."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import httpx2

from channels.carrier.webhooks import Ask, Reply

ASGI = Callable[[Any, Any, Any], Awaitable[None]]
_log = logging.getLogger("dasan.carrier")

BODY_BYTES_MAX = 2_000_000  # a recording may have so many
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


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


class AsgiWeb(HttpWeb):
    """Everything is asked of one application, whatever the host; what it raises is logged and an HTTP 500."""

    def __init__(self, app: ASGI) -> None:
        async def logged(scope: Any, receive: Any, send: Any) -> None:
            try:
                await app(scope, receive, send)
            except Exception:  # the edge of another program: a server answers 500 and lives on
                _log.exception("the application failed", extra={"path": scope["path"]})
                raise

        super().__init__(httpx2.ASGITransport(app=logged, raise_app_exceptions=False))
