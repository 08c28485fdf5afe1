"""Scenarios on the real clock: at a centre of real processes that is made for each of them, or at one that runs.

A centre of its own has the network in this process (telephone.py), real sockets everywhere else, a server that can be
killed, and a journal that is read again from the disk at the end. At a centre that runs already nothing of it is
touched but what callers and counselors touch.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from channels.carrier.carrier import Carrier
from channels.carrier.scenario import Scenario
from dasan.demo import scenes
from dasan.demo.line import Line
from dasan.demo.seat import Connect, Seat
from dasan.demo.stage import Person, Processes, Stage
from dasan.demo.telephone import network
from dasan.store.views import Reads
from dasan.wire import desk

Tell = Callable[[str], None]
Kept = Callable[[Path], AbstractContextManager[Reads]]
"""What the centre of that settings file has stored."""

CREW = (
    Person("kim", "김상담", {"general": 3, "traffic": 3}),
    Person("lee", "이상담", {"general": 2, "water": 3}),
    Person("boss", "최감독", {"general": 1}, ("counselor", "supervisor")),
)
# The directory's lines as the scenarios name them: emergency numbers through a trunk, some without a number.
_NUMBERS = (("119", "sip:119@trunk.example"), ("112", "sip:112@trunk.example"), ("1330", "1330"),
            ("danuri", "15771366"), ("lonely", ""), ("care", ""))  # fmt: skip
LINES = json.dumps([{"code": code, "name_ko": code, "name_en": code, "number": number} for code, number in _NUMBERS])


@dataclass(slots=True)
class Running:
    """A centre of real processes (desk_steps.Centre); ``processes`` where they are ours to kill."""

    url: str
    password: str
    kept: Reads
    processes: Processes | None = None
    lines: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def connect(self) -> Connect:
        """Over its socket."""
        return lambda hello, hear: Line(self.url, hello, hear)

    def reads(self) -> Reads:
        """Read beside its server."""
        return self.kept

    async def kill(self, away_s: float) -> None:
        """Raises LookupError for a centre that is not ours."""
        if self.processes is None:
            raise LookupError("this centre is not ours to kill; play it with --demo")
        self.processes.kill(away_s)
        await self.processes.ready()

    def sits(self, seat: Seat) -> None:
        """Her line lives in this process."""
        task = asyncio.create_task(seat.work())
        self.lines.add(task)
        task.add_done_callback(self.lines.discard)

    async def close(self) -> None:
        """Everybody goes home."""
        for task in list(self.lines):
            task.cancel()
        await asyncio.gather(*self.lines, return_exceptions=True)


async def at(carrier: Carrier, centre: Running, all_of_it: Sequence[Scenario], tell: Tell) -> None:
    """One scenario after another at a centre that runs. Raises StepFailed."""
    try:
        for one in all_of_it:
            await scenes.play(one, carrier, centre, tell)
    finally:
        await centre.close()


async def demo(all_of_it: Sequence[Scenario], kept: Kept, tell: Tell) -> None:
    """Each at a centre of its own. Raises StepFailed, and AssertionError for a journal that breaks an invariant."""
    for one in all_of_it:
        with tempfile.TemporaryDirectory(prefix="dasan-play-") as folder:
            environ = {"DASAN_POLICY__LINES": LINES, **one.settings}
            stage = Stage(Path(folder) / "centre", environ=environ)
            await asyncio.to_thread(stage.build, CREW, articles=False)
            async with _centre(stage, kept) as (carrier, centre):
                await at(carrier, centre, [one], tell)
            holds, said = stage.verify()
            assert holds, "\n".join(said)


@contextlib.asynccontextmanager
async def _centre(stage: Stage, kept: Kept) -> AsyncIterator[tuple[Carrier, Running]]:
    async with network(stage, voices=False) as net:
        processes = Processes(stage)
        try:
            await processes.start()
            with kept(stage.config) as reads:
                yield net.carrier, Running(stage.socket + desk.PATH, stage.password, reads, processes)
        finally:
            await processes.stop()
