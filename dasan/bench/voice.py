"""The telephone side of the real server: signed webhooks the whole way, with commit; and how fast a hop answers.

A caller's three webhooks: the call comes (session, menu), a key is pressed (the next turn, recorded), she hangs up (the
session closes, as it does for whoever calls a centre; thousands who never leave would measure a heap that nobody has).
Signature, form, interpreter, gate with ``synchronous=FULL``, the document made. Beside it, in the same run, what the
same server takes to give an unsigned empty answer. No network is asked: nobody is rung in a menu.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections.abc import Iterable
from html import unescape
from urllib.parse import urlencode

from channels.twilio.signature import HEADER, sign
from dasan.bench.centre_server import Centre, centre
from dasan.bench.result import Result, cpu_s, percentile
from dasan.demo.stage import LINE

CONNECTIONS = 24
RUNS, RUN_S = 5, 4.0
RATE, RATE_S = 100, 10.0
_ACTION = re.compile(rb'<Gather[^>]* action="([^"]+)"')
_AGAIN = re.compile(rb"<Redirect[^>]*>([^<]+)</Redirect>")
_EMPTY = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Line:
    """One kept connection that speaks HTTP/1.1, one request at a time."""

    def __init__(self, where: Centre) -> None:
        self._port, self._stage = where.stage.port, where.stage

    async def open(self) -> Line:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def empty(self) -> None:
        """The unsigned empty answer."""
        self._writer.write(_EMPTY)
        await self._answer()

    async def post(self, url: str, fields: dict[str, str]) -> bytes:
        """A signed webhook; the document."""
        body = urlencode(fields).encode()
        path = url.partition(self._stage.page)[2]
        signature = sign(self._stage.token, url, list(fields.items()))
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"{HEADER}: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        return await self._answer()

    async def _answer(self) -> bytes:
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204")), head[:80]
        length = re.search(rb"content-length: (\d+)", head.lower())
        return await self._reader.readexactly(int(length.group(1)) if length is not None else 0)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


class Caller:
    """Calls that each come, press a key and end, one after another, each hop a webhook."""

    def __init__(self, where: Centre, line: Line, number: int) -> None:
        self._stage, self.line, self._number, self._calls = where.stage, line, number, 0
        self._fields: dict[str, str] = {}
        self._next = ""

    async def hop(self) -> None:
        """The next webhook of this caller."""
        if not self._fields:
            await self._calls_us()
        elif self._next:
            pressed = {**self._fields, "CallStatus": "in-progress", "Digits": "1"}
            assert b"<Gather" in await self._heard(self._next, pressed)
            self._next = ""
        else:
            over = {**self._fields, "CallStatus": "completed", "CallDuration": "9"}
            assert await self.line.post(f"{self._stage.page}/twilio/voice/status", over) == b""
            self._fields = {}

    async def _calls_us(self) -> None:
        self._calls += 1
        self._fields = {
            "CallSid": f"CA{self._number:08x}{self._calls:024x}", "AccountSid": self._stage.account,
            "From": f"+8210{self._number:04d}{self._calls:04d}", "To": LINE, "CallStatus": "ringing",
            "ApiVersion": "2010-04-01", "Direction": "inbound",
        }  # fmt: skip
        document = await self._heard(f"{self._stage.page}/twilio/voice", self._fields)
        found = _ACTION.search(document)
        assert found is not None, document[:400]
        self._next = unescape(found.group(1).decode())

    async def _heard(self, url: str, fields: dict[str, str]) -> bytes:
        """The document, also where the first answer was to ask again (a server's first seconds)."""
        for _ in range(10):
            document = await self.line.post(url, fields)
            again = _AGAIN.search(document)
            if b"<Gather" in document or again is None:
                return document
            url = unescape(again.group(1).decode())
        return document


def webhook() -> Iterable[Result]:
    """Hops a CPU-second beside empty answers, and how long a hop takes at 100 a second."""
    return asyncio.run(_webhook())


async def _webhook() -> list[Result]:
    async with centre(1) as where:
        callers = [Caller(where, await Line(where).open(), n) for n in range(CONNECTIONS)]
        for caller in callers:  # what is compiled and connected once is not a call's
            for _ in range(3):
                await caller.hop()
        bare = [await _closed(where.pid, [caller.line.empty for caller in callers]) for _ in range(RUNS)]
        ours = [await _closed(where.pid, [caller.hop for caller in callers]) for _ in range(RUNS)]
        waits = await _paced(callers)
        for caller in callers:
            caller.line.close()
    value, base = statistics.median(ours), statistics.median(bare)
    ratio, p99 = value / base, percentile(waits, 0.99) * 1_000
    name = "signed voice webhook, whole path"
    return [
        Result(name, value, "hops/CPU-s", "unsigned empty reply", base, ratio, ">= 0.12 x", ratio >= 0.12),
        Result(f"voice webhook p99 at {RATE}/s", p99, "ms", target="<= 50", met=p99 <= 50),
    ]


async def _closed(pid: int, asks: list[object]) -> float:
    """One request under way on each connection; how many a CPU-second of the server."""
    before, end = cpu_s(pid), time.perf_counter() + RUN_S

    async def go(ask: object) -> int:
        done = 0
        while time.perf_counter() < end:
            await ask()  # type: ignore[operator]
            done += 1
        return done

    done = sum(await asyncio.gather(*(go(ask) for ask in asks)))
    return done / (cpu_s(pid) - before)


async def _paced(callers: list[Caller]) -> list[float]:
    """RATE hops a second over the connections, each begun at its own instant; what each took, in seconds."""
    began, total = time.perf_counter(), round(RATE * RATE_S)
    waits: list[float] = []

    async def go(caller: Caller, first: int) -> None:
        for n in range(first, total, len(callers)):
            due = began + n / RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))  # noqa: TID251 - a load has a pace
            await caller.hop()
            waits.append(time.perf_counter() - due)

    await asyncio.gather(*(go(caller, n) for n, caller in enumerate(callers)))
    return waits
