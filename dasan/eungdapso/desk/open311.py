"""The Open311 GeoReport v2 door: discovery, services, requests, tokens, updates, and our extensions.

Written to the specification (wiki.open311.org/GeoReport_v2): XML and JSON by suffix, errors in the specification's
shape with 400, 403 and 404, ids and codes as strings. Extensions are additions only; a client that knows none of them
sees plain GeoReport v2:

- ``Idempotency-Key`` on POST requests, echoed in the answer, and ``GET receipts/{key}`` to ask for it;
- ``servicerequestupdates`` (mySociety), with ``after`` to continue behind an update;
- ``extensions=true``, ``page`` and ``page_size`` on GET requests;
- ``POST media`` for pictures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

import dasan.eungdapso.desk.store_tickets as book
import dasan.eungdapso.desk.store_updates as log
from dasan.core.errors import StorageFull
from dasan.core.time import DAY
from dasan.eungdapso.desk import render
from dasan.eungdapso.desk.doors import (
    FORMATS,
    KEY_HEADER,
    Desk,
    Handler,
    answer,
    blocking,
    body_of,
    caller,
    check_jurisdiction,
    errors,
    required_caller,
)
from dasan.eungdapso.desk.form import BODY_BYTES_MAX, Fault, FormError, bad, first, pairs_of, read_instant
from dasan.eungdapso.desk.media import MEDIA_BYTES_MAX
from dasan.eungdapso.desk.numbers import read_number
from dasan.eungdapso.desk.services import CHANGESET
from dasan.eungdapso.desk.store_tickets import Filter, Ticket
from dasan.eungdapso.spark import Row, Value

SPAN_MAX = 90 * DAY
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


def routes(desk: Desk) -> list[BaseRoute]:
    """The routes of one endpoint, relative to its URL."""
    table: tuple[tuple[str, str, Handler], ...] = (
        ("GET", "/discovery.{fmt}", _discovery),
        ("GET", "/services.{fmt}", _services),
        ("GET", "/services/{code}.{fmt}", _definition),
        ("POST", "/requests.{fmt}", _file),
        ("GET", "/requests.{fmt}", _requests),
        ("GET", "/requests/{number}.{fmt}", _request),
        ("GET", "/tokens/{token}.{fmt}", _token),
        ("GET", "/receipts/{key}.{fmt}", _receipt),
        ("GET", "/servicerequestupdates.{fmt}", _updates),
        ("POST", "/servicerequestupdates.{fmt}", _hear),
        ("POST", "/media.{fmt}", _upload),
    )
    known: list[BaseRoute] = [Route(path, _guarded(desk, handler), methods=[verb]) for verb, path, handler in table]
    return [*known, Route("/{path:path}", _nowhere)]


async def _nowhere(request: Request) -> Response:
    """What is no resource of ours, in the specification's shape too."""
    fmt = "json" if request.url.path.endswith(".json") else "xml"
    return errors(FormError(404, Fault(404, "no such resource / 없는 주소입니다")), fmt)


