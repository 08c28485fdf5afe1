"""The line on top: who I am, my load, what waits, the promise, the time and the connection.

When the connection is lost the line becomes the notice of it, in place, so that nothing moves.
"""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from agent_tui import safe
from agent_tui.state import DeskState, LinkState
from agent_tui.times import SECOND, clock
from agent_tui.words import Words

CHANNELS = ("voice", "callback", "chat", "sms", "video")


def status_line(state: DeskState, now: int, say: Words, width: int) -> Content:
    """The whole line in at most ``width`` cells; what matters least goes first when there is no room."""
    if state.link.state in {LinkState.DOWN, LinkState.OVER}:
        return _broken(state, now, say, width)
    time = (clock(now) if now else "", "bold")
    link = _link(state, say)
    level, counted = _level(state, say), _counted(state, say)
    rights = ([*level, *counted, time, "  ", link], [*counted, time, "  ", link], [*counted, time], [time])
    for full, parts in ((True, rights[0]), *((False, right) for right in rights)):
        left, right = safe.join(" ", *_left(state, say, full=full)), safe.join(*parts)
        room = width - left.cell_length - right.cell_length - 1
        if room >= 1:
            return safe.join(left, " " * room, right, " ")
    return safe.join(" ", *_left(state, say, full=False))


def _left(state: DeskState, say: Words, full: bool) -> list[Content | str | tuple[str, str]]:
    centre = _brief(state.centre.name, 40 if full else 14) if state.centre else "120"
    parts: list[Content | str | tuple[str, str]] = [(centre, "bold $accent"), "  "]
    if state.me is None:
        return parts
    presence = say.name("presence", state.me.presence)
    style = "$good" if state.me.presence == "AVAILABLE" else "$warn"
    parts += [(safe.flat(state.me.name, 20), "bold"), "  ", (presence, style)]
    if state.me.then:
        parts += [" > ", (say.name("presence", state.me.then), "$muted")]
    parts += ["  ", (_load(state, say), "")]
    waiting = _waiting(state, say)
    if full and waiting:
        parts += ["   ", (say("status.waiting"), "$muted"), " ", waiting]
    return parts


def _brief(name: str, cells: int) -> str:
    """``name`` with as many whole words as fit."""
    words = safe.flat(name).split()
    while len(words) > 1 and cell_len(" ".join(words)) > cells:
        words.pop()
    return safe.short(" ".join(words), cells)


def _load(state: DeskState, say: Words) -> str:
    """``채2 문1``: what I hold, by channel."""
    held = [slot.channel for slot in state.me.slots if slot.kind != "pending"] if state.me else []
    marks = [f"{say.name('mark', channel)}{held.count(channel)}" for channel in CHANNELS if channel in held]
    return " ".join(marks) or say("status.free")


def _waiting(state: DeskState, say: Words) -> str:
    queues = state.board.queues if state.board else ()
    sums = {channel: sum(q.waiting for q in queues if q.channel == channel) for channel in CHANNELS}
    return " ".join(f"{say.name('mark', channel)}{n}" for channel, n in sums.items() if n) or "0"


Parts = list[str | tuple[str, str]]


def _level(state: DeskState, say: Words) -> Parts:
    level = state.board.service_level if state.board else None
    if level is None:
        return []
    return [(say("status.level"), "$muted"), (f" {level}%", "$good" if level >= 80 else "$warn"), "  "]


def _counted(state: DeskState, say: Words) -> Parts:
    """What the demo's server counted over the journal: lost and doubled, where it does."""
    board = state.board
    figures = ((board.lost, "status.lost"), (board.doubled, "status.doubled")) if board else ()
    parts: Parts = []
    for figure, key in figures:
        if figure is not None:
            parts += [(say(key), "$muted"), (f" {figure}", "$good" if figure == 0 else "bold $bad"), "  "]
    return parts


def _link(state: DeskState, say: Words) -> tuple[str, str]:
    return (say.name("link", state.link.state), "$good" if state.link.state is LinkState.UP else "$warn")


def _broken(state: DeskState, now: int, say: Words, width: int) -> Content:
    if state.link.state is LinkState.OVER:
        text = state.link.text or say("link.over")
    else:
        seconds = max(0, now - state.link.since) // SECOND
        text = say("link.lost", seconds=seconds)
    return safe.plain_piece((" " + safe.fit("! " + text, max(1, width - 1)), "bold $mark-ink on $alarm"))
