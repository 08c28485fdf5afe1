"""The line over the composer: an offer with its countdown, otherwise quiet hints.

It takes the focus only when asked (F5); then Enter accepts whatever is being written, and Esc declines.
"""

from __future__ import annotations

from textual import events
from textual.message import Message

from agent_tui.widgets.pane import Pane


class OfferBar(Pane, can_focus=True):
    """One line. A click on an offer accepts it."""

    class Accepted(Message):
        """Take the offer."""

    class Declined(Message):
        """Leave it to others."""

    class Typed(Message):
        """A letter was typed here; it belongs to the composer."""

        def __init__(self, letter: str) -> None:
            super().__init__()
            self.letter = letter

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            self.post_message(self.Accepted())
        elif event.key == "escape":
            event.stop()
            self.post_message(self.Declined())
        elif event.is_printable and event.character:
            event.stop()
            self.post_message(self.Typed(event.character))

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Accepted())
