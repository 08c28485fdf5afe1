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


def help_text(
    where: Where,
    keymap: Mapping[str, tuple[str, ...]],
    focused: str,
    lateness: Lateness | None = None,
    place: str = "desk",
) -> Content:
    """The whole text: first the place that has the focus, then the keys, and at the end how often the desk was held
    up."""
    say = where.say
    rows = [safe.plain(say(PLACES.get(focused if place == "desk" else place, "help.desk"))), safe.plain("")]
    for keys, name in FIXED:
        rows.append(safe.join((safe.fit(keys, 18), "bold $accent"), say(f"fixed.{name}")))
    rows.append(safe.plain(""))
    for action in place_of(place):
        if action.id == "demo_kill" and not where.demo:
            continue
        keys = " ".join(key_name(key) for key in keymap.get(action.id, ())) or "-"
        why = action.when(where)
        rows.append(
            safe.join((safe.fit(keys, 18), "bold $accent"), (say(action.label), "bold" if not why else "$muted"))
        )
        rows.append(safe.join(" " * 18, (say(action.help), "$muted")))
        if why:
            rows.append(safe.join(" " * 18, ("- " + why, "$warn")))
    if lateness and lateness.count:
        worst = f"{lateness.worst / 1e6:.1f}"
        rows += [safe.plain(""), safe.plain(say("help.late", count=lateness.count, worst=worst), "$warn")]
    return safe.lines(rows)
