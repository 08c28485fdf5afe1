"""The real server for a benchmark: an installation of its own in a temporary folder, limits out of the way,
counselors in
it, started as an operator starts it."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from dasan.demo.stage import Person, Processes, Stage

CHATS_EACH = 3


@dataclass(frozen=True, slots=True)
class Centre:
    """A running server: where it is, its process, and the names of its counselors (all with one password)."""

    stage: Stage
    processes: Processes
    counselors: tuple[str, ...]

    @property
    def pid(self) -> int:
        """The server's process."""
        return self.processes.pid


@contextlib.asynccontextmanager
async def centre(counselors: int, *, articles: bool = False) -> AsyncIterator[Centre]:
    """Start one with that many counselors; everything is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="dasan-bench-"))
    stage = Stage(folder / "centre")
    names = tuple(f"bench{n}" for n in range(counselors))
    processes = Processes(stage)
    try:
        stage.build(people=[Person(name, name, {"general": 5}) for name in names], articles=articles)
        await processes.start(tickets=False)
        yield Centre(stage, processes, names)
    finally:
        await processes.stop()
        shutil.rmtree(folder, ignore_errors=True)
