"""The last words of each open session, for previews and suggestions: a few short lines in memory, never logged.

Kept from commits; after a restart a session's lines come back when its transcript is read or its citizen writes again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from dasan.core.events import Recorded
from dasan.core.session import FROM_CITIZEN
from dasan.core.session_events import EntryAdded

TURNS = 4
TURN_CHARS = 300
PREVIEW_CHARS = 80


@dataclass(slots=True)
class Lines:
    """The citizen's newest lines, oldest first, and the entry the newest one is."""

    turns: deque[str] = field(default_factory=lambda: deque(maxlen=TURNS))
    n: int = 0


class Recent:
    """``Lines`` by session."""

    def __init__(self) -> None:
        self._lines: dict[str, Lines] = {}

    def take(self, recorded: Recorded, words: bytes | None) -> None:
        """Keep a citizen's line; anything else, and what is already known, is passed over."""
        entry = recorded.event
        if not isinstance(entry, EntryAdded) or entry.role != FROM_CITIZEN or entry.kind != "text" or not words:
            return
        lines = self._lines.setdefault(recorded.stream, Lines())
        if entry.n > lines.n:
            lines.n = entry.n
            lines.turns.append(words.decode(errors="replace")[-TURN_CHARS:])

    def turns(self, session: str) -> tuple[int, tuple[str, ...]]:
        """The entry of the newest line, and the lines; (0, ()) when nothing is known."""
        lines = self._lines.get(session)
        return (lines.n, tuple(lines.turns)) if lines else (0, ())

    def preview(self, session: str) -> str:
        """The newest line, cut for a list."""
        lines = self._lines.get(session)
        text = " ".join(lines.turns[-1].split()) if lines and lines.turns else ""
        return text if len(text) <= PREVIEW_CHARS else text[: PREVIEW_CHARS - 1] + "…"

    def forget(self, session: str) -> None:
        """The session is closed or erased."""
        self._lines.pop(session, None)
