"""The console as an application: options, the link as one long worker, themes, and repaints at most ten a second."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.timer import Timer

from agent_tui import notify, safe, tokens
from agent_tui.client import SIGN_IN_AGAIN, Client, SignIn
from agent_tui.glyphs import AsciiGlyphs
from agent_tui.keys import ACTIONS, BY_ID, keymap
from agent_tui.screens import acts_call
from agent_tui.screens.callbacks import CallbackList
from agent_tui.screens.desk import Desk
from agent_tui.screens.help import help_text
from agent_tui.screens.login import Login
from agent_tui.screens.panel import Confirm, Notice
from agent_tui.screens.supervising import Supervising
from agent_tui.state import Change, Changes, DeskState, LinkState, Topic
from agent_tui.themes import PALETTES, theme
from agent_tui.watchdog import BEAT_US, Lateness, log_fault
from agent_tui.words import Words
from dasan.core.errors import sentence
from dasan.wire import desk
from dasan.wire.desk_views import Bye, Reply

REPAINT_S = 0.1
FAULTS_MAX = 20
FORMS_MAX = 32
NOTICE_US = 5_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """How this console was asked to be. ``on_key`` are the demo's own keys, by action id."""

    url: str
    name: str = ""
    password: str = ""
    token_file: Path | None = None
    language: str = "ko"
    theme: str = "dark"
    glyphs: str = "unicode"
    notice: str = ""
    again_sends: bool = False
    hold_back_s: int = 0
    notify: str = "auto"
    available: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    on_key: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Passing:
    """A passing word, and until when it is shown."""

    text: str = ""
    warning: bool = False
    until: int = 0


