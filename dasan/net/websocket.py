"""A WebSocket as an asyncio protocol on the Sans-I/O core of ``websockets``; uvicorn's ``ws=`` hook makes it.

Promises: the handshake is refused before a handler exists (unknown path 404, foreign origin 403, too many 429/503, in a
sentence); a message reaches the handler whole, as text, within the route's size; what is sent leaves in order; every
handler hears of its end exactly once. Not here: compression (a page's frames are small, and deflate costs memory and
leaks lengths), subprotocols, binary messages. The reasons stand in docs/adr/0001-websockets-sans-io.md.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar, cast

from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from dasan.core.errors import sentence
from dasan.net.connection import FAILED, NORMAL, NOT_TEXT, RESTARTING, TRY_LATER, UNSUPPORTED, Connection, Handler
from dasan.net.exchange import Exchange

_log = logging.getLogger("dasan.net")
# The core logs every opening and closing at INFO and more at DEBUG; ours are counted instead.
_quiet = logging.getLogger("dasan.net.wire")
_quiet.setLevel(logging.WARNING)
_REASON_BYTES_MAX = 123


class WebSocket(asyncio.BufferedProtocol):
    """One connection; implements dasan.net.connection.Connection. ``exchange`` is set by :func:`protocol_for`."""

    exchange: ClassVar[Exchange]
    __slots__ = (
        "_closed",
        "_core",
        "_flush_due",
        "_handler",
        "_heard",
        "_parts",
        "_server_sockets",
        "_stuck_since",
        "_transport",
        "headers",
        "origin",
        "path",
        "peer",
        "secure",
        "slot",
    )

    def __init__(
        self, config: Any, server_state: Any, app_state: Any, _loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        self._server_sockets: set[Any] = server_state.connections
        self._core = ServerProtocol(max_size=None, logger=_quiet)
        self._transport: asyncio.Transport
        self._handler: Handler | None = None
        self._parts: list[bytes] | None = None
        self._heard = 0.0
        self._stuck_since = 0.0
        self._closed = self._flush_due = False
        self.slot = 0
        self.path, self.peer = "", ""
        self.headers: Mapping[str, str] = {}
        self.origin: str | None = None
        self.secure = False

    # -- asyncio.BufferedProtocol, and data_received for the opening request that uvicorn has read already

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=self.exchange.bounds.unsent_bytes_max // 4)
        self._server_sockets.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server_sockets.discard(self)
        self._end()

    def pause_writing(self) -> None:
        self._stuck_since = asyncio.get_running_loop().time()

    def resume_writing(self) -> None:
        self._stuck_since = 0.0

    def eof_received(self) -> None:
        """A half-closed WebSocket is a closed one: returning nothing closes the transport."""

    def get_buffer(self, sizehint: int) -> memoryview:
        """One buffer for all: asyncio would else allocate 256 KiB for every read (halves the rate, see the ADR)."""
        return self.exchange.buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(self.exchange.buffer[:nbytes]))

    def data_received(self, data: bytes) -> None:
        self._core.receive_data(data)
        self._heard = asyncio.get_running_loop().time()
        for event in self._core.events_received():
            if isinstance(event, Request):
                self._open(event)
            elif isinstance(event, Frame) and self._handler is not None:
                self._frame(event)
        self._flush()

    def shutdown(self) -> None:
        """Called by uvicorn when the server stops."""
        self.close(RESTARTING, "the server restarts; come back")

    # -- the opening

    def _open(self, request: Request) -> None:
        exchange = self.exchange
        headers = {name.lower(): ", ".join(request.headers.get_all(name)) for name in request.headers}
        socket_peer = _peer_of(self._transport)
        self.headers = headers
        self.path = request.path.partition("?")[0]
        self.origin = headers.get("origin")
        self.peer = exchange.front.client(socket_peer, headers)
        tls = self._transport.get_extra_info("sslcontext") is not None
        self.secure = exchange.front.secure(socket_peer, headers, tls)
        refusal = self._refusal()
        if refusal is not None:
            self._refuse(*refusal)
            return
        response = self._core.accept(request)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._leave()
            exchange.refuse("handshake")
            self._core.send_response(response)
            return
        route = exchange.routes[self.path]
        self._core.max_message_size = route.message_bytes_max
        self._core.send_response(response)
        self._flush()
        exchange.add(self)
        self._handler = _NOBODY
        self._guarded(lambda: setattr(self, "_handler", route.handler(self)))

    def _refusal(self) -> tuple[HTTPStatus, str] | None:
        """Why this opening is not wanted; None when it is, and then a place is held."""
        exchange = self.exchange
        if self.path not in exchange.routes:
            return HTTPStatus.NOT_FOUND, "no_such_page"
        if not exchange.front.admits(self.origin):
            return HTTPStatus.FORBIDDEN, "bad_origin"
        if exchange.closing or len(exchange.open) >= exchange.bounds.sockets_max:
            return HTTPStatus.SERVICE_UNAVAILABLE, "too_many"
        if not exchange.routes[self.path].many and not exchange.places.enter(self.peer):
            return HTTPStatus.TOO_MANY_REQUESTS, "too_many"
        return None

    def _refuse(self, status: HTTPStatus, code: str) -> None:
        self.exchange.refuse(code)
        text = f"{sentence(code, 'ko')}\n{sentence(code, 'en')}\n"
        response = self._core.reject(status, text)
        response.headers["Cache-Control"] = "no-store"
        self._core.send_response(response)

    def _leave(self) -> None:
        """Give the place back."""
        if not self.exchange.routes[self.path].many:
            self.exchange.places.leave(self.peer)

    # -- messages

    def _frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.TEXT or (frame.opcode is Opcode.CONT and self._parts is not None):
            self._text(frame)
        elif frame.opcode is Opcode.BINARY:
            self.close(UNSUPPORTED, "text only")

    def _text(self, frame: Frame) -> None:
        """Assemble; the core has bounded the size of the whole."""
        if frame.fin and self._parts is None:
            data = frame.data
        else:
            self._parts = [] if self._parts is None else self._parts
            if frame.data:  # empty ones add nothing to the bounded size and must not add to the list
                self._parts.append(bytes(frame.data))
            if not frame.fin:
                return
            data, self._parts = b"".join(self._parts), None
        try:
            text = str(data, "utf-8")
        except UnicodeDecodeError:
            self.close(NOT_TEXT, "not UTF-8")
            return
        handler = self._handler
        if handler is not None:
            self._guarded(lambda: handler.on_text(self, text))

    def _guarded(self, call: Callable[[], None]) -> None:
        """The named edge: a handler's fault ends its own connection, never the server."""
        try:
            call()
        except Exception:
            _log.exception("handler failed", extra={"path": self.path})
            self.close(FAILED, "internal error")

    def send_text(self, text: bytes) -> None:
        if self._closed or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > self.exchange.bounds.unsent_bytes_max:
            self.exchange.refuse("slow_reader")
            self.close(TRY_LATER, "too slow; come back")
            return
        try:
            self._core.send_text(text)
        except InvalidState:
            return
        if not self._flush_due:
            # What one turn of the loop has to say to a client leaves in one write: an entry and its acknowledgement,
            # or the entries of a whole batch to one console.
            self._flush_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        if self._closed:
            return
        cut = reason.encode()[:_REASON_BYTES_MAX].decode(errors="ignore")
        try:
            self._core.send_close(code, cut)
        except InvalidState:  # no handshake yet, or the other side was first
            self._flush()
            self._transport.close()
        else:
            self._flush()
            loop = asyncio.get_running_loop()
            loop.call_later(self.exchange.bounds.close_within_s, self._transport.abort)
        self._end()

    def pause_reading(self) -> None:
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    # -- watching

    def check(self, now: float) -> None:
        """Once a round: is anybody there, and do they read? ``now`` is the loop's time in seconds."""
        bounds = self.exchange.bounds
        if now - self._heard > bounds.ping_every_s + bounds.pong_within_s:
            self.close(FAILED, "no answer")
        elif self._stuck_since and now - self._stuck_since > bounds.stuck_s:
            self.exchange.refuse("slow_reader")
            self.close(TRY_LATER, "too slow; come back")
        elif not self._closed and not self._transport.is_closing():
            self._core.send_ping(b"")
            self._flush()

    def _flush(self) -> None:
        """Write what the core has ready; its end mark closes the transport after what was written."""
        self._flush_due = False
        ready = self._core.data_to_send()
        if not ready:
            return
        self._transport.write(b"".join(ready))
        if not ready[-1]:
            self._transport.close()

    def _end(self) -> None:
        """Tell the handler, once, and give the places back."""
        if self._closed:
            return
        self._closed = True
        handler, self._handler = self._handler, None
        if handler is None:
            return
        self.exchange.remove(self)
        self._leave()
        self._guarded(lambda: handler.on_close(self))


class _Nobody:
    """Stands in until the route has made its handler, so that a failure there still gives the places back."""

    def on_text(self, connection: Connection, text: str) -> None:
        """Nothing to say."""

    def on_close(self, connection: Connection) -> None:
        """Nothing to forget."""


_NOBODY = _Nobody()


def protocol_for(exchange: Exchange) -> type[WebSocket]:
    """The class for uvicorn's ``ws=``: it is made without arguments of ours, so the exchange travels on the class."""
    return type("WebSocket", (WebSocket,), {"exchange": exchange, "__slots__": ()})


def _peer_of(transport: asyncio.Transport) -> str:
    name = transport.get_extra_info("peername")
    return str(name[0]) if isinstance(name, tuple) else "unix"
