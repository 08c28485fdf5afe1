"""Looking at everything: touched streams after each instant, all of them every fifteen virtual minutes and at the end.

Events are walked in the journal's order with a small memory of what must not happen again; states are checked by pure
functions (dasan/sim/checks.py). What is still on its way to a person (a rejected case, a dead letter) is not stuck. The
journal is read back from the store at each check and nothing of it is sampled (dasan/sim/replay.py); what is published
is held against the events (dasan/sim/published.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from dasan.core.counselor import Counselor
from dasan.core.ids import CITIZEN, COUNSELOR, HANDOFF, SESSION
from dasan.core.log import WAITING
from dasan.core.metrics import measure
from dasan.core.time import MINUTE, SECOND, iso
from dasan.ports import Committed, Head
from dasan.sim import checks
from dasan.sim.promises import Violation
from dasan.sim.published import Published, level_of
from dasan.sim.replay import Replay
from dasan.sim.walk import Walk

if TYPE_CHECKING:
    from dasan.sim.world import World

LOOK_BACK_S = 6  # an exclusion that ended less than a sweep ago may still be standing in the dispatcher's picture
AHEAD_MAX = 400


class Checker(Walk):
    """``checked`` counts by invariant; ``overtakes`` and ``overtaken_most`` are the run's fairness."""

    def __init__(self, world: World) -> None:
        super().__init__(world.policy)
        self.world = world
        self.overtakes = self.overtaken_most = 0
        self.failed = False  # a promise was broken: what comes after it proves nothing
        self.touched: dict[str, int] = {}
        self._passed: dict[str, int] = {}
        self.published = Published(world)
        self.replay = Replay(world.store.reads)

    def broken(self, name: str, stream: str, what: str) -> None:
        """Raises Violation."""
        world, self.failed = self.world, True
        raise Violation(name, stream, what, iso(world.clock.at_us), world.scenario.seed, world.replay)

    def old_epoch_refused(self, reply: Any) -> None:
        """What a replaced console asked for (I17)."""
        self.require("I17", "console", isinstance(reply, BaseException), f"an old console was answered {reply!r}")

    # -- touched streams

    def see(self, batch: Sequence[Committed]) -> None:
        """Every event and every touched state of a commit."""
        touched: dict[str, Head] = {}
        for one in batch:
            for recorded in one.events:
                self.step(recorded)
                if recorded.event.type == "handoff.acknowledged":
                    self._acknowledged(recorded.stream, recorded.event)
            touched.update(one.heads)
        now_us = self.world.clock.at_us
        for head in touched.values():
            self.touched[head.stream] = now_us
            self.state(head.stream, head.state)
        self._order(batch, touched)
        self.published.see(batch)

    def _order(self, committed: Sequence[Committed], touched: dict[str, Head]) -> None:
        """I8, for every plan of the dispatcher: nobody earlier, untouched and eligible is left waiting."""
        for one in committed:
            for recorded in one.events:
                if recorded.event.type == "work.offered" and recorded.actor == "system:dispatcher":
                    self._offer_in_order(recorded.event, recorded.stream, one, touched)

    def _offer_in_order(self, e: Any, stream: str, one: Committed, touched: dict[str, Head]) -> None:
        self.checked["I8"] += 1
        mine = one.heads[stream].state.item(e.item)
        place = checks.place(mine)
        just_now = self.world.clock.at_us - LOOK_BACK_S * SECOND
        k = None
        for waiting in islice(self.world.dispatcher.line(), AHEAD_MAX):
            x = waiting.item
            if checks.place(x) >= place:
                break
            if waiting.session in touched or any(until > just_now for _, until in x.excluded):
                continue
            if x.queue == mine.queue:
                self.overtakes += 1
                times = self._passed[x.id] = self._passed.get(x.id, 0) + 1
                self.overtaken_most = max(self.overtaken_most, times)
            k = k or checks.without_slot(one.heads[e.counselor].state, e.item)
            if checks.eligible(x, k, self.policy, self.world.clock.at_us):
                self.broken("I8", stream, f"{e.counselor} was offered {mine.id} while {x.id} waited")

    def _acknowledged(self, stream: str, e: Any) -> None:
        there = self.world.desk.tickets.get(stream)
        self.require("I20", stream, e.ticket_no == there, f"receipt {e.ticket_no}, but the peer has {there}")

    # -- everything

    def everything(self, *, final: bool = False) -> None:
        """All open streams, the sums, the new part of the journal with its folds; at the end the figures as well."""
        world, reads = self.world, self.world.store.reads
        heads = {kind: list(reads.open_heads(kind)) for kind in (SESSION, COUNSELOR, HANDOFF, CITIZEN)}
        for kind in heads.values():
            for head in kind:
                self.state(head.stream, head.state)
        for name, stream, what in checks.together(heads, world.clock.at_us, world.promises.standing(), self.touched):
            self.broken(name, stream, what)
        for name in checks.TOGETHER_NAMES:
            self.checked[name] += 1
        pending = sum(len(item.offers) for head in heads[SESSION] for item in head.state.items)
        self.require("I24", "offers", pending == len(self.offers), f"{pending} pending, {len(self.offers)} counted")
        self.require("I24", "all", self.pending() == len(self.offers), self.log.offers)
        self._still_waiting(heads[SESSION])
        self.checked["I23"] += 1
        for where, what in self.published.wrong(self.recent, heads):
            self.broken("I23", where, what)
        self._read_back(heads)
        if final:
            self._recomputed()

    def _still_waiting(self, open_sessions: Sequence[Head]) -> None:
        """I25: what the log counts as waiting in each queue is what the states show there."""
        hour_ago = self.world.clock.at_us - 61 * MINUTE
        self.recent = [item for item in self.recent if not item.ended_us or item.ended_us > hour_ago]
        logged = dict.fromkeys(self.policy.queues, 0)
        shown = dict(logged)
        for item in self.recent:
            for entry in item.entries:
                logged[entry.queue] += entry.fate == WAITING
        for head in open_sessions:
            item = head.state.live_item
            if item is not None and not item.active_at_us and item.enqueued_at_us:
                shown[item.queue] += 1
        self.require("I25", "all", logged == shown, f"the log has {logged} waiting, the states {shown}")

    def _read_back(self, heads: dict[str, list[Head]]) -> None:
        replay = self.replay
        read, folded = replay.position, replay.folds
        open_heads = {head.stream: head for kind in heads.values() for head in kind}
        for name, stream, what in replay.go_on(open_heads):
            self.broken(name, stream, what)
        self.checked["I27"] += replay.position - read
        self.checked["I19"] += replay.folds - folded

    def _recomputed(self) -> None:
        fresh, now_us, policy = self.replay.log, self.world.clock.at_us, self.policy
        for queue in ("", *policy.queues):
            told = measure(self.log, policy, now_us, queue=queue)
            entered = self.entered.get(queue, 0) if queue else sum(self.entered.values())
            self.require("I25", queue or "all", entered == told.entered == sum(told.fates.values()), told.fates)
            self.require("I23", queue or "all", told == measure(fresh, policy, now_us, queue=queue), told)
        level = self.published.hub.level.now(now_us)
        self.require("I23", "level", level == level_of(fresh.items.values(), policy, now_us), level)

    def same_pictures(self, before: Any, after: Any) -> None:
        """I19 at a restart: dispatcher, timers and promises made from the store equal those kept by commits."""
        (d0, t0, p0), (d1, t1, p1) = before, after
        self.require("I19", "dispatcher", list(d0.line()) == list(d1.line()), "another line of waiting items")
        self.require("I19", "dispatcher", _by_id(d0) == _by_id(d1), "other counselors")
        self.require("I19", "timers", dict(t0.standing()) == dict(t1.standing()), "other deadlines")
        again = {name for name, due in p0.standing().items() if p1.standing().get(name) is None}
        self.require("I21", "outbox", not again, f"promises forgotten: {again}")


def _by_id(dispatcher: Any) -> dict[str, Counselor]:
    return {k.id: k for k in dispatcher.crew()}