class DeskApp(App[int]):
    """The console. Its return value is the exit status."""

    TITLE = "dasan desk"
    ENABLE_COMMAND_PALETTE = False  # Textual's parses its lines as markup; ours is a Menu
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(a.keys), f"desk_{a.id}", a.id, id=a.id, show=False, priority=True)
        for a in ACTIONS
        if a.screen == "app"
    ]

    def __init__(self, options: Options, state: DeskState | None = None) -> None:
        super().__init__()
        self.options = options
        self.say = Words(options.language)
        self.state = state or DeskState(language=options.language)
        self.client = Client(options.url, self.state, self.took, language=options.language, tls=options.tls)
        self.client.on_token = self._keep_token
        self.keymap = keymap(options.keys)
        self._to_be_available = options.available
        self.lateness = Lateness()
        self._notifier = notify.Notifier(notify.way(options.notify, os.environ))
        self._ascii = (AsciiGlyphs(),) if options.glyphs == "ascii" else ()
        self.opened: dict[tuple[str, str], None] = {}
        self.passing = Passing()
        self.faults: list[Exception] = []
        self.forms: dict[str, dict[str, Any]] = {}
        self._dirty: Changes = frozenset()
        self._paint_timer: Timer | None = None
        self._painted_at = 0
        self._stirred = asyncio.Event()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colour names, so that the style sheets stand before a theme is chosen."""
        return theme(self.options.theme if hasattr(self, "options") else "dark").variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What everything painted goes through."""
        return [*super().get_line_filters(), *self._ascii]

    # -- life

    def on_mount(self) -> None:
        for name in PALETTES:
            self.register_theme(theme(name))
        self.theme = f"dasan-{self.options.theme}"
        loop = asyncio.get_running_loop()
        self.set_interval(BEAT_US / 1e6, lambda: self.lateness.beat(int(loop.time() * 1e6)))
        self.set_keymap({action: ",".join(keys) for action, keys in self.keymap.items()})
        sign_in = SignIn(self.options.name, self.options.password, tokens.read(self.options.token_file))
        if sign_in.name and sign_in.password:
            sign_in.token = ""
        if sign_in.possible():
            self._join(sign_in)
        else:
            self.push_screen(Login(self.say, self.options.url, self.options.name))

    def _join(self, sign_in: SignIn) -> None:
        self.state.link.state = LinkState.JOINING
        if not any(isinstance(screen, Desk) for screen in self.screen_stack):
            self.push_screen(Desk())
        self.run_worker(self.guarded(self._link(sign_in)), group="link", exclusive=True)

    async def _link(self, sign_in: SignIn) -> None:
        bye = await self.client.run(sign_in)
        if bye is None:
            return
        if bye.code in SIGN_IN_AGAIN:
            tokens.forget(self.options.token_file)
            self._to_login(bye)
        else:
            await self.push_screen_wait(Notice(self.say, self.say("link.over"), safe.plain(_words(bye, self.say))))
            self.leave(1)

    def _to_login(self, bye: Bye) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(Login(self.say, self.options.url, self.options.name, trouble=_words(bye, self.say)))

    def on_login_given(self, event: Login.Given) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self._join(SignIn(event.name, event.password))

    def leave(self, status: int = 0) -> None:
        """Stop the link and end."""
        self.client.stop()
        self.exit(status)

    def _keep_token(self, token: str) -> None:
        with contextlib.suppress(OSError):  # a console that cannot keep it asks for the password next time
            tokens.write(self.options.token_file, token)

    async def guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """The edge at which a fault of ours in one action ends: it is shown, kept for the log, and the desk lives."""
        try:
            await work
        except Exception as fault:
            self._keep_fault(fault)
            self.say_notice(self.say("why.our_fault", kind=type(fault).__name__), "warning")

    def shielded(self, paint: Callable[[], None]) -> None:
        """The same edge for painting: what could not be drawn is drawn at the next change, and typing goes on."""
        try:
            paint()
        except Exception as fault:
            self._keep_fault(fault)

    def _keep_fault(self, fault: Exception) -> None:
        self.faults.append(fault)
        del self.faults[:-FAULTS_MAX]
        log_fault(fault)

    # -- the read model

    def took(self, changes: Changes) -> None:
        """Something changed: repaint now, or at the end of the present tenth of a second."""
        if not changes:
            return
        if Change(Topic.LINK) in changes and self.state.centre:
            self.say.learn(self.state.centre.queues, self.state.centre.lines)
            self._become_available()
        self._dirty |= changes
        self._stirred.set()
        if self._paint_timer is None and self.is_running:
            wait_s = REPAINT_S - (self.client.now() - self._painted_at) / 1e6
            self._paint_timer = self.set_timer(min(REPAINT_S, max(0.001, wait_s)), self._paint)

    def _paint(self) -> None:
        self._paint_timer = None
        self._painted_at = self.client.now()
        dirty, self._dirty = self._dirty, frozenset()
        for screen in self.screen_stack:
            if isinstance(screen, Desk | Supervising | CallbackList):
                screen.paint(dirty)

    def _become_available(self) -> None:
        """Once, where it was asked for: the first presence after a sign-in is available."""
        if self._to_be_available and self.state.me and self.state.link.state is LinkState.UP:
            self._to_be_available = False
            if self.state.me.presence == "OFFLINE":
                self.send(desk.Presence, presence="AVAILABLE")

    async def changed_soon(self, seconds: float) -> None:
        """Wait until the read model changes, at most ``seconds``."""
        self._stirred.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), seconds)

    # -- sending

    def ask(self, kind: type[desk.Command], /, **fields: Any) -> asyncio.Future[Reply] | None:
        """Send a command; None (and a sentence) when it cannot even be tried."""
        try:
            return self.client.ask(kind, **fields)
        except OverflowError:
            self.say_notice(self.say("why.too_many_open"), "warning")
        except ValueError:
            self.say_notice(self.say("why.not_taken"), "warning")
        return None

    def send(self, kind: type[desk.Command], /, **fields: Any) -> None:
        """Send a command whose answer nobody waits for."""
        self.ask(kind, **fields)

    def refused(self, reply: Reply) -> None:
        """Say why the server did not do it."""
        self.say_notice(reply.text or sentence(reply.code, self.say.language), "warning")

    def say_notice(self, text: str, severity: str = "information") -> None:
        """A passing word to the counselor, in the hint line: a toast lies over columns and cuts wide letters in two."""
        self.passing = Passing(safe.flat(text), severity == "warning", self.client.now() + NOTICE_US)
        self._paint()

    def remember_form(self, session: str, form: dict[str, Any]) -> None:
        """Keep a filed ticket's form, so that one that comes back is mended and not written again; the last 32."""
        self.forms.pop(session, None)
        self.forms[session] = form
        while len(self.forms) > FORMS_MAX:
            del self.forms[next(iter(self.forms))]

    def notify_of(self, offers: int, now: int) -> None:
        """Tell the desktop of offers that came while somebody looks elsewhere; the sequence goes past the screen."""
        count = self._notifier.look(offers, self.app_focus, now)
        if count and self._driver is not None and not self.is_headless:
            text = self.say("notice.offers", count=count)
            self._driver.write(notify.sequence(self._notifier.how, text, tmux="TMUX" in os.environ))

    # -- actions of every place

    def action_desk_quit(self) -> None:
        self.run_worker(self.guarded(self._quit()))

    async def _quit(self) -> None:
        if isinstance(self.screen, Confirm):
            return
        if await self.push_screen_wait(Confirm(self.say, self.say("quit.sure"))):
            self.leave()

    def action_desk_recording(self) -> None:
        """From everywhere, panels too."""
        d = next((screen for screen in self.screen_stack if isinstance(screen, Desk)), None)
        if d is None:
            return
        why = BY_ID["recording"].when(d.where())
        self.say_notice(why, "warning") if why else acts_call.recording(d)

    def action_desk_help(self) -> None:
        screen, cells = self.screen, self.size.width
        if isinstance(screen, Desk):
            focused = type(screen.focused).__name__ if screen.focused else ""
            text = help_text(screen.where(), self.keymap, focused, screen_cells=cells, lateness=self.lateness)
            self.push_screen(Notice(self.say, self.say("help.title"), text))
        elif isinstance(screen, Supervising):
            text = help_text(screen.where(), self.keymap, "", screen_cells=cells, place=screen.PLACE)
            self.push_screen(Notice(self.say, self.say("help.title"), text))

    def demo_hook(self, action: str) -> None:
        """Call what the demo hung on ``action``."""
        hook = self.options.on_key.get(action)
        if hook is not None:
            hook()

    def next_theme(self) -> None:
        """The next of the themes."""
        names = [f"dasan-{name}" for name in PALETTES]
        self.theme = names[(names.index(self.theme) + 1) % len(names)]


def _words(bye: Bye, say: Words) -> str:
    return bye.text or sentence(bye.code, say.language)
