"""One of several, on one line: ``결과  < 안내 완료 >  1/6``. Left and right, a digit, or a click choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from agent_tui import safe


class Choice(Widget, can_focus=True):
    """A choice among (code, name) pairs. ``value`` is the chosen code, "" when there is nothing to choose."""

    DEFAULT_CSS = """
    Choice { height: 1; width: 1fr; padding: 0 1; color: $ink; background: $field; }
    Choice:focus { background: $mark; color: $mark-ink; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up", "step(-1)", show=False),
        Binding("right,down,space", "step(1)", show=False),
    ]
    at: reactive[int] = reactive(0)

    class Changed(Message):
        """Another one was chosen."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, options: Sequence[tuple[str, str]], value: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.options = list(options)
        self.set_reactive(Choice.at, self._place(value))

    @property
    def value(self) -> str:
        return self.options[self.at][0] if self.options else ""

    def choose(self, value: str) -> None:
        """Choose ``value``; an unknown one changes nothing."""
        self.at = self._place(value, self.at)

    def _place(self, value: str, otherwise: int = 0) -> int:
        return next((i for i, (code, _) in enumerate(self.options) if code == value), otherwise)

    def action_step(self, by: int) -> None:
        if self.options:
            self.at = (self.at + by) % len(self.options)
            self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        self.focus()
        self.action_step(1)

    def on_key(self, event: events.Key) -> None:
        if event.character and event.character.isdigit() and 0 < int(event.character) <= len(self.options):
            self.at = int(event.character) - 1
            self.post_message(self.Changed(self))
            event.stop()

    def render(self) -> RenderResult:
        if not self.options:
            return safe.plain("-")
        name = self.options[self.at][1]
        width = max(8, self.content_size.width)
        count = f"{self.at + 1}/{len(self.options)}"
        name = safe.short(name, width - len(count) - 6)
        return safe.plain_piece(f"[ {name} ]  {count}" if self.has_focus else f"< {name} >  {count}")
