"""``glyphs = "ascii"``: nothing painted that a terminal might draw two cells wide where we count one.

Terminals set to "ambiguous is wide", as many Korean profiles are, shear every line that has a box, a block, an ellipsis
or a middle dot. The filter works on what has been rendered, whoever made it: our words, a citizen's, Textual's scroll
bars. Letters stay (a Greek name is better sheared than unreadable); a sign that has no twin becomes ``?``.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_TWINS = str.maketrans(
    {
        **dict.fromkeys("·•∙…", "."),
        **dict.fromkeys("‘’", "'"),
        **dict.fromkeys("“”", '"'),
        **dict.fromkeys("‐–—―─━═╌┄▁▔▂▃", "-"),
        **dict.fromkeys("│┃║╎┆▌▐▎▍▊▋▉", "|"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛╔╗╚╝", "+"),
        **dict.fromkeys("█▄▅▆▇▀▓▒░■□▪▫", "#"),
        **dict.fromkeys("★☆※●○◎◆◇", "*"),
        **dict.fromkeys("→▶▷►", ">"),
        **dict.fromkeys("←◀◁◄", "<"),
        **dict.fromkeys("↑▲△", "^"),
        **dict.fromkeys("↓▼▽", "v"),
        "×": "x",
        "÷": "/",
        "±": "~",
    }
)


@lru_cache(maxsize=4096)
def ascii_only(text: str) -> str:
    """``text`` with every sign of doubtful width as an ASCII sign, of the same number of cells."""
    if text.isascii():
        return text
    return "".join(_certain(ch) for ch in text.translate(_TWINS))


def _certain(ch: str) -> str:
    if unicodedata.east_asian_width(ch) != "A" or unicodedata.category(ch)[0] in "LM":
        return ch
    plain = unicodedata.normalize("NFKD", ch)
    return plain[0] if plain[0].isascii() and plain[0].isalnum() else "?"


class AsciiGlyphs(LineFilter):
    """Everything that is painted, through :func:`ascii_only`."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(ascii_only(text), style, control) for text, style, control in segments]
