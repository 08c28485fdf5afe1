"""The stage: a folder of its own with fresh secrets, settings, people and articles, and the processes of the centre.

The server and Eung-Dap-So are real processes, started as an operator would start them, so that a kill -9 is one. The
watchman starts the server again whenever it has died, as a service manager would. The folder is kept between
demonstrations only for the knowledge base; everything else begins anew.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dasan.core.policy import DEFAULT_QUEUES, Queue
from dasan.demo.line import pace

READY_WAIT_S = 90.0
CLERK_PACE_S = 3.0
YOU = "kim"
LINE = "+8225550120"  # the number at the stand-in network on which 120 is reached


@dataclass(frozen=True, slots=True)
class Person:
    """A counselor of the demonstration. The scripted ones know less, so that you are offered first."""

    name: str
    shown: str
    skills: Mapping[str, int]
    roles: Sequence[str] = ("counselor",)


def _all(level: int) -> dict[str, int]:
    return dict.fromkeys(("general", "traffic", "water", "welfare", "tax", "english"), level)


PEOPLE = (
    Person(YOU, "김상담", _all(4)),
    Person("lee", "이상담", _all(1) | {"english": 2}),
    Person("park", "박상담", _all(1) | {"english": 2}),
)


# Beside the usual queues one that keeps office hours: at night and on holidays the page shows what a closed topic says.
PASSPORTS = """
[[policy.queues]]
code = "passport"
name_ko = "여권"
name_en = "Passports"
category = "civil"
hours = ["mon-fri 09:00-18:00"]
steps = [{ lasts_s = 0 }]
"""


def _queue(queue: Queue) -> str:
    """One of the usual queues as settings: naming one queue means naming all."""
    steps = []
    for step in queue.steps:
        needs = ", ".join(f'{{ skill = "{need.skill}", level_min = {need.level_min} }}' for need in step.needs)
        steps.append(f"{{ needs = [{needs}], lasts_s = {step.lasts_s} }}")
    names = f'code = "{queue.code}"\nname_ko = "{queue.name_ko}"\nname_en = "{queue.name_en}"\n'
    return f"\n[[policy.queues]]\n{names}channel = \"{queue.channel}\"\nsteps = [{', '.join(steps)}]\n"


def free_port() -> int:
    """A port of the loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Stage:
    """Where everything is. ``host`` is the loopback, or every address with ``--lan``."""

    folder: Path
    host: str = "127.0.0.1"
    address: str = "127.0.0.1"
    port: int = field(default_factory=free_port)
    ticket_port: int = field(default_factory=free_port)
    carrier_port: int = field(default_factory=free_port)
    account: str = field(default_factory=lambda: "AC" + secrets.token_hex(16))
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    environ: Mapping[str, str] = field(default_factory=dict)  # what its processes are told beside the settings file

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.folder / "dasan.toml"

    @property
    def page(self) -> str:
        """Where citizens go."""
        return f"http://{self.address}:{self.port}"

    @property
    def socket(self) -> str:
        """Where consoles and pages open their sockets."""
        return f"ws://127.0.0.1:{self.port}"

    def build(self, people: Sequence[Person] = PEOPLE, *, articles: bool = True) -> None:
        """Begin anew: secrets, settings, database, people; the articles are there from the last time or are
        imported."""
        keep = self.folder / "data" / "knowledge"
        aside = self.folder.with_name(self.folder.name + "-knowledge")
        shutil.rmtree(aside, ignore_errors=True)
        if keep.exists():
            keep.rename(aside)
        shutil.rmtree(self.folder, ignore_errors=True)
        rows = [
            {"name": p.name, "display": p.shown, "skills": dict(p.skills), "password": self.password,
             "roles": list(p.roles)}
            for p in people
        ]  # fmt: skip
        typed = "\n".join([self.password, *(json.dumps(row, ensure_ascii=False) for row in rows)])
        port = str(self.port)
        self._dasan("init", str(self.folder), "--password-stdin", "--port", port, "--people", "-", typed=typed)
        if aside.exists():
            aside.rename(keep)
        self._settle()
        if articles and not keep.exists():
            self._dasan("kb", "starter")

    def _settle(self) -> None:
        """What the demonstration chooses differently from a new installation."""
        text = self.config.read_text(encoding="utf-8")
        if self.host != "127.0.0.1":  # asked for with --lan, and said aloud
            text = text.replace(
                'host = "127.0.0.1"', f'host = "{self.host}"\ninsecure = true\npublic_url = "{self.page}"', 1
            )
        aside = (
            f'[eungdapso]\nembedded = false\nurl = "http://127.0.0.1:{self.ticket_port}"\nport = {self.ticket_port}\n'
        )
        text = re.sub(r"\[eungdapso\]\n(port = \d+\n)?", aside, text, count=1)
        # One address speaks for all the demonstration's citizens, quickly; and tickets move within the minute.
        text += "\n[chat]\nconnections_per_address = 10000\nmessages_per_minute = 60000\nburst = 6000\n"
        text += "\n[policy.timing]\nhandoff_poll_s = 5\n" + "".join(map(_queue, DEFAULT_QUEUES)) + PASSPORTS
        self.config.write_text(text + self._voice(), encoding="utf-8")

    def _voice(self) -> str:
        """Calls come over the stand-in network; what is said is transcribed there, which is accepted by name."""
        kept = self.folder / "carrier.token"
        kept.write_text(self.token, encoding="utf-8")
        kept.chmod(0o600)
        return (
            f'\n[voice]\nenabled = true\naccount_sid = "{self.account}"\nauth_token_file = "{kept}"\n'
            f'api_base = "http://127.0.0.1:{self.carrier_port}"\nnumbers = ["{LINE}"]\ncaller_id = "{LINE}"\n'
            'accept = ["transcription"]\ncalls_per_s = 100\n'
        )

    def _dasan(self, *words: str, typed: str = "") -> None:
        where = [] if words[0] == "init" else ["--config", str(self.config)]
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "dasan", *words, *where],
            input=typed + "\n",
            text=True,
            capture_output=True,
            check=False,
            timeout=READY_WAIT_S,
        )
        if done.returncode:
            raise SystemExit(f"dasan {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")

    def verify(self) -> tuple[bool, list[str]]:
        """The journal, read again from the disk and held against the invariants by a program of its own; its words."""
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "dasan", "db", "verify", "--config", str(self.config)],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        return done.returncode == 0, (done.stdout or done.stderr).splitlines() or [""]


