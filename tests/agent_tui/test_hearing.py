"""A supervisor hears a recording from where she looks and by its number: a choice, a reason, a link in a browser."""

from __future__ import annotations

import pytest

from agent_tui.screens.panel import AskLine, Menu
from tests.agent_tui.floor_centre import FloorCentre
from tests.agent_tui.stage import Stage, at_the_desk
from tests.agent_tui.test_floor import look_at, open_floor


async def chosen(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From the list of recordings to the link; what was opened."""
    opened: list[str] = []
    monkeypatch.setattr(stage.app, "open_url", lambda url, **_: opened.append(url))
    await stage.until(lambda: isinstance(stage.app.screen, Menu))
    await stage.seen("보존 기간이 지나 지움")
    await stage.press("enter")
    await stage.until(lambda: isinstance(stage.app.screen, AskLine))
    await stage.press(*"why", "enter")
    await stage.until(lambda: opened)
    return opened


async def test_it_is_heard_where_she_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_the_desk(FloorCentre()) as stage:
        await open_floor(stage)
        await look_at(stage, 1)
        await stage.press("f5")
        assert await chosen(stage, monkeypatch) == ["http://127.0.0.1:8120/desk/photos/k"]
        (asked,) = stage.sent("play")
        assert (asked.session, asked.recording, asked.reason) == ("s_1007", "b_new", "why")


async def test_what_is_gone_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_the_desk(FloorCentre()) as stage:
        await open_floor(stage)
        await stage.press("f5")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press("down", "enter")
        await stage.seen("이미 지워져 들을 수 없습니다")
        assert not stage.sent("play")


async def test_a_session_that_is_over_is_named_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_the_desk(FloorCentre()) as stage:
        stage.desk.action_do("hear_number")
        await stage.until(lambda: isinstance(stage.app.screen, AskLine))
        await stage.press(*"#1001", "enter")
        assert await chosen(stage, monkeypatch)
        assert stage.sent("recordings")[0].number == 1001


@pytest.mark.parametrize(("typed", "told"), [("abc", "숫자로"), ("1002", "남은 녹음이 없습니다")])
async def test_a_number_that_is_none_or_has_none_is_said_so(typed: str, told: str) -> None:
    async with at_the_desk(FloorCentre()) as stage:
        stage.desk.action_do("hear_number")
        await stage.until(lambda: isinstance(stage.app.screen, AskLine))
        await stage.press(*typed, "enter")
        await stage.seen(told)
        assert not stage.sent("play")
