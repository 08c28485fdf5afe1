"""Tickets between real processes: the server and ``dasan eungdapso serve``, each killed with -9 while cases go over
through a bad network. Every case becomes one ticket, and the citizen reads every number once in a real browser.
"""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from dasan.eungdapso.desk import store_tickets as book
from dasan.eungdapso.desk.store import Store
from dasan.eungdapso.faults import Fault, FaultProxy, Weather
from tests.e2e.conftest import begin, shown
from tests.e2e.real import Desk, Server
from tests.e2e.test_killed import citizen

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.chromium]
CASES = 4
ROUGH = {Fault.NONE: 12.0, Fault.LOSE_REPLY: 1.5, Fault.DOUBLE: 3.0, Fault.HOLD: 0.5, Fault.CUT_REPLY: 0.5}


class TicketDesk:
    """``dasan eungdapso serve`` on the installation's own configuration, started and killed at will."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.process: subprocess.Popen[bytes] | None = None

    def _spawn(self) -> None:
        config = str(self.server.folder / "dasan.toml")
        port = str(self.server.tickets)
        command = [sys.executable, "-m", "dasan", "eungdapso", "serve", "-c", config, "--port", port]
        with (self.server.folder / "desk.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    async def start(self) -> None:
        self._spawn()
        assert self.process is not None
        async with httpx2.AsyncClient(trust_env=False) as web, asyncio.timeout(60):
            while True:
                assert self.process.poll() is None, (self.server.folder / "desk.log").read_text("utf-8")
                with contextlib.suppress(httpx2.HTTPError):
                    if (await web.get(f"http://127.0.0.1:{self.server.tickets}/healthz")).status_code == 200:
                        return
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def tickets(self) -> Counter[str]:
        """How many tickets there are of each case, by the reference in the description."""
        store = Store(self.server.folder / "data" / "eungdapso.sqlite3")
        try:
            with store.read() as conn:
                found = book.desk_page(conn, tuple(book.State), 1_000, 0)
        finally:
            store.close()
        return Counter(t.description.rpartition("[120 ref ")[2].rstrip("]") for t in found)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    made = Server(Path(tmp_path_factory.mktemp("centre")))
    await asyncio.to_thread(made.install, ["kim"])
    yield made
    await asyncio.to_thread(made.stop)


def pointed_at(server: Server, port: int) -> None:
    """The server files with another desk, over ``port``; ``dasan eungdapso serve`` still listens on its own."""
    config = server.folder / "dasan.toml"
    there = f'embedded = false\nurl = "http://127.0.0.1:{port}"\ntimeout_s = 2'
    text = config.read_text("utf-8").replace("[eungdapso]", f"[eungdapso]\n{there}")
    config.write_text(text + "\n[policy.timing]\nhandoff_poll_s = 5\nhandoff_retry_max_s = 10\n", "utf-8")


async def test_every_case_becomes_one_ticket_whichever_side_is_killed_meanwhile(
    browser: Browser, server: Server
) -> None:
    rolls = random.Random(7)
    desk = TicketDesk(server)
    proxy = FaultProxy(("127.0.0.1", server.tickets), Weather(7, ROUGH), hold_s=0.3, silence_s=2.0)
    pointed_at(server, await proxy.start())
    kim = Desk(server, "kim")
    running = asyncio.create_task(kim.run())
    try:
        await desk.start()
        await asyncio.to_thread(server.start)
        page = await citizen(browser, server)
        await kim.on_duty()
        await begin(page, "골목의 가로등이 여럿 꺼졌어요")
        session = await kim.take()
        item = kim.sessions[session]["item"]["item"]
        handoffs: list[str] = []

        async def file() -> None:
            for n in range(CASES):
                form = {
                    "category": "road",
                    "summary": f"가로등 {n}",
                    "description": "꺼져 있습니다",
                    "place": f"중구 {n}",
                }
                reply = await kim.do("ticket_file", session=session, item=item, form=form)
                assert reply["ok"], reply
                handoffs.append(reply["data"]["handoff"])
                await asyncio.sleep(rolls.random() * 0.2)

        async def kills() -> None:
            await asyncio.sleep(0.3 + rolls.random() * 0.3)
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            desk.kill()
            await desk.start()

        await asyncio.gather(file(), kills())
        numbers = page.locator(".ticket .number")
        await expect(numbers).to_have_count(CASES, timeout=60_000)
        assert len(set(await numbers.all_inner_texts())) == CASES
        await proxy.settle()
        assert desk.tickets() == dict.fromkeys(handoffs, 1), proxy._weather.told
        told = await page.locator(".entry.system .bubble", has_text="응답소에 접수되었습니다").all_inner_texts()
        assert len(told) == len(set(told)) == CASES

        # No session closes without its receipt: the desk is gone, the talk ends, and it waits; the citizen comes again.
        desk.kill()
        form = {"category": "road", "summary": "마지막", "description": "꺼져 있습니다"}
        await kim.do("ticket_file", session=session, item=item, form={**form, "place": "중구"})
        assert (await kim.do("release", session=session, item=item))["ok"]
        wrap = {"disposition": "ticket", "category": "road", "summary": "접수"}
        assert (await kim.do("wrap", session=session, item=item, **wrap))["ok"]
        await page.wait_for_selector("#ending:visible")
        await page.goto("about:blank")
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        await page.goto(server.url)
        await shown(page, "골목의 가로등이 여럿 꺼졌어요")
        await expect(page.locator(".ticket", has_text="접수하고 있습니다")).to_have_count(1)
        await desk.start()
        await expect(numbers).to_have_count(CASES + 1, timeout=60_000)
        assert max(desk.tickets().values()) == 1
        assert len(desk.tickets()) == CASES + 1
        await asyncio.to_thread(server.verify)
        await page.context.close()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        desk.kill()
        await proxy.stop()
