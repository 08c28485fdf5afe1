"""The suggestions, or what a ``/`` search in the composer found: three that F2 to F4 put into the answer.

Each shows its source and the day it was checked; one that is past its day says so in words. In a wide terminal the
first is shown in full, in a low one only the titles.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from agent_tui import safe
from agent_tui.names import checked_on
from agent_tui.words import Words
from dasan.wire.desk_views import Hit

SHOWN = 3


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
) -> Content:
    """The panel in at most ``height`` lines of ``width`` cells; hit ``opened`` shows its answer as far as it fits."""
    rows = [safe.plain_piece((" " + title, "bold $muted"))] if title else []
    shown = hits[:SHOWN]
    if not shown:
        rows += [safe.plain_piece((" " + line, "$muted")) for line in safe.wrap(empty, width - 2)]
        return safe.lines(rows[:height])
    heads = 2 if height >= len(rows) + 2 * len(shown) + 2 else 1
    spare = height - len(rows) - heads * len(shown)
    for place, hit in enumerate(shown):
        rows.append(_head(hit, keys[place], say, width, place == opened))
        if place == opened and spare > 0:
            body = safe.wrap(hit.answer, width - 6)[: max(0, min(spare, 14))]
            rows += [safe.plain_piece("     " + line) for line in body]
        if heads == 2:
            rows.append(_source(hit, say, width))
    return safe.lines(rows[:height])


def _head(hit: Hit, key: str, say: Words, width: int, opened: bool) -> Content:
    score = f"{min(hit.score, 1.0):.2f}" if hit.score <= 1 else f"{hit.score:.1f}"
    title = safe.fit(hit.title, max(6, width - 6 - len(score)))
    return safe.join(
        " ", (f"{key:<3}", "bold $accent"), " ", (title, "bold" if opened else ""), (f" {score}", "$muted")
    )


def _source(hit: Hit, say: Words, width: int) -> Content:
    """Where it comes from, as many whole parts as fit, and when it was checked."""
    checked = checked_on(hit, say)
    room = max(4, width - 7 - Content(checked).cell_length)
    text = ""
    for part in (safe.flat(p, 60) for p in (hit.department, hit.phone, hit.source)):
        longer = f"{text}  {part}".strip()
        if part and (not text or Content(longer).cell_length <= room):
            text = longer
    style = "bold $warn" if hit.stale or not hit.checked_on else "$muted"
    return safe.join("     ", (safe.short(text, room), "$muted"), "  ", (checked, style))
