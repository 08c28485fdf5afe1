"""Reading a session for a console: its transcript, its card, and the wrap-up that is prefilled from them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dasan.core import identity
from dasan.core import workitem as items
from dasan.core.identity import Citizen
from dasan.core.policy import Policy
from dasan.core.session import Session
from dasan.ports import Head
from dasan.server import prefill
from dasan.server.desk.digest import Card, Label, Lines, card_of
from dasan.server.desk.watch import filed
from dasan.server.house import House
from dasan.server.rights import WRAPPING, held_item
from dasan.store.views import Entry, Line

ENTRIES = 200
RESUME_MAX = 1_000
LINES_MAX = 500
SESSIONS_MAX = 20


@dataclass(frozen=True, slots=True)
class Loaded:
    """``entries`` as of the head it was loaded for; ``resumed`` when they are only what followed."""

    entries: tuple[Entry, ...]
    card: Card | None
    resumed: bool


NOTHING = Loaded((), None, False)


def label_of(policy: Policy, language: str) -> Label:
    """Names of categories and dispositions in ``language``; a code without a name stands for itself."""
    at = 0 if language == "ko" else 1
    names = {("category", c.code): (c.name_ko, c.name_en) for c in policy.categories}
    names |= {("disposition", d.code): (d.name_ko, d.name_en) for d in policy.dispositions}
    return lambda kind, code: names[kind, code][at] if (kind, code) in names else code


async def load(house: House, head: Head, language: str, have: int = 0) -> Loaded:
    """The last 200 entries, or what followed ``have`` (a place in the stream) when that was not too long ago."""
    return await house.read(lambda: _load(house, head, language, have))


def _load(house: House, head: Head, language: str, have: int) -> Loaded:
    s: Session = head.state
    entries = _page(house, head, s.entry_n + 1)
    card = card_of(s, _contacts(house, s), entries, label_of(house.policy, language), number_of(house, s))
    card.merges = _person(house, s).links
    if not have or have > head.seq:
        return Loaded(tuple(entries), card, False)
    while entries and entries[0].recorded.seq > have and _n(entries[0]) > 1 and len(entries) < RESUME_MAX:
        entries = [*_page(house, head, _n(entries[0])), *entries]
    missed = tuple(entry for entry in entries if entry.recorded.seq > have)
    if len(missed) >= RESUME_MAX:
        return Loaded(tuple(entries[-ENTRIES:]), card, False)
    return Loaded(missed, card, True)


def _contacts(house: House, s: Session) -> list[Line]:
    """The newest sessions of whoever she was known to be when this one was opened, newest first."""
    who = _person(house, s, s.opened_at_us).citizens
    lines = [line for one in who for line in house.reads.sessions_of(one, SESSIONS_MAX)]
    return sorted(lines, key=lambda line: (line.created_us, line.stream), reverse=True)[:SESSIONS_MAX]


def _person(house: House, s: Session, before_us: int = 0) -> identity.Person:
    def find(citizen: str) -> Citizen | None:
        known = house.reads.head(citizen)
        return known.state if known is not None else None

    return identity.person(s.citizen, find, before_us)


async def meet_again(house: House, s: Session, card: Card, language: str) -> None:
    """Who she is besides has changed: the card says so, and what it told of another identity goes with its link."""
    lines, card.merges = await house.read(lambda: (_contacts(house, s), _person(house, s).links))
    card.meet(s, lines, label_of(house.policy, language))


def number_of(house: House, s: Session) -> str:
    """The number she called from, in the clear, to be shown masked; "" when it was withheld, or erased. In a thread."""
    body = house.reads.contents([s.number_content]).get(s.number_content) if s.number_content else None
    return body.decode(errors="replace") if body else ""


def _page(house: House, head: Head, before_n: int) -> list[Entry]:
    found = house.reads.entries_before(head.stream, before_n, ENTRIES)
    return [entry for entry in found if entry.recorded.seq <= head.seq]


def _n(entry: Entry) -> int:
    return int(entry.recorded.event.n)  # type: ignore[attr-defined]


async def lines_of(house: House, session: str, language: str) -> Lines:
    """The talk for a prefill: at most the last 500 entries, with the titles of the articles that were used."""
    s = house.hub.index.session(session)
    n = s.entry_n if s else LINES_MAX
    entries = await house.read(lambda: house.reads.entries(session, max(0, n - LINES_MAX), LINES_MAX))
    titles = await _titles(house, entries, language)
    return Lines.of(entries, lambda article: titles.get(article, ""))


async def _titles(house: House, entries: Sequence[Entry], language: str) -> dict[str, str]:
    wanted = dict.fromkeys(getattr(entry.recorded.event, "article", "") for entry in entries)
    wanted.pop("", None)
    found = await asyncio.gather(*(house.library.article(article, language) for article in wanted))
    return {one.article: one.title for one in found if one is not None}


async def wrap_up(house: House, s: Session, counselor: str, language: str) -> Mapping[str, str]:
    """The prefilled wrap-up of the item that this counselor has to wrap up; {} when she has none."""
    mine, item = held_item(s, counselor)
    if mine != WRAPPING or item is None or item.state != items.WRAPPING:
        return {}
    lines = await lines_of(house, s.id, language)
    tickets = filed(house.hub.index.handoffs(s.id), item.id)
    return prefill.wrap_up(lines.said, item.queue, house.policy, tickets, language)
