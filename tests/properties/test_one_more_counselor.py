"""I30: one skill, first come first served, nobody gives up, each call as long as it is: one more counselor never makes
anybody wait longer. The whole path is the production one, from the menu's wish to the end of the wrap-up.
"""

from __future__ import annotations

import heapq
from itertools import count
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dasan.broker import Broker
from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core.policy import VOICE, Policy, Queue, RoutingStep, SkillNeed, Timing
from dasan.core.session import Session
from dasan.core.time import SECOND
from dasan.dispatch import Dispatcher, offer
from dasan.gate import InlineGate
from dasan.sim.sources import SeededIds, VirtualClock
from dasan.store.memory import MemoryStore
from tests.properties.house import NOON

LINE = Queue("general", "일반", "General", (RoutingStep((SkillNeed("general", 1),)),), VOICE, waiting_max_s=86_400)
POLICY = Policy(queues={"general": LINE}, timing=Timing(session_idle_max_s=86_400))
Calls = list[tuple[int, int]]  # (seconds after the one before, how long its talk is)


class Line:
    """One queue, ``crew`` counselors who take every call at once and need no wrap-up."""

    def __init__(self, crew: int) -> None:
        self.clock = VirtualClock(NOON)
        self.store = MemoryStore()
        broker = Broker(POLICY, self.clock, SeededIds(self.clock, Random(1)))
        self.gate = InlineGate(self.store, broker, self._defect)
        self.dispatcher = Dispatcher(POLICY)
        self.gate.listen(self.dispatcher.see)
        self.crew: dict[str, c.Principal] = {}
        for n in range(crew):
            who = f"k_{n}"
            self.ask(c.BROKER, c.RegisterCounselor(who, {"general": 3}))
            epoch = self.ask(c.Principal(c.COUNSELOR, who), c.AttachConsole(who))["epoch"]
            self.crew[who] = c.Principal(c.COUNSELOR, who, epoch)
            self.ask(self.crew[who], c.SetPresence(who, counselors.AVAILABLE))

    def _defect(self, what: str, error: BaseException) -> None:
        raise error

    def ask(self, principal: c.Principal, command: c.Command) -> dict[str, str]:
        return dict(self.gate.handle(c.Envelope(principal, "", command)))

    def waits(self, calls: Calls) -> list[int]:
        """How long each call waited, in microseconds."""
        turn, at = count(), NOON
        todo: list[tuple[int, int, int, str]] = []  # when, turn, call, its session ("" while it has not come)
        for n, (gap_s, _) in enumerate(calls):
            at += gap_s * SECOND
            heapq.heappush(todo, (at, next(turn), n, ""))
        of: dict[str, int] = {}
        while todo:
            self.clock.at_us, _, n, session = heapq.heappop(todo)
            if session:
                self._ends(session)
            else:
                of[self._comes(n)] = n
            for started in self._served():
                heapq.heappush(todo, (self.clock.at_us + calls[of[started]][1] * SECOND, next(turn), -1, started))
        waited = {of[s]: self._session(s).items[0] for s in of}
        return [waited[n].active_at_us - waited[n].enqueued_at_us for n in range(len(calls))]

    def _session(self, session: str) -> Session:
        found = self.store.reads.load(session)
        assert found is not None
        state: Session = found.state
        return state

    def _comes(self, n: int) -> str:
        begun = self.ask(c.PROVIDER, c.BeginCall(f"CA{n}", f"p_{n}", f"number {n}", "e164"))
        wish = (c.WishQueue("general"),)
        self.ask(c.PROVIDER, c.StepFlow(begun["session"], begun["leg"], 1, "f@1", "queue", "{}", wish))
        return begun["session"]

    def _served(self) -> list[str]:
        """Whoever can be served is, at once; the sessions whose talk has begun."""
        begun: list[str] = []
        while plans := self.dispatcher.plans(self.clock.at_us):
            for plan in plans:
                made = dict(self.gate.handle(offer(plan)))
                self.ask(self.crew[plan.counselor], c.AcceptOffer(made["offer"], plan.session))
                s = self._session(plan.session)
                for leg in (s.parties[-1], s.legs[-1]):
                    self.ask(c.PROVIDER, c.LegFact(s.id, leg.id, "joined"))
                begun.append(s.id)
        return begun

    def _ends(self, session: str) -> None:
        item = self._session(session).items[0]
        me = self.crew[item.counselor]
        self.ask(me, c.ReleaseItem(session, item.id))
        self.ask(me, c.CompleteWrapUp(session, item.id, "answered", "general"))


# Never two at one instant: which of them is first is a draw, and not the same in both runs.
calls = st.lists(st.tuples(st.integers(1, 90), st.integers(1, 240)), min_size=1, max_size=25)


@given(calls, st.integers(1, 4))
def test_one_more_counselor_never_makes_anybody_wait_longer(day: Calls, crew: int) -> None:
    fewer, more = Line(crew).waits(day), Line(crew + 1).waits(day)
    assert all(b <= a for a, b in zip(fewer, more, strict=True)), (fewer, more)


def test_with_a_single_counselor_everybody_waits_for_the_one_before() -> None:
    assert Line(1).waits([(1, 60), (1, 60), (1, 60)]) == [0, 59 * SECOND, 118 * SECOND]
    assert Line(2).waits([(1, 60), (1, 60), (1, 60)]) == [0, 0, 58 * SECOND]
