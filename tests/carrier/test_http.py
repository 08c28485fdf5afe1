"""Webhooks over real sockets: answers, refusals, silence, and a call from ringing to its end on the real clock."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

import pytest

from channels.carrier.carrier import Carrier
from channels.carrier.drive import real_us
from channels.carrier.web import HttpWeb
from channels.carrier.webhooks import PLAIN, Ask, Errand
from tests.carrier.service import CITIZEN, LINE

Serve = Callable[[bytes], Awaitable[bytes]]


@asynccontextmanager
async def _server(serve: Serve) -> AsyncIterator[str]:
    handling: set[asyncio.Task[None] | None] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handling.add(asyncio.current_task())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(v) for k, _, v in _fields(head) if k.lower() == b"content-length"), 0)
        body = await reader.readexactly(length)
        answer = await serve(head + body)
        writer.write(answer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*(task for task in handling if task is not None))


def _fields(head: bytes) -> list[tuple[bytes, bytes, bytes]]:
    return [line.partition(b": ") for line in head.split(b"\r\n")]


def _twiml(body: str, more: str = "") -> bytes:
    full = f"<Response>{body}</Response>".encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {len(full)}\r\n{more}Connection: close\r\n\r\n"
    )
    return head.encode() + full


def _ask(url: str, **more: int) -> Ask:
    params = (("Digits", ""), ("From", "+8210"), ("Event", "a"), ("Event", "b"))
    errand = Errand("POST", url, params, None, None, PLAIN, "t", 0)
    return Ask(1, "POST", url, params, {"X-Twilio-Signature": "s"}, more.get("ct", 500), more.get("rt", 500), errand)


async def test_a_form_goes_out_with_blank_and_repeated_values_and_the_answer_comes_back() -> None:
    seen: list[bytes] = []

    async def serve(request: bytes) -> bytes:
        seen.append(request)
        return _twiml("<Hangup/>", "Set-Cookie: s=1\r\n")

    web = HttpWeb()
    async with _server(serve) as url:
        reply = await web.send(_ask(f"{url}/voice"))
    await web.close()
    assert (reply.status, reply.content_type, reply.body) == (200, "text/xml", b"<Response><Hangup/></Response>")
    assert ("set-cookie", "s=1") in [(name.lower(), value) for name, value in reply.headers]
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert b"X-Twilio-Signature: s" in head or b"x-twilio-signature: s" in head.lower()
    assert parse_qsl(body.decode(), keep_blank_values=True) == [*_ask("").params]


@pytest.mark.parametrize("kind", ["refused", "silent", "cut"])
async def test_who_does_not_answer_is_a_failure_and_no_exception(kind: str) -> None:
    async def serve(_: bytes) -> bytes:
        await asyncio.sleep(0.6 if kind == "silent" else 0)
        return b""

    web = HttpWeb()
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{sock.getsockname()[1]}"
    async with _server(serve) as url:
        reply = await web.send(_ask(f"{nobody if kind == 'refused' else url}/voice", rt=300))
    await web.close()
    assert reply.failure == ("ct" if kind == "refused" else "rt")


async def test_a_call_lives_on_the_real_clock() -> None:
    async def serve(request: bytes) -> bytes:
        return _twiml("<Hangup/>" if b"Digits" in request else '<Gather numDigits="1"><Say>네</Say></Gather>')

    web = HttpWeb()
    async with _server(serve) as url:
        carrier = Carrier(web, clock=real_us, latency_us=0)
        carrier.number(LINE, f"{url}/voice")
        carrier.phone(CITIZEN)
        carrier.start()
        call = carrier.dial(CITIZEN, LINE)
        assert await carrier.until(lambda: bool(carrier.heard(CITIZEN)), 5)
        carrier.press(CITIZEN, "1")
        assert await carrier.until(lambda: not call.live, 5)
        await carrier.stop()
    await web.close()
    assert call.status == "completed"
