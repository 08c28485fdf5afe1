"""A citizen's page kept true: it follows one session's stream and turns what is committed into frames, in order.

The stream's own sequence is the guard: a commit that does not follow the last one seen, or that comes without its words
(another server's), is not guessed at; what is missing is read from the store. So every entry is sent once, in order,
whatever the hub loses or doubles. ``prev`` names the last sequence this page has been brought to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from channels.chat import project
from channels.chat.ports import Place, Reads
from channels.chat.project import Frame, Teller
from dasan.core.events import Recorded
from dasan.core.session import Session, same_parts
from dasan.ports import Committed


class SessionView:
    """One page's view of one session.

    ``seq`` is how far it has followed the stream, ``covered`` the last sequence that the page knows of. While it is
    ``reading``, a commit only makes it ``stale``.
    """

    __slots__ = (
        "covered",
        "place",
        "reading",
        "seq",
        "session",
        "shown_marks",
        "shown_state",
        "stale",
        "state",
        "teller",
    )

    def __init__(self, session: str, teller: Teller, after: int) -> None:
        self.session = session
        self.teller = teller
        self.state: Session | None = None
        self.seq = self.covered = after
        self.reading = self.stale = False
        self.place: Place | None = None
        self.shown_state: Frame | None = None
        self.shown_marks: tuple[int, int] = (-1, -1)

    async def read(self, reads: Reads) -> list[Frame]:
        """Come to the present from the store; the entry frames of what followed. The state is the caller's to tell.

        A page that claims to know more than there is (another server's database, restored) is told everything.
        """
        found = await reads.load(self.session)
        if found is None:
            return []
        if found.seq < self.seq:
            self.seq = self.covered = 0
        events = [r for r in await reads.events(self.session, self.seq) if r.seq <= found.seq]
        wanted = [content for r in events if (content := project.content_of(r))]
        words = await reads.words(wanted) if wanted else {}
        frames = self._entries(events, words)
        self.state, self.seq = found.state, found.seq
        return frames

    def follow(self, commit: Committed) -> list[Frame] | None:
        """The frames of a commit; None when it does not follow what is known, and :meth:`read` must be used."""
        events = [r for r in commit.events if r.stream == self.session]
        head = commit.heads.get(self.session)
        if not events or events[-1].seq <= self.seq:
            return []
        if head is None or events[0].seq != self.seq + 1 or self.state is None:
            return None
        if any((content := project.content_of(r)) and content not in commit.words for r in events):
            return None
        frames = self._entries(events, commit.words)
        before, self.state, self.seq = self.state, head.state, head.seq
        if _says_the_same(before, head.state):
            return frames
        return [*frames, *self.news()]

    def _entries(self, events: Sequence[Recorded], words: Mapping[str, bytes]) -> list[Frame]:
        frames = []
        for recorded in events:
            if project.visible(recorded):
                frames.append(project.entry(recorded, self.covered, words, self.teller))
                self.covered = recorded.seq
        return frames

    def news(self) -> list[Frame]:
        """The state and marks frames, if they say anything new; both stand at the present sequence."""
        assert self.state is not None
        frames: list[Frame] = []
        frame = self._state()
        if _said(frame) != _said(self.shown_state):
            self.shown_state = frame
            frames.append(frame)
            self.covered = self.seq
        marks = project.marks(self.state, self.seq, self.covered)
        if (marks["delivered"], marks["read"]) != self.shown_marks:
            self.shown_marks = (marks["delivered"], marks["read"])
            frames.append(marks)
            self.covered = self.seq
        return frames

    def whole(self) -> tuple[Frame, Frame]:
        """State and marks for a welcome; from here on everything up to the present counts as known."""
        assert self.state is not None
        frame, marks = self._state(), project.marks(self.state, self.seq, self.covered)
        self.shown_state, self.shown_marks = frame, (marks["delivered"], marks["read"])
        self.covered = self.seq
        return frame, marks

    def _state(self) -> Frame:
        assert self.state is not None
        return project.state(self.state, self.seq, self.covered, self.place, self.teller)


def _says_the_same(before: Session, after: Session) -> bool:
    """Whether only a further line of the citizen's lies between them: then neither state nor marks have news."""
    return (
        same_parts(before, after)
        and before.last_counselor_us == after.last_counselor_us
        and (before.owed_since_us == 0) == (after.owed_since_us == 0)
        and before.counselor_delivered == after.counselor_delivered
        and before.counselor_read == after.counselor_read
    )


def _said(frame: Frame | None) -> Frame | None:
    """What a state frame says, without its place in the stream."""
    return None if frame is None else {k: v for k, v in frame.items() if k not in {"seq", "prev"}}
