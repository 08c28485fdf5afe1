"""What every console needs of the house, in one object; dasan.app fills it with concrete things."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from dasan.core.commands import Envelope
from dasan.core.policy import Policy
from dasan.hub import Hub
from dasan.ports import Aggregate, Clock, Head, Suggestion
from dasan.server.leases import Leases
from dasan.server.partials import Partials
from dasan.server.phones import Phones
from dasan.server.photos import PhotoLinks
from dasan.server.services import Services
from dasan.server.signin import SignIn
from dasan.server.suggestions import Suggestions
from dasan.store.views import Draft, Entry, Line

T = TypeVar("T")


class Reads(Protocol):
    """The part of the store's named reads (dasan/store/views.py) that a console asks. From any thread."""

    def head(self, stream: str) -> Head | None: ...

    def load(self, stream: str) -> Aggregate | None: ...

    def sessions_of(self, citizen: str, limit: int = 20) -> Sequence[Line]: ...

    def by_number(self, kind: str, number: int) -> Sequence[Line]: ...

    def entries(self, session: str, after_n: int = 0, limit: int = 200) -> Sequence[Entry]: ...

    def entries_before(self, session: str, before_n: int, limit: int = 200) -> Sequence[Entry]: ...

    def contents(self, ids: Sequence[str]) -> Mapping[str, bytes | None]: ...

    def drafts(self, counselor: str) -> Sequence[Draft]: ...


class Names:
    """How counselors are called among colleagues: kept in memory, set at the start and by every change."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def __call__(self, counselor: str) -> str:
        return self._names.get(counselor, "")

    def put(self, counselor: str, name: str) -> None:
        """Learn a name."""
        self._names[counselor] = name

    def all(self) -> Mapping[str, str]:
        """Every name by counselor id."""
        return self._names


class Library(Protocol):
    """Search and articles for a counselor's own words; never raises, may answer with nothing."""

    async def search(self, query: str, language: str, limit: int = 10) -> Sequence[Suggestion]: ...

    async def article(self, article: str, language: str) -> Suggestion | None: ...


@dataclass(frozen=True, slots=True)
class House:
    """Shared by all consoles of this server. ``threads`` runs reads; ``submit`` is the gate's."""

    name: Mapping[str, str]  # of the centre, by language
    public_url: str
    policy: Policy
    clock: Clock
    submit: Callable[[Envelope], Awaitable[Mapping[str, Any]]]
    hub: Hub
    reads: Reads
    threads: Executor
    signin: SignIn
    leases: Leases
    names: Names
    suggestions: Suggestions
    library: Library
    photos: PhotoLinks
    defect: Callable[[str, BaseException], None]
    services: Services | None = None
    phones: Phones = field(default_factory=Phones)
    partials: Partials = field(default_factory=Partials)

    async def read(self, call: Callable[[], T]) -> T:
        """Run a read beside the loop."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, call)
