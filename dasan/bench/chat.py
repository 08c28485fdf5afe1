"""The chat path of the real server: throughput per CPU-second, acknowledgement under load, the price of an idle socket.

A message goes the whole way: token checked at hello, frame parsed and limited, text cleaned and sealed, machine run,
journal committed with ``synchronous=FULL``, acknowledged to the citizen and delivered to the counselor's console.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from websockets.asyncio.client import connect

from dasan.bench.centre_server import CHATS_EACH, Centre, centre
from dasan.bench.people import TEXT, Caller, Console, all_live
from dasan.bench.result import Result, cpu_s, percentile, resident_kb
from dasan.demo.stage import free_port

PAIRS = 60
RUNS, RUN_S = 5, 4.0
RATE, RATE_S = 1000, 10.0
IDLE = 500


async def staffed(where: Centre, sessions: int) -> tuple[list[Console], list[Caller]]:
    """Every counselor signed in, ``sessions`` talks on."""
    url, origin = where.stage.socket, where.stage.page
    consoles = [Console(url, name, where.stage.password) for name in where.counselors]
    for console in consoles:
        await console.open()
    callers = [Caller(url, origin, n) for n in range(sessions)]
    for caller in callers:
        await caller.open()
    await all_live(consoles, sessions)
    return consoles, callers


def throughput() -> Iterable[Result]:
    """Messages per CPU-second of the server, beside the bare relay."""
    return asyncio.run(_throughput())


async def _throughput() -> list[Result]:
    bare = await _relay()
    async with centre(-(-PAIRS // CHATS_EACH)) as where:
        consoles, callers = await staffed(where, PAIRS)
        ours = [await _closed_loop(where.pid, callers, consoles) for _ in range(RUNS)]
        for console in consoles:
            await console.close()
    value = statistics.median(ours)
    ratio = value / bare
    return [
        Result("chat message, whole path", value, "msg/CPU-s", "bare relay", bare, ratio, ">= 0.15 x", ratio >= 0.15)
    ]


async def _closed_loop(pid: int, callers: list[Caller], consoles: list[Console]) -> float:
    """One message under way for each caller; how many a CPU-second, acknowledged and delivered."""
    before, seen = cpu_s(pid), sum(c.entries for c in consoles)
    end = time.perf_counter() + RUN_S

    async def talk(caller: Caller) -> int:
        said = 0
        while time.perf_counter() < end:
            await caller.say()
            said += 1
        return said

    said = sum(await asyncio.gather(*(talk(caller) for caller in callers)))
    used = cpu_s(pid) - before
    await asyncio.sleep(0.3)  # noqa: TID251 - the last deliveries
    delivered = sum(c.entries for c in consoles) - seen
    assert delivered >= said, (delivered, said)
    return said / used


async def _relay() -> float:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dasan.bench.relay", str(port), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        url = f"ws://127.0.0.1:{port}"
        pairs = [
            (await connect(f"{url}/{n}/a", compression=None), await connect(f"{url}/{n}/b", compression=None))
            for n in range(PAIRS)
        ]
        message = f'{{"t":"say","id":"b00000-00000001","text":"{TEXT}"}}'
        rates = []
        for _ in range(RUNS):
            before, end = cpu_s(process.pid), time.perf_counter() + RUN_S

            async def talk(a: object, b: object, end: float = end) -> int:
                said = 0
                while time.perf_counter() < end:
                    await a.send(message)  # type: ignore[attr-defined]
                    await b.recv()  # type: ignore[attr-defined]
                    await a.recv()  # type: ignore[attr-defined]
                    said += 1
                return said

            said = sum(await asyncio.gather(*(talk(a, b) for a, b in pairs)))
            rates.append(said / (cpu_s(process.pid) - before))
        return statistics.median(rates)
    finally:
        process.kill()
        await process.wait()


def acknowledgement() -> Iterable[Result]:
    """How long a citizen waits for "on disk" at 1,000 messages a second, suggestions running."""
    return asyncio.run(_acknowledgement())


async def _acknowledgement() -> list[Result]:
    bare = await asyncio.to_thread(_bare_commit_p99)
    async with centre(-(-PAIRS // CHATS_EACH), articles=True) as where:
        consoles, callers = await staffed(where, PAIRS)
        await _open_loop(callers)  # the analyser is loading meanwhile: a server's first seconds are not its day
        gc.collect()
        gc.freeze()  # a pause of the load must not be counted as one of the server
        waits = await _open_loop(callers)
        gc.unfreeze()
        for console in consoles:
            await console.close()
    p99 = percentile(waits, 0.99) * 1000
    return [
        Result(
            f"acknowledgement p99 at {RATE} msg/s",
            p99,
            "ms",
            "bare group commit p99",
            bare,
            p99 / bare,
            "<= 10 ms",
            p99 <= 10,
        )
    ]


async def _open_loop(callers: list[Caller]) -> list[float]:
    """Each caller speaks at her share of the rate, whatever the last one took; waits are counted from the wish."""
    gap = len(callers) / RATE

    async def talk(n: int, caller: Caller) -> list[float]:
        waits = []
        wish = time.perf_counter() + gap * n / len(callers)
        end = wish + RATE_S
        while wish < end:
            await asyncio.sleep(max(0.0, wish - time.perf_counter()))  # noqa: TID251 - the rate
            await caller.say()
            waits.append(time.perf_counter() - wish)
            wish += gap
        return waits

    found = await asyncio.gather(*(talk(n, caller) for n, caller in enumerate(callers)))
    return [wait for waits in found for wait in waits]


def _bare_commit_p99() -> float:
    """Milliseconds of a bare SQLite commit with FULL of ten rows, 500 times."""
    import sqlite3

    with tempfile.TemporaryDirectory(prefix="dasan-bench-") as folder:
        db = sqlite3.connect(Path(folder) / "bare.sqlite3", isolation_level=None)
        db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE m (n INTEGER PRIMARY KEY, t TEXT)"
        )
        took = []
        for _ in range(500):
            start = time.perf_counter()
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO m (t) VALUES (?)", [(TEXT,)] * 10)
            db.execute("COMMIT")
            took.append(time.perf_counter() - start)
        db.close()
    return percentile(took, 0.99) * 1000


def idle() -> Iterable[Result]:
    """Resident memory of an idle chat socket with its open session, beside a bare websockets socket."""
    return asyncio.run(_idle())


async def _idle() -> list[Result]:
    bare = await _bare_idle()
    async with centre(1) as where:
        url, origin = where.stage.socket, where.stage.page
        warm = [Caller(url, origin, 90_000 + n) for n in range(50)]
        for caller in warm:
            await caller.open()
        await asyncio.sleep(1)  # noqa: TID251 - let it settle
        each = []
        callers: list[Caller] = []
        for _ in range(RUNS):
            before = resident_kb(where.pid)
            callers += (more := [Caller(url, origin, len(callers) + n) for n in range(IDLE)])
            for caller in more:
                await caller.open()
            await asyncio.sleep(1)  # noqa: TID251 - let it settle
            each.append((resident_kb(where.pid) - before) / IDLE)
    return [
        Result(
            "idle chat socket with its session",
            value := statistics.median(each),
            "KiB",
            "bare websockets socket",
            bare,
            value / bare,
            "<= 30 KiB",
            value <= 30,
        )
    ]


async def _bare_idle() -> float:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dasan.bench.relay", str(port), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        warm = [await connect(f"ws://127.0.0.1:{port}/w{n}/a", compression=None, ping_interval=None) for n in range(50)]
        each, sockets = [], warm
        for run in range(RUNS):
            before = resident_kb(process.pid)
            sockets += [
                await connect(f"ws://127.0.0.1:{port}/{run}-{n}/a", compression=None, ping_interval=None)
                for n in range(IDLE)
            ]
            each.append((resident_kb(process.pid) - before) / IDLE)
        for socket in sockets:
            socket.transport.abort()
        return statistics.median(each)
    finally:
        process.kill()
        await process.wait()
