"""For everyone: roles and names, keyboard and focus, contrast computed from what is drawn, zoom, and calm motion."""

import pytest
from playwright.async_api import Page

from tests.chat.centre import Centre
from tests.e2e.conftest import Visit, begin, say, shown

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.chromium]

# For every visible text: the colours it is drawn in and on (the nearest painted ancestor), its size, and its contrast.
CONTRAST = """() => {
  const rgb = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return { c: m.slice(0, 3), a: m[3] ?? 1 }; };
  const over = (top, below) => top.c.map((v, i) => v * top.a + below[i] * (1 - top.a));
  const part = (v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * part(r / 255) + .7152 * part(g / 255) + .0722 * part(b / 255);
  const ground = (el) => {
    const all = [];
    for (let e = el; e; e = e.parentElement) all.push(rgb(getComputedStyle(e).backgroundColor));
    return all.reverse().reduce((below, one) => over(one, below), [255, 255, 255]);
  };
  const found = [];
  for (const el of document.querySelectorAll('body *')) {
    const own = [...el.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const hint = el.placeholder && !el.value;
    if ((!own && !hint) || !el.checkVisibility() || el.getBoundingClientRect().width < 2) continue;
    if (el.closest('.hidden-text, :disabled, .skip')) continue;
    const below = ground(el);
    const ink = rgb(getComputedStyle(el, hint ? '::placeholder' : null).color);
    const [a, b] = [light(over(ink, below)), light(below)];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    found.push([ratio, `${el.tagName}.${el.className}`, (el.innerText || el.placeholder || '').slice(0, 30)]);
  }
  return found;
}"""


