"""The floor in rows: sessions with the oldest trouble on top, and who is there. Pure but for the list's own keys.

A row is drawn in columns that are dropped from the right when there is no room; trouble has a sign and a word before
it has a colour. What is shown holds no words of anybody.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from agent_tui import safe
from agent_tui.times import span
from agent_tui.widgets.pane import Pane
from agent_tui.words import Words
from dasan.wire.desk_views import Floor, FloorCounselor, FloorSession

TROUBLE, PHASE = 10, 9
GRAVE = frozenset({"dead_letter", "first_reply"})
Piece = tuple[str, str]


def session_row(row: FloorSession, now: int, say: Words, width: int, current: bool, looking: bool) -> Content:
    """One session on one line of at most ``width`` cells."""
    grave = row.trouble in GRAVE
    style = "bold $bad" if grave else "bold $warn" if row.trouble else "$muted"
    sign = "!!" if grave else "! " if row.trouble else "  "
    standing = say.name("doing", row.doing) if row.doing else say.name("standing", row.phase)
    phase = say("floor.looking") if looking else standing
    pieces: list[Piece] = [
        (">" if current else " ", "bold $accent"),
        (f"{sign} ", style),
        (safe.fit(say.name("trouble", row.trouble) if row.trouble else "", TROUBLE), style),
        (f"{span(now - row.trouble_since) if row.trouble else '':>8} ", style),
        (safe.fit(f"#{row.number}", 6) + " ", "bold" if current else ""),
        (say.name("mark", row.channel) + " ", "$muted"),
        (safe.fit(row.queue_name, _queue_cells(width)) + " ", ""),
        (safe.fit(phase, PHASE), "bold $accent" if looking else ""),
        (f"{span(now - row.since) if row.since else '':>7} ", ""),
        (f"{span(now - row.last_at) if row.last_at else '':>7} ", "$muted"),
        (safe.flat(row.counselor_name, 20), ""),
    ]
    return _within(pieces, width, current)


def head_row(say: Words, width: int) -> Content:
    """What the columns are."""
    names = [
        ("", 4, False),
        (say("floor.trouble"), TROUBLE, False),
        (say("floor.since"), 8, True),
        ("", 1, False),
        (say("floor.number"), 10, False),
        (say("floor.queue"), _queue_cells(width) + 1, False),
        (say("floor.phase"), PHASE, False),
        (say("floor.lasts"), 7, True),
        (say("floor.last"), 8, True),
        ("", 1, False),
        (say("floor.counselor"), 12, False),
    ]
    return _within([((_right if right else safe.fit)(name, size), "bold $muted") for name, size, right in names], width)


def _queue_cells(width: int) -> int:
    """What the other columns leave; a counselor's name has eight."""
    return max(8, min(24, width - 68))


def _right(text: str, cells: int) -> str:
    short = safe.short(text, cells)
    return " " * max(0, cells - Content(short).cell_length) + short


def _within(pieces: list[Piece], width: int, current: bool = False) -> Content:
    """As many whole pieces as fit, and a part of the last."""
    kept: list[Piece] = []
    room = width
    for text, style in pieces:
        size = Content(text).cell_length
        if size > room:
            kept.append((safe.short(text, room), style))
            break
        kept.append((text, style))
        room -= size
    if current:
        kept = [(text, f"{style} on $field".strip()) for text, style in kept]
    return safe.join(*kept)


def crew_rows(floor: Floor, say: Words, width: int, height: int) -> Content:
    """Who is there: presence, console, and how much each carries; the rest is counted."""
    crew = floor.counselors
    more = floor.more_counselors
    room = max(1, height - 1)
    shown = crew if len(crew) <= room and not more else crew[: room - 1]
    rows = [safe.plain_piece((" " + say("floor.crew", count=len(crew) + more), "bold $muted"))]
    rows += [_crew_row(k, say, width) for k in shown]
    hidden = len(crew) - len(shown) + more
    if hidden:
        rows.append(safe.plain_piece(("   " + say("floor.more", count=hidden), "$muted")))
    return safe.lines(rows)


