"""Looking at everything: touched streams after each instant, all of them every fifteen virtual minutes and at the end.

Events are walked in the journal's order with a small memory of what must not happen again; states are checked by pure
functions (dasan/sim/checks.py). What is still on its way to a person (a rejected case, a dead letter) is not stuck. The
journal is read back from the store at each check and nothing of it is sampled (dasan/sim/replay.py); what is published
is held against the events (dasan/sim/published.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from dasan.core.counselor import Counselor
from dasan.core.ids import COUNSELOR, HANDOFF, SESSION
from dasan.core.log import OUTCOMES, WAITING, ItemLog, Log
from dasan.core.metrics import measure
from dasan.core.session import Session
from dasan.core.time import MINUTE, SECOND, iso
from dasan.core.workitem import TERMINAL
from dasan.ports import Committed, Head
from dasan.sim import checks
from dasan.sim.promises import SENTENCES, Violation
from dasan.sim.published import Published, level_of
from dasan.sim.replay import Replay

if TYPE_CHECKING:
    from dasan.sim.world import World

LOOK_BACK_S = 6  # an exclusion that ended less than a sweep ago may still be standing in the dispatcher's picture
AHEAD_MAX = 400


class Checker:
    """``checked`` counts by invariant; ``overtakes`` and ``overtaken_most`` are the run's fairness."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.checked = dict.fromkeys(SENTENCES, 0)
        self.log = Log()
        self.overtakes = self.overtaken_most = 0
        self.failed = False  # a promise was broken: what comes after it proves nothing
        self.touched: dict[str, int] = {}
        self._won: dict[str, str] = {}
        self._over: set[str] = set()
        self._ranks: dict[str, int] = {}
        self._offers: dict[str, str] = {}  # pending offer -> item
        self._rings: dict[str, int] = {}  # item -> how many offers of it are pending
        self._entries: dict[str, tuple[int, int]] = {}
        self._updates: set[tuple[str, str]] = set()
        self._passed: dict[str, int] = {}
        self._recent: list[ItemLog] = []  # items that had not ended, or only within the hour, when last looked at
        self._entered: dict[str, int] = {}
        self.published = Published(world)
        self.replay = Replay(world.store.reads)

    def broken(self, name: str, stream: str, what: str) -> None:
        """Raises Violation."""
        world, self.failed = self.world, True
        raise Violation(name, stream, what, iso(world.clock.at_us), world.scenario.seed, world.replay)

    def require(self, name: str, stream: str, holds: bool, what: object) -> None:
        """Count a check; raises Violation when it does not hold."""
        self.checked[name] += 1
        if not holds:
            self.broken(name, stream, str(what))

    def old_epoch_refused(self, reply: Any) -> None:
        """What a replaced console asked for (I17)."""
        self.require("I17", "console", isinstance(reply, BaseException), f"an old console was answered {reply!r}")

    # -- touched streams

    def see(self, committed: Sequence[Committed]) -> None:
        """Every event and every touched state of a commit."""
        log_see, walks = self.log.see, _WALKS
        touched: dict[str, Head] = {}
        for one in committed:
            for recorded in one.events:
                log_see(recorded)
                walk = walks.get(recorded.event.type)
                if walk is not None:
                    walk(self, recorded.stream, recorded.event)
            touched.update(one.heads)
        now_us = self.world.clock.at_us
        for head in touched.values():
            self.touched[head.stream] = now_us
            self._state(head)
            if isinstance(head.state, Session):
                self._items(head.stream, head.state)
        self._order(committed, touched)
        self.published.see(committed)

    def _state(self, head: Head) -> None:
        state = head.state
        names: tuple[str, ...]
        if isinstance(state, Session):
            found, names = checks.session(state), checks.SESSION_NAMES
        elif isinstance(state, Counselor):
            found, names = checks.counselor(state, self.world.policy), checks.COUNSELOR_NAMES
        else:
            found, names = checks.handoff(state), checks.HANDOFF_NAMES
        for name in names:
            self.checked[name] += 1
        for name, what in found:
            self.broken(name, head.stream, what)

    def _items(self, stream: str, s: Session) -> None:
        """I10 and I22, by what the events told before: no rank grows, and the log times what the item is doing."""
        self.checked["I22"] += 1
        for item in s.items:
            if item.state in TERMINAL:
                continue
            rank = self._ranks.get(item.id)
            if rank is not None:
                self.require("I10", stream, item.rank_at_us <= rank, f"{item.id}: {rank} to {item.rank_at_us}")
            doing = self.log.items[item.id].doing
            if doing != checks.DOING[item.state]:
                self.broken("I22", stream, f"{item.id} is {item.state}, and its time is counted as {doing!r}")

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
            if checks.eligible(x, k, self.world.policy, self.world.clock.at_us):
                self.broken("I8", stream, f"{e.counselor} was offered {mine.id} while {x.id} waited")

    # -- events

    def _item_alive(self, stream: str, e: Any) -> None:
        self.require("I6", stream, e.item not in self._over, f"{e.type} after the end of {e.item}")

    def _made(self, stream: str, e: Any) -> None:
        self._recent.append(self.log.items[e.item])
        if e.previous:
            self._ranks[e.item] = self._ranks[e.previous]

    def _routed(self, stream: str, e: Any) -> None:
        self._item_alive(stream, e)
        inherited, policy = self._ranks.get(e.item), self.world.policy
        if inherited is not None and policy.transfer_keeps_rank:
            self.require("I10", stream, e.rank_at_us <= inherited, f"{e.item}: {inherited} to {e.rank_at_us}")
        else:
            credit_us = e.enqueued_at_us - e.rank_at_us
            self.require("I9", stream, 0 <= credit_us <= policy.credit_max_s * SECOND, f"credit of {credit_us} us")
        self._ranks[e.item] = e.rank_at_us
        self._enter(self.log.items[e.item].queue)

    def _enter(self, queue: str) -> None:
        self._entered[queue] = self._entered.get(queue, 0) + 1

    def _moved(self, stream: str, e: Any) -> None:
        self._item_alive(stream, e)
        self._enter(e.queue)

    def _offered(self, stream: str, e: Any) -> None:
        self._item_alive(stream, e)
        self._won.pop(e.item, None)
        self._offers[e.offer] = e.item
        self._rings[e.item] = self._rings.get(e.item, 0) + 1

    def _offer_ended(self, stream: str, e: Any) -> None:
        self.require("I24", stream, self._offers.pop(e.offer, None) == e.item, f"{e.type} of {e.offer}, not pending")
        self._rings[e.item] -= 1
        if e.type == "offer.accepted":
            self.require("I3", stream, e.item not in self._won, f"a second offer of {e.item} was accepted")
            self._won[e.item] = e.offer

    def _accepted(self, stream: str, e: Any) -> None:
        self._item_alive(stream, e)
        self.require("I2", stream, self._won.pop(e.item, None) == e.offer, f"{e.item} assigned without an offer")
        self.require("I3", stream, not self._rings.pop(e.item), f"{e.item} was accepted and another offer stands")

    def _item_ended(self, stream: str, e: Any) -> None:
        self._item_alive(stream, e)
        self._over.add(e.item)
        self._rings.pop(e.item, None)
        item = self.log.items[e.item]
        settled = all(stay.fate != WAITING for stay in item.entries)
        self.require("I25", stream, settled, f"{e.item} has ended and still waits somewhere: {item.entries}")
        self.require("I22", stream, sum(item.spent.values()) == item.ended_us - item.created_us, dict(item.spent))

    def _entry(self, stream: str, e: Any) -> None:
        n, shown = self._entries.get(stream, (0, 0))
        follows = e.n == n + 1 and e.shown in {0, shown + 1}
        self.require("I14", stream, follows, f"entry {e.n}/{e.shown} after {n}/{shown}")
        self._entries[stream] = (e.n, e.shown or shown)

    def _closed(self, stream: str, e: Any) -> None:
        self.require("I6", stream, stream not in self._over, "closed twice")
        self._over.add(stream)
        self._entries.pop(stream, None)

    def _update(self, stream: str, e: Any) -> None:
        self.require("I15", stream, (stream, e.update) not in self._updates, f"{e.update} had its effect twice")
        self._updates.add((stream, e.update))

    def _acknowledged(self, stream: str, e: Any) -> None:
        there = self.world.desk.tickets.get(stream)
        self.require("I20", stream, e.ticket_no == there, f"receipt {e.ticket_no}, but the peer has {there}")

    # -- everything

    def everything(self, *, final: bool = False) -> None:
        """All open streams, the sums, the new part of the journal with its folds; at the end the figures as well."""
        world, reads = self.world, self.world.store.reads
        heads = {kind: list(reads.open_heads(kind)) for kind in (SESSION, COUNSELOR, HANDOFF)}
        for kind in heads.values():
            for head in kind:
                self._state(head)
        for name, stream, what in checks.together(heads, world.clock.at_us, world.promises.standing(), self.touched):
            self.broken(name, stream, what)
        for name in checks.TOGETHER_NAMES:
            self.checked[name] += 1
        pending = sum(len(item.offers) for head in heads[SESSION] for item in head.state.items)
        self.require("I24", "offers", pending == len(self._offers), f"{pending} pending, {len(self._offers)} counted")
        self.require("I24", "all", report_pending(self.log) == len(self._offers), self.log.offers)
        self._still_waiting(heads[SESSION])
        self.checked["I23"] += 1
        for where, what in self.published.wrong(self._recent, heads):
            self.broken("I23", where, what)
        self._read_back(heads)
        if final:
            self._recomputed()

    def _still_waiting(self, open_sessions: Sequence[Head]) -> None:
        """I25: what the log counts as waiting in each queue is what the states show there."""
        hour_ago = self.world.clock.at_us - 61 * MINUTE
        self._recent = [item for item in self._recent if not item.ended_us or item.ended_us > hour_ago]
        logged = dict.fromkeys(self.world.policy.queues, 0)
        shown = dict(logged)
        for item in self._recent:
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
        fresh, now_us, policy = self.replay.log, self.world.clock.at_us, self.world.policy
        for queue in ("", *policy.queues):
            told = measure(self.log, policy, now_us, queue=queue)
            entered = self._entered.get(queue, 0) if queue else sum(self._entered.values())
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


