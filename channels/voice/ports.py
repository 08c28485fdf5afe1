"""What voice needs of the house, as narrow protocols; the composition root adapts the store, hub and flows.

Everything here is asked on the event loop. What is synchronous answers from memory; what is asynchronous may go to a
thread or a database and is never waited for by a caller longer than a hop's budget (hops.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dasan.core.events import Recorded
from dasan.core.session import Session
from ivr.actions import Action, Value
from ivr.events import Event
from ivr.facts import Facts, QueueFacts
from ivr.state import State


@dataclass(frozen=True, slots=True)
class Said:
    """A turn of the menu: where the caller is now, and what is said and asked."""

    state: State
    actions: tuple[Action, ...]


class Driver(Protocol):
    """One version of a flow, ready to be driven. Pure."""

    @property
    def ref(self) -> str:
        """name@hash, pinned for a call."""
        ...

    def start(self, facts: Facts) -> Said:
        """The first turn."""
        ...

    def step(self, state: State, event: Event, facts: Facts) -> Said:
        """The next turn. An event that does not belong there gives the same state and no actions."""
        ...


class Flows(Protocol):
    """The flows that calls run on."""

    def current(self, line: str) -> Driver | None:
        """What a new call to that number of ours begins with; None when nothing is published."""
        ...

    def get(self, ref: str) -> Driver | None:
        """That very version; None when it is no longer here."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of an address: the language and pace it likes ("" and None: nothing), and its conduct ("", warned,
    special)."""

    language: str = ""
    slow: bool = False
    conduct: str = ""


class Callers(Protocol):
    """What is known of who calls."""

    def keyed(self, text: str) -> str:
        """The keyed HMAC of an identifier, in hexadecimal or any other letters; the same for the same text."""
        ...

    async def known(self, address: str) -> Known:
        """What is kept of that keyed address."""
        ...

    def remembered(self, address: str) -> Known:
        """As far as it was read already; what was not is taken for nothing."""
        ...

    def stranger(self, address: str) -> None:
        """The broker has just said that nothing is kept of that one."""
        ...


class Sessions(Protocol):
    """The sessions that are open."""

    def get(self, session: str) -> Session | None:
        """As it is now, as far as this server has heard; None when it is not open."""
        ...

    def open(self) -> Iterator[Session]:
        """All of them."""
        ...


class Reads(Protocol):
    """Named reads of the store."""

    async def load(self, session: str) -> Session | None:
        """The session's present state from the store, open or closed."""
        ...

    async def words(self, contents: Sequence[str]) -> Mapping[str, bytes]:
        """Contents in the clear; one whose key was destroyed is missing."""
        ...

    async def events(self, session: str) -> Sequence[Recorded]:
        """Everything recorded of that session, in order."""
        ...

    async def carried(self, calls: frozenset[str], since_us: int) -> Mapping[str, tuple[str, str]]:
        """(session, leg) of those calls of the network, as far as the journal since then knows them."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session stands in line, from 1; ``wait_s`` None when there is no honest figure."""

    position: int
    wait_s: int | None = None


class Line(Protocol):
    """The queues, as the broker sees them."""

    def place(self, session: str) -> Place | None:
        """Where that session waits; None when it does not."""
        ...

    def queues(self) -> Mapping[str, QueueFacts]:
        """Every queue as it is now."""
        ...


class Endpoints(Protocol):
    """Whom to ring: one string each (``client:``, ``sip:``, a number in E.164, ``app:``); "" when there is none."""

    def counselor(self, counselor: str) -> str:
        """The counselor's (or supervisor's) own telephone."""
        ...

    def line(self, code: str) -> str:
        """A line of the directory."""
        ...


class Lookups(Protocol):
    """What a flow may ask of the centre and of others. Raises nothing: an outcome says what went wrong."""

    async def lookup(self, name: str, args: Mapping[str, Value]) -> tuple[str, Mapping[str, Value]]:
        """(ok, error or a word of its own; flat values)."""
        ...

    async def fetch(self, name: str, args: Mapping[str, Value], key: str) -> tuple[str, Mapping[str, Value]]:
        """As :meth:`lookup`, of the outside service of that name. ``key`` stands for this question: asked again (after
        a restart), it is the same."""
        ...


class Sounds(Protocol):
    """Recordings that prompts play."""

    async def get(self, name: str) -> bytes | None:
        """The bytes of that name (their hash and kind); None when they are not here."""
        ...


class Desk(Protocol):
    """Where what is not kept is shown."""

    def partial(self, session: str, leg: str, text: str) -> None:
        """What somebody seems to be saying at this moment; it replaces the one before."""
        ...

    def keys(self, session: str, leg: str, digits: str) -> None:
        """Keys the caller pressed; shown to who is with her, kept nowhere."""
        ...


@dataclass(frozen=True, slots=True)
class RecordingSeen:
    """A recording that lies at the provider, of ``call``. ``message``: a caller left it (a verb recorded it)."""

    sid: str
    call: str
    complete: bool
    seconds: int = 0
    message: bool = False


class Recordings(Protocol):
    """The provider's side of recordings."""

    async def listed(self, since_us: int) -> Sequence[RecordingSeen]:
        """What the account holds that was made on that day (UTC) or later, a bounded number of them, the newest first.
        Raises ProviderFailed."""
        ...

    async def fetch(self, sid: str) -> tuple[bytes, str]:
        """Body and media type. Raises ProviderFailed."""
        ...

    async def delete(self, sid: str) -> None:
        """Delete it there; one that is gone already is no error. Raises ProviderFailed."""
        ...
