"""A flat piece of text that repaints only when what it shows has changed."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Pane(Static):
    """A Static without markup. ``show`` costs nothing when the content is the same."""

    DEFAULT_CSS = "Pane { height: auto; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__("", markup=False, id=id, classes=classes)
        self._shown = Content("")

    def show(self, content: Content) -> None:
        """Draw ``content``; the layout is made anew only when its number of lines changed."""
        if content.is_same(self._shown):
            return
        rows = self._shown.plain.count("\n")
        self._shown = content
        self.update(content, layout=content.plain.count("\n") != rows or not self.is_mounted)
