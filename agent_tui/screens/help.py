"""Help for what has the focus: what this place is for, and every action with its keys and why it is off when it is."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content

from agent_tui import safe
from agent_tui.keys import FIXED, Where, key_name, place_of
from agent_tui.watchdog import Lateness

PLACES = {
    "Composer": "help.composer",
    "Transcript": "help.transcript",
    "OfferBar": "help.offer",
    "Choice": "help.wrap",
    "TextArea": "help.wrap",
    "list": "help.floor",
    "looking": "help.looking",
}


KEY_CELLS = 18
BOX_CELLS = 76  # a panel's, of which six are its border and padding, and one the scroll bar's


def help_text(
    where: Where,
    keymap: Mapping[str, tuple[str, ...]],
    focused: str,
    *,
    screen_cells: int,
    lateness: Lateness | None = None,
    place: str = "desk",
) -> Content:
    """The whole text for a screen of ``screen_cells``: first the place that has the focus, then the keys, and at the
    end how often the desk was held up."""
    say = where.say
    room = min(BOX_CELLS, screen_cells * 96 // 100) - 7 - KEY_CELLS
    rows = [safe.plain(say(PLACES.get(focused if place == "desk" else place, "help.desk"))), safe.plain("")]
    for keys, name in FIXED:
        rows += _beside(keys, say(f"fixed.{name}"), "", room)
    rows.append(safe.plain(""))
    for action in place_of(place):
        if action.id == "demo_kill" and not where.demo:
            continue
        keys = " ".join(key_name(key) for key in keymap.get(action.id, ())) or "-"
        why = action.when(where)
        rows += _beside(keys, say(action.label), "$muted" if why else "bold", room)
        rows += _beside("", say(action.help), "$muted", room)
        if why:
            rows += _beside("", f"- {why}", "$warn", room)
    if lateness and lateness.count:
        worst = f"{lateness.worst / 1e6:.1f}"
        rows += [safe.plain(""), safe.plain(say("help.late", count=lateness.count, worst=worst), "$warn")]
    return safe.lines(rows)


def _beside(keys: str, text: str, style: str, room: int) -> list[Content]:
    """``text`` beside its keys, its further lines below its first."""
    first, *more = safe.wrap(text, room)
    rows = [safe.join((safe.fit(keys, KEY_CELLS), "bold $accent"), (first, style))]
    return rows + [safe.join(" " * KEY_CELLS, (line, style)) for line in more]
