"""Counted over the journal, not claimed: was any line of a transcript lost, was any written twice?

A transcript's numbers are gapless from 1, so a number that is missing is a line that was promised and is gone; a
sender's own id that stands at two places in one session is a line that was written twice. Counted from the newest
events at a start and then with every commit; memory is bounded by the sessions that are open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dasan.core.events import Recorded
from dasan.core.session_events import EntryAdded

TYPES = ("entry.added", "session.closed")


@dataclass(slots=True)
class _Transcript:
    last: int = 0
    ids: set[tuple[str, str]] = field(default_factory=set)


class Ledger:
    """``lost`` and ``doubled`` over everything that was taken."""

    def __init__(self) -> None:
        self.lost = self.doubled = 0
        self._sessions: dict[str, _Transcript] = {}

    def take(self, events: Iterable[Recorded]) -> None:
        """Count these, in the order of each stream. What was taken before is passed over."""
        for recorded in events:
            event = recorded.event
            if isinstance(event, EntryAdded):
                self._entry(recorded.stream, event)
            elif event.type == "session.closed":
                self._sessions.pop(recorded.stream, None)

    def _entry(self, session: str, entry: EntryAdded) -> None:
        kept = self._sessions.get(session)
        if kept is None:  # the first that is known of it: what came before was counted in an earlier life
            kept = self._sessions[session] = _Transcript(entry.n - 1)
        if entry.n <= kept.last:
            return
        self.lost += entry.n - kept.last - 1
        kept.last = entry.n
        if entry.client_id:
            key = (entry.author, entry.client_id)
            self.doubled += key in kept.ids
            kept.ids.add(key)