async def low_contrast(page: Page) -> list[object]:
    found = await page.evaluate(CONTRAST)
    assert len(found) > 5
    return [one for one in found if one[0] < 4.5]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_has_contrast_of_at_least_four_and_a_half(centre: Centre, visit: Visit, scheme: str) -> None:
    page = await visit(color_scheme=scheme, reduced_motion="reduce")
    assert await low_contrast(page) == []
    await begin(page)
    await page.wait_for_selector("#position:has-text('1번째')")
    assert await low_contrast(page) == []
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.reply(session.id, "안내는 https://example.org/ 에 있습니다")
    centre.hub.typing(session.id, "counselor", True)
    await page.wait_for_selector("#typing:visible")
    await page.evaluate("WebSocket.prototype.send = () => {}")
    await say(page, "보내는 중인 글")
    await page.wait_for_selector(".entry.waiting")
    assert await low_contrast(page) == []
    await page.context.set_offline(True)
    for socket in tuple(centre.exchange.open):
        socket._transport.abort()
    await page.wait_for_selector("#net:visible")
    assert await low_contrast(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_ending_has_contrast_too(centre: Centre, visit: Visit, scheme: str) -> None:
    page = await visit(color_scheme=scheme, reduced_motion="reduce")
    await begin(page)
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.reply(session.id, "네")
    await shown(page, "네")
    await page.click("#leave")
    await page.wait_for_selector("#leave-dialog[open]")
    assert await low_contrast(page) == []
    await page.click("#leave-yes")
    await page.wait_for_selector("#rate-form:visible")
    await page.locator("#scores input").nth(3).check(force=True)
    assert await low_contrast(page) == []


async def test_everything_that_can_be_used_has_a_role_and_a_name(visit: Visit) -> None:
    page = await visit()
    await begin(page)
    nameless = await page.evaluate(
        """() => [...document.querySelectorAll('button, input, textarea, select, a, dialog, [aria-labelledby]')]
        .concat([...document.querySelectorAll('[role=log]')])
        .filter((el) => el.checkVisibility() || el.tagName === 'DIALOG')
        .filter((el) => !(el.getAttribute('aria-label') || el.textContent.trim() || el.labels?.[0]?.textContent.trim()
            || document.getElementById(el.getAttribute('aria-labelledby'))?.textContent.trim()))
        .map((el) => el.outerHTML.slice(0, 80))"""
    )
    assert nameless == []
    log = page.get_by_role("log", name="상담 내용")
    assert await log.get_attribute("aria-live") in {"polite", "off"}
    await page.get_by_role("textbox", name="보낼 글").wait_for()
    await page.get_by_role("button", name="상담 끝내기").wait_for()
    assert await page.get_by_role("heading", level=1).count() == 1
    twice = await page.evaluate(
        "() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);"
        " return ids.length - new Set(ids).size }"
    )
    assert twice == 0


async def test_the_log_is_read_out_when_something_new_comes_and_not_when_all_is_drawn_again(visit: Visit) -> None:
    page = await visit()
    await begin(page)
    await page.reload()
    await page.wait_for_selector("#log li")
    assert await page.get_attribute("#log", "aria-live") == "off"
    await page.wait_for_selector("#log[aria-live=polite]")


async def test_all_of_it_goes_with_the_keyboard_alone(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.id") == "skip"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "first"
    await page.keyboard.type("글자판만으로 씁니다")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#text:visible")
    assert await page.evaluate("document.activeElement.id") == "text"
    await page.keyboard.type("한 줄")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("두 줄")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".entry.citizen >> text=두 줄")
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.reply(session.id, "네")
    await shown(page, "네")
    await page.focus("#leave")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#leave-dialog[open]")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.id") == "leave-yes"
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#rate-form:visible")
    assert await page.evaluate("document.activeElement.id") == "ending-title"
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    for _ in range(3):
        await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#ending-title:has-text('고맙습니다')")
    assert centre.store.reads.load(session.id).state.rating == 4


async def test_the_focus_goes_round_in_the_order_of_the_page(visit: Visit) -> None:
    page = await visit()
    await begin(page)
    await page.focus("#skip")
    seen: list[str] = []
    for _ in range(6):
        await page.keyboard.press("Tab")
        seen.append(await page.evaluate("document.activeElement.id"))
    assert seen == ["language", "leave", "log", "photo", "text", "send"]


async def test_what_is_touched_is_large_enough(visit: Visit) -> None:
    page = await visit()
    small = """() => [...document.querySelectorAll('button, select, .topics label, .icon, .scores label')]
      .filter((el) => el.checkVisibility()).map((el) => [el.id || el.textContent.trim(), el.getBoundingClientRect()])
      .filter(([, box]) => box.height < 44 || box.width < 44).map(([name, box]) => [name, box.width, box.height])"""
    assert await page.evaluate(small) == []
    await begin(page)
    assert await page.evaluate(small) == []


WIDTHS = (320, 360, 390, 768, 1280)
OVERLAP = """() => { const boxes = [...document.querySelectorAll('.top h1, .top select, .top button')]
    .filter((el) => el.checkVisibility()).map((el) => el.getBoundingClientRect());
  return boxes.some((a, i) => boxes.some((b, j) => i < j && a.left < b.right - 1 && b.left < a.right - 1
    && a.top < b.bottom - 1 && b.top < a.bottom - 1)) || boxes.some((b) => b.right > innerWidth); }"""


async def fits(page: Page) -> list[int]:
    """The widths at which something overlaps or sticks out."""
    bad = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 700})
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if wide or await page.evaluate(OVERLAP):
            bad.append(width)
    return bad


@pytest.mark.parametrize("language", ["ko-KR", "en-US"])
async def test_nothing_overlaps_or_sticks_out_at_any_width(visit: Visit, language: str) -> None:
    page = await visit(locale=language)
    assert await fits(page) == []
    await begin(page, "hello 안녕하세요")
    assert await fits(page) == []


async def test_twice_as_large_letters_still_fit(visit: Visit) -> None:
    page = await visit()
    await page.evaluate("document.documentElement.style.fontSize = '36px'")
    await begin(page)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_nothing_moves_for_those_who_asked_for_calm(centre: Centre, visit: Visit) -> None:
    page = await visit(reduced_motion="reduce")
    await begin(page)
    counselor = await centre.counselor()
    session = await counselor.take()
    centre.hub.typing(session.id, "counselor", True)
    await page.wait_for_selector("#typing:visible")
    assert await page.evaluate("document.getAnimations().length") == 0
