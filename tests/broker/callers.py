"""A telephone call on a stage, and the way to every state of its work item; the network is played by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dasan.core import call
from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core import workitem as items
from tests.broker.stage import K1, K2, Stage

IN_THE_ROOM = ("ringing", "connected", "joined")


class Call:
    """One call; ``self.state`` is its session, ``self.first`` the item it waits with."""

    def __init__(self, stage: Stage, citizen: str = "p_1", *, address: str | None = None, call: str = "CA1") -> None:
        self.stage = stage
        self.address = f"number of {citizen}" if address is None else address
        self.call = call
        kind = "e164" if self.address else "withheld"
        self.reply = stage.do(c.PROVIDER, c.BeginCall(call, citizen, self.address, kind, "+821012345678"), call)
        self.session, self.leg = self.reply["session"], self.reply["leg"]
        self.first = self.consulted = self.offer = ""

    @property
    def state(self) -> Any:
        return self.stage.state(self.session)

    @property
    def item(self) -> Any:
        return self.state.item(self.first)

    def where(self) -> dict[str, Any]:
        """The place of everybody who is not gone, by who she is ("" is the citizen)."""
        return {place.who: place for place in call.places(self.state) if place.at != call.GONE}

    def party(self, who: str, role: str = legs.OF_COUNSELOR) -> str:
        """The newest leg of that person or line."""
        found = [leg.id for leg in self.state.parties if leg.who == who and leg.role == role]
        assert found, f"nobody rings {who}"
        return found[-1]

    # -- the network

    def fact(self, leg: str, fact: str, cause: str = "", *, call: str = "") -> None:
        self.stage.do(c.PROVIDER, c.LegFact(self.session, leg, fact, call, cause), "")

    def citizen(self, fact: str, cause: str = "") -> Call:
        self.fact(self.leg, fact, cause)
        return self

    def rung(self, who: str, *facts: str, role: str = legs.OF_COUNSELOR, cause: str = "") -> Call:
        """Call control rings, and the network tells ``facts``."""
        leg = self.party(who, role)
        self.stage.do(c.SWITCHBOARD, c.DialLeg(self.session, leg))
        self.stage.do(c.SWITCHBOARD, c.LegDialled(self.session, leg, f"CA of {leg}"))
        for fact in facts:
            self.fact(leg, fact, cause if fact == "ended" else "", call=f"CA of {leg}")
        return self

    def hung_up(self, who: str, cause: str = "normal", role: str = legs.OF_COUNSELOR) -> Call:
        self.fact(self.party(who, role), "ended", cause)
        return self

    # -- the menu

    def step(self, *wishes: Any, node: str = "menu") -> Any:
        flow = self.state.flow
        n = flow.step + 1 if flow else 1
        return self.stage.do(c.PROVIDER, c.StepFlow(self.session, self.leg, n, "120@f1", node, "{}", wishes))

    def queued(self, queue: str = "general", **wish: Any) -> Call:
        self.first = self.step(c.WishQueue(queue, **wish), node="queue")["item"]
        return self

    # -- counselors

    def ask(self, who: str, command: c.Command) -> Any:
        return self.stage.do(self.stage.at_desk(who), command)

    def refused(self, who: str, command: c.Command) -> str:
        return self.stage.refused(self.stage.at_desk(who), command)

    def offered(self, who: str = K1, item: str = "") -> Call:
        if not self.first:
            self.queued()
        reply = self.stage.do(c.DISPATCHER, c.MakeOffer(self.session, item or self.first, who), "")
        self.offer = reply["offer"]
        return self

    def accepted(self, who: str = K1, item: str = "") -> Call:
        self.offered(who, item)
        self.ask(who, c.AcceptOffer(self.offer, self.session))
        return self

    def active(self, who: str = K1) -> Call:
        return self.accepted(who).rung(who, *IN_THE_ROOM).citizen("joined")

    def held(self) -> Call:
        self.active()
        self.ask(K1, c.HoldItem(self.session, self.first))
        return self

    def consulting(self) -> Call:
        """A colleague is looked for."""
        self.active()
        self.consulted = self.ask(K1, c.Consult(self.session, self.first, counselor=K2))["item"]
        return self

    def consulted_there(self) -> Call:
        """The colleague is in the room, the citizen hears music."""
        self.consulting().accepted(K2, self.consulted)
        return self.rung(K2, *IN_THE_ROOM)

    def with_line(self, line: str = "1330") -> Call:
        """A line is being consulted and has answered."""
        self.active()
        self.ask(K1, c.Consult(self.session, self.first, line=line))
        return self.rung(line, *IN_THE_ROOM, role=legs.OF_LINE)

    def wrapping(self) -> Call:
        self.active()
        self.ask(K1, c.ReleaseItem(self.session, self.first))
        return self

    def completed(self) -> Call:
        self.wrapping()
        self.ask(K1, c.CompleteWrapUp(self.session, self.first, "answered", "general"))
        return self

    def cancelled(self) -> Call:
        """She hung up while she waited, and did not call again."""
        self.queued().citizen("ended")
        self.stage.wait(61)
        return self


CALL_STATES: dict[str, Callable[[Call], Call]] = {
    items.QUEUED: Call.queued,
    items.OFFERED: Call.offered,
    items.CONNECTING: Call.accepted,
    items.ACTIVE: Call.active,
    items.HELD: Call.held,
    items.CONSULTING: Call.consulting,
    items.WRAPPING: Call.wrapping,
    items.COMPLETED: Call.completed,
    items.CANCELLED: Call.cancelled,
}
