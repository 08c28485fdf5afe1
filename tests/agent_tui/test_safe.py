"""Hostile text: nothing that a citizen, a colleague or an article writes drives the terminal or presses a button."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual import events
from textual.strip import Strip

from agent_tui import safe
from agent_tui.app import DeskApp
from agent_tui.screens.panel import Menu
from agent_tui.screens.ticket import TicketPanel
from agent_tui.screens.transfer import TransferPanel
from agent_tui.state import Talk
from agent_tui.urgency import need
from agent_tui.widgets.card import card, talk_line
from agent_tui.widgets.sessions import row
from agent_tui.widgets.suggestions import suggestions
from agent_tui.widgets.transcript import entry_lines
from agent_tui.words import Words
from dasan.wire import desk_views as view
from tests.agent_tui.fake_server import Centre, hit
from tests.agent_tui.stage import at_the_desk, painted
from tests.agent_tui.test_state import NOW, entry, session

HERE = Path(__file__).parents[2] / "agent_tui"
# C0 but nothing, DEL, C1, bidi, zero-width space and BOM: what must never reach a terminal from a strip.
DRIVES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
EVIL = (
    "\x1b]52;c;ZXZpbA==\x07[@click=app.bell]누르세요[/] [/] [b]굵게 \x1b[2J\x9b31m\u202e뒤집힘\x1b]0;제목\x1b\\"
    " [link=file:///etc/passwd]x[/link] $accent {0} %s [Web발신] [강남구청]"
)
texts = st.text(st.characters(codec="utf-8") | st.sampled_from("\x1b\x9b\x07\x00[]{}\u202e가한 \n\t"), max_size=60)


def harmless(text: str) -> None:
    assert not DRIVES.search(text), ascii(text)


@given(texts)
@example(EVIL)
def test_every_way_of_making_content_is_harmless_and_literal(raw: str) -> None:
    for content in (safe.plain(raw, "bold"), safe.join("a ", (raw, "$warn"), raw), safe.lines([safe.plain(raw)])):
        harmless(content.plain)
    assert safe.plain("[b]x[/b]").plain == "[b]x[/b]"


@given(texts, st.integers(1, 40))
def test_a_fitted_line_has_its_width_and_nothing_else(raw: str, cells: int) -> None:
    line = safe.fit(raw, cells)
    harmless(line)
    assert "\n" not in line
    assert cell_len(line) == cells


@given(texts, st.integers(4, 40))
def test_wrapped_lines_are_never_wider_than_asked(raw: str, cells: int) -> None:
    for line in safe.wrap(raw, cells):
        harmless(line)
        assert cell_len(line) <= cells


@given(texts)
@example(EVIL)
def test_what_is_pasted_is_harmless_and_keeps_its_words(raw: str) -> None:
    harmless(safe.typed(raw))
    assert safe.typed(" 두 칸  띄움 ") == " 두 칸  띄움 "


@given(texts, texts)
@example(EVIL, EVIL)
def test_no_control_character_is_in_any_drawn_line(words: str, name: str) -> None:
    say = Words("ko")
    s = session(
        citizen=view.Citizen(
            citizen="p", name=name, contact=words, district=name, notice=words, history=((1, words, name, words),)
        ),
        item=view.Item(item="w", state="ACTIVE", queue="q", queue_name=name, channel=words[:5]),
        tickets=(view.Ticket(handoff="h", stage=name, category="c", number=words, line=name),),
    )
    talk = Talk(s, entries=[entry(1, text=words, name=name), entry(2, who="counselor", name=name, text=words)])
    hits = [hit(0, 0.5).model_copy(update={"title": name, "answer": words, "department": name, "source": words})]
    drawn = [
        card(talk, say, 34).plain,
        talk_line(talk, NOW, say, 60).plain,
        suggestions(hits, say, title="t", empty="e", width=34, height=12, keys=("F2", "F3", "F4"))[0].plain,
        *(content.plain for content in row(talk, need(talk, NOW), now=NOW, say=say, width=30, current=True)),
        *(text for e in talk.entries for line in entry_lines(e, 50, say) for text, _ in line),
    ]
    for text in drawn:
        harmless(text)


def strips(app: DeskApp) -> list[Strip]:
    return app.screen._compositor.render_strips()


def check_screen(app: DeskApp) -> None:
    for strip in strips(app):
        harmless(strip.text)
        for segment in strip:
            meta = segment.style.meta if segment.style else {}
            assert "@click" not in meta
            assert not (segment.style and segment.style.link)


def an_evil_centre() -> Centre:
    centre = Centre()
    centre.me = centre.me.model_copy(update={"name": EVIL, "presence": "AVAILABLE"})
    return centre


async def test_hostile_text_everywhere_leaves_the_whole_desk_standing() -> None:
    centre = an_evil_centre()
    async with at_the_desk(centre, notice=EVIL, every_frame=True) as stage:
        rung: list[int] = []
        stage.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
        one = await centre.live(EVIL, EVIL, EVIL)
        evil_hit = hit(0, 0.9).model_copy(update={"title": EVIL, "answer": EVIL, "source": EVIL, "why": EVIL})
        await centre.suggest(one, evil_hit)
        await centre._change(
            one, cannot={"transfer": EVIL}, tickets=(view.Ticket(handoff="h", stage=EVIL, category="x", line=EVIL),)
        )
        await stage.until(lambda: stage.desk.current == one and stage.desk.hits())
        check_screen(stage.app)
        for row in (1, 3, 4, 14):
            for column in range(3, 130, 18):
                await stage.pilot.click(offset=(column, row))
        assert not rung
        await stage.press("f2")
        check_screen(stage.app)
        await centre.offer(EVIL, EVIL)
        await stage.until(stage.app.state.offers)
        await stage.pilot.pause(0.15)
        check_screen(stage.app)


async def test_hostile_text_in_panels_the_palette_and_refusals() -> None:
    centre = an_evil_centre()
    centre.refuse["pause"] = (EVIL, EVIL)
    async with at_the_desk(centre, every_frame=True) as stage:
        one = await centre.live(EVIL, EVIL)
        await stage.until(lambda: stage.desk.current == one)
        for key, panel in (("ctrl+g", Menu), ("f9", TicketPanel), ("f7", TransferPanel)):
            await stage.press(key)
            await stage.until(lambda panel=panel: isinstance(stage.app.screen, panel))
            check_screen(stage.app)
            await stage.press("escape")
        await stage.press("f6")
        await stage.until(lambda: stage.sent("pause"))
        await stage.until(lambda: stage.app.passing.text)
        check_screen(stage.app)
        await centre._change(one, can=(), cannot={"transfer": EVIL})
        await stage.until(lambda: not stage.desk.talk.can("transfer"))
        await stage.press("ctrl+t")
        stage.app.screen.query_one("#filter").value = "전환"
        await stage.seen("전환 F7 - [@click=app.bell]")
        check_screen(stage.app)
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.desk)
        await stage.press("f12")
        await stage.seen("도움말")
        check_screen(stage.app)


async def test_what_a_counselor_pastes_is_made_harmless() -> None:
    centre = Centre()
    async with at_the_desk(centre, every_frame=True) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        stage.app.post_message(events.Paste(EVIL))
        await stage.until(lambda: "누르세요" in stage.desk.composer.text)
        assert stage.desk.composer.text.count("누르세요") == 1
        harmless(stage.desk.composer.text)
        check_screen(stage.app)


async def test_korean_square_brackets_are_shown_as_they_are() -> None:
    centre = Centre()
    async with at_the_desk(centre, every_frame=True) as stage:
        await centre.live("박OO", "[Web발신] [강남구청] 안내 [/] 끝")
        await stage.seen("[Web발신] [강남구청] 안내 [/] 끝")
        assert "누르세요" not in painted(stage.app)


FORBIDDEN = (
    (r"\bescape\(", "markup is never escaped, because it is never made"),
    (r"from_markup|from_text\(", "Content is made by agent_tui.safe alone"),
    (r"\bStatic\(\s*f[\"']", "no f-string goes into a Static"),
    (r"\bLabel\(", "Label parses markup; use Pane"),
    (r"\.notify\(", "toasts parse markup and cut wide letters; use say_notice"),
    (r"\bFooter\b(?!,)", "Footer leaks; the hint line stands for it"),
    (r"\bRichLog\b|\bDataTable\b|\bTree\b|\bMarkdown\(", "these parse what they show, or are slow"),
    (r"(?<!safe\.)\bContent\(\s*f[\"']", "Content of an f-string may hold remote text"),
    (r"self\.watch\(self\.app", "a watch on a long-lived object leaks"),
)


@pytest.mark.parametrize(("pattern", "why"), FORBIDDEN)
def test_the_package_makes_what_is_drawn_in_one_way_only(pattern: str, why: str) -> None:
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in sorted(HERE.rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").split("\n"), 1)
        if re.search(pattern, line)
        and "Content(f" not in line
        and not line.lstrip().startswith(("#", '"""', "The ", "of "))
    ]
    assert not found, why


def test_static_and_option_lists_never_parse_markup() -> None:
    for path in HERE.rglob("*.py"):
        for call in re.findall(r"OptionList\([^)]*\)|super\(\).__init__\(\"\"[^)]*\)", path.read_text("utf-8")):
            assert "markup=False" in call or "soft_wrap" in call or "query_one" in call, (path, call)
