"""Where the answer is written: a stock TextArea, because terminals draw a half-composed syllable at the real cursor.

Enter sends, Alt+Enter (or Ctrl+J) breaks the line. What is pasted is made harmless. The screen decides what sending
means; here nothing is known of sessions. What is not taken here goes on to TextArea, whose handlers Textual calls next.
"""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from agent_tui import safe


class Composer(TextArea):
    """The text being written."""

    DEFAULT_CSS = """
    Composer { border: none; padding: 0 1; height: 100%; background: $field; color: $ink; scrollbar-size-vertical: 1; }
    Composer:focus { border: none; }
    Composer .text-area--cursor-line { background: $field; }
    Composer .text-area--placeholder { color: $muted; }
    """

    class Entered(Message):
        """Enter was pressed; the text is as it stands."""

    class Escaped(Message):
        """Escape was pressed."""

    class Tabbed(Message):
        """Tab was pressed."""

    class Ended(Message):
        """End was pressed with nothing written."""

    def __init__(self, *, id: str | None = None, placeholder: str = "") -> None:
        super().__init__(
            "", id=id, soft_wrap=True, show_line_numbers=False, compact=True, highlight_cursor_line=False,
            placeholder=placeholder,
        )  # fmt: skip
        self.cursor_blink = False

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            self._take(event, self.Entered())
        elif event.key in {"alt+enter", "ctrl+j", "shift+enter"}:
            self._take(event, None)
            self.insert("\n")
        elif event.key == "escape":
            self._take(event, self.Escaped())
        elif event.key == "tab":
            self._take(event, self.Tabbed())
        elif event.key == "end" and not self.text:
            self._take(event, self.Ended())

    def _take(self, event: events.Key, message: Message | None) -> None:
        event.stop()
        event.prevent_default()
        if message is not None:
            self.post_message(message)

    async def _on_paste(self, event: events.Paste) -> None:
        event.text = safe.typed(event.text)

    def rewrite(self, text: str) -> None:
        """As :meth:`put`, as an edit of what is written here: Ctrl+Z takes it back."""
        self.replace(safe.typed(text), (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    def put(self, text: str) -> None:
        """Replace everything with ``text`` and stand at its end; what was here before cannot come back."""
        self.text = safe.typed(text)
        self.move_cursor(self.document.end)
