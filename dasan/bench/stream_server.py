"""Media streams relayed from one call to another, run as a process of its own: ``stream_server PORT``.

Nothing but what a server of the service does for them: sockets of dasan.net, signed openings, messages read and
bounded, sound said into the other call in time. The pair and the side come as the stream's own parameters.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from channels.media.listeners import Relay
from channels.media.messages import Started
from channels.media.stream import MESSAGE_BYTES_MAX, Listener, Stream, StreamDoor
from channels.twilio.signature import Keys, Verifier
from dasan.net.connection import Route
from dasan.net.exchange import Bounds, Exchange
from dasan.net.front import front
from dasan.net.serve import Listen, Server, uvicorn_config

ACCOUNT, TOKEN, PATH = "AC" + "0" * 32, "bench", "/twilio/stream"


class _Pairs:
    """Whose sound goes where: what ``a`` says is heard by ``b``."""

    def __init__(self) -> None:
        self._ears: dict[str, Stream] = {}

    def welcome(self, stream: Stream, started: Started) -> Listener:
        """The listener of a new stream; ``b`` comes first."""
        pair = started.parameters["pair"]
        if started.parameters["side"] == "b":
            self._ears[pair] = stream
            return Relay(stream, track="nobody's")
        return Relay(self._ears[pair])


async def _main(port: int) -> None:
    verifier = Verifier(f"http://127.0.0.1:{port}", Keys((TOKEN,)))
    door = StreamDoor(ACCOUNT, verifier.socket, _Pairs().welcome)
    sockets = Exchange(
        {PATH: Route(door.open, MESSAGE_BYTES_MAX)}, front("", ("127.0.0.1", port)), Bounds(per_address_max=20_000)
    )
    server = Server(uvicorn_config(_no_pages, sockets, Listen("127.0.0.1", port)))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn tells it in no other way
        await asyncio.sleep(0.01)  # noqa: TID251
    print("ready", flush=True)
    await serving


async def _no_pages(scope: Any, receive: Any, send: Any) -> None:
    """Only sockets are served here."""


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
