"""The menu on a day that was declared late; every other way through it is a scenario of dasan/demo/scenarios."""

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
