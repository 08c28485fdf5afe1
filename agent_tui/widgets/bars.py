"""Two lines at the foot: the notice line (an offer, a note, how to send) and the hints of what the keys do now.

The hint line replaces Textual's Footer, which leaks a widget at each change of focus.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message

from agent_tui import safe
from agent_tui.keys import Action, Where, key_name, place_of
from agent_tui.state import DeskState
from agent_tui.times import seconds_left, span
from agent_tui.widgets.pane import Pane
from agent_tui.words import Words


def offer_line(state: DeskState, now: int, say: Words, composed: bool, width: int, height: int = 1) -> Content | None:
    """The offer that ends first, or None. What Enter does is said as it is: with a draft it does not accept.

    In ``height`` 2 what the citizen asks has the second line.
    """
    offers = state.offers()
    if not offers:
        return None
    offer = offers[0]
    more = f" +{len(offers) - 1}" if len(offers) > 1 else ""
    seconds = seconds_left(offer.deadline, now)
    facts = {"queue": offer.queue_name, "waited": span(now - offer.waiting_since)}
    long = say("offer.head", channel=say.name("channel", offer.channel), **facts)
    short = say("offer.head_short", channel=say.name("mark", offer.channel), **facts)
    kind = "offer.keys_composing" if composed else "offer.keys"
    for head, which in ((long, kind), (short, kind), (short, f"{kind}_short")):  # the first that fits
        keys = say(which, seconds=seconds)
        free = width - cell_len(keys) - 3  # a space on each side, and one between
        if cell_len(head + more) <= free:
            break
    room = free - cell_len(head + more) - 2
    preview = "  " + safe.short(offer.preview, room) if room >= 8 and height < 2 else ""
    rows = [f" {safe.fit(f'{head}{more}{preview}', free)} {keys} "]
    if height >= 2:
        rows.append(f" {safe.fit(offer.preview, width - 2)} ")
    return safe.lines([safe.plain_piece((row, "bold $mark-ink on $mark")) for row in rows])


class HintBar(Pane):
    """The keys that matter, each grey when it is not possible now. A click does it, or says why not."""

    class Pressed(Message):
        """A hint was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._spots: list[tuple[int, int, str]] = []

    def draw(
        self,
        where: Where,
        keymap: dict[str, tuple[str, ...]],
        width: int,
        place: str = "desk",
        elsewhere: Collection[str] = (),
    ) -> None:
        """Show as many hints as fit, those that matter most first; they stand in the order of the table. What is to
        be seen ``elsewhere`` is not said twice."""
        parts: list[tuple[str, str]] = []
        self._spots, at = [], 1
        actions = tuple(a for a in place_of(place) if a.shown and a.id not in elsewhere)
        for action, key, label in _chosen(where, keymap, width - 1, actions):
            size = cell_len(f"{key} {label}  ")
            possible = not action.when(where)
            parts += [
                (f"{key} ", "bold $accent" if possible else "$muted"),
                (f"{label}  ", "" if possible else "$muted"),
            ]
            self._spots.append((at, at + size, action.id))
            at += size
        self.show(safe.join(" ", *parts))

    def on_click(self, event: events.Click) -> None:
        for start, end, action in self._spots:
            if start <= event.x < end:
                self.post_message(self.Pressed(action))


def _chosen(
    where: Where, keymap: dict[str, tuple[str, ...]], width: int, actions: Sequence[Action]
) -> list[tuple[Action, str, str]]:
    """Those of ``actions`` whose hints fit in ``width`` cells, each with its key and label."""
    chosen: dict[str, tuple[Action, str, str]] = {}
    for action in sorted(actions, key=lambda a: a.shown):
        keys = keymap.get(action.id, ())
        if not keys or (action.id == "demo_kill" and not where.demo):
            continue
        key = _range(keymap) if action.id == "suggest_1" else key_name(keys[0])
        label = where.say(action.label)
        width -= (size := cell_len(f"{key} {label}  "))
        if width < -2:  # the spaces after the last one may go
            width += size
            continue
        chosen[action.id] = (action, key, label)
    return [chosen[action.id] for action in actions if action.id in chosen]


def _range(keymap: dict[str, tuple[str, ...]]) -> str:
    """``F2-4`` when the three suggestion keys follow each other, else the first."""
    first, last = keymap.get("suggest_1", ()), keymap.get("suggest_3", ())
    if first == ("f2",) and last == ("f4",):
        return "F2-4"
    return key_name(first[0]) if first else ""


def hint(texts: Sequence[str], width: int, style: str) -> Content:
    """A line of hints, as many whole ones as fit."""
    line = texts[0]
    for text in texts[1:]:
        if cell_len(f" {line} | {text}") <= width:
            line = f"{line} | {text}"
    return safe.plain_piece((f" {line}", style))
