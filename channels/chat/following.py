"""How a tab follows what concerns its citizen: the session it shows, and her tickets.

Subscribing comes before reading; what is committed in between is noticed as stale and read again. The guard against
loss and doubling is :class:`~channels.chat.session_view.SessionView`; this class only decides when to read.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from channels.chat import project
from channels.chat.ports import Place
from channels.chat.project import Frame
from channels.chat.session_view import SessionView
from dasan.core import handoff as handoffs
from dasan.core.session import Session
from dasan.ports import Committed

if TYPE_CHECKING:
    from channels.chat.door import ChatDoor


class Tab(Protocol):
    """What following needs of the tab it is for."""

    def send(self, frame: Frame) -> None:
        """Hand over a frame; order is kept."""
        ...

    async def redraw(self) -> None:
        """Send the whole picture again, for what cannot be told as a change."""
        ...

    async def resume_leg(self) -> None:
        """Say that the citizen is here."""
        ...


class Following:
    """One a tab; nothing is followed until :meth:`attach`."""

    __slots__ = ("_door", "_ended", "_subscriptions", "_tab", "stages", "view")

    def __init__(self, door: ChatDoor, tab: Tab) -> None:
        self._door = door
        self._tab = tab
        self._subscriptions: dict[str, Callable[[], None]] = {}
        self._ended = False
        self.view: SessionView | None = None
        self.stages: dict[str, str] = {}

    @property
    def session_id(self) -> str:
        """The session that is shown, or ""."""
        return self.view.session if self.view else ""

    @property
    def state(self) -> Session | None:
        """Its state as far as it was followed."""
        return self.view.state if self.view else None

    def end(self) -> None:
        """The tab is gone: no more frames."""
        self._ended = True
        for unsubscribe in self._subscriptions.values():
            unsubscribe()
        self._subscriptions.clear()

    # -- the session

    async def attach(self, session: str, language: str, after: int) -> list[Frame]:
        """Follow ``session``; its entries after sequence ``after``. Call :meth:`settle` once they are sent."""
        self.detach()
        view = self.view = SessionView(session, self._door.teller(language), after)
        view.reading = True
        self._subscribe(session, self._on_commit, self._on_typing)
        try:
            return await view.read(self._door.ports.reads)
        finally:
            view.reading = False

    def detach(self) -> None:
        """Show no session."""
        unsubscribe = self._subscriptions.pop(self.session_id, None)
        if unsubscribe is not None:
            unsubscribe()
        self.view = None

    async def settle(self) -> None:
        """Send what was committed while :meth:`attach` read."""
        if self.view is not None and self.view.stale:
            await self._catch_up(self.view)

    def tell_place(self, place: Place | None) -> None:
        """The place in line, if it changed."""
        view = self.view
        if view is not None and view.state is not None and view.place != place:
            view.place = place
            self._send_all(view.news())

    def _subscribe(self, stream: str, on_commit: Callable[[Committed], None], on_typing: object = None) -> None:
        if not self._ended and stream not in self._subscriptions:
            self._subscriptions[stream] = self._door.ports.hub.subscribe(stream, on_commit, on_typing)  # type: ignore[arg-type]

    def _on_commit(self, commit: Committed) -> None:
        view = self.view
        if view is None:
            return
        if view.reading:
            view.stale = True
            return
        frames = view.follow(commit)
        if frames is None:
            view.reading = True
            self._door.run(self._catch_up(view))
            return
        self._send_all(frames)
        for work in self._afterwards({r.event.type for r in commit.events if r.stream == view.session}):
            self._door.run(work)

    def _afterwards(self, happened: set[str]) -> Iterator[Coroutine[Any, Any, None]]:
        """What an event asks for beyond its frames."""
        if "session.handoff" in happened:
            yield self.tell_tickets()
        if "session.erased" in happened:
            yield self._tab.redraw()
        if "leg.suspended" in happened:  # another server, or a late timer, took her for gone
            yield self._tab.resume_leg()

    async def _catch_up(self, view: SessionView) -> None:
        """Read what the hub did not bring, until nothing is stale; bounded by the commits that happen meanwhile."""
        view.reading = view.stale = True
        try:
            while view is self.view and view.stale and not self._ended:
                view.stale = False
                frames = await view.read(self._door.ports.reads)
                if view is self.view and view.state is not None:
                    self._send_all([*frames, *view.news()])
        finally:
            view.reading = False
        await self.tell_tickets()

    def _on_typing(self, role: str, on: bool) -> None:
        if role != "citizen":
            self._tab.send({"t": "typing", "on": on})

    # -- tickets

    async def tickets(self, citizen: str, language: str) -> list[Frame]:
        """All tickets there is something to tell of; those that may still move are followed."""
        reads = self._door.ports.reads
        teller = self._door.teller(language)
        frames = []
        for found in await reads.handoffs(citizen):
            h: handoffs.Handoff = found.state
            if h.state not in handoffs.MACHINE.terminal:
                self._subscribe(h.id, self._on_handoff)
            words = await reads.words([h.answer]) if h.answer else {}
            frame = project.ticket(h, words, teller)
            if frame is not None:
                frames.append(frame)
                self.stages[h.id] = h.state
        return frames

    async def tell_tickets(self) -> None:
        """Send the tickets whose stage is new to this page."""
        view = self.view
        if view is None or view.state is None or self._ended:
            return
        known = dict(self.stages)
        for frame in await self.tickets(view.state.citizen, view.teller.catalogue.language):
            if known.get(frame["handoff"]) != frame["stage"]:
                self._tab.send(frame)

    def _on_handoff(self, commit: Committed) -> None:
        self._door.run(self.tell_tickets())

    def _send_all(self, frames: list[Frame]) -> None:
        for frame in frames:
            self._tab.send(frame)
