"""The journal as the store gives it back: every event is read once, hashed, searched, counted and folded.

The new part is read at each check, so that nothing is left to the end and nothing needs to be sampled: the state of
every stream that was touched, folded from its first event, must be the state that the store holds (I19). What has been
compared and is closed is let go, so memory is bounded by what is open; a stream that is touched again after its close
(a rating) is folded again from its beginning. ``log`` is made of the same events for the comparison of figures (I23).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from dasan.core.events import Recorded
from dasan.core.fold import evolve
from dasan.core.log import Log
from dasan.ports import Head
from dasan.sim.citizens import PRIVATE
from dasan.store.memory import journal_line

Wrong = Iterator[tuple[str, str, str]]
_PRIVATE = PRIVATE.encode()


class Replay:
    """``position`` of the newest event read; ``hash`` and ``log`` up to there; ``folds`` counts comparisons."""

    def __init__(self, reads: Any) -> None:
        self._reads = reads
        self._states: dict[str, Any] = {}
        self.position = self.folds = self.streams = 0
        self.hash = hashlib.sha256()
        self.log = Log()

    def go_on(self, heads: Mapping[str, Head]) -> Wrong:
        """Read what is new; (invariant, stream, what) of everything wrong. ``heads``: the open ones in the store."""
        touched: dict[str, None] = {}
        lines: list[bytes] = []
        see, states = self.log.see, self._states
        for position, recorded in self._reads.journal(self.position):
            lines.append(journal_line(recorded))
            see(recorded)
            stream = recorded.stream
            states[stream] = evolve(states[stream] if stream in states else self._earlier(recorded), recorded)
            touched[stream] = None
            self.position = position
        block = b"".join(lines)
        self.hash.update(block)
        if _PRIVATE in block:
            yield from (("I27", "journal", line.decode()) for line in lines if _PRIVATE in line)
        yield from self._compared(touched, heads)

    def _earlier(self, recorded: Recorded) -> Any:
        """The state before an event of a stream that was let go, from its first event; None for a new stream."""
        state = None
        if recorded.seq == 1:
            self.streams += 1
            return state
        for earlier in self._reads.events(recorded.stream, 0, recorded.seq - 1):
            state = evolve(state, earlier)
        return state

    def _compared(self, touched: Mapping[str, None], heads: Mapping[str, Head]) -> Wrong:
        for stream in touched:
            head = heads.get(stream)
            held = head.state if head is not None else self._reads.load(stream).state
            self.folds += 1
            if held != self._states[stream]:
                yield "I19", stream, "the journal folds to another state"
            if head is None:
                del self._states[stream]
