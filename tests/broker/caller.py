"""A caller on a stage: her call, her menu, and a switchboard that does at once what the session's state asks for."""

from __future__ import annotations

import hashlib
from typing import Any

from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core.call import GONE, RING, places
from tests.broker.stage import K1, Stage

NUMBER = "+821012345678"


def keyed(number: str) -> str:
    """What stands in events for a number."""
    return hashlib.sha256(number.encode()).hexdigest()


class Caller:
    """One citizen's telephone. ``answers``: what it does when we ring it ("" answers, else the cause it ends with)."""

    def __init__(self, stage: Stage, number: str = NUMBER, *, service: str = "120", language: str = "ko") -> None:
        self.stage, self.number, self.service, self.language = stage, number, service, language
        self.session = self.leg = ""
        self.answers: str | None = ""
        self.calls = 0
        self.rung: list[str] = []  # legs that were rung, each once
        self.ended: set[str] = set()

    # -- what she does

    def rings(self) -> Caller:
        """She dials 120."""
        self.calls += 1
        reply = self.stage.do(
            c.PROVIDER,
            c.BeginCall(
                f"CA{self.calls}",
                f"p_{keyed(self.number)}",
                keyed(self.number) if self.number else "",
                "e164" if self.number else "withheld",
                self.number,
                service=self.service,
                language=self.language,
            ),
        )
        self.session, self.leg, self.reply = reply["session"], reply["leg"], reply
        self.step = reply["step"]
        return self

    def wishes(self, *wishes: c.Command | Any) -> Any:
        """The menu takes a step with these wishes."""
        self.step += 1
        command = c.StepFlow(self.session, self.leg, self.step, "120@1", "menu", "{}", tuple(wishes))
        return self.stage.do(c.PROVIDER, command)

    def queues(self, queue: str = "general") -> Caller:
        """Into the queue."""
        if not self.session:
            self.rings()
        self.wishes(c.WishQueue(queue))
        return self

    def hangs_up(self) -> Caller:
        """She puts the receiver down, and does not come back in time."""
        self.tells(self.leg, "ended", cause="citizen_left")
        return self

    # -- what the network does

    def tells(self, leg: str, fact: str, **more: str) -> None:
        """A word of the network."""
        self.stage.do(c.PROVIDER, c.LegFact(self.session, leg, fact, **more), "")

    def settle(self) -> Caller:
        """A switchboard and telephones that work: every leg comes to be where it shall be."""
        for _ in range(12):
            before = len(self.stage.journal())
            for place in places(self.state):
                leg = self.state.party(place.leg)
                if place.at == RING:
                    self._ring(leg)
                elif place.at != GONE and place.at == "ROOM" and not leg.joined:
                    self.tells(leg.id, "joined")
                elif place.at == GONE and leg.state != legs.ENDED:
                    self.tells(leg.id, "ended", cause="normal")
            if len(self.stage.journal()) == before:
                return self
        raise AssertionError("it does not settle")

    def _ring(self, leg: Any) -> None:
        answers = self.answers if leg.role == legs.OF_CITIZEN else ""
        if answers is None and leg.state == legs.RINGING:
            return
        if leg.state == legs.NEW:
            self.stage.do(c.SWITCHBOARD, c.DialLeg(self.session, leg.id), "")
            self.rung.append(leg.id)
            self.stage.do(c.SWITCHBOARD, c.LegDialled(self.session, leg.id, f"CA-{leg.id}"), "")
            self.tells(leg.id, "ringing")
        elif answers == "":
            self.tells(leg.id, "connected")
        elif answers is not None:
            self.tells(leg.id, "ended", cause=answers)

    # -- what is true

    @property
    def state(self) -> Any:
        return self.stage.state(self.session)

    @property
    def callback(self) -> Any:
        return self.state.callback

    @property
    def item(self) -> Any:
        found = self.state.live_item
        return found if found is not None else self.state.items[-1]

    def taken(self, who: str = K1) -> Caller:
        """Her waiting item is offered to ``who``, who takes it."""
        reply = self.stage.do(c.DISPATCHER, c.MakeOffer(self.session, self.item.id, who), "")
        self.stage.do(self.stage.at_desk(who), c.AcceptOffer(reply["offer"], self.session))
        return self.settle()

    def asks_back(self, **more: Any) -> Caller:
        """She asks, in the queue, to be called back, and hangs up."""
        if not self.session:
            self.queues()
        self.came = self.wishes(c.WishCallback(**more))
        return self.hangs_up()
