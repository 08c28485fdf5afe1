"""The knowledge search with room to read: results as you type, the highlighted one in full, Enter takes its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from agent_tui import safe
from agent_tui.names import checked_on
from agent_tui.screens.panel import Panel
from agent_tui.widgets.pane import Pane
from agent_tui.words import Words
from dasan.wire.desk_views import Hit

WAIT_S = 0.2


class Knowledge(Panel[Hit]):
    """Returns the hit whose answer is wanted."""

    DEFAULT_CSS = """
    Knowledge #box { width: 96; }
    Knowledge #rows { max-height: 8; margin-top: 1; }
    Knowledge #whole { height: auto; max-height: 14; margin-top: 1; }
    """

    def __init__(self, say: Words, look: Callable[[str], Awaitable[tuple[Hit, ...]]]) -> None:
        super().__init__(say, say("knowledge.title"), say("knowledge.foot"))
        self._look = look
        self._hits: tuple[Hit, ...] = ()
        self._timer: Timer | None = None

    def body(self) -> ComposeResult:
        yield Input(placeholder=self.say("knowledge.placeholder"), max_length=200, id="query", compact=True)
        yield OptionList(id="rows", markup=False)
        with VerticalScroll(id="whole", can_focus=False):
            yield Pane(id="article")

    def on_input_changed(self, event: Input.Changed) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(WAIT_S, self._search)

    def _search(self) -> None:
        query = self.query_one("#query", Input).value.strip()
        if query:
            self.run_worker(self._found(query), group="search", exclusive=True)

    async def _found(self, query: str) -> None:
        self._hits = await self._look(query)
        rows = self.query_one("#rows", OptionList)
        rows.clear_options()
        rows.add_options([Option(_row(hit)) for hit in self._hits])
        rows.highlighted = 0 if self._hits else None
        if not self._hits:
            self.query_one("#article", Pane).show(safe.plain(self.say("suggest.none_found"), "$muted"))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_index < len(self._hits):
            self.query_one("#article", Pane).show(article(self._hits[event.option_index], self.say))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._hits[event.option_index])

    def on_key(self, event: events.Key) -> None:
        rows = self.query_one("#rows", OptionList)
        if event.key == "enter" and rows.highlighted is not None:
            event.stop()
            self.dismiss(self._hits[rows.highlighted])
        elif event.key in {"up", "down"} and not rows.has_focus:
            event.stop()
            rows.action_cursor_down() if event.key == "down" else rows.action_cursor_up()


def _row(hit: Hit) -> Content:
    return safe.join((safe.flat(hit.title, 80), ""), ("  " + safe.flat(hit.department, 30), "$muted"))


def article(hit: Hit, say: Words) -> Content:
    """A whole article: answer, department and phone, source and the day it was checked."""
    checked = checked_on(hit, say)
    source = " ".join(part for part in (safe.flat(p, 80) for p in (hit.department, hit.phone, hit.source)) if part)
    rows = [
        safe.plain(hit.answer),
        safe.plain(source, "$muted"),
        safe.plain(checked, "$warn" if hit.stale or not hit.checked_on else "$muted"),
    ]
    if hit.why:
        rows.append(safe.plain(say("suggest.why", why=hit.why), "$muted"))
    return safe.lines(rows)
