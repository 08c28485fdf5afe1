"""A real server on a real disk that is full: a small tmpfs where one may be mounted, else a limit on the files' size.

Citizens and counselors read a sentence, nothing that was acknowledged is lost, reading goes on, and when there is room
again the same messages are taken without a restart.
"""

import asyncio
import contextlib
import resource
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.real import Citizen, Desk, Server

SIZE = "24m"


class Room:
    """The disk under the server's data; ``tmpfs``: it is one of its own."""

    def __init__(self, folder: Path, *, tmpfs: bool) -> None:
        self.folder, self.tmpfs = folder, tmpfs
        self.balloon = folder / "data" / "balloon"

    def fill(self, server: Server) -> None:
        """Leave nothing."""
        if not self.tmpfs:
            assert server.process is not None
            log = self.folder / "data" / "dasan.sqlite3-wal"
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (log.stat().st_size, resource.RLIM_INFINITY))
            return
        with self.balloon.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(512))

    def free(self, server: Server) -> None:
        """Somebody made room."""
        if self.tmpfs:
            self.balloon.unlink()
            return
        assert server.process is not None
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.fixture(params=["tmpfs", "limit"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    if request.param == "limit":
        yield Room(tmp_path, tmpfs=False)
        return
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(tmp_path)]
    mounted = subprocess.run(mount, check=False, capture_output=True)
    # Where nobody may mount, the other disk still proves the same of the same server.
    yield Room(tmp_path, tmpfs=mounted.returncode == 0)
    if mounted.returncode == 0:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def ready(server: Server) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{server.url}health/ready", timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


async def test_a_full_disk_refuses_in_words_keeps_what_it_took_and_goes_on_when_there_is_room(room: Room) -> None:
    server = Server(room.folder)
    await asyncio.to_thread(server.install, ["kim"])
    await asyncio.to_thread(server.start)
    kim, page = Desk(server, "kim"), Citizen([server], "page")
    running = [asyncio.create_task(one.run()) for one in (kim, page)]
    await kim.on_duty()
    await page.until(lambda: page.socket)
    await page.do("start", text="불이 꺼졌어요")
    session = await kim.take()
    said, answers = ["불이 꺼졌어요"], []

    await asyncio.to_thread(room.fill, server)
    while not page.troubles:  # what still fits is taken
        text = f"말 {len(said)} " + "가" * 1_500
        line = asyncio.create_task(page.do("say", text=text))
        told = asyncio.create_task(page.until(lambda: page.troubles))
        await asyncio.wait({line, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if line.done():
            said.append(text)
        assert len(said) < 2_000
    refused = page.troubles[0]
    assert refused["code"] == "storage_full"
    assert "이미 받은 글은 안전합니다" in refused["text"]
    assert not refused.get("final")
    answer = await kim.do("say", session=session, text="제 답도 못 받습니다")
    assert (answer["ok"], answer["code"]) == (False, "storage_full")
    assert "저장 공간" in answer["text"]
    for _ in range(100):  # it is judged once a second
        status, alarms = await asyncio.to_thread(ready, server)
        if status == 503:
            break
        await asyncio.sleep(0.1)
    assert (status, "storage_full" in alarms) == (503, True)
    late = Citizen([server], "late", token=page.token)  # reading goes on, in a second tab too
    running.append(asyncio.create_task(late.run()))
    await late.until(lambda: late.texts("citizen") == said)

    await asyncio.to_thread(room.free, server)
    said.append(text)
    for _ in range(100):  # the same message under the same id, as the page sends it again
        await page.send_again(f"page-{page.count:08d}")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(line), 0.3)
            break
    await line
    assert (await kim.do("say", session=session, text="이제 됩니다"))["ok"]
    answers.append("이제 됩니다")
    await page.until(lambda: page.texts("citizen") == said and page.texts("counselor") == answers)
    await kim.until(lambda: kim.texts(session, "citizen") == said)

    await asyncio.to_thread(server.kill)  # and all of it was on the disk
    await asyncio.to_thread(server.start)
    await late.until(lambda: late.socket and late.texts("citizen") == said and late.texts("counselor") == answers)
    await asyncio.to_thread(server.verify)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await asyncio.to_thread(server.stop)
    assert "Traceback" not in server.log()
