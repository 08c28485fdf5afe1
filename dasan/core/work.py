"""The desk a command is decided on: what it loads, what it emits, and the whole it leaves behind.

``emit`` folds each event at once, so that the next step of the same command sees its effect, and refuses (changing
nothing) where a machine has no arrow. A handler that raises leaves no trace, because nothing is written before the
finished :class:`~dasan.ports.Decision` is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from dasan.core import care, due
from dasan.core import counselor as counselors
from dasan.core.care import Plan
from dasan.core.commands import SUPERVISOR, Principal
from dasan.core.counselor import Counselor
from dasan.core.errors import Arg, Refused
from dasan.core.events import Event, Recorded
from dasan.core.fold import evolve
from dasan.core.handoff import Handoff
from dasan.core.ids import CONTENT, COUNSELOR, HANDOFF, SESSION, kind_of
from dasan.core.policy import Policy
from dasan.core.session import FROM_SYSTEM, Session
from dasan.core.session_events import EntryAdded
from dasan.core.workitem import TERMINAL, WorkItem


class Loader(Protocol):
    """What deciding reads: a part of the Unit port."""

    def load(self, stream: str) -> Any:
        """An object with ``seq`` and ``state``, or None."""
        ...

    def sealed(self, content_id: str) -> bytes | None:
        """The words of that content; None when its key was destroyed."""
        ...


class Sources(Protocol):
    """Fresh ids and jitter: a part of the Ids port."""

    def new(self, kind: str) -> str:
        """A fresh id."""
        ...

    def jitter(self) -> float:
        """In [0, 1)."""
        ...


class Work:
    """One command's working state. ``events`` and the lists beside it are what will be written."""

    __slots__ = (
        "actor",
        "addresses_closed",
        "addresses_open",
        "cause",
        "contents",
        "deliveries",
        "delivery_changes",
        "destroyed_keys",
        "drafts",
        "events",
        "ids",
        "loader",
        "new_keys",
        "now_us",
        "numbers",
        "policy",
        "principal",
        "remember",
        "seqs",
        "states",
        "touched",
    )

    def __init__(
        self,
        loader: Any,
        ids: Sources,
        now_us: int,
        policy: Policy,
        principal: Principal,
        cause: str,
        *,
        numbers: Callable[[str], int],
    ) -> None:
        self.loader, self.ids, self.now_us, self.policy = loader, ids, now_us, policy
        self.principal, self.actor, self.cause, self.numbers = principal, principal.name, cause, numbers
        self.states: dict[str, Any] = {}
        self.seqs: dict[str, int] = {}
        self.touched: dict[str, None] = {}
        self.events: list[Recorded] = []
        self.contents: list[tuple[str, str, str, bytes]] = []
        self.new_keys: list[str] = []
        self.destroyed_keys: list[str] = []
        self.deliveries: list[Any] = []
        self.delivery_changes: list[Any] = []
        self.addresses_open: list[tuple[str, str, str]] = []
        self.addresses_closed: list[tuple[str, str, str]] = []
        self.drafts: list[tuple[str, str, str]] = []
        self.remember = True

    # -- reading

    def state(self, stream: str) -> Any:
        """The stream's state as this command sees it, or None."""
        if stream not in self.states:
            found = self.loader.load(stream) if stream else None
            self.states[stream] = found.state if found else None
            self.seqs[stream] = found.seq if found else 0
        return self.states[stream]

    def session(self, stream: str) -> Session:
        """Raises Refused("no_such_session")."""
        state = self.state(stream) if kind_of(stream) == SESSION else None
        if state is None:
            raise Refused("no_such_session")
        return state  # type: ignore[no-any-return]

    def counselor(self, stream: str) -> Counselor:
        """Raises Refused("no_such_counselor")."""
        state = self.state(stream) if kind_of(stream) == COUNSELOR else None
        if state is None:
            raise Refused("no_such_counselor")
        return state  # type: ignore[no-any-return]

    def handoff(self, stream: str) -> Handoff:
        """Raises Refused("no_such_handoff")."""
        state = self.state(stream) if kind_of(stream) == HANDOFF else None
        if state is None:
            raise Refused("no_such_handoff")
        return state  # type: ignore[no-any-return]

    def item(self, session: str, item: str) -> WorkItem:
        """Raises Refused("no_such_session" or "no_such_item")."""
        found = self.session(session).item(item)
        if found is None:
            raise Refused("no_such_item")
        return found

    # -- writing

    def emit(self, stream: str, event: Event) -> Any:
        """Record ``event`` in ``stream`` and give the state after it. Raises Refused where there is no arrow."""
        before = self.state(stream)
        seq = self.seqs[stream] + 1
        recorded = Recorded(stream, seq, self.now_us, self.actor, self.cause, event)
        after = evolve(before, recorded)
        self.states[stream] = after
        self.seqs[stream] = seq
        self.touched[stream] = None
        self.events.append(recorded)
        return after

    def seal(self, key: str, kind: str, text: str | bytes) -> str:
        """Keep words under ``key``; the content id that may stand in an event. Nothing for nothing."""
        body = text.encode() if isinstance(text, str) else text
        if not body:
            return ""
        content = self.ids.new(CONTENT)
        self.contents.append((content, key, kind, body))
        return content

    def words(self, content: str) -> str:
        """What was said, of this command or from before; "" when its key was destroyed."""
        fresh = next((body for name, _, _, body in self.contents if name == content), None)
        return (fresh or self.loader.sealed(content) or b"").decode()

    def say(
        self, session: str, code: str, args: Mapping[str, Arg] | None = None, *, content: str = "", blob: str = "",
        shown: bool = True,
    ) -> None:  # fmt: skip
        """A system line, spoken in each reader's language: both sides see it, or (not ``shown``) colleagues alone."""
        s = self.session(session)
        self.emit(
            session,
            EntryAdded(
                s.entry_n + 1,
                "system",
                FROM_SYSTEM,
                "",
                shown=s.shown_n + 1 if shown else 0,
                code=code,
                args=args or {},
                content=content,
                blob=blob,
            ),
        )

    # -- rights

    def own_session(self, session: str) -> Session:
        """The session, if it is the asking citizen's. Raises Refused."""
        s = self.session(session)
        if self.principal.role == "citizen" and s.citizen != self.principal.id:
            raise Refused("no_such_session")
        return s

    def console(self) -> Counselor:
        """The asking counselor, if her console is the present one. Raises Refused("stale_console")."""
        k = self.counselor(self.principal.id)
        if k.epoch != self.principal.epoch or k.lease == counselors.ABSENT:
            raise Refused("stale_console")
        return k

    def supervisor(self) -> None:
        """Whether a supervisor asks, and if from a console, from the present one. Raises Refused."""
        if not self.principal.at_least(SUPERVISOR):
            raise Refused("not_supervisor")
        if self.principal.epoch:
            self.console()

    def assigned(self, session: str, item: str = "") -> tuple[Session, WorkItem]:
        """A session and its item that the asking counselor holds (assigned or in wrap-up). Raises Refused."""
        k = self.console()
        s = self.session(session)
        found = s.item(item) if item else s.live_item
        if found is None:
            raise Refused("no_such_item" if item else "session_closed")
        if found.counselor != k.id:
            raise Refused("not_yours")
        if found.state in TERMINAL:
            raise Refused("not_now", state=found.state)
        return s, found


def due_of(state: Any, policy: Policy) -> int | None:
    """The next deadline of any state."""
    if isinstance(state, Session):
        return due.due_us(state, policy.timing)
    if isinstance(state, Counselor):
        return counselors.due_us(state)
    if isinstance(state, Plan):
        return care.due_us(state)
    return None
