"""Whatever happens to a callback: one ring at a time, at hours that are fit, at the place it had, and it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dasan.core import callback as callbacks
from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.errors import DasanError
from dasan.core.fold import evolve
from dasan.core.policy import Policy
from dasan.core.session import AWAITING_AGENCY, AWAITING_CALLBACK, CLOSED, phase
from dasan.core.time import HOUR, MINUTE
from tests.broker.caller import Caller, keyed
from tests.broker.stage import BOSS, K1, K2, NOON, OFFICE, Stage

NUMBERS = ("+821011110000", "+821022220000", "+8221231234")
pick = st.integers(0, 20)
causes = st.sampled_from(["busy", "no_answer", "rejected", "network", "normal", "citizen_left"])


class Callbacks(RuleBasedStateMachine):
    """Three citizens, two counselors, a network that says anything at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.stage: Any = None
        self.callers: list[Caller] = []
        self.ranks: dict[str, int] = {}

    @initialize(
        mode=st.sampled_from([callbacks.COUNSELOR_FIRST, *callbacks.MODES]),
        texts=st.booleans(),
        hour=st.sampled_from([0, 0, 3, 4, 20]),
        far=st.lists(st.integers(0, 6), min_size=3, max_size=3),
    )
    def morning(self, mode: str, texts: bool, hour: int, far: list[int]) -> None:
        """Each citizen has come some way already."""
        queues = {**Policy().queues, "office": OFFICE}
        self.stage = Stage(policy=replace(Policy(), queues=queues, callback_mode=mode, texts=texts))
        self.stage.clock.at_us = NOON + hour * HOUR - MINUTE
        self.callers = [Caller(self.stage, number) for number in NUMBERS]
        for caller, steps in zip(self.callers, far, strict=True):
            self._come(caller, steps)

    def _come(self, caller: Caller, steps: int) -> None:
        """From the first call over the queue and the wish to a counselor who stands ready, and to the talk."""
        if steps > 0:
            caller.queues()
        if steps > 1:
            self.ask(caller.asks_back)
        if steps > 2 and caller.state.live_item is not None:
            if steps == 6 and caller.state.live_leg is None:  # she calls in herself meanwhile
                caller.rings()
            caller.answers = {4: None, 5: "busy"}.get(steps, "")
            who = K1 if caller is self.callers[0] else K2
            self.ask(lambda: caller.taken(who))

    def ask(self, what: Callable[[], Any]) -> Any:
        """What a refusal is an answer to as well."""
        try:
            return what()
        except DasanError:
            return None

    def some(self, n: int) -> Caller:
        return self.callers[n % len(self.callers)]

    def called(self, n: int) -> Caller | None:
        caller = self.some(n)
        return caller if caller.session else None

    # -- what citizens do

    @rule(n=pick)
    def call(self, n: int) -> None:
        caller = self.some(n)
        leg = caller.state.live_leg if caller.session else None
        if leg is None or leg.state == legs.SUSPENDED:
            caller.rings()

    @rule(n=pick, queue=st.sampled_from(["general", "tax", "office"]))
    def queue(self, n: int, queue: str) -> None:
        caller = self.called(n)
        if caller:
            self.ask(lambda: caller.wishes(c.WishQueue(queue)))
            self._step(caller)

    @rule(n=pick, after=st.sampled_from([0, 0, 0, 30, 300, 3000]), queue=st.sampled_from(["", "office"]))
    def ask_back(self, n: int, after: int, queue: str) -> None:
        caller = self.called(n)
        if caller:
            at = self.stage.clock.at_us + after * MINUTE if after else 0
            self.ask(lambda: caller.wishes(c.WishCallback(at, queue=queue)))
            self._step(caller)

    def _step(self, caller: Caller) -> None:
        """A refused step was not taken."""
        flow = caller.state.flow
        caller.step = flow.step if flow is not None and flow.leg == caller.leg else 0

    @rule(n=pick, cause=causes)
    def hang_up(self, n: int, cause: str) -> None:
        caller = self.called(n)
        if caller:
            self.ask(lambda: caller.tells(caller.leg, "ended", cause=cause))

    # -- what counselors do

    @rule(n=pick, who=st.sampled_from([K1, K2]))
    def take(self, n: int, who: str) -> None:
        caller = self.called(n)
        item = caller.state.live_item if caller else None
        if caller and item is not None and item.state == items.QUEUED:
            made = self.ask(lambda: self.stage.do(c.DISPATCHER, c.MakeOffer(caller.session, item.id, who), ""))
            if made:
                accept = c.AcceptOffer(made["offer"], caller.session)
                self.ask(lambda: self.stage.do(self.stage.at_desk(who), accept))

    @rule(n=pick, what=st.sampled_from(["cancel", "move", "abort", "release", "wrap", "request"]))
    def decide(self, n: int, what: str) -> None:
        caller = self.called(n)
        if not caller:
            return
        s, at = caller.state, self.stage.clock.at_us + n * 20 * MINUTE
        item = s.items[-1].id if s.items else "w_none"
        commands: dict[str, c.Command] = {
            "cancel": c.CancelCallback(s.id, "asked"),
            "move": c.ScheduleCallback(s.id, at),
            "abort": c.AbortSession(s.id, "abuse") if n == 0 else c.CancelCallback(s.id, "asked"),
            "release": c.ReleaseItem(s.id, item),
            "wrap": c.CompleteWrapUp(s.id, item, "answered", "general"),
            "request": c.RequestCallback(s.id, at),
        }
        who = BOSS if what in {"cancel", "move", "abort", "request"} else (s.items[-1].counselor if s.items else K1)
        if who:
            self.ask(lambda: self.stage.do(self.stage.at_desk(who), commands[what]))

    # -- what the network says, of any leg, in any order, once or twice

    @rule(n=pick, leg=pick, fact=st.sampled_from(["ringing", "connected", "joined", "joined", "left"]))
    def hear(self, n: int, leg: int, fact: str) -> None:
        caller = self.called(n)
        if caller:
            there = [*caller.state.legs, *caller.state.parties]
            self.ask(lambda: caller.tells(there[leg % len(there)].id, fact))

    @rule(n=pick, leg=pick, cause=causes)
    def hear_the_end(self, n: int, leg: int, cause: str) -> None:
        caller = self.called(n)
        if caller:
            there = [*caller.state.legs, *caller.state.parties]
            self.ask(lambda: caller.tells(there[leg % len(there)].id, "ended", cause=cause))

    @rule(n=pick)
    def switchboard(self, n: int) -> None:
        """It works for once, as it should."""
        caller = self.called(n)
        if caller and not caller.state.closed_at_us:
            caller.answers = ["", "busy", "no_answer"][n % 3]
            self.ask(caller.settle)

    @rule(n=pick, who=st.sampled_from([K1, K2]), answers=st.sampled_from(["", "", "busy", None]))
    def serve(self, n: int, who: str, answers: str | None) -> None:
        """Her item is taken, and everybody's telephone works."""
        caller = self.called(n)
        item = caller.state.live_item if caller else None
        if caller and item is not None and item.state == items.QUEUED:
            caller.answers = answers
            self.ask(lambda: caller.taken(who))

    @rule(minutes=st.sampled_from([0.1, 0.5, 1, 2, 11, 31, 240, 700]))
    def wait(self, minutes: float) -> None:
        self.stage.wait(minutes * 60)

    # -- what holds

    @invariant()
    def one_ring_at_a_time(self) -> None:
        for s in self.sessions():
            ours = [leg for leg in s.legs if leg.state in legs.CALLED]
            cb = s.callback
            assert len(ours) <= 1
            if ours:
                assert cb is not None
                assert (cb.state, cb.leg) == (callbacks.DIALING, ours[0].id)
            if cb is not None and cb.state == callbacks.DIALING:
                assert s.leg(cb.leg) is not None
                assert not any(leg.state in legs.UP and leg.channel == "voice" for leg in s.legs), "she is here already"
                if cb.mode == callbacks.COUNSELOR_FIRST:
                    assert s.item(cb.item).state == items.CONNECTING
                    assert any(p.joined and p.item == cb.item for p in s.parties), "nobody is there for her"
            if cb is not None:
                assert 0 <= cb.attempts <= self.stage.policy.callback_attempts_max

    @invariant()
    def its_place_is_kept(self) -> None:
        """I10: the rank of a callback never grows, and its items stand at it."""
        for s in self.sessions():
            cb = s.callback
            if cb is None:
                continue
            assert self.ranks.setdefault(cb.id, cb.rank_at_us) == cb.rank_at_us
            for item in s.items:
                if item.channel == callbacks.CHANNEL and item.id == cb.item:
                    assert item.rank_at_us <= cb.rank_at_us

    @invariant()
    def it_is_not_forgotten(self) -> None:
        """I1, I12: one live item; nothing closes over an open callback."""
        for s in self.sessions():
            assert sum(i.state in items.LIVE and not i.consult_of for i in s.items) <= 1
            if s.callback is not None and s.callback.open:
                assert not s.closed_at_us
                if s.live_item is None and s.live_leg is None:
                    assert phase(s) == AWAITING_CALLBACK or any(i.state == items.WRAPPING for i in s.items)

    def sessions(self) -> list[Any]:
        seen = {r.stream for r in self.stage.journal() if r.stream.startswith("s_")} if self.stage else set()
        return [self.stage.state(stream) for stream in seen]

    def teardown(self) -> None:
        if self.stage is None:
            return
        for s in self.sessions():
            for leg in s.legs:
                fact = c.LegFact(s.id, leg.id, "ended", cause="normal")
                self.ask(partial(self.stage.do, c.PROVIDER, fact, ""))
        self.stage.wait(12 * 86_400)
        for s in self.sessions():  # I18: nothing is stuck
            assert s.callback is None or not s.callback.open, s
            assert phase(s) in {CLOSED, AWAITING_AGENCY}, s
        self._folds()
        addresses = [(keyed(n), "120") for n in NUMBERS]
        with self.stage.store.unit() as unit:
            kept = [unit.session_at(*address) for address in addresses]
        assert all(stream is None or phase(self.stage.state(stream)) == AWAITING_AGENCY for stream in kept)

    def _may_be_rung(self, s: Any, r: Any) -> None:
        """At that moment: by day, not on the line already, and with somebody there for her."""
        assert callbacks.quiet_until_us(self.stage.policy.quiet, r.at_us) == r.at_us, "at night"
        assert not any(leg.state in legs.UP and leg.channel == "voice" for leg in s.legs), "she is here already"
        if s.callback.mode == callbacks.COUNSELOR_FIRST:
            assert s.item(s.callback.item).state == items.CONNECTING
            assert any(p.joined and p.item == s.callback.item for p in s.parties), "nobody is there for her"

    def _folds(self) -> None:
        states: dict[str, Any] = {}
        for r in self.stage.journal():
            if r.event.type == "callback.dialing":
                self._may_be_rung(states[r.stream], r)
            states[r.stream] = evolve(states.get(r.stream), r)
        for stream, state in states.items():
            assert state == self.stage.state(stream)


TestCallbacks = Callbacks.TestCase
TestCallbacks.settings = settings(max_examples=40, stateful_step_count=35, deadline=None, print_blob=True)
