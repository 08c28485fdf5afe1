"""A citizen of the demonstration: speaks the chat protocol (dasan/wire/chat.py) as the page does, from a story.

She says a line, waits for an answer, reads it at a person's pace, and says the next. When the line falls she comes back
with her token and the last frame she saw, and sends again what was not acknowledged, under the same id.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from dataclasses import dataclass, field
from typing import Any

from dasan.demo.ledger import Ledger
from dasan.demo.line import Frame, Line, pace
from dasan.demo.stories import Story
from dasan.wire import chat

ANSWER_WAIT_S = 180.0


@dataclass(slots=True)
class Told:
    """What happened to her, for the summary."""

    session: str = ""
    number: int = 0
    lines: int = 0
    answers: int = 0
    rated: bool = False
    done: bool = False
    tickets: dict[str, str] = field(default_factory=dict)  # ticket number -> newest stage
    troubles: list[str] = field(default_factory=list)


class Citizen:
    """One citizen with one story. ``haste`` below 1 makes her quicker than a person."""

    def __init__(
        self, url: str, origin: str, story: Story, language: str, ledger: Ledger, seed: int, haste: float = 1.0
    ) -> None:
        self.story, self.language, self.ledger, self.haste = story, language, ledger, haste
        self.told = Told()
        self._random = random.Random(seed)
        self._token = ""
        self._seq = 0
        self._phase = ""
        self._answered = asyncio.Event()
        self._over = asyncio.Event()
        self._started = False
        self._asked: dict[str, asyncio.Event] = {}
        self._early: dict[str, int] = {}
        self.line = Line(url, self._hello, self._hear, origin=origin)

    def _hello(self) -> Frame:
        frame: Frame = {"t": "hello", "v": chat.VERSION, "language": self.language, "token": self._token}
        if self.told.session and self._seq:
            frame["after"] = {"session": self.told.session, "seq": self._seq}
        return frame

    # -- hearing

    async def _hear(self, frame: Frame) -> None:
        kind = frame["t"]
        if kind == "welcome":
            self._token = frame["token"] or self._token
            if frame.get("state"):
                self._state(frame["state"])
            for entry in frame.get("entries", ()):
                await self._entry(entry)
            for ticket in frame.get("tickets", ()):
                await self._ticket(ticket)
        elif kind == "entry":
            await self._entry(frame)
        elif kind == "state":
            self._state(frame)
        elif kind == "ticket":
            await self._ticket(frame)
        elif kind == "ack":
            self._acknowledged(frame)
        elif kind == "trouble":
            self.told.troubles.append(frame["code"])
            self._done(frame.get("id", ""))
        if "seq" in frame and kind in {"entry", "state", "marks"}:
            self._seq = max(self._seq, frame["seq"])

    def _state(self, frame: Frame) -> None:
        self.told.session, self.told.number = frame["session"], frame["number"]
        for name, seq in self._early.items():
            self.ledger.promise(self.told.session, seq, name)
        self._early.clear()
        self._phase = frame["phase"]
        self._seq = max(self._seq, frame["seq"])
        if self._started and "say" not in frame.get("can", ()):
            self._over.set()

    async def _entry(self, entry: Frame) -> None:
        text = entry.get("text") or entry.get("code", "")
        fresh = (self.told.session, entry["seq"]) not in self.ledger.shown
        self.ledger.show(self.told.session, entry["seq"], text, entry.get("id", ""))
        self._seq = max(self._seq, entry["seq"])
        if entry["who"] == "counselor" and fresh:
            self.told.answers += 1
            self._answered.set()
            await self.line.send({"t": "mark", "n": entry["n"], "read": True})

    async def _ticket(self, ticket: Frame) -> None:
        self.told.tickets[ticket["number"]] = ticket["stage"]
        if not ticket.get("heard"):
            await self.line.send({"t": "heard", "handoff": ticket["handoff"], "stage": ticket["stage"]})

    def _acknowledged(self, frame: Frame) -> None:
        if frame.get("seq") and self.told.session:
            self.ledger.promise(self.told.session, frame["seq"], frame["id"])
        elif frame.get("seq"):
            self._early[frame["id"]] = frame["seq"]  # the session's name follows with its state
        self._done(frame["id"])

    def _done(self, name: str) -> None:
        waiting = self._asked.pop(name, None)
        if waiting is not None:
            waiting.set()

    # -- acting

    async def live(self) -> None:
        """Tell the whole story; ends when the session is over or nobody answered for a long time."""
        keeper = asyncio.create_task(self.line.run())
        try:
            await asyncio.wait_for(self.line.welcomed.wait(), ANSWER_WAIT_S)
            for n, words in enumerate(self.story.lines):
                self._answered.clear()
                await self._say(n, words)
                if not await self._until_answered():
                    break
                await pace(self._random.uniform(1.5, 3.5) * self.haste)
            await asyncio.wait_for(self._over.wait(), ANSWER_WAIT_S)
            await self._rate()
            self.told.done = True
        except TimeoutError:
            self.told.troubles.append("no_answer")
        finally:
            await self.line.close()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _say(self, n: int, words: str) -> None:
        await self.line.send({"t": "typing", "on": True})
        await pace(min(len(words) * 0.04, 2.0) * self.haste)
        frame: Frame = {"t": "say", "id": secrets.token_hex(8), "text": words}
        if n == 0:
            frame = {"t": "start", "id": frame["id"], "topic": self.story.topic, "text": words}
        await self._ask(frame)
        self._started = True
        self.told.lines += 1

    async def _until_answered(self) -> bool:
        answered = asyncio.create_task(self._answered.wait())
        over = asyncio.create_task(self._over.wait())
        done, waiting = await asyncio.wait({answered, over}, timeout=ANSWER_WAIT_S, return_when="FIRST_COMPLETED")
        for task in waiting:
            task.cancel()
        return answered in done

    async def _rate(self) -> None:
        await pace(self.haste)
        await self._ask(
            {"t": "rate", "id": secrets.token_hex(8), "session": self.told.session, "score": self.story.score}
        )
        self.told.rated = True

    async def _ask(self, frame: Frame) -> None:
        """Send and wait until it is acknowledged, over as many falls as it takes."""
        waiting = self._asked[frame["id"]] = asyncio.Event()
        await self.line.send(frame)
        await asyncio.wait_for(waiting.wait(), ANSWER_WAIT_S)

    async def look_again(self) -> None:
        """Open the page anew: the whole visible talk, counted by the ledger as any other showing."""
        self._seq = 0
        self.line = Line(self.line.url, self._hello, self._hear, origin=self.line.origin)
        keeper = asyncio.create_task(self.line.run())
        try:
            await asyncio.wait_for(self.line.welcomed.wait(), 30.0)
        except TimeoutError:
            self.told.troubles.append("not_shown_again")
        finally:
            await self.line.close()
            await asyncio.gather(keeper, return_exceptions=True)

    def summary(self) -> dict[str, Any]:
        """For the demonstration's report."""
        told = self.told
        return {"story": self.story.name, "number": told.number, "done": told.done, "troubles": told.troubles}
