"""The bar of the call: how it stands and since when, who is in it, and what each key does now.

It stands over everything in two lines, and in one while another session is on the screen: the call is never out of
sight. Words come before colours; nothing on it says what anybody said.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message

from agent_tui import calls, safe
from agent_tui.names import who
from agent_tui.state import Talk
from agent_tui.times import SECOND, span
from agent_tui.widgets.pane import Pane
from agent_tui.words import Words

Piece = tuple[str, str]
Spot = tuple[int, int, int, str]
"""Row, first and last cell, and the action that is done there."""
Drawn = tuple[Content, list[Spot]]
STYLES = {
    "call.talking": "bold $good",
    "call.together": "bold $good",
    "call.held": "bold $warn",
    "call.consulting": "bold $accent",
    "call.advising": "bold $accent",
}


def compact(talk: Talk, now: int, say: Words, width: int, key: Callable[[str], str]) -> Drawn:
    """The call on one line, while something else is on the screen, and the keys that work from there; that of the
    recording while the citizen can be heard."""
    keys: list[Piece] = []
    spots: list[Spot] = []
    heard = talk.session.call is not None and not talk.session.call.held_since
    for action, label in (*(calls.record(talk) if heard else ()), ("to_call", "keys.to_call")):
        if key(action) != "-":
            at = cell_len("".join(text for text, _ in keys))
            keys += [(f" {key(action)} ", "bold $accent"), (f"{say(label)} ", "")]
            spots.append((0, at, cell_len("".join(text for text, _ in keys)), action))
    back = safe.join(*keys)
    pieces: list[Piece] = [
        (f" {say.name('mark', talk.session.channel)} ", "bold $accent"),
        (safe.short(who(talk, say), 20) + "  ", "bold"),
        *_standing(talk, now, say),
    ]
    line = _within(pieces, _who_is_there(talk, say), width - back.cell_length)
    start = max(line.cell_length, width - back.cell_length)
    spots = [(row, start + first, start + last, action) for row, first, last, action in spots]
    return safe.join(line, " " * (start - line.cell_length), back), spots


def call_bar(talk: Talk, now: int, say: Words, width: int, key: Callable[[str], str]) -> Drawn:
    """The bar in two rows; a key for which there is no room is in the palette."""
    first = _within([(" ", ""), *_standing(talk, now, say)], _who_is_there(talk, say), width)
    keys, spots = _keys(talk, say, width, 1, key)
    return safe.lines([first, keys]), spots


def looked_at(talk: Talk, now: int, say: Words, width: int) -> Content:
    """The call for a supervisor who looks."""
    return _within([(" ", ""), *_standing(talk, now, say)], _who_is_there(talk, say), width)


def _standing(talk: Talk, now: int, say: Words) -> list[Piece]:
    """How it stands and since when, how long they talk, what is recorded, and what is known of the caller's conduct."""
    call = talk.session.call
    assert call is not None
    state = calls.word(talk)
    aside = call.consult.since if call.consult else call.held_since
    pieces = [(say(state), STYLES.get(state, "bold $warn"))]
    if aside:
        pieces.append((f" {span(now - aside)}", "bold $warn"))
    if call.talk_since:
        lasts = span(now - call.talk_since)
        pieces.append((f"  {say('call.lasts')} {lasts}" if aside else f" {lasts}", "bold"))
    if call.recording:
        style = "$bad" if call.recording == "on" else "bold $warn" if call.recording == "paused" else "$muted"
        pieces.append((f"  [{say.name('recording', call.recording)}]", style))
    if call.warned:
        pieces.append((f"  {say('call.warned', count=call.warned)}", "bold $warn"))
    if call.strikes:
        pieces.append((f"  ! {say('call.strikes', count=call.strikes)}", "bold $bad"))
    return pieces


def _who_is_there(talk: Talk, say: Words) -> str:
    """Who is asked, who is in it, and how the citizen came: what matters most stands first."""
    call = talk.session.call
    assert call is not None
    waited = f"{say('call.waited')} {span(call.waited_s * SECOND)}" if call.waited_s else ""
    withheld = say("call.withheld") if call.caller == "withheld" else ""
    told = (calls.consult_line(call, say), calls.parties_line(call, say), withheld, waited)
    return "  |  ".join(part for part in told if part)


def _within(pieces: list[Piece], rest: str, width: int) -> Content:
    """As many whole pieces as fit, then as much of ``rest`` as does."""
    kept: list[Piece] = []
    room = width - 1
    for text, style in pieces:
        if cell_len(text) > room:
            break
        kept.append((text, style))
        room -= cell_len(text)
    if rest and room > 8:
        kept.append(("   " + safe.short(rest, room - 3), ""))
    return safe.join(*kept)


def _keys(talk: Talk, say: Words, width: int, row: int, key: Callable[[str], str]) -> tuple[Content, list[Spot]]:
    parts: list[Piece] = []
    spots: list[Spot] = []
    at = 1
    for action, label in calls.buttons(talk):
        name = key(action)
        text = f"{name} " if name != "-" else ""
        size = cell_len(f"{text}{say(label)}  ")
        if at + size - 2 > width:
            continue
        parts += [(text, "bold $accent"), (f"{say(label)}  ", "")]
        spots.append((row, at, at + size, action))
        at += size
    return safe.join(" ", *parts), spots


class CallBar(Pane):
    """The bar. A click on a key does it; a click elsewhere goes to the call."""

    class Pressed(Message):
        """An action was clicked; "" for the bar itself."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._spots: list[Spot] = []

    @property
    def actions(self) -> frozenset[str]:
        """What it shows keys of now."""
        return frozenset(action for *_, action in self._spots)

    def draw(
        self, talk: Talk | None, current: bool, now: int, say: Words, width: int, key: Callable[[str], str]
    ) -> None:
        """Show the call, whole where it is on the screen (``current``); nothing when there is none."""
        self.display = talk is not None
        self.styles.height = 2 if current else 1  # never by its content, which was made for another width
        self._spots = []
        if talk is not None and current:
            content, self._spots = call_bar(talk, now, say, width, key)
            self.show(content)
        elif talk is not None:
            content, self._spots = compact(talk, now, say, width, key)
            self.show(content)

    def on_click(self, event: events.Click) -> None:
        hit = (action for row, start, end, action in self._spots if row == event.y and start <= event.x < end)
        self.post_message(self.Pressed(next(hit, "")))
