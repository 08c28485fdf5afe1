"""The real server as its own process, on a real disk, and counselors who speak the console's protocol to it.

``kill`` is SIGKILL to that process: nothing is flushed, closed or said.
"""

import asyncio
import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

PASSWORD = "correct horse battery 9"
SETTINGS = """
[chat]
messages_per_minute = 600
burst = 100

[knowledge]
kiwi = false
"""


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


ROOT = Path(__file__).resolve().parents[2]


class Server:
    """An installation in ``folder``, started and killed at will.

    ``sources`` is where the program lies (another release, perhaps), ``environ`` what its environment has besides.
    ``module`` is what is run for ``dasan serve``.
    """

    def __init__(self, folder: Path, sources: Path = ROOT, environ: Mapping[str, str] | None = None) -> None:
        self.folder, self.sources, self.environ = folder, sources, dict(environ or {})
        self.port, self.tickets = free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.module: tuple[str, ...] = ("dasan", "serve")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def install(self, counselors: list[str]) -> None:
        """``dasan init``, settings for a test, and the accounts."""
        self._dasan("init", str(self.folder), "--port", str(self.port), "--password-stdin")
        config = self.folder / "dasan.toml"
        config.write_text(config.read_text("utf-8") + SETTINGS, "utf-8")
        for name in counselors:
            self._dasan(
                "user", "add", name, "-c", str(config), "--shown", name, "--role", "counselor", "--skill", "general:3",
                "--password-stdin",
            )  # fmt: skip

    def verify(self) -> None:
        """Fold the journal again, from the first event, beside the running server."""
        self._dasan("db", "verify", "-c", str(self.folder / "dasan.toml"))

    def _dasan(self, *arguments: str) -> None:
        ran = self.dasan(*arguments)
        assert ran.returncode == 0, (arguments, ran.stdout, ran.stderr)

    def dasan(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the program in the installation's place."""
        command = [sys.executable, "-m", "dasan", *arguments]
        return subprocess.run(
            command, input=PASSWORD + "\n", capture_output=True, text=True, check=False, timeout=120, **self._where()
        )

    def _where(self) -> dict[str, Any]:
        own = {"DASAN_EUNGDAPSO__PORT": str(self.tickets), "PYTHONPATH": str(self.sources)}
        return {"cwd": self.sources, "env": {**os.environ, **own, **self.environ}}

    def start(self) -> None:
        """Start it and wait until it listens."""
        log = (self.folder / "server.log").open("ab")
        command = [sys.executable, "-m", *self.module, "-c", str(self.folder / "dasan.toml")]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, **self._where())
        log.close()
        atexit.register(self.process.kill)  # a test that failed leaves no server behind
        until = time.monotonic() + 30
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.2) as tried:
                tried.sendall(b"GET /chat/icon.svg HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                tried.settimeout(1)
                if b"200" in tried.recv(64):
                    return
            time.sleep(0.05)
        raise AssertionError(self.log())

    def kill(self) -> None:
        """SIGKILL, and wait until the process is gone."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM; the log if it does not end well."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            assert self.process.wait(20) == 0, self.log()

    def log(self) -> str:
        """What the server said."""
        return (self.folder / "server.log").read_text("utf-8", errors="replace")[-4000:]


@dataclass
class Desk:
    """A counselor at a scripted console that comes back by itself and repeats what was not answered."""

    server: Server
    name: str
    token: str = ""
    socket: ClientConnection | None = None
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    offers: dict[str, dict[str, Any]] = field(default_factory=dict)
    presence: str = "OFFLINE"
    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    replies: dict[str, dict[str, Any]] = field(default_factory=dict)
    others: list[Server] = field(default_factory=list)
    count: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Stay connected until cancelled, at the first server that answers."""
        while True:
            for server in (self.server, *self.others):
                with contextlib.suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                    await self._connected(server)
                self.socket = None
            await asyncio.sleep(0.1)

    async def send(self, command: Mapping[str, Any]) -> None:
        """As it is, if there is a connection."""
        if self.socket is not None:
            with contextlib.suppress(ConnectionClosed):
                await self.socket.send(json.dumps(command))

    async def _connected(self, server: Server) -> None:
        url = f"ws://127.0.0.1:{server.port}/desk/socket"
        async with connect(url, compression=None, open_timeout=2) as made:
            hello = {"t": "hello", "v": 1, "language": "ko", "token": self.token}
            if not self.token:
                hello |= {"name": self.name, "password": PASSWORD}
            await made.send(json.dumps(hello))
            beats = asyncio.create_task(self._beat(made))
            try:
                async for raw in made:
                    await self._frame(made, json.loads(raw))
            finally:
                beats.cancel()

    async def _beat(self, made: ClientConnection) -> None:
        while True:
            await asyncio.sleep(2)
            await made.send('{"t":"beat"}')

    async def _frame(self, made: ClientConnection, frame: dict[str, Any]) -> None:
        kind = frame["t"]
        if kind == "welcome":
            await self._welcome(made, frame)
        elif kind == "me":
            self._me(frame)
        elif kind == "session":
            self.sessions[frame["session"]] = frame
        elif kind == "entry":
            self._entry(frame)
        elif kind == "reply":
            self.waiting.pop(frame["id"], None)
            self.replies[frame["id"]] = frame
        elif kind == "bye":
            raise AssertionError(frame)
        self.changed.set()

    async def _welcome(self, made: ClientConnection, frame: dict[str, Any]) -> None:
        self.token = frame["token"] or self.token
        self._me(frame["me"])
        self.sessions = {s["session"]: s for s in frame["sessions"]}
        for entry in frame["entries"]:
            self.entries.setdefault(entry["session"], {})[entry["n"]] = entry
        self.socket = made
        for command in list(self.waiting.values()):
            await made.send(json.dumps(command))

    def _me(self, frame: dict[str, Any]) -> None:
        self.offers = {o["offer"]: o for o in frame["offers"]}
        self.presence = frame["presence"]

    def _entry(self, frame: dict[str, Any]) -> None:
        seen = self.entries.setdefault(frame["session"], {})
        assert frame["n"] not in seen, "an entry came twice"
        seen[frame["n"]] = frame

    async def until(self, condition: Callable[[], Any], within_s: float = 20.0) -> Any:
        async with asyncio.timeout(within_s):
            while not (found := condition()):
                self.changed.clear()
                await self.changed.wait()
        return found

    async def do(self, kind: str, **fields: Any) -> dict[str, Any]:
        """A command, repeated under the same id until it is answered; its reply."""
        self.count += 1
        ident = f"{self.name}-{self.count:08d}"
        self.waiting[ident] = {"t": kind, "id": ident, **fields}
        await self.send(self.waiting[ident])
        reply: dict[str, Any] = await self.until(lambda: self.replies.get(ident), 30)
        return reply

    async def on_duty(self) -> "Desk":
        await self.until(lambda: self.socket is not None)
        assert (await self.do("presence", presence="AVAILABLE"))["ok"]
        return self

    async def take(self) -> str:
        """Accept the next offer and open it; the session."""
        offer = await self.until(lambda: next(iter(self.offers.values()), None))
        session = str(offer["session"])
        assert (await self.do("accept", offer=offer["offer"], session=session))["ok"]
        shown = await self.until(lambda: self.sessions.get(session))
        await self.do("opened", session=session, item=shown["item"]["item"])
        return session

    def texts(self, session: str, who: str) -> list[str]:
        """What that side said, in order."""
        entries = self.entries[session]
        assert sorted(entries) == list(range(1, len(entries) + 1)), sorted(entries)
        return [entries[n]["text"] for n in sorted(entries) if entries[n]["who"] == who]


@dataclass
class Citizen:
    """A citizen at a scripted page that comes back by itself, resumes, and repeats what was not acknowledged."""

    servers: list[Server]  # the first that answers
    name: str
    token: str = ""
    session: str = ""
    seq: int = 0
    socket: ClientConnection | None = None
    entries: dict[int, dict[str, Any]] = field(default_factory=dict)
    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    phase: str = ""
    acks: set[str] = field(default_factory=set)
    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    troubles: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            for server in self.servers:
                with contextlib.suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                    await self._connected(server)
                self.socket = None
            await asyncio.sleep(0.1)

    async def _connected(self, server: Server) -> None:
        url = f"ws://127.0.0.1:{server.port}/chat/socket"
        async with connect(url, origin=server.url.rstrip("/"), compression=None, open_timeout=2) as made:  # type: ignore[arg-type]
            hello: dict[str, Any] = {"t": "hello", "v": 1, "token": self.token}
            if self.session:
                hello["after"] = {"session": self.session, "seq": self.seq}
            await made.send(json.dumps(hello))
            async for raw in made:
                await self._frame(made, json.loads(raw))

    async def _frame(self, made: ClientConnection, frame: dict[str, Any]) -> None:
        kind = frame["t"]
        if kind == "welcome":
            await self._welcome(made, frame)
        elif kind == "entry":
            self._entry(frame)
        elif kind == "state":
            self._state(frame)
        elif kind == "ticket":
            self.tickets[frame["handoff"]] = frame
        elif kind == "ack":
            self.waiting.pop(frame["id"], None)
            self.acks.add(frame["id"])
        elif kind == "trouble":
            self.troubles.append(frame)
        if kind in {"entry", "state", "marks"}:
            self.seq = max(self.seq, frame["seq"])
        self.changed.set()

    async def _welcome(self, made: ClientConnection, frame: dict[str, Any]) -> None:
        self.token = frame["token"] or self.token
        if not frame.get("resumed"):
            self.entries, self.seq = {}, 0
        for entry in frame.get("entries", ()):
            self._entry(entry)
        for ticket in frame.get("tickets", ()):
            self.tickets[ticket["handoff"]] = ticket
        if frame.get("state"):
            self._state(frame["state"])
        self.socket = made
        for command in list(self.waiting.values()):
            await made.send(json.dumps(command))

    def _state(self, frame: dict[str, Any]) -> None:
        self.session, self.phase = frame["session"], frame["phase"]
        self.seq = max(self.seq, frame["seq"])

    def _entry(self, entry: dict[str, Any]) -> None:
        assert entry["n"] not in self.entries, "an entry came twice"
        self.entries[entry["n"]] = entry
        self.seq = max(self.seq, entry["seq"])

    async def until(self, condition: Callable[[], Any], within_s: float = 30.0) -> Any:
        async with asyncio.timeout(within_s):
            while not (found := condition()):
                self.changed.clear()
                await self.changed.wait()
        return found

    async def do(self, kind: str, **fields: Any) -> str:
        """A frame with an id of its own, until it is acknowledged; the id."""
        self.count += 1
        ident = f"{self.name}-{self.count:08d}"
        self.waiting[ident] = {"t": kind, "id": ident, **fields}
        await self.send_again(ident)
        await self.until(lambda: ident in self.acks, 120)
        return ident

    async def send_again(self, ident: str) -> None:
        """What was not acknowledged goes out once more, under the same id."""
        if self.socket is not None and ident in self.waiting:
            with contextlib.suppress(ConnectionClosed):
                await self.socket.send(json.dumps(self.waiting[ident]))

    def texts(self, who: str) -> list[str]:
        """What that side said, in order, without gaps."""
        assert sorted(self.entries) == list(range(1, len(self.entries) + 1)), sorted(self.entries)
        return [self.entries[n]["text"] for n in sorted(self.entries) if self.entries[n]["who"] == who]
