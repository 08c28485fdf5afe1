"""The bad network itself: each fault does what its name says, on real sockets."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from dasan.eungdapso.faults import Fault, FaultProxy, Weather


class Counting:
    """An upstream that counts what arrives and answers it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.server: asyncio.Server | None = None

    async def start(self) -> tuple[str, int]:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self.server.sockets[0].getsockname()[:2]
        return str(host), int(port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")), 0)
        self.bodies.append(await reader.readexactly(length))
        answer = b"answer %d of the upstream" % len(self.bodies)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(answer), answer))
        await writer.drain()
        writer.close()

    async def stop(self) -> None:
        assert self.server is not None
        self.server.close()
        await self.server.wait_closed()


@pytest.mark.parametrize(
    ("fault", "seen", "arrived"),
    [
        (Fault.NONE, "answer 1 of the upstream", 1),
        (Fault.DOUBLE, "answer 2 of the upstream", 2),
        (Fault.WEB_PAGE, "<!doctype html>", 1),
        (Fault.REFUSE, "", 0),
        (Fault.LOSE_REQUEST, "", 0),
        (Fault.LOSE_REPLY, "", 1),
        (Fault.CUT_REPLY, "", 1),
        (Fault.HOLD, "", 1),
    ],
)
async def test_each_fault_does_what_its_name_says(fault: Fault, seen: str, arrived: int) -> None:
    upstream = Counting()
    proxy = FaultProxy(await upstream.start(), Weather(1, {fault: 1}), hold_s=0.01)
    port = await proxy.start()
    text = ""
    async with httpx2.AsyncClient(trust_env=False) as web:
        try:
            text = (await web.post(f"http://127.0.0.1:{port}/", content=b"hello")).text
        except httpx2.TransportError:
            assert not seen
    await proxy.settle()
    await proxy.stop()
    await upstream.stop()
    assert text.startswith(seen)
    assert bool(text) == bool(seen)
    assert upstream.bodies == [b"hello"] * arrived


def test_the_same_seed_is_the_same_weather() -> None:
    one, two, other = ([weather.next() for _ in range(50)] for weather in (Weather(7), Weather(7), Weather(8)))
    assert one == two != other
