"""Chromium, started once a file, and a centre of its own for each test. One event loop a file runs both."""

import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from channels.chat.door import ChatLimits
from dasan.net.limits import Rate
from dasan.timers import tick
from tests.chat.centre import Centre

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
]
PHONE = {"width": 390, "height": 844}


class SystemClock:
    """The present."""

    def now_us(self) -> int:
        return time.time_ns() // 1000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield started
        await started.close()


LIMITS = ChatLimits(messages=Rate(50, 200), absent_s=1.0, places_every_s=0.1, mark_every_s=0.05)


@pytest_asyncio.fixture(loop_scope="module")
async def centre() -> AsyncIterator[Centre]:
    made = await Centre(clock=SystemClock(), limits=LIMITS).start(serve=True)
    yield made
    for stream, at in made.timers.due(0):
        await made.gate.submit(tick(stream, at))
    await made.stop()
    assert made.defects == []


Visit = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browser: Browser, centre: Centre) -> AsyncIterator[Visit]:
    """Open the page as a new citizen (or, with ``context``, in another tab of the same one)."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    async def open_page(context: BrowserContext | None = None, **options: Any) -> Page:
        if context is None:
            context = await browser.new_context(**{"viewport": PHONE, "locale": "ko-KR", **options})
            contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: faults.append(m.text) if "Content Security Policy" in m.text else None)
        await page.goto(centre.url)
        await page.locator("#first:visible, #log li").first.wait_for()
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert faults == []


async def begin(page: Page, text: str = "집 앞 가로등이 꺼졌어요") -> None:
    """Write the first message and start."""
    await page.fill("#first", text)
    await page.click("#start-form button")
    await page.wait_for_selector("#text:visible")


async def say(page: Page, text: str) -> None:
    """Write and send with Enter."""
    await page.fill("#text", text)
    await page.press("#text", "Enter")


async def bubbles(page: Page, who: str) -> list[str]:
    """The texts that are on the screen, from that side."""
    return await page.locator(f".entry.{who} .bubble").all_inner_texts()


async def shown(page: Page, text: str) -> None:
    """Wait until that text stands in the conversation."""
    await page.locator("#log").get_by_text(text, exact=True).last.wait_for()
