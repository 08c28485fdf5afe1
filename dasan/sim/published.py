"""What the service publishes, held against the log (I23): the board, the level, honest waits and the metrics page.

A real hub is fed by every commit and made anew at every restart, as a server's is. What it publishes is read where
people and monitors read it (board frames, the page at /metrics, estimates) and compared with the same figures worked
out here from events alone: the item log of dasan/core/log.py, and a line of waiting items with every answer since the
start. How many there are of each kind of state is compared with the store, whose states are refolded from the journal
at the end (I19). Figures of the machine (sockets, disk, the loop) are not of the log and are left out.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from prometheus_client.parser import text_string_to_metric_families

from dasan.core import callback as callbacks
from dasan.core import counselor as counselors
from dasan.core import session as sessions
from dasan.core.call_log import Calls
from dasan.core.care import HELP, SILENT
from dasan.core.consult_log import Consults
from dasan.core.ids import COUNSELOR, HANDOFF, SESSION
from dasan.core.log import ABANDONED, ANSWERED, ItemLog
from dasan.core.policy import Policy
from dasan.core.time import MINUTE, SECOND
from dasan.hub import Hub
from dasan.hub.level import SHORT_ABANDON_S, WINDOW_MINUTES, Level
from dasan.hub.waits import ERROR_S_MAX, GAP_S_MAX, GUESSES_MAX, KEPT, SAMPLES_MIN
from dasan.ports import Committed, Head
from dasan.server.alarms import Alarms
from dasan.server.boards import board
from dasan.server.metrics import Figures, rendered
from dasan.server.pictures import recent, recount

if TYPE_CHECKING:
    from dasan.sim.world import World

Heads = Mapping[str, Sequence[Head]]
Page = dict[tuple[str, tuple[str, ...]], float]
OF_THE_MACHINE = frozenset(
    {
        *("dasan_sockets", "dasan_gate_waiting", "dasan_loop_lag_seconds", "dasan_outbox_oldest_seconds"),
        "dasan_menu_asked_total",
        *("dasan_dead_letters", "dasan_disk_free_bytes", "dasan_alarm", "dasan_refused_total", "dasan_faults_total"),
    }
)
POSITIONS = (1, 3, 10)


def level_of(items: Iterable[ItemLog], policy: Policy, now_us: int) -> Level:
    """The level's counts by the item log: whose wait ended within the window (DOMAIN §8, primary formula)."""
    within = answered = abandoned = short = 0
    for item in items:
        for stay in item.entries:
            if stay.fate not in {ANSWERED, ABANDONED}:
                continue
            if stay.settled_us // MINUTE <= now_us // MINUTE - WINDOW_MINUTES:
                continue
            queue = policy.queue(stay.queue)
            if stay.fate == ANSWERED:
                answered += 1
                within += stay.wait_us <= (queue.answer_target_s if queue else 0) * SECOND
            else:
                abandoned += 1
                short += stay.wait_us < SHORT_ABANDON_S * SECOND
    return Level(within, answered, abandoned, short)


