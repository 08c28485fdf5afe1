"""Limits and refusals: each is one sentence, and none of them takes the server with it."""

import asyncio
import dataclasses

import pytest

from channels.chat.door import ChatDoor, ChatLimits
from dasan.net.limits import Rate
from tests.chat.centre import Centre
from tests.chat.conftest import Open


def limited(centre: Centre, **changes: object) -> None:
    centre.door = ChatDoor(centre.door.ports, dataclasses.replace(centre.limits, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_an_old_page_is_told_to_reload(page: Open, language: str) -> None:
    tab = page(language=language).open()
    tab.say("hello", v=99, language=language)
    trouble = await tab.next("trouble")
    assert trouble["final"] is True
    assert ("새로 고쳐" in trouble["text"]) if language == "ko" else ("reload" in trouble["text"])
    assert tab.closed is not None


async def test_who_says_nothing_is_told_why_the_connection_closes(centre: Centre, page: Open) -> None:
    limited(centre, hello_within_s=0.02)
    tab = page().open()
    trouble = await tab.next("trouble")
    assert (trouble["code"], trouble["final"]) == ("no_hello", True)
    assert "인사가 없어" in trouble["text"]
    assert tab.closed == (1008, "no_hello")


async def test_a_frame_beyond_the_limit_is_answered_under_its_id_and_the_talk_goes_on(
    centre: Centre, page: Open
) -> None:
    limited(centre, frame_bytes=8_192)
    tab = page()
    await tab.hello()
    begun = tab.say("start", text="가로등이 꺼졌어요")
    await tab.next("ack", where=lambda f: f["id"] == begun)
    long = tab.say("say", text="가" * 3_000)
    trouble = await tab.next("trouble")
    assert (trouble["id"], trouble["code"], trouble["final"]) == (long, "frame_too_big", False)
    assert "8KB" in trouble["text"]
    short = tab.say("say", text="가" * 1_000)
    await tab.next("ack", where=lambda f: f["id"] == short)


async def test_a_frame_before_hello_is_refused(page: Open) -> None:
    tab = page().open()
    tab.say("say", text="안녕")
    assert (await tab.next("trouble"))["code"] == "malformed"


@pytest.mark.parametrize(
    "raw", ["", "{", "[]", "null", '{"t":"nonsense"}', '{"t":"say"}', '{"t":"mark","n":-1}', "1" * 70_000]
)
async def test_nonsense_is_refused_without_being_echoed(page: Open, raw: str) -> None:
    tab = page()
    await tab.hello()
    assert tab.tab is not None
    tab.tab.on_text(tab, raw)
    trouble = await tab.next("trouble")
    assert trouble["code"] in {"malformed", "frame_too_big"}
    assert "nonsense" not in trouble["text"]
    tab.say("start", text="그래도 됩니다")
    await tab.next("ack")


async def test_who_keeps_sending_nonsense_is_closed(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.hello()
    assert tab.tab is not None
    for _ in range(40):
        tab.tab.on_text(tab, "{")
    await centre.until(lambda: tab.closed is not None)
    assert tab.closed is not None
    assert tab.closed[0] == 1008


async def test_messages_beyond_the_rate_are_refused_with_when_to_try_again(centre: Centre, page: Open) -> None:
    limited(centre, messages=Rate(1, 3))
    tab = page()
    await tab.started("0")
    for n in range(5):
        tab.say("say", text=str(n))
    trouble = await tab.next("trouble")
    assert (trouble["code"], trouble["again_s"]) == ("too_fast", 1)
    centre.clock.us += 2_000_000
    again = tab.say("say", text="다시")
    await tab.next("ack", where=lambda f: f["id"] == again)


async def test_one_address_cannot_make_citizens_without_end(centre: Centre, page: Open) -> None:
    limited(centre, newcomers=Rate(1, 2))
    for _ in range(2):
        await page().hello()
    third = page().open()
    third.say("hello", v=1)
    assert (await third.next("trouble"))["code"] == "too_fast"
    assert third.closed is not None
    other = page(peer="198.51.100.2")
    await other.hello()


async def test_a_flood_pauses_reading_instead_of_filling_memory(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.hello()
    for _ in range(100):
        tab.say("typing", on=True)
    assert tab.paused is True
    await centre.until(lambda: tab.paused is False)


async def test_a_tab_that_closes_in_the_middle_of_a_frame_leaves_nothing_behind(centre: Centre, page: Open) -> None:
    tab = page()
    await tab.hello()
    tab.say("start", text="끊김")
    tab.cut()
    await centre.until(lambda: len(list(centre.hub.index.sessions())) == 1)
    await asyncio.sleep(0.1)
    assert centre.door.tabs == {}
    assert centre.hub._listeners == {}


def test_limits_have_room_for_a_person_in_a_hurry() -> None:
    assert ChatLimits().messages.burst >= 10
