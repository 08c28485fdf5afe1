"""Losing the network: nothing is lost, nothing is doubled, and the page says what is going on."""

import asyncio

import pytest
from playwright.async_api import expect

from dasan.core import commands as c
from tests.chat.centre import Centre
from tests.e2e.conftest import Visit, begin, bubbles, say, shown

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.chromium]


def drop_everyone(centre: Centre) -> None:
    """Every socket ends without a goodbye, as when a cable is pulled."""
    for socket in tuple(centre.exchange.open):
        socket._transport.abort()


async def test_what_is_written_without_a_network_is_sent_when_it_is_back(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await begin(page)
    counselor = await centre.counselor()
    session = await counselor.take()
    await page.context.set_offline(True)
    drop_everyone(centre)
    await page.wait_for_selector("#net:visible >> text=다시 연결하고 있습니다")
    for n in range(3):
        await say(page, f"끊긴 동안 {n}")
    await expect(page.locator(".entry.waiting")).to_have_count(3)
    await counselor.reply(session.id, "그동안의 답")
    await page.context.set_offline(False)
    await shown(page, "그동안의 답")
    await expect(page.locator(".entry.waiting")).to_have_count(0)
    assert await bubbles(page, "citizen") == ["집 앞 가로등이 꺼졌어요", *(f"끊긴 동안 {n}" for n in range(3))]
    assert await bubbles(page, "counselor") == ["그동안의 답"]


async def test_what_was_not_sent_survives_a_reload_without_a_network(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await begin(page)
    await page.evaluate("WebSocket.prototype.send = () => {}")  # what is sent goes nowhere, and the page cannot know
    await say(page, "들어가지 못한 글")
    await page.wait_for_selector(".entry.waiting")
    await page.reload()
    await shown(page, "들어가지 못한 글")
    await expect(page.locator(".entry.waiting")).to_have_count(0)
    assert (await bubbles(page, "citizen")).count("들어가지 못한 글") == 1


async def test_a_storm_of_cuts_loses_and_doubles_nothing(centre: Centre, visit: Visit) -> None:
    pages, counselors, sessions = [], [], []
    for n in range(2):
        pages.append(await visit())
        counselors.append(await centre.counselor())
        await begin(pages[n], f"시민 {n}")
        sessions.append(await centre.taken(counselors))

    async def talk(n: int) -> None:
        for i in range(12):
            await say(pages[n], f"말 {i}")
            await sessions[n][0].reply(sessions[n][1].id, f"답 {i}")
            await asyncio.sleep(0.03)

    async def storm() -> None:
        for _ in range(5):
            await asyncio.sleep(0.12)
            drop_everyone(centre)

    await asyncio.gather(talk(0), talk(1), storm())
    for n, page in enumerate(pages):
        await shown(page, "말 11")
        await shown(page, "답 11")
        await expect(page.locator(".entry.waiting")).to_have_count(0)
        mine, theirs = await bubbles(page, "citizen"), await bubbles(page, "counselor")
        assert mine == [f"시민 {n}", *(f"말 {i}" for i in range(12))]
        assert theirs == [f"답 {i}" for i in range(12)]


async def test_a_message_for_a_session_that_ended_meanwhile_is_not_sent_into_another(
    centre: Centre, visit: Visit
) -> None:
    page = await visit()
    await begin(page)
    counselor = await centre.counselor()
    session = await counselor.take()
    await page.context.set_offline(True)
    drop_everyone(centre)
    await page.wait_for_selector("#net:visible")
    await say(page, "늦은 글")
    state = centre.hub.index.session(session.id)
    assert state is not None
    await counselor.do(c.ReleaseItem(session.id, state.items[-1].id))
    await page.context.set_offline(False)
    await page.wait_for_selector("#ending:visible")
    await page.wait_for_selector(".entry.waiting >> text=보내지 못했습니다")
    await page.get_by_role("button", name="다시 보내기").click()
    assert await page.input_value("#first") == "늦은 글"
