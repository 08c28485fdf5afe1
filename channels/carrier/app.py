"""The carrier behind HTTP: Twilio's REST interface, and a control side for phones in other processes.

``/2010-04-01/…`` is Twilio's. ``/carrier/phones/{address}`` is ours: GET hears (``after``: how many things were heard
already; it waits up to ``patience_s`` for more), POST does one of dial, press, say, hang_up, pick_up, text, habit.
``/carrier/state`` shows calls, rooms, queues and who hears whom. Both sides ask for the account and its token.
A request whose answer a fault loses is left unanswered until the client gives up.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.carrier.carrier import Carrier, basic
from channels.carrier.model import SECOND, Call, Habit
from channels.carrier.rest.router import AnswerLost

BODY_BYTES_MAX = 64 * 1024
GLANCE_S = 0.1
PATIENCE_S_MAX = 25.0
LOST_S = 60.0


def app(carrier: Carrier) -> Starlette:
    """The carrier's ASGI application; it lives while the application does."""

    @asynccontextmanager
    async def alive(_: Starlette) -> AsyncIterator[None]:
        carrier.start()
        try:
            yield
        finally:
            await carrier.stop()

    edge = _Edge(carrier)
    methods = ["GET", "POST", "DELETE", "PUT", "PATCH"]
    return Starlette(
        routes=[
            Route("/2010-04-01/{rest:path}", edge.rest, methods=methods),
            Route("/carrier/state", edge.state),
            Route("/carrier/phones/{address}", edge.hear, methods=["GET"]),
            Route("/carrier/phones/{address}", edge.act, methods=["POST"]),
        ],
        lifespan=alive,
    )


class _Edge:
    """The handlers."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    async def rest(self, request: Request) -> Response:
        """Twilio's side."""
        body = await _body(request)
        if body is None:
            return JSONResponse({"code": 20001, "message": "Too large", "status": 413}, 413)
        asked = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        try:
            status, headers, answer = self._carrier.request(
                request.method, str(request.url), asked, basic(request.headers.get("authorization", ""))
            )
        except AnswerLost:
            await _silence(request)
            return Response(status_code=504)
        return Response(answer, status, headers)

    async def state(self, request: Request) -> Response:
        """What stands in the network."""
        if not self._known(request):
            return _refused()
        net = self._carrier.net
        return JSONResponse(
            {
                "now_us": net.now_us,
                "calls": [_call(call) for call in net.calls.values() if call.live],
                "rooms": {room.name: sorted(room.participants) for room in net.open_rooms.values()},
                "queues": {queue.name: [m.call.sid for m in queue.members] for queue in net.queues.values()},
                "matrix": {listener: sorted(heard) for listener, heard in self._carrier.matrix().items()},
                "notices": [asdict(notice) for notice in list(net.notices)[-20:]],
            }
        )

    async def hear(self, request: Request) -> Response:
        """What that phone heard after ``after`` things, and how its call stands; ``status`` is what the asker knows."""
        if not self._known(request):
            return _refused()
        address = request.path_params["address"]
        phone = self._carrier.net.phones.get(address)
        if phone is None:
            return JSONResponse({"error": f"no phone at {address}"}, 404)
        after = _whole(request.query_params.get("after", "0"))
        known = request.query_params.get("status")
        patience = min(float(_whole(request.query_params.get("patience_s", "20"))), PATIENCE_S_MAX)
        for _ in range(int(patience / GLANCE_S)):
            if phone.noted > after or (known is not None and known != self._status(address)):
                break
            await asyncio.sleep(GLANCE_S)  # noqa: TID251  # the edge where another process waits
        heard = [asdict(one) for one in phone.since(after)]
        return JSONResponse({"noted": phone.noted, "status": self._status(address), "heard": heard})

    def _status(self, address: str) -> str:
        phone = self._carrier.phone(address)
        return phone.calls[-1].status if phone.calls else ""

    async def act(self, request: Request) -> Response:
        """One act of that phone: ``{"do": "press", "digits": "1"}``."""
        if not self._known(request):
            return _refused()
        body = await _body(request)
        try:
            wish = json.loads(body or b"")
            act = ACTS[wish["do"]]
            act(self._carrier, request.path_params["address"], wish)
        except (ValueError, KeyError, TypeError) as wrong:
            return JSONResponse({"error": f"not an act: {wrong}", "acts": sorted(ACTS)}, 400)
        except LookupError as wrong:
            return JSONResponse({"error": str(wrong)}, 409)
        return JSONResponse({"status": self._status(request.path_params["address"])})

    def _known(self, request: Request) -> bool:
        account = self._carrier.net.account
        return basic(request.headers.get("authorization", "")) == (account.sid, account.token)


Act = Callable[[Carrier, str, Mapping[str, Any]], object]


def _habit(carrier: Carrier, address: str, wish: Mapping[str, Any]) -> None:
    on_ring = wish.get("on_ring", "answer")
    if on_ring not in {"answer", "wait", "busy", "reject", "absent"}:
        raise ValueError(f"on_ring: {on_ring}")
    carrier.phone(address, Habit(on_ring, int(float(wish.get("after_s", 2)) * SECOND)))


ACTS: dict[str, Act] = {
    "dial": lambda carrier, phone, wish: carrier.dial(phone, str(wish["to"])),
    "habit": _habit,
    "hang_up": lambda carrier, phone, _: carrier.hang_up(phone),
    "pick_up": lambda carrier, phone, _: carrier.pick_up(phone),
    "press": lambda carrier, phone, wish: carrier.press(phone, str(wish["digits"])),
    "say": lambda carrier, phone, wish: carrier.say(phone, str(wish["text"]), float(wish.get("confidence", 0.9))),
    "text": lambda carrier, phone, wish: carrier.text(phone, str(wish["to"]), str(wish["body"])),
}


async def _body(request: Request) -> bytes | None:
    """The body; None when it is too large."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES_MAX:
            return None
    return body


async def _silence(request: Request) -> None:
    """Until the client gives up."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOST_S):
            while (await request.receive())["type"] != "http.disconnect":
                pass


def _call(call: Call) -> dict[str, str]:
    return {"sid": call.sid, "from": call.from_, "to": call.to, "status": call.status, "hears": call.hearing.kind}


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _refused() -> Response:
    return JSONResponse({"error": "account and token"}, 401, {"WWW-Authenticate": 'Basic realm="carrier"'})
