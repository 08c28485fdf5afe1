"""A real server on a free port, with one route that a test's own handler answers."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from dasan.net.connection import Connection, Route
from dasan.net.exchange import Bounds, Exchange
from dasan.net.front import Front
from dasan.net.serve import Listen, uvicorn_config


@dataclass
class Echo:
    """Sends back what it gets, and remembers the connections it met and lost."""

    met: list[Connection] = field(default_factory=list)
    lost: list[Connection] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def __call__(self, connection: Connection) -> "Echo":
        self.met.append(connection)
        return self

    def on_text(self, connection: Connection, text: str) -> None:
        self.heard.append(text)
        if text == "fail":
            raise ValueError("asked to")
        connection.send_text(text.encode())

    def on_close(self, connection: Connection) -> None:
        self.lost.append(connection)


@dataclass
class Served:
    exchange: Exchange
    echo: Echo
    port: int
    server: uvicorn.Server
    done: "asyncio.Task[None]"

    def url(self, path: str = "/echo") -> str:
        return f"ws://127.0.0.1:{self.port}{path}"


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    running: list[Served] = []

    async def start(bounds: Bounds | None = None, front: Front | None = None) -> Served:
        echo = Echo()
        routes = {"/echo": Route(echo, 4096), "/many": Route(echo, many=True), "/broken": Route(broken)}
        exchange = Exchange(routes, front or Front(frozenset({"https://120.example"})), bounds)
        held = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn_config(PlainTextResponse("page"), exchange, Listen()))
        done = asyncio.create_task(server.serve(sockets=[held]))
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
            await asyncio.sleep(0.005)
        served = Served(exchange, echo, held.getsockname()[1], server, done)
        running.append(served)
        return served

    with contextlib.suppress(asyncio.CancelledError):
        yield start
    for served in running:
        served.server.should_exit = True
        await served.done


def broken(connection: Connection) -> Echo:
    raise RuntimeError("this route never works")
