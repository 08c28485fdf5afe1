"""What the HTTP doors share: who calls, how bodies are read, and how errors are said.

A key is compared in constant time against every key. It is taken from the ``X-API-Key`` header (so that it stays out of
logs), or from ``api_key`` in the query or the form, as GeoReport v2 has it. Blocking work runs in worker threads.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from dasan.eungdapso.desk.form import Fault, FormError
from dasan.eungdapso.desk.media import MediaShelf
from dasan.eungdapso.desk.office import Office
from dasan.eungdapso.spark import CONTENT_TYPES, Value, write

T = TypeVar("T")
KEY_HEADER = "Idempotency-Key"
FORMATS = ("xml", "json")


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk as its doors see it. ``api_keys`` and ``staff_keys``: secret -> name. ``base_url`` has no last slash."""

    office: Office
    shelf: MediaShelf
    api_keys: Mapping[str, str]
    staff_keys: Mapping[str, str]
    jurisdiction_id: str
    base_url: str
    contact: str = "120"
    endpoints: tuple[tuple[str, str], ...] = field(default_factory=tuple)  # (url, production|test)


Handler = Callable[[Desk, Request, str], Awaitable[Response]]


def name_of(secret: str, known: Mapping[str, str]) -> str:
    """Whose key this is, "" when nobody's. Takes the same time whichever key fits."""
    found = ""
    for candidate, name in known.items():
        if hmac.compare_digest(candidate.encode(), secret.encode()):
            found = name
    return found


def caller(desk: Desk, request: Request, form_key: str = "") -> str:
    """The name behind the request's key, "" without a valid one."""
    secret = request.headers.get("x-api-key") or form_key or request.query_params.get("api_key", "")
    return name_of(secret, desk.api_keys) if secret else ""


def required_caller(desk: Desk, request: Request, form_key: str = "") -> str:
    """As :func:`caller`; without a valid key raises the specification's 403."""
    name = caller(desk, request, form_key)
    if not name:
        raise FormError(403, Fault(403, "api_key was not provided or is not valid / 인증키가 없거나 맞지 않습니다"))
    return name


def check_jurisdiction(desk: Desk, given: str) -> None:
    """One jurisdiction is served: the parameter may be left out, but another one is not found here."""
    if given and given != desk.jurisdiction_id:
        raise FormError(404, Fault(404, "jurisdiction_id provided was not found / 없는 관할입니다"))


async def body_of(request: Request, limit: int) -> bytes:
    """The request's body. Raises :class:`FormError` as soon as it grows past ``limit`` bytes or is cut off."""
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise FormError(400, Fault(413, f"the body is larger than {limit} bytes / 본문이 너무 큽니다"))
            parts.append(part)
    except ClientDisconnect as gone:
        raise FormError(400, Fault(400, "the body was cut off / 본문이 끊겼습니다")) from gone
    return b"".join(parts)


async def blocking(work: Callable[[], T]) -> T:
    """``work`` in a worker thread."""
    return await to_thread.run_sync(work)


def answer(
    root: str, value: Value, fmt: str, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    kept = {"cache-control": "no-store", "x-content-type-options": "nosniff"} | dict(headers or {})
    return Response(write(root, value, fmt), status, kept, media_type=CONTENT_TYPES[fmt])


def errors(wrong: FormError, fmt: str, headers: Mapping[str, str] | None = None) -> Response:
    rows: list[Value] = [{"code": fault.code, "description": fault.description} for fault in wrong.faults]
    return answer("errors", rows, fmt, status=wrong.status, headers=headers)
