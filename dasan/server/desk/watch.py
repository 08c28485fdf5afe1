"""One session on one console: what was last said about it, and the frames that bring it up to a commit.

``seq`` is the last place in the session's stream of which this console was told; each frame names it as ``prev``. While
the session is being loaded, commits are held back and played afterwards, so nothing is lost and nothing comes early.
Marks of delivery and reading are told at most once a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from dasan.core import handoff as handoffs
from dasan.core.events import Recorded
from dasan.core.handoff import Handoff
from dasan.core.session import FROM_CITIZEN, Session, same_parts
from dasan.core.session_events import EntryAdded
from dasan.hub import Index
from dasan.ports import Committed, Head
from dasan.server import project
from dasan.server.desk.digest import Card
from dasan.server.project import Beside, Lens
from dasan.wire import desk_views as view

Frame = view.Session | view.Entry | view.Marks
_MARKS = frozenset({"citizen_delivered", "citizen_read", "read_n"})
# What a console follows from the entries themselves, and where a frame stands: never a reason for a frame.
_FOLLOWED = frozenset({"last_n", "last_at", "seq", "prev"})


@dataclass(slots=True)
class Watch:
    """``held`` is None once the session is loaded. ``ends`` are the subscriptions to let go. ``outline``: the tickets
    of the session are this console's business, its words are not. ``ledger`` is the stream of her address, whose
    ``strikes`` stand in the picture; ``ledger_end`` lets it go."""

    stream: str
    outline: bool = False
    seq: int = 0
    card: Card | None = None
    prefill: Mapping[str, str] = field(default_factory=dict)
    strikes: int = 0
    ledger: str = ""
    ledger_end: Callable[[], None] | None = None
    last: view.Session | None = None
    state: Session | None = None
    held: list[Committed] | None = field(default_factory=list)
    ends: list[Callable[[], None]] = field(default_factory=list)
    marks_due: bool = False
    filling: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Hear no more."""
        for end in (*self.ends, *filter(None, (self.ledger_end,))):
            end()
        self.ends.clear()

    def beside(self, index: Index, language: str) -> Beside:
        """What stands beside the state."""
        card = self.card.view(language) if self.card else None
        return Beside(index.handoffs(self.stream), card, self.prefill, self.outline, self.strikes)

    def picture(self, lens: Lens, index: Index, head: Head) -> view.Session:
        """The session whole, as of ``head``; from here on frames follow it."""
        self.seq, self.state = head.seq, head.state
        self.last = project.session(lens, head.state, head.seq, head.seq, self.beside(index, lens.viewer.language))
        self.marks_due = False
        return self.last

    def frames(self, lens: Lens, index: Index, commit: Committed) -> Iterator[Frame]:
        """What follows from ``commit``: new entries first, then the session if more than lines and marks has changed.

        Most commits are a line of the citizen's after others of hers; they change nothing that a picture would show,
        and are told by identity of the state's parts, so that no picture is drawn to be thrown away.
        """
        head = commit.heads.get(self.stream) or index.head(self.stream)
        if head is None or not isinstance(head.state, Session):
            return
        news = False
        for recorded in () if self.outline else commit.events:
            if recorded.stream == self.stream and recorded.seq > self.seq and isinstance(recorded.event, EntryAdded):
                news = self._learn(recorded.event, commit) or news
                yield self._entry(lens, recorded, commit)
        before, self.state = self.state, head.state
        if before is None or news or len(commit.heads) > 1 or not _same_shape(before, head.state):
            yield from self.refresh(lens, index, head)
        else:
            self.marks_due = self.marks_due or not _same_state_marks(before, head.state)

    def refresh(self, lens: Lens, index: Index, head: Head) -> Iterator[Frame]:
        """The session again, if it looks different from what was last said; a mere mark waits for :meth:`marks`."""
        seq = max(head.seq, self.seq)
        fresh = project.session(lens, head.state, seq, self.seq, self.beside(index, lens.viewer.language))
        if self.last is not None and fresh == _like(fresh, self.last):
            self.marks_due = self.marks_due or not _same_marks(fresh, self.last)
            return
        self.last, self.seq, self.marks_due = fresh, seq, False
        yield fresh

    def marks(self, lens: Lens, index: Index) -> Iterator[Frame]:
        """The marks that were held back."""
        head = index.head(self.stream)
        if not self.marks_due or head is None or self.last is None:
            return
        fresh = project.session(lens, head.state, head.seq, self.seq, self.beside(index, lens.viewer.language))
        self.marks_due, before, self.last, self.seq = False, self.last, fresh, head.seq
        if fresh.read_n != before.read_n:
            yield fresh
        else:
            yield project.marks(head.state, head.seq, fresh.prev)

    def _entry(self, lens: Lens, recorded: Recorded, commit: Committed) -> view.Entry:
        entry = recorded.event
        assert isinstance(entry, EntryAdded)
        body = commit.words.get(entry.content) if entry.content else None
        shown = project.entry(lens, recorded, body, self.seq)
        self.seq = recorded.seq
        return shown

    def _learn(self, entry: EntryAdded, commit: Committed) -> bool:
        """Whether a line of the citizen's taught the card something."""
        body = commit.words.get(entry.content) if entry.content and entry.role == FROM_CITIZEN else None
        return self.card is not None and bool(body) and self.card.take((body or b"").decode(errors="replace"))


def _same_shape(before: Session, after: Session) -> bool:
    """Whether a picture of one would look like that of the other, lines and marks aside."""
    return same_parts(before, after) and before.owed_since_us == after.owed_since_us


def _same_state_marks(one: Session, other: Session) -> bool:
    return (
        one.citizen_delivered == other.citizen_delivered
        and one.citizen_read == other.citizen_read
        and one.counselor_read == other.counselor_read
    )


def _like(fresh: view.Session, last: view.Session) -> view.Session:
    """``last`` with what changes by itself as in ``fresh``: equal to ``fresh`` when nothing else differs."""
    return last.model_copy(update={name: getattr(fresh, name) for name in _MARKS | _FOLLOWED})


def _same_marks(one: view.Session, other: view.Session) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _MARKS)


def filed(tickets: list[Handoff], item: str) -> tuple[str, ...]:
    """The stages of tickets of ``item`` that were sent on their way."""
    unsent = {handoffs.DRAFTED, handoffs.WITHDRAWN}
    return tuple(t.noted for t in tickets if t.item == item and t.state not in unsent)
