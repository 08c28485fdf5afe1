"""I20: a hand-off makes at most one ticket, whatever is lost, doubled, held back or killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dasan.core.errors import ProviderFailed
from dasan.eungdapso.client import Open311Client, deliver
from dasan.eungdapso.desk import store_tickets as book
from dasan.eungdapso.desk.store import Store
from dasan.eungdapso.faults import Fault, FaultProxy, FaultyTransport, Weather
from dasan.eungdapso.receipt import Submission, Submitted
from tests.eungdapso import world

ATTEMPTS = 40


async def hand_over(
    peer: Open311Client, case: Submission, attempts: int = ATTEMPTS, *, ask: bool = True
) -> Submitted | None:
    """The outbox's loop without its waiting: every attempt after the first asks before it sends."""
    for attempt in range(attempts):
        try:
            return await deliver(peer, case, tried=ask and attempt > 0)
        except ProviderFailed as failed:
            if not failed.retryable:
                raise
    return None


def keys_in(store: Store) -> Counter[str]:
    """How many tickets carry each hand-off's reference, whichever way they came in."""
    with store.read() as conn:
        found = book.desk_page(conn, tuple(book.State), 100_000, 0)
    return Counter(t.description.rpartition("[120 ref ")[2].rstrip("]") for t in found)


def test_any_schedule_of_faults_makes_exactly_one_ticket_of_each_case(tmp_path: Path) -> None:
    """Seeds, in this process, no waiting: 80 schedules of 6 cases (realtime and batch) sent at once."""

    async def one(seed: int) -> Counter[Fault]:
        weather = Weather(seed)
        with world.desk(tmp_path, world.Clock()) as app:
            bad = FaultyTransport(world.transport(app), weather.next, weather.chance)
            peer = world.client(app, transport=bad, form=("json", "xml")[seed % 2])
            codes = ["PARK", "GRIEVANCE", "POTHOLE", "LAW", "NOISE", "PARK"]
            cases = [world.case(f"h_{seed}_{n}", service_code=code) for n, code in enumerate(codes)]
            made = await asyncio.gather(*(hand_over(peer, case) for case in cases))
            await bad.settle()
            await peer.close()
            assert keys_in(app.desk.office.store) == {case.key: 1 for case in cases}, f"seed {seed}: {weather.told}"
            for case, receipt in zip(cases, made, strict=True):
                assert receipt is not None, f"seed {seed}"
                known = app.desk.office.receipt("120", case.key)
                assert known is not None
                assert (receipt.ticket_no, receipt.token) == (known.number, known.token), f"seed {seed}"
                assert receipt.sha256 == known.body_sha256
        return Counter(weather.told)

    met = sum((asyncio.run(one(seed)) for seed in range(80)), Counter())
    assert all(met[fault] > 50 for fault in Fault), met  # every kind of weather was really met


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schedule=st.lists(st.sampled_from(Fault), max_size=12), dice=st.integers(0, 2**16))
def test_hypothesis_finds_no_schedule_that_makes_two(tmp_path: Path, schedule: list[Fault], dice: int) -> None:
    async def one() -> None:
        left = iter(schedule)
        rolls = random.Random(dice)
        with world.desk(tmp_path, world.Clock()) as app:
            bad = FaultyTransport(world.transport(app), lambda: next(left, Fault.NONE), rolls.random)
            peer = world.client(app, transport=bad)
            receipt = await hand_over(peer, world.case("h_x"))
            await bad.settle()
            await peer.close()
            assert receipt is not None
            assert keys_in(app.desk.office.store) == {"h_x": 1}

    asyncio.run(one())


def test_the_weather_is_bad_enough_to_make_doubles_where_nobody_asks_and_no_key_is_honoured(tmp_path: Path) -> None:
    """The test of the tests: against a plain peer, without asking, the same schedules do make doubles."""

    async def one(seed: int) -> int:
        weather = Weather(seed)
        with world.desk(tmp_path, world.Clock()) as app:
            bad = FaultyTransport(Plain(world.transport(app)), weather.next, weather.chance)
            peer = world.client(app, transport=bad)
            await hand_over(peer, world.case("h_x"), ask=False)
            await bad.settle()
            await peer.close()
            return keys_in(app.desk.office.store)["h_x"]

    assert max(asyncio.run(one(seed)) for seed in range(20)) > 1


