"""What a session's transcript tells at a glance: the citizen's card and the lines that prefills are made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from dasan.core.events import Recorded
from dasan.core.identity import IdentityLink
from dasan.core.session import FROM_CITIZEN, FROM_COUNSELOR, FROM_SUPERVISOR, Session
from dasan.core.session_events import EntryAdded
from dasan.core.text import has_digit, mask_phone, national
from dasan.core.time import seoul
from dasan.server.places import DISTRICTS, district_in, place_in
from dasan.server.prefill import Said
from dasan.store.views import Entry, Line
from dasan.wire.person_views import Citizen, Merge

HISTORY_MAX = 5
_PHONE = re.compile(r"(?<!\d)(\+?\d{2,4})[-. ]?(\d{3,4})[-. ]?(\d{4})(?!\d)")
_MASKED = re.compile(r"(?<!\d)(?:\d{6}[- ]?[1-8]\d{6}|\+?\d{2,4}[-. ]?\d{3,4}[-. ]?\d{4})(?!\d)")


@dataclass(slots=True)
class Card:
    """The card as it grows with the talk. ``contact`` is in the clear; it leaves masked, or unmasked with a reason."""

    citizen: str
    language: str
    sessions: int = 1
    history: tuple[tuple[int, str, str, str], ...] = ()
    contact: str = ""
    district: str = ""
    merges: tuple[IdentityLink, ...] = ()
    others: tuple[int, ...] = ()

    def take(self, text: str) -> bool:
        """Learn from a line of the citizen: the last number and the last district named count. True for news."""
        before = (self.contact, self.district)
        if has_digit(text):
            for match in _PHONE.finditer(text):
                self.contact = match[0]
        self.district = district_in([text]) or self.district
        return before != (self.contact, self.district)

    def meet(self, s: Session, lines: Iterable[Line], label: Label) -> None:
        """Learn her sessions before ``s``, of all those of the person (newest first)."""
        earlier = [line for line in lines if line.stream < s.id]
        shown = earlier[:HISTORY_MAX]
        self.sessions, self.history = len(earlier) + 1, tuple(_row(line, label) for line in shown)
        self.others = tuple(int(line.facts["number"]) for line in shown if line.facts["citizen"] != self.citizen)

    def view(self, language: str) -> Citizen:
        """As it may be shown."""
        return Citizen(
            citizen=self.citizen,
            contact=mask_phone(self.contact) if self.contact else "",
            language=self.language,
            sessions=self.sessions,
            district=self.district if language == "ko" else DISTRICTS.get(self.district, ""),
            history=self.history,
            merges=tuple(Merge(link=m.no, evidence=m.evidence, at=m.at_us, by=m.by) for m in self.merges),
            others=self.others,
        )


Label = Callable[[str, str], str]  # ("category" or "disposition", code) -> its name


def card_of(s: Session, lines: Sequence[Line], entries: Iterable[Entry], label: Label, number: str = "") -> Card:
    """The card of ``s`` from the person's sessions (newest first), the ``number`` she called from, and the transcript.

    The history is as of now; while the card is shown only a link made or taken back changes it.
    """
    card = Card(s.citizen, s.language, contact=national(number))
    card.meet(s, lines, label)
    for entry in entries:
        if getattr(entry.recorded.event, "role", "") == FROM_CITIZEN and entry.body:
            card.take(entry.body.decode(errors="replace"))
    return card


def _row(line: Line, label: Label) -> tuple[int, str, str, str]:
    facts = line.facts
    day = seoul(int(facts.get("at_us") or line.created_us)).strftime("%Y-%m-%d")
    category, outcome = str(facts.get("category") or ""), str(facts.get("outcome") or "")
    return int(facts.get("number") or 0), day, label("category", category), label("disposition", outcome)


@dataclass(slots=True)
class Lines:
    """The lines of a talk for prefills; article ids become titles."""

    said: list[Said] = field(default_factory=list)

    @classmethod
    def of(cls, entries: Iterable[Entry], titles: Callable[[str], str]) -> Lines:
        """From a transcript, oldest first."""
        return cls([said for entry in entries if (said := said_of(entry.recorded, entry.body, titles))])


def said_of(recorded: Recorded, body: bytes | None, titles: Callable[[str], str]) -> Said | None:
    """A line of the citizen, or of a counselor or supervisor to the citizen; None for notes and system lines."""
    e = recorded.event
    if not isinstance(e, EntryAdded) or e.role not in {FROM_CITIZEN, FROM_COUNSELOR, FROM_SUPERVISOR} or not e.shown:
        return None
    text = body.decode(errors="replace") if body else ""
    return Said("citizen" if e.role == FROM_CITIZEN else "counselor", text, titles(e.article), e.blob)


def unmasked(field_: str, card: Card, said: Iterable[Said]) -> str:
    """What one masked field holds: the contact, the place, or every line in which something is hidden."""
    own = [line.text for line in said if line.who == "citizen"]
    if field_ == "contact":
        return card.contact
    if field_ == "address":
        return place_in(own)
    return "\n".join(text for text in own if _MASKED.search(text))
