"""Outside services under the telephone: one address each, bounded in every way, and never a fault of the caller's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasan.core.time import SECOND
from dasan.server.breaker import FAILURES_MAX, REST_US, Breaker
from dasan.server.outside import Outside, Service, request


class Clock:
    def __init__(self) -> None:
        self.us = 1_000 * SECOND

    def now_us(self) -> int:
        return self.us


class Peer:
    """A server on the loopback that says whatever a test wants, byte for byte, and remembers what it was asked."""

    def __init__(self, answer: bytes, before: Callable[[], Awaitable[None]] | None = None) -> None:
        self.answer, self.before = answer, before
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.at_once = self.most = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.asked.append((head[0], headers, body))
            if self.before is not None:
                await self.before()
            writer.write(self.answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.at_once -= 1
            writer.close()


def reply(body: bytes | str, status: str = "200 OK", *headers: str) -> bytes:
    raw = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(raw)}", "connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


@asynccontextmanager
async def peer(answer: bytes, before: Callable[[], Awaitable[None]] | None = None) -> AsyncIterator[Peer]:
    made = Peer(answer, before)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/outages?v=1"
    async with server:
        yield made


@asynccontextmanager
async def outside(*services: Service, clock: Clock | None = None) -> AsyncIterator[Outside]:
    made = Outside(services, clock or Clock())  # type: ignore[arg-type]  # a clock that stands
    try:
        yield made
    finally:
        await made.close()


async def asked(answer: bytes, *, before: Any = None, **settings: Any) -> tuple[str, dict[str, Any], Peer]:
    """One question to a peer that answers so."""
    async with peer(answer, before) as one, outside(Service("water", one.url, **settings)) as out:
        outcome, values = await out.ask("water", {"district": "강남구 & 서초", "n": 3, "none": None}, "l_1:7")
        return outcome, dict(values), one


def test_what_is_asked_goes_into_the_query_and_the_answer_becomes_flat_values() -> None:
    body = '{"outage": {"until": "18:00", "streets": ["가", "나"]}, "open": true}'
    outcome, values, one = asyncio.run(asked(reply(body), key="k-1", key_name="X-Api-Key"))
    assert outcome == "ok"
    assert values == {"outage.until": "18:00", "outage.streets.0": "가", "outage.streets.1": "나", "open": True}
    line, headers, _ = one.asked[0]
    assert line == ("GET /outages?v=1&district=%EA%B0%95%EB%82%A8%EA%B5%AC+%26+%EC%84%9C%EC%B4%88&n=3 HTTP/1.1")
    assert (headers["x-api-key"], headers["accept-encoding"]) == ("k-1", "identity")


def test_a_post_sends_json_under_a_key_that_stays_the_same() -> None:
    settings = {"method": "POST", "key": "s", "key_in": "query", "key_name": "serviceKey"}
    _, _, one = asyncio.run(asked(reply("{}"), **settings))
    _, _, again = asyncio.run(asked(reply("{}"), **settings))
    line, headers, body = one.asked[0]
    assert line == "POST /outages?v=1&serviceKey=s HTTP/1.1"
    assert json.loads(body) == {"district": "강남구 & 서초", "n": 3, "none": None}
    assert headers["idempotency-key"] == again.asked[0][1]["idempotency-key"]
    assert len(headers["idempotency-key"]) == 64


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (reply("", "204 No Content"), "ok"),
        (reply('{"outcome": "closed"}'), "closed"),
        (reply('{"outcome": "Not a word"}'), "ok"),
        (reply("no", "404 Not Found"), "unknown"),
        (reply("no", "410 Gone"), "unknown"),
        (reply("no", "401 Unauthorized"), "error"),
        (reply("sorry", "500 Internal Server Error"), "error"),
        (reply("", "302 Found", "location: http://127.0.0.1:1/"), "error"),
        (reply("<html>"), "error"),
        (reply("{half"), "error"),
        (reply("[" * 20_000), "error"),
        (reply(b"\xff\xfe\x00"), "error"),
        (reply('{"a": "' + "x" * 70_000 + '"}'), "error"),
        (reply(b"\x1f\x8b\x08", "200 OK", "content-encoding: gzip"), "error"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}", "error"),
        (b"not HTTP at all\r\n\r\n", "error"),
        (b"", "error"),
    ],
)
def test_whatever_comes_is_an_exit(answer: bytes, outcome: str) -> None:
    got, values, one = asyncio.run(asked(answer))
    assert got == outcome
    assert len(one.asked) == 1, "asked once, and nobody else"
    assert outcome != "error" or values == {}


def test_a_body_without_end_is_left_at_its_bound() -> None:
    async def story() -> None:
        sent = 0

        async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal sent
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            try:
                while sent < 100_000_000:
                    writer.write(b'"' + b"x" * 65_535)
                    await writer.drain()
                    sent += 65_536
            except ConnectionError:
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(endless, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with server, outside(Service("water", url, answer_bytes_max=1_000)) as out:
            assert await out.ask("water", {}, "k") == ("error", {})
        assert sent < 20_000_000

    asyncio.run(story())


def test_nobody_is_waited_for_longer_than_was_set() -> None:
    async def story() -> None:
        never = asyncio.Event()

        async def hang() -> None:
            await never.wait()

        loop = asyncio.get_running_loop()
        async with peer(reply("{}"), hang) as one, outside(Service("water", one.url, timeout_s=0.1)) as out:
            before = loop.time()
            assert await out.ask("water", {}, "k") == ("timeout", {})
            assert loop.time() - before < 1.0
            never.set()

    asyncio.run(story())


def test_a_refused_connection_is_an_error_and_so_is_a_name_that_is_not_in_the_directory() -> None:
    async def story() -> None:
        async with peer(b"") as gone:
            url = gone.url
        async with outside(Service("water", url)) as out:
            assert await out.ask("water", {}, "k") == ("error", {})
            assert await out.ask("http://169.254.169.254/", {}, "k") == ("error", {})

    asyncio.run(story())


def test_so_many_are_under_way_and_who_would_wait_hears_the_error_at_once() -> None:
    async def story() -> None:
        go, full, waiting = asyncio.Event(), asyncio.Event(), []

        async def hold() -> None:
            waiting.append(1)
            if len(waiting) == 3:
                full.set()
            await go.wait()

        async with peer(reply("{}"), hold) as one, outside(Service("water", one.url, at_once=3)) as out:
            asking = [asyncio.create_task(out.ask("water", {}, str(n))) for n in range(20)]
            await full.wait()
            go.set()
            told = [outcome for outcome, _ in await asyncio.gather(*asking)]
            assert (told.count("ok"), told.count("error"), one.most) == (3, 17, 3)
            assert (await out.ask("water", {}, "later"))[0] == "ok"

    asyncio.run(story())


def test_what_is_broken_is_left_alone_and_then_looked_at_by_one() -> None:
    async def story() -> None:
        clock = Clock()
        async with peer(reply("", "503 Down")) as one, outside(Service("water", one.url), clock=clock) as out:
            for _ in range(FAILURES_MAX + 5):
                assert (await out.ask("water", {}, "k"))[0] == "error"
            assert len(one.asked) == FAILURES_MAX
            clock.us += REST_US
            await asyncio.gather(*(out.ask("water", {}, "k") for _ in range(5)))
            assert len(one.asked) == FAILURES_MAX + 1
            one.answer = reply("{}")
            clock.us += REST_US
            assert [(await out.ask("water", {}, "k"))[0] for _ in range(3)] == ["ok", "ok", "ok"]

    asyncio.run(story())


def test_who_is_not_waited_for_any_more_gives_the_place_back() -> None:
    async def story() -> None:
        go = asyncio.Event()

        async def hold() -> None:
            await go.wait()

        async with peer(reply("{}"), hold) as one, outside(Service("water", one.url, at_once=1)) as out:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await out.ask("water", {}, "k")
            go.set()
            assert (await out.ask("water", {}, "k"))[0] == "ok"

    asyncio.run(story())


VALUE = st.none() | st.booleans() | st.integers() | st.text(max_size=50)


@given(st.dictionaries(st.sampled_from(["a", "b.c", "x-1", "serviceKey"]), VALUE), st.sampled_from(["GET", "POST"]))
def test_nothing_that_is_asked_changes_where_it_goes(args: dict[str, Any], method: Any) -> None:
    service = Service("s", "https://api.example.kr/v1/x?fixed=1", method, key="geheim", key_in="query")
    service = replace(service, key_name="serviceKey")
    url, _, headers = request(service, args, "k")
    assert url.startswith("https://api.example.kr/v1/x?fixed=1&")
    assert url.isascii()
    assert not set(url) & set(" \r\n#\\")
    assert url.count("serviceKey=") == 1, "nobody puts another secret beside ours"
    assert "geheim" not in str(headers)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=60))
def test_a_breaker_never_stays_shut(story: list[tuple[bool, int]]) -> None:
    breaker, now = Breaker(), SECOND
    for well, later_s in story:
        now += later_s * SECOND
        if breaker.lets(now):
            breaker.heard(well, now)
            assert not well or breaker.lets(now)
    assert breaker.lets(now + REST_US)
