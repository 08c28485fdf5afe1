"""The list of callbacks, kept true by the server while it is open. Enter on one shows what may be done with it.

The cursor stays with its callback when rows come, go and change places. The list is asked for again after a lost
connection. Nobody's number and nobody's words are in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from agent_tui import safe
from agent_tui.callback_words import facts
from agent_tui.screens.asking import only, start
from agent_tui.screens.panel import Panel
from agent_tui.state import Changes, LinkState
from agent_tui.words import Words
from dasan.wire import desk_calls
from dasan.wire.call_views import Callback

if TYPE_CHECKING:
    from agent_tui.app import DeskApp

# Cells of the columns, what is dropped last in front; the last takes what is left.
COLUMNS = (6, 11, 16, 12, 12, 18, 12)


class CallbackList(Panel[str]):
    """Returns the session of the callback that was chosen. ``on`` is where the cursor begins."""

    DEFAULT_CSS = """
    CallbackList #box { width: 100; max-width: 100%; height: 80%; max-height: 32; }
    CallbackList #rows { height: 1fr; max-height: 100%; }
    """

    def __init__(self, say: Words, on: str = "") -> None:
        super().__init__(say, "", say("callback.foot"))
        self._on = on
        self._drawn: list[tuple[str, Content]] = []

    @property
    def desk_app(self) -> DeskApp:
        return cast("DeskApp", self.app)

    def body(self) -> ComposeResult:
        yield OptionList(id="rows", markup=False)

    def on_mount(self) -> None:
        self.set_interval(1.0, lambda: self.paint(frozenset()))
        self.call_after_refresh(self.paint, frozenset())

    def on_resize(self) -> None:
        self.call_after_refresh(self.paint, frozenset())

    def paint(self, changes: Changes) -> None:
        """Bring it up to date; what has not changed is not drawn."""
        if self.is_mounted:
            self.desk_app.shielded(self._paint)

    def _paint(self) -> None:
        state, now, say = self.desk_app.state, self.desk_app.client.now(), self.say
        up = state.link.state is LinkState.UP
        if up and state.callbacks is None and not state.busy_with("callbacks"):
            start(self, only(self, desk_calls.Callbacks, on=True))
        found = state.callbacks.rows if state.callbacks else ()
        more = state.callbacks.more if state.callbacks else 0
        late = sum(row.due <= now for row in found)
        title = say("callback.title", count=len(found) + more) + (say("callback.late", count=late) if late else "")
        self.titled(title)
        rows = self.query_one("#rows", OptionList)
        width = max(20, rows.size.width - 2)
        drawn = [(row.session, callback_row(row, now, say, width)) for row in found]
        if more:
            drawn.append(("", safe.plain_piece((say("floor.more", count=more), "$muted"))))
        if state.callbacks is not None and not found:
            drawn = [("", safe.plain_piece((say("callback.none"), "$muted")))]
        if drawn != self._drawn:
            self._fill(rows, drawn)

    def _fill(self, rows: OptionList, drawn: list[tuple[str, Content]]) -> None:
        kept, before = self.session or self._on, [session for session, _ in self._drawn]
        self._drawn = drawn
        if before == [session for session, _ in drawn]:
            for place, (_, row) in enumerate(drawn):
                rows.replace_option_prompt_at_index(place, row)
            return
        rows.clear_options()
        rows.add_options([Option(row, disabled=not session) for session, row in drawn])
        rows.highlighted = next((i for i, (session, _) in enumerate(drawn) if session == kept), 0) if drawn else None

    @property
    def session(self) -> str:
        """Whose callback is under the cursor."""
        at = self.query_one("#rows", OptionList).highlighted
        return self._drawn[at][0] if at is not None and at < len(self._drawn) else ""

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if self.session:
            self.dismiss(self.session)


def callback_row(row: Callback, now: int, say: Words, width: int) -> Content:
    """One callback on at most ``width`` cells: what is due stands out, what is not hers to change is grey."""
    style = "bold $warn" if row.due <= now else "" if row.can else "$muted"
    parts: list[tuple[str, str]] = []
    room = width
    for text, cells in zip(facts(row, now, say), COLUMNS, strict=True):
        if room < min(cells, cell_len(text)):
            break
        parts.append((safe.fit(text, min(cells, room)) + " ", style))
        room -= cells + 1
    return safe.join(*parts)
