"""Outside services that a menu asks while somebody is on the telephone: by name, one address each, and nobody else.

Promises: a request goes to the address of the settings and nowhere else (no redirect is followed, no proxy of the
environment used; what a caller said is a value in the query or the JSON, never a part of the address). An answer is
read up to its bound and as JSON only, and becomes a few flat values. So many are under way at once, and no more: what
would have to wait is an error. A service that failed five times running is left alone for half a minute, then tried
by one caller; the others hear the error exit at once instead of silence. Nothing is raised: the outcome says it.

``ok`` is any 2xx, ``unknown`` a 404 or 410; an answer may say another word itself, as its ``outcome``. A POST carries
an ``Idempotency-Key`` that stays the same when a question is asked again after a restart. What is asked and answered
stands in no log.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx2

from dasan.ports import Clock
from dasan.server.breaker import Breaker
from ivr.actions import Value
from ivr.answers import flat, is_word

OUTCOME = "outcome"  # the key by which an answer names an exit of its own
_GONE = frozenset({404, 410})
_BUSY = 429
_log = logging.getLogger("dasan.outside")
Told = tuple[str, Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Service:
    """One service. ``url``: https, or http on this machine (the settings see to it). ``key``: its secret, or ""."""

    code: str
    url: str
    method: Literal["GET", "POST"] = "GET"
    timeout_s: float = 2.0
    answer_bytes_max: int = 65_536
    at_once: int = 8
    key_name: str = "Authorization"
    key_in: Literal["header", "query"] = "header"
    key: str = ""


class Unusable(Exception):
    """An answer that cannot be used. ``why``: a code; ``ill``: whether it speaks against the service's health."""

    def __init__(self, why: str, *, ill: bool = True) -> None:
        super().__init__(why)
        self.why, self.ill = why, ill


class Outside:
    """The directory."""

    def __init__(
        self, services: Iterable[Service], clock: Clock, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._services = {service.code: service for service in services}
        self._clock = clock
        self._breakers = {code: Breaker() for code in self._services}
        self._under_way: Counter[str] = Counter()
        # Who asks nobody has no client: to read the machine's certificates takes 30 ms of a start.
        self._http = _client(transport) if self._services else None

    async def close(self) -> None:
        """Give the connections back."""
        if self._http is not None:
            await self._http.aclose()

    async def ask(self, name: str, args: Mapping[str, Value], key: str) -> Told:
        """(ok, error, timeout, unknown or the answer's own word; its values)."""
        service = self._services.get(name)
        if service is None:
            _log.error("a flow asks a service that is not in the settings", extra={"service": name})
            return "error", {}
        return await self._guarded(service, args, key)

    async def _guarded(self, service: Service, args: Mapping[str, Value], key: str) -> Told:
        breaker = self._breakers[service.code]
        if self._under_way[service.code] >= service.at_once or not breaker.lets(self._clock.now_us()):
            return "error", {}
        self._under_way[service.code] += 1
        well = False  # also for who is not waited for any longer
        try:
            told = await self._asked(service, args, key)
            well = True
        except Unusable as wrong:
            well = not wrong.ill
            told = self._failed(service, "error", wrong.why)
        except (TimeoutError, httpx2.TimeoutException):
            told = self._failed(service, "timeout", "timeout")
        except (httpx2.HTTPError, httpx2.InvalidURL) as wrong:
            told = self._failed(service, "error", type(wrong).__name__)
        finally:
            self._under_way[service.code] -= 1
            if breaker.heard(well, self._clock.now_us()):
                _log.error("an outside service is left alone for a while", extra={"service": service.code})
        return told

    def _failed(self, service: Service, outcome: str, why: str) -> Told:
        _log.warning("an outside service gave no answer", extra={"service": service.code, "code": why})
        return outcome, {}

    async def _asked(self, service: Service, args: Mapping[str, Value], key: str) -> Told:
        assert self._http is not None  # there is a service
        url, body, headers = request(service, args, key)
        async with (
            asyncio.timeout(service.timeout_s),
            self._http.stream(service.method, url, content=body, headers=headers) as response,
        ):
            status = response.status_code
            if status in _GONE:
                return "unknown", {}
            if not 200 <= status < 300:
                raise Unusable(f"HTTP {status}", ill=status >= 500 or status == _BUSY)
            return answered(await _bounded(response, service.answer_bytes_max))


def _client(transport: httpx2.AsyncBaseTransport | None) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=transport,
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=16, keepalive_expiry=20),
        headers={"accept": "application/json", "accept-encoding": "identity", "user-agent": "dasan-120"},
        follow_redirects=False,
        trust_env=False,
    )


def request(service: Service, args: Mapping[str, Value], key: str) -> tuple[str, bytes | None, dict[str, str]]:
    """Address, body and headers of a question. Whatever ``args`` hold, the address differs in its query only."""
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    if service.key and service.key_in == "header":
        headers[service.key_name] = service.key
    elif service.key:
        query[service.key_name] = service.key
    if service.method == "POST":
        headers |= {"content-type": "application/json", "idempotency-key": hashlib.sha256(key.encode()).hexdigest()}
        return _with(service.url, query), json.dumps(dict(args), ensure_ascii=False).encode(), headers
    said = {name: _plain(value) for name, value in args.items() if value is not None and name not in query}
    return _with(service.url, {**said, **query}), None, headers


def _plain(value: Value) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _with(url: str, query: Mapping[str, str]) -> str:
    """The address with these beside what its query says already."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(part for part in (parts.query, urlencode(query)) if part)))


async def _bounded(response: httpx2.Response, most: int) -> bytes:
    """The body as it came: nothing is unpacked, for a small body can unpack to any size."""
    if response.headers.get("content-encoding", "identity").lower() not in {"", "identity"}:
        raise Unusable("packed")
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > most:
            raise Unusable("too_large")
    return bytes(body)


def answered(body: bytes) -> Told:
    """What a body says. Raises Unusable for anything but JSON; an empty one is a plain yes."""
    if not body.strip():
        return "ok", {}
    try:
        values = flat(json.loads(body))
    except (ValueError, RecursionError) as wrong:
        raise Unusable("not_json") from wrong
    said: Any = values.get(OUTCOME)
    return (said if is_word(said) else "ok"), values

