"""The desk line by line: for screen readers, for scripts, and for tests from end to end.

The same client and read model as the screen, no cursor addressing: what happens is told in sentences, what you want is
typed as a command with an action's name. A line from a pipe waits for the answer to the one before it, and ``wait``
waits for something to happen, so a script can be piped in. At the end of the input the desk closes; sessions stay on
the server. ``LineDesk`` can also be driven from a program: ``await desk.do("accept")``.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from agent_tui import safe, tokens
from agent_tui.announce import Announcer
from agent_tui.calls import is_voice
from agent_tui.client import Client, SignIn
from agent_tui.plain_commands import COMMANDS, WAIT_S
from agent_tui.state import Change, Changes, DeskState, LinkState, Talk, Topic
from agent_tui.words import Words
from dasan.core.errors import sentence
from dasan.wire import desk
from dasan.wire.desk_views import Hit, Reply

LINES_AHEAD = 256


class LineDesk:
    """A desk without a screen. ``write`` gets one harmless sentence at a time, without a line end."""

    def __init__(
        self, url: str, write: Callable[[str], object], language: str = "ko", tls: ssl.SSLContext | None = None
    ):
        self.say = Words(language)
        self.state = DeskState(language=self.say.language)
        self.client = Client(url, self.state, self._took, language=self.say.language, name="dasan-desk-plain", tls=tls)
        self.current = ""
        self.over = False
        self.write = write
        self._announcer = Announcer(self.say)
        self._stirred = asyncio.Event()
        self._chosen: Hit | None = None
        self._doing = ""  # the command as it was typed
        self._opened: set[tuple[str, str]] = set()

    def tell(self, key: str, /, **gaps: str | int) -> None:
        """Write one of the catalogue's sentences."""
        self.write(self.say(key, **gaps))

    @property
    def talk(self) -> Talk | None:
        return self.state.talk(self.current)

    # -- what happens

    def _took(self, changes: Changes) -> None:
        if Change(Topic.LINK) in changes and self.state.centre:
            self.say.learn(self.state.centre.queues, self.state.centre.lines)
        for line in self._announcer.look(self.state, self.client.now()):
            self.write(line)
        if self.current not in self.state.talks:
            self.current = ""
        me = self.state.me.counselor if self.state.me else ""
        for talk in list(self.state.talks.values()):
            item = talk.item
            if (
                talk.mine == "live"
                and not is_voice(talk)
                and item
                and item.state == "CONNECTING"
                and item.counselor in {me, ""}
            ):
                if (talk.id, item.item) not in self._opened:
                    self._opened.add((talk.id, item.item))
                    self.client.ask(desk.Opened, session=talk.id, item=item.item)
                self.current = self.current or talk.id
        self._stirred.set()

    async def run(self, sign_in: SignIn) -> int:
        """Stay connected until stopped (0) or until the server will not have this desk (1)."""
        bye = await self.client.run(sign_in)
        self.over = True
        self._stirred.set()
        return 0 if bye is None else 1

    async def until(self, true: Callable[[], bool], seconds: float = WAIT_S) -> bool:
        """Wait until ``true()``, looking at each change, at most ``seconds``."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not true() and not self.over:
                    self._stirred.clear()
                    await self._stirred.wait()
        return true()

    # -- what is asked for

    async def do(self, line: str) -> bool:
        """Do one command line; False when it was refused or not understood, and the reason has been written."""
        name, _, rest = line.strip().partition(" ")
        if not name:
            return True
        command = COMMANDS.get(name.lower())
        if command is None:
            self.tell("plain.unknown", command=name)
            return False
        self._doing = name.lower()
        return await command(self, rest.strip())

    async def ask(self, kind: type[desk.Command], /, **fields: Any) -> Reply | None:
        """The reply to a command, or None after writing why not."""
        name = self._doing
        try:
            reply = await self.client.ask(kind, **fields)
        except (ValueError, OverflowError):
            self.tell("plain.refused", command=name, why=self.say("why.not_taken"))
            return None
        if not reply.ok:
            self.tell("plain.refused", command=name, why=reply.text or sentence(reply.code, self.say.language))
            return None
        return reply

    async def simple(self, kind: type[desk.Command], /, **fields: Any) -> bool:
        """A command on the current session whose answer is only yes or no."""
        if await self.ask(kind, **fields) is None:
            return False
        self.tell("plain.done", command=self._doing)
        return True

    def here(self) -> tuple[str, str] | None:
        """The current session and its item, or None after saying that there is none."""
        talk = self.talk
        if talk is None or talk.item is None:
            self.tell("plain.none")
            return None
        return talk.id, talk.item.item

    def choose(self, hit: Hit | None) -> None:
        """The suggestion that the next ``say`` without text sends."""
        self._chosen = hit
        if hit:
            self.tell("plain.used", text=safe.flat(hit.answer, 2_000))

    async def say_text(self, text: str) -> bool:
        """Answer the citizen, with the chosen suggestion when ``text`` is empty."""
        talk, hit = self.talk, self._chosen
        if talk is None:
            self.tell("plain.none")
            return False
        words = text or (safe.text(hit.answer) if hit else "")
        if not words:
            self.tell("plain.needs", command="say")
            return False
        self._chosen = None
        article = {"article": hit.article, "edited": bool(text)} if hit else {}
        return await self.simple(desk.Say, session=talk.id, text=words, **article)


# -- from a terminal or a pipe


def run_plain(
    *,
    url: str,
    name: str,
    password: str,
    token_file: Path | None,
    language: str,
    source: TextIO,
    out: TextIO,
    tls: ssl.SSLContext | None = None,
) -> int:
    """Run a line desk on ``source`` and ``out`` until the input ends; 0, 1 (over) or 2 (no way to sign in)."""
    sign_in = SignIn(name, password, "" if name and password else tokens.read(token_file))
    if not sign_in.possible() and source.isatty():
        say = Words(language)
        sign_in.name = sign_in.name or input(f"{say('login.name')}: ").strip()
        sign_in.password = getpass.getpass(f"{say('login.password')}: ")
    if not sign_in.possible():
        out.write(Words(language)("plain.no_password") + "\n")
        return 2
    return asyncio.run(_run(url, sign_in, token_file, language, source, out, tls))


async def _run(
    url: str,
    sign_in: SignIn,
    token_file: Path | None,
    language: str,
    source: TextIO,
    out: TextIO,
    tls: ssl.SSLContext | None,
) -> int:
    def write(line: str) -> None:
        out.write(safe.flat(line, 4_500) + "\n")
        out.flush()

    line_desk = LineDesk(url, write, language, tls)
    line_desk.client.on_token = lambda token: _keep(token_file, token)
    link = asyncio.create_task(line_desk.run(sign_in))
    lines = _lines_of(source)
    await line_desk.until(lambda: line_desk.state.link.state is LinkState.UP, WAIT_S)
    while not line_desk.over:
        reading = asyncio.create_task(lines.get())
        await asyncio.wait({reading, link}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            reading.cancel()
            break
        line = reading.result()
        if line is None:
            break
        await line_desk.do(line)
    line_desk.client.stop()
    return await link


def _keep(path: Path | None, token: str) -> None:
    with contextlib.suppress(OSError):
        tokens.write(path, token)


def _lines_of(source: TextIO) -> asyncio.Queue[str | None]:
    """The lines of ``source``, read by a thread, because a terminal cannot be awaited; None at the end."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    room = threading.Semaphore(LINES_AHEAD)

    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended while we read
            for line in source:
                room.acquire()
                loop.call_soon_threadsafe(lines.put_nowait, line)
                loop.call_soon_threadsafe(room.release)
            loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="desk-input", daemon=True).start()
    return lines
