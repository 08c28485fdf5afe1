"""Coming back after kill -9 with 5,000 open sessions: until the first citizen has her talk again, and nothing is
lost."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterable

from dasan.bench.centre_server import centre
from dasan.bench.people import Caller
from dasan.bench.result import Result

OPEN = 5_000
RUNS = 5
AT_ONCE = 50
SAMPLE = 50


def restart() -> Iterable[Result]:
    """Beside the same server with an empty journal."""
    return asyncio.run(_restart())


async def _restart() -> list[Result]:
    async with centre(1) as empty:
        nobody = statistics.median([await _kill_and_back(empty, None) for _ in range(RUNS)])
    async with centre(1) as where:
        callers = [Caller(where.stage.socket, where.stage.page, n) for n in range(OPEN)]
        for start in range(0, OPEN, AT_ONCE):
            group = callers[start : start + AT_ONCE]
            await asyncio.gather(*(caller.open() for caller in group))
            for caller in group:
                await caller.close()
        took = statistics.median([await _kill_and_back(where, callers[0]) for _ in range(RUNS)])
        for caller in callers[:: OPEN // SAMPLE]:
            session = caller.session
            await caller.open(start=False)
            assert caller.session == session, "a session was lost"
            await caller.close()
    name = f"kill -9 with {OPEN:,} open sessions to resumed"
    return [Result(name, took, "s", "empty journal", nobody, took / nobody, "< 5 s", took < 5)]


async def _kill_and_back(where: object, caller: Caller | None) -> float:
    """Seconds from the kill until the caller (or a newcomer) is welcomed."""
    back = caller or Caller(where.stage.socket, where.stage.page, 99_999)  # type: ignore[attr-defined]
    start = time.perf_counter()
    where.processes.kill()  # type: ignore[attr-defined]
    while True:
        try:
            await back.open(start=False)
            break
        except (OSError, EOFError, AssertionError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.02)  # noqa: TID251 - knocking
        except Exception as error:  # the handshake of a server that is just going away
            if "websockets" not in type(error).__module__:
                raise
            await asyncio.sleep(0.02)  # noqa: TID251 - knocking
    took = time.perf_counter() - start
    await back.close()
    return took
