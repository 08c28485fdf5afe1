"""The carrier as a program of its own: a true edge, with the machine's clock, a port, and HTTP to the service."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import uvicorn

from channels.carrier.app import app
from channels.carrier.carrier import Carrier
from channels.carrier.drive import real_us
from channels.carrier.network import Account
from channels.carrier.web import HttpWeb


@dataclass(frozen=True, slots=True)
class Served:
    """Where it listens, whose network it is, and the number it gives the service, with the addresses it asks."""

    number: str
    voice: str
    fallback: str = ""
    status: str = ""
    sms: str = ""
    host: str = "127.0.0.1"
    port: int = 8130
    account: Account = field(default_factory=Account)
    seed: int = 0
    verify: bool = True


Then = Callable[[Carrier], Awaitable[None]]


def run(served: Served, then: Then | None = None, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until it is stopped, or until ``then`` is done; ``ready`` is called once it listens. Raises OSError for an
    address that cannot be taken, and whatever ``then`` raises."""
    asyncio.run(_run(served, then, ready))


async def _run(served: Served, then: Then | None, ready: Callable[[], None]) -> None:
    web = HttpWeb(verify=served.verify)
    carrier = Carrier(web, seed=served.seed, account=served.account, clock=real_us, latency_us=0)
    carrier.number(served.number, served.voice, fallback=served.fallback, status=served.status, sms=served.sms)
    config = uvicorn.Config(app(carrier), served.host, served.port, log_level="critical", access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(_serve(server))
    try:
        while not server.started and not serving.done():
            await asyncio.wait([serving], timeout=0.05)
        if server.started:
            ready()
        if then is None or serving.done():
            await serving
            return
        await then(carrier)
    finally:
        server.should_exit = True
        await asyncio.gather(serving, return_exceptions=True)
        await web.close()


async def _serve(server: uvicorn.Server) -> None:
    """An end that was asked for from the keyboard is no failure."""
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
        try:
            await server._serve()
        except SystemExit as wrong:  # uvicorn's way to say that the address is taken
            raise OSError(f"{server.config.host}:{server.config.port} cannot be taken") from wrong
