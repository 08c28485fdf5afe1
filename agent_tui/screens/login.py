"""The sign-in: a name and a password, and in words what came of the last try."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from agent_tui import safe
from agent_tui.widgets.pane import Pane
from agent_tui.words import Words


class Login(Screen[None]):
    """Posts :class:`Given` when both fields are filled; the app connects and says here what went wrong."""

    DEFAULT_CSS = """
    Login { align: center middle; background: $ground; }
    Login #box { width: 48; max-width: 96%; height: auto; background: $panel; padding: 1 3; }
    Login #box { border-left: outer $accent; }
    Login Input, Login Input.-textual-compact { padding: 0 1; background: $field; color: $ink; margin-bottom: 1; }
    Login .label { color: $muted; height: 1; }
    Login #title { height: 2; }
    Login #trouble { height: auto; min-height: 1; }
    """
    AUTO_FOCUS = None

    class Given(Message):
        """A name and a password."""

        def __init__(self, name: str, password: str) -> None:
            super().__init__()
            self.name, self.password = name, password

    def __init__(self, say: Words, url: str, name: str = "", trouble: str = "") -> None:
        super().__init__()
        self.say = say
        self._url, self._name_given, self._trouble = url, name, trouble

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Pane(id="title")
            yield self._label("login.name")
            yield Input(safe.flat(self._name_given, 64), max_length=64, id="name", compact=True)
            yield self._label("login.password")
            yield Input(password=True, max_length=256, id="password", compact=True)
            yield Pane(id="trouble")

    def _label(self, key: str) -> Pane:
        pane = Pane(classes="label")
        pane.show(safe.plain(self.say(key)))
        return pane

    def on_mount(self) -> None:
        title = safe.join((self.say("login.title"), "bold $accent"), ("  " + safe.flat(self._url, 60), "$muted"))
        self.query_one("#title", Pane).show(title)
        self.tell(self._trouble or self.say("login.how"), "$warn" if self._trouble else "$muted")
        self.query_one("#password" if self._name_given else "#name", Input).focus()

    def tell(self, text: str, style: str = "$warn") -> None:
        """What came of it."""
        self.query_one("#trouble", Pane).show(safe.plain(text, style))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        name, password = self.query_one("#name", Input), self.query_one("#password", Input)
        if not name.value.strip():
            name.focus()
        elif not password.value:
            password.focus()
        else:
            self.tell(self.say("login.joining"), "$muted")
            self.post_message(self.Given(name.value.strip(), password.value))
            password.value = ""
