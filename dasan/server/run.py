"""The process: bind the port, recover, serve until told to stop, and stop in order.

The port is taken before anything else, so that a second server says so at once. SIGTERM and SIGINT end it: sockets are
told to come back (1012), what was accepted is written, and the database is closed.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import socket
import ssl
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from dasan.core.errors import ConfigWrong, Problem
from dasan.net.exchange import Exchange
from dasan.net.serve import Listen, Server, uvicorn_config

_log = logging.getLogger("dasan.server")
# How long the writer's thread may keep the interpreter from the sockets' loop, in seconds (Python's default is 5 ms).
SWITCH_S = 0.001
COLLECT_EVERY = (5_000, 50, 1_000)


class Served(Protocol):
    """What is served (dasan.app.App)."""

    @property
    def asgi(self) -> Callable[..., Any]: ...

    @property
    def exchange(self) -> Exchange: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


def program_version() -> str:
    """This program's version: of the installed package, else of the sources it runs from."""
    try:
        return version("dasan120")
    except PackageNotFoundError:
        sources = Path(__file__).parents[2] / "pyproject.toml"
    try:
        return str(tomllib.loads(sources.read_text(encoding="utf-8"))["project"]["version"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return "0"


def bound(host: str, port: int) -> socket.socket:
    """The listening socket. Raises ConfigWrong when somebody else has the port, or may not be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # The protocol is named because asyncio turns Nagle's delay off only on sockets that say they are TCP;
        # without it a small answer waits up to 40 ms.
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(2048)
    except OSError as error:
        ko, en = f"열 수 없습니다({error.strerror})", f"cannot be opened ({error.strerror})"
        if error.errno == errno.EADDRINUSE:
            ko = "다른 프로그램이 쓰고 있습니다. 이 서버인지는 `dasan check`가 말합니다"
            en = "is used by another program; `dasan check` tells whether it is this server"
        elif error.errno == errno.EACCES:
            ko = "이 포트를 열 권한이 없습니다. 1024 이상을 쓰거나 서비스 파일에 CAP_NET_BIND_SERVICE를 적으십시오"
            en = "may not be opened; use 1024 or above, or give the service CAP_NET_BIND_SERVICE"
        elif error.errno == errno.EADDRNOTAVAIL:
            ko, en = "이 컴퓨터의 주소가 아닙니다", "is no address of this machine"
        raise ConfigWrong((Problem("server.port", f"{host}:{port}: {ko}", f"{host}:{port} {en}"),)) from None
    return sock


def certified(listen: Listen) -> None:
    """Raises ConfigWrong for a certificate that cannot be served, before anything is begun."""
    if not listen.certfile:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(listen.certfile, listen.keyfile)
    except OSError as error:  # ssl.SSLError is one
        why = getattr(error, "reason", None) or error.strerror
        raise ConfigWrong(
            (
                Problem(
                    "server.certificate",
                    f"인증서나 키를 쓸 수 없습니다({why}): {listen.certfile}, {listen.keyfile}",
                    f"or its key cannot be used ({why}): {listen.certfile}, {listen.keyfile}",
                ),
            )
        ) from None


def serve(made: Callable[[socket.socket], Served], listen: Listen, said: Callable[[str], None]) -> int:
    """Serve what ``made`` builds for the bound socket, until a signal; the exit status. ``said``: the start line."""
    certified(listen)
    sock = bound(listen.host, listen.port)
    sys.setswitchinterval(SWITCH_S)
    # States and frames are trees that counting frees; the cycle collector only finds the few cycles of tasks and
    # errors, and every full look at a large heap was seen as the slowest acknowledgements.
    gc.set_threshold(*COLLECT_EVERY)
    try:
        return asyncio.run(_serve(made, listen, sock, said))
    finally:
        sock.close()


async def _serve(
    made: Callable[[socket.socket], Served], listen: Listen, sock: socket.socket, said: Callable[[str], None]
) -> int:
    app = made(sock)
    try:
        await app.start()
        server = Server(uvicorn_config(app.asgi, app.exchange, listen))
        port = sock.getsockname()[1]
        _log.info("the server listens", extra={"version": program_version(), "host": listen.host, "port": port})
        scheme = "https" if listen.certfile else "http"
        host = f"[{listen.host}]" if ":" in listen.host else listen.host
        said(f"120다산콜센터 {program_version()}  {scheme}://{host}:{port}")
        await server.serve(sockets=[sock])
    finally:
        await app.stop()
    return 0
