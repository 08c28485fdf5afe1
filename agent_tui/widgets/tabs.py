"""The side column's tabs, where there is room for one of its panes only. A click chooses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import events
from textual.message import Message

from agent_tui import safe
from agent_tui.widgets.pane import Pane


class Tabs(Pane):
    """One line of names."""

    class Chosen(Message):
        """A name was clicked."""

        def __init__(self, side: str) -> None:
            super().__init__()
            self.side = side

    def __init__(self, sides: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sides = sides
        self._spots: list[tuple[str, int, int]] = []

    def draw(self, names: Sequence[tuple[str, str]], key: str) -> None:
        """Show ``names`` (text, style) in the order of the sides, and the key that goes round."""
        self._spots, at = [], 0
        for side, (name, style) in zip(self._sides, names, strict=True):
            piece = safe.plain_piece((name, style))
            self._spots.append((side, at, at + piece.cell_length))
            at += piece.cell_length
        self.show(safe.join(*names, ("  " + key, "$muted")))

    def spots(self) -> Iterator[tuple[str, int]]:
        """Each side and the column of the screen where its name begins."""
        return ((side, self.region.x + start) for side, start, _ in self._spots)

    def on_click(self, event: events.Click) -> None:
        for side, start, end in self._spots:
            if start <= event.x < end:
                self.post_message(self.Chosen(side))
