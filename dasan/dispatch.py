"""Who is offered what, kept up to date by commits: the line of waiting items, the counselors, and the next moment.

The dispatcher only plans; every plan goes through the broker as ``MakeOffer`` and is refused there when the world has
moved on, so a stale picture, a second dispatcher or a lost race costs nothing but another round (R-AS1). It is woken by
commits, by an exclusion that ends, and by a sweep as a safety net.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence

from dasan.core import routing
from dasan.core.commands import DISPATCHER, Envelope, MakeOffer
from dasan.core.counselor import AVAILABLE, LIVE, Counselor, has_room
from dasan.core.policy import Policy
from dasan.core.routing import Plan, Waiting
from dasan.core.session import Session
from dasan.core.time import SECOND
from dasan.core.workitem import QUEUED
from dasan.ports import Committed, Head

SWEEP_US = 5 * SECOND
ROUND_MAX = 200

Key = tuple[tuple[int, int, str], str]


class Dispatcher:
    """The picture that plans are made from; bounded by what is open."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._line: list[Key] = []  # in order
        self._items: dict[str, tuple[Key, Waiting]] = {}  # session -> its waiting item
        self._crew: dict[str, Counselor] = {}
        self._free: dict[str, Counselor] = {}  # who might take something
        self._excluding: dict[str, int] = {}  # session -> when its first exclusion ends
        self.changed = True

    def see(self, committed: Iterable[Committed]) -> None:
        """Take in what was written."""
        for one in committed:
            for head in one.heads.values():
                self.take(head)

    def take(self, head: Head) -> None:
        """One stream's present state."""
        if isinstance(head.state, Session):
            self._session(head.state)
        elif isinstance(head.state, Counselor):
            self._counselor(head.state)

    def _session(self, s: Session) -> None:
        item = s.live_item
        before = self._items.get(s.id)
        if item is None or item.state != QUEUED or item.parked or s.closed_at_us:
            if before is not None:
                self._drop(s.id, before[0])
            return
        key = (routing.order(item), s.id)
        if before is None or before[0] != key:
            if before is not None:
                self._drop(s.id, before[0])
            insort(self._line, key)
        elif before[1].item == item:
            return
        self._items[s.id] = (key, Waiting(s.id, item))
        self.changed = True
        if item.excluded:
            self._excluding[s.id] = min(until for _, until in item.excluded)
        else:
            self._excluding.pop(s.id, None)

    def _drop(self, session: str, key: Key) -> None:
        del self._items[session]
        del self._line[bisect_left(self._line, key)]
        self._excluding.pop(session, None)

    def _counselor(self, k: Counselor) -> None:
        self._crew[k.id] = k
        policy = self._policy
        if (
            k.lease == LIVE
            and k.presence == AVAILABLE
            and any(has_room(k, channel, cost, policy) for channel, cost in policy.channels.items())
        ):
            self._free[k.id] = k
            self.changed = True
        else:
            self._free.pop(k.id, None)

    @property
    def waiting(self) -> int:
        """How many items may be offered now."""
        return len(self._line)

    def line(self) -> Iterator[Waiting]:
        """Who may be offered now, in order."""
        return (self._items[session][1] for _, session in self._line)

    def crew(self) -> Sequence[Counselor]:
        """Every counselor known."""
        return list(self._crew.values())

    def waiting_item(self, session: str) -> Waiting | None:
        """The waiting item of a session."""
        found = self._items.get(session)
        return found[1] if found else None

    def plans(self, now_us: int) -> list[Plan]:
        """Offers to make now, at most ROUND_MAX; nothing when nothing changed since the last call."""
        if not self.changed and not self._ended_exclusions(now_us):
            return []
        self.changed = False
        plans = routing.match_line(self.line(), self._free.values(), self._policy, now_us, most=ROUND_MAX)
        self.changed = len(plans) >= ROUND_MAX
        return plans

    def _ended_exclusions(self, now_us: int) -> bool:
        ended = [session for session, until in self._excluding.items() if until <= now_us]
        for session in ended:
            del self._excluding[session]
        return bool(ended)

    def wake_us(self, now_us: int) -> int:
        """When to look again although nothing was committed."""
        return min([now_us + SWEEP_US, *self._excluding.values()])

    def sweep(self) -> None:
        """Look again at everything, whatever was heard."""
        self.changed = True


def offer(plan: Plan) -> Envelope:
    """The command for a plan. A plan is not remembered: made twice it is refused by the state."""
    return Envelope(DISPATCHER, "", MakeOffer(plan.session, plan.item, plan.counselor))
