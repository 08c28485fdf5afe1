"""Three themes, whose every pair of text and ground has a contrast of at least 4.5 to 1 (a test measures it).

Hues for state come from the palette of Okabe and Ito, lightened or darkened until they can be read; each state also has
a word or a sign, so that nothing depends on colour. Boxes are drawn with background and one line, which stays straight
in terminals that take box drawing as two cells wide.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.theme import Theme


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a theme: three grounds, five inks and two marks."""

    ground: str
    panel: str
    field: str
    line: str
    text: str
    muted: str
    accent: str
    good: str
    warn: str
    bad: str
    mark_ink: str
    mark: str
    alarm: str
    dark: bool


PALETTES: dict[str, Palette] = {
    "dark": Palette(
        ground="#12161c", panel="#181d25", field="#1f2630", line="#323c4a", text="#d9dfe7", muted="#93a0b1",
        accent="#6cbdf0", good="#3fc79a", warn="#e8ab3c", bad="#ff9468", mark_ink="#0d1117", mark="#6cbdf0",
        alarm="#e8ab3c", dark=True,
    ),
    "light": Palette(
        ground="#fbfaf7", panel="#f2f0ea", field="#ffffff", line="#c9c5bb", text="#1d2228", muted="#59626d",
        accent="#005f96", good="#00694d", warn="#855000", bad="#a83a00", mark_ink="#ffffff", mark="#005f96",
        alarm="#855000", dark=False,
    ),
    "contrast": Palette(
        ground="#000000", panel="#000000", field="#000000", line="#ffffff", text="#ffffff", muted="#e0e0e0",
        accent="#56d4ff", good="#5cffb0", warn="#f0e442", bad="#ffb08a", mark_ink="#000000", mark="#f0e442",
        alarm="#f0e442", dark=True,
    ),
}  # fmt: skip

INKS = ("text", "muted", "accent", "good", "warn", "bad")
GROUNDS = ("ground", "panel", "field")


def theme(name: str) -> Theme:
    """The Textual theme of a palette. Raises KeyError for an unknown name."""
    p = PALETTES[name]
    inks = {"muted": p.muted, "good": p.good, "warn": p.warn, "bad": p.bad, "line": p.line, "ink": p.text}
    grounds = {"field": p.field, "mark": p.mark, "mark-ink": p.mark_ink, "alarm": p.alarm, "ground": p.ground}
    return Theme(
        name=f"dasan-{name}",
        primary=p.accent,
        secondary=p.accent,
        accent=p.accent,
        warning=p.warn,
        error=p.bad,
        success=p.good,
        foreground=p.text,
        background=p.ground,
        surface=p.field,
        panel=p.panel,
        dark=p.dark,
        text_alpha=1.0,
        variables={
            **inks,
            **grounds,
            "block-cursor-foreground": p.mark_ink,
            "block-cursor-background": p.mark,
            "input-selection-background": p.line,
            "scrollbar": p.line,
            "scrollbar-background": p.ground,
            "scrollbar-hover": p.muted,
            "border": p.line,
            "border-blurred": p.line,
            "placeholder-foreground": p.muted,
            "text-muted": p.muted,
        },
    )
