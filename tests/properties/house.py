"""A whole server in one object for state machines: stage, pictures, checker; nothing is mocked and nothing waits.

Every commit goes to dispatcher, timers, promises and the checker of the simulator, so each step of a machine is
followed by the same proofs as each instant of a simulated day.
"""

from __future__ import annotations

from random import Random
from types import SimpleNamespace
from typing import Any

from dasan.broker import Broker
from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core.errors import Clash, DasanError
from dasan.core.handlers import routing
from dasan.core.hours import Hours
from dasan.core.policy import Policy, Queue, RoutingStep
from dasan.core.time import SECOND
from dasan.core.work import Work
from dasan.dispatch import Dispatcher, offer
from dasan.gate import InlineGate, committed_of
from dasan.outbox import Promises
from dasan.sim.faults import FaultyStore, pictures
from dasan.sim.invariants import Checker
from dasan.sim.sources import SeededIds, VirtualClock
from dasan.timers import Timers, tick

NOON = 1_800_000_000_000_000
CREW = ("k_1", "k_2", "k_3")
BOSS = "k_boss"
SKILLS = ({"general": 5, "tax": 2}, {"general": 3}, {"general": 1, "tax": 5, "english": 4})
# Open ten minutes an hour, from ten past, and not at NOON; who waits there for two minutes has waited in vain.
_WEEKDAY = tuple((hour * 60 + 10, hour * 60 + 20) for hour in range(24))
OFFICE = Queue("office", "창구", "Office", (RoutingStep(),), waiting_max_s=120, hours=Hours((_WEEKDAY,) * 7, _WEEKDAY))
SYSTEM = c.Principal(c.SYSTEM, "edge")
# What changes nothing when it comes again, by the state alone.
FORGETS = (c.MarkEntries, c.ShowSuggestions, c.SaveDraft, c.LegFact, c.DialLeg, c.LegDialled, c.StepFlow)


