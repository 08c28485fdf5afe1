"""A panel over the desk that returns one answer, and the simplest of them: yes or no, a sentence, a menu, help.

Esc always leaves without an answer. (Textual calls a handler of every class in the line of descent, so none of these
calls its parent's.) Remote text stands only in Content made by ``safe``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from agent_tui import safe
from agent_tui.widgets.pane import Pane
from agent_tui.words import Words

R = TypeVar("R")
Rows = Sequence[tuple[str, str]]
"""(id, one line) of each row of a menu."""
MATCHES_MAX = 200
LOOK_S = 0.2


class Panel(ModalScreen[R | None], Generic[R]):
    """A titled box. Subclasses compose their body in ``body`` and may end with ``dismiss(answer)``."""

    DEFAULT_CSS = """
    Panel { align: center middle; background: $ground 60%; }
    Panel #box { width: 76; max-width: 96%; height: auto; max-height: 92%; background: $panel; padding: 1 2;
                 border-left: outer $accent; }
    Panel #title { height: 1; margin-bottom: 1; }
    Panel #foot { height: auto; margin-top: 1; }
    Panel Input, Panel Input.-textual-compact { background: $field; color: $ink; padding: 0 1; }
    Panel TextArea { border: none; padding: 0 1; background: $field; color: $ink; }
    Panel TextArea .text-area--cursor-line { background: $field; }
    Panel OptionList:focus { border: none; }
    Panel OptionList { border: none; height: auto; max-height: 12; padding: 0; background: $panel; color: $ink; }
    Panel OptionList { text-wrap: nowrap; text-overflow: ellipsis; }
    Panel .label { color: $muted; height: 1; margin-top: 1; }
    """
    AUTO_FOCUS = "Input, TextArea, OptionList, Choice"

    def __init__(self, say: Words, title: str, foot: str) -> None:
        super().__init__()
        self.say = say
        self._title, self._foot = title, foot

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Pane(id="title")
            yield from self.body()
            yield Pane(id="foot")

    def on_mount(self) -> None:
        self.titled(self._title)
        self.tell(self._foot)

    def body(self) -> ComposeResult:
        """The widgets between title and foot."""
        yield from ()

    def titled(self, text: str) -> None:
        """Write ``text`` over it."""
        self.query_one("#title", Pane).show(safe.plain_piece((text, "bold $accent")))

    def tell(self, text: str, style: str = "$muted") -> None:
        """Write ``text`` in the foot: how to go on, or what is wrong."""
        self.query_one("#foot", Pane).show(safe.plain_piece((text, style)))

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)


class Confirm(Panel[bool]):
    """A question that Enter answers with yes."""

    def __init__(self, say: Words, question: str) -> None:
        super().__init__(say, question, say("panel.confirm"))

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            self.dismiss(True)


class Notice(Panel[bool]):
    """Something to read; Enter or Esc closes it."""

    DEFAULT_CSS = "Notice VerticalScroll { height: auto; max-height: 65vh; }"
    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, say: Words, title: str, text: Content) -> None:
        super().__init__(say, title, say("panel.close"))
        self._text = text

    def body(self) -> ComposeResult:
        with VerticalScroll():
            pane = Pane()
            pane.show(self._text)
            yield pane

    def on_key(self, event: events.Key) -> None:
        if event.key in {"enter", "f12"}:
            event.stop()
            self.dismiss(True)


class Menu(Panel[str]):
    """A filtered list; Enter returns the id of the row.

    ``also`` brings rows that must be asked for, once; ``look`` brings rows for what is typed, which stand last.
    """

    def __init__(
        self,
        say: Words,
        title: str,
        rows: Rows,
        *,
        filtered: bool = True,
        also: Callable[[], Awaitable[Rows]] | None = None,
        look: Callable[[str], Awaitable[Rows]] | None = None,
    ) -> None:
        super().__init__(say, title, say("panel.menu"))
        self._rows = _harmless(rows)
        self._found: list[tuple[str, str]] = []
        self._filtered = filtered
        self._also, self._look = also, look
        self._timer: Timer | None = None

    def body(self) -> ComposeResult:
        if self._filtered:
            yield Input(placeholder=self.say("panel.filter"), id="filter", compact=True)
        yield OptionList(id="rows", markup=False)

    def on_mount(self) -> None:
        self._fill("")
        if self._also is not None:
            self.run_worker(self._bring(self._also))

    async def _bring(self, also: Callable[[], Awaitable[Rows]]) -> None:
        self._rows += _harmless(await also())
        self._fill(self._needle)

    @property
    def _needle(self) -> str:
        return self.query_one("#filter", Input).value.lstrip(":/ ") if self._filtered else ""

    def _fill(self, needle: str) -> None:
        rows = self.query_one("#rows", OptionList)
        kept = rows.get_option_at_index(rows.highlighted).id if rows.highlighted else None
        found = [*best(needle, self._rows), *self._found]
        rows.clear_options()
        rows.add_options([Option(safe.plain_piece(text), id=row_id) for row_id, text in found])
        at = next((i for i, (row_id, _) in enumerate(found) if row_id == kept), 0)
        rows.highlighted = at if found else None

    def on_input_changed(self, event: Input.Changed) -> None:
        self._found = []
        self.query_one("#rows", OptionList).highlighted = None
        self._fill(self._needle)
        if self._timer is not None:
            self._timer.stop()
        if self._look is not None and self._needle:
            self._timer = self.set_timer(LOOK_S, self._search)

    def _search(self) -> None:
        if self._look is not None:
            self.run_worker(self._search_for(self._look, self._needle), group="look", exclusive=True)

    async def _search_for(self, look: Callable[[str], Awaitable[Rows]], needle: str) -> None:
        self._found = _harmless(await look(needle))
        self._fill(self._needle)

    def on_key(self, event: events.Key) -> None:
        rows = self.query_one("#rows", OptionList)
        if event.key == "enter" and rows.highlighted is not None:
            event.stop()
            self.dismiss(rows.get_option_at_index(rows.highlighted).id)
        elif event.key in {"up", "down"} and self._filtered and not rows.has_focus:
            event.stop()
            rows.action_cursor_down() if event.key == "down" else rows.action_cursor_up()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)


def _harmless(rows: Rows) -> list[tuple[str, str]]:
    return [(row_id, safe.flat(text, 120)) for row_id, text in rows]


class AskLine(Panel[str]):
    """One line of text that must not be empty: a reason."""

    def __init__(self, say: Words, title: str, placeholder: str) -> None:
        super().__init__(say, title, say("panel.line"))
        self._placeholder = placeholder

    def body(self) -> ComposeResult:
        yield Input(placeholder=self._placeholder, max_length=400, id="line", compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value.strip())
        else:
            self.tell(self.say("panel.reason_needed"), "$warn")


T = TypeVar("T")


def best(needle: str, rows: Sequence[tuple[T, str]]) -> list[tuple[T, str]]:
    """The rows that match, those where it stands nearest to the front first; at most 200."""
    first = needle.lower().split()[:1]
    found = [row for row in rows if fuzzy(needle, row[1])]
    if first:
        found.sort(key=lambda row: row[1].lower().find(first[0]) % 10_000)
    return found[:MATCHES_MAX]


def fuzzy(needle: str, text: str) -> bool:
    """Whether each part of ``needle`` is in ``text``, its letters in this order; spaces part the parts."""
    low = text.lower()
    return all(_in_order(part, low) for part in needle.lower().split())


def _in_order(part: str, text: str) -> bool:
    if part in text:
        return True
    letters = iter(text)
    return all(letter in letters for letter in part)
