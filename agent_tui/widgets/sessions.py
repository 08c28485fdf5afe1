"""The left column: my sessions with the most urgent on top, and the queues below.

Two lines a session: name, sign and wait; then the last words, or what is happening, and the unread count. In a narrow
terminal the same list is a strip of one line.
"""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message

from agent_tui import safe
from agent_tui.callback_words import distance, moment
from agent_tui.calls import is_voice, word
from agent_tui.names import who
from agent_tui.state import DeskState, Talk
from agent_tui.times import span
from agent_tui.urgency import Need, by_urgency, need
from agent_tui.widgets.pane import Pane
from agent_tui.words import Words
from dasan.wire.desk_views import Board

LINES_EACH = 2
Spot = tuple[str, int, int]
"""A session, and the cell of the list (x, y) where it begins."""


def last_words(talk: Talk, now: int, say: Words) -> str:
    """What is happening in the session, in a few words."""
    tickets = talk.session.tickets
    cases = (
        (talk.mine == "wrapping", "talk.wrapping"),
        (talk.typing_until > now, "talk.typing"),
        (talk.session.leg == "SUSPENDED", "talk.suspended"),
        (talk.item is not None and talk.item.state == "PAUSED", "talk.paused"),
        (is_voice(talk) and talk.mine == "live", word(talk)),
    )
    if not talk.mine and tickets:
        return say("talk.ticket", stage=say.name("stage", tickets[-1].stage))
    happening = next((key for true, key in cases if true), "")
    if happening:
        return say(happening)
    said = [entry for entry in talk.entries[-20:] if entry.who in {"citizen", "counselor"}]
    if not said:
        return ""
    last = said[-1]
    return safe.flat(last.text) or (say("talk.photo") if last.photo else "")


def row(talk: Talk, n: Need, *, now: int, say: Words, width: int, current: bool, place: str = "") -> list[Content]:
    """The two lines of one session; ``place`` is its digit in jump mode."""
    clock = span(n.waited_us) if n.waited_us else _wrap_left(talk, now) or _in_call(talk, now)
    sign_style = {"!!": "bold $bad", "!": "bold $warn"}.get(n.sign, "$muted")
    tail = f"{n.sign + ' ' if n.sign else ''}{clock}"
    unread = f" +{n.unread}" if n.unread else ""
    name_room = max(4, width - 6 - len(place) - len(tail))
    cursor = (">", "bold $accent") if current else (" ", "")
    first = safe.join(
        cursor,
        (place, "$muted"),
        (say.name("mark", talk.session.channel), "bold $accent" if talk.mine == "live" else "$muted"),
        " ",
        (safe.fit(who(talk, say), name_room), "bold" if current or n.unread else ""),
        " ",
        (tail, sign_style),
    )
    indent = 4 + len(place)
    words = safe.fit(last_words(talk, now, say), max(4, width - indent - len(unread) - 1))
    second = safe.join(" " * indent, (words, "" if n.unread else "$muted"), (unread, "bold $accent"))
    return [first, second]


def _wrap_left(talk: Talk, now: int) -> str:
    item = talk.item
    if talk.mine == "wrapping" and item and item.wrap_by:
        return span(item.wrap_by - now)
    return ""


def _in_call(talk: Talk, now: int) -> str:
    call = talk.session.call
    return span(now - call.talk_since) if call and call.talk_since and talk.mine == "live" else ""


