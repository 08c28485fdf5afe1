"""The Eung-Dap-So ticket form, filled from the conversation. F9 files it, from any field.

Fields that Eung-Dap-So would not take are marked in words when a rejected ticket comes back. Photos are picked one by
one, none by default: what leaves the centre is what the counselor chose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, TextArea

from agent_tui import safe
from agent_tui.screens.panel import Panel
from agent_tui.widgets.choice import Choice
from agent_tui.widgets.pane import Pane
from agent_tui.widgets.wrap import pairs
from agent_tui.words import Words
from dasan.wire.desk_views import Centre

PHOTOS_MAX = 10
# What the fields of the ticket desk's form (Open311 names) are on ours.
FIELD_OF = {
    "address_string": "place",
    "address_id": "place",
    "lat": "place",
    "long": "place",
    "service_code": "category",
    "phone": "contact",
    "email": "contact",
    "media_url": "photos",
}


class TicketPanel(Panel[dict[str, Any]]):
    """Returns a TicketForm as a dict. ``filled`` is the prefill's data: ``form``, ``photos`` and ``questions``.

    What a category asks besides stands below the common fields and changes with the category.
    """

    DEFAULT_CSS = """
    TicketPanel #box { width: 88; overflow-y: auto; }
    TicketPanel .asked { height: auto; }
    TicketPanel .label { margin-top: 0; }
    TicketPanel #description { height: 6; }
    TicketPanel Choice { width: 100%; }
    """
    AUTO_FOCUS = "#summary"

    def __init__(self, say: Words, centre: Centre, filled: Mapping[str, Any], faults: Sequence[str]) -> None:
        super().__init__(say, say("ticket.title"), say("ticket.foot"))
        self._centre = centre
        self._form = {key: value for key, value in dict(filled.get("form") or {}).items()}
        self._photos = [_photo_id(photo) for photo in filled.get("photos", ())][:PHOTOS_MAX]
        self._faults = {FIELD_OF.get(fault, fault) for fault in faults}
        self._questions: Mapping[str, Sequence[Mapping[str, Any]]] = filled.get("questions") or {}

    def body(self) -> ComposeResult:
        form = self._form
        yield self._label("category")
        yield Choice(pairs(self._centre.categories), str(form.get("category", "")), id="category")
        yield self._label("summary")
        yield Input(safe.flat(str(form.get("summary", ""))), max_length=400, id="summary", compact=True)
        yield self._label("description")
        area = TextArea(safe.text(str(form.get("description", ""))), soft_wrap=True, compact=True, id="description")
        area.cursor_blink = False
        yield area
        yield self._label("place")
        yield Input(safe.flat(str(form.get("place", ""))), max_length=400, id="place", compact=True)
        yield self._label("contact")
        yield Input(safe.flat(str(form.get("contact", ""))), max_length=400, id="contact", compact=True)
        for group, questions in enumerate(self._questions.values()):
            with Vertical(classes="asked", id=f"asked-{group}"):
                for i, question in enumerate(questions):
                    yield from self._question(f"{group}-{i}", question)
        chosen = {str(photo) for photo in form.get("photos", ())}
        for i, photo in enumerate(self._photos):
            label = Pane(classes="label")
            label.show(safe.plain(self.say("ticket.photo", number=i + 1)))
            yield label
            answers = [("no", self.say("ticket.photo_no")), ("yes", self.say("ticket.photo_yes"))]
            yield Choice(answers, "yes" if photo in chosen else "no", id=f"photo-{i}")

    def _question(self, at: str, question: Mapping[str, Any]) -> ComposeResult:
        code, values = str(question["code"]), question.get("values") or ()
        given = next((str(value) for known, value in self._form.get("attributes", ()) if known == code), "")
        yield self._label(f"attribute.{code.lower()}", str(question["text"]) + (" *" if question["required"] else ""))
        if values:
            yield Choice([("", "-"), *((str(key), safe.flat(str(name))) for key, name in values)], given, id=f"q-{at}")
        else:
            hint = safe.flat(str(question.get("hint") or ""))
            yield Input(safe.flat(given), placeholder=hint, max_length=400, id=f"q-{at}", compact=True)

    def _label(self, field: str, name: str = "") -> Pane:
        pane = Pane(classes="label")
        fault = field in self._faults
        text = safe.flat(name or self.say(f"ticket.{field}")) + ("  ! " + self.say("ticket.fault") if fault else "")
        pane.show(safe.plain(text, "bold $bad" if fault else "$muted"))
        return pane

    def on_mount(self) -> None:
        self._show_questions()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        if event.choice.id == "category":
            self._show_questions()

    def _show_questions(self) -> None:
        chosen = self.query_one("#category", Choice).value
        for at, category in enumerate(self._questions):
            self.query_one(f"#asked-{at}").display = category == chosen

    def _answers(self, category: str) -> list[list[str]] | None:
        """What was answered as (code, value); None, and the focus there, when something is missing that must not be."""
        found = []
        group = list(self._questions).index(category) if category in self._questions else 0
        for i, question in enumerate(self._questions.get(category, ())):
            widget = self.query_one(f"#q-{group}-{i}")
            value = widget.value.strip() if isinstance(widget, Input | Choice) else ""
            if value:
                found.append([str(question["code"]), value])
            elif question["required"]:
                self.tell(f"! {safe.flat(str(question['text']))}", "bold $warn")
                widget.focus()
                return None
        return found

    def on_key(self, event: events.Key) -> None:
        if event.key == "f9":
            event.stop()
            self._file()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.focus_next()

    def _file(self) -> None:
        summary = self.query_one("#summary", Input).value.strip()
        description = self.query_one("#description", TextArea).text.strip()
        if not summary or not description:
            self.tell(self.say("ticket.needed"), "bold $warn")
            self.query_one("#summary" if not summary else "#description").focus()
            return
        category = self.query_one("#category", Choice).value
        attributes = self._answers(category)
        if attributes is None:
            return
        photos = [p for i, p in enumerate(self._photos) if self.query_one(f"#photo-{i}", Choice).value == "yes"]
        self.dismiss(
            {
                "category": category,
                "summary": summary,
                "description": description,
                "place": self.query_one("#place", Input).value.strip(),
                "contact": self.query_one("#contact", Input).value.strip(),
                "photos": photos,
                "attributes": attributes,
            }
        )


def _photo_id(photo: object) -> str:
    """A photo as the prefill names it: its id, or an object with one."""
    if isinstance(photo, Mapping):
        return str(photo.get("photo") or photo.get("id") or "")
    return str(photo)
