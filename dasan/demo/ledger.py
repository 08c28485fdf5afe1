"""What was promised and what was shown, counted by the demonstration's own people.

A promise is an acknowledgement: (session, seq) of a line that the server said is on disk, to a citizen or a
counselor. A showing is an entry frame that reached a citizen's page. ``lost`` counts promises that a page which is up
to date does not have; ``doubled`` counts sender's ids that stand at two places, and places that hold two different
lines. Both are facts about what these clients saw, not a claim of the server.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Place = tuple[str, int]


@dataclass(slots=True)
class Ledger:
    """One for the whole demonstration; all methods are called in one event loop."""

    promised: dict[Place, str] = field(default_factory=dict)
    shown: dict[Place, str] = field(default_factory=dict)
    places: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    conflicts: int = 0
    synced: dict[str, int] = field(default_factory=dict)  # session -> highest seq its page has been brought to

    def promise(self, session: str, seq: int, what: str) -> None:
        """The server acknowledged a line at that place."""
        self.promised[session, seq] = what

    def show(self, session: str, seq: int, text: str, sender_id: str = "") -> None:
        """A page shows a line. The same line twice at the same place (a resend) is one showing."""
        known = self.shown.get((session, seq))
        if known is not None and known != text:
            self.conflicts += 1
        self.shown[session, seq] = text
        if sender_id:
            self.places.setdefault((session, sender_id), set()).add(seq)
        self.synced[session] = max(self.synced.get(session, 0), seq)

    @property
    def lost(self) -> int:
        """Promises missing on a page that has been shown something later."""
        return sum(
            1
            for (session, seq) in self.promised
            if seq <= self.synced.get(session, 0) and (session, seq) not in self.shown
        )

    @property
    def doubled(self) -> int:
        """Ids at more than one place, and places with two lines."""
        return self.conflicts + sum(len(seqs) - 1 for seqs in self.places.values() if len(seqs) > 1)
