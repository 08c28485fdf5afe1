"""What an idle tab costs the server: its socket, its view of the session, its subscriptions."""

import gc
import json
import resource
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect

from channels.chat.door import ChatLimits
from dasan.core import commands as c
from dasan.net.limits import Rate
from tests.chat.centre import Centre

SOCKETS = 400
LIMIT_KB = 30
GENEROUS = ChatLimits(hellos=Rate(10_000, 10_000), newcomers=Rate(10_000, 10_000))


def resident_kb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


async def test_an_idle_socket_with_its_session_costs_at_most_thirty_kilobytes() -> None:
    """Measured with both ends in this process, so it is an upper bound: the client's end counts too."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < SOCKETS * 2 + 100:
        pytest.fail("too few file descriptors allowed on this machine")
    centre = await Centre(limits=GENEROUS).start(serve=True)
    tokens = []
    for n in range(SOCKETS):
        citizen = centre.ids.new("p")
        tokens.append(await centre.door.ports.tokens.issue(citizen))
        address = centre.door.ports.names.address(citizen)
        command = c.OpenSession(citizen=citizen, address=address, channel="chat", text=f"가로등 {n}")
        await centre.submit(c.Principal(c.CITIZEN, citizen), command)
    held: list[ClientConnection] = []
    await _connect(centre, tokens[:50], held)  # whatever is made once is made now
    gc.collect()
    before = resident_kb()
    await _connect(centre, tokens[50:], held)
    gc.collect()
    each = (resident_kb() - before) / (SOCKETS - 50)
    assert len(centre.exchange.open) == SOCKETS
    for one in held:
        one.transport.abort()
    await centre.until(lambda: not centre.exchange.open)
    await centre.stop()
    assert each <= LIMIT_KB, f"{each:.1f} KB a socket"


async def _connect(centre: Centre, tokens: list[str], held: list[ClientConnection]) -> None:
    for token in tokens:
        made = await connect(f"ws://127.0.0.1:{centre.port}/chat/socket", compression=None, ping_interval=None)
        await made.send(json.dumps({"t": "hello", "v": 1, "token": token}))
        await made.recv()
        held.append(made)
