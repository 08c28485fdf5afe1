"""The wrap-up, in the place of the composer: result, category and summary arrive filled in, and Enter is enough.

It opens before the talk is over too: Ctrl+E shows it, Enter ends the talk and files the record, Ctrl+E again only ends
the talk, Esc goes back to writing. So a slip of one key never ends a conversation.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import TextArea

from agent_tui import safe
from agent_tui.state import Talk
from agent_tui.widgets.choice import Choice
from agent_tui.widgets.pane import Pane
from agent_tui.words import Words
from dasan.wire.desk_views import Centre, Named


class WrapPanel(Vertical):
    """The record of one session. Asks the desk to file it with :class:`Filed`."""

    DEFAULT_CSS = """
    WrapPanel { height: 100%; background: $panel; }
    WrapPanel Horizontal { height: 1; }
    WrapPanel .label { width: 7; color: $muted; padding: 0 0 0 1; }
    WrapPanel TextArea { border: none; padding: 0 1; height: 1fr; background: $field; color: $ink; }
    WrapPanel TextArea .text-area--cursor-line { background: $field; }
    WrapPanel #wrap-head { height: 1; }
    """

    class Filed(Message):
        """Enter: file this record."""

    class Left(Message):
        """Escape: back to the composer."""

    def __init__(self, say: Words, centre: Centre, talk: Talk, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._say = say
        self.session = talk.id
        self._prefill = fill = dict(talk.session.prefill)
        self._head = Pane(id="wrap-head")  # made here: the panel may be painted before Textual has mounted its parts
        self._choices = {
            "disposition": Choice(pairs(centre.dispositions), fill.get("disposition", ""), id="wrap-disposition"),
            "category": Choice(pairs(centre.categories), fill.get("category", ""), id="wrap-category"),
        }
        self._summary = TextArea(safe.text(fill.get("summary", "")), soft_wrap=True, compact=True, id="wrap-summary")
        self._summary.cursor_blink = False

    def compose(self) -> ComposeResult:
        yield self._head
        with Horizontal():
            for name, choice in self._choices.items():
                yield _label(self._say(f"wrap.{name}"))
                yield choice
        yield self._summary

    def prefill(self, fill: dict[str, str]) -> None:
        """What the server proposes now; a field the counselor has changed stays as it is."""
        if fill.get("summary") and self._summary.text == safe.text(self._prefill.get("summary", "")):
            self._summary.text = safe.text(fill["summary"])
        for name, choice in self._choices.items():
            untouched = choice.value == self._prefill.get(name, choice.options[0][0] if choice.options else "")
            if fill.get(name) and untouched:
                choice.choose(fill[name])
        self._prefill = dict(fill)

    def draw(self, talk: Talk) -> None:
        """Say what Enter will do now."""
        wrapping = talk.mine == "wrapping"
        key = "wrap.head_wrapping" if wrapping else "wrap.head_live"
        self._head.show(safe.plain_piece((" " + self._say(key), "bold $warn")))
        if wrapping and talk.session.prefill and dict(talk.session.prefill) != self._prefill:
            self.prefill(dict(talk.session.prefill))

    def take_focus(self) -> None:
        self._choices["disposition"].focus()

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.post_message(self.Filed())
        elif event.key == "escape":
            event.stop()
            self.post_message(self.Left())

    def record(self) -> dict[str, str]:
        """The record as it stands."""
        chosen = {name: choice.value for name, choice in self._choices.items()}
        return {**chosen, "summary": self._summary.text.strip()}


def _label(text: str) -> Pane:
    pane = Pane(classes="label")
    pane.show(safe.plain(text))
    return pane


def pairs(named: Iterable[Named]) -> list[tuple[str, str]]:
    """(code, name) of each, harmless."""
    return [(n.code, safe.flat(n.name, 40)) for n in named]
