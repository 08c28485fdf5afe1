"""Colours: everything can be read, and nothing is told by colour alone."""

from __future__ import annotations

import pytest
from textual.color import Color

from agent_tui.themes import GROUNDS, INKS, PALETTES
from tests.agent_tui.fake_server import Centre
from tests.agent_tui.stage import at_the_desk, painted


@pytest.mark.parametrize("name", sorted(PALETTES))
def test_every_ink_can_be_read_on_every_ground(name: str) -> None:
    palette = PALETTES[name]
    pairs = [(ink, ground) for ink in INKS for ground in GROUNDS] + [("mark_ink", "mark"), ("mark_ink", "alarm")]
    for ink, ground in pairs:
        ratio = Color.parse(getattr(palette, ink)).get_contrast_text  # the colours must parse
        assert ratio
        contrast = _contrast(getattr(palette, ink), getattr(palette, ground))
        assert contrast >= 4.5, f"{name}: {ink} on {ground} is {contrast:.2f}"


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [channel / 255 for channel in Color.parse(colour).rgb]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


async def test_the_theme_goes_round() -> None:
    async with at_the_desk(Centre(), theme="light") as stage:
        assert stage.app.theme == "dasan-light"
        stage.app.next_theme()
        assert stage.app.theme == "dasan-contrast"
        stage.app.next_theme()
        assert stage.app.theme == "dasan-dark"


async def test_without_colour_every_state_still_has_a_word_or_a_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    centre = Centre()
    async with at_the_desk(centre) as stage:
        one = await centre.live("박OO", "하나")
        await centre._change(one, item=centre._item(one, "ACTIVE", reply_by=centre.now - 1))
        await stage.seen("!! ")
        assert stage.app.no_color
        frame = painted(stage.app)
        for word in (">1 채", "상담 중", "연결됨", "응대 중"):
            assert word in frame