def _guarded(desk: Desk, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """``handler`` with its errors in the specification's shape. The key is echoed even on errors: so a client knows
    that the desk itself decided, not something in between."""

    async def endpoint(request: Request) -> Response:
        key = request.headers.get(KEY_HEADER, "") or request.path_params.get("key", "")
        echo = {KEY_HEADER: key} if key and key.isascii() and key.isprintable() else {}
        fmt = request.path_params["fmt"]
        if fmt not in FORMATS:
            wrong = FormError(404, Fault(404, "format is not xml or json / xml이나 json이 아닙니다"))
            return errors(wrong, "xml", echo)
        try:
            check_jurisdiction(desk, request.query_params.get("jurisdiction_id", ""))
            response = await handler(desk, request, fmt)
        except FormError as wrong:
            return errors(wrong, fmt, echo)
        except StorageFull:
            full = FormError(503, Fault(503, "cannot store just now, nothing was kept / 지금은 저장할 수 없습니다"))
            return errors(full, fmt, echo | {"retry-after": "30"})
        response.headers.update(echo)
        return response

    return endpoint


async def _discovery(desk: Desk, _request: Request, fmt: str) -> Response:
    endpoints: list[Value] = [
        {
            "specification": SPECIFICATION,
            "url": url,
            "changeset": CHANGESET,
            "type": kind,
            "formats": ["text/xml", "application/json"],
        }
        for url, kind in desk.endpoints
    ]
    value: Row = {
        "changeset": CHANGESET,
        "contact": desk.contact,
        "key_service": f"인증키는 운영자에게 요청하십시오 / ask the operator for an api_key: {desk.contact}",
        "endpoints": endpoints,
    }
    return answer("discovery", value, fmt)


async def _services(desk: Desk, _request: Request, fmt: str) -> Response:
    return answer("services", [render.service_row(service) for service in desk.office.services.values()], fmt)


async def _definition(desk: Desk, request: Request, fmt: str) -> Response:
    service = desk.office.services.get(request.path_params["code"])
    if service is None:
        raise FormError(404, Fault(404, "service_code provided was not found / 없는 분류입니다"))
    return answer("service_definition", render.definition(service), fmt)


async def _file(desk: Desk, request: Request, fmt: str) -> Response:
    body = await body_of(request, BODY_BYTES_MAX)
    pairs = pairs_of(body)
    principal = required_caller(desk, request, first(pairs, "api_key"))
    check_jurisdiction(desk, first(pairs, "jurisdiction_id"))
    digest, key = hashlib.sha256(body).hexdigest(), request.headers.get(KEY_HEADER, "")
    ticket = await blocking(lambda: desk.office.file(principal, pairs, digest, key))
    return answer("service_requests", [render.filed_row(ticket)], fmt)


async def _receipt(desk: Desk, request: Request, fmt: str) -> Response:
    principal, key = required_caller(desk, request), request.path_params["key"]
    ticket = await blocking(lambda: desk.office.receipt(principal, key))
    if ticket is None:
        raise FormError(404, Fault(404, "no request came with this key / 이 키로 접수된 것이 없습니다"))
    return answer("service_requests", [render.receipt_row(ticket)], fmt)


async def _token(desk: Desk, request: Request, fmt: str) -> Response:
    def find() -> Ticket | None:
        with desk.office.store.read() as conn:
            return book.by_token(conn, request.path_params["token"])

    ticket = await blocking(find)
    if ticket is None:
        raise FormError(404, Fault(404, "token provided was not found / 없는 토큰입니다"))
    return answer("service_requests", [render.token_row(ticket)], fmt)


async def _requests(desk: Desk, request: Request, fmt: str) -> Response:
    wanted = _filter(request, desk.office.now())

    def find() -> list[Ticket]:
        with desk.office.store.read() as conn:
            return book.listed(conn, wanted)

    return _rows(desk, request, fmt, await blocking(find))


async def _request(desk: Desk, request: Request, fmt: str) -> Response:
    number = read_number(request.path_params["number"]) or ""

    def find() -> tuple[Ticket | None, list[Value]]:
        with desk.office.store.read() as conn:
            ticket = book.by_number(conn, number)
            return ticket, render.note_rows(
                log.of_ticket(conn, ticket.id), full=bool(caller(desk, request))
            ) if ticket else []

    ticket, notes = await blocking(find)
    if ticket is None:
        raise FormError(404, Fault(404, "service_request_id provided was not found / 없는 접수번호입니다"))
    return _rows(desk, request, fmt, [ticket], notes)


def _rows(desk: Desk, request: Request, fmt: str, found: list[Ticket], notes: list[Value] | None = None) -> Response:
    full = bool(caller(desk, request))
    more = request.query_params.get("extensions", "") == "true"
    services = desk.office.services
    rows = [render.request_row(t, services.get(t.service_code), full=full, extensions=more) for t in found]
    if more and notes is not None and (full or rows[0]["description"]):
        rows[0]["notes"] = notes
    return answer("service_requests", list(rows), fmt)


def _filter(request: Request, now: int) -> Filter:
    asked = request.query_params
    numbers = _csv(asked.get("service_request_id", ""))
    if numbers:  # overrides everything else
        return Filter(numbers=tuple(read_number(number) or "" for number in numbers[: book.PAGE_MAX]))
    start, end = _span(asked.get("start_date", ""), asked.get("end_date", ""), now)
    states = set(_csv(asked.get("status", "")))
    if states - {"open", "closed"}:
        raise FormError(400, bad("status", "is not open or closed", "open이나 closed가 아닙니다"))
    size = _positive(asked.get("page_size", ""), "page_size", book.PAGE_MAX)
    page = _positive(asked.get("page", ""), "page", 1)
    return Filter(
        service_codes=_csv(asked.get("service_code", "")),
        from_us=start,
        until_us=end,
        is_open=None if len(states) != 1 else "open" in states,
        limit=min(size, book.PAGE_MAX),
        offset=(page - 1) * min(size, book.PAGE_MAX),
    )


def _csv(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _positive(text: str, name: str, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 0 < int(text[:7]) <= 1_000_000):
        raise FormError(400, bad(name, "is not a positive number", "양수가 아닙니다"))
    return int(text[:7])


def _span(start: str, end: str, now: int) -> tuple[int, int]:
    """The span asked for, at most 90 days: a missing end follows from the other, none means the last 90 days."""
    first_us, last_us = _instant(start, "start_date"), _instant(end, "end_date")
    if first_us is None:
        last_us = now if last_us is None else last_us
        return last_us - SPAN_MAX, last_us
    last_us = first_us + SPAN_MAX if last_us is None else last_us
    if last_us - first_us > SPAN_MAX:
        raise FormError(400, bad("start_date and end_date", "span more than 90 days", "90일을 넘습니다"))
    return first_us, last_us


def _instant(text: str, name: str) -> int | None:
    at_us = read_instant(text) if text else None
    if text and at_us is None:
        raise FormError(400, bad(name, "is not a W3C date-time with a zone", "시간대가 있는 날짜가 아닙니다"))
    return at_us


async def _updates(desk: Desk, request: Request, fmt: str) -> Response:
    asked = request.query_params
    now = desk.office.now()
    until = _instant(asked.get("end_date", ""), "end_date") or now
    start = _instant(asked.get("start_date", ""), "start_date")
    start = until - SPAN_MAX if start is None else start  # no limit here: who was away for long catches up
    given = asked.get("after", "")
    if given and not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise FormError(400, bad("after", "is not an update_id of ours", "update_id가 아닙니다"))
    after = int(given) if given else -1
    full = bool(caller(desk, request))

    def find() -> list[log.Update]:
        with desk.office.store.read() as conn:
            return log.since(conn, after=after, from_us=start, until_us=until, limit=book.PAGE_MAX)

    rows: list[Value] = []
    for update in await blocking(find):
        service = desk.office.services.get(update.service_code)
        rows.append(render.update_row(update, service, full=full))
    return answer("service_request_updates", rows, fmt)


async def _hear(desk: Desk, request: Request, fmt: str) -> Response:
    pairs = pairs_of(await body_of(request, BODY_BYTES_MAX))
    principal = required_caller(desk, request, first(pairs, "api_key"))
    check_jurisdiction(desk, first(pairs, "jurisdiction_id"))
    update_id = await blocking(lambda: desk.office.hear(principal, pairs))
    return answer("service_request_updates", [{"update_id": update_id}], fmt)


async def _upload(desk: Desk, request: Request, fmt: str) -> Response:
    required_caller(desk, request)
    body = await body_of(request, MEDIA_BYTES_MAX)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    name = await blocking(lambda: desk.shelf.put(body, kind, request.headers.get("x-content-sha256", "")))
    row: Row = {"media_url": f"{desk.base_url}/media/{name}", "sha256": name.partition(".")[0], "size": len(body)}
    return answer("media", [row], fmt)
