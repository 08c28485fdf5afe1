"""A process that writes and is killed: run by test_crashes.py, never imported by the service.

`boundaries FOLDER` forks one writer for every place where the work passes to the database or the disk, kills it there
with SIGKILL, opens what it left, finishes the work, and prints one JSON line. `write FOLDER` writes until it is killed
from outside and prints each step after its commit returned.

`postgres FOLDER URL HOW` does the same on a PostgreSQL server, beside another server of the same database that takes
the work over. HOW says what dies: `process` (the writing server), `session` (the database ends its connection), or
`backend` (SIGKILL to the process of the database that serves it, so that the whole database recovers from its log).
In the last two the writing server lives, is told that nothing could be stored, and sends again, as a client does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from dasan.core.errors import StorageFull
from dasan.core.events import encode
from dasan.core.session_events import SessionClosed
from dasan.store import admin, link
from dasan.store.blobs import FileBlobs
from tests.contract.conftest import opened
from tests.contract.postgres import empty, plain
from tests.contract.world import KOREAN, NOON, STATES, Scribe, delivery, evolve
from tests.store.ids import SeededIds

PHOTO = b"photo" * 1000


class Fuse:
    """Counts the places where work leaves this process; at the chosen one ``act`` is done, with the link in use."""

    def __init__(self, at: int, act: Callable[[Any], None]) -> None:
        self.at, self.act, self.count = at, act, 0

    def __call__(self, here: Any = None) -> None:
        self.count += 1
        if self.count == self.at:
            self.act(here)

    def around(self, owner: Any, name: str, *, after: bool = False) -> None:
        """Pass the fuse before every call of ``owner.name``, and with ``after`` when it has returned, too."""
        real: Callable[..., Any] = getattr(owner, name)

        def passing(*args: Any, **more: Any) -> Any:
            here = args[0] if args and isinstance(args[0], link.Link) else None
            if here is not None and not _writes(name, *args[1:]):
                return real(*args, **more)
            self(here)
            result = real(*args, **more)
            if after:
                self(here)
            return result

        setattr(owner, name, passing)


def _writes(name: str, *args: Any) -> bool:
    """Whether a call of a link asks the database to change or to lock something."""
    if name == "many":
        return bool(args[1])
    reading = name in {"row", "rows"} and args[0].startswith("SELECT")
    return not reading or any(word in args[0] for word in ("FOR UPDATE", "journal_claim"))


def die(_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def steps() -> list[tuple[str, Callable[[Any, Scribe], None]]]:
    def first(unit: Any, scribe: Scribe) -> None:
        unit.record(scribe.opening(
            unit, "s_1", unit.next_number("session"), request="first", addresses_open=[("a", "120", "s_1")],
            deliveries=[delivery("d1")], drafts=[("k_1", "s_1", KOREAN)],
        ))
        unit.record(scribe.opening(unit, "s_2", unit.next_number("session"), request="second"))

    def say(unit: Any, scribe: Scribe) -> None:
        unit.record(scribe.saying(unit, "s_1", KOREAN, request="say 1", due_us=NOON + 9))
        unit.record(scribe.saying(unit, "s_1", KOREAN, request="say 2"))
        unit.record(scribe.saying(unit, "s_2", KOREAN, request="say 3"))

    def photo(unit: Any, scribe: Scribe) -> None:
        unit.record(scribe.saying(unit, "s_1", "사진", request="photo"))

    def end(unit: Any, scribe: Scribe) -> None:
        closing = scribe.decide(
            unit, {"s_1": [SessionClosed("done")]}, request="end", addresses_closed=[("a", "120", "s_1")],
            destroyed_keys=["s_2"], drafts=[("k_1", "s_1", "")],
        )
        unit.record(closing)

    return [("first", first), ("say 1", say), ("photo", photo), ("end", end)]


def work(url: str, folder: Path, acknowledge: Callable[[str], None], tries: int = 1) -> None:
    """Do whatever was not done yet. A step is known by its request id, as in the service."""
    store = opened(url)
    finish(store, folder, acknowledge, tries)
    store.close()


def finish(store: Any, folder: Path, acknowledge: Callable[[str], None], tries: int = 1) -> None:
    """All steps, each tried ``tries`` times while it is refused for want of the database."""
    alone = not store.backend.postgres
    blobs = FileBlobs(store, folder / "blobs", SeededIds(os.getpid()))
    patiently(lambda: blobs.sweep(strays=alone), tries)
    for number, (request, step) in enumerate(steps()):
        patiently(lambda n=number, r=request, s=step: once(store, blobs, n, r, s), tries)  # type: ignore[misc]
        acknowledge(request)


def once(store: Any, blobs: FileBlobs, number: int, request: str, step: Callable[[Any, Scribe], None]) -> None:
    with store.unit() as unit:
        if unit.replied("p_citizen", request) is not None:
            return
    if request == "photo" and not blobs.of("s_1"):
        blobs.put("s_1", PHOTO, "image/png")
    with store.unit() as unit:
        step(unit, Scribe(NOON + number * 1000))
        unit.commit()


def patiently(act: Callable[[], Any], tries: int) -> None:
    for left in range(tries - 1, -1, -1):
        try:
            act()
            return
        except StorageFull:
            if not left:
                raise
            time.sleep(0.05)


def child(url: str, folder: Path, at: int, act: Callable[[Any], None] = die, *, coarse: bool = False) -> None:
    """The work with a fuse at place ``at`` (0: none). ``coarse``: commits only."""
    tries = 1 if act is die else 400
    fuse = Fuse(at, act)
    fuse.around(link.Link, "commit", after=True)
    if not coarse:
        for name in ("begin", "many", "run", "row", "rows"):
            fuse.around(link.Link, name)
        fuse.around(os, "fsync")
    said = os.open(folder / "acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def acknowledge(request: str) -> None:
        os.write(said, f"{request}\n".encode())
        fuse()

    work(url, folder, acknowledge, tries)
    os.write(said, f"points {fuse.count}\n".encode())


def forked(act: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            act()
            os._exit(0)
        except BaseException as error:  # what went wrong in the fork is seen in the parent's exit status
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def look(store: Any, url: str, folder: Path) -> dict[str, Any]:
    """What a crash left: problems found, steps present, stray files."""
    blobs = FileBlobs(store, folder / "blobs", SeededIds())
    with store.unit() as unit:
        present = [request for request, _ in steps() if unit.replied("p_citizen", request)]
        partners = [unit.replied("p_citizen", request) is not None for request in ("first", "second")]
        partners += [unit.replied("p_citizen", request) is not None for request in ("say 1", "say 2", "say 3")]
    photos = blobs.of("s_1")
    broken = [line.id for line in photos if blobs.get(line.id) != (PHOTO, "image/png")]
    problems = admin.verify(url, STATES, evolve) + broken
    return {"problems": problems, "present": present, "partners": partners, "photos": len(photos)}


def read(folder: Path) -> dict[str, Any]:
    url = f"sqlite:///{folder / 'dasan.db'}"
    store = opened(url)
    found = look(store, url, folder)
    store.close()
    return found


def acknowledged(folder: Path) -> list[str]:
    file = folder / "acknowledged"
    return file.read_text().splitlines() if file.exists() else []


def boundaries(folder: Path) -> None:
    whole = folder / "whole"
    whole.mkdir()
    opened(f"sqlite:///{folder / 'empty.db'}").close()  # made once: making the tables is not what is tried here
    copied = (folder / "empty.db").read_bytes()

    def run(here: Path, at: int) -> int:
        url = f"sqlite:///{here / 'dasan.db'}"
        return forked(lambda: child(url, here, at))

    (whole / "dasan.db").write_bytes(copied)
    assert run(whole, 0) == 0
    points = int(acknowledged(whole)[-1].split()[-1])
    expected = admin.journal_hash(f"sqlite:///{whole / 'dasan.db'}")[1]
    for at in range(1, points + 1):
        here = folder / str(at)
        here.mkdir()
        (here / "dasan.db").write_bytes(copied)
        status = run(here, at)
        said, found = acknowledged(here), read(here)
        resumed = run(here, 0)
        after = read(here)
        files = sorted((here / "blobs").glob("*/*"))
        print(json.dumps({
            "at": at, "status": status, "acknowledged": said, **found, "resumed": resumed,
            "finished": after["present"], "problems_after": after["problems"], "files": len(files),
            "same": admin.journal_hash(f"sqlite:///{here / 'dasan.db'}")[1] == expected,
        }), flush=True)


def end_session(here: Any) -> None:
    """The database ends the connection in use, or where none is in use all of this process."""
    url = os.environ["DASAN_CRASH_URL"]
    pid = here.raw.info.backend_pid if here is not None else 0
    with psycopg.connect(plain(url), autocommit=True) as link_:
        link_.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'dasan' AND (pid = %s OR %s = 0)", (pid, pid),
        )


def kill_backend(here: Any) -> None:
    """SIGKILL to a process of the database: it ends every session and recovers from its log."""
    with psycopg.connect(plain(os.environ["DASAN_CRASH_URL"]), autocommit=True) as link_:
        row = link_.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dasan'"
            " ORDER BY pid = %s DESC LIMIT 1", (here.raw.info.backend_pid if here is not None else 0,),
        ).fetchone()
    if row is not None:
        os.kill(row[0], signal.SIGKILL)


HOW: dict[str, Callable[[Any], None]] = {"process": die, "session": end_session, "backend": kill_backend}


def on_postgres(folder: Path, url: str, how: str) -> None:
    act, coarse = HOW[how], how == "backend"
    os.environ["DASAN_CRASH_URL"] = url

    def run(at: int) -> dict[str, Any]:
        here = folder / f"{how}{at}"
        here.mkdir()
        empty(url)
        other = opened(url)  # it was there before, knows the sessions, and has open connections
        if at and at % 2 == 0:
            once(other, FileBlobs(other, here / "blobs", SeededIds()), 0, *steps()[0])
        status = forked(lambda: child(url, here, at, act, coarse=coarse))
        *said, passed = [*acknowledged(here), ""] if status else acknowledged(here)
        found: dict[str, Any] = {}
        patiently(lambda: found.update(look(other, url, here)), 400)
        finish(other, here, lambda _: None, 400)
        after = look(other, url, here)
        numbers = [line.facts["number"] for line in other.reads.recent("s")]
        other.close()
        return {
            "at": at, "status": status, "acknowledged": said, "passed": passed, **found, "finished": after["present"],
            "problems_after": after["problems"], "photos_after": after["photos"],
            "numbers": numbers, "history": history(url),
        }

    expected = run(0)
    stride = 3 if how == "session" else 1
    for at in range(1, int(expected["passed"].split()[-1]) + 1, stride):
        made = run(at)
        same = made.pop("history") == expected["history"]
        print(json.dumps({**made, "same": same}), flush=True)


def history(url: str) -> list[Any]:
    """All events in order, without spoken numbers: a crash may use one up."""
    store = opened(url)
    told = [(p, r.stream, r.seq, r.at_us, r.actor, r.cause, encode(r.event)) for p, r in store.reads.journal()]
    store.close()
    for *_, data in told:
        data.pop("number", None)
    return [one[1:] for one in told]


def write(folder: Path) -> None:
    store = opened(f"sqlite:///{folder / 'dasan.db'}")
    held = store.reads.load("s_1")
    scribe = Scribe(NOON + (held.seq * 10 if held else 0))
    if held is None:
        scribe.open(store, "s_1")
    while True:
        with store.unit() as unit:
            for _ in range(3):
                n = unit.load("s_1").state.entries + 1
                unit.record(scribe.saying(unit, "s_1", KOREAN, request=f"n{n}"))
            unit.commit()
        print(n, flush=True)


if __name__ == "__main__":
    {"boundaries": boundaries, "write": write, "postgres": on_postgres}[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
