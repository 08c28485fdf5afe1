"""What named reads answer with: frozen rows, the same from every store.

Left out: meaning. A read gives what is kept; screens and cards are made of it elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dasan.core.events import Recorded
from dasan.ports import Aggregate, Committed, Delivery, Head

# dasan.core.fold.evolve, given to the store so that it need not know the machines
Evolve = Callable[[Any, Recorded], Any]
# dasan.core.fold.STATES: kind prefix of a stream id -> class of its state
States = Mapping[str, type]


@dataclass(frozen=True, slots=True)
class Line:
    """A stream as the indexes know it, without its state. Instants are UTC microseconds."""

    stream: str
    kind: str
    seq: int
    open: bool
    due_us: int | None
    created_us: int
    updated_us: int
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a transcript: the event that added it, and its words (None: none, or erased)."""

    recorded: Recorded
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a counselor had typed and not sent."""

    counselor: str
    session: str
    text: str


class Reads(Protocol):
    """The questions asked of a store outside a transaction. Each answers from what is committed, from any thread."""

    def head(self, stream: str) -> Head | None:
        """The stream with its state, or None."""
        ...

    def line(self, stream: str) -> Line | None:
        """The stream without its state, or None."""
        ...

    def load(self, stream: str) -> Aggregate | None:
        """The stream's state, or None."""
        ...

    def open_heads(self, kind: str) -> Iterator[Head]:
        """Every open stream of that kind with its state, by id: what a start reads."""
        ...

    def due(self, now_us: int, limit: int) -> Sequence[tuple[int, str]]:
        """(deadline, stream) of streams whose deadline has come, earliest first."""
        ...

    def next_due(self) -> int | None:
        """The earliest deadline of all, or None."""
        ...

    def sessions_of(self, citizen: str, limit: int = 20) -> Sequence[Line]:
        """The citizen's sessions, newest first."""
        ...

    def by_number(self, kind: str, number: int) -> Sequence[Line]:
        """Streams of that kind with that spoken number, newest first."""
        ...

    def handoffs_of(self, *, session: str = "", citizen: str = "", limit: int = 50) -> Sequence[Line]:
        """The handoffs of a session, or of a citizen, newest first."""
        ...

    def recent(self, kind: str, limit: int = 50) -> Sequence[Line]:
        """The newest streams of that kind, newest first."""
        ...

    def entries(self, session: str, after_n: int = 0, limit: int = 200) -> Sequence[Entry]:
        """Transcript entries with n > ``after_n``, in order."""
        ...

    def entries_before(self, session: str, before_n: int, limit: int = 200) -> Sequence[Entry]:
        """The last entries with n < ``before_n``, in order."""
        ...

    def events(self, stream: str, after_seq: int = 0, limit: int = 1000) -> Sequence[Recorded]:
        """The stream's events with seq > ``after_seq``, in order."""
        ...

    def journal(self, after: int = 0, types: Iterable[str] = ()) -> Iterator[tuple[int, Recorded]]:
        """Positions and events after position ``after``, of those types or of all, in order."""
        ...

    def last_position(self) -> int:
        """The newest position below which nothing more will appear, 0 at first: where a reader by position begins."""
        ...

    def committed_since(self, position: int, limit: int = 1000) -> Sequence[Committed]:
        """What was committed after that position, whole commands only; about ``limit`` events."""
        ...

    def contents(self, ids: Iterable[str]) -> Mapping[str, bytes | None]:
        """Words by content id; None where erased. Unknown ids are left out."""
        ...

    def drafts(self, counselor: str) -> Sequence[Draft]:
        """Everything the counselor has typed and not sent, by session."""
        ...

    def deliveries(self, state: str, limit: int = 200) -> Sequence[Delivery]:
        """Promises in that state (waiting, done, dead), oldest first."""
        ...

    def addresses_of(self, session: str) -> Sequence[tuple[str, str]]:
        """(keyed address, service) pairs under which that session is found."""
        ...

    def key_destroyed(self, key: str) -> bool:
        """Whether that session's or citizen's words were erased."""
        ...
