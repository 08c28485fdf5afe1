"""What goes wrong on a cheap phone in an old hand: double taps, a keyboard over the page, a dead line, photos of every
kind, the wrong time of day."""

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from dasan.timers import tick
from tests.chat.centre import Centre
from tests.chat.test_photos import png_of
from tests.e2e.conftest import SystemClock, Visit, begin, bubbles, say, shown
from tests.e2e.test_network import drop_everyone

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.chromium]
SMALL = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}


def photo(kind: str = "JPEG", size: tuple[int, int] = (320, 240), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "orange").save(out, kind, **more)
    return out.getvalue()


def upright() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    return photo(size=(320, 160), exif=exif)


async def pick(page: Page, name: str, kind: str, body: bytes) -> None:
    """As the phone's chooser would; ``kind`` is what the phone takes it for."""
    await page.set_input_files("#photo", {"name": name, "mimeType": kind, "buffer": body})


async def test_a_double_tap_sends_once_and_says_nothing_about_it(visit: Visit) -> None:
    page = await visit(**SMALL)
    await begin(page, "첫 글")
    await page.fill("#text", "두 번 누름")
    await page.evaluate("() => { const b = document.querySelector('#send'); b.click(); b.click(); }")
    await shown(page, "두 번 누름")
    await asyncio.sleep(0.2)
    assert await bubbles(page, "citizen") == ["첫 글", "두 번 누름"]
    await expect(page.locator("#compose-error")).to_be_empty()


async def test_on_a_phone_enter_breaks_the_line(visit: Visit) -> None:
    page = await visit(**SMALL)
    await begin(page, "첫 글")
    await page.fill("#text", "한 줄")
    await page.press("#text", "Enter")
    assert await page.input_value("#text") == "한 줄\n"
    assert await page.get_attribute("#text", "enterkeyhint") is None


async def test_while_a_photo_goes_up_nothing_is_doubled_and_nothing_typed_is_lost(visit: Visit) -> None:
    page = await visit()
    await begin(page, "첫 글")
    release = asyncio.Event()

    async def slow(route) -> None:  # type: ignore[no-untyped-def]
        await release.wait()
        await route.continue_()

    await page.route("**/chat/photos", slow)
    await pick(page, "a.jpg", "image/jpeg", photo())
    await say(page, "사진 설명")
    await page.fill("#text", "그동안 쓴 글")
    await page.press("#text", "Enter")
    release.set()
    await page.wait_for_selector(".entry.citizen .picture img")
    assert await page.input_value("#text") == "그동안 쓴 글"
    await page.press("#text", "Enter")
    await shown(page, "그동안 쓴 글")
    assert await bubbles(page, "citizen") == ["첫 글", "사진 설명", "그동안 쓴 글"]
    assert await page.locator(".picture").count() == 1


async def test_a_photo_that_did_not_go_up_keeps_its_words(visit: Visit) -> None:
    page = await visit()
    await begin(page, "첫 글")
    await page.route("**/chat/photos", lambda route: route.abort())
    await pick(page, "a.jpg", "image/jpeg", photo())
    await say(page, "사진 설명")
    await expect(page.locator("#compose-error")).to_contain_text("올리지 못했습니다")
    assert await page.input_value("#text") == "사진 설명"
    assert await page.locator("#picked").is_visible()


@pytest.mark.parametrize(
    ("name", "kind", "body", "said"),
    [
        ("a.heic", "image/heic", b"\0\0\0\x18ftypheic", "HEIC"),
        ("a.mp4", "video/mp4", b"\0\0\0\x18ftypmp42", "사진(JPEG, PNG, WebP)만"),
        ("a.heic", "", b"\0\0\0\x18ftypheic" + b"x" * 64, "사진"),
        ("bomb.png", "image/png", png_of(30_000, 30_000, b""), "사진"),
    ],
    ids=["heic", "video", "heic-without-a-type", "bomb"],
)
async def test_each_unfit_photo_is_refused_in_a_sentence_and_the_talk_goes_on(
    visit: Visit, name: str, kind: str, body: bytes, said: str
) -> None:
    page = await visit(**SMALL)
    await begin(page, "첫 글")
    await pick(page, name, kind, body)
    if await page.locator("#picked").is_visible():
        await page.click("#send")
    await expect(page.locator("#compose-error")).to_contain_text(said)
    if await page.locator("#picked").is_visible():
        await page.click("#unpick")
    await page.fill("#text", "다음 글")
    await page.click("#send")
    await shown(page, "다음 글")


