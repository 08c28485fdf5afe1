"""The carrier behind HTTP, and the telephone in a terminal that is its client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from channels.carrier.app import app
from channels.carrier.faults import RestFault
from channels.carrier.handset import HELP, Handset, hold, line
from tests.carrier.service import CITIZEN, LINE, Service, service

PAGES = {
    "/voice": '<Gather numDigits="1" action="/menu"><Say>1번을 누르세요</Say></Gather>',
    "/menu": '<Gather input="speech" speechTimeout="1" action="/said"/>',
    "/said": "<Hangup/>",
}


@asynccontextmanager
async def _running(pages: dict[str, Any] | None = None) -> AsyncIterator[tuple[Service, httpx2.ASGITransport]]:
    centre = service(dict(pages or PAGES))
    served = app(centre.carrier)
    async with served.router.lifespan_context(served):
        yield centre, httpx2.ASGITransport(app=served)


def _handset(centre: Service, transport: httpx2.ASGITransport, token: str = "") -> Handset:
    account = centre.carrier.net.account
    return Handset("http://carrier", account.sid, token or account.token, CITIZEN, transport)


async def test_a_call_is_made_heard_keyed_spoken_and_ended_in_a_terminal() -> None:
    async with _running() as (centre, transport):
        handset = _handset(centre, transport)
        typed: asyncio.Queue[str | None] = asyncio.Queue()
        shown: list[str] = []

        def show(said: str) -> None:
            shown.append(said)
            if "1번" in said:
                for text in ("?", "1"):
                    typed.put_nowait(text)
                asyncio.get_running_loop().call_later(0.8, typed.put_nowait, "'불법 주차요")

        assert await handset.do("dial", to=LINE) == ""
        async with asyncio.timeout(20):
            await hold(handset, typed.get, show)
        await handset.close()
        assert "[안내] 1번을 누르세요" in shown
        assert HELP in shown
        assert shown[-1].startswith("— 끝났습니다")
        assert centre.said("/menu", "Digits") == ["1"]
        assert centre.said("/said", "SpeechResult") == ["불법 주차요"]


async def test_leaving_the_terminal_hangs_up() -> None:
    async with _running() as (centre, transport):
        for end in ("q", None):
            handset = _handset(centre, transport)
            await handset.do("dial", to=LINE)
            await asyncio.sleep(0.3)
            typed: asyncio.Queue[str | None] = asyncio.Queue()
            typed.put_nowait(end)
            async with asyncio.timeout(5):
                await hold(handset, typed.get, lambda _: None)
            assert centre.carrier.phone(CITIZEN).call is None
            await handset.close()


async def test_a_call_broken_off_at_the_keyboard_is_hung_up() -> None:
    async with _running() as (centre, transport):
        handset = _handset(centre, transport)
        await handset.do("dial", to=LINE)
        await asyncio.sleep(0.2)
        await handset.leave()
        assert centre.carrier.phone(CITIZEN).call is None


async def test_wrong_acts_and_wrong_tokens_are_told() -> None:
    async with _running() as (centre, transport):
        handset = _handset(centre, transport)
        assert "has no call" in await handset.do("press", digits="1")
        assert "not an act" in await handset.do("fly")
        assert "not an act" in await handset.do("habit", on_ring="never")
        assert await handset.do("habit", on_ring="busy") == ""
        assert centre.carrier.phone(CITIZEN).habit.on_ring == "busy"
        assert await handset.do("text", to=LINE, body="안녕") == ""
        stranger = _handset(centre, transport, "wrong")
        assert "token" in await stranger.do("dial", to=LINE)
        for one in (handset, stranger):
            await one.close()


async def test_rest_over_http_is_the_same_surface() -> None:
    async with _running() as (centre, transport):
        account = centre.carrier.net.account
        path = f"/2010-04-01/Accounts/{account.sid}/Calls.json"
        async with httpx2.AsyncClient(transport=transport, base_url="http://c", auth=(account.sid, account.token)) as c:
            made = await c.post(path, data={"To": CITIZEN, "From": LINE, "Url": "https://120.example/voice"})
            assert (made.status_code, made.json()["status"]) == (201, "queued")
            assert (await c.get(path, params={"PageSize": 1})).json()["page_size"] == 1
            assert (await c.post(path, content=b"x" * 70_000)).status_code == 413
            state = (await c.get("/carrier/state")).json()
            assert [call["to"] for call in state["calls"]] == [CITIZEN]
            assert (await c.get("/carrier/phones/+8299")).status_code == 404
        async with httpx2.AsyncClient(transport=transport, base_url="http://c") as c:
            assert (await c.get(path)).status_code == 401
            assert (await c.get("/carrier/state")).status_code == 401


async def test_a_lost_answer_is_silence_until_the_client_gives_up() -> None:
    async with _running() as (centre, transport):
        account = centre.carrier.net.account
        centre.carrier.net.faults.rest.append(RestFault(lost=True))
        path = f"/2010-04-01/Accounts/{account.sid}/Calls.json"
        form = {"To": CITIZEN, "From": LINE, "Url": "https://120.example/voice"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://c", auth=(account.sid, account.token)) as c:
            try:
                async with asyncio.timeout(0.3):
                    await c.post(path, data=form)
            except TimeoutError:
                pass
            else:
                raise AssertionError("answered")
        assert len(centre.carrier.net.calls) == 1


def test_what_is_heard_is_a_line() -> None:
    assert line({"kind": "voice", "text": "네"}) == "[상대] 네"
    assert line({"kind": "ringback", "text": ""}) == "[따르릉]"
