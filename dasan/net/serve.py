"""How uvicorn is set up: our WebSocket protocol, no proxy guessing of its own, no access log, no server header."""

from __future__ import annotations

from collections.abc import Callable
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
        ws=protocol_for(exchange),
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
