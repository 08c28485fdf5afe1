"""The citizen's page in a real browser: a talk from the first word to the rating, and what happens on the way."""

import asyncio
import io

import pytest
from PIL import Image
from playwright.async_api import expect

from dasan.core import commands as c
from tests.chat.centre import Centre
from tests.chat.test_tickets import acknowledged, filed
from tests.e2e.conftest import Visit, begin, bubbles, say, shown

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.chromium]


async def test_a_talk_from_the_first_word_to_the_rating(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await begin(page)
    await page.wait_for_selector("#position:has-text('1번째')")
    counselor = await centre.counselor()
    session = await counselor.take()
    centre.hub.typing(session.id, "counselor", True)
    await page.wait_for_selector("#typing:visible")
    await counselor.reply(session.id, "어디인지 알려 주시겠어요?")
    await shown(page, "어디인지 알려 주시겠어요?")
    await page.wait_for_selector("#typing", state="hidden")
    await say(page, "강남대로 12 앞입니다")
    await shown(page, "강남대로 12 앞입니다")
    state = centre.hub.index.session(session.id)
    assert state is not None
    await counselor.do(c.MarkEntries(session.id, state.entry_n, True))
    await page.wait_for_selector(".entry.citizen >> nth=-1 >> text=읽음")
    await counselor.do(c.ReleaseItem(session.id, state.items[-1].id))
    await page.wait_for_selector("#ending:visible")
    await page.get_by_label("매우 만족").check(force=True)
    await page.fill("#rate-text", "고맙습니다")
    await page.get_by_role("button", name="평가 보내기").click()
    await expect(page.locator("#ending-title")).to_have_text("평가해 주셔서 고맙습니다.")
    await centre.until(lambda: centre.store.reads.load(session.id).state.rating == 5)
    await page.get_by_role("button", name="새로 문의하기").click()
    await begin(page, "다른 일입니다")
    await shown(page, "다른 일입니다")
    assert await bubbles(page, "counselor") == []


async def test_the_citizens_reading_reaches_the_counselor(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await begin(page)
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.reply(session.id, "보이시나요?")
    await shown(page, "보이시나요?")

    def all_read() -> bool:
        now = centre.hub.index.session(session.id)
        return now is not None and now.citizen_read == now.entry_n

    await centre.until(all_read)


async def test_hostile_text_is_text(centre: Centre, visit: Visit) -> None:
    page = await visit()
    hostile = [
        "<img src=x onerror=\"document.title='owned'\">",
        "<script>document.title='owned'</script>",
        "</textarea></li><h1>owned</h1>",
        "javascript:document.title='owned'",
        "${document.title='owned'} {{7*7}}",
        "W" * 3000,
        "a" + "\u0301" * 50,
        "\u202eowned\u202c",
        "https://a.example/\"onmouseover=\"document.title='owned'",
        "\n".join(["줄"] * 200),
    ]
    await begin(page, hostile[0])
    counselor = await centre.counselor()
    session = await counselor.take()
    for text in hostile[1:]:
        await say(page, text)
    for text in hostile:
        await counselor.reply(session.id, text)
    await counselor.reply(session.id, "끝")
    await shown(page, "끝")
    await asyncio.sleep(0.2)
    assert await page.title() == "서울 120 채팅 상담"
    assert await page.locator("#log h1, #log script, #log img").count() == 0
    assert (await bubbles(page, "citizen"))[0] == hostile[0]
    width, room = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= room
    inside = await page.evaluate(
        "[...document.querySelectorAll('.bubble')].every(b => b.getBoundingClientRect().right <= innerWidth)"
    )
    assert inside
    links = await page.locator("#log a").evaluate_all("all => all.map(a => [a.protocol, a.rel, a.target])")
    assert links
    assert all(link == ["https:", "noopener noreferrer nofollow", "_blank"] for link in links)


async def test_a_photo_is_shown_before_it_goes_and_comes_back_without_its_secrets(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await begin(page)
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "SECRET"
    Image.new("RGB", (320, 240), "orange").save(out, "JPEG", exif=exif)
    await page.set_input_files("#photo", {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()})
    await page.wait_for_selector("#picked:visible")
    await page.fill("#text", "이것입니다")
    await page.click("#send")
    await page.wait_for_selector(".entry.citizen .picture img")
    assert await page.locator("#picked").is_hidden()
    held = next(iter(centre.blobs._held.values()))
    assert b"SECRET" not in held[1]
    await page.click(".entry.citizen .picture")
    await page.wait_for_selector("#photo-dialog[open]")
    await page.keyboard.press("Escape")
    await page.reload()
    await page.wait_for_selector(".entry.citizen .picture img")
    assert "이것입니다" in await bubbles(page, "citizen")


async def test_a_file_that_is_no_photo_is_refused_in_a_sentence(visit: Visit) -> None:
    page = await visit()
    await begin(page)
    await page.set_input_files("#photo", {"name": "a.gif", "mimeType": "image/gif", "buffer": b"GIF89a"})
    await expect(page.locator("#compose-error")).to_contain_text("사진(JPEG, PNG, WebP)만")
    await page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"not a picture"})
    await page.fill("#text", "사진입니다")
    await page.click("#send")
    await expect(page.locator("#compose-error")).to_contain_text("사진(JPEG, PNG, WebP)만")
    assert await page.input_value("#text") == "사진입니다"


async def test_the_whole_page_changes_its_language_and_remembers_it(visit: Visit) -> None:
    page = await visit()
    await begin(page)
    await page.select_option("#language", "en")
    await expect(page.locator("#send")).to_have_text("Send")
    await expect(page.locator(".entry.system .bubble").first).to_have_text("Hello, this is Seoul 120.")
    assert await page.get_attribute("html", "lang") == "en"
    await page.reload()
    await expect(page.locator("#send")).to_have_text("Send")
    assert await bubbles(page, "citizen") == ["집 앞 가로등이 꺼졌어요"]


async def test_a_half_written_message_survives_a_reload(visit: Visit) -> None:
    page = await visit()
    await page.fill("#first", "아직 쓰는 중")
    await page.reload()
    await expect(page.locator("#first")).to_have_value("아직 쓰는 중")
    await begin(page, "시작")
    await page.fill("#text", "이것도 아직")
    await page.reload()
    await page.wait_for_selector("#text:visible")
    assert await page.input_value("#text") == "이것도 아직"


async def test_two_tabs_of_one_citizen_show_the_same(centre: Centre, visit: Visit) -> None:
    one = await visit()
    await begin(one)
    two = await visit(one.context)
    await shown(two, "집 앞 가로등이 꺼졌어요")
    await say(two, "둘째 창에서")
    await shown(one, "둘째 창에서")
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.reply(session.id, "둘 다 보이지요")
    for page in (one, two):
        await shown(page, "둘 다 보이지요")
    assert await bubbles(one, "citizen") == await bubbles(two, "citizen")


async def test_a_tab_that_was_open_before_the_start_in_another_follows_it(visit: Visit) -> None:
    one = await visit()
    two = await visit(one.context)
    await begin(one)
    await shown(two, "집 앞 가로등이 꺼졌어요")


async def test_ending_asks_first_and_can_be_taken_back(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await begin(page)
    await page.get_by_role("button", name="상담 끝내기").click()
    await page.get_by_role("button", name="계속하기").click()
    await say(page, "아직 있습니다")
    await shown(page, "아직 있습니다")
    await page.get_by_role("button", name="상담 끝내기").click()
    await page.get_by_role("button", name="네, 끝낼게요").click()
    await page.wait_for_selector("#ending:visible")
    assert await page.locator("#compose").is_hidden()


async def test_an_empty_start_says_what_is_missing_and_keeps_the_focus(visit: Visit) -> None:
    page = await visit()
    await page.click("#start-form button")
    await expect(page.locator("#first-error")).to_have_text("내용을 적어 주세요.")
    assert await page.evaluate("document.activeElement.id") == "first"


async def test_korean_composition_is_not_sent_half_way(visit: Visit) -> None:
    page = await visit()
    await begin(page)
    await page.fill("#text", "한글")
    await page.evaluate(
        "document.querySelector('#text').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    assert await page.input_value("#text") == "한글"


async def test_a_ticket_is_a_card_where_it_was_news_and_what_is_said_later_stands_below(
    centre: Centre, visit: Visit
) -> None:
    page = await visit()
    await begin(page)
    counselor = await centre.counselor()
    session = await counselor.take()
    handoff = await filed(counselor, session)
    await acknowledged(centre, handoff)
    await page.wait_for_selector(".ticket >> text=접수번호 2026-000123")
    await say(page, "고맙습니다")
    await shown(page, "고맙습니다")
    order = await page.locator("#entries > li").evaluate_all(
        "all => all.map(li => li.className.split(' ').slice(0, 2).join(' '))"
    )
    assert order.index("ticket") < len(order) - 1
    assert order[-1].startswith("entry citizen")
    await centre.until(lambda: "ACKNOWLEDGED" in centre.store.reads.load(handoff).state.told)
    await page.reload()
    await page.wait_for_selector(".ticket >> text=접수번호 2026-000123")
    assert await page.locator(".ticket").count() == 1


async def test_on_a_shared_computer_the_conversation_can_be_removed(visit: Visit) -> None:
    page = await visit()
    await begin(page, "내 사정")
    await page.get_by_role("button", name="상담 끝내기").click()
    await page.get_by_role("button", name="네, 끝낼게요").click()
    await page.get_by_role("button", name="이 기기에서 지우기").click()
    await page.locator("#first:visible").wait_for()
    assert await page.locator("#log li").count() == 0
    kept = await page.evaluate("localStorage.getItem('dasan.draft') || localStorage.getItem('dasan.unsent')")
    assert not kept
    assert "내 사정" not in await page.inner_text("body")