def _crew_row(k: FloorCounselor, say: Words, width: int) -> Content:
    there = k.lease == "LIVE"
    presence = say.name("presence", k.presence)
    if k.presence == "AWAY" and k.presence_reason:
        presence += f" ({say.name('away', k.presence_reason)})"
    return _within(
        [
            ("!  " if not there else "   ", "bold $warn"),
            (safe.fit(f"{k.number}", 4), "$muted"),
            (safe.fit(k.name, 14) + " ", ""),
            (safe.fit(presence, 20 if width < 110 else 32) + " ", "$good" if k.presence == "AVAILABLE" else "$warn"),
            (safe.fit(say.name("lease", k.lease), 12) + " ", "$muted" if there else "bold $warn"),
            (safe.fit(say("floor.load", sessions=k.sessions, text=k.text, live=k.live), 30), "$muted"),
        ],
        width,
    )


class FloorList(Pane, can_focus=True):
    """The sessions, with a cursor that stays with its session when the order changes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", show=False),
        Binding("down", "step(1)", show=False),
        Binding("pageup", "step(-10)", show=False),
        Binding("pagedown", "step(10)", show=False),
        Binding("home", "step(-1000)", show=False),
        Binding("end", "step(1000)", show=False),
        # Nothing is typed here; in Korean mode it is the letter's twin that arrives.
        Binding("l,ㅣ", "hear('listen')", show=False),
        Binding("w,ㅈ", "hear('whisper_in')", show=False),
        Binding("b,ㅠ", "hear('barge_in')", show=False),
    ]

    class Moved(Message):
        """Another session is under the cursor."""

    class Pressed(Message):
        """The session under the cursor was clicked once more."""

    class Heard(Message):
        """A letter asks to hear the call under the cursor."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: tuple[FloorSession, ...] = ()
        self._chosen = ""
        self._first = 0

    @property
    def row(self) -> FloorSession | None:
        """The session under the cursor."""
        return next((row for row in self._rows if row.session == self._chosen), self._rows[0] if self._rows else None)

    def draw(self, floor: Floor | None, looked: frozenset[str], now: int, say: Words) -> None:
        """Show the sessions as they are at ``now``; ``looked`` are those the supervisor looks at."""
        was = next((n for n, row in enumerate(self._rows) if row.session == self._chosen), 0)
        self._rows = floor.sessions if floor else ()
        ids = [row.session for row in self._rows]
        if self._chosen not in ids and ids:  # it is over: the one that took its place
            self._chosen = ids[min(was, len(ids) - 1)]
        width, height = max(30, self.size.width), max(3, self.size.height)
        at = ids.index(self._chosen) if self._chosen in ids else 0
        room = height - 2 if floor and (floor.more_sessions or len(ids) > height - 1) else height - 1
        self._first = min(max(self._first, at - room + 1), at, max(0, len(ids) - room))
        shown = self._rows[self._first : self._first + room]
        lines = [head_row(say, width)]
        lines += [session_row(r, now, say, width, r.session == self._chosen, r.session in looked) for r in shown]
        hidden = len(ids) - len(shown) + (floor.more_sessions if floor else 0)
        if hidden:
            lines.append(safe.plain_piece(("   " + say("floor.more", count=hidden), "$muted")))
        if not ids:
            lines.append(safe.plain_piece(("   " + say("floor.none" if floor else "floor.coming"), "$muted")))
        self.show(safe.lines(lines))

    def action_step(self, by: int) -> None:
        """Move the cursor."""
        ids = [row.session for row in self._rows]
        if ids:
            at = ids.index(self._chosen) if self._chosen in ids else 0
            self._chosen = ids[max(0, min(len(ids) - 1, at + by))]
            self.post_message(self.Moved())

    def action_hear(self, action: str) -> None:
        self.post_message(self.Heard(action))

    def on_click(self, event: events.Click) -> None:
        place = self._first + event.y - 1
        if event.y >= 1 and place < len(self._rows):
            again = self._rows[place].session == self._chosen
            self._chosen = self._rows[place].session
            self.post_message(self.Pressed() if again else self.Moved())
