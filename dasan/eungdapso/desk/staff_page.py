"""The staff page's door: sign-in, list, one ticket, moves. The HTML is ``page``'s, the rules are ``office``'s."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

import dasan.eungdapso.desk.store_tickets as book
import dasan.eungdapso.desk.store_updates as log
from dasan.core.errors import Refused, StorageFull
from dasan.core.time import SECOND
from dasan.eungdapso.desk import page
from dasan.eungdapso.desk.doors import Desk, blocking, body_of
from dasan.eungdapso.desk.form import BODY_BYTES_MAX, FormError, Pairs, first, pairs_of
from dasan.eungdapso.desk.office import Papers
from dasan.eungdapso.desk.staff import (
    PAGE,
    SESSION_US,
    Tries,
    address_of,
    cookie_for,
    find,
    page_number,
    shown_states,
    sign,
    signed_in,
)
from dasan.eungdapso.desk.states import Move, State
from dasan.eungdapso.desk.store_tickets import Ticket
from dasan.eungdapso.desk.words import refusal, word

COOKIE, LANGUAGE = "eungdapso_staff", "eungdapso_lang"
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
Handler = Callable[[Desk, Request, str], Awaitable[Response]]


def page_routes(desk: Desk, tries: Tries) -> list[BaseRoute]:
    """``/staff`` and below. Everything but the style sheet and the sign-in asks for a session."""

    def guarded(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            name = signed_in(desk, request.cookies.get(COOKIE, ""))
            response = await handler(desk, request, name) if name else RedirectResponse("/staff/sign-in", 303)
            return _kept(request, response)

        return endpoint

    async def enter(request: Request) -> Response:
        return _kept(request, await _sign_in(desk, tries, request))

    return [
        Route("/staff/style.css", _style, methods=["GET"]),
        Route("/staff/sign-in", enter, methods=["GET", "POST"]),
        Route("/staff/sign-out", guarded(_sign_out), methods=["POST"]),
        Route("/staff", guarded(_list), methods=["GET"]),
        Route("/staff/find", guarded(_find), methods=["GET"]),
        Route("/staff/t/{ref}", guarded(_ticket), methods=["GET", "POST"]),
    ]


async def _style(_request: Request) -> Response:
    return Response(page.STYLE, headers={"cache-control": "max-age=300"}, media_type="text/css; charset=utf-8")


def _language(request: Request) -> str:
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE, "ko")
    return "en" if asked == "en" else "ko"


def _kept(request: Request, response: Response) -> Response:
    """``response`` with the page's headers, and the language remembered when the link asked for one."""
    response.headers.update(HEADERS)
    if "lang" in request.query_params:
        response.set_cookie(LANGUAGE, _language(request), max_age=31_536_000, httponly=True, samesite="strict")
    return response


def _html(request: Request, title: str, body: str, status: int = 200, **who: str) -> Response:
    return HTMLResponse(page.frame(title, body, _language(request), here=request.url.path, **who), status)


async def _form(request: Request) -> Pairs:
    return pairs_of(await body_of(request, BODY_BYTES_MAX))


async def _sign_in(desk: Desk, tries: Tries, request: Request) -> Response:
    language = _language(request)
    if request.method == "GET":
        return _html(request, word("sign_in", language), page.sign_in(language))
    try:
        secret = first(await _form(request), "key").strip()
        name = tries.check(secret, desk.staff_keys, address_of(request))
    except (Refused, FormError) as wrong:
        return _html(request, word("sign_in", language), page.sign_in(language, refusal(wrong, language)), 403)
    response = RedirectResponse("/staff", 303)
    secure = desk.base_url.startswith("https:")
    age = SESSION_US // SECOND
    response.set_cookie(COOKIE, cookie_for(desk, name), max_age=age, httponly=True, samesite="strict", secure=secure)
    return response


def _guard(desk: Desk, request: Request, name: str) -> str:
    return sign(desk, name, "form:" + request.cookies.get(COOKIE, ""))


def _genuine(desk: Desk, request: Request, name: str, form: Pairs) -> bool:
    return hmac.compare_digest(_guard(desk, request, name).encode(), first(form, "guard").encode())


async def _sign_out(desk: Desk, request: Request, name: str) -> Response:
    response = RedirectResponse("/staff/sign-in", 303)
    if _genuine(desk, request, name, await _form(request)):
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


async def _list(desk: Desk, request: Request, name: str) -> Response:
    chosen, language = request.query_params.get("state", ""), _language(request)
    number = page_number(request)

    def read() -> tuple[list[Ticket], Mapping[State, int]]:
        with desk.office.store.read() as conn:
            found = book.desk_page(conn, shown_states(chosen), PAGE + 1, (number - 1) * PAGE)
            return found, book.counts(conn)

    tickets, counts = await blocking(read)
    services, now = desk.office.services, desk.office.now()
    body = page.list_body(
        tickets[:PAGE],
        counts=counts,
        chosen=chosen,
        services=services,
        now_us=now,
        language=language,
        page=number,
        more=len(tickets) > PAGE,
    )
    return _html(request, word("tickets", language), body, name=name, guard=_guard(desk, request, name))


async def _find(_desk: Desk, request: Request, _name: str) -> Response:
    asked = request.query_params.get("number", "").strip()[:40]
    return RedirectResponse(f"/staff/t/{quote(asked, safe='')}" if asked else "/staff", 303)


async def _ticket(desk: Desk, request: Request, name: str) -> Response:
    language, ref = _language(request), request.path_params["ref"]
    notice = word("done", language) if request.query_params.get("done") else ""
    wrong, typed = "", {}
    if request.method == "POST":
        try:
            form = await _form(request)
            typed = dict(form)
            moved = await _press(desk, request, name, ref, form)
            return RedirectResponse(f"/staff/t/{page.reference(moved)}?done=1", 303)
        except (Refused, FormError, StorageFull) as refused:
            wrong = refusal(refused, language)
    try:
        body = await blocking(lambda: _ticket_body(desk, request, name, ref, (notice, wrong), typed))
    except Refused as refused:
        alert = f'<p class="card wrong" role="alert">{refusal(refused, language)}</p>'
        return _html(request, ref, alert, 404, name=name, guard=_guard(desk, request, name))
    return _html(request, ref, body, 409 if wrong else 200, name=name, guard=_guard(desk, request, name))


async def _press(desk: Desk, request: Request, name: str, ref: str, form: Pairs) -> Ticket:
    if not _genuine(desk, request, name, form) or first(form, "move") not in set(Move):
        raise Refused("desk_stale_form")
    move = Move(first(form, "move"))
    papers = Papers(*(first(form, field) for field in ("text", "agency", "officer", "other")))
    return await blocking(lambda: desk.office.move(find(desk, ref).id, move, papers, name))


def _ticket_body(
    desk: Desk, request: Request, name: str, ref: str, said: tuple[str, str], typed: Mapping[str, str]
) -> str:
    ticket = find(desk, ref)
    with desk.office.store.read() as conn:
        history, remarks = log.of_ticket(conn, ticket.id), log.peer_updates_of(conn, ticket.id)
    return page.ticket_body(
        ticket,
        desk.office.services.get(ticket.service_code),
        history,
        remarks,
        now_us=desk.office.now(),
        language=_language(request),
        guard=_guard(desk, request, name),
        notice=said[0],
        wrong=said[1],
        typed=typed,
    )