class Plain(httpx2.AsyncBaseTransport):
    """A peer that knows GeoReport v2 and none of our extensions: no key, no receipts, an empty cursor."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if "/receipts/" in request.url.path:
            return httpx2.Response(404, html="<h1>Not Found</h1>", request=request)
        headers = {name: value for name, value in request.headers.items() if name != "idempotency-key"}
        asked = httpx2.Request(request.method, request.url, headers=headers, content=await request.aread())
        return await self._inner.handle_async_request(asked)


def test_at_a_plain_peer_asking_finds_what_was_made_unless_it_was_still_under_way(tmp_path: Path) -> None:
    """Without held-back and doubled requests (the documented window) a plain peer too gets one ticket of a case."""
    odds = {**dict.fromkeys(Fault, 1.0), Fault.NONE: 5.0, Fault.HOLD: 0.0, Fault.DOUBLE: 0.0}

    async def one(seed: int) -> None:
        weather = Weather(seed, odds)
        with world.desk(tmp_path, world.Clock()) as app:
            bad = FaultyTransport(Plain(world.transport(app)), weather.next, weather.chance)
            peer = world.client(app, transport=bad)
            receipt = await hand_over(peer, world.case("h_x"))
            await peer.close()
            assert keys_in(app.desk.office.store) == {"h_x": 1}, f"seed {seed}: {weather.told}"
            assert receipt is not None
            assert receipt.ticket_no

    for seed in range(60):
        asyncio.run(one(seed))


# -- real processes, real sockets, kill -9


SERVE = """
import sys
from dasan.eungdapso.desk.serve import run
run("127.0.0.1", int(sys.argv[1]), sys.argv[2], sys.argv[3])
"""


class DeskProcess:
    """The desk as a process that can be killed at any instant and started again on the same file."""

    def __init__(self, database: Path) -> None:
        self.database = database
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self._spawn()
        async with httpx2.AsyncClient(trust_env=False) as web:
            for _ in range(600):
                with contextlib.suppress(httpx2.HTTPError):
                    if (await web.get(f"http://127.0.0.1:{self.port}/healthz")).status_code == 200:
                        return
                assert self._process is not None
                assert self._process.poll() is None, "the desk did not start"
                await asyncio.sleep(0.05)
        raise AssertionError("the desk did not answer within 30 s")

    def _spawn(self) -> None:
        command = [sys.executable, "-c", SERVE, str(self.port), str(self.database), world.KEY]
        self._process = subprocess.Popen(command)

    def kill(self) -> None:
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_desk_killed_at_random_instants_and_a_bad_network_make_exactly_one_ticket_of_each_case(
    tmp_path: Path, seed: int
) -> None:
    rolls = random.Random(seed)
    desk = DeskProcess(tmp_path / "desk.db")
    proxy = FaultProxy(("127.0.0.1", desk.port), Weather(seed), hold_s=0.2, silence_s=2.0)
    await desk.start()
    port = await proxy.start()
    peer = Open311Client(f"http://127.0.0.1:{port}/open311/v2", world.KEY, "", timeout_s=3.0)
    cases = [world.case(f"h_{n}", service_code=("PARK", "GRIEVANCE")[n % 2]) for n in range(60)]
    receipts: dict[str, Submitted] = {}
    done_at_kill: list[int] = []

    async def keep_trying(case: Submission) -> None:
        for attempt in range(2_000):
            try:
                receipts[case.key] = await deliver(peer, case, tried=attempt > 0)
                return
            except ProviderFailed:
                await asyncio.sleep(rolls.random() * 0.05)

    async def killer() -> None:
        for life in range(1, 5):
            for _ in range(200):  # let some come through, then kill while others are under way
                if len(receipts) >= life * 10:
                    break
                await asyncio.sleep(0.01)
            await asyncio.sleep(rolls.random() * 0.03)
            done_at_kill.append(len(receipts))
            desk.kill()
            await desk.start()

    try:
        await asyncio.gather(killer(), *(keep_trying(case) for case in cases))
        await proxy.settle()
    finally:
        desk.kill()
        await peer.close()
        await proxy.stop()
    assert any(0 < done < len(cases) for done in done_at_kill), f"no kill met the desk at work: {done_at_kill}"
    store = Store(desk.database)
    try:
        assert keys_in(store) == {case.key: 1 for case in cases}, f"seed {seed}: {proxy._weather.told}"
        with store.read() as conn:
            for case in cases:
                known = book.by_key(conn, "120", case.key)
                assert known is not None
                got = receipts[case.key]
                assert (got.ticket_no, got.token, got.sha256) == (known.number, known.token, known.body_sha256)
    finally:
        store.close()
