"""How uvicorn is set up: our WebSocket protocol, no proxy guessing of its own, no access log, no server header."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn

from dasan.net.exchange import Exchange
from dasan.net.websocket import protocol_for


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen; port 0 lets the system choose. ``certfile`` and ``keyfile`` are paths or ""."""

    host: str = "127.0.0.1"
    port: int = 8120
    certfile: str = ""
    keyfile: str = ""


def uvicorn_config(app: Callable[..., Any], exchange: Exchange, listen: Listen) -> uvicorn.Config:
    """The configuration of a server that speaks HTTP through ``app`` and WebSocket through ``exchange``."""
    return uvicorn.Config(
        app,
        host=listen.host,
        port=listen.port,
        ssl_certfile=listen.certfile or None,
        ssl_keyfile=listen.keyfile or None,
        ws=protocol_for(exchange),  # type: ignore[arg-type]  # a BufferedProtocol; uvicorn only says Protocol
        http="httptools",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=64 * 1024,
    )


class Server(uvicorn.Server):
    """Returns from ``serve`` on SIGTERM or SIGINT, so that what is behind the sockets can be stopped in order.

    uvicorn's own raises the signal again, and the process would be gone before its caller runs on.
    """

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As the base class, with the signals forgotten once they have been obeyed."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()
