"""For who cannot see the page: what a screen reader is given to say, in which order, and where the focus stands.

``HEARD`` collects what live regions give to be read out, by the rules of WAI-ARIA: text added under the nearest live
ancestor that is not off; in a log only added elements count, in a status every new text.
"""

import pytest
from playwright.async_api import Page

from dasan.core import commands as c
from tests.chat.centre import Centre
from tests.e2e.conftest import Visit, begin, say, shown
from tests.e2e.test_network import drop_everyone

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.chromium]

HEARD = """() => {
  window.heard = [];
  const LIVE = '[aria-live], [role=log], [role=status], [role=alert]';
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) {
      const el = node.nodeType === 1 ? node : change.target;
      const region = el.closest?.(LIVE);
      if (!region || region.getAttribute('aria-live') === 'off' || !el.isConnected || !el.checkVisibility()) continue;
      if (region.closest('[role=log]') && node.nodeType !== 1) continue;
      const text = (node.innerText ?? node.textContent).trim();
      if (text) window.heard.push(text);
    }
  }).observe(document.body, { subtree: true, childList: true });
}"""


async def heard(page: Page, text: str) -> list[int]:
    """At which places in what was read out that text came."""
    said = await page.evaluate("window.heard")
    return [at for at, one in enumerate(said) if text in one]


async def listen(page: Page) -> None:
    await page.wait_for_selector("#log[aria-live=polite]")
    await page.evaluate(HEARD)


async def test_every_line_is_read_out_once_and_in_order_and_a_reconnection_repeats_none(
    centre: Centre, visit: Visit
) -> None:
    page = await visit()
    await begin(page)
    counselor = await centre.counselor()
    session = await counselor.take()
    await listen(page)
    await say(page, "내 말")
    await shown(page, "내 말")
    await counselor.reply(session.id, "첫째 답")
    await shown(page, "첫째 답")
    await page.context.set_offline(True)
    drop_everyone(centre)
    await page.wait_for_selector("#net:visible >> text=다시 연결하고 있습니다")
    await counselor.reply(session.id, "놓친 답")
    await page.context.set_offline(False)
    await shown(page, "놓친 답")
    await counselor.reply(session.id, "끝 답")
    await shown(page, "끝 답")
    places = [await heard(page, text) for text in ("내 말", "첫째 답", "다시 연결하고", "놓친 답", "끝 답")]
    assert [len(found) for found in places] == [1, 1, 1, 1, 1], await page.evaluate("window.heard")
    assert sorted(places) == places


async def test_typing_is_read_out_once_a_turn_however_often_it_starts_and_stops(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await begin(page)
    counselor = await centre.counselor()
    session = await counselor.take()
    await listen(page)
    for _ in range(3):
        centre.hub.typing(session.id, "counselor", True)
        await page.wait_for_selector("#typing:visible")
        centre.hub.typing(session.id, "counselor", False)
        await page.wait_for_selector("#typing", state="hidden")
    assert len(await heard(page, "상담사가 글을 쓰고 있습니다")) == 1
    await say(page, "그런데요")
    await shown(page, "그런데요")
    centre.hub.typing(session.id, "counselor", True)
    await page.wait_for_selector("#typing:visible")
    assert len(await heard(page, "상담사가 글을 쓰고 있습니다")) == 2


async def test_the_sentence_about_what_happens_next_is_read_out_when_it_changes(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await begin(page)
    await page.wait_for_selector("#position:has-text('1번째')")
    await listen(page)
    counselor = await centre.counselor()
    await counselor.take()
    await page.wait_for_selector("#line >> text=상담사가 답을 준비하고 있습니다")
    assert len(await heard(page, "상담사가 답을 준비하고 있습니다")) == 1


async def nameless(page: Page) -> list[object]:
    """What the browser's own accessibility tree has of controls without a name."""
    session = await page.context.new_cdp_session(page)
    nodes = (await session.send("Accessibility.getFullAXTree"))["nodes"]
    roles = {
        "button",
        "textbox",
        "link",
        "radio",
        "radiogroup",
        "combobox",
        "log",
        "dialog",
        "heading",
        "image",
        "group",
    }
    known = [node for node in nodes if not node["ignored"] and node["role"]["value"] in roles]
    assert len(known) > 3
    return [node["role"]["value"] for node in known if not node.get("name", {}).get("value", "").strip()]


@pytest.mark.parametrize("language", ["ko-KR", "en-US"])
async def test_the_accessibility_tree_names_every_control_on_every_screen(
    centre: Centre, visit: Visit, language: str
) -> None:
    page = await visit(locale=language)
    assert await nameless(page) == []
    await begin(page)
    counselor = await centre.counselor()
    session = await counselor.take()
    await counselor.reply(session.id, "안내는 https://example.org/ 와 02-120에서")
    await page.wait_for_selector(".entry.counselor")
    assert await nameless(page) == []
    await page.click("#leave")
    assert await nameless(page) == []
    await page.click("#leave-yes")
    await page.wait_for_selector("#rate-form:visible")
    assert await nameless(page) == []


async def focused(page: Page) -> str:
    return str(await page.evaluate("document.activeElement === document.body ? '' : document.activeElement.id"))


async def test_the_focus_is_never_lost(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await page.focus("#first")
    await begin(page)
    assert await focused(page) == "text"
    await page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"x"})
    assert await focused(page) == "text"
    await page.click("#unpick")
    assert await focused(page) == "text"
    await page.focus("#leave")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    assert await focused(page) == "leave"
    counselor = await centre.counselor()
    session = await counselor.take()
    await page.focus("#leave")
    state = centre.hub.index.session(session.id)
    assert state is not None
    await counselor.do(c.ReleaseItem(session.id, state.items[-1].id))  # what had the focus goes away by itself
    await page.wait_for_selector("#rate-form:visible")
    assert await focused(page) == "ending-title"
    await page.focus("#again")
    await page.keyboard.press("Enter")
    assert await focused(page) == "first"


async def test_an_open_question_goes_away_when_the_talk_ends_meanwhile(centre: Centre, visit: Visit) -> None:
    page = await visit()
    await begin(page)
    counselor = await centre.counselor()
    session = await counselor.take()
    await page.click("#leave")
    await page.wait_for_selector("#leave-dialog[open]")
    state = centre.hub.index.session(session.id)
    assert state is not None
    await counselor.do(c.ReleaseItem(session.id, state.items[-1].id))
    await page.wait_for_selector("#leave-dialog", state="hidden")
    assert await focused(page) == "ending-title"


async def test_in_forced_colours_what_is_chosen_differs_from_what_is_not(visit: Visit) -> None:
    page = await visit(forced_colors="active")
    paint = "el => [getComputedStyle(el).backgroundColor, getComputedStyle(el).color].join()"
    chosen = await page.locator("#topics :checked + .pill").evaluate(paint)
    other = await page.locator("#topics :not(:checked) + .pill").first.evaluate(paint)
    assert chosen != other
