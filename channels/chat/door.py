"""What all chat sockets of one server share: the ports, the limits, who has which tabs open, and the places in line.

A citizen may have several tabs on one token; her leg is suspended only when the last one has been gone for
``absent_s``, so a reload costs no commit. After a start of the server, :meth:`ChatDoor.expect` gives the citizens of
open sessions the same chance. Places in line change without an event of one's own session, so they are asked for all
who wait, every ``places_every_s``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from channels.chat import project
from channels.chat.catalogue import catalogue
from channels.chat.ports import Hub, Line, Names, Reads, Tokens
from channels.chat.project import Teller
from dasan.core import leg as legs
from dasan.core.commands import CITIZEN, Command, Envelope, Principal, SuspendLeg
from dasan.core.errors import DasanError
from dasan.core.policy import CHAT
from dasan.core.session import Session
from dasan.net.connection import Connection
from dasan.net.front import is_own
from dasan.net.limits import Buckets, Rate
from dasan.ports import Clock, Gate, Ids
from dasan.wire.frames import FRAME_BYTES_MAX

if TYPE_CHECKING:
    from channels.chat.connection import ChatConnection

_log = logging.getLogger("dasan.chat")


@dataclass(frozen=True, slots=True)
class ChatLimits:
    """Rates are tokens a second and at once; times in seconds."""

    frames: Rate = field(default_factory=lambda: Rate(10, 60))
    messages: Rate = field(default_factory=lambda: Rate(2, 20))
    newcomers: Rate = field(default_factory=lambda: Rate(0.5, 60))
    hellos: Rate = field(default_factory=lambda: Rate(5, 120))
    photos: Rate = field(default_factory=lambda: Rate(0.2, 10))
    hello_within_s: float = 10.0
    frame_bytes: int = FRAME_BYTES_MAX
    absent_s: float = 5.0
    absent_after_start_s: float = 30.0
    places_every_s: float = 2.0
    mark_every_s: float = 1.0
    text_chars_max: int = 4_000


@dataclass(frozen=True, slots=True)
class ChatPorts:
    """The house, as the chat needs it."""

    gate: Gate
    hub: Hub
    reads: Reads
    tokens: Tokens
    line: Line
    names: Names
    clock: Clock
    ids: Ids


class ChatDoor:
    """Makes a :class:`~channels.chat.connection.ChatConnection` for each socket (``Route(door.open)``)."""

    def __init__(self, ports: ChatPorts, limits: ChatLimits | None = None) -> None:
        self.ports = ports
        self.limits = limits or ChatLimits()
        self._hellos = Buckets(self.limits.hellos, ports.clock)
        self._newcomers = Buckets(self.limits.newcomers, ports.clock)
        self.photos = Buckets(self.limits.photos, ports.clock)
        self.messages = Buckets(self.limits.messages, ports.clock)
        self.tabs: dict[str, set[ChatConnection]] = {}
        self._absences: dict[str, asyncio.TimerHandle] = {}
        self._places: asyncio.TimerHandle | None = None
        self._open: tuple[tuple[str, bool], ...] = ()
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self, connection: Connection) -> ChatConnection:
        """The handler of a new socket."""
        from channels.chat.connection import ChatConnection  # noqa: PLC0415 - the two know each other

        return ChatConnection(self, connection)

    def teller(self, language: str) -> Teller:
        """How a reader of that language is spoken to."""
        return Teller(catalogue(language), self.ports.names.counselor, self._queue_name)

    def _queue_name(self, code: str, language: str) -> str:
        found = next((t for t in self.ports.line.topics() if t.code == code), None)
        return project.topic(found, language)["name"] if found else code

    def may_knock(self, peer: str, *, newcomer: bool = False) -> float:
        """0.0, or the seconds until that address may say hello (or make a new citizen)."""
        return 0.0 if is_own(peer) else (self._newcomers if newcomer else self._hellos).take(peer)

    # -- tabs

    def enter(self, citizen: str, tab: ChatConnection) -> None:
        """A tab of that citizen has said hello."""
        self.tabs.setdefault(citizen, set()).add(tab)
        absence = self._absences.pop(citizen, None)
        if absence is not None:
            absence.cancel()
        if self._places is None:
            self._open = self._opened()
            self._places = asyncio.get_running_loop().call_later(self.limits.places_every_s, self._tell_places)

    def leave(self, citizen: str, tab: ChatConnection) -> None:
        """A tab has gone; with the last one the absence begins to count."""
        tabs = self.tabs.get(citizen, set())
        tabs.discard(tab)
        if tabs:
            return
        self.tabs.pop(citizen, None)
        state = tab.state
        if state is not None and not project.over(state):
            self._absent_in(self.limits.absent_s, citizen, state.id)

    def unless_present(self, citizen: str, session: str) -> None:
        """A session was opened by a tab that may be gone already."""
        if citizen not in self.tabs:
            self._absent_in(self.limits.absent_s, citizen, session)

    def expect(self, sessions: Iterable[Session]) -> None:
        """After a start: these sessions are open, and nobody has said hello yet."""
        for state in sessions:
            if not project.over(state) and state.citizen not in self.tabs:
                self._absent_in(self.limits.absent_after_start_s, state.citizen, state.id)

    def _absent_in(self, delay_s: float, citizen: str, session: str) -> None:
        loop = asyncio.get_running_loop()
        earlier = self._absences.pop(citizen, None)
        if earlier is not None:
            earlier.cancel()
        self._absences[citizen] = loop.call_later(delay_s, self._absent, citizen, session)

    def _absent(self, citizen: str, session: str) -> None:
        self._absences.pop(citizen, None)
        if citizen not in self.tabs:
            self.run(self._suspend(citizen, session))

    async def _suspend(self, citizen: str, session: str) -> None:
        found = await self.ports.reads.load(session)
        leg = found.state.live_leg if found is not None else None
        if leg is not None and leg.channel == CHAT and leg.state == legs.CONNECTED and citizen not in self.tabs:
            await self.submit(citizen, self.ports.ids.new("e"), SuspendLeg(session, leg.id))

    # -- work

    async def submit(self, citizen: str, request_id: str, command: Command) -> dict[str, Any]:
        """A citizen's command through the gate. Raises as the gate does."""
        return dict(await self.ports.gate.submit(Envelope(Principal(CITIZEN, citizen), request_id, command)))

    def run(self, work: Coroutine[Any, Any, object]) -> None:
        """Carry out a coroutine whose outcome nobody waits for; expected refusals are none of its concern."""
        task = asyncio.get_running_loop().create_task(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quietly(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except DasanError as error:
            _log.info("background command refused", extra={"code": error.code})

    # -- places in line

    def _tell_topics(self) -> None:
        """To every tab, when a queue has opened or closed since the last look."""
        before, self._open = self._open, self._opened()
        if before != self._open:
            for tabs in self.tabs.values():
                for tab in tuple(tabs):
                    tab.tell_topics()

    def _opened(self) -> tuple[tuple[str, bool], ...]:
        return tuple((topic.code, topic.open) for topic in self.ports.line.topics())

    def _tell_places(self) -> None:
        self._tell_topics()
        waiting = [tab for tabs in self.tabs.values() for tab in tabs if tab.waits]
        if waiting:
            places = self.ports.line.places([tab.following.session_id for tab in waiting])
            for tab in waiting:
                tab.tell_place(places.get(tab.following.session_id))
        self._places = (
            asyncio.get_running_loop().call_later(self.limits.places_every_s, self._tell_places) if self.tabs else None
        )

    async def close(self) -> None:
        """The server stops: no timer or task of ours outlives it."""
        for timer in (*self._absences.values(), *([self._places] if self._places else [])):
            timer.cancel()
        self._absences.clear()
        self._places = None
        await asyncio.gather(*self._tasks, return_exceptions=True)
