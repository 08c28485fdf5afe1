"""The one door through which text from outside becomes something drawn.

What citizens, colleagues, articles and ticket desks wrote can hold escape sequences that write the clipboard, and
markup that puts a button under the counselor's mouse. The server has cleaned it already; here it is cleaned again,
since a console must not trust what it is connected to, and it is drawn as literal text: never parsed, never
interpolated into markup. A test greps this package for every other way, and another feeds hostile text through the
whole desk.
"""

from __future__ import annotations

from rich.cells import cell_len, chop_cells, set_cell_size
from textual.content import Content, Span

from dasan.core.text import clean, clean_line

Style = str


def text(raw: str) -> str:
    """``raw`` as harmless text that may have several lines; tabs become spaces."""
    return clean(raw, limit=20_000).expandtabs(4)


def flat(raw: str, limit: int = 400) -> str:
    """``raw`` as harmless text on one line of at most ``limit`` characters."""
    return clean_line(raw, limit=limit)


def typed(raw: str) -> str:
    """What a counselor pasted, harmless but with its own white space at the ends."""
    body = clean(raw, limit=20_000)
    head = raw[: len(raw) - len(raw.lstrip(" \n"))]
    tail = raw[len(raw.rstrip(" \n")) :] if raw.strip(" \n") else ""
    return (head + body + tail).expandtabs(4)


def plain(raw: str, style: Style = "") -> Content:
    """``raw`` as Content in one style, literally: ``[b]`` stays three characters."""
    body = text(raw)
    return Content(body, [Span(0, len(body), style)] if style and body else [])


def join(*parts: str | Content | tuple[str, Style]) -> Content:
    """Parts after each other; a part that is text is made harmless, a tuple is (text, style)."""
    done = [part if isinstance(part, Content) else plain_piece(part) for part in parts]
    return Content("").join(done)


def plain_piece(part: str | tuple[str, Style]) -> Content:
    """As :func:`plain`, keeping the spaces at both ends: for the pieces of a line."""
    raw, style = part if isinstance(part, tuple) else (part, "")
    body = typed(raw)
    return Content(body, [Span(0, len(body), style)] if style and body else [])


def lines(rows: list[Content]) -> Content:
    """Rows under each other."""
    return Content("\n").join(rows)


def fit(raw: str, cells: int, ellipsis: str = "..") -> str:
    """``raw`` on one line in exactly ``cells`` cells, cut with ``ellipsis`` or filled with spaces."""
    line = flat(raw)
    if cells <= 0:
        return ""
    if cell_len(line) <= cells:
        return set_cell_size(line, cells)
    room = max(0, cells - cell_len(ellipsis))
    return set_cell_size(set_cell_size(line, room).rstrip() + ellipsis, cells)


def short(raw: str, cells: int, ellipsis: str = "..") -> str:
    """As :func:`fit` without the filling."""
    return fit(raw, cells, ellipsis).rstrip()


def wrap(raw: str, cells: int) -> list[str]:
    """``raw`` in lines of at most ``cells`` cells, broken at spaces where there is one, else anywhere."""
    cells = max(4, cells)
    return [row for line in text(raw).split("\n") for row in _wrap_line(line, cells)] or [""]


def _wrap_line(line: str, cells: int) -> list[str]:
    rows: list[str] = []
    row, used = "", 0
    for word in line.split(" "):
        size = cell_len(word)
        if row and used + 1 + size <= cells:
            row, used = row + " " + word, used + 1 + size
            continue
        if row:
            rows.append(row)
        *full, row = chop_cells(word, cells) if size > cells else [word]
        rows.extend(full)
        used = cell_len(row)
    return [*rows, row]
