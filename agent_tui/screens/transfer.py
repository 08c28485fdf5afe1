"""To whom a session is passed, or who is asked about it: a queue, a counselor or a line of the directory, found by a
few letters, and a note for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from agent_tui import safe
from agent_tui.screens.panel import Panel, best
from agent_tui.widgets.pane import Pane
from agent_tui.words import Words

Target = tuple[str, str]
"""``queue``, ``counselor`` or ``line``, and its code."""


def target_rows(people: Mapping[str, Any], say: Words) -> list[tuple[Target, str]]:
    """Everyone and everything a session can be passed to, one line each."""
    queues = [(("queue", str(q.get("code", ""))), _queue(q, say)) for q in people.get("queues", ())]
    persons = [
        (("counselor", str(c.get("counselor") or c.get("code", ""))), _person(c, say))
        for c in people.get("counselors", ())
    ]
    return queues + persons + [(("line", str(n.get("code", ""))), _line(n, say)) for n in people.get("lines", ())]


class TransferPanel(Panel[dict[str, str]]):
    """Returns ``{"queue"|"counselor"|"line": code, "note": text}``. ``people`` is the reply to the People command."""

    def __init__(
        self, say: Words, people: Mapping[str, Any], at: Target | None = None, *, title: str = "", foot: str = ""
    ) -> None:
        super().__init__(say, title or say("transfer.title"), foot or say("transfer.foot"))
        self._rows = target_rows(people, say)
        self._at = at
        self._shown: list[Target] = []

    def body(self) -> ComposeResult:
        yield Input(placeholder=self.say("panel.filter"), id="filter", compact=True)
        yield OptionList(id="rows", markup=False)
        label = Pane(classes="label")
        label.show(safe.plain(self.say("transfer.note")))
        yield label
        yield Input(max_length=400, id="note", compact=True)

    def on_mount(self) -> None:
        self._fill("")
        if self._at in self._shown:
            self.query_one("#rows", OptionList).highlighted = self._shown.index(self._at)
            self.query_one("#note").focus()

    def _fill(self, needle: str) -> None:
        rows = self.query_one("#rows", OptionList)
        rows.clear_options()
        found = best(needle, self._rows)
        self._shown = [target for target, _ in found]
        rows.add_options([Option(safe.plain_piece(text)) for _, text in found])
        rows.highlighted = 0 if found else None

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "filter":
            self._fill(event.value)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self._choose(event.option_index)

    def _choose(self, at: int) -> None:
        kind, code = self._shown[at]
        self.dismiss({kind: code, "note": self.query_one("#note", Input).value.strip()})

    def on_key(self, event: events.Key) -> None:
        rows = self.query_one("#rows", OptionList)
        if event.key == "enter" and rows.highlighted is not None:
            event.stop()
            self._choose(rows.highlighted)
        elif event.key in {"up", "down"} and not rows.has_focus:
            event.stop()
            rows.action_cursor_down() if event.key == "down" else rows.action_cursor_up()


def _queue(queue: Mapping[str, Any], say: Words) -> str:
    waiting = queue.get("waiting")
    tail = say("transfer.waiting", count=int(waiting)) if isinstance(waiting, int) else ""
    return f"{say('transfer.queue')}  {safe.flat(str(queue.get('name', '')), 40)}  {tail}".rstrip()


def _line(line: Mapping[str, Any], say: Words) -> str:
    name = safe.flat(str(line.get("name", "")), 40)
    return f"{say('transfer.line')}  {name}  {safe.flat(str(line.get('code', '')), 20)}"


def _person(person: Mapping[str, Any], say: Words) -> str:
    presence = say.name("presence", str(person.get("presence", "")))
    return f"{say('transfer.person')}  {safe.flat(str(person.get('name', '')), 40)}  {presence}".rstrip()
