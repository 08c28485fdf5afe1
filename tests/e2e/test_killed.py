"""The real server, killed with -9 in the middle of two conversations: nothing is lost and nothing is doubled.

Two citizens in Chromium and two counselors at scripted consoles write without pause while the server dies twice.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import PHONE, begin, bubbles, say, shown
from tests.e2e.real import Desk, Server

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.chromium]
LINES = 15


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    made = Server(Path(tmp_path_factory.mktemp("centre")))
    await asyncio.to_thread(made.install, ["kim", "lee"])
    await asyncio.to_thread(made.start)
    yield made
    await asyncio.to_thread(made.stop)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(server: Server) -> AsyncIterator[list[Desk]]:
    made = [Desk(server, name) for name in ("kim", "lee")]
    running = [asyncio.create_task(desk.run()) for desk in made]
    yield made
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def citizen(browser: Browser, server: Server) -> Page:
    context = await browser.new_context(viewport=PHONE, locale="ko-KR")
    page = await context.new_page()
    page.set_default_timeout(20_000)
    await page.goto(server.url)
    await page.locator("#first:visible").wait_for()
    return page


async def test_two_talks_survive_two_kills(browser: Browser, server: Server, desks: list[Desk]) -> None:
    pages, sessions = [], []
    for n, desk in enumerate(desks):
        await desk.on_duty()
        pages.append(await citizen(browser, server))
        await begin(pages[n], f"시민 {n}")
        sessions.append(await desk.take())

    async def talk(n: int) -> None:
        for i in range(LINES):
            await say(pages[n], f"시민{n} 말{i}")
            await desks[n].do("say", session=sessions[n], text=f"상담{n} 답{i}")

    async def kills() -> None:
        for _ in range(2):
            await asyncio.sleep(0.4)
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)

    await asyncio.gather(talk(0), talk(1), kills())
    for n, page in enumerate(pages):
        said = [f"시민 {n}", *(f"시민{n} 말{i}" for i in range(LINES))]
        answers = [f"상담{n} 답{i}" for i in range(LINES)]
        await shown(page, said[-1])
        await shown(page, answers[-1])
        await expect(page.locator(".entry.waiting")).to_have_count(0)
        assert await bubbles(page, "citizen") == said
        assert await bubbles(page, "counselor") == answers
        await desks[n].until(lambda n=n, said=said: desks[n].texts(sessions[n], "citizen") == said)
        assert desks[n].texts(sessions[n], "counselor") == answers
        await page.reload()
        await shown(page, said[-1])
        assert await bubbles(page, "citizen") == said
        assert await bubbles(page, "counselor") == answers
        await page.context.close()


async def test_the_journal_folds_to_what_the_server_holds_after_the_kills(server: Server, desks: list[Desk]) -> None:
    for desk in desks:
        for session, held in list(desk.sessions.items()):
            assert (await desk.do("release", session=session, item=held["item"]["item"]))["ok"]
    assert "Traceback" not in server.log()
    await asyncio.to_thread(server.verify)


async def test_half_written_words_are_there_after_a_kill(browser: Browser, server: Server) -> None:
    page = await citizen(browser, server)
    await begin(page, "안녕하세요")
    await page.fill("#text", "반쯤 쓴 글")
    await asyncio.to_thread(server.kill)
    await page.wait_for_selector("#net:visible")
    assert await page.input_value("#text") == "반쯤 쓴 글"
    await asyncio.to_thread(server.start)
    await page.wait_for_selector("#net.good >> text=다시 연결되었습니다")
    await page.press("#text", "Enter")
    await shown(page, "반쯤 쓴 글")
    assert (await bubbles(page, "citizen")).count("반쯤 쓴 글") == 1
    await page.context.close()
