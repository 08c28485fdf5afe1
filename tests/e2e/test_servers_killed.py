"""Two real servers on one real PostgreSQL, killed in turn at commit after commit: nothing is lost, nothing doubled.

One citizen and one counselor talk without pause. Each server is started with a fuse: it dies by SIGKILL before or
after its n-th commit, and its people go on at the other, which then dies in its turn. At the end the database itself
is hit: SIGKILL to one of its processes, in mid-talk.
"""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.contract.postgres import cluster, plain, why_not
from tests.e2e.real import Citizen, Desk, Server

pytestmark = pytest.mark.postgres
FUSES = [("before", 1), ("after", 1), ("before", 3), ("after", 4)]
AGAIN = {"storage_full", "busy", "clash"}
PACE_S = 0.15  # below the limits of both sides


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    if reason := why_not():
        pytest.skip(reason)
    with cluster() as made:
        yield made.bare()


def installed(folder: Path, url: str) -> list[Server]:
    """Two servers of one installation: one database, the same keys, a port and a data folder of their own."""
    first = Server(folder, environ={"DASAN_DATABASE__URL": url})
    first.install(["kim"])
    second = Server(folder, environ={"DASAN_DATABASE__URL": url})
    second.environ |= {"DASAN_SERVER__PORT": str(second.port), "DASAN_SERVER__DATA_DIR": str(folder / "second")}
    return [first, second]


async def said(one: Citizen, text: str) -> None:
    """A line of the citizen's, sent again under its id until it is acknowledged."""
    ident = f"{one.name}-{one.count + 1:08d}"
    line = asyncio.create_task(one.do("say" if one.session else "start", text=text))
    for _ in range(200):
        await asyncio.wait({line}, timeout=0.5)
        if line.done():
            break
        await one.send_again(ident)
    await line


async def answered(desk: Desk, session: str, text: str) -> None:
    """The counselor's line, sent again under its id while it is refused for want of the database."""
    command = {"t": "say", "id": f"answer-{len(desk.replies):08d}", "session": session, "text": text}
    async with asyncio.timeout(100):
        while not (desk.replies.get(command["id"]) or {}).get("ok"):
            refused = desk.replies.pop(command["id"], None)
            assert refused is None or refused["code"] in AGAIN, refused
            await desk.send(command)
            heard = asyncio.create_task(desk.until(lambda: desk.replies.get(command["id"]), 90))
            await asyncio.wait({heard}, timeout=2)
            heard.cancel()


async def test_servers_and_database_killed_in_turn_lose_and_double_nothing(tmp_path: Path, url: str) -> None:
    servers = await asyncio.to_thread(installed, tmp_path, url)
    await asyncio.to_thread(servers[0].start)
    kim, page = Desk(servers[0], "kim", others=[servers[1]]), Citizen(servers, "page")
    running = [asyncio.create_task(one.run()) for one in (kim, page)]
    await kim.on_duty()
    await page.until(lambda: page.socket)
    await said(page, "가로등이 꺼졌어요")
    session = await kim.take()
    lines, answers, over = ["가로등이 꺼졌어요"], [], asyncio.Event()

    async def citizen() -> None:
        for n in count():
            lines.append(f"시민 {n}")
            await said(page, lines[-1])
            await asyncio.sleep(PACE_S)
            if over.is_set():
                return

    async def counselor() -> None:
        for n in count():
            answers.append(f"상담 {n}")
            await answered(kim, session, answers[-1])
            await asyncio.sleep(PACE_S)
            if over.is_set():
                return

    talk = [asyncio.create_task(citizen()), asyncio.create_task(counselor())]
    await asyncio.sleep(0.5)
    await killed_in_turn(servers)
    crashed = asyncio.create_task(said_in_a_crash(url, lines, answers))
    await asyncio.wait({crashed, *talk}, return_when=asyncio.FIRST_COMPLETED)
    for one in (*talk, crashed):
        if one.done():
            one.result()
    over.set()
    await asyncio.wait_for(asyncio.gather(*talk), 90)
    await page.until(lambda: page.texts("citizen") == lines and page.texts("counselor") == answers)
    await kim.until(lambda: session in kim.entries and kim.texts(session, "citizen") == lines)
    assert kim.texts(session, "counselor") == answers
    await asyncio.to_thread(servers[0].verify)
    for task in running:
        assert not task.done(), task
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    for server in servers:
        await asyncio.to_thread(server.stop)
        assert "Traceback" not in server.log()


async def killed_in_turn(servers: list[Server]) -> None:
    """Each server in its turn is started with a fuse while the other dies; at the end both are up."""
    alive, other = servers
    for when, at in FUSES:
        other.module = ("tests.e2e.fused", when, str(at))
        await asyncio.to_thread(other.start)
        if alive.process is not None and alive.process.poll() is None:
            await asyncio.to_thread(alive.kill)  # in the middle of whatever it does; the other has a fuse
        assert other.process is not None
        assert await asyncio.to_thread(other.process.wait, 60) == -signal.SIGKILL, other.log()
        alive, other = other, alive
    for server in servers:
        server.module = ("dasan", "serve")
        await asyncio.to_thread(server.start)


async def said_in_a_crash(url: str, lines: list[str], answers: list[str]) -> None:
    """SIGKILL to a process of the database while both talk; wait until both have gone on."""
    await grown(lines, answers)
    with psycopg.connect(plain(url), autocommit=True) as link:
        row = link.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'dasan' LIMIT 1").fetchone()
    assert row is not None
    os.kill(row[0], signal.SIGKILL)
    await grown(lines, answers)


async def grown(*talk: list[str], by: int = 5) -> None:
    before = [len(one) + by for one in talk]
    until = time.monotonic() + 90
    while any(len(one) < least for one, least in zip(talk, before, strict=True)):
        assert time.monotonic() < until, talk
        await asyncio.sleep(0.05)
