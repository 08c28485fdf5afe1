"""The last words of each open session, for previews and suggestions: a few short lines in memory, never logged.

Kept from commits. After a restart a session's earlier lines are missing until somebody reads them from the store and
has them recalled; :meth:`Recent.whole` says whether that is still to be done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dasan.core.events import Recorded
from dasan.core.session import FROM_CITIZEN
from dasan.core.session_events import EntryAdded

TURNS = 4
TURN_CHARS = 300
PREVIEW_CHARS = 80
SAID = frozenset({"text", "speech"})  # the kinds of entries that hold words of a citizen


@dataclass(slots=True)
class Lines:
    """The citizen's newest lines by entry, oldest first; ``whole`` when none of them can be missing."""

    whole: bool
    turns: dict[int, str] = field(default_factory=dict)

    def put(self, n: int, text: str) -> None:
        """Know the line at entry ``n``, in whatever order lines come."""
        newest = sorted((self.turns | {n: text}).items())[-TURNS:]
        self.turns = dict(newest)


class Recent:
    """``Lines`` by session."""

    def __init__(self) -> None:
        self._lines: dict[str, Lines] = {}

    def take(self, recorded: Recorded, words: bytes | None) -> None:
        """Keep a citizen's line; anything else, and what is already known, is passed over."""
        entry = recorded.event
        if not isinstance(entry, EntryAdded):
            return
        lines = self._lines.get(recorded.stream)
        if lines is None:  # heard from its first entry on, or only from somewhere in the middle
            lines = self._lines[recorded.stream] = Lines(whole=entry.n == 1)
        if entry.role == FROM_CITIZEN and entry.kind in SAID and words and entry.n not in lines.turns:
            lines.put(entry.n, words.decode(errors="replace")[-TURN_CHARS:])

    def recall(self, session: str, entries: Iterable[tuple[Recorded, bytes | None]]) -> None:
        """Take in the end of the transcript as the store has it: from now on nothing is missing."""
        for recorded, words in entries:
            self.take(recorded, words)
        self._lines.setdefault(session, Lines(whole=True)).whole = True

    def whole(self, session: str) -> bool:
        """Whether the lines are all there; False for a session that was not heard from its beginning on."""
        lines = self._lines.get(session)
        return lines is not None and lines.whole

    def turns(self, session: str) -> tuple[int, tuple[str, ...]]:
        """The entry of the newest line, and the lines; (0, ()) when nothing is known."""
        lines = self._lines.get(session)
        return (max(lines.turns, default=0), tuple(lines.turns.values())) if lines else (0, ())

    def preview(self, session: str) -> str:
        """The newest line, cut for a list."""
        _, turns = self.turns(session)
        text = " ".join(turns[-1].split()) if turns else ""
        return text if len(text) <= PREVIEW_CHARS else text[: PREVIEW_CHARS - 1] + "…"

    def forget(self, session: str) -> None:
        """The session is closed or erased."""
        self._lines.pop(session, None)
