"""What the service needs of the world, as narrow protocols; every adapter of one passes the same contract suite.

Synchronous ports (Clock, Ids, Unit, Store) are used by the broker and its writer thread; asynchronous ones stand at the
edges. Values that cross a port are frozen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from dasan.core.events import Recorded


class Clock(Protocol):
    """Where the present comes from."""

    def now_us(self) -> int:
        """UTC microseconds; never decreasing within one process."""
        ...


class Ids(Protocol):
    """Where fresh identifiers and randomness come from."""

    def new(self, kind: str) -> str:
        """A fresh id of that kind (dasan/core/ids.py)."""
        ...

    def jitter(self) -> float:
        """A number in [0, 1) to spread retries."""
        ...


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The state of a stream after its event ``seq`` (0 and None before the first)."""

    seq: int
    state: Any


@dataclass(frozen=True, slots=True)
class Content:
    """Words to be sealed under ``key`` (a session's or citizen's id) in the transaction that names them."""

    id: str
    key: str
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """A stream's place in the indexes after a decision: its state, next deadline and whether it is still open."""

    stream: str
    state: Any
    seq: int
    due_us: int | None
    open: bool
    # What reads ask for without folding: e.g. session -> citizen, number, phase; handoff -> session, citizen, stage.
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A promise to send: at least once, in order per stream and endpoint, with an idempotency key."""

    id: str
    stream: str
    endpoint: str
    kind: str
    key: str
    payload: Mapping[str, Any]
    due_us: int
    attempts: int = 0
    state: str = "waiting"  # waiting, done, dead


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was answered to a request id before, and the fingerprint of the body it came with."""

    fingerprint: str
    reply: Mapping[str, Any]


@dataclass(slots=True)
class Decision:
    """All that one command writes; recorded as a whole or not at all."""

    principal: str
    request_id: str
    fingerprint: str
    at_us: int
    events: list[Recorded] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    contents: list[Content] = field(default_factory=list)
    new_keys: list[str] = field(default_factory=list)
    destroyed_keys: list[str] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    delivery_changes: list[Delivery] = field(default_factory=list)
    addresses_open: list[tuple[str, str, str]] = field(default_factory=list)  # (address, service, session)
    addresses_closed: list[tuple[str, str, str]] = field(default_factory=list)
    drafts: list[tuple[str, str, str]] = field(default_factory=list)  # (counselor, session, text; "" removes)
    reply: dict[str, Any] = field(default_factory=dict)
    remember: bool = True
    repeated: bool = False  # the reply of an earlier decision; nothing is written


class Unit(Protocol):
    """One transaction: reads see what this unit has recorded; nothing is on disk before :meth:`commit` returns.

    After it, ``positions`` has the journal's position after each decision that was recorded and not a repeat.
    """

    positions: list[int]

    def prefetch(self, requests: Iterable[tuple[str, str]], streams: Iterable[str]) -> None:
        """Say what a batch will ask for, so that it can be fetched at once; changes no answer."""
        ...

    def replied(self, principal: str, request_id: str) -> Remembered | None:
        """What was answered to that request before, if anything."""
        ...

    def load(self, stream: str) -> Aggregate | None:
        """The stream's present state, or None when it does not exist."""
        ...

    def session_at(self, address: str, service: str) -> str | None:
        """The open session of that address, if there is one."""
        ...

    def delivery(self, delivery_id: str) -> Delivery | None:
        """A promise by its id."""
        ...

    def sealed(self, content_id: str) -> bytes | None:
        """The words of that content; None when its key was destroyed."""
        ...

    def next_number(self, name: str) -> int:
        """The next of a gapless enough series, from 1."""
        ...

    def record(self, decision: Decision) -> None:
        """Add a decision to the transaction."""
        ...

    def commit(self) -> int:
        """Write everything; the journal's last position. Raises Clash when a stream moved on elsewhere,
        StorageFull when the disk will not take it."""
        ...


class Store(Protocol):
    """Where the truth is kept."""

    def unit(self) -> AbstractContextManager[Unit]:
        """A fresh transaction; leaving it without commit forgets everything."""
        ...


@dataclass(frozen=True, slots=True)
class Committed:
    """What the world may know of after a commit: the events, the new heads, and the words in the clear."""

    position: int
    events: tuple[Recorded, ...]
    heads: Mapping[str, Head]
    words: Mapping[str, bytes] = field(default_factory=dict)
    deliveries: tuple[Delivery, ...] = ()


