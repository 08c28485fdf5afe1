"""A model telephone network for the simulator: it makes true what dasan.core.call.places says, in its own time.

What the switchboard and a real network do between them is one thing here: a leg that shall be rung is claimed, taken
and rings; somebody picks up or does not; whoever shall be in the room comes in after a moment, and goes out again.
The network's words travel through the weather as everybody's do, doubled, late and out of order; the switchboard's own
do not, for it lives in the server. What is under way is kept, so that nothing is begun twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core.call import GONE, RING, ROOM, Place, places
from dasan.core.policy import VOICE
from dasan.core.session import Session
from dasan.ports import Committed

if TYPE_CHECKING:
    from dasan.sim.world import World

ANSWERS_S = (1.0, 6.0)
COMES_S = (0.3, 1.2)
CONCERNS = ("leg.", "party.", "work.", "call.", "session.")  # how events begin that may move a leg


class Switch:
    """The network of a world. ``asked`` are things under way: (leg, what)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._asked: set[tuple[str, str]] = set()
        self._calls = 0

    def new_call(self) -> str:
        """The network's id of another call."""
        self._calls += 1
        return f"CA{self._calls:032x}"

    def see(self, batch: Sequence[Committed]) -> None:
        """Look at every call that a commit has touched."""
        for one in batch:
            if not any(r.event.type.startswith(CONCERNS) for r in one.events):
                continue
            for head in one.heads.values():
                if isinstance(head.state, Session) and _may_move(head.state):
                    self.look(head.state)

    def look(self, s: Session) -> None:
        """Begin whatever is not where it shall be."""
        for place in places(s):
            leg = s.party(place.leg)
            if leg is None or place.at == GONE:
                continue
            if place.at == RING and leg.state == legs.NEW:
                self._once(leg.id, "dial", 0.2, self._dial, s.id, leg.id)
            elif place.at == ROOM and not leg.joined and leg.state in legs.UP:
                self._once(leg.id, "join", self._soon(COMES_S), self._fact, s.id, leg.id, "joined")
            elif place.at not in {ROOM, RING} and leg.joined:
                self._once(leg.id, "leave", self._soon(COMES_S), self._fact, s.id, leg.id, "left")
            elif leg.joined and place.hold != (leg.state == legs.HELD):
                self._hold(s, place, leg)

    def _hold(self, s: Session, place: Place, leg: legs.Leg) -> None:
        if leg.role == legs.OF_CITIZEN:
            word = "held" if place.hold else "unheld"
            self._once(leg.id, word, self._soon(COMES_S), self._fact, s.id, leg.id, word)

    def _soon(self, span: tuple[float, float]) -> float:
        return self.world.luck.uniform(*span)

    def _once(self, leg: str, what: str, after_s: float, do: Any, *args: Any) -> None:
        if (leg, what) not in self._asked:
            self._asked.add((leg, what))
            self.world.after(after_s, self._now, leg, what, do, args)

    def _now(self, leg: str, what: str, do: Any, args: tuple[Any, ...]) -> None:
        self._asked.discard((leg, what))
        do(*args)

    def _dial(self, session: str, leg: str) -> None:
        self.world.within(c.SWITCHBOARD, c.DialLeg(session, leg), lambda reply: self._dialling(session, leg, reply))

    def _dialling(self, session: str, leg: str, reply: Mapping[str, Any] | BaseException) -> None:
        if isinstance(reply, BaseException) or (leg, "ring") in self._asked:
            return
        self._asked.add((leg, "ring"))
        self.world.within(c.SWITCHBOARD, c.LegDialled(session, leg, self.new_call()))
        world, luck = self.world, self.world.luck
        world.after(0.5, self._fact, session, leg, "ringing")
        after_s = luck.uniform(*ANSWERS_S)
        if luck.random() < world.habits.unreached:
            cause = luck.choice(("busy", "no_answer", "network"))
            world.after(after_s + 10.0, self._fact, session, leg, "ended", cause)
            return
        world.after(after_s, self._fact, session, leg, "connected")
        world.after(after_s + 0.2, self._fact, session, leg, "joined")

    def _fact(self, session: str, leg: str, fact: str, cause: str = "") -> None:
        self.world.ask(c.PROVIDER, c.LegFact(session, leg, fact, cause=cause))


def _may_move(s: Session) -> bool:
    """Whether anybody is, or is to be, elsewhere than in the menu."""
    return bool(s.parties) or any(leg.joined or leg.state == legs.NEW for leg in s.legs if leg.channel == VOICE)
