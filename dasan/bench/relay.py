"""The baseline of the chat benchmark: a bare relay on the ``websockets`` package, run as a process of its own.

Clients come in pairs by the path ``/N/a`` and ``/N/b``; what ``a`` says is handed to ``b`` and echoed to ``a`` as an
acknowledgement. No parsing, no storage, no rights: what the transport alone costs.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

import websockets
from websockets.asyncio.server import ServerConnection, serve

_peers: dict[tuple[str, str], ServerConnection] = {}


async def _handle(connection: ServerConnection) -> None:
    assert connection.request is not None
    _, pair, side = connection.request.path.split("/")
    _peers[pair, side] = connection
    other = (pair, "b" if side == "a" else "a")
    with contextlib.suppress(websockets.ConnectionClosed):
        async for message in connection:
            peer = _peers.get(other)
            if peer is not None:
                await peer.send(message)
            await connection.send('{"t":"ack"}')


async def _main(port: int) -> None:
    async with serve(_handle, "127.0.0.1", port, compression=None, ping_interval=None):
        print("ready", flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
