"""What a terminal, an input method and a long day do to a console, and that each of it is designed out.

docs/desk.md names the hazards one by one; this file holds those that no other file does.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual import events
from textual.widgets import TextArea

from agent_tui import notify, watchdog
from agent_tui.glyphs import ascii_only
from agent_tui.keys import ACTIONS
from agent_tui.widgets.composer import Composer
from agent_tui.widgets.suggestions import suggestions
from agent_tui.widgets.transcript import Transcript
from agent_tui.words import Words, catalogue
from tests.agent_tui.fake_server import HITS, Centre
from tests.agent_tui.stage import Stage, at_the_desk, painted

HERE = Path(__file__).parents[2] / "agent_tui"


# -- the kitty protocol and input methods


def kitty(environment: dict[str, str]) -> str:
    """What Textual has read of the switch, in a fresh interpreter."""
    code = "import agent_tui, textual.constants as c; print(c.DISABLE_KITTY_KEY)"
    kept = {key: value for key, value in os.environ.items() if key not in {"TEXTUAL_DISABLE_KITTY_KEY"}}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**kept, **environment}
    )
    return done.stdout.strip()


def test_the_kitty_keyboard_is_off_before_textual_reads_the_switch_and_on_for_who_asks() -> None:
    assert kitty({}) == "True"
    assert kitty({"DASAN_KITTY_KEYS": "1"}) == "False"


def test_the_composer_is_a_stock_text_area_so_that_syllables_are_drawn_at_the_real_cursor() -> None:
    assert issubclass(Composer, TextArea)
    assert not {"render_line", "render", "_render_line", "render_lines"} & set(vars(Composer))


async def test_a_composed_word_arrives_whole_and_no_event_moves_it() -> None:
    """A syllable that is committed key by key, with the world going on between the keys."""
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current == session)
        for n, syllable in enumerate("여권을 잃어버리셨군요"):
            stage.app.post_message(events.Key("space" if syllable == " " else syllable, syllable))
            await centre.citizen(session, f"{n}번째 말")
            await stage.pilot.pause()
        assert stage.desk.composer.text == "여권을 잃어버리셨군요"
        assert stage.desk.composer.has_focus


async def test_a_resize_in_mid_sentence_takes_nothing() -> None:
    centre = Centre()
    async with at_the_desk(centre, (132, 32)) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        await stage.write("반쯤 쓴 ")
        for size in ((80, 24), (60, 20), (200, 50), (110, 32)):
            await stage.pilot.resize_terminal(*size)
            await stage.pilot.pause()
            assert all(cell_len(line) <= size[0] for line in painted(stage.app).split("\n"))
        await stage.write("글")
        assert stage.desk.composer.text == "반쯤 쓴 글"
        assert stage.desk.composer.has_focus


async def test_more_than_can_be_sent_is_told_at_once_and_nothing_of_it_is_lost() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        stage.app.post_message(events.Paste("가" * 5_000))
        await stage.until(lambda: len(stage.desk.composer.text) == 5_000)
        await stage.seen("4000자까지 보낼 수 있습니다. 지금 5000자입니다.")
        await stage.press("enter")
        assert len(stage.desk.composer.text) == 5_000
        assert not stage.sent("say")


def test_every_key_is_one_that_an_input_method_leaves_alone() -> None:
    for action in ACTIONS:
        for key in action.keys:
            assert key.startswith(("f", "ctrl+")) or key in {"pageup", "pagedown", "enter"}, (action.id, key)


def test_every_action_can_be_clicked_or_is_in_the_list_that_can() -> None:
    assert next(action for action in ACTIONS if action.id == "palette").shown


# -- glyphs of doubtful width


@pytest.mark.parametrize("language", ["ko", "en"])
def test_our_own_words_hold_no_sign_of_doubtful_width(language: str) -> None:
    doubtful = {
        key: text
        for key, text in catalogue(language).items()
        if any(unicodedata.east_asian_width(ch) == "A" for ch in text)
    }
    assert not doubtful


def test_ascii_keeps_words_and_widths() -> None:
    raw = "박OO… “주차” → 강남구·서초구 ①② ※ ┌─┐ ▇ Ελλάδα ★"
    made = ascii_only(raw)
    assert made == '박OO. "주차" > 강남구.서초구 12 * +-+ # Ελλάδα *'
    assert cell_len(made) == cell_len(raw)


async def test_in_ascii_nothing_painted_is_of_doubtful_width_whoever_wrote_it() -> None:
    centre = Centre()
    async with at_the_desk(centre, (110, 32), glyphs="ascii") as stage:
        one = await centre.live("아주아주긴이름을가진민원인입니다…", *("①·※ → ★ “주차”…" for _ in range(60)))
        await centre.suggest(one)
        await stage.seen("여권 분실")
        for keys in ((), ("ctrl+r",), ("escape", "ctrl+k"), ("escape", "f12"), ("escape", "ctrl+o")):
            await stage.press(*keys)
            await stage.pilot.pause(0.15)
            text = painted(stage.app)
            assert not {ch for ch in text if unicodedata.east_asian_width(ch) == "A"}


# -- telling


def test_a_terminal_that_is_not_known_is_never_sent_a_sequence() -> None:
    for environment in ({}, {"TERM": "xterm-256color"}, {"TERM": "alacritty"}, {"WT_SESSION": "1"}):
        assert notify.way("auto", environment) == ""
    assert notify.way("auto", {"TERM": "foot"}) == "osc777"
    assert notify.way("auto", {"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}) == "osc9"
    assert notify.way("auto", {"TERM": "foot", "TMUX": "/tmp/x"}) == ""
    assert notify.way("osc777", {"TERM": "tmux-256color", "TMUX": "/tmp/x"}) == "osc777"
    assert notify.way("off", {"TERM": "foot"}) == ""


def test_the_sequences_are_those_of_the_terminals_and_tmux_passes_them_on() -> None:
    assert notify.sequence("osc777", "새 상담 1건") == "\x1b]777;notify;120;새 상담 1건\x1b\\"
    assert notify.sequence("osc9", "새 상담 1건") == "\x1b]9;120 새 상담 1건\x1b\\"
    assert notify.sequence("osc9", "x", tmux=True) == "\x1bPtmux;\x1b\x1b]9;120 x\x1b\x1b\\\x1b\\"


def test_offers_are_told_of_at_most_once_in_ten_seconds_and_only_to_who_looks_away() -> None:
    notifier = notify.Notifier("osc777")
    assert notifier.look(1, True, 0) == 0
    assert notifier.look(1, False, 1_000_000) == 1
    assert notifier.look(1, False, 2_000_000) == 0
    assert notifier.look(1, False, 9_000_000) == 0
    assert notifier.look(0, False, 11_000_000) == 2
    assert notify.Notifier("").look(1, False, 0) == 0


async def test_an_offer_is_told_to_the_desktop_without_a_word_of_the_citizen() -> None:
    centre = Centre()
    written: list[str] = []
    async with at_the_desk(centre, notify="osc777") as stage:
        stage.app._driver.write = written.append  # type: ignore[method-assign,union-attr]
        type(stage.app).is_headless = property(lambda self: False)  # type: ignore[assignment]
        try:
            stage.app.app_focus = False
            await centre.offer("정OO", "비밀스러운 문의")
            await stage.until(lambda: any("777" in text for text in written))
        finally:
            del type(stage.app).is_headless  # type: ignore[attr-defined]
        told = [text for text in written if "777" in text]
        assert told == ["\x1b]777;notify;120;새 상담 1건\x1b\\"]


# -- a long day


def test_a_late_beat_is_counted_and_logged_and_a_prompt_one_is_not(caplog: pytest.LogCaptureFixture) -> None:
    late = watchdog.Lateness()
    with caplog.at_level(logging.WARNING, "dasan.desk"):
        assert [late.beat(at) for at in (1_000_000, 1_500_000, 2_200_000)] == [0, 0, 0]
        assert late.beat(3_000_000) == 300_000
    assert (late.count, late.worst) == (1, 300_000)
    assert "late_ms=300" in caplog.text


def test_the_log_of_the_desk_is_bounded_and_holds_no_word_of_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "desk.log"
    watchdog.log_to(path)
    try:
        try:
            raise ValueError("박민수 010-1234-5678")
        except ValueError as fault:
            for _ in range(4_000):
                watchdog.log_fault(fault)
    finally:
        for handler in watchdog.LOG.handlers:
            handler.close()
        watchdog.log_to(None)
    kept = "".join(file.read_text("utf-8") for file in tmp_path.iterdir())
    assert "ValueError" in kept
    assert "test_hazards.py" in kept
    assert "박민수" not in kept
    assert len(list(tmp_path.iterdir())) == 2
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 2 * watchdog.LOG_BYTES_MAX


async def test_help_says_how_often_the_desk_was_held_up() -> None:
    async with at_the_desk(Centre()) as stage:
        stage.app.lateness.count, stage.app.lateness.worst = 3, 1_260_000
        await stage.press("f12")
        await stage.press("end")
        await stage.seen("3번 멈칫했습니다. 가장 길게 1.3초")


# -- layout


def heads(stage: Stage) -> dict[str, Any]:
    """Where the parts of the desk stand, by id."""
    return {part: stage.desk.query_one(f"#{part}").region for part in ("left", "middle", "right", "bottom")}


async def test_the_right_column_goes_under_the_talk_below_110_and_the_list_is_a_strip_below_80() -> None:
    async with at_the_desk(Centre(), (110, 32)) as stage:
        parts = heads(stage)
        assert parts["right"].x > parts["middle"].right - 1
        await stage.pilot.resize_terminal(109, 32)
        await stage.until(lambda: heads(stage)["right"].y >= heads(stage)["middle"].bottom)
        assert heads(stage)["left"].width < 40
        await stage.pilot.resize_terminal(79, 24)
        await stage.until(lambda: heads(stage)["left"].height == 1)
        assert {part.x for part in heads(stage).values()} == {0}


@given(st.integers(28, 90), st.integers(1, 30), st.integers(0, 3), st.integers(0, 3))
def test_suggestions_fit_every_place_they_are_given(width: int, height: int, count: int, opened: int) -> None:
    long = [hit.model_copy(update={"title": hit.title * 3, "answer": hit.answer * 9}) for hit in HITS[:count]]
    keys = ("F2", "F3", "F4")
    content, starts = suggestions(
        long, Words("ko"), title="제안 답변", empty="아직 없음", width=width, height=height, keys=keys, opened=opened
    )
    lines = content.plain.split("\n")
    assert len(lines) <= height
    assert all(cell_len(line) <= width for line in lines)
    assert [start for start in starts if start < height] == sorted(set(starts) & set(range(height)))


async def test_a_fault_in_painting_ends_neither_the_desk_nor_the_sentence() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        panes = stage.desk.query_one("#transcript", Transcript)
        draw, panes.draw = panes.draw, None  # type: ignore[method-assign,assignment]
        await stage.write("쓰던 글")
        await stage.until(lambda: stage.app.faults)
        panes.draw = draw  # type: ignore[method-assign]
        stage.app.faults.clear()
        await centre.citizen(stage.desk.current, "둘째 말")
        await stage.seen("둘째 말")
        assert stage.desk.composer.text == "쓰던 글"


async def test_words_of_the_conversation_can_be_selected_with_the_mouse_and_copied() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "접수번호는 120-2026-000123 입니다")
        await stage.seen("120-2026-000123")
        rows = painted(stage.app).split("\n")
        y = next(i for i, row in enumerate(rows) if "120-2026-000123" in row)
        x = cell_len(rows[y][: rows[y].index("120-2026")])
        await stage.pilot.mouse_down(offset=(x, y))
        await stage.pilot.hover(offset=(x + 5, y))
        await stage.pilot.hover(offset=(x + 14, y))
        await stage.pilot.mouse_up(offset=(x + 14, y))
        await stage.until(stage.app.screen.get_selected_text)
        assert stage.app.screen.get_selected_text() in {"120-2026-000123", "120-2026-00012"}
        selected = stage.app.screen.get_component_rich_style("screen--selection").bgcolor
        strip = stage.app.screen._compositor.render_strips()[y]
        assert any("2026" in segment.text and segment.style.bgcolor == selected for segment in strip if segment.style)


def test_every_test_that_the_table_of_hazards_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (HERE.parent / "docs" / "desk.md").read_text("utf-8")))
    written = {
        name
        for path in Path(__file__).parent.glob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
    }
    assert len(named) > 25
    assert named <= written
