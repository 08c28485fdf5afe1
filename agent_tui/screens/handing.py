"""To which line of the directory a citizen is handed, and what goes along: where she is, and what it is about.

Enter chooses the line; a line that asks for the place has its field next, and Enter there hands her over. What the
conversation told stands in the fields already.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from agent_tui import safe
from agent_tui.screens.panel import Panel, best
from agent_tui.widgets.pane import Pane
from agent_tui.words import Words
from dasan.wire.call_views import Line
from dasan.wire.desk_calls import LINE_CHARS_MAX


def line_text(line: Line, say: Words) -> str:
    """A line of the directory on one row."""
    tail = "" if line.rings else say("hand.no_number")
    return f"{line.code}  {safe.flat(line.name, 40)}  {tail}".rstrip()


class HandPanel(Panel[dict[str, str]]):
    """Returns ``{"line", "place", "summary"}``. ``at`` is the line that is chosen at first."""

    DEFAULT_CSS = "HandPanel OptionList { max-height: 7; }"

    def __init__(self, say: Words, lines: Sequence[Line], *, place: str, summary: str, at: str = "") -> None:
        super().__init__(say, say("hand.title"), say("hand.foot"))
        self._rows = [(line, line_text(line, say)) for line in lines]
        self._place, self._summary, self._at = place, summary, at
        self._shown: list[Line] = []

    def body(self) -> ComposeResult:
        yield Input(placeholder=self.say("panel.filter"), id="filter", compact=True)
        yield OptionList(id="rows", markup=False)
        for name, value in (("place", self._place), ("summary", self._summary)):
            label = Pane(classes="label")
            label.show(safe.plain(self.say(f"hand.{name}")))
            yield label
            yield Input(safe.flat(value, LINE_CHARS_MAX), max_length=LINE_CHARS_MAX, id=name, compact=True)

    def on_mount(self) -> None:
        self._fill("")
        codes = [line.code for line in self._shown]
        if self._at in codes:
            self.query_one("#rows", OptionList).highlighted = codes.index(self._at)
            self.query_one("#place").focus()

    def _fill(self, needle: str) -> None:
        rows = self.query_one("#rows", OptionList)
        rows.clear_options()
        found = best(needle, self._rows)
        self._shown = [line for line, _ in found]
        rows.add_options([Option(safe.plain_piece(text)) for _, text in found])
        rows.highlighted = 0 if found else None

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "filter":
            self._fill(event.value)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self._chosen()

    def _chosen(self) -> None:
        """A line is chosen: one that asks where she is gets that first."""
        line = self._line()
        if line is not None and line.needs_place:
            self.query_one("#place").focus()
        else:
            self._hand()

    def _line(self) -> Line | None:
        at = self.query_one("#rows", OptionList).highlighted
        return self._shown[at] if at is not None and at < len(self._shown) else None

    def _hand(self) -> None:
        if (line := self._line()) is None:
            return
        place, summary = (self.query_one(f"#{name}", Input).value.strip() for name in ("place", "summary"))
        if line.needs_place and not place:
            self.tell(self.say("hand.place_needed"), "$warn")
            self.query_one("#place").focus()
        else:
            self.dismiss({"line": line.code, "place": place, "summary": summary})

    def on_key(self, event: events.Key) -> None:
        rows = self.query_one("#rows", OptionList)
        focused = self.focused.id if self.focused else ""
        if event.key == "enter":
            event.stop()
            self._hand() if focused in {"place", "summary"} else self._chosen()
        elif event.key in {"up", "down"} and not rows.has_focus:
            event.stop()
            rows.action_cursor_down() if event.key == "down" else rows.action_cursor_up()
