"""What the command line asks of a running server: it alone may write the journal, so such wishes go through it.

A second, small listener on the loopback with a free port; where it listens and a fresh random token stand in
``control.json`` of the data folder, readable by the service's user alone. It does not speak to proxies or browsers: a
request with an ``Origin`` is refused. Erasing is decided by the broker like everything, under the administrator's name.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import Request as Ask
from urllib.request import urlopen

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dasan.core.commands import ADMIN, Command, Envelope, EraseCitizen, EraseSession, Principal
from dasan.core.errors import BadInput, DasanError, Refused
from dasan.core.ids import SESSION, is_id
from dasan.store.views import Line

FILE = "control.json"
WAIT_S = 30
BODY_BYTES_MAX = 64 * 1024
SESSIONS_MAX = 10_000


class Reads(Protocol):
    """A part of the store's named reads."""

    def line(self, stream: str) -> Line | None: ...

    def by_number(self, kind: str, number: int) -> Sequence[Line]: ...

    def sessions_of(self, citizen: str, limit: int = 20) -> Sequence[Line]: ...


@dataclass(frozen=True, slots=True)
class Controls:
    """What can be asked for. ``enrol`` looks at all accounts again; ``swept`` removes photos nobody can read now."""

    submit: Callable[[Envelope], Awaitable[Mapping[str, Any]]]
    reads: Reads
    enrol: Callable[[], Awaitable[None]]
    reindex: Callable[[], Awaitable[bool]]
    swept: Callable[[], Awaitable[int]]
    status: Callable[[], Mapping[str, Any]]


# -- the server's side


@contextlib.asynccontextmanager
async def listening(controls: Controls, folder: Path) -> AsyncIterator[None]:
    """Listen while the block runs; the file goes with it."""
    token = secrets.token_urlsafe(32)
    sock = socket.create_server(("127.0.0.1", 0))
    server = _Quiet(uvicorn.Config(_application(controls, token), log_config=None, access_log=False, lifespan="off"))
    task = asyncio.get_running_loop().create_task(server.serve(sockets=[sock]))
    file = folder / FILE
    _write(file, {"port": sock.getsockname()[1], "token": token, "pid": os.getpid()})
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
        server.should_exit = True
        await task
        sock.close()


class _Quiet(uvicorn.Server):
    """Leaves the process' signals to the server it belongs to."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _write(file: Path, values: Mapping[str, Any]) -> None:
    """Whole or not at all, and never readable by others."""
    beside = file.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump(values, out)
    beside.replace(file)


def _application(controls: Controls, token: str) -> Starlette:
    wishes: dict[str, Callable[[Controls, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]] = {
        "status": _status,
        "enrol": _enrol,
        "reindex": _reindex,
        "erase": _erase,
    }

    async def endpoint(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        wish = wishes.get(str(request.path_params["wish"]))
        if "origin" in request.headers or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return _refusal(Refused("not_admin"), 403)
        if wish is None:
            return _refusal(BadInput("no_such_page"), 404)
        try:
            body = await request.body()
            asked = json.loads(body or b"{}") if len(body) <= BODY_BYTES_MAX else None
            if not isinstance(asked, dict):
                raise BadInput("malformed", field="json")
            return JSONResponse(dict(await wish(controls, asked)))
        except ValueError:
            return _refusal(BadInput("malformed", field="json"), 400)
        except DasanError as error:
            return _refusal(error, 409)

    return Starlette(routes=[Route("/{wish}", endpoint, methods=["POST"])])


def _refusal(error: DasanError, status: int) -> Response:
    return JSONResponse({"code": error.code, "args": error.args_}, status)


async def _status(controls: Controls, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    return controls.status()


async def _enrol(controls: Controls, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    await controls.enrol()
    return {}


async def _reindex(controls: Controls, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"started": await controls.reindex()}


async def _erase(controls: Controls, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """``session``: an id or its number; ``whole``: everything of that citizen; ``reason``; ``by``: an account."""
    line = _session_line(controls.reads, str(asked.get("session", "")))
    reason, by = str(asked.get("reason", "")), str(asked.get("by", "")) or "operator"
    command: Command = EraseSession(line.stream, reason)
    count = 1
    if asked.get("whole"):
        citizen = str(line.facts.get("citizen", ""))
        streams = tuple(one.stream for one in controls.reads.sessions_of(citizen, SESSIONS_MAX))
        command, count = EraseCitizen(citizen, streams, reason), len(streams)
    await controls.submit(Envelope(Principal(ADMIN, by), "", command))
    return {"sessions": count, "photos": await controls.swept()}


def _session_line(reads: Reads, name: str) -> Line:
    line = reads.line(name) if is_id(name, SESSION) else None
    if line is None and name.isdecimal():
        found = reads.by_number(SESSION, int(name))
        line = found[0] if found else None
    if line is None:
        raise Refused("no_such_session")
    return line


# -- the command line's side


def ask(folder: Path, wish: str, **asked: Any) -> dict[str, Any] | None:
    """The running server's answer; None when no server runs here. Raises Refused or BadInput as the server did."""
    try:
        known = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    request = Ask(
        f"http://127.0.0.1:{int(known['port'])}/{wish}",
        data=json.dumps(asked).encode(),
        headers={"Authorization": f"Bearer {known['token']}", "Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urlopen(request, timeout=WAIT_S) as reply:  # noqa: S310
            return dict(json.load(reply))
    except HTTPError as error:
        body = json.load(error)
        raise Refused(str(body["code"]), **body["args"]) from None
    except (URLError, OSError):  # the file was left behind by a server that was killed
        return None