def report_pending(log: Log) -> int:
    """Offers without an outcome, by the log's own sums."""
    return log.offers["offered"] - sum(n for name, n in log.offers.items() if name != "offered")


def _by_id(dispatcher: Any) -> dict[str, Counselor]:
    return {k.id: k for k in dispatcher.crew()}


_ALIVE = (
    *("step_expired", "parked", "unparked", "requeued", "active", "connect_failed", "unanswered", "held"),
    *("resumed", "consulting", "consult_ended", "transferred", "paused", "unpaused", "returned", "leg_added"),
    *("wrapping", "lost", "taken_over", "wrap_extended"),
)
_ENDINGS = ("completed", "wrap_expired", "abandoned", "expired", "converted", "unroutable", "aborted")


def _walks() -> dict[str, Callable[[Checker, str, Any], None]]:
    return {
        **{f"work.{name}": Checker._item_alive for name in _ALIVE},
        **{f"work.{name}": Checker._item_ended for name in _ENDINGS},
        **{f"offer.{name}": Checker._offer_ended for name in OUTCOMES},
        **{f"handoff.{name}": Checker._update for name in ("in_progress", "answered", "closed")},
        "work.created": Checker._made,
        "work.routed": Checker._routed,
        "work.due": Checker._routed,
        "work.offered": Checker._offered,
        "work.moved": Checker._moved,
        "work.accepted": Checker._accepted,
        "entry.added": Checker._entry,
        "session.closed": Checker._closed,
        "handoff.acknowledged": Checker._acknowledged,
    }


_WALKS = _walks()