Listener = Callable[[Sequence[Committed]], None]


class Gate(Protocol):
    """The seam between asynchronous edges and the one writer (ARCHITECTURE §5)."""

    def submit(self, envelope: Any) -> Awaitable[Mapping[str, Any]]:
        """The command's reply once it is on disk. Raises Refused, BadInput, StorageFull, or Refused("busy")."""
        ...


@dataclass(frozen=True, slots=True)
class Submission:
    """A case as it is sent to the ticket side. ``key`` is the handoff's id; instants are UTC microseconds."""

    key: str
    service_code: str
    summary: str
    description: str
    place: str = ""
    contact: str = ""
    media_urls: tuple[str, ...] = ()
    requested_at_us: int = 0
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a service asks beyond the common fields (an Open311 attribute); ``values``: (key, name) to choose from."""

    code: str
    text: str
    kind: str = "string"
    required: bool = False
    hint: str = ""
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Submitted:
    """The peer has it: a ticket number, or a token that becomes one; and the hash of exactly what was sent."""

    ticket_no: str
    token: str
    sent_sha256: str


@dataclass(frozen=True, slots=True)
class TicketUpdate:
    """One step of a ticket on the peer's side."""

    update: str
    ticket_no: str
    status: str
    text: str
    at_us: int


@dataclass(frozen=True, slots=True)
class TicketStanding:
    """How a ticket stands, as its desk shows it to anybody with the number. ``status``: acknowledged, in_progress,
    answered or closed; ``detail``: the desk's own finer word, or "". Instants are 0 where unknown."""

    ticket_no: str
    status: str
    detail: str = ""
    agency: str = ""
    updated_at_us: int = 0
    due_at_us: int = 0


class TicketDesk(Protocol):
    """Eung-Dap-So, as the outbox sees it. Each raises ProviderFailed or Rejected (dasan/core/errors.py)."""

    async def submit(self, case: Submission) -> Submitted:
        """Send it, under its key."""
        ...

    async def find(self, case: Submission) -> Submitted | None:
        """Ask whether the peer already has that key."""
        ...

    async def resolve(self, token: str) -> str | None:
        """The ticket number a token has become, or None while it has not."""
        ...

    async def updates(self, since_us: int) -> Sequence[TicketUpdate]:
        """Steps since that instant, oldest first; repeats are allowed."""
        ...

    async def standing(self, ticket_no: str) -> TicketStanding | None:
        """How that ticket stands; None for a number that the peer does not know."""
        ...

    async def upload(self, body: bytes, media_type: str, sha256: str) -> str:
        """Put a photo there; its URL on the peer's side."""
        ...

    async def questions(self, service_code: str) -> Sequence[Question]:
        """What that service asks, in its order; none for a service that the peer does not know."""
        ...


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article that may answer. ``why`` is readable; ``checked_on`` an ISO date or ""."""

    article: str
    title: str
    answer: str
    score: float
    why: str
    source: str = ""
    department: str = ""
    phone: str = ""
    checked_on: str = ""
    stale: bool = False
    language: str = "ko"


class Suggester(Protocol):
    """The knowledge base, as the desk sees it: never raises into the caller's way, may answer with nothing."""

    async def suggest(self, session: str, turns: Sequence[str], language: str, limit: int = 3) -> Sequence[Suggestion]:
        """Articles for the talk so far (newest turn last); a newer call for the session replaces a waiting one."""
        ...

    async def search(self, query: str, language: str, limit: int = 10) -> Sequence[Suggestion]:
        """Articles for a counselor's own words."""
        ...

    async def article(self, article: str, language: str) -> Suggestion | None:
        """One article, whole."""
        ...


class Blobs(Protocol):
    """Photos, encrypted on disk; a row is written only after the file is safe."""

    def put(self, session: str, body: bytes, media_type: str) -> str:
        """Keep it; its id."""
        ...

    def get(self, blob: str) -> tuple[bytes, str] | None:
        """Body and media type, or None when gone or erased."""
        ...


class Bus(Protocol):
    """Positions of commits between server processes. Losing or doubling one costs only latency."""

    def publish(self, position: int) -> None:
        """Tell the others that the journal reaches ``position``."""
        ...

    def positions(self) -> Iterable[int]:
        """What the others have told since the last call."""
        ...
