"""What changed, in sentences, for a desk that is read line by line. Pure over the read model.

An ``Announcer`` remembers what it has said; ``look`` gives the sentences for what is new, in the order in which
somebody would want to hear them: the connection, offers, sessions, what was written, suggestions, tickets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from agent_tui import safe
from agent_tui.calls import consult_line, parties_line, word
from agent_tui.names import checked_on, entry_body, entry_name, gone, who
from agent_tui.state import DeskState, LinkState, Talk
from agent_tui.times import clock, span
from agent_tui.words import Words
from dasan.wire.desk_views import Offer


@dataclass(slots=True)
class Told:
    """What has been said of one session."""

    number: int
    n: int = 0
    state: str = ""
    suggest_n: int = -1
    parties: str = ""
    tickets: dict[str, tuple[str, str]] = field(default_factory=dict)


class Announcer:
    """Turns the state's changes into sentences; each is said once."""

    def __init__(self, say: Words) -> None:
        self._say = say
        self._link = LinkState.IDLE
        self._name = ""
        self._presence = ""
        self._offers: dict[str, str] = {}
        self._told: dict[str, Told] = {}

    def look(self, state: DeskState, now: int) -> list[str]:
        """The sentences for everything that is new since the last look."""
        lines = [*self._about_link(state), *self._about_offers(state, now)]
        over = [session for session in self._told if session not in state.talks]
        lines += [gone(number, why, self._say) for number, why in state.left]
        state.left = []
        lines += [self._say("plain.gone", number=self._told.pop(session).number) for session in over]
        for talk in state.talks.values():
            if talk.mine != "offered":
                lines += self._about_talk(talk)
        return lines

    def _about_link(self, state: DeskState) -> Iterator[str]:
        link, before = state.link, self._link
        if link.state is LinkState.UP and before is not LinkState.UP and state.me:
            first = not self._name
            self._name = state.me.name
            yield self._say("plain.ready", name=self._name) if first else self._say("plain.back")
        elif link.state is LinkState.DOWN and before is LinkState.UP:
            yield self._say("plain.lost")
        elif link.state is LinkState.OVER and before is not LinkState.OVER:
            yield self._say("plain.over", why=link.text or link.code)
        self._link = link.state
        if state.me and state.me.presence != self._presence:
            self._presence = state.me.presence
            yield self._say("plain.presence", presence=self._say.name("presence", self._presence))
            if state.sent_away():
                yield away_text(state, self._say, "presence available")

    def _about_offers(self, state: DeskState, now: int) -> Iterator[str]:
        offers = {offer.offer: offer for offer in state.offers()}
        for offer_id, offer in offers.items():
            if offer_id not in self._offers:
                yield offer_line(offer, now, self._say)
        over = {session for offer, session in self._offers.items() if offer not in offers}
        answered = {p.session for p in state.pending.values() if p.kind in {"accept", "decline"}}
        said = any(why.startswith("offer_") for _, why in state.left)
        if over - answered - set(state.talks) and not said:
            yield self._say("plain.offer_over")
        self._offers = {offer_id: offer.session for offer_id, offer in offers.items()}

    def _about_talk(self, talk: Talk) -> Iterator[str]:
        say, number = self._say, talk.session.number
        told = self._told.get(talk.id)
        if told is None:
            told = self._told[talk.id] = Told(number)
            if talk.session.look:
                yield say("plain.looking", number=number)
            elif talk.mine:
                yield say("plain.opened", number=number, who=who(talk, say))
        state = talk.item.state if talk.item else talk.session.phase
        if state != told.state:
            told.state = state
            yield say("plain.state", number=number, state=say.name("item" if talk.item else "phase", state))
        for entry in talk.entries:
            if entry.n > told.n:
                told.n = entry.n
                name, text = entry_name(entry, say), entry_body(entry, say)
                yield say("plain.entry", number=number, time=clock(entry.at), who=name, text=safe.flat(text, 4_000))
        yield from self._about_call(talk, told)
        yield from self._about_suggestions(talk, told)
        yield from self._about_tickets(talk, told)

    def _about_call(self, talk: Talk, told: Told) -> Iterator[str]:
        """Who is in the call and how, whenever that changes; what is just being said is not read out twice."""
        call, say = talk.session.call, self._say
        parties = ". ".join(filter(None, (consult_line(call, say), parties_line(call, say)))) if call else ""
        if parties != told.parties:
            told.parties = parties
            if parties:
                yield say("plain.call", number=talk.session.number, state=say(word(talk)), parties=parties)

    def _about_suggestions(self, talk: Talk, told: Told) -> Iterator[str]:
        if talk.suggest is None or talk.suggest.n == told.suggest_n or not talk.suggest.hits:
            return
        told.suggest_n = talk.suggest.n
        yield from suggestion_lines(talk, self._say)

    def _about_tickets(self, talk: Talk, told: Told) -> Iterator[str]:
        for ticket in talk.session.tickets:
            now = (ticket.stage, ticket.number)
            if told.tickets.get(ticket.handoff) != now:
                told.tickets[ticket.handoff] = now
                stage = self._say.name("stage", ticket.stage)
                yield self._say("plain.ticket", number=talk.session.number, state=stage, ticket=ticket.number)


def away_text(state: DeskState, say: Words, key: str) -> str:
    """Why the counselor was made away, and how she comes back."""
    return say("sessions.phone" if state.sent_away() == "phone" else "sessions.missed", key=key)


def offer_line(offer: Offer, now: int, say: Words) -> str:
    """An offer in one sentence, and what to do about it."""
    channel, waited = say.name("channel", offer.channel), span(now - offer.waiting_since)
    queue, preview = offer.queue_name, offer.preview
    return say("plain.offer", number=offer.number, channel=channel, queue=queue, waited=waited, preview=preview)


def suggestion_lines(talk: Talk, say: Words) -> Iterator[str]:
    """The suggestions of a session, each with its source and the day it was checked."""
    for place, hit in enumerate(talk.suggest.hits[:3] if talk.suggest else (), 1):
        checked = checked_on(hit, say)
        source = " ".join(part for part in (hit.department, hit.source) if part)
        yield say(
            "plain.suggest", number=talk.session.number, place=place, title=hit.title, source=source, checked=checked
        )
