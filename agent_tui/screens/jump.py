"""Jump mode: a sign appears on everything one can go to, and pressing it goes there.

Sessions have digits, which an input method leaves alone; places have letters, and each letter has its twin on the
Korean keyboard, since in Korean mode it is the twin that arrives. Any other key leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from agent_tui import safe
from agent_tui.widgets.pane import Pane

DIGITS = "123456789"
_LATIN = "qwertyuiopasdfghjklzxcvbnm"
_TWINS = dict(zip("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ", _LATIN, strict=True))


@dataclass(frozen=True, slots=True)
class Target:
    """Something to jump to: the key, where its sign stands (cells from the top left), and what is returned."""

    key: str
    x: int
    y: int
    goal: str


class Sign(Pane):
    """The key of a target, in the free cell before its first letter."""

    DEFAULT_CSS = """
    Sign { position: absolute; width: 1; height: 1; }
    """

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.target = target
        self.show(safe.plain_piece((target.key.upper(), "bold $mark-ink on $alarm")))
        self.styles.offset = (target.x, target.y)


class Jump(ModalScreen[str | None]):
    """Returns the goal of the sign that was pressed or clicked, None otherwise."""

    DEFAULT_CSS = "Jump { background: transparent; }"

    def __init__(self, targets: Sequence[Target]) -> None:
        super().__init__()
        self._targets = targets

    def compose(self) -> ComposeResult:
        for target in self._targets:
            yield Sign(target)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        pressed = (event.character or "").lower()
        key = _TWINS.get(pressed, pressed)
        self.dismiss(next((target.goal for target in self._targets if target.key == key), None))

    def on_click(self, event: events.Click) -> None:
        self.dismiss(event.widget.target.goal if isinstance(event.widget, Sign) else None)

    def on_resize(self, event: events.Resize) -> None:
        """The signs would stand in the wrong places."""
        if event.size != self.app.size:
            self.dismiss(None)