async def test_a_photo_that_is_too_large_is_refused_before_it_is_sent(visit: Visit, tmp_path: Path) -> None:
    page = await visit(**SMALL)
    await begin(page, "첫 글")
    (tmp_path / "a.jpg").write_bytes(b"\xff" * (10 * 1024 * 1024 + 1))
    await page.set_input_files("#photo", tmp_path / "a.jpg")
    await expect(page.locator("#compose-error")).to_contain_text("10MB까지")
    assert await page.locator("#picked").is_hidden()


@pytest.mark.parametrize(
    ("kind", "body", "shape"),
    [
        ("image/jpeg", upright(), (160, 320)),
        ("", photo(), (320, 240)),
        ("image/webp", photo("WEBP", save_all=True, append_images=[Image.new("RGB", (320, 240), "blue")]), (320, 240)),
    ],
    ids=["turned", "without-a-type", "animated"],
)
async def test_odd_but_honest_photos_arrive_upright_and_still(
    visit: Visit, kind: str, body: bytes, shape: tuple[int, int]
) -> None:
    page = await visit()
    await begin(page, "첫 글")
    await pick(page, "a.jpg", kind, body)
    await page.click("#send")
    await page.wait_for_selector(".entry.citizen:not(.waiting) .picture img")
    size = "img => img.decode().then(() => [img.naturalWidth, img.naturalHeight])"
    assert tuple(await page.locator(".picture img").last.evaluate(size)) == shape


async def test_a_keyboard_that_covers_the_page_leaves_the_composer_in_sight(visit: Visit) -> None:
    page = await visit(**SMALL)
    await begin(page, "첫 글")
    await page.evaluate(
        """() => { Object.defineProperty(visualViewport, 'height', { get: () => window.visible, configurable: true });
        window.visible = 330; visualViewport.dispatchEvent(new Event('resize')); }"""
    )
    box = await page.locator("#send").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 330
    await page.evaluate("() => { window.visible = 640; visualViewport.dispatchEvent(new Event('resize')); }")
    box = await page.locator("#send").bounding_box()
    assert box is not None
    assert box["y"] > 500


@pytest.mark.parametrize("height", [256, 180])
async def test_with_hardly_any_height_everything_can_still_be_reached(visit: Visit, height: int) -> None:
    page = await visit(viewport={"width": 320, "height": height})
    await begin(page, "첫 글")
    await page.wait_for_selector("#position:has-text('1번째')")
    await page.keyboard.type("글")  # what is written is in sight
    box = await page.locator("#text").bounding_box()
    assert box is not None
    assert box["y"] + 40 <= height  # the line that is written
    clipped = """() => [...document.querySelectorAll('h1, button, .pill')].filter((el) => el.checkVisibility())
        .filter((el) => el.scrollWidth > el.clientWidth + 1).map((el) => el.outerHTML)"""
    assert await page.evaluate(clipped) == []
    await page.click("#leave")
    await page.locator("#leave-yes").click()
    await page.wait_for_selector("#ending:visible")


