"""Which session a call or a leg belongs to: learnt from commits, and from what is open at a start.

A status callback names a call, and sometimes nothing else. Bounded: the longest unused go first, and what is asked then
is only whether an old call is over, which the reconciler asks too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from dasan.core.policy import VOICE
from dasan.core.session import Session
from dasan.ports import Committed

T = TypeVar("T")
KEPT: Final = 50_000


class Registry:
    """Calls and legs of sessions."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._calls: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._legs: OrderedDict[str, str] = OrderedDict()

    def load(self, sessions: Iterable[Session]) -> None:
        """What is open at a start."""
        for session in sessions:
            self.learn(session)

    def heard(self, batch: Sequence[Committed]) -> None:
        """A listener of commits."""
        for commit in batch:
            for head in commit.heads.values():
                if isinstance(head.state, Session):
                    self.learn(head.state)

    def learn(self, session: Session) -> None:
        """Every telephone leg of it."""
        for leg in (*session.legs, *session.parties):
            if leg.channel != VOICE:
                continue
            if self._legs.get(leg.id) is None:
                self._keep(self._legs, leg.id, session.id)
            if leg.call and leg.call not in self._calls:
                self._keep(self._calls, leg.call, (session.id, leg.id))

    def of_call(self, call: str) -> tuple[str, str] | None:
        """(session, leg) of the network's call."""
        return self._calls.get(call)

    def of_leg(self, leg: str) -> str:
        """The session of a leg; ""."""
        return self._legs.get(leg, "")

    def _keep(self, table: OrderedDict[str, T], key: str, value: T) -> None:
        table[key] = value
        if len(table) > self._kept:
            table.popitem(last=False)
