"""The conversation, drawn line by line, so that ten thousand lines cost what thirty do.

It follows new lines only while it stands at the end; otherwise it stays where the reader is and counts what came.
Each session keeps its own place. What is on its way, what the citizen has read and who is typing stand below
the last entry and are drawn anew each time; entries are wrapped once for a width.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from agent_tui import safe
from agent_tui.calls import is_voice
from agent_tui.names import entry_body, entry_name, piece_text
from agent_tui.state import Pending, Talk
from agent_tui.times import clock
from agent_tui.words import Words
from dasan.wire.desk_views import Entry

Line = tuple[tuple[str, str], ...]
"""A drawn line: pieces of (text, ink)."""
INKS = ("time", "citizen", "mine", "colleague", "system", "note", "tail", "body", "quiet")
NAME_CELLS = 8


def entry_lines(entry: Entry, width: int, say: Words) -> list[Line]:
    """One entry in lines of at most ``width`` cells: time and name, and the text beside them."""
    ink = _ink(entry)
    stamp = clock(entry.at) if width >= 44 else clock(entry.at)[:5]
    name = safe.fit(entry_name(entry, say), NAME_CELLS)
    indent = len(stamp) + 1 + NAME_CELLS + 1
    body = entry_body(entry, say)
    rows = safe.wrap(body, width - indent)
    text_ink = ink if ink in {"system", "note"} else "body"
    first: Line = ((stamp + " ", "time"), (name + " ", ink), (rows[0], text_ink))
    return [first, *((((" " * indent), "time"), (row, text_ink)) for row in rows[1:])]


def _ink(entry: Entry) -> str:
    if entry.who == "counselor":
        return "mine" if entry.mine else "colleague"
    if entry.who == "supervisor":
        return "note" if entry.kind == "whisper" else "colleague"
    return {"citizen": "citizen", "note": "note"}.get(entry.who, "system")


def tail_lines(talk: Talk, sending: list[Pending], now: int, width: int, say: Words, held: str = "") -> list[Line]:
    """Below the last entry: how far the citizen has read, what is on its way or held back, what is just being said,
    and who is typing."""
    rows: list[Line] = []
    s = talk.session
    own = [entry.n for entry in talk.entries[-40:] if entry.mine and entry.kind not in {"note", "whisper"}]
    if own and not sending and not is_voice(talk):
        word = "talk.read" if s.citizen_read >= own[-1] else "talk.delivered" if s.citizen_delivered >= own[-1] else ""
        if word and not any(entry.n > own[-1] and entry.who == "citizen" for entry in talk.entries[-40:]):
            rows.append(((_right(say(word), width), "tail"),))
    for pending in sending:
        rows += [((row, "tail"),) for row in safe.wrap(f"{say('talk.sending')} {pending.text}", width)]
    rows += [((row, "tail"),) for row in safe.wrap(held, width)] if held else []
    for speaking in talk.speaking.values():
        if speaking.until > now:
            rows += [((row, "tail"),) for row in safe.wrap(piece_text(speaking.piece, say), width)]
    if talk.typing_until > now:
        rows.append(((say("talk.citizen_typing"), "tail"),))
    return rows


def _right(text: str, width: int) -> str:
    return " " * max(0, width - cell_len(text) - 1) + text


@dataclass(slots=True)
class Drawn:
    """What has been drawn of one session: its lines for a width, and where the reader was."""

    width: int = 0
    version: int = -1
    first_n: int = 0
    last_n: int = 0
    lines: list[Line] = field(default_factory=list)
    heights: deque[tuple[int, int]] = field(default_factory=deque)
    """(n, how many lines) of each entry, so that what leaves at the front need not be wrapped to be counted."""
    place: int = 0
    following: bool = True
    unseen: int = 0

    def add(self, entries: list[Entry], say: Words) -> None:
        """Wrap ``entries`` and put them at the end."""
        for entry in entries:
            lines = entry_lines(entry, self.width, say)
            self.lines += lines
            self.heights.append((entry.n, len(lines)))
            self.last_n = entry.n

    def drop_before(self, n: int) -> int:
        """Let go of the lines of entries before ``n``; how many those were."""
        gone = 0
        while self.heights and self.heights[0][0] < n:
            gone += self.heights.popleft()[1]
        del self.lines[:gone]
        self.first_n = n
        return gone


class Transcript(ScrollView, can_focus=True):
    """The conversation of the session on the screen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"transcript--{ink}" for ink in INKS}
    DEFAULT_CSS = """
    Transcript { scrollbar-gutter: stable; scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: auto; }
    Transcript > .transcript--time { color: $muted; }
    Transcript > .transcript--citizen { color: $accent; text-style: bold; }
    Transcript > .transcript--mine { color: $good; text-style: bold; }
    Transcript > .transcript--colleague { color: $good; }
    Transcript > .transcript--system { color: $muted; }
    Transcript > .transcript--note { color: $warn; }
    Transcript > .transcript--tail { color: $muted; text-style: italic; }
    Transcript > .transcript--body { color: $ink; }
    """

    class Moved(Message):
        """The reader has scrolled, or new lines came while away from the end."""

    class Top(Message):
        """The reader is at the first line that is kept."""

    def __init__(self, say: Words, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._say = say
        self._views: dict[str, Drawn] = {}
        self._session = ""
        self._tail: list[Line] = []
        self._shift = 0

    # -- what the desk asks

    @property
    def unseen(self) -> int:
        """New entries below what the reader sees."""
        return self._view.unseen

    @property
    def following(self) -> bool:
        return self._view.following

    def draw(self, talk: Talk | None, sending: list[Pending], now: int, held: str = "") -> None:
        """Show ``talk`` as it is now. Never scrolls unless the reader stands at the end."""
        if talk is None:
            self._session, self._tail = "", []
            self._lay_out(moved=False)
            return
        switched = self._switch(talk.id)
        view = self._view
        width = max(20, self.scrollable_content_region.width)
        before = (len(view.lines), self._tail)
        changed = self._bring_up(view, talk, width)
        self._tail = tail_lines(talk, sending, now, width, self._say, held)
        if switched or changed or before != (len(view.lines), self._tail):
            self._lay_out(moved=switched)

    def forget(self, keep: set[str]) -> None:
        """Drop what was drawn of sessions that are gone."""
        self._views = {session: view for session, view in self._views.items() if session in keep}

    def to_end(self) -> None:
        """Go to the newest line and follow again."""
        view = self._view
        view.following, view.unseen = True, 0
        self.scroll_end(animate=False, immediate=True, force=True)
        self.post_message(self.Moved())

    # -- inside

    @property
    def _view(self) -> Drawn:
        return self._views.setdefault(self._session, Drawn())

    def _switch(self, session: str) -> bool:
        if session == self._session:
            return False
        self._session = session
        return True

    def _bring_up(self, view: Drawn, talk: Talk, width: int) -> bool:
        """Wrap what is new, or everything when the width or the past has changed."""
        entries = talk.entries
        first = entries[0].n if entries else 0
        if (view.width, view.version) != (width, talk.version) or first < view.first_n:
            before = view.first_n
            view.lines, view.heights, view.last_n = [], deque(), 0
            view.width, view.version = width, talk.version
            view.add(entries, self._say)
            view.first_n = first
            if not view.following:  # older lines came above: what is being read stays where it is
                self._shift = sum(height for n, height in view.heights if n < before)
            return True
        at = bisect_right(entries, view.last_n, key=lambda entry: entry.n)
        fresh = entries[at:]
        view.add(fresh, self._say)
        gone = view.drop_before(first)
        if fresh and not view.following:
            view.unseen += len(fresh)
            if gone:
                self.scroll_to(y=max(0, self.scroll_y - gone), animate=False, immediate=True, force=True)
        return bool(fresh) or gone > 0

    def _lay_out(self, *, moved: bool) -> None:
        view = self._view
        following, place = view.following, view.place
        self.virtual_size = Size(max(1, self.scrollable_content_region.width), len(view.lines) + len(self._tail))
        if following:
            self.scroll_end(animate=False, immediate=True, force=True)
        elif moved:
            self.scroll_to(y=place, animate=False, immediate=True, force=True)
        elif self._shift:
            self.scroll_to(y=self.scroll_y + self._shift, animate=False, immediate=True, force=True)
        self._shift = 0
        self.refresh()
        self.post_message(self.Moved())

    def on_resize(self) -> None:
        if self._view.following:
            self.scroll_end(animate=False, immediate=True, force=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        view = self._view
        at_end = new_value >= self.max_scroll_y - 0.5
        if new_value < old_value or at_end:
            view.following = at_end
        view.place = int(new_value)
        if at_end and view.unseen:
            view.unseen = 0
        self.post_message(self.Moved())
        if new_value < 1 <= old_value:
            self.post_message(self.Top())

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        view = self._view
        at = y + int(self.scroll_offset.y)
        width = self.size.width
        base = self.rich_style
        if at < len(view.lines):
            line = view.lines[at]
        elif at < len(view.lines) + len(self._tail):
            line = self._tail[at - len(view.lines)]
        else:
            return Strip.blank(width, base)
        text = Text.assemble(*((piece, base + self._style(ink)) for piece, ink in line), end="")
        span = self.text_selection.get_span(at) if self.text_selection else None
        if span is not None:
            start, end = span
            style = self.screen.get_component_rich_style("screen--selection")
            text.stylize(style, start, end if end >= 0 else len(text))
        strip = Strip(text.render(self.app.console), text.cell_len)
        return strip.adjust_cell_length(width, base).apply_offsets(0, at)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The words under the mouse's selection, as they stand on the screen."""
        rows = ("".join(piece for piece, _ in line) for line in (*self._view.lines, *self._tail))
        return selection.extract("\n".join(rows)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def _style(self, ink: str) -> Style:
        return self.get_component_rich_style(f"transcript--{ink}", partial=True)
