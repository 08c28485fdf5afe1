"""What a scenario file (dasan/demo/scenarios) cannot say: other files of the centre, and what is not heard."""

from __future__ import annotations

from pathlib import Path

from tests.voice.acts import People, play


def test_on_a_holiday_declared_late_the_menu_keeps_other_hours(tmp_path: Path) -> None:
    days = tmp_path / "days.yaml"
    days.write_text('care: {2026-09-21: closed}\n', "utf-8")

    async def story(p: People) -> None:
        await p.dial()
        await p.press("3")
        await p.hears("평일 9시부터 18시", 30)
        assert not p.s().items, "nobody waits for a counselor who is not there"

    play(story, DASAN_VOICE__SPECIAL_DAYS=str(days))


def test_no_figure_is_told_when_nobody_knows_one() -> None:
    async def story(p: People) -> None:
        await p.dial()
        await p.press("0")
        await p.waits()
        await p.c.later(90)
        assert "분" not in p.c.said().split("상담사에게 연결", 1)[-1].replace("부분", "")

    play(story)