class House:
    """Looks like a simulated world to the checker. ``rival`` is a second server's store on the same truth."""

    def __init__(self, store: Any, replay: str, rival: Any = None) -> None:
        self.clock = VirtualClock(NOON)
        self.policy = Policy(queues={**Policy().queues, "office": OFFICE})
        self.store = FaultyStore(store)
        self.broker = Broker(self.policy, self.clock, SeededIds(self.clock, Random(1)))
        self.gate = InlineGate(self.store, self.broker, self._defect)
        self.rival = rival or self.store
        self.gates = (self.gate, InlineGate(self.rival, self.broker, self._defect) if rival else self.gate)
        self.dispatcher, self.timers, self.promises = Dispatcher(self.policy), Timers(), Promises()
        self.scenario, self.replay = SimpleNamespace(seed=1), replay
        self.desk = SimpleNamespace(tickets={})
        self.checker = Checker(self)  # type: ignore[arg-type]
        for gate in dict.fromkeys(self.gates):
            gate.listen(self._see)
        self.requests = 0
        self.asked: list[tuple[c.Envelope, Any]] = []
        self.epochs: dict[str, int] = {}
        for who, skills in zip((*CREW, BOSS), (*SKILLS, {}), strict=True):
            self.ask(SYSTEM, c.RegisterCounselor(who, skills))
            self.attach(who)
        for who in CREW:
            self.ask(self.me(who), c.SetPresence(who, counselors.AVAILABLE))

    def _defect(self, what: str, error: BaseException) -> None:
        raise error

    def _see(self, committed: Any) -> None:
        for picture in (self.dispatcher, self.timers, self.promises, self.checker):
            picture.see(committed)

    def me(self, who: str) -> c.Principal:
        return c.Principal(c.SUPERVISOR if who == BOSS else c.COUNSELOR, who, self.epochs[who])

    def attach(self, who: str) -> None:
        role = c.SUPERVISOR if who == BOSS else c.COUNSELOR
        self.epochs[who] = self.ask(c.Principal(role, who), c.AttachConsole(who))["epoch"]

    def ask(self, principal: c.Principal, command: c.Command, *, remembered: bool = True) -> Any:
        """The reply, or None when it was refused. Only expected errors are refusals. Two servers take turns."""
        self.requests += 1
        envelope = c.Envelope(principal, f"r{self.requests}" if remembered else "", command)
        try:
            reply = dict(self.gates[self.requests % 2].handle(envelope))
        except Clash:
            raise
        except DasanError:
            return None
        if remembered:
            self.asked.append((envelope, reply))
        return reply

    def line_id(self) -> str:
        """A sender's own id of a line; never the same twice."""
        return f"line {self.requests}"

    def again(self, n: int) -> None:
        """A request once more, by its own id: the same reply, nothing written (I16)."""
        envelope, reply = self.asked[n % len(self.asked)]
        before = self.store.reads.last_position()
        forgets = isinstance(envelope.command, FORGETS)
        if not forgets:
            assert dict(self.gates[n % 2].handle(envelope)) == reply
            assert self.store.reads.last_position() == before

    def state(self, stream: str) -> Any:
        return self.store.reads.load(stream).state

    def open(self, kind: str) -> list[Any]:
        return [head.state for head in self.store.reads.open_heads(kind)]

    def dispatch(self) -> None:
        """Rounds until nobody can be offered anything more."""
        self.dispatcher.sweep()
        for _ in range(5):
            plans = self.dispatcher.plans(self.clock.at_us)
            if not plans:
                return
            self.gate.now(*(offer(plan) for plan in plans))

    def race(self, n: int) -> bool:
        """Two routers decide on the same picture in interleaved units; the second clashes and decides again."""
        self.dispatcher.sweep()
        plans = self.dispatcher.plans(self.clock.at_us)
        if not plans:
            return False
        mine, theirs = offer(plans[0]), offer(plans[min(len(plans) - 1, n % 2)])  # the same plan, or the next one
        with self.store.unit() as a, self.rival.unit() as b:
            first, second = self.broker.handle(a, mine), self.broker.handle(b, theirs)
            a.commit()
            self._see([committed_of(first, a.positions[-1])])
            try:
                b.commit()
            except Clash:
                assert _streams(mine) & _streams(theirs), "only a shared stream may clash"
            else:
                self._see([committed_of(second, b.positions[-1])])
                return True
        self.gate.now(theirs)
        return True

    def ring_another(self, session: str, item: str, who: str) -> None:
        """A second offer of one item at the same time: the machine has it, no router makes one yet (I3)."""
        with self.store.unit() as unit:
            w = Work(unit, self.broker.ids, self.clock.at_us, self.policy, SYSTEM, "", numbers=unit.next_number)
            routing._offer(w, session, w.item(session, item), w.counselor(who))
            decision = self.broker._decision(w, SYSTEM.name, "", "", {})
            unit.record(decision)
            unit.commit()
            self._see([committed_of(decision, unit.positions[-1])])

    def wait(self, seconds: float) -> None:
        """Time passes; deadlines are looked at in their order, each by the picture that commits keep."""
        end = self.clock.at_us + round(seconds * SECOND)
        for _ in range(400):
            due_us = self.timers.next_us()
            if due_us is None or due_us > end:
                break
            self.clock.at_us = max(self.clock.at_us, due_us)
            due = self.timers.due(self.clock.at_us)
            for result in self.gate.now(*(tick(stream, at) for stream, at in due)):
                assert not isinstance(result, BaseException), result
        self.clock.at_us = end

    def crash(self) -> None:
        """All pictures go and are made anew from the store; leases that lived are suspect (I19)."""
        before = (self.dispatcher, self.timers, self.promises)
        after = pictures(self)  # type: ignore[arg-type]
        self.checker.same_pictures(before, after)
        self.dispatcher, self.timers, self.promises = after
        self.checker.published.restart()
        for k in self.open("k"):
            if k.lease == counselors.LIVE:
                self.ask(SYSTEM, c.MissBeat(k.id, k.epoch, 45), remembered=False)
                self.ask(SYSTEM, c.RestoreBeat(k.id, k.epoch), remembered=False)


def _streams(plan: c.Envelope) -> set[str]:
    assert isinstance(plan.command, c.MakeOffer)
    return {plan.command.session, plan.command.counselor}
