"""A scripted counselor: works through the console's real protocol (dasan/wire/desk.py), as a person at a desk does.

It accepts what it is offered, opens it, waits a moment for the suggestions of the knowledge base, answers with the best
one (or asks back), files a ticket when the citizen reports something, says goodbye when thanked, and wraps up with the
prefilled category and summary.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field

from dasan.demo.ledger import Ledger
from dasan.demo.line import Frame, Line, pace
from dasan.demo.seat import Seat
from dasan.demo.stories import CLARIFY, FILED, GOODBYE, REPORTS, THANKS
from dasan.demo.telephone import Network

SUGGESTION_WAIT_S = 3.0


@dataclass(slots=True)
class Talk:
    """What the script knows of one session: the newest line to answer, and what was dealt with."""

    newest: tuple[int, str] = (0, "")
    dealt: int = 0
    answering: bool = False
    reported: bool = False
    filed: bool = False
    suggested: Frame = field(default_factory=dict)


@dataclass(slots=True)
class Done:
    """What was done, for the summary."""

    accepted: int = 0
    answers: int = 0
    wrapped: int = 0
    articles: Counter[str] = field(default_factory=Counter)
    tickets: int = 0
    spoken: int = 0
    refusals: Counter[str] = field(default_factory=Counter)


class Colleague(Seat):
    """One scripted counselor. ``haste`` below 1 makes it quicker than a person."""

    def __init__(
        self, url: str, name: str, password: str, language: str, ledger: Ledger, haste: float = 1.0,
        network: Network | None = None,
    ) -> None:  # fmt: skip
        super().__init__(name, password, lambda hello, hear: Line(url, hello, hear), language)
        self.ledger, self.haste, self.network = ledger, haste, network
        self.done = Done()
        self.titles: dict[str, str] = {}
        self.board: Frame = {}
        self._talks: dict[str, Talk] = {}
        self._suggested = asyncio.Event()
        self._taken: set[str] = set()

    # -- hearing

    def told(self, frame: Frame) -> None:
        """What she does when she hears of it."""
        kind = frame["t"]
        if kind == "welcome":
            self._welcomed(frame)
        elif kind == "me":
            self._me(frame)
        elif kind == "session":
            self._session(frame)
        elif kind == "entry":
            self._entry(frame)
        elif kind == "suggest":
            self._talk(frame["session"]).suggested = frame
            self._suggested.set()
        elif kind == "board":
            self.board = frame

    def _welcomed(self, frame: Frame) -> None:
        if self.me["presence"] != "AVAILABLE":
            self.do(self.command({"t": "presence", "presence": "AVAILABLE"}))
        if self.network is not None:
            self.network.desk(self.phone)
        self._me(self.me)
        for session in frame.get("sessions", ()):
            self._session(session)
        for entry in frame.get("entries", ()):
            self._entry(entry)

    def _me(self, me: Frame) -> None:
        for offer in me.get("offers", ()):
            if offer["offer"] not in self._taken:
                self._taken.add(offer["offer"])
                self.do(self._accept(offer))

    def _session(self, session: Frame) -> None:
        item = session.get("item")
        if item is None:
            return
        key = item["item"] + item["state"]
        if session["mine"] == "live" and item["state"] == "CONNECTING" and key not in self._taken:
            self._taken.add(key)
            self.do(self.command({"t": "opened", "session": session["session"], "item": item["item"]}))
        elif session["mine"] == "wrapping" and item["state"] == "WRAPPING" and key not in self._taken:
            self._taken.add(key)
            self.do(self._wrap(session))
        elif item["state"] == "ACTIVE":
            self._look(session["session"])

    def _entry(self, entry: Frame) -> None:
        if entry["who"] != "citizen":
            return
        talk = self._talk(entry["session"])
        if entry["n"] > talk.newest[0]:
            talk.newest = (entry["n"], entry["text"])
        talk.reported = talk.reported or _any(REPORTS, entry["text"])
        self._look(entry["session"])

    def _talk(self, name: str) -> Talk:
        return self._talks.setdefault(name, Talk())

    def _look(self, name: str) -> None:
        """Answer when there is something to answer, one thing at a time."""
        item = (self.sessions.get(name) or {}).get("item")
        talk = self._talk(name)
        if item and item["state"] == "ACTIVE" and not talk.answering and talk.newest[0] > talk.dealt:
            talk.answering = True
            self.do(self._answer(name, item["item"], talk))

    # -- acting

    async def command(self, frame: Frame) -> Frame:
        """As a seat does; what was refused is counted."""
        reply = await super().command(frame)
        if not reply["ok"]:
            self.done.refusals[reply["code"]] += 1
        return reply

    async def _accept(self, offer: Frame) -> None:
        await pace(0.8 * self.haste)
        reply = await self.command({"t": "accept", "offer": offer["offer"], "session": offer["session"]})
        self.done.accepted += bool(reply["ok"])

    async def _answer(self, name: str, item: str, talk: Talk) -> None:
        n, text = talk.newest
        try:
            await self.command({"t": "mark", "session": name, "n": n})
            if not self._called(name):
                await self.line.send({"t": "typing", "session": name, "on": True})
            await pace(1.2 * self.haste)
            if _any(THANKS, text):
                await self._say(name, GOODBYE[self.language])
                await self._spoken(name)
                await self.command({"t": "release", "session": name, "item": item})
            elif _any(REPORTS, text):
                await self._say(name, CLARIFY[self.language])
            elif talk.reported and not talk.filed:
                await self._file(name, item, talk)
            else:
                await self._suggest(name, n, talk)
            talk.dealt = n
        finally:
            talk.answering = False
        self._look(name)

    async def _suggest(self, name: str, n: int, talk: Talk) -> None:
        """The best suggestion for that line, or a question back when the knowledge base has none in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SUGGESTION_WAIT_S):
                while talk.suggested.get("n", 0) < n:
                    self._suggested.clear()
                    await self._suggested.wait()
        hits = talk.suggested.get("hits") or []
        if not hits:
            await self._say(name, CLARIFY[self.language])
            return
        best = hits[0]
        self.titles[best["article"]] = best["title"]
        if await self._say(name, best["answer"], best["article"]):
            self.done.articles[best["article"]] += 1

    def _called(self, name: str) -> bool:
        """Whether she talks to that citizen by telephone."""
        return bool((self.sessions.get(name) or {}).get("call"))

    async def _spoken(self, name: str) -> None:
        """Until what she says on the telephone has been said."""
        while self._called(name) and self.network is not None and not self.network.quiet(self.phone):
            await pace(0.2)

    async def _say(self, name: str, text: str, article: str = "") -> bool:
        if self._called(name):
            said = self.network is not None and self.network.say(self.phone, text, self.language)
            self.done.answers += said
            self.done.spoken += said
            return said
        frame: Frame = {"t": "say", "session": name, "text": text}
        reply = await self.command(frame | ({"article": article} if article else {}))
        if reply["ok"]:
            self.done.answers += 1
            self.ledger.promise(name, reply["data"]["seq"], "answer")
        return bool(reply["ok"])

    async def _file(self, name: str, item: str, talk: Talk) -> None:
        reply = await self.command({"t": "ticket_prefill", "session": name, "item": item})
        form = reply["data"].get("form") if reply["ok"] else None
        if form:
            filed = await self.command({"t": "ticket_file", "session": name, "item": item, "form": form})
            talk.filed = bool(filed["ok"])
            self.done.tickets += talk.filed
        await self._say(name, FILED[self.language] if talk.filed else CLARIFY[self.language])

    async def _wrap(self, session: Frame) -> None:
        item, fill = session["item"], session.get("prefill", {})
        filed = self._talk(session["session"]).filed
        reply = await self.command(
            {
                "t": "wrap",
                "session": session["session"],
                "item": item["item"],
                "disposition": "ticket" if filed else "answered",
                "category": fill.get("category") or "general",
                "summary": fill.get("summary", ""),
            }
        )
        self.done.wrapped += bool(reply["ok"])


def _any(words: tuple[str, ...], text: str) -> bool:
    return any(word in text.lower() for word in words)
