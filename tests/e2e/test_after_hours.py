"""A closed topic in a real browser: the page says when it opens, takes a message, and goes on at the opening."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from dasan.core.time import SECOND
from tests.chat.centre import START_US, Centre
from tests.chat.test_after_hours import OPENS_US, office
from tests.e2e.conftest import LIMITS, Visit, shown

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.chromium]


@pytest_asyncio.fixture(loop_scope="module")
async def centre() -> AsyncIterator[Centre]:
    made = await Centre(policy=office(), limits=LIMITS).start(serve=True)
    yield made
    await made.stop()
    assert made.defects == []


async def test_a_message_is_left_at_a_closed_topic_and_answered_at_the_opening(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await expect(page.locator("#closed")).to_be_hidden()
    await page.get_by_label("세금").check(force=True)
    await expect(page.locator("#closed")).to_contain_text("내일 오전 9:00에 상담이 시작될 때")
    await expect(page.locator("#begin")).to_have_text("글 남기기")
    await page.get_by_label("일반 상담").check(force=True)
    await expect(page.locator("#closed")).to_be_hidden()
    await expect(page.locator("#begin")).to_have_text("상담 시작")
    await page.get_by_label("세금").check(force=True)
    await page.fill("#first", "재산세는 언제 내나요?")
    await page.click("#begin")
    await expect(page.locator("#line")).to_contain_text("11월 19일(목) 오전 9시에 상담이 시작되면")
    await page.click("#leave")
    await expect(page.locator("#leave-text")).to_contain_text("남기신 글도 취소됩니다")
    await page.click("#leave-no")
    await centre.advance((OPENS_US - START_US) / SECOND + 1)
    await shown(page, "상담이 시작되었습니다. 남겨 주신 글에 곧 순서대로 답해 드립니다.")
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.reply(session.id, "7월과 9월에 냅니다")
    await shown(page, "7월과 9월에 냅니다")


async def test_an_open_page_learns_that_a_topic_has_closed(centre: Centre, visit: Visit) -> None:
    centre.clock.us = OPENS_US
    page = await visit()
    await page.get_by_label("세금").check(force=True)
    await expect(page.locator("#closed")).to_be_hidden()
    centre.clock.us = OPENS_US + 10 * 3600 * SECOND
    await expect(page.locator("#closed")).to_be_visible()
    await expect(page.get_by_label("세금")).to_be_checked()


async def test_in_english_a_closed_topic_says_so_too(visit: Visit) -> None:
    page = await visit(locale="en-US")
    await page.get_by_label("Taxes").check(force=True)
    await expect(page.locator("#closed")).to_contain_text("when we open: Tomorrow 9:00 AM")
    await expect(page.locator("#begin")).to_have_text("Leave a message")
