"""A counselor's console as the server sees it: sign-in, the picture, the frames after it, and what she sends.

Promises: frames leave in the order of commits; every command gets exactly one reply, after its effect is on disk; a
console of an older epoch is told so and closed; what she may no longer read is ``gone`` at once. Bounded: 64 commands
under way, a rate per console, a whole picture of at most her own sessions. Runs on the event loop's thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable
from typing import Any

from dasan.core import commands as c
from dasan.core.errors import BadInput, Broken, DasanError, Refused, sentence
from dasan.net.connection import NORMAL, POLICY, Connection
from dasan.net.limits import Rate, TokenBucket
from dasan.server import callbacks
from dasan.server.accounts import highest
from dasan.server.desk import asked, questions
from dasan.server.desk.book import Book
from dasan.server.enrol import enrol
from dasan.server.floor import differs, floor
from dasan.server.house import House
from dasan.server.project import Lens
from dasan.server.rights import Viewer
from dasan.store.people import Account
from dasan.wire import desk
from dasan.wire import desk_views as view
from dasan.wire.call_views import Callbacks
from dasan.wire.frames import View, id_of, packed, parse

UNDER_WAY_MAX = 64
RATE = Rate(per_s=30, burst=90)
HELLO_S = 10.0
_log = logging.getLogger("dasan.desk")


class Console:
    """One connection (dasan.net.connection.Handler). ``consoles`` is the set of all open ones."""

    def __init__(self, house: House, connection: Connection, consoles: set[Console]) -> None:
        self.house = house
        self._connection = connection
        self._consoles = consoles
        self._tasks: set[asyncio.Task[None]] = set()
        self._bucket = TokenBucket(RATE, house.clock.now_us())
        self._language = "ko"
        self._token = ""
        self._greeted = False
        self._over = False
        self.principal = c.Principal(c.COUNSELOR, "")
        self.book: Book | None = None
        self._floor: view.Floor | None = None
        self._follows_floor = False
        self._callbacks: Callbacks | None = None
        self._follows_callbacks = False
        self._patience = asyncio.get_running_loop().call_later(HELLO_S, self._impatient)

    # -- dasan.net.connection.Handler

    def on_text(self, connection: Connection, text: str) -> None:
        """One frame."""
        if self._over:
            return
        try:
            frame = parse(desk.from_desk, text)
        except BadInput as bad:
            self._malformed(text, bad)
            return
        if isinstance(frame, desk.Hello):
            self._hello(frame)
        elif self.book is not None:
            self.house.leases.heard(self.principal.id, self.principal.epoch)
            self._frame(frame)

    def on_close(self, connection: Connection) -> None:
        """The transport is gone; the lease runs on its beats, commands under way finish."""
        self._over = True
        self._patience.cancel()
        self._consoles.discard(self)
        if self.book is not None:
            self.book.close()

    # -- the opening

    def _hello(self, hello: desk.Hello) -> None:
        if self._greeted:
            self._malformed("", BadInput("malformed", field="t"))
            return
        self._greeted, self._language = True, "ko" if hello.language == "ko" else "en"
        self._patience.cancel()
        if hello.v != desk.VERSION:
            self.bye(Refused("bad_version"))
            return
        self._run(self._join(hello))

    async def _join(self, hello: desk.Hello) -> None:
        try:
            account = await self._signed(hello)
            await self._attach(account, hello)
        except DasanError as error:
            self.bye(error)
        except Exception as error:  # the named edge: a fault of ours must not leave the console waiting
            self.house.defect("a console's sign-in", error)
            self.bye(Broken())

    async def _signed(self, hello: desk.Hello) -> Account:
        if hello.token:
            account, self._token = await self.house.signin.by_token(hello.token), hello.token
        else:
            account, self._token = await self.house.signin.by_password(
                hello.name, hello.password, self._connection.peer
            )
        return account

    async def _attach(self, account: Account, hello: desk.Hello) -> None:
        house = self.house
        role = highest(account.roles)
        await enrol([account], house.hub, house.names, house.submit, house.phones)
        reply = await house.submit(c.Envelope(c.Principal(role, account.id), "", c.AttachConsole(account.id)))
        self.principal = c.Principal(role, account.id, int(reply["epoch"]))
        house.leases.attached(account.id, self.principal.epoch)
        if self._gone():  # before it was let in: the beats will tell
            return
        viewer = Viewer(account.id, role, self._language)
        lens = Lens(viewer, house.policy, house.names, account.roles)
        book = Book(house, lens, self.principal.epoch, self.send_all, self._replaced, self._unread)
        try:
            welcome = await book.open(self._token, hello.have)
        except BaseException:
            book.close()
            raise
        if self._gone():
            book.close()
            return
        self.send(welcome)
        self.book = book
        self._consoles.add(self)
        book.begin()

    def _gone(self) -> bool:
        return self._over

    def _impatient(self) -> None:
        """Who opens a socket and says nothing is told why it closes, and may come back."""
        self.bye(Refused("no_hello"))

    def _replaced(self) -> None:
        """A newer console took the lease."""
        self.house.leases.detached(self.principal.id, self.principal.epoch)
        self.bye(Refused("stale_console"))

    def _unread(self, error: BaseException) -> None:
        """What became hers could not be read: the console is told to come again, and gets the whole picture then."""
        if isinstance(error, DasanError):
            self.bye(Refused("busy", after_s=1))
        else:
            self.house.defect("a console's picture", error)
            self.bye(Broken())

    # -- frames in

    def _frame(self, frame: desk.FromDesk) -> None:
        if isinstance(frame, desk.Beat):
            return
        wait_s = self._bucket.take(self.house.clock.now_us())
        if isinstance(frame, desk.Typing):
            if not wait_s and self.book is not None and self.book.may_type(frame.session):
                self.house.hub.typing(frame.session, "counselor", frame.on)
            return
        assert isinstance(frame, desk.Command)
        if wait_s or len(self._tasks) >= UNDER_WAY_MAX:
            self._refused(frame.id, Refused("too_fast", after_s=round(wait_s) + 1))
            return
        try:
            work = self._work(frame)
        except DasanError as refused:
            self._refused(frame.id, refused)
            return
        self._run(self._answer(frame.id, work))

    def _work(self, frame: desk.Command) -> Awaitable[Any]:
        """The first command is handed to the gate at once, so that commands keep their order."""
        answer = questions.TABLE.get(type(frame))
        if answer is not None:
            return answer(self, frame)
        if isinstance(frame, desk.SignOut):
            return self._sign_out(frame)
        if isinstance(frame, desk.Presence) and frame.presence == "AVAILABLE" and c.COUNSELOR not in self.lens.roles:
            raise Refused("not_now", state=", ".join(self.lens.roles))
        made = asked.TABLE[type(frame)](frame, self.principal.id)
        request = "" if type(frame) in asked.UNREMEMBERED else frame.id
        first = self.submit(request, made[0])
        return first if len(made) == 1 else self._rest(first, request, made[1:])

    async def _rest(self, first: Awaitable[Any], request: str, rest: tuple[c.Command, ...]) -> Any:
        reply = await first
        for n, command in enumerate(rest, 1):
            reply = await self.submit(f"{request}.{n}", command)
        return reply

    async def _answer(self, frame_id: str, work: Awaitable[Any]) -> None:
        """The one reply. The named edge: a fault of ours fails this command and is logged; the console lives."""
        try:
            data = await work
        except DasanError as refused:
            self._refused(frame_id, refused)
        except Exception as error:
            self.house.defect("a console's command", error)
            self._refused(frame_id, Broken())
        else:
            self.send(view.Reply(id=frame_id, ok=True, data=dict(data or {})))

    async def _sign_out(self, frame: desk.SignOut) -> dict[str, Any]:
        await self.submit(frame.id, c.DetachConsole(self.principal.id))
        self.house.leases.detached(self.principal.id, self.principal.epoch)
        await self.house.signin.revoke(self._token)
        asyncio.get_running_loop().call_soon(self.bye, Refused("signed_out"))
        return {}

    def _malformed(self, text: str, bad: BadInput) -> None:
        """Answer under the frame's id where it has one; a first frame that cannot be read ends the connection."""
        frame_id = id_of(text)
        if frame_id and self._greeted:
            self._refused(frame_id, bad)
        else:
            self.bye(bad)

    # -- for questions.Asker

    @property
    def lens(self) -> Lens:
        """Through whose eyes."""
        assert self.book is not None
        return self.book.lens

    def may_read(self, session: str) -> bool:
        """Whether this console may read that session now."""
        return self.book is not None and self.book.may_read(session)

    def follow_floor(self, on: bool) -> None:
        """A supervisor's list is on her screen, or no longer; it comes at once."""
        self._follows_floor, self._floor = on, None
        if on:
            house = self.house
            self.tell_floor(floor(house.hub, house.policy, house.names, house.clock.now_us(), self._language))

    def follow_callbacks(self, on: bool) -> None:
        """The list of callbacks is on her screen, or no longer; it comes at once."""
        self._follows_callbacks, self._callbacks = on, None
        self.tell_callbacks()

    def tell_callbacks(self) -> None:
        """The list of callbacks, to whoever has it on her screen, if it differs from what was last told."""
        if not self._follows_callbacks or self._over:
            return
        house = self.house
        now_us = house.clock.now_us()
        fresh = callbacks.listed(house.hub.index, house.policy, house.names, self.lens.viewer, now_us)
        if callbacks.differs(self._callbacks, fresh):
            self._callbacks = fresh
            self.send(fresh)

    def tell_me(self) -> None:
        """Something about the counselor herself has changed that no commit tells of."""
        if self.book is not None:
            self.book.tell_me()

    @property
    def follows_floor(self) -> bool:
        """Whether the list is on her screen."""
        return self._follows_floor and not self._over

    def tell_floor(self, fresh: view.Floor) -> None:
        """The list, if it differs from what was last told."""
        if differs(self._floor, fresh):
            self._floor = fresh
            self.send(fresh)

    def submit(self, request_id: str, command: c.Command) -> Awaitable[Any]:
        """Ask the broker as this console."""
        return self.house.submit(c.Envelope(self.principal, request_id, command))

    @property
    def language(self) -> str:
        """Of its screen."""
        return self._language

    def check_sign_in(self) -> None:
        """Look whether the sign-in still stands: an account may have been disabled or its tokens ended."""
        if self.book is not None and not self._over:
            self._run(self._still_signed())

    async def _still_signed(self) -> None:
        try:
            await self.house.signin.by_token(self._token)
        except Refused as ended:
            self.bye(ended)
        except DasanError as error:  # the database is busy or away: nothing is known, so nobody is thrown out
            _log.info("a sign-in could not be looked at", extra={"code": error.code})

    # -- frames out

    def send(self, frame: View) -> None:
        """One frame to the console."""
        if not self._over:
            self._connection.send_text(packed(frame))

    def send_all(self, frames: Iterable[View]) -> None:
        """Frames in order."""
        for frame in frames:
            self.send(frame)

    def _refused(self, frame_id: str, error: DasanError) -> None:
        text = sentence(error.code, self._language, error.args_)
        self.send(view.Reply(id=frame_id, ok=False, code=error.code, text=text))

    def bye(self, error: DasanError) -> None:
        """Say why, and close."""
        if self._over:
            return
        after_s = int(error.args_.get("after_s", 0))
        text = sentence(error.code, self._language, error.args_)
        self.send(view.Bye(code=error.code, text=text, after_s=after_s))
        self._connection.close(NORMAL if error.code == "signed_out" else POLICY, error.code)

    def _run(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
