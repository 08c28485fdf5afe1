"""A bad network on purpose: requests and replies lost, doubled, held back, cut, by a seed.

``FaultyTransport`` stands inside the client (no sockets, no waiting: what is held back arrives before a later request
or at ``settle``), for thousands of schedules in a test. ``FaultProxy`` is the same weather between real sockets, for
the demo and for tests with real processes; it understands just enough HTTP/1.1 to know where a message ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import httpx2


class Fault(StrEnum):
    NONE = "none"
    REFUSE = "refuse"  # no connection
    LOSE_REQUEST = "lose_request"  # sent, never arrives
    LOSE_REPLY = "lose_reply"  # arrives, is done, the answer is lost
    DOUBLE = "double"  # arrives twice
    HOLD = "hold"  # the sender gives up, and it arrives later
    CUT_REPLY = "cut_reply"  # half an answer
    WEB_PAGE = "web_page"  # arrives, is done, and a gateway answers 502 with a page


BAD_DAY: dict[Fault, float] = {
    Fault.NONE: 4,
    Fault.REFUSE: 1,
    Fault.LOSE_REQUEST: 1,
    Fault.LOSE_REPLY: 2,
    Fault.DOUBLE: 2,
    Fault.HOLD: 2,
    Fault.CUT_REPLY: 1,
    Fault.WEB_PAGE: 1,
}
PAGE = b"<!doctype html><html><title>502 Bad Gateway</title><p>The upstream did not answer.</html>"


@dataclass(slots=True)
class Weather:
    """What happens next, by a seed. ``told`` keeps what happened, so that a failure can print its schedule."""

    seed: int
    odds: Mapping[Fault, float] = field(default_factory=lambda: dict(BAD_DAY))
    told: list[Fault] = field(default_factory=list)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - a seeded schedule, not a secret

    def next(self) -> Fault:
        fault = self._random.choices(list(self.odds), list(self.odds.values()))[0]
        self.told.append(fault)
        return fault

    def chance(self) -> float:
        return self._random.random()


class FaultyTransport(httpx2.AsyncBaseTransport):
    """``inner`` in bad weather. ``fault`` gives the next fault: :meth:`Weather.next`, or a test's own list."""

    def __init__(
        self, inner: httpx2.AsyncBaseTransport, fault: Callable[[], Fault], chance: Callable[[], float]
    ) -> None:
        self._inner = inner
        self._fault = fault
        self._chance = chance
        self._held: list[tuple[str, str, Mapping[str, str], bytes]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        packet = (request.method, str(request.url), dict(request.headers), body)
        await self._arrivals(0.5)
        fault = self._fault()
        if fault is Fault.REFUSE:
            raise httpx2.ConnectError("refused", request=request)
        if fault is Fault.HOLD:
            self._held.append(packet)
        if fault in (Fault.HOLD, Fault.LOSE_REQUEST):
            raise httpx2.ReadTimeout("nothing came back", request=request)
        status, headers, answer = await self._deliver(packet)
        if fault is Fault.DOUBLE:
            again = await self._deliver(packet)
            status, headers, answer = again if self._chance() < 0.5 else (status, headers, answer)
        if fault is Fault.LOSE_REPLY:
            raise httpx2.ReadError("connection reset", request=request)
        if fault is Fault.WEB_PAGE:
            return httpx2.Response(502, content=PAGE, headers={"content-type": "text/html"}, request=request)
        if fault is Fault.CUT_REPLY:
            answer = answer[: len(answer) // 2]
        return httpx2.Response(status, content=answer, headers=headers, request=request)

    async def settle(self) -> None:
        """Everything that was held back arrives."""
        await self._arrivals(1.0)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _arrivals(self, odds: float) -> None:
        held, self._held = self._held, []
        for packet in held:
            if self._chance() < odds:
                await self._deliver(packet)
            else:
                self._held.append(packet)

    async def _deliver(self, packet: tuple[str, str, Mapping[str, str], bytes]) -> tuple[int, dict[str, str], bytes]:
        method, url, headers, body = packet
        response = await self._inner.handle_async_request(
            httpx2.Request(method, url, headers=dict(headers), content=body)
        )
        answer = await response.aread()
        await response.aclose()
        kept = {name: value for name, value in response.headers.items() if name.lower() != "content-length"}
        return response.status_code, kept, answer


HEAD_BYTES_MAX = 64 * 1024
MESSAGE_BYTES_MAX = 16 * 1024 * 1024


class FaultProxy:
    """A TCP proxy in bad weather, one HTTP exchange a connection. ``hold_s`` bounds how late a held request arrives."""

    def __init__(
        self, upstream: tuple[str, int], weather: Weather, *, hold_s: float = 0.5, silence_s: float = 5.0
    ) -> None:
        self._upstream = upstream
        self._weather = weather
        self._hold_s = hold_s
        self._silence_s = silence_s
        self._server: asyncio.Server | None = None
        self._late: set[asyncio.Task[None]] = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Begins to listen; the port."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=HEAD_BYTES_MAX)
        return int(self._server.sockets[0].getsockname()[1])

    async def settle(self) -> None:
        """Waits until every held request has arrived or failed."""
        while self._late:
            await asyncio.wait(set(self._late))

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        for task in set(self._late):
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await read_message(reader)
            answer = await self._weathered(request) if request else b""
            if answer:
                writer.write(answer)
                await writer.drain()
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass  # a broken connection is what this program is for
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _weathered(self, request: bytes) -> bytes:
        """What the sender gets to see; b"" is a connection closed without a word."""
        fault = self._weather.next()
        if fault in (Fault.REFUSE, Fault.LOSE_REQUEST):
            return b""
        if fault is Fault.HOLD:
            self._hold(request)
            return b""
        answer = await self._forward(request)
        if fault is Fault.DOUBLE:
            answer = await self._forward(request) or answer
        if fault is Fault.LOSE_REPLY:
            return b""
        if fault is Fault.CUT_REPLY:
            return answer[: len(answer) * 2 // 3]
        if fault is Fault.WEB_PAGE:
            head = f"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: {len(PAGE)}\r\n"
            return head.encode() + b"connection: close\r\n\r\n" + PAGE
        return answer

    def _hold(self, request: bytes) -> None:
        async def later() -> None:
            await asyncio.sleep(self._weather.chance() * self._hold_s)  # noqa: TID251 - a real network's delay
            await self._forward(request)

        task = asyncio.create_task(later())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _forward(self, request: bytes) -> bytes:
        try:
            reader, writer = await asyncio.open_connection(*self._upstream, limit=HEAD_BYTES_MAX)
        except OSError:
            return b""
        try:
            async with asyncio.timeout(self._silence_s):
                writer.write(request)
                await writer.drain()
                return await read_message(reader)
        except (OSError, EOFError, ValueError, TimeoutError, asyncio.LimitOverrunError):
            return b""
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP/1.1 message with a Content-Length (or none), as it came. Raises ValueError when it is too large."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    if length > MESSAGE_BYTES_MAX:
        raise ValueError("message too large")
    return head + await reader.readexactly(length)
