"""The world: virtual time, everybody in it, and the production broker, gate, dispatcher, timers and outbox.

Time moves from instant to instant of a grid. What reaches the server in one instant is decided and committed together:
first the dispatcher's plans (made from the picture after the last commit), then deadlines, then people. So there is one
commit an instant, on SQLite one write to the disk. Every choice comes from one seeded source and every order from a
heap with a running number, so a seed gives the same journal, byte for byte (I29), on every store.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import Any

from channels.voice.shared import Shared
from dasan.broker import Broker
from dasan.core.commands import BROKER, Command, Envelope, Principal
from dasan.core.errors import DasanError, Refused, StorageFull
from dasan.core.policy import Policy
from dasan.core.time import SECOND
from dasan.dispatch import Dispatcher, offer
from dasan.gate import InlineGate, Result
from dasan.outbox import Promises
from dasan.ports import Committed
from dasan.sim.callers import HEARD as HEARD_BY_PHONE
from dasan.sim.callers import Caller
from dasan.sim.citizens import HEARD, Citizen
from dasan.sim.crew import SimCounselor
from dasan.sim.desk import SimBlobs, SimDesk
from dasan.sim.faults import FaultyStore, restart
from dasan.sim.invariants import Checker
from dasan.sim.oversight import Supervisor
from dasan.sim.scenario import TOPICS, Scenario, next_arrival, shift_of, skills_of, usual_policy
from dasan.sim.sources import SeededIds, VirtualClock
from dasan.sim.switch import Switch
from dasan.sim.tickets import Tickets
from dasan.sim.weather import Network, Sent
from dasan.timers import Timers, tick

_TOPICS, _WEIGHTS = list(TOPICS), list(accumulate(TOPICS.values()))
SETTLING_S = 3 * 3600  # how long after the last arrival a world may take to come to rest


class World:
    """One run. ``store`` is any store with ``reads`` and ``keyed``; ``checker`` looks at everything that is written."""

    def __init__(
        self, scenario: Scenario, store: Any, policy: Policy | None = None, *, replay: str = "",
        caller: Callable[[World, int, str], Caller] = Caller,
    ) -> None:  # fmt: skip
        self.replay, self._caller = replay or scenario.command(), caller
        self.scenario, self.habits, self.weather = scenario, scenario.habits, scenario.weather
        self.policy = policy or usual_policy()
        self.luck = Random(scenario.seed)
        self.clock = VirtualClock(scenario.start_us)
        self.store = FaultyStore(store)
        self.broker = Broker(self.policy, self.clock, SeededIds(self.clock, self.luck))
        self.gate = InlineGate(self.store, self.broker, self._defect)
        self.dispatcher, self.timers, self.promises = Dispatcher(self.policy), Timers(), Promises()
        self.desk = SimDesk(self.luck, self.weather.ticket_faults, self.clock.now_us, self.after)
        self.checker = Checker(self)
        self.blobs = SimBlobs()
        self.tickets = Tickets(self)
        self.network = Network(self.luck, self.weather, self.after, self._deliver, self.injected)
        self.faults: dict[str, int] = {}
        self.citizens: dict[str, Citizen] = {}
        self.callers: dict[str, Caller] = {}
        self.switch = Switch(self)
        self.turns = Shared()
        self.crew: dict[str, SimCounselor] = {}
        self.crew_ids: list[str] = []
        self.arrived = self.commands = self.instants = 0
        self._agenda: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = self._requests = 0
        self._batch: list[Sent] = []
        self._gathering = False
        self.supervisor = Supervisor(self)
        self.gate.listen(self._see)

    # -- what people use

    def at(self, at_us: int, what: Callable[..., None], *args: Any) -> None:
        """Do ``what`` at an instant, on the grid and not before the next one."""
        grid = self.scenario.grid_us
        floor = self.clock.at_us if self._gathering else self.clock.at_us + grid
        due = max(-(-at_us // grid) * grid, floor)
        self._count += 1
        heapq.heappush(self._agenda, (due, self._count, what, args))

    def after(self, seconds: float, what: Callable[..., None], *args: Any) -> None:
        """Do ``what`` in so many seconds."""
        self.at(self.clock.at_us + round(seconds * SECOND), what, *args)

    def ask(self, principal: Principal, command: Command, then: Callable[[Any], None] | None = None) -> None:
        """Send a command through the weather; ``then`` hears the reply or what refused it, once."""
        self._requests += 1
        self.network.send(Sent(Envelope(principal, f"r{self._requests}", command), then))

    def within(self, principal: Principal, command: Command, then: Callable[[Any], None] | None = None) -> None:
        """A command of the server's own parts: no weather between them and the gate."""
        self._deliver(Sent(Envelope(principal, "", command), then))

    def late(self, principal: Principal, command: Command, counselor: SimCounselor) -> None:
        """A crashed console's command arrives after all; under an old epoch it must be refused (I17)."""
        if counselor.epoch == principal.epoch:
            return
        self.injected("old_epoch")
        self._requests += 1
        then = self.checker.old_epoch_refused
        self._deliver(Sent(Envelope(principal, f"r{self._requests}", command), then))

    def state(self, stream: str) -> Any:
        """A stream's committed state; raises AssertionError when there is none."""
        found = self.store.reads.load(stream)
        assert found is not None, stream
        return found.state

    def keyed(self, value: str) -> str:
        """What an edge makes of an address: a keyed hash. The same on every store, so that the journals are."""
        return hashlib.blake2b(value.encode(), digest_size=16, key=b"simulated").hexdigest()

    def injected(self, fault: str) -> None:
        """Count a fault."""
        self.faults[fault] = self.faults.get(fault, 0) + 1

    # -- the run

    def begin(self) -> None:
        """Put everybody and everything on the agenda."""
        scenario, luck = self.scenario, self.luck
        self.supervisor.start()
        for n in range(scenario.counselors):
            shift = ((0.0, 48.0),) if scenario.flat else shift_of(n, scenario.counselors)
            person = SimCounselor(self, n, skills_of(n, luck), shift)
            self.crew[person.id] = person
            self.crew_ids.append(person.id)
            person.start()
        first = next_arrival(scenario, scenario.start_us + 5 * SECOND, luck)
        self.at(first, self._arrive, first)
        self.after(30, self.tickets.poll)
        self.at(scenario.start_us + scenario.sweep_us, self._sweep)
        for rate, what in ((self.weather.restarts, self._restart), (self.weather.storage_refuses, self._refuse)):
            if rate:
                self.after(luck.expovariate(rate / 3600), what)

    def run(self, progress: Callable[[World], None] | None = None) -> None:
        """Live the scenario to its end, and on until the last session has come to rest."""
        self.begin()
        last_us = self.scenario.end_us + SETTLING_S * SECOND
        hour = 0
        while True:
            at_us = self._next_us()
            if at_us is None or at_us > last_us or (at_us > self.scenario.end_us and self._quiet()):
                break
            self._instant(at_us)
            if progress is not None and (at_us - self.scenario.start_us) // (3600 * SECOND) > hour:
                hour += 1
                progress(self)
        self.checker.checked["I16"] = self.network.repeated
        self.checker.everything(final=True)

    def _quiet(self) -> bool:
        talking = any(not caller.over or not caller.called_back for caller in self.callers.values())
        return not (self.citizens or talking or self._batch)

    def _next_us(self) -> int | None:
        now, grid = self.clock.at_us, self.scenario.grid_us
        if self._batch or self.dispatcher.changed:
            return now + grid
        wake_us = self.dispatcher.wake_us(now) if self.dispatcher.waiting else None
        agenda_us = self._agenda[0][0] if self._agenda else None
        found = [due for due in (agenda_us, self.timers.next_us(), self.promises.next_us(), wake_us) if due is not None]
        return max(-(-min(found) // grid) * grid, now + grid) if found else None

    def _instant(self, at_us: int) -> None:
        self.clock.at_us = at_us
        self.instants += 1
        plans = [offer(plan) for plan in self.dispatcher.plans(at_us)]
        if plans and self.weather.races and self.luck.random() < self.weather.races:
            self.injected("race")
            plans = plans + plans  # a second dispatcher had the same picture
        ticks = self.timers.due(at_us)
        self._gathering = True
        agenda = self._agenda
        while agenda and agenda[0][0] <= at_us:
            _, _, what, args = heapq.heappop(agenda)
            what(*args)
        self._gathering = False
        self.tickets.carry_out(at_us)
        people, self._batch = self._batch, []
        envelopes = [*plans, *(tick(stream, due) for stream, due in ticks), *(sent.envelope for sent in people)]
        if not envelopes:
            return
        self.commands += len(envelopes)
        results = self.gate.now(*envelopes)
        self._planned(plans, results)
        self._ticked(ticks, results[len(plans) :])
        for sent, result in zip(people, results[len(plans) + len(ticks) :], strict=True):
            odd = self.network.answered(sent, result)
            if odd:
                self.checker.broken("I16", sent.envelope.principal.name, odd)

    def _planned(self, plans: Sequence[Envelope], results: Sequence[Result]) -> None:
        if any(isinstance(result, BaseException) for result in results[: len(plans)]):
            self.dispatcher.sweep()

    def _ticked(self, ticks: Sequence[tuple[str, int]], results: Sequence[Result]) -> None:
        """A deadline that could not be written is looked at again."""
        for (stream, due_us), result in zip(ticks, results, strict=False):
            if isinstance(result, StorageFull):
                self.timers.arm(stream, max(due_us, self.clock.at_us + SECOND))
            elif isinstance(result, Refused):
                self.checker.broken("I18", stream, f"a deadline was refused: {result}")

    def _deliver(self, sent: Sent) -> None:
        self._batch.append(sent)

    def _see(self, committed: Sequence[Committed]) -> None:
        self.dispatcher.see(committed)
        self.timers.see(committed)
        self.promises.see(committed)
        self.checker.see(committed)
        self.switch.see(committed)
        for one in committed:
            for recorded in one.events:
                kind = recorded.event.type
                if kind in HEARD_BY_PHONE:
                    caller = self.callers.get(recorded.stream)
                    if caller is not None:
                        caller.hear(recorded.event)
                if kind in HEARD:
                    citizen = self.citizens.get(recorded.stream)
                    if citizen is not None:
                        citizen.hear(recorded.event)
                told = _TOLD.get(kind)
                if told is not None:
                    told(self, recorded.stream, recorded.event, one.heads)

    # -- events that counselors' consoles show

    def _offered(self, stream: str, e: Any, heads: Mapping[str, Any]) -> None:
        person = self.crew.get(e.counselor)
        if person is not None:
            person.offered(stream, e.item, e.offer)

    def _assigned(self, stream: str, e: Any, heads: Mapping[str, Any]) -> None:
        person = self.crew.get(e.counselor)
        if person is not None:
            person.assigned(stream, e.item)

    def _holder(self, stream: str, heads: Mapping[str, Any], item: str) -> SimCounselor | None:
        found = heads[stream].state.item(item)
        return self.crew.get(found.counselor) if found else None

    def _talking(self, stream: str, e: Any, heads: Mapping[str, Any]) -> None:
        person = self._holder(stream, heads, e.item)
        if person is not None:
            person.talking(e.item, heads[stream].state.item(e.item).channel)

    def _wrapping(self, stream: str, e: Any, heads: Mapping[str, Any]) -> None:
        person = self._holder(stream, heads, e.item)
        if person is not None:
            person.wrapping(e.item)

    def _line(self, stream: str, e: Any, heads: Mapping[str, Any]) -> None:
        if e.role != "CITIZEN":
            return
        item = heads[stream].state.live_item
        person = self.crew.get(item.counselor) if item else None
        if person is not None:
            person.heard_line(item.id, e.blob)

    def _freed(self, stream: str, e: Any, heads: Mapping[str, Any]) -> None:
        self.crew[stream].gone(e.item) if stream in self.crew else None

    def _present(self, stream: str, e: Any, heads: Mapping[str, Any]) -> None:
        person = self.crew.get(stream)
        if e.auto and e.presence == "AWAY" and person is not None:
            self.after(self.luck.uniform(30, 120), person.return_)

    def _ticket(self, stream: str, e: Any, heads: Mapping[str, Any]) -> None:
        self.supervisor.ticket(stream, e.type)

    # -- the world's own affairs

    def _arrive(self, exact_us: int) -> None:
        self.arrived += 1
        by_phone = self.scenario.calls and self.luck.random() < self.scenario.calls
        (self._caller if by_phone else Citizen)(self, self.arrived, self.topic()).arrive()
        following = next_arrival(self.scenario, exact_us, self.luck)  # not from the grid, or the rate would sink
        if following < self.scenario.end_us:
            self.at(following, self._arrive, following)

    def waiting(self, queue: str) -> int:
        """How many wait in that queue, as the centre publishes it."""
        return self.checker.published.hub.index.waiting(queue)

    def topic(self) -> str:
        """What somebody comes with."""
        queue = self.luck.choices(_TOPICS, cum_weights=_WEIGHTS)[0]
        return "general" if self.scenario.flat else queue

    def _sweep(self) -> None:
        self.dispatcher.sweep()
        self.checker.everything()
        if self.clock.at_us < self.scenario.end_us + SETTLING_S * SECOND:
            self.after(self.scenario.sweep_us / SECOND, self._sweep)

    def die(self) -> None:
        """The server ends here and starts again."""
        restart(self)

    def _restart(self) -> None:
        self.injected("restart")
        self.die()
        self.after(self.luck.expovariate(self.weather.restarts / 3600), self._restart)

    def _refuse(self) -> None:
        self.injected("storage_refused")
        self.store.refusing = True
        self.after(self.luck.uniform(1, 8), self.store.relent)
        self.after(30 + self.luck.expovariate(self.weather.storage_refuses / 3600), self._refuse)

    def system(self, command: Command) -> Result:
        """A command of the server's own, at once."""
        self.commands += 1
        return self.gate.now(Envelope(BROKER, "", command))[0]

    def _defect(self, what: str, error: BaseException) -> None:
        if not isinstance(error, DasanError):
            raise error
        self.checker.broken("defect", what, f"{type(error).__name__}: {error}")


_TOLD: dict[str, Callable[[World, str, Any, Mapping[str, Any]], None]] = {
    "work.offered": World._offered,
    "work.accepted": World._assigned,
    "work.active": World._talking,
    "work.unpaused": World._talking,
    "work.wrapping": World._wrapping,
    "work.transferred": World._wrapping,
    "entry.added": World._line,
    "slot.freed": World._freed,
    "presence.set": World._present,
    "handoff.rejected": World._ticket,
    "handoff.dead_lettered": World._ticket,
}