class Processes:
    """The centre's processes; ``kills`` and ``starts`` count what happened to the server."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._server: asyncio.subprocess.Process | None = None
        self._tickets: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._closing = False
        self._away_s = 0.0
        self.kills = 0
        self.starts = 0

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._server is not None
        return self._server.pid

    async def start(self, *, tickets: bool = True, wait: bool = True) -> None:
        """Both processes; with ``wait`` until the server is ready. Raises SystemExit with its log's end when it is
        not."""
        if tickets:
            port, pace_s = str(self._stage.ticket_port), str(CLERK_PACE_S)
            self._tickets = await self._spawn("eungdapso", "serve", "--port", port, "--clerk", pace_s)
        self._server = await self._serve()
        self._watch = asyncio.create_task(self._watching())
        if wait:
            await self.ready()

    async def _serve(self) -> asyncio.subprocess.Process:
        self.starts += 1
        return await self._spawn("serve")

    async def _spawn(self, *words: str) -> asyncio.subprocess.Process:
        log = (self._stage.folder / f"{words[0]}.log").open("ab")
        with log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "dasan", *words, "--config", str(self._stage.config),
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env=os.environ | dict(self._stage.environ),
            )  # fmt: skip

    async def _watching(self) -> None:
        while not self._closing:
            assert self._server is not None
            await self._server.wait()
            await pace(self._away_s)
            if not self._closing:
                self._server = await self._serve()

    async def ready(self) -> None:
        """Until the server says that it is."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + READY_WAIT_S
        while loop.time() < deadline:
            if await asyncio.to_thread(self._answers):
                return
            await pace(0.1)
        tail = (self._stage.folder / "serve.log").read_text(errors="replace")[-2000:]
        raise SystemExit(f"서버가 시작되지 않았습니다. The server did not start.\n{tail}")

    def _answers(self) -> bool:
        url = f"http://127.0.0.1:{self._stage.port}/health/ready"
        with suppress(OSError), urllib.request.urlopen(url, timeout=1) as reply:
            return bool(reply.status == 200)
        return False

    def kill(self, away_s: float = 0.0) -> None:
        """kill -9 to the server, and to nothing else; the watchman does the rest, after that long."""
        self._away_s = away_s
        if self._server is not None and self._server.returncode is None:
            self.kills += 1
            os.kill(self._server.pid, signal.SIGKILL)

    async def stop(self) -> None:
        """Everything off, nicely."""
        self._closing = True
        for process in (self._server, self._tickets):
            if process is not None and process.returncode is None:
                process.terminate()
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), 10)
                if process.returncode is None:
                    process.kill()
        if self._watch is not None:
            self._watch.cancel()
