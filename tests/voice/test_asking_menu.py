"""A menu that asks while somebody is on the telephone: the example of docs/examples/ivr, published and called."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx2
import pytest

from dasan.app.menus import FOLDER
from dasan.ports import TicketStanding
from dasan.server.flowshelf import FlowShelf
from dasan.server.outside import Outside, Service
from ivr import registry as rules
from tests.docs.house import ROOT
from tests.virtual import START_US
from tests.voice.acts import OTHER, People, play

EXAMPLE = (ROOT / "docs" / "examples" / "ivr" / "ask.yaml").read_text("utf-8")
NUMBER = "261121000427"
WEEK_US = 7 * 86_400 * 1_000_000
ACT = rules.Act("", START_US, "시험")
Story = Callable[[People], Awaitable[None]]


def published(folder: Path, text: str) -> str:
    """That text is what calls to 120 begin with from here on."""
    shelf = FlowShelf(folder / FOLDER)
    with shelf.changing() as before:
        kept, ref = rules.draft(before, {"it.yaml": text.replace("flow: ask", "flow: dasan120", 1)}, "dasan120", ACT)
        kept = rules.simulated(rules.linted(kept, ref, 0, ACT), ref, 0, ACT)
        shelf.write(rules.publish(kept, ref, ACT))
    return ref


def told(story: Story) -> None:
    async def run(p: People) -> None:
        published(p.c.kept.folder, EXAMPLE)
        await story(p)

    play(run)


class Body(httpx2.AsyncByteStream):
    """As it comes from a socket."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.content


def answering(p: People, answer: Callable[[httpx2.Request], Awaitable[httpx2.Response]]) -> list[httpx2.Request]:
    """The outside service ``outages`` answers so; what it was asked."""
    asked: list[httpx2.Request] = []

    class Peer(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            asked.append(request)
            return await answer(request)

    service = Service("outages", "https://water.example.kr/outages")
    p.c.app.telephone.lookups._outside = Outside([service], p.c.clock, Peer())
    return asked


def test_a_caller_hears_how_her_ticket_stands_and_goes_on() -> None:
    async def story(p: People) -> None:
        p.c.kept.tickets.standings[NUMBER] = TicketStanding(NUMBER, "in_progress", due_at_us=START_US + WEEK_US)
        await p.dial()
        await p.press("1")
        await p.press(NUMBER)
        await p.hears("담당 부서에서 처리하고 있습니다. 처리 기한은 9월 28일 월요일입니다.", 20)
        await p.press("2")
        await p.hears("고맙습니다")
        assert not p.s().items, "nobody had to be asked"

    told(story)


def test_a_number_that_is_no_ticket_is_said_and_a_person_is_near() -> None:
    async def story(p: People) -> None:
        await p.dial()
        await p.press("1" + NUMBER)
        await p.hears("찾지 못했습니다", 20)
        await p.press("2")
        assert (await p.waits()).queue == "general"

    told(story)


def test_a_call_back_is_told_to_the_number_it_is_for() -> None:
    async def story(p: People) -> None:
        await p.dial()
        await p.press("0")
        await p.waits()
        await p.c.later(35)
        await p.press("1")
        await p.hears("차례가 되면 전화드리겠습니다")
        await p.c.later(20)
        await p.dial(OTHER)
        await p.press("2", OTHER)
        await p.hears("이 번호로 예약된 전화가 없습니다", 20, OTHER)
        await p.dial()
        await p.press("2")
        await p.hears("곧 전화드리겠습니다", 20)

    told(story)


@pytest.mark.parametrize("takes_s", [0.05, 1.5])
def test_an_outside_service_is_heard_and_no_hop_waits_for_it(takes_s: float) -> None:
    async def story(p: People) -> None:
        async def answer(request: httpx2.Request) -> httpx2.Response:
            await asyncio.sleep(takes_s)
            return httpx2.Response(200, stream=Body(b'{"outage": {"until": "15:00"}}'))

        asked = answering(p, answer)
        await p.dial()
        await p.press("311")
        await p.hears("단수 중이며 오후 3시에 풀립니다", 20)
        assert [str(request.url) for request in asked] == ["https://water.example.kr/outages?district=11"]
        assert p.c.app.telephone.door.counts["late"] == 0, "every hop was answered in its budget"
        assert p.c.app.telephone.lookups.counts == {"outages:ok": 1}
        assert p.c.said().count("확인하고 있습니다") == 1, "who waits for an answer is told so once"

    told(story)


@pytest.mark.parametrize("never", [True, False])
def test_a_service_that_hangs_or_breaks_leads_to_a_person(never: bool) -> None:
    async def story(p: People) -> None:
        async def answer(request: httpx2.Request) -> httpx2.Response:
            if never:
                await asyncio.sleep(3_600)
            return httpx2.Response(500)

        answering(p, answer)
        await p.dial()
        await p.press("311")
        await p.hears("지금은 확인할 수 없어 상담사에게 연결합니다", 20)
        assert (await p.waits()).queue == "general"
        assert p.c.app.telephone.door.counts["late"] == 0
        assert p.c.app.telephone.lookups.counts == {"outages:timeout" if never else "outages:error": 1}

    told(story)


def test_a_server_that_dies_while_a_service_is_asked_asks_again_under_the_same_key() -> None:
    async def story(p: People) -> None:
        async def answer(request: httpx2.Request) -> httpx2.Response:
            await asyncio.sleep(1.0)
            return httpx2.Response(200, stream=Body(b'{"outage": {"until": "15:00"}}'))

        first = answering(p, answer)
        await p.dial()
        await p.press("31")
        p.c.carrier.press("+821012345678", "1")
        await p.c.until(lambda: first, 10)
        await p.c.die(away_s=0.2)
        again = answering(p, answer)
        await p.hears("단수 중이며", 30)
        assert (len(first), len(again)) == (1, 1)

    told(story)
