"""Who works at the desk: keys, sign-in, and the small JSON door for programs.

A staff key is a long random secret from the settings, one per person; its name stands in the history. The page's cookie
is signed with that key, so changing the key signs everybody out who held it. Forms carry a second signature: another
site cannot press our buttons. Wrong keys are counted and slowed down.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

import dasan.eungdapso.desk.store_tickets as book
import dasan.eungdapso.desk.store_updates as log
from dasan.core.errors import DasanError, Refused, StorageFull
from dasan.core.time import HOUR, MINUTE, iso
from dasan.eungdapso.desk.doors import Desk, blocking, body_of, name_of
from dasan.eungdapso.desk.form import BODY_BYTES_MAX, FormError
from dasan.eungdapso.desk.numbers import read_number
from dasan.eungdapso.desk.office import Papers
from dasan.eungdapso.desk.states import OPEN, Move, State, legal
from dasan.eungdapso.desk.store_tickets import Ticket
from dasan.eungdapso.desk.words import refusal

SESSION_US = 8 * HOUR
WRONG_MAX, WRONG_WITHIN_US = 20, 5 * MINUTE
ADDRESSES_MAX = 1_000
PAGE = 50


class Tries:
    """Counts wrong keys by address: after 20 within five minutes that address waits until the oldest is that old.

    Others are not kept waiting. At most 1,000 addresses are remembered, those that tried last.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._wrong: OrderedDict[str, deque[int]] = OrderedDict()

    def check(self, secret: str, known: Mapping[str, str], address: str) -> str:
        """The name behind ``secret``. Raises :class:`Refused` (``desk_locked``, ``desk_wrong_key``)."""
        wrong = self._wrong.get(address, deque[int]())
        if len(wrong) == WRONG_MAX and self._now() - wrong[0] < WRONG_WITHIN_US:
            raise Refused("desk_locked")
        name = name_of(secret, known) if secret else ""
        if not name:
            self._count(address)
            raise Refused("desk_wrong_key")
        return name

    def _count(self, address: str) -> None:
        self._wrong.setdefault(address, deque(maxlen=WRONG_MAX)).append(self._now())
        self._wrong.move_to_end(address)
        if len(self._wrong) > ADDRESSES_MAX:
            self._wrong.popitem(last=False)


def address_of(request: Request) -> str:
    """Who asks, as far as the network tells."""
    return request.client.host if request.client else ""


def sign(desk: Desk, name: str, purpose: str) -> str:
    """A signature of ``purpose`` that only the holder of ``name``'s present key can have."""
    secret = next((key for key, holder in desk.staff_keys.items() if holder == name), "")
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest() if secret else ""


def cookie_for(desk: Desk, name: str) -> str:
    body = base64.urlsafe_b64encode(json.dumps([name, desk.office.now() + SESSION_US]).encode()).decode()
    return f"{body}.{sign(desk, name, 'session:' + body)}"


def signed_in(desk: Desk, cookie: str) -> str:
    """The name in a valid cookie, "" otherwise."""
    body, _, signature = cookie.partition(".")
    try:
        name, until = json.loads(base64.urlsafe_b64decode(body.encode()))
        genuine = sign(desk, str(name), "session:" + body)
        valid = bool(genuine) and hmac.compare_digest(genuine.encode(), signature.encode())
        return str(name) if valid and int(until) > desk.office.now() else ""
    except (ValueError, TypeError):
        return ""


def find(desk: Desk, ref: str) -> Ticket:
    """The ticket of a number or token. Raises :class:`Refused`."""
    with desk.office.store.read() as conn:
        ticket = book.by_number(conn, read_number(ref) or "") or book.by_token(conn, ref)
    if ticket is None:
        raise Refused("desk_no_such_ticket")
    return ticket


def shown_states(name: str) -> tuple[State, ...]:
    """The states of one filter: a state's own name, ``all``, or what is to do."""
    if name in set(State):
        return (State(name),)
    return tuple(State) if name == "all" else tuple(state for state in State if state in OPEN)


def ticket_view(ticket: Ticket) -> dict[str, object]:
    return {
        "number": ticket.number or None,
        "token": ticket.token or None,
        "service_code": ticket.service_code,
        "state": ticket.state.value,
        "description": ticket.description,
        "address": ticket.address,
        "lat": ticket.lat,
        "long": ticket.long,
        "contact": dict(ticket.contact),
        "attributes": [list(pair) for pair in ticket.attributes],
        "media_urls": list(ticket.media_urls),
        "received_at": iso(ticket.received_us),
        "due_at": iso(ticket.due_us),
        "agency": ticket.agency,
        "officer": ticket.officer,
        "moves": {rule.move.value: list(rule.needs) for rule in legal(ticket.standing)},
    }


def api_routes(desk: Desk, tries: Tries) -> list[BaseRoute]:
    """``/staff/api``: list, one, move. Authorization: Bearer <staff key>."""

    def guarded(
        handler: Callable[[Desk, Request, str], Awaitable[Response]],
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            secret = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
            try:
                name = tries.check(secret, desk.staff_keys, address_of(request))
                return await handler(desk, request, name)
            except (Refused, FormError, StorageFull) as wrong:
                return _said(wrong)

        return endpoint

    return [
        Route("/staff/api/tickets", guarded(_list), methods=["GET"]),
        Route("/staff/api/tickets/{ref}", guarded(_one), methods=["GET"]),
        Route("/staff/api/tickets/{ref}/moves", guarded(_move), methods=["POST"]),
    ]


_STATUS = {"desk_wrong_key": 401, "desk_locked": 429, "desk_no_such_ticket": 404, "malformed": 400, "storage_full": 503}


def _said(wrong: DasanError) -> Response:
    body = {"code": wrong.code, "message_ko": refusal(wrong, "ko"), "message_en": refusal(wrong, "en")}
    return JSONResponse(body, _STATUS.get(wrong.code, 409))


async def _list(desk: Desk, request: Request, _name: str) -> Response:
    states = shown_states(request.query_params.get("state", ""))
    page = page_number(request)

    def read() -> list[Ticket]:
        with desk.office.store.read() as conn:
            return book.desk_page(conn, states, PAGE, (page - 1) * PAGE)

    return JSONResponse([ticket_view(ticket) for ticket in await blocking(read)])


def page_number(request: Request) -> int:
    """The page asked for, from 1; anything else is the first."""
    text = request.query_params.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


async def _one(desk: Desk, request: Request, _name: str) -> Response:
    ref = request.path_params["ref"]

    def read() -> tuple[Ticket, list[log.Update]]:
        ticket = find(desk, ref)
        with desk.office.store.read() as conn:
            return ticket, log.of_ticket(conn, ticket.id)

    ticket, history = await blocking(read)
    steps = [{"at": iso(u.at_us), "move": u.move.value, "by": u.actor, "text": u.text} for u in history]
    return JSONResponse(ticket_view(ticket) | {"history": steps})


async def _move(desk: Desk, request: Request, name: str) -> Response:
    try:
        asked = json.loads(await body_of(request, BODY_BYTES_MAX))
        move = Move(asked["move"])
        papers = Papers(*(str(asked.get(field, "")) for field in ("text", "agency", "officer", "other")))
    except (ValueError, KeyError, TypeError, AttributeError):
        body = {"code": "malformed", "message_ko": "형식이 맞지 않습니다.", "message_en": 'send {"move": "...", ...}'}
        return JSONResponse(body, 400)
    ref = request.path_params["ref"]
    moved = await blocking(lambda: desk.office.move(find(desk, ref).id, move, papers, name))
    return JSONResponse(ticket_view(moved))
