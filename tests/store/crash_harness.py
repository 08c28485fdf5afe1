"""A process that writes and is killed: run by test_crashes.py, never imported by the service.

`boundaries FOLDER` forks one writer for every place where the work passes to the database or the disk, kills it there
with SIGKILL, opens what it left, finishes the work, and prints one JSON line. `write FOLDER` writes until it is killed
from outside and prints each step after its commit returned.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dasan.core.session_events import SessionClosed
from dasan.store import admin, link
from dasan.store.blobs import FileBlobs
from tests.contract.conftest import opened
from tests.contract.world import KOREAN, NOON, STATES, Scribe, delivery, evolve
from tests.store.ids import SeededIds

PHOTO = b"photo" * 1000


class Fuse:
    """Counts the places where work leaves this process; at the chosen one the process dies."""

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0

    def __call__(self) -> None:
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(self, owner: Any, name: str) -> None:
        """Pass the fuse before every call of ``owner.name``."""
        real: Callable[..., Any] = getattr(owner, name)

        def passing(*args: Any, **more: Any) -> Any:
            self()
            return real(*args, **more)

        setattr(owner, name, passing)


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


def work(folder: Path, acknowledge: Callable[[str], None]) -> None:
    """Do whatever was not done yet. A step is known by its request id, as in the service."""
    store = opened(f"sqlite:///{folder / 'dasan.db'}")
    store.blobs = FileBlobs(store, folder / "blobs", SeededIds(os.getpid()))
    store.blobs.sweep()
    for number, (request, step) in enumerate(steps()):
        with store.unit() as unit:
            done = unit.replied("p_citizen", request) is not None
        if not done:
            if request == "photo" and not store.blobs.of("s_1"):
                store.blobs.put("s_1", PHOTO, "image/png")
            with store.unit() as unit:
                step(unit, Scribe(NOON + number * 1000))
                unit.commit()
        acknowledge(request)
    store.close()


def child(folder: Path, at: int) -> None:
    fuse = Fuse(at)
    for name in ("begin", "many", "run", "commit"):
        fuse.before(link.Link, name)
    fuse.before(os, "fsync")
    said = os.open(folder / "acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def acknowledge(request: str) -> None:
        os.write(said, f"{request}\n".encode())
        fuse()

    work(folder, acknowledge)
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


def look(folder: Path) -> dict[str, Any]:
    """What a crash left: problems found, steps present, stray files."""
    url = f"sqlite:///{folder / 'dasan.db'}"
    store = opened(url)
    blobs = FileBlobs(store, folder / "blobs", SeededIds())
    with store.unit() as unit:
        present = [request for request, _ in steps() if unit.replied("p_citizen", request)]
        partners = [unit.replied("p_citizen", request) is not None for request in ("first", "second")]
        partners += [unit.replied("p_citizen", request) is not None for request in ("say 1", "say 2", "say 3")]
    broken = [line.id for line in blobs.of("s_1") if blobs.get(line.id) != (PHOTO, "image/png")]
    store.close()
    return {"problems": admin.verify(url, STATES, evolve) + broken, "present": present, "partners": partners}


def boundaries(folder: Path) -> None:
    whole = folder / "whole"
    whole.mkdir()
    opened(f"sqlite:///{folder / 'empty.db'}").close()  # made once: making the tables is not what is tried here
    copied = (folder / "empty.db").read_bytes()
    (whole / "dasan.db").write_bytes(copied)
    assert forked(lambda: child(whole, 0)) == 0
    points = int((whole / "acknowledged").read_text().split()[-1])
    expected = admin.journal_hash(f"sqlite:///{whole / 'dasan.db'}")[1]
    for at in range(1, points + 1):
        here = folder / str(at)
        here.mkdir()
        (here / "dasan.db").write_bytes(copied)
        status = forked(lambda here=here, at=at: child(here, at))  # type: ignore[misc]
        said = (here / "acknowledged").read_text().splitlines() if (here / "acknowledged").exists() else []
        found = look(here)
        resumed = forked(lambda here=here: child(here, 0))  # type: ignore[misc]
        after = look(here)
        files = sorted((here / "blobs").glob("*/*"))
        print(json.dumps({
            "at": at, "status": status, "acknowledged": said, **found, "resumed": resumed,
            "finished": after["present"], "problems_after": after["problems"], "files": len(files),
            "same": admin.journal_hash(f"sqlite:///{here / 'dasan.db'}")[1] == expected,
        }), flush=True)


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
    {"boundaries": boundaries, "write": write}[sys.argv[1]](Path(sys.argv[2]))
