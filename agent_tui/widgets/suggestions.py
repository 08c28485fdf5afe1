"""The suggestions, or what a ``/`` search in the composer found: three that F2 to F4 put into the answer.

Each shows its source and the day it was checked; one that is past its day says so in words. One is open, with its
whole title and its answer as far as there is room; Tab opens the next, a click takes one.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message

from agent_tui import safe
from agent_tui.names import checked_on
from agent_tui.widgets.pane import Pane
from agent_tui.words import Words
from dasan.wire.desk_views import Hit

SHOWN = 3
ANSWER_LINES = 14
TITLE_LINES = 2


def suggestions(
    hits: Sequence[Hit],
    say: Words,
    *,
    title: str,
    empty: str,
    width: int,
    height: int,
    keys: Sequence[str],
    opened: int = 0,
) -> tuple[Content, list[int]]:
    """The panel in at most ``height`` lines of ``width`` cells, and the line at which each hit begins."""
    rows = [safe.plain_piece((" " + title, "bold $muted"))] if title else []
    shown = hits[:SHOWN]
    if not shown:
        rows += [safe.plain_piece((" " + line, "$muted")) for line in safe.wrap(empty, width - 2)]
        return safe.lines(rows[:height]), []
    sourced = height >= len(rows) + 2 * len(shown) + 2
    spare = height - len(rows) - (2 if sourced else 1) * len(shown)
    starts: list[int] = []
    for place, hit in enumerate(shown):
        starts.append(len(rows))
        rows += (
            _open(hit, keys[place], width, spare) if place == opened else [_head(hit.title, hit, keys[place], width)]
        )
        if sourced:
            rows.append(_source(hit, say, width))
    return safe.lines(rows[:height]), starts


def _open(hit: Hit, key: str, width: int, spare: int) -> list[Content]:
    """A hit with its title whole and ``spare`` more lines than a head."""
    head, *more = safe.wrap(safe.flat(hit.title), _title_cells(hit, width))[: max(1, min(TITLE_LINES, 1 + spare))]
    rows = [_head(head, hit, key, width, "bold"), *(safe.plain_piece(("     " + line, "bold")) for line in more)]
    room = min(spare - len(more), ANSWER_LINES)
    body = safe.wrap(hit.answer, width - 6)
    if len(body) > room > 0:
        body[room - 1] = safe.short(f"{body[room - 1]} {body[room]}", width - 6)
    return rows + [safe.plain_piece("     " + line) for line in body[: max(0, room)]]


def _score(hit: Hit) -> str:
    return f"{min(hit.score, 1.0):.2f}" if hit.score <= 1 else f"{hit.score:.1f}"


def _title_cells(hit: Hit, width: int) -> int:
    return max(6, width - 6 - len(_score(hit)))


def _head(title: str, hit: Hit, key: str, width: int, style: str = "") -> Content:
    shown = safe.fit(title, _title_cells(hit, width))
    return safe.join(" ", (f"{key:<3}", "bold $accent"), " ", (shown, style), (f" {_score(hit)}", "$muted"))


def _source(hit: Hit, say: Words, width: int) -> Content:
    """Where it comes from, as many whole parts as fit, and when it was checked."""
    checked = checked_on(hit, say)
    room = max(4, width - 7 - cell_len(checked))
    text = ""
    for part in (safe.flat(p, 60) for p in (hit.department, hit.phone, hit.source)):
        longer = f"{text}  {part}".strip()
        if part and (not text or cell_len(longer) <= room):
            text = longer
    style = "bold $warn" if hit.stale or not hit.checked_on else "$muted"
    return safe.join("     ", (safe.short(text, room), "$muted"), "  ", (checked, style))


class Suggestions(Pane):
    """The panel. A click on a hit takes it."""

    class Chosen(Message):
        """A hit was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._starts: list[int] = []

    def draw(self, content: Content, starts: list[int]) -> None:
        """Show what :func:`suggestions` has made."""
        self._starts = starts
        self.show(content)

    def on_click(self, event: events.Click) -> None:
        above = [place for place, start in enumerate(self._starts) if start <= event.y]
        if above:
            self.post_message(self.Chosen(above[-1]))