def session_rows(
    state: DeskState, now: int, say: Words, *, width: int, height: int, current: str, key: str = ""
) -> tuple[Content, list[Spot]]:
    """The list, and where each session that is in sight begins. The current one is always in sight."""
    talks = by_urgency(state, now)
    room = max(1, (height - 1) // LINES_EACH)
    at = next((i for i, talk in enumerate(talks) if talk.id == current), 0)
    first = max(0, min(at - room + 1, len(talks) - room)) if at >= room else 0
    shown = talks[first : first + room]
    hidden = len(talks) - len(shown)
    title = say("sessions.title", count=len(talks)) + (say("sessions.hidden", count=hidden) if hidden else "")
    rows = [safe.plain_piece((" " + title, "bold $muted"))]
    for i, talk in enumerate(shown, 1):
        place = f"{i} " if width >= 31 and i <= 9 else ""
        rows += row(talk, need(talk, now), now=now, say=say, width=width, current=talk.id == current, place=place)
    if not talks:
        rows += [safe.plain_piece(("  " + line, "$muted")) for line in safe.wrap(nothing(state, say, key), width - 3)]
    return safe.lines(rows), [(talk.id, 0, 1 + i * LINES_EACH) for i, talk in enumerate(shown)]


def nothing(state: DeskState, say: Words, key: str) -> str:
    """What to say in place of an empty list: that offers will come, or what to press so that they do."""
    offered = state.me is None or state.me.presence == "AVAILABLE"
    return say("sessions.none") if offered else say("sessions.off", key=key)


def strip(
    state: DeskState, now: int, say: Words, *, width: int, current: str, key: str = ""
) -> tuple[Content, list[Spot]]:
    """The list on one line, for a narrow terminal."""
    spots: list[Spot] = []
    parts: list[str | tuple[str, str]] = [" "]
    talks = by_urgency(state, now)
    used = 1
    for talk in talks:
        n = need(talk, now)
        text = f"{say.name('mark', talk.session.channel)} {safe.short(who(talk, say), 10)}"
        text += (f" {n.sign}" if n.sign else "") + (f" +{n.unread}" if n.unread else "")
        text = f"[{text}]" if talk.id == current else f" {text} "
        piece = safe.plain_piece((text, "bold $accent" if talk.id == current else "$warn" if n.sign else ""))
        if used + piece.cell_length > width:
            break
        spots.append((talk.id, used, 0))
        used += piece.cell_length
        parts.append((piece.plain, "bold $accent" if talk.id == current else "$warn" if n.sign else ""))
    if not talks:
        parts.append((nothing(state, say, key), "$muted"))
    return safe.join(*parts), spots


class SessionList(Pane):
    """My sessions. A click chooses one."""

    class Chosen(Message):
        """A session was clicked."""

        def __init__(self, session: str) -> None:
            super().__init__()
            self.session = session

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._spots: list[Spot] = []

    def draw(self, state: DeskState, now: int, say: Words, current: str, narrow: bool, key: str = "") -> None:
        """Show the sessions as they are at ``now``."""
        width, height = max(16, self.content_size.width), max(1, self.content_size.height)
        if narrow:
            content, self._spots = strip(state, now, say, width=width, current=current, key=key)
        else:
            content, self._spots = session_rows(state, now, say, width=width, height=height, current=current, key=key)
        self.show(content)

    def on_click(self, event: events.Click) -> None:
        under = [session for session, x, y in self._spots if x <= event.x and y <= event.y]
        if under:
            self.post_message(self.Chosen(under[-1]))

    def spots(self) -> list[Spot]:
        """As :data:`Spot`, on the screen."""
        return [(session, self.region.x + x, self.region.y + y) for session, x, y in self._spots]


def queue_rows(state: DeskState, now: int, say: Words, width: int) -> Content:
    """Who is to be called back, then the queues in the centre's own order: name, how many wait, and how long the
    longest does."""
    rows = [safe.plain_piece((" " + say("queues.title"), "bold $muted"))]
    queues = state.board.queues if state.board else ()
    if state.board and state.board.callbacks:
        rows.append(_callbacks(state.board, now, say))
    for queue in queues:
        longest = span(now - queue.longest_since) if queue.waiting and queue.longest_since else "-"
        name = safe.fit(queue.name, max(4, width - 16))
        style = "" if queue.waiting else "$muted"
        mark = say.name("mark", queue.channel)
        rows.append(safe.join(" ", (mark, "$muted"), " ", (name, style), (f"{queue.waiting:>4} {longest:>6}", style)))
    if state.board:
        board = state.board
        rows.append(safe.plain_piece((" " + say("queues.people", free=board.available, busy=board.engaged), "$muted")))
    return safe.lines(rows)


def _callbacks(board: Board, now: int, say: Words) -> Content:
    """How many are to be called back, and when the first of them; that its time is past stands out."""
    late = board.callback_due <= now
    when = distance(board.callback_due, now, say) if late else moment(board.callback_due, now, say)
    key = "callback.waiting_late" if late else "callback.waiting"
    text = say(key, count=board.callbacks, **{"span" if late else "at": when})
    return safe.plain_piece((" " + text, "bold $warn" if late else "$muted"))
