"""The link to the centre: one WebSocket, kept alive, that feeds the read model and carries commands.

Promises: every command has an id and is sent again under it after a lost connection until it is answered, which the
server makes harmless; a connection that comes back names what it has and gets only what followed; a frame that does
not follow is answered by asking again, at the second time from nothing; the wait between attempts grows to
``BACKOFF_S_MAX`` with jitter and never ends by itself. When the server says that a newer console took over, or that
the sign-in is over, the link stops and says so. Bounds: 64 commands unanswered, 16 MiB a frame, 64 frames read ahead.

This is an edge: it owns the socket, the monotonic clock, the jitter and the ids of commands.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException

from agent_tui.state import Change, Changes, DeskState, Frame, Gap, LinkState, Pending, Topic
from dasan.wire import desk
from dasan.wire import desk_views as view
from dasan.wire.frames import write

BACKOFF_S = 0.25
BACKOFF_S_MAX = 5.0
WELCOME_S = 10.0
FRAME_BYTES_MAX = 16 * 1024 * 1024
READ_AHEAD = 64
GAPS_MAX = 2  # at the second gap in a row nothing that we have is trusted
# After these the server will not have this console back; any other farewell is waited out.
FINAL = frozenset({"stale_console", "signed_out", "sign_in_failed", "locked_out", "bad_token", "bad_version"})
SIGN_IN_AGAIN = frozenset({"signed_out", "sign_in_failed", "locked_out", "bad_token"})


@dataclass(slots=True)
class SignIn:
    """Who signs in: a token, or a name and a password (kept only until a token has come)."""

    name: str = ""
    password: str = ""
    token: str = ""

    def possible(self) -> bool:
        return bool(self.token or (self.name and self.password))


class Closed(Exception):
    """The server has said goodbye; the frame is the first argument."""


class Client:
    """A console's connection. ``changed`` is told which topics changed after each frame, on the same loop."""

    def __init__(
        self,
        url: str,
        state: DeskState,
        changed: Callable[[Changes], None],
        *,
        language: str = "ko",
        name: str = "dasan-desk",
        tls: ssl.SSLContext | None = None,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.url = socket_url(url)
        self.state = state
        self.sign_in = SignIn()
        self.attempts = 0
        self._changed = changed
        self._language, self._name, self._tls = language, name, tls
        self._mono = monotonic_ns
        self._base = (0, monotonic_ns())
        self._socket: ClientConnection | None = None
        self._answers: dict[str, asyncio.Future[view.Reply]] = {}
        self._frames: dict[str, str] = {}
        self._stop = asyncio.Event()
        self._gaps = 0
        self._was_up = False
        self.on_token: Callable[[str], None] = lambda token: None

    # -- time and ids

    def now(self) -> int:
        """The server's time in UTC microseconds, carried on by our monotonic clock: a wrong wall clock does no harm."""
        base, at = self._base
        return base + (self._mono() - at) // 1000

    @staticmethod
    def new_id() -> str:
        """A fresh command id (96 random bits)."""
        return secrets.token_urlsafe(12)

    # -- sending

    def tell(self, kind: type[desk.Typing], **fields: Any) -> None:
        """Send a frame that is not answered; without a connection it is dropped."""
        self._post(write(_frame(kind, fields)))

    def ask(self, kind: type[desk.Command], /, **fields: Any) -> asyncio.Future[view.Reply]:
        """Send a command; the future brings its one reply, however many connections that takes.

        Raises OverflowError with 64 commands unanswered, and ValueError for a field that the protocol does not take.
        """
        command_id = self.new_id()
        frame = _frame(kind, {**fields, "id": command_id})
        text = str(fields.get("text", ""))
        pending = Pending(command_id, frame["t"], str(fields.get("session", "")), text, self.now())
        changes = self.state.begin(pending)
        self._frames[command_id] = write(frame)
        answer: asyncio.Future[view.Reply] = asyncio.get_running_loop().create_future()
        self._answers[command_id] = answer
        self._post(self._frames[command_id])
        self._changed(changes)
        return answer

    def _post(self, raw: str) -> None:
        socket = self._socket
        if socket is None:
            return
        task = asyncio.get_running_loop().create_task(_send(socket, raw))
        _TASKS.add(task)
        task.add_done_callback(_TASKS.discard)

    # -- the life of the link

    def stop(self) -> None:
        """Close for good; :meth:`run` returns."""
        self._stop.set()

    async def run(self, sign_in: SignIn) -> view.Bye | None:
        """Stay connected until :meth:`stop` (None) or until the server will not have us back (its farewell)."""
        self.sign_in, self._stop = sign_in, asyncio.Event()
        wait_s = BACKOFF_S
        while not self._stop.is_set():
            self.attempts += 1
            try:
                bye = await self._connection()
            except Closed as closed:
                bye = closed.args[0]
            if self._stop.is_set():
                break
            if bye is not None and bye.code in FINAL:
                return self._over(bye)
            self._lost(bye)
            wait_s = BACKOFF_S if self._was_up else min(BACKOFF_S_MAX, wait_s * 2)
            await self._pause(max(wait_s * (0.5 + secrets.randbelow(500) / 1000), bye.after_s if bye else 0))
        self._give_up("link_closed")
        return None

    async def _connection(self) -> view.Bye | None:
        """One connection from hello to its end."""
        self._was_up = False
        try:
            async with connect(
                self.url,
                ssl=self._tls,
                max_size=FRAME_BYTES_MAX,
                max_queue=READ_AHEAD,
                open_timeout=WELCOME_S,
                ping_interval=5,
                ping_timeout=10,
                close_timeout=1,
                proxy=None,
            ) as socket:
                await self._talk(socket)
        except Gap:
            self._gaps += 1
        except (OSError, TimeoutError, WebSocketException, InvalidHandshake, EOFError):
            pass
        finally:
            self._socket = None
        return None

    async def _talk(self, socket: ClientConnection) -> None:
        await socket.send(write(self._hello()))
        async with asyncio.timeout(WELCOME_S):
            while not self._was_up:
                self._take(await socket.recv())
        self._socket = socket
        for raw in list(self._frames.values()):
            await socket.send(raw)
        beat = asyncio.get_running_loop().create_task(self._beats(socket))
        stop = asyncio.get_running_loop().create_task(self._close_on_stop(socket))
        try:
            async for raw_frame in socket:
                self._take(raw_frame)
        finally:
            for task in (beat, stop):
                task.cancel()
            await asyncio.gather(beat, stop, return_exceptions=True)

    def _hello(self) -> dict[str, Any]:
        who = self.sign_in
        proof = {"token": who.token} if who.token else {"name": who.name, "password": who.password}
        have = self.state.have() if self._gaps < GAPS_MAX else {}
        self._gaps %= GAPS_MAX
        me = {"language": self._language, "client": self._name}
        return {"t": "hello", "v": desk.VERSION, "have": have, **me, **proof}

    def _take(self, raw: str | bytes) -> None:
        try:
            frame: Frame = view.to_desk.validate_json(raw)
        except ValidationError:  # a newer server may say what this console does not know
            self.state.ignored += 1
            return
        if isinstance(frame, view.Welcome):
            self._base = (frame.now, self._mono())
            self._was_up = True
            self.sign_in = SignIn(name=self.sign_in.name, token=frame.token)
            self.on_token(frame.token)
        changes = self.state.apply(frame, self.now())
        if isinstance(frame, view.Reply):
            self._answer(frame)
        self._changed(changes)
        if isinstance(frame, view.Bye):
            raise Closed(frame)

    def _answer(self, reply: view.Reply) -> None:
        self._frames.pop(reply.id, None)
        answer = self._answers.pop(reply.id, None)
        if answer is not None and not answer.done():
            answer.set_result(reply)

    async def _beats(self, socket: ClientConnection) -> None:
        every = self.state.centre.beat_s if self.state.centre else 5
        while True:
            await _send(socket, '{"t":"beat"}')
            await self._pause(every)

    async def _close_on_stop(self, socket: ClientConnection) -> None:
        await self._stop.wait()
        await socket.close()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    def _lost(self, bye: view.Bye | None) -> None:
        link = self.state.link
        if link.state is not LinkState.DOWN:
            link.state, link.since = LinkState.DOWN, self.now()
        link.code, link.text = (bye.code, bye.text) if bye else ("", "")
        self._changed(frozenset({Change(Topic.LINK)}))

    def _over(self, bye: view.Bye) -> view.Bye:
        self.state.link.state = LinkState.OVER
        self._give_up(bye.code, bye.text)
        self._changed(frozenset({Change(Topic.LINK)}))
        return bye

    def _give_up(self, code: str, text: str = "") -> None:
        """Nobody will answer any more: every open question gets a refusal."""
        for command_id in list(self._answers):
            self._answer(view.Reply(id=command_id, ok=False, code=code, text=text))
        self.state.pending.clear()


_TASKS: set[asyncio.Task[None]] = set()


async def _send(socket: ClientConnection, raw: str) -> None:
    """Send, and leave a lost connection to the reader, which notices it in any case."""
    with contextlib.suppress(WebSocketException, OSError):
        await socket.send(raw)


def _frame(kind: type[BaseModel], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The frame of ``kind`` as the wire has it. Raises ValueError (pydantic's) for what the protocol does not take."""
    (name,) = get_args(kind.model_fields["t"].annotation)
    frame: dict[str, Any] = kind.model_validate({"t": name, **fields}).model_dump(mode="json")
    return frame


def socket_url(url: str) -> str:
    """The desk's socket of a centre given as ``http(s)://host``, ``ws(s)://host`` or the socket's own address.

    Raises InvalidURI for anything else.
    """
    for web, ws in (("http://", "ws://"), ("https://", "wss://")):
        if url.startswith(web):
            url = ws + url.removeprefix(web)
    if not url.startswith(("ws://", "wss://")):
        raise InvalidURI(url, "not an address of a centre")
    return url if url.endswith(desk.PATH) else url.rstrip("/") + desk.PATH
