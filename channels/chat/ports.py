"""What the chat needs of the house, as narrow protocols; the composition root adapts the store, hub and dispatcher.

Asynchronous reads may run in a thread or not; subscriptions and typing belong to the event loop's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dasan.core.events import Recorded
from dasan.ports import Aggregate, Committed

OnCommit = Callable[[Committed], None]
OnTyping = Callable[[str, bool], None]


class Hub(Protocol):
    """Commits as they happen, by stream."""

    def subscribe(self, stream: str, on_commit: OnCommit, on_typing: OnTyping | None = None) -> Callable[[], None]:
        """Call ``on_commit`` for every commit that touches ``stream``, in order, on the event loop.

        ``on_typing`` gets a role ("citizen" or "counselor") and whether it types. The result ends the subscription.
        """
        ...

    def typing(self, session: str, role: str, on: bool) -> None:
        """Tell the others in a session; kept nowhere."""
        ...


class Reads(Protocol):
    """Named reads of the store."""

    async def newest_session(self, citizen: str) -> str | None:
        """The citizen's open chat session, else the newest closed one, else None."""
        ...

    async def load(self, stream: str) -> Aggregate | None:
        """The stream's present state."""
        ...

    async def events(self, stream: str, after: int) -> Sequence[Recorded]:
        """What was recorded in ``stream`` after sequence ``after``, in order."""
        ...

    async def words(self, contents: Sequence[str]) -> Mapping[str, bytes]:
        """The words of those contents in the clear; one whose key was destroyed is missing."""
        ...

    async def handoffs(self, citizen: str) -> Sequence[Aggregate]:
        """The citizen's handoffs, oldest first; states are dasan.core.handoff.Handoff."""
        ...

    async def photo_session(self, blob: str) -> str | None:
        """The session that a stored photo belongs to."""
        ...


class Tokens(Protocol):
    """Citizens' tokens: opaque, at least 128 random bits, kept only as a hash."""

    async def issue(self, citizen: str) -> str:
        """A new token of that citizen, on disk before it is returned."""
        ...

    async def find(self, token: str) -> str | None:
        """The citizen of that token."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session stands in line, from 1; ``wait_s`` is None when no honest figure exists."""

    position: int
    wait_s: int | None = None


@dataclass(frozen=True, slots=True)
class TopicView:
    """A queue that citizens may choose; ``names`` by language code.

    ``opens_us`` is the next opening of a closed one (0: none is known); ``usual`` marks the queue of who chooses none.
    """

    code: str
    names: Mapping[str, str]
    waiting: int = 0
    open: bool = True
    opens_us: int = 0
    usual: bool = False


class Line(Protocol):
    """The queues, as somebody who waits sees them. Cheap and synchronous: asked every two seconds."""

    def places(self, sessions: Sequence[str]) -> Mapping[str, Place]:
        """The place of each of those sessions that is waiting."""
        ...

    def topics(self) -> Sequence[TopicView]:
        """What a citizen may choose from, in order."""
        ...


class Names(Protocol):
    """Who is speaking."""

    def counselor(self, counselor: str, language: str) -> str:
        """How a counselor is called before a citizen; never an account name."""
        ...

    def address(self, citizen: str) -> str:
        """The keyed HMAC under which a citizen's chat is found (ARCHITECTURE §5)."""
        ...
