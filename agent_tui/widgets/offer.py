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

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            self.post_message(self.Accepted())
        elif event.key == "escape":
            event.stop()
            self.post_message(self.Declined())

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Accepted())
