"""How the command line reaches a running server: it alone writes its database, so what changes that goes through it.

A second, small listener on the loopback with a free port; where it listens and a fresh random token stand in
``control.json`` of the data folder, readable by the service's user alone. It does not speak to proxies or browsers: a
request with an ``Origin`` is refused. What can be asked for stands in dasan/server/wishes.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener
from urllib.request import Request as Ask

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dasan.core.errors import BadInput, Broken, ConfigWrong, DasanError, Problem, Refused

FILE = "control.json"
WAIT_S = 30
BODY_BYTES_MAX = 64 * 1024
Wish = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


# -- the server's side


@contextlib.asynccontextmanager
async def listening(wishes: Mapping[str, Wish], folder: Path) -> AsyncIterator[None]:
    """Listen while the block runs; the file goes with it."""
    token = secrets.token_urlsafe(32)
    sock = socket.create_server(("127.0.0.1", 0))
    server = _Quiet(uvicorn.Config(_application(wishes, token), log_config=None, access_log=False, lifespan="off"))
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


def _application(wishes: Mapping[str, Wish], token: str) -> Starlette:
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
                raise ValueError
            return JSONResponse(dict(await wish(asked)))
        except ValueError:
            return _refusal(BadInput("malformed", field="json"), 400)
        except BadInput as error:
            return _refusal(error, 400)
        except DasanError as error:
            return _refusal(error, 409)

    return Starlette(routes=[Route("/{wish}", endpoint, methods=["POST"])])


def _refusal(error: DasanError, status: int) -> Response:
    return JSONResponse({"code": error.code, "args": error.args_}, status)


# -- the command line's side

_DIRECT = build_opener(ProxyHandler({}))  # a proxy named in the environment must never see the token


def ask(folder: Path, wish: str, **asked: Any) -> dict[str, Any] | None:
    """The running server's answer; None when no server runs here. Raises Refused or BadInput as the server did.

    ``asked`` may hold whatever JSON can say. A server that does not answer in time is Refused("busy"): whether it did
    what was asked is then not known, and asking again is harmless.
    """
    try:
        known = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except PermissionError:
        raise ConfigWrong((_not_yours(folder),)) from None
    except (OSError, ValueError):
        return None
    request = Ask(
        f"http://127.0.0.1:{int(known['port'])}/{wish}",
        data=json.dumps(asked).encode(),
        headers={"Authorization": f"Bearer {known['token']}", "Content-Type": "application/json"},
        method="POST",
    )
    try:
        with _DIRECT.open(request, timeout=WAIT_S) as reply:
            return dict(json.load(reply))
    except HTTPError as error:
        if error.code == HTTPStatus.FORBIDDEN:  # another program has the port of a server that was killed
            return None
        raise _said(error) from None
    except TimeoutError:
        raise Refused("busy", after_s=WAIT_S) from None
    except OSError:  # nobody listens: the file was left behind by a server that was killed
        return None


def _said(error: HTTPError) -> DasanError:
    """What the server answered. A server in the middle of its own fault says nothing that can be read."""
    try:
        with error:
            body = json.load(error)
        kind = BadInput if error.code in {400, 404} else Refused
        return kind(str(body["code"]), **body["args"])
    except (ValueError, KeyError, TypeError):
        return Broken()


def _not_yours(folder: Path) -> Problem:
    return Problem(
        "server.data_dir",
        "이 폴더를 읽을 권한이 없습니다. 서버를 켜는 사용자로 실행하십시오(sudo -u 사용자 dasan …)",
        "may not be read by you; run this as the user that runs the server (sudo -u USER dasan …)",
        str(folder),
    )
