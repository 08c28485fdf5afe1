"""One tab of a citizen: its socket, its frames in order, and what it is told.

Frames are carried out one after the other (channels/chat/actions.py), so a page's messages keep their order; between
two of them nothing of this class is running, and an idle tab costs only its state. Every refusal is one sentence in the
page's language; a tab that keeps sending nonsense is closed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from channels.chat import project
from channels.chat.following import Following
from channels.chat.marks import Marks
from channels.chat.ports import Place
from channels.chat.project import Frame
from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core.errors import BadInput, DasanError, sentence
from dasan.core.session import Session
from dasan.net.connection import FAILED, NORMAL, POLICY, Connection
from dasan.net.limits import TokenBucket
from dasan.wire import chat as wire
from dasan.wire.frames import id_of, packed, parse

if TYPE_CHECKING:
    from channels.chat.door import ChatDoor

_log = logging.getLogger("dasan.chat")
_INBOX_MAX = 64
_FAULTS_MAX = 20


class ChatConnection:
    """A handler of dasan.net; made by :meth:`channels.chat.door.ChatDoor.open`."""

    __slots__ = (
        "_bucket",
        "_connection",
        "_drawing",
        "_faults",
        "_inbox",
        "_late",
        "_paused",
        "_task",
        "citizen",
        "door",
        "following",
        "gone",
        "language",
        "marks",
    )

    def __init__(self, door: ChatDoor, connection: Connection) -> None:
        self.door = door
        self._connection = connection
        self._bucket = TokenBucket(door.limits.frames, door.ports.clock.now_us())
        self._inbox: deque[str] | None = None
        self._task: asyncio.Task[None] | None = None
        self._faults = 0
        self._paused = self.gone = False
        self.following = Following(door, self)
        self.marks = Marks(door.limits.mark_every_s, self._submit_mark)
        self._drawing = asyncio.Lock()
        self.citizen = ""
        self.language = "ko"
        self._late: asyncio.TimerHandle | None = asyncio.get_running_loop().call_later(
            door.limits.hello_within_s, self._impatient
        )

    @property
    def peer(self) -> str:
        """The client's network address."""
        return self._connection.peer

    @property
    def state(self) -> Session | None:
        """The session that is shown, as far as it was followed."""
        return self.following.state

    @property
    def waits(self) -> bool:
        """Whether a place in line may be told."""
        return self.state is not None and project.is_waiting(self.state)

    def tell_place(self, place: Place | None) -> None:
        """The place in line, if it changed."""
        self.following.tell_place(place)

    # -- dasan.net.connection.Handler

    def on_text(self, connection: Connection, text: str) -> None:
        """Queue a frame; reading pauses while too many wait."""
        if self._inbox is None:
            self._inbox = deque()
        self._inbox.append(text)
        if len(self._inbox) >= _INBOX_MAX and not self._paused:
            self._paused = True
            connection.pause_reading()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._pump())

    def on_close(self, connection: Connection) -> None:
        """The tab is gone."""
        self.gone = True
        self.arrived()
        self.marks.flush()
        self.following.end()
        if self.citizen:
            self.door.leave(self.citizen, self)

    async def _pump(self) -> None:
        """Carry out what waits; the named edge for faults of our own."""
        inbox = self._inbox
        assert inbox is not None
        try:
            while inbox:  # also what arrived just before the tab was closed
                await self._frame(inbox.popleft())
                if self._paused and len(inbox) < _INBOX_MAX // 2:
                    self._paused = False
                    self._connection.resume_reading()
        except Exception:
            _log.exception("chat frame failed", extra={"session_id": self.following.session_id})
            self.close(FAILED, "internal error")
        finally:
            self._task = self._inbox = None

    async def _frame(self, raw: str) -> None:
        from channels.chat.actions import ACTIONS  # noqa: PLC0415 - actions are functions on this class

        frame: Any = None
        try:
            wait_s = self._bucket.take(self.door.ports.clock.now_us())
            if wait_s:
                raise BadInput("too_fast", after_s=max(1, round(wait_s)))
            frame = parse(wire.from_page, raw, self.door.limits.frame_bytes)
            if not self.citizen and not isinstance(frame, wire.Hello):
                raise BadInput("malformed", field="hello")
            await ACTIONS[type(frame)](self, frame)
        except DasanError as error:
            self._faults += isinstance(error, BadInput)
            id_ = id_of(raw) if frame is None else getattr(frame, "id", "")
            self.trouble(error, id_, final=self._faults > _FAULTS_MAX)

    def _impatient(self) -> None:
        """Who opens a socket and says nothing is told why it closes."""
        self.trouble(BadInput("no_hello"), final=True)

    # -- what actions use

    def arrived(self) -> None:
        """Hello was said in time."""
        if self._late is not None:
            self._late.cancel()
            self._late = None

    async def welcome(self, session: str | None, token: str, after: int) -> None:
        """The whole picture, or with ``after`` what followed; ``session`` is what is shown from now on."""
        async with self._drawing:  # another tab may have begun a session while this one was being drawn
            await self._draw(session, token, after)
        await self.following.settle()
        await self.resume_leg()

    async def _draw(self, session: str | None, token: str, after: int) -> None:
        door, following = self.door, self.following
        session = session or following.session_id or None
        frame: dict[str, Any] = {
            "t": "welcome",
            "v": wire.VERSION,
            "token": token,
            "language": self.language,
            "now": door.ports.clock.now_us(),
            "topics": self._topics(),
            "tickets": await following.tickets(self.citizen, self.language),
        }
        if session is not None:
            self.marks.reset()
            frame["entries"] = await following.attach(session, self.language, after)
            view = following.view
            if view is not None and view.state is not None:
                frame["resumed"] = bool(after) and (not frame["entries"] or frame["entries"][0]["prev"] == after)
                frame["state"], frame["marks"] = view.whole()
        self.send(frame)

    def tell_topics(self) -> None:
        """The queues as they are now."""
        self.send({"t": "topics", "topics": self._topics()})

    def _topics(self) -> list[Frame]:
        return [project.topic(topic, self.language) for topic in self.door.ports.line.topics()]

    async def redraw(self) -> None:
        """The whole picture again, for what cannot be told as a change."""
        if not self.gone:
            await self.welcome(None, "", 0)

    async def resume_leg(self) -> None:
        """The transport is back: say so, if the broker thinks it is gone."""
        state = self.state
        leg = state.live_leg if state is not None else None
        if state is not None and leg is not None and leg.state == legs.SUSPENDED and not self.gone:
            await self.door.submit(self.citizen, self.door.ports.ids.new("e"), c.ResumeLeg(state.id, leg.id))

    def _submit_mark(self, upto: int, read: bool) -> None:
        state = self.state
        if state is not None and not project.over(state):
            command = c.MarkEntries(state.id, upto, read)
            self.door.run(self.door.submit(self.citizen, self.door.ports.ids.new("e"), command))

    # -- frames to the page

    def trouble(self, error: DasanError, id_: str = "", *, final: bool = False) -> None:
        """A refusal in the page's language; ``final`` closes."""
        again = error.args_.get("after_s", 0)
        text = sentence(error.code, self.language, error.args_)
        self.send({"t": "trouble", "id": id_, "code": error.code, "text": text, "final": final, "again_s": again})
        if final:
            self.close(POLICY, error.code)

    def ack(self, id_: str, reply: dict[str, Any]) -> None:
        """It is on disk."""
        self.send({"t": "ack", "id": id_, "n": reply.get("n", 0), "seq": reply.get("seq", 0)})

    def send(self, frame: project.Frame) -> None:
        """Hand a frame to the transport."""
        self._connection.send_text(packed(frame))

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """End this socket."""
        self._connection.close(code, reason)
