"""The desk as a program of its own: ``dasan eungdapso serve``. A true edge: it reads the clock and opens the port."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import uvicorn

from dasan.core.errors import ConfigWrong, Problem
from dasan.core.hours import HOLIDAYS
from dasan.eungdapso.desk.app import DeskApp, DeskSettings
from dasan.eungdapso.desk.due import read_holidays

KEY_CHARS_MIN = 16


def now_us() -> int:
    """UTC microseconds."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Served:
    """How a desk is served. Pictures lie beside the database, in ``<name>.media``.

    ``staff_keys`` maps a person's name to a secret; ``base_url`` is how others reach the desk (default: the address
    itself); ``certificate`` is (certificate file, key file); ``clerk_pace_s`` above 0 lets the demonstration clerk
    work.
    """

    host: str
    port: int
    database_path: Path
    api_key: str
    staff_keys: Mapping[str, str] = field(default_factory=dict)
    base_url: str = ""
    jurisdiction_id: str = "seoul.go.kr"
    holidays_path: Path | None = None
    contact: str = "120"
    certificate: tuple[str, str] | None = None
    trusted_proxies: str = ""
    clerk_pace_s: float = 0.0


def run(host: str, port: int, database_path: str | Path, api_key: str, **options: Any) -> None:
    """Serves until SIGINT or SIGTERM. ``options`` as in :class:`Served`. Raises :class:`ConfigWrong`, all at once."""
    served = Served(host, port, Path(database_path), api_key, **options)
    app = opened(served)
    # uvicorn ends in good order and then raises the signal again: an asked-for end is no failure, and we close too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with _listening(host, port) as sock:
            uvicorn.Server(_config(served, app)).run(sockets=[sock])
    finally:
        app.close()


@asynccontextmanager
async def running(served: Served) -> AsyncIterator[str]:
    """The desk inside a running loop (embedded in a small centre's server, or a test); yields the base of its URLs.

    The caller keeps the signals. ``port`` 0 takes a free one. Raises :class:`ConfigWrong`, also when the port is taken.
    """
    sock = _listening(served.host, served.port)
    try:
        app = opened(replace(served, port=int(sock.getsockname()[1])))
    except BaseException:
        sock.close()
        raise
    server = _Guest(_config(served, app))
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    ready = asyncio.create_task(server.ready.wait())
    try:
        await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
        yield app.desk.base_url
    finally:
        ready.cancel()
        server.should_exit = True
        await serving
        app.close()


def _listening(host: str, port: int) -> socket.socket:
    """A listening socket that knows it is TCP: asyncio turns delays off (TCP_NODELAY) only on those, and without that
    every small answer waits 40 ms for the other side's acknowledgement. Raises :class:`ConfigWrong`.
    """
    sock: socket.socket | None = None
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(128)
    except OSError as wrong:
        if sock is not None:
            sock.close()
        ko = f"응답소가 {host}:{port}에서 받을 수 없습니다. 다른 프로그램이 쓰고 있는지 보십시오."
        en = f"the ticket desk cannot listen on {host}:{port}: {wrong.strerror}; see whether another program does."
        raise ConfigWrong((Problem("eungdapso.port", ko, en),)) from wrong
    return sock


class _Guest(uvicorn.Server):
    """A server that leaves the process' signals to the program it lives in, and says when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def opened(served: Served) -> DeskApp:
    """The desk, its database open. Raises :class:`ConfigWrong` before anything is made."""
    problems = _problems(served)
    if problems:
        raise ConfigWrong(problems)
    scheme = "https" if served.certificate else "http"
    settings = DeskSettings(
        api_keys={served.api_key: "120"},
        staff_keys={secret: name for name, secret in served.staff_keys.items()},
        base_url=served.base_url.rstrip("/") or f"{scheme}://{served.host}:{served.port}",
        jurisdiction_id=served.jurisdiction_id,
        contact=served.contact,
        holidays=read_holidays(served.holidays_path) if served.holidays_path else HOLIDAYS,
        clerk_pace_s=served.clerk_pace_s,
    )
    database = served.database_path
    return DeskApp(database, database.with_name(database.name + ".media"), settings, now_us)


def _config(served: Served, app: DeskApp) -> uvicorn.Config:
    return uvicorn.Config(
        app.asgi,
        host=served.host,
        port=served.port,
        log_level="warning",
        access_log=False,  # an api_key may stand in a query
        server_header=False,
        proxy_headers=bool(served.trusted_proxies),
        forwarded_allow_ips=served.trusted_proxies or None,
        ssl_certfile=served.certificate[0] if served.certificate else None,
        ssl_keyfile=served.certificate[1] if served.certificate else None,
        timeout_graceful_shutdown=10,
    )


def _problems(served: Served) -> tuple[Problem, ...]:
    host, staff = served.host, served.staff_keys
    found = []
    if host not in ("127.0.0.1", "::1", "localhost") and not (served.certificate or served.trusted_proxies):
        ko = f"{host}에서 받으려면 인증서나 trusted_proxies가 필요합니다."
        found.append(Problem("eungdapso.host", ko, f"serving on {host} needs a certificate or trusted_proxies."))
    keys = {"eungdapso.api_key": served.api_key, **{f"eungdapso.staff.{n}": s for n, s in staff.items()}}
    for key, secret in keys.items():
        if len(secret) < KEY_CHARS_MIN:
            ko = f"{KEY_CHARS_MIN}자 이상이어야 합니다. `dasan init`이 만들어 줍니다."
            found.append(Problem(key, ko, f"needs at least {KEY_CHARS_MIN} characters; `dasan init` makes one."))
    if len(set(keys.values())) != len(keys):
        found.append(Problem("eungdapso", "같은 인증키를 두 번 썼습니다.", "two of the keys are the same."))
    return tuple(found)
