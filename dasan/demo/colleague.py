"""A scripted counselor: works through the console's real protocol (dasan/wire/desk.py), as a person at a desk does.

It accepts what it is offered, opens it, waits a moment for the suggestions of the knowledge base, answers with the best
one (or asks back), files a ticket when the citizen reports something, says goodbye when thanked, and wraps up with the
prefilled category and summary. Every command goes out under an id and is sent again after a fall until it is answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from dasan.demo.ledger import Ledger
from dasan.demo.line import Frame, Line, pace
from dasan.demo.stories import CLARIFY, FILED, GOODBYE, REPORTS, THANKS
from dasan.demo.telephone import Network
from dasan.wire import desk

REPLY_WAIT_S = 60.0
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


class Colleague:
    """One scripted counselor. ``haste`` below 1 makes it quicker than a person."""

    def __init__(
        self, url: str, name: str, password: str, language: str, ledger: Ledger, haste: float = 1.0,
        network: Network | None = None,
    ) -> None:  # fmt: skip
        self.name, self.language, self.ledger, self.haste = name, language, ledger, haste
        self.network, self.phone = network, ""
        self.done = Done()
        self.titles: dict[str, str] = {}
        self.sessions: dict[str, Frame] = {}
        self.board: Frame = {}
        self.line = Line(url, self._hello, self._hear)
        self._password, self._token = password, ""
        self._replies: dict[str, asyncio.Future[Frame]] = {}
        self._talks: dict[str, Talk] = {}
        self._suggested = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._taken: set[str] = set()
        self._beat: asyncio.Task[None] | None = None

    def _hello(self) -> Frame:
        frame: Frame = {"t": "hello", "v": desk.VERSION, "language": self.language, "client": "demo-script"}
        return frame | ({"token": self._token} if self._token else {"name": self.name, "password": self._password})

    # -- hearing

    async def _hear(self, frame: Frame) -> None:
        kind = frame["t"]
        if kind == "welcome":
            await self._welcome(frame)
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
        elif kind == "gone":
            self.sessions.pop(frame["session"], None)
        elif kind == "bye" and frame["code"] == "signed_out":
            self._token = ""  # the next hello brings the password
        elif kind == "reply":
            waiting = self._replies.pop(frame["id"], None)
            if waiting is not None and not waiting.done():
                waiting.set_result(frame)

    async def _welcome(self, frame: Frame) -> None:
        self._token = frame["token"]
        if self._beat is None:
            self._beat = asyncio.create_task(self._beats(frame["centre"]["beat_s"]))
        if frame["me"]["presence"] != "AVAILABLE":
            self._do(self._command({"t": "presence", "presence": "AVAILABLE"}))
        self.phone = frame["me"].get("phone", "")
        if self.network is not None:
            self.network.desk(self.phone)
        self._me(frame["me"])
        for session in frame.get("sessions", ()):
            self._session(session)
        for entry in frame.get("entries", ()):
            self._entry(entry)

    def _me(self, me: Frame) -> None:
        for offer in me.get("offers", ()):
            if offer["offer"] not in self._taken:
                self._taken.add(offer["offer"])
                self._do(self._accept(offer))

    def _session(self, session: Frame) -> None:
        self.sessions[session["session"]] = session
        item = session.get("item")
        if item is None:
            return
        key = item["item"] + item["state"]
        if session["mine"] == "live" and item["state"] == "CONNECTING" and key not in self._taken:
            self._taken.add(key)
            self._do(self._command({"t": "opened", "session": session["session"], "item": item["item"]}))
        elif session["mine"] == "wrapping" and item["state"] == "WRAPPING" and key not in self._taken:
            self._taken.add(key)
            self._do(self._wrap(session))
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
            self._do(self._answer(name, item["item"], talk))

    # -- acting

    def _do(self, what: Any) -> None:
        task = asyncio.create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _command(self, frame: Frame) -> Frame:
        """Send a command and wait for its one reply, over as many falls as it takes."""
        frame = {"id": secrets.token_hex(8), **frame}
        waiting = self._replies[frame["id"]] = asyncio.get_running_loop().create_future()
        await self.line.send(frame)
        try:
            reply: Frame = await asyncio.wait_for(waiting, REPLY_WAIT_S)
        except TimeoutError:
            self.done.refusals["no_reply"] += 1
            return {"ok": False, "code": "no_reply", "data": {}}
        if not reply["ok"]:
            self.done.refusals[reply["code"]] += 1
        return reply

    async def _accept(self, offer: Frame) -> None:
        await pace(0.8 * self.haste)
        reply = await self._command({"t": "accept", "offer": offer["offer"], "session": offer["session"]})
        self.done.accepted += bool(reply["ok"])

    async def _answer(self, name: str, item: str, talk: Talk) -> None:
        n, text = talk.newest
        try:
            await self._command({"t": "mark", "session": name, "n": n})
            if not self._called(name):
                await self.line.send({"t": "typing", "session": name, "on": True})
            await pace(1.2 * self.haste)
            if _any(THANKS, text):
                await self._say(name, GOODBYE[self.language])
                await self._spoken(name)
                await self._command({"t": "release", "session": name, "item": item})
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
        reply = await self._command(frame | ({"article": article} if article else {}))
        if reply["ok"]:
            self.done.answers += 1
            self.ledger.promise(name, reply["data"]["seq"], "answer")
        return bool(reply["ok"])

    async def _file(self, name: str, item: str, talk: Talk) -> None:
        reply = await self._command({"t": "ticket_prefill", "session": name, "item": item})
        form = reply["data"].get("form") if reply["ok"] else None
        if form:
            filed = await self._command({"t": "ticket_file", "session": name, "item": item, "form": form})
            talk.filed = bool(filed["ok"])
            self.done.tickets += talk.filed
        await self._say(name, FILED[self.language] if talk.filed else CLARIFY[self.language])

    async def _wrap(self, session: Frame) -> None:
        item, fill = session["item"], session.get("prefill", {})
        filed = self._talk(session["session"]).filed
        reply = await self._command(
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

    async def _beats(self, every_s: int) -> None:
        while True:
            await self.line.send({"t": "beat"})
            await pace(every_s)

    # -- the day

    async def work(self) -> None:
        """Until cancelled or closed."""
        try:
            await self.line.run()
        finally:
            for task in (*self._tasks, *filter(None, [self._beat])):
                task.cancel()

    async def close(self) -> None:
        """Go home."""
        await self.line.close()


def _any(words: tuple[str, ...], text: str) -> bool:
    return any(word in text.lower() for word in words)