@dataclass(slots=True)
class _Answers:
    """Answers of one queue since the start: gaps between them, and how wrong the estimates were."""

    last_us: int = 0
    gaps: deque[int] = field(default_factory=lambda: deque(maxlen=KEPT))
    errors: deque[int] = field(default_factory=lambda: deque(maxlen=KEPT))

    def guess(self, position: int) -> int | None:
        """Position times the median gap."""
        return round(median(self.gaps) * position) if len(self.gaps) >= SAMPLES_MIN // 2 else None

    def told_s(self, position: int) -> int | None:
        """What may be said: only where past estimates were good."""
        guess = self.guess(position)
        if guess is None or len(self.errors) < SAMPLES_MIN:
            return None
        honest = median(self.errors) <= max(guess // 2, ERROR_S_MAX * SECOND)
        return max(1, round(guess / SECOND)) if honest else None


@dataclass(slots=True)
class _Waiter:
    queue: str
    emergency: bool
    enqueued_us: int = 0
    place: tuple[int, int, str] = (1, 0, "")
    waits: bool = False
    answered: bool = False
    consult: bool = False
    dialled: bool = False  # a callback: how long it waits says nothing to who waits on the line


class Line:
    """Who waits where, by events alone."""

    def __init__(self) -> None:
        self.queues: dict[str, dict[str, _Waiter]] = {}
        self.answers: dict[str, _Answers] = {}
        self._known: dict[str, _Waiter] = {}
        self._guesses: dict[str, int] = {}

    def forget_answers(self) -> None:
        """A server that starts anew has seen no answers yet."""
        self.answers, self._guesses = {}, {}

    def see(self, commit: Committed) -> None:
        """One commit: first who waits after it, then what it says about waits."""
        seen: list[tuple[Any, int]] = [(r.event, r.at_us) for r in commit.events if r.event.type in _MOVES]
        for e, _ in seen:
            _MOVES[e.type](self, e)
        for e, at_us in seen:
            if e.type in _ENTERING:
                self._estimate(e.item)
            elif e.type in _BEGINNING:
                self._answer(e.item, at_us)
            elif e.type in _ENDING:
                self._known.pop(e.item, None)
                self._guesses.pop(e.item, None)

    def since(self, queue: str) -> int:
        """When who has waited longest there began to; 0 when nobody waits."""
        return min((w.enqueued_us for w in self.queues.get(queue, {}).values()), default=0)

    def _made(self, e: Any) -> None:
        dialled = e.channel == callbacks.CHANNEL
        self._known[e.item] = _Waiter(e.queue, e.emergency, consult=bool(e.consult_of), dialled=dialled)

    def _promoted(self, e: Any) -> None:
        self._known[e.item].consult = False

    def _routed(self, e: Any) -> None:
        w = self._known[e.item]
        w.enqueued_us, w.place = e.enqueued_at_us, (0 if w.emergency else 1, e.rank_at_us, e.item)
        self._in(e)

    def _in(self, e: Any) -> None:
        w = self._known[e.item]
        if w.consult:  # nobody waits for a consult but who asked
            return
        w.waits = True
        self.queues.setdefault(w.queue, {})[e.item] = w

    def _out(self, e: Any) -> None:
        w = self._known[e.item]
        w.waits = False
        self.queues.get(w.queue, {}).pop(e.item, None)

    def _moved(self, e: Any) -> None:
        self._out(e)
        self._known[e.item].queue = e.queue
        self._in(e)

    def _estimate(self, item: str) -> None:
        w = self._known[item]
        answers = self.answers.get(w.queue)
        if not w.waits or w.dialled or answers is None or len(self._guesses) >= GUESSES_MAX:
            return
        position = 1 + sum(other.place < w.place for other in self.queues[w.queue].values())
        guess = answers.guess(position)
        if guess is not None:
            self._guesses.setdefault(item, guess)

    def _answer(self, item: str, at_us: int) -> None:
        w = self._known[item]
        if w.answered:
            return
        w.answered = True
        if w.consult:
            return
        answers = self.answers.setdefault(w.queue, _Answers())
        if answers.last_us and at_us - answers.last_us <= GAP_S_MAX * SECOND:
            answers.gaps.append(at_us - answers.last_us)
        answers.last_us = at_us
        guess = self._guesses.pop(item, None)
        if guess is not None:
            answers.errors.append(abs(guess - (at_us - w.enqueued_us)))


_ENTERING = frozenset({"work.routed", "work.due", "work.moved"})
_BEGINNING = frozenset({"work.active", "work.taken_over"})
_ENDED_BY = ("completed", "wrap_expired", "abandoned", "expired", "converted", "unroutable", "aborted", "consult_over")
_ENDING = frozenset(f"work.{name}" for name in _ENDED_BY)
_MOVES: dict[str, Callable[[Line, Any], None]] = {
    "work.created": Line._made,
    "work.routed": Line._routed,
    "work.due": Line._routed,
    "work.moved": Line._moved,
    "work.promoted": Line._promoted,
    **dict.fromkeys(("work.lost", "work.connect_failed", "work.unanswered", "work.returned"), Line._in),
    **dict.fromkeys(("work.accepted", *_BEGINNING, *_ENDING), Line._out),
}


class Published:
    """A hub beside the run, and what it ought to publish."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.line = Line()
        self.hub = Hub(world.policy)
        self.calls, self.consults = Calls(), Consults()

    def see(self, committed: Sequence[Committed]) -> None:
        """Every commit, to the hub and to the line."""
        self.hub.committed(committed)
        for one in committed:
            self.line.see(one)
            for recorded in one.events:
                self.calls.see(recorded)
                self.consults.see(recorded)

    def restart(self) -> None:
        """The server begins again: its hub is made from the store, as dasan/server/pictures.py makes it."""
        reads = self._world.store.reads
        position = reads.last_position()
        self.hub = Hub(self._world.policy)
        self.hub.load((h for kind in (COUNSELOR, SESSION, HANDOFF) for h in reads.open_heads(kind)), position)
        recount(self.hub, *recent(reads, position))
        self.line.forget_answers()
        self.calls, self.consults = Calls(), Consults()

    def wrong(self, items: Iterable[ItemLog], heads: Heads) -> Iterator[tuple[str, str]]:
        """(where, what) of every figure that is published otherwise than the log has it."""
        world, hub = self._world, self.hub
        now_us, policy = world.clock.at_us, world.policy
        level = level_of(items, policy, now_us)
        if hub.level.now(now_us) != level:
            yield "level", f"{hub.level.now(now_us)} published, {level} by the log"
        for queue in policy.queues:
            answers = self.line.answers.get(queue, _Answers())
            for position in POSITIONS:
                told, honest = hub.waits.estimate_s(queue, position), answers.told_s(position)
                if told != honest:
                    yield "waits", f"{queue}, place {position}: {told} s published, {honest} s by the log"
        yield from self._board(level, heads)
        page, expected = self._page(), self._expected(level, heads)
        for key in page.keys() | expected.keys():
            if page.get(key) != expected.get(key):
                yield "metrics", f"{key}: {page.get(key)} published, {expected.get(key)} by the log"

    def _board(self, level: Level, heads: Heads) -> Iterator[tuple[str, str]]:
        world = self._world
        shown = board(self.hub, world.policy, world.clock.at_us, "ko")
        queues = self.line.queues
        lines = [(q, len(queues.get(q, ())), self.line.since(q)) for q in world.policy.queues]
        if [(q.queue, q.waiting, q.longest_since) for q in shown.queues] != lines:
            yield "board", f"queues {shown.queues} published, {lines} by the log"
        crew = [head.state for head in heads[COUNSELOR]]
        busy = [any(slot.kind == counselors.ACTIVE for slot in k.slots) for k in crew]
        ready = [k.lease == counselors.LIVE and k.presence == counselors.AVAILABLE for k in crew]
        free = sum(here and not taken for here, taken in zip(ready, busy, strict=True))
        told = (shown.available, shown.engaged, shown.service_level, shown.lost, shown.doubled)
        if told != (free, sum(busy), level.percent, 0, 0):
            yield "board", f"{told} published, {(free, sum(busy), level.percent, 0, 0)} by the log"

    def _page(self) -> Page:
        """What a scrape reads, without the figures of the machine."""
        world = self._world
        figures = Figures(self.hub, world.policy, world.clock, Alarms(_nobody), sockets=dict, refused=dict, faults=dict)
        return {
            (sample.name, tuple(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(rendered(figures).decode())
            for sample in family.samples
            if sample.name not in OF_THE_MACHINE
        }

    def _expected(self, level: Level, heads: Heads) -> Page:
        world, line = self._world, self.line
        queues = world.policy.queues
        phases = Counter(sessions.phase(head.state) for head in heads[SESSION])
        crew = Counter((head.state.lease, head.state.presence) for head in heads[COUNSELOR])
        page: Page = {("dasan_sessions", (phase,)): phases[phase] for phase in sessions.PHASES[:-1]}
        for lease in (counselors.ABSENT, counselors.LIVE, counselors.SUSPECT):
            page |= {("dasan_counselors", (lease, said)): crew[lease, said] for said in counselors.PRESENCES}
        for queue in queues:
            since, answers = line.since(queue), line.answers.get(queue, _Answers())
            page["dasan_waiting", (queue,)] = len(line.queues.get(queue, ()))
            page["dasan_longest_wait_seconds", (queue,)] = (world.clock.at_us - since) / 1e6 if since else 0.0
            if len(answers.errors) >= SAMPLES_MIN:
                page["dasan_wait_estimate_error_seconds", (queue,)] = round(median(answers.errors) / SECOND)
        page |= {("dasan_calls_total", (stage,)): count for stage, count in self.calls.totals.items()}
        page |= {("dasan_consults_total", (stage,)): count for stage, count in self.consults.totals.items()}
        page |= {("dasan_care_alerts", (why,)): 0 for why in (SILENT, HELP)}
        page |= {(f"dasan_texts_{name}", ()): 0 for name in ("waiting", "dead_total")}
        base = level.answered + level.abandoned - level.short
        if base:
            page["dasan_service_level_ratio", ()] = level.within / base
        page["dasan_answered_last_hour", ()] = level.answered
        page["dasan_abandoned_last_hour", ()] = level.abandoned
        page["dasan_journal_position", ()] = world.store.reads.last_position()
        return page


def _nobody(*_: object) -> None:
    """Alarms ring for nobody here."""
