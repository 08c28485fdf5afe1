"""What the command line calls: build a centre, serve it, explain one item."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dasan.app.centre import App
from dasan.app.parts import keyring_of, parts_of
from dasan.core.fold import STATES, evolve
from dasan.net.serve import Listen
from dasan.server import log, run
from dasan.server import why as explain
from dasan.server.sources import SystemClock
from dasan.store.caches import Keys
from dasan.store.engine import Backend, reading
from dasan.store.people import SqlPeople
from dasan.store.rows import Folding
from dasan.store.sql_reads import SqlReads
from dasan.store.views import Reads

if TYPE_CHECKING:
    from dasan.settings import Settings


def build(settings: Settings, sock: socket.socket | None = None, **doubles: Any) -> App:
    """A centre of these settings. ``sock``: where it will listen, when the port was left to the system."""
    return App(settings, parts_of(settings, doubles), sock.getsockname()[1] if sock else settings.server.port)


def serve(settings: Settings) -> int:
    """Run the server until it is told to stop; the exit status."""
    log.configure(settings.log.level, settings.log.format)
    server = settings.server
    listen = Listen(server.host, server.port, str(server.certificate or ""), str(server.certificate_key or ""))
    return run.serve(lambda sock: build(settings, sock), listen, _say)


def why(settings: Settings, workitem: str, language: str) -> list[str]:
    """The explanation of one item, by its id or its session's, whether the server runs or not: it only reads.

    Raises Refused("no_such_item") for what is not, or no longer, on its way to somebody.
    """
    made = reading(settings.database_url)
    try:
        reads = _reads(made, settings)
        names = {account.id: account.shown for account in SqlPeople(made).accounts()}
        now, policy = SystemClock().now_us(), settings.build_policy()
        return explain.why(reads, policy, now, workitem, names=lambda k: names.get(k, ""), language=language)
    finally:
        made.close()


@contextmanager
def kept(settings: Settings) -> Iterator[Reads]:
    """What that centre has stored, read beside whatever server there is. Raises ConfigWrong where nothing is."""
    made = reading(settings.database_url)
    try:
        yield _reads(made, settings)
    finally:
        made.close()


def _reads(made: Backend, settings: Settings) -> SqlReads:
    return SqlReads(made, Folding(STATES, evolve), Keys(keyring_of(settings), 16))


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