async def test_a_line_that_does_not_answer_any_more_is_noticed(visit: Visit) -> None:
    page = await visit()
    await page.clock.install()
    await begin(page, "첫 글")
    await page.evaluate("() => { window.send = WebSocket.prototype.send; WebSocket.prototype.send = () => {} }")
    await say(page, "어디로도 가지 않는 글")
    await page.wait_for_selector(".entry.waiting")
    await page.evaluate("() => { WebSocket.prototype.send = window.send }")
    await page.clock.fast_forward(10_500)
    await page.wait_for_selector("#net:visible >> text=다시 연결")
    await page.clock.fast_forward(2_000)
    await expect(page.locator(".entry.waiting")).to_have_count(0)
    assert await bubbles(page, "citizen") == ["첫 글", "어디로도 가지 않는 글"]


async def test_a_page_that_slept_asks_for_what_it_missed(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await page.clock.install()
    await page.reload()
    await begin(page, "첫 글")
    counselor = await centre.counselor()
    session = await counselor.take()
    await page.wait_for_selector("#line >> text=상담사가 답을")
    socket = next(iter(centre.exchange.open))
    socket._transport.pause_reading()  # the line is dead, and the browser does not know
    socket._transport.write = lambda data: None
    await counselor.reply(session.id, "자는 동안의 답")
    await page.clock.fast_forward(76_000)  # asks, is not answered,
    await page.clock.fast_forward(12_500)  # and connects anew
    await page.clock.fast_forward(1_000)
    await shown(page, "자는 동안의 답")


async def test_a_page_that_comes_back_out_of_the_browsers_cache_goes_on(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await begin(page, "첫 글")
    counselor = await centre.counselor()
    session = await counselor.take()
    await page.goto("about:blank")
    await counselor.reply(session.id, "그사이의 답")
    await page.go_back()
    await shown(page, "그사이의 답")
    # The browser of the tests keeps no pages; what it would say is said here, over a line that died meanwhile.
    for socket in tuple(centre.exchange.open):
        socket._transport.pause_reading()
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    await say(page, "다시 왔어요")
    await shown(page, "다시 왔어요")
    assert await bubbles(page, "citizen") == ["첫 글", "다시 왔어요"]
    assert await bubbles(page, "counselor") == ["그사이의 답"]


@pytest.mark.parametrize("days", [-400, 1, 30])
async def test_a_phone_whose_clock_is_wrong_shows_the_right_day(visit: Visit, days: int) -> None:
    page = await visit()
    now = await page.evaluate("Date.now()")
    await page.clock.set_fixed_time(now + days * 86_400_000)
    await page.reload()
    await begin(page, "첫 글")
    await expect(page.locator(".day")).to_have_text("오늘")
    await say(page, "보낸 글")
    await shown(page, "보낸 글")
    await expect(page.locator(".entry.waiting")).to_have_count(0)


class Skipping(SystemClock):
    """The present, and what was skipped."""

    skipped_us = 0

    def now_us(self) -> int:
        return super().now_us() + self.skipped_us


async def test_after_ten_minutes_without_a_network_the_page_says_that_the_talk_is_over_and_keeps_what_was_written(
    visit: Visit, centre: Centre
) -> None:
    page = await visit()
    await begin(page, "첫 글")
    clock = Skipping()
    centre.gate._broker.clock = clock  # type: ignore[attr-defined]
    await page.context.set_offline(True)
    drop_everyone(centre)
    await page.wait_for_selector("#net:visible")
    await say(page, "끊긴 채 쓴 글")
    session = next(iter(centre.hub.index.sessions()))
    await centre.until(lambda: centre.store.reads.load(session.id).state.live_leg.state == "SUSPENDED")
    clock.skipped_us = 601 * 1_000_000
    for stream, at in centre.timers.due(clock.now_us()):
        await centre.gate.submit(tick(stream, at))
    await page.context.set_offline(False)
    await page.wait_for_selector("#ending:visible")
    await page.wait_for_selector(".entry.waiting >> text=보내지 못했습니다")
    assert "끊긴 채 쓴 글" in await bubbles(page, "citizen")


async def test_ending_without_a_network_is_carried_out_when_it_is_back(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await begin(page, "첫 글")
    await page.context.set_offline(True)
    drop_everyone(centre)
    await page.wait_for_selector("#net:visible")
    await page.click("#leave")
    await page.click("#leave-yes")
    await page.context.set_offline(False)
    await page.wait_for_selector("#ending:visible")


async def test_a_rating_that_was_lost_on_the_way_is_given_once(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await begin(page, "첫 글")
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.reply(session.id, "네")
    await shown(page, "네")
    await page.click("#leave")
    await page.click("#leave-yes")
    await page.wait_for_selector("#rate-form:visible")
    title = await page.locator("#ending-title").bounding_box()
    assert title is not None
    assert 0 < title["y"] < 500  # what is asked now is what is seen
    await page.locator("#scores input[value='4']").check(force=True)
    await page.context.set_offline(True)
    drop_everyone(centre)
    await page.wait_for_selector("#net:visible")
    await page.get_by_role("button", name="평가 보내기").click()
    await page.context.set_offline(False)
    await expect(page.locator("#ending-title")).to_have_text("평가해 주셔서 고맙습니다.")
    assert centre.store.reads.load(session.id).state.rating == 4


async def test_a_first_message_that_was_sent_is_not_found_again_among_what_is_half_written(visit: Visit) -> None:
    page = await visit()
    await page.evaluate("WebSocket.prototype.send = () => {}")
    await page.fill("#first", "보낸 첫 글")
    await page.click("#start-form button")
    await page.reload()
    await page.wait_for_selector("#text:visible")
    await shown(page, "보낸 첫 글")
    assert await page.input_value("#text") == ""
    assert await bubbles(page, "citizen") == ["보낸 첫 글"]


async def test_addresses_and_telephone_numbers_can_be_tapped_and_particles_are_not_part_of_them(
    centre: Centre, visit: Visit
) -> None:
    page = await visit()
    assert await page.get_attribute(".call", "href") == "tel:02-120"
    await begin(page, "https://evil.example/ 010-1234-5678")
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.reply(
        session.id, "https://www.seoul.go.kr/main에서 보시거나 02-2133-5432로, 1588-1234. 26-1121-00042-7"
    )
    await page.wait_for_selector(".entry.counselor a")
    links = await page.locator("#log a").evaluate_all("all => all.map((a) => [a.textContent, a.getAttribute('href')])")
    assert links == [
        ["https://www.seoul.go.kr/main", "https://www.seoul.go.kr/main"],
        ["02-2133-5432", "tel:02-2133-5432"],
        ["1588-1234", "tel:1588-1234"],
    ]


async def test_the_talk_can_be_kept_as_a_file(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await begin(page, "가로등이 꺼졌어요")
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.reply(session.id, "어디인가요?")
    await shown(page, "어디인가요?")
    await page.click("#leave")
    await page.click("#leave-yes")
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="대화 내려받기").click()
    saved = await coming.value
    text = (await saved.path()).read_text("utf-8")
    assert saved.suggested_filename.endswith(".txt")
    said = [line.partition("] ")[2] for line in text.splitlines() if line.startswith("[2")]
    assert said[0] == "안내: 안녕하세요, 서울시 120입니다."
    assert "나: 가로등이 꺼졌어요" in said
    assert any(line.endswith(": 어디인가요?") for line in said)


async def test_answers_that_wait_in_another_tab_are_counted_in_the_title(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await begin(page, "첫 글")
    counselor = await centre.counselor()
    session = await counselor.take()
    hide = "on => { Object.defineProperty(document, 'hidden', { get: () => on, configurable: true });"
    hide += " document.dispatchEvent(new Event('visibilitychange')) }"
    await page.evaluate(hide, True)
    await counselor.reply(session.id, "답 하나")
    await counselor.reply(session.id, "답 둘")
    await shown(page, "답 둘")
    assert await page.title() == "(2) 서울 120 채팅 상담"
    await page.evaluate(hide, False)
    assert await page.title() == "서울 120 채팅 상담"
