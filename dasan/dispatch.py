"""Who is offered what, kept up to date by commits: the line of waiting items, the counselors, and the next moment.

The dispatcher only plans; every plan goes through the broker as ``MakeOffer`` and is refused there when the world has
moved on, so a stale picture, a second dispatcher or a lost race costs nothing but another round (R-AS1). It is woken by
commits, by an exclusion that ends, and by a sweep as a safety net.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dasan.core.board import Board
from dasan.core.commands import DISPATCHER, Envelope, MakeOffer
from dasan.core.counselor import Counselor
from dasan.core.policy import Policy
from dasan.core.routing import Plan, Waiting
from dasan.core.session import Session
from dasan.core.time import SECOND
from dasan.core.workitem import QUEUED
from dasan.ports import Committed, Head

SWEEP_US = 5 * SECOND
ROUND_MAX = 200



class Dispatcher:
    """The picture that plans are made from; bounded by what is open."""

    def __init__(self, policy: Policy) -> None:
        self._board = Board(policy)
        self._crew: dict[str, Counselor] = {}
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
            self._crew[head.state.id] = head.state
            if self._board.counselor(head.state):
                self.changed = True

    def _session(self, s: Session) -> None:
        item = s.offerable
        if item is None or item.state != QUEUED or item.parked or s.closed_at_us:
            self._board.drop(s.id)
            self._excluding.pop(s.id, None)
        elif self._board.put(s.id, item):
            self.changed = True
            if item.excluded:
                self._excluding[s.id] = min(until for _, until in item.excluded)
            else:
                self._excluding.pop(s.id, None)

    @property
    def waiting(self) -> int:
        """How many items may be offered now."""
        return len(self._board)

    def line(self) -> Iterator[Waiting]:
        """Who may be offered now, in order."""
        return self._board.line()

    def crew(self) -> Sequence[Counselor]:
        """Every counselor known."""
        return list(self._crew.values())

    def waiting_item(self, session: str) -> Waiting | None:
        """The waiting item of a session."""
        return self._board.waiting(session)

    def plans(self, now_us: int) -> list[Plan]:
        """Offers to make now, at most ROUND_MAX; nothing when nothing changed since the last call."""
        if not self.changed and not self._ended_exclusions(now_us):
            return []
        plans = self._board.plan(now_us, ROUND_MAX) if len(self._board) else []
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
