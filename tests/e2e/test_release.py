"""Upgrade and rollback with open sessions, with real processes, on both databases (docs/operations.md).

The newer release is this program's own sources with a second migration, a second version of the ticket desk's file and
a second version of one event. One citizen is in mid-talk, one waits, one has a ticket that is being submitted.
"""

import asyncio
import json
import re
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from tests.contract.postgres import Cluster, cluster, why_not
from tests.e2e.real import ROOT, Citizen, Desk, Server

MIGRATION = '''
"""A column more."""
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0003", "0002", None, None


def upgrade() -> None:
    op.add_column("streams", sa.Column("region", sa.Text))


def downgrade() -> None:
    op.drop_column("streams", "region")
'''
EDITS = {
    "dasan/store/tables.py": [('REVISION = "0002"', 'REVISION = "0003"')],
    "dasan/eungdapso/desk/store.py": [
        ("VERSION = 1", "VERSION = 2"),
        ("STEPS: dict[int, tuple[str, ...]] = {}", 'STEPS = {2: ("ALTER TABLE tickets ADD COLUMN urgency TEXT",)}'),
        ("BACK: dict[int, tuple[str, ...]] = {}", 'BACK = {2: ("ALTER TABLE tickets DROP COLUMN urgency",)}'),
    ],
    "dasan/core/handoff_events.py": [
        ('@event("handoff.told")', '@event("handoff.told", 2)'),
        ("    channel: str\n", "    channel: str\n    aloud: bool\n"),
    ],
    "dasan/core/handlers/tickets.py": [
        ("CitizenTold(command.stage, command.channel)", "CitizenTold(command.stage, command.channel, False)"),
    ],
    "dasan/core/events.py": [
        ("\n\n\nE = Type", '\nUPCASTERS["handoff.told", 1] = lambda data: {**data, "aloud": False}\n\n\nE = Type'),
    ],
}


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The next release's sources."""
    folder = Path(tmp_path_factory.mktemp("newer"))
    for name in ("agent_tui", "channels", "dasan", "ivr", "knowledge_base"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name, edits in EDITS.items():
        text = (folder / name).read_text("utf-8")
        for old, new in edits:
            assert old in text, (name, old)
            text = text.replace(old, new)
        (folder / name).write_text(text, "utf-8")
    (folder / "dasan/store/migrations/versions/v0003_region.py").write_text(MIGRATION, "utf-8")
    return folder


@pytest.fixture(scope="module")
def postgres() -> Iterator[Cluster]:
    if reason := why_not():
        pytest.skip(reason)
    with cluster() as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def environ(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "sqlite":
        return {}
    return {"DASAN_DATABASE__URL": str(request.getfixturevalue("postgres").bare())}


@pytest.fixture
def nowhere() -> Iterator[str]:
    """A ticket desk that takes what is sent and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as held:
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@asynccontextmanager
async def connected(*people: Desk | Citizen) -> AsyncIterator[None]:
    running = [asyncio.create_task(one.run()) for one in people]
    yield
    for task in running:
        assert not task.done(), task
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def refused(server: Server, *words: str) -> None:
    """The program does not start, and says what to do."""
    ran = server.dasan("serve", "-c", str(server.folder / "dasan.toml"))
    assert ran.returncode == 2, ran
    for word in words:
        assert word in ran.stderr, ran.stderr
    assert "Traceback" not in ran.stderr


def documented() -> list[str]:
    """The `dasan db` commands of docs/operations.md about releases, in order."""
    text = (ROOT / "docs/operations.md").read_text("utf-8").partition("## 판올림과 되돌리기")[2].partition("\n## ")[0]
    return re.findall(r"^dasan db (\w+)", text, re.MULTILINE)


DONE: list[str] = []


def db(server: Server, *arguments: str, status: int = 0) -> str:
    if status == 0:
        DONE.append(arguments[0])
    ran = server.dasan("db", *arguments, "-c", str(server.folder / "dasan.toml"))
    assert ran.returncode == status, (arguments, ran.stdout, ran.stderr)
    return ran.stdout + ran.stderr


class Scene:
    """Three sessions, as far as they have come, and what everybody must see of them."""

    def __init__(self, server: Server) -> None:
        self.kim = Desk(server, "kim")
        self.talk, self.filed, self.waiting = (Citizen([server], name) for name in ("talk", "filed", "wait"))
        self.said: dict[str, list[str]] = {"talk": [], "filed": [], "wait": []}
        self.answers: list[str] = []

    def everybody(self) -> tuple[Desk, Citizen, Citizen, Citizen]:
        return self.kim, self.talk, self.filed, self.waiting

    async def say(self, one: Citizen, text: str) -> None:
        await one.do("say" if one.session else "start", text=text)
        self.said[one.name].append(text)

    async def answer(self, text: str) -> None:
        assert (await self.kim.do("say", session=self.talk.session, text=text))["ok"]
        self.answers.append(text)

    async def open(self) -> None:
        await self.kim.on_duty()
        for one in (self.talk, self.filed):
            await one.until(lambda one=one: one.socket)
            await self.say(one, f"{one.name}: 집 앞 가로등이 꺼졌어요")
            assert await self.kim.take() == one.session
            assert (await self.kim.do("say", session=one.session, text="안녕하세요"))["ok"]
        self.answers.append("안녕하세요")
        await self.file()
        assert (await self.kim.do("presence", presence="AWAY", reason="break"))["ok"]
        await self.waiting.until(lambda: self.waiting.socket)
        await self.say(self.waiting, "기다리는 사람")
        await self.answer("잠시만 기다려 주십시오")

    async def file(self) -> None:
        session = self.filed.session
        item = self.kim.sessions[session]["item"]["item"]
        form = (await self.kim.do("ticket_prefill", session=session, item=item))["data"]["form"]
        form |= {"place": "세종대로 110", "category": "road"}
        made = await self.kim.do("ticket_file", session=session, item=item, form=form)
        assert made["ok"], made
        await self.kim.until(lambda: self.stage() == "SUBMITTING")

    def stage(self) -> str:
        tickets = self.kim.sessions.get(self.filed.session, {}).get("tickets") or [{}]
        return str(tickets[0].get("stage", ""))

    async def whole(self) -> None:
        """Everybody is connected again and sees all that was said, once and in order."""
        for one in (self.talk, self.filed, self.waiting):
            await one.until(lambda one=one: one.socket and one.texts("citizen") == self.said[one.name])
        await self.talk.until(lambda: self.talk.texts("counselor") == self.answers)
        hers = {self.talk.session, self.filed.session}
        await self.kim.until(lambda: self.kim.socket and hers <= set(self.kim.sessions))
        assert self.kim.texts(self.talk.session, "citizen") == self.said["talk"]
        assert self.kim.texts(self.talk.session, "counselor") == self.answers

    async def go_on(self, when: str) -> None:
        """The talk goes on in both directions, and so does whoever waits."""
        await self.whole()
        await self.say(self.talk, f"{when}: 아직 계신가요?")
        await self.kim.until(lambda: self.kim.texts(self.talk.session, "citizen") == self.said["talk"])
        await self.answer(f"{when}: 네, 여기 있습니다")
        await self.say(self.waiting, f"{when}: 기다립니다")
        await self.whole()


async def test_sessions_go_on_over_an_upgrade_a_downgrade_and_a_restored_backup(
    tmp_path: Path, newer: Path, environ: dict[str, str], nowhere: str
) -> None:
    old = Server(tmp_path / "centre", environ=environ)
    await asyncio.to_thread(old.install, ["kim"])
    new = Server(old.folder, newer, environ)
    new.port, new.tickets = old.port, old.tickets
    scene = Scene(old)
    DONE.clear()
    copy = str(tmp_path / "before")

    # the older release, with its ticket desk out of reach
    old.environ["DASAN_EUNGDAPSO__URL"] = nowhere
    await asyncio.to_thread(old.start)
    async with connected(*scene.everybody()):
        await scene.open()
        before = json.dumps([scene.said, scene.answers])
        db(old, "current")
        await asyncio.to_thread(old.stop)
    db(old, "backup", copy)
    del old.environ["DASAN_EUNGDAPSO__URL"]

    # upgrade: the newer program refuses the older schema, then brings it up
    refused(new, "dasan db upgrade", "dasan db backup")
    assert "0002" in db(new, "current", status=1)
    assert "0003" in db(new, "upgrade")
    await asyncio.to_thread(new.start)
    async with connected(*scene.everybody()):
        await scene.go_on("새 판")
        await scene.kim.until(lambda: scene.stage() in {"ACKNOWLEDGED", "IN_PROGRESS", "ANSWERED"}, 60)
        await asyncio.to_thread(new.stop)

    # rollback that keeps everything: the newer program takes the schema back, the older one goes on
    refused(old, "dasan db downgrade 0002", "dasan db restore")
    db(new, "downgrade", "0002")
    refused_by_desk = old.dasan("serve", "-c", str(old.folder / "dasan.toml"))
    assert refused_by_desk.returncode == 2
    assert "dasan db downgrade --desk 1" in refused_by_desk.stderr
    db(new, "downgrade", "--desk", "1")
    db(old, "current")
    await asyncio.to_thread(old.start)
    async with connected(*scene.everybody()):
        await scene.go_on("옛 판")
        assert (await scene.kim.do("presence", presence="AVAILABLE"))["ok"]
        assert await scene.kim.take() == scene.waiting.session
        assert (await scene.kim.do("say", session=scene.waiting.session, text="오래 기다리셨습니다"))["ok"]
        await asyncio.to_thread(old.verify)
        await asyncio.to_thread(old.stop)

    # the newer one again, which now writes an event that the older one cannot read
    db(new, "upgrade")
    await asyncio.to_thread(new.start)
    async with connected(*scene.everybody()):
        await scene.whole()
        ticket = next(iter((await scene.filed.until(lambda: scene.filed.tickets)).values()))
        assert scene.filed.socket is not None
        heard = {"t": "heard", "handoff": ticket["handoff"], "stage": ticket["stage"]}
        await scene.filed.socket.send(json.dumps(heard))
        await scene.say(scene.filed, "확인했습니다")
        await asyncio.to_thread(new.verify)
        await asyncio.to_thread(new.stop)
    told = db(new, "downgrade", "0002", "--desk", "1", status=2)
    assert "handoff.told/2" in told
    assert "dasan db restore" in told

    # rollback to the copy: what came since is lost, what was before goes on
    db(old, "restore", copy)
    db(old, "verify")
    await asyncio.to_thread(old.start)
    scene.said, scene.answers = json.loads(before)
    for one in scene.everybody():
        one.entries.clear()
    async with connected(*scene.everybody()):
        await scene.go_on("사본에서")
        await scene.kim.until(lambda: scene.stage() in {"ACKNOWLEDGED", "IN_PROGRESS", "ANSWERED"}, 60)
        await asyncio.to_thread(old.verify)
        await asyncio.to_thread(old.stop)
    assert "Traceback" not in old.log()
    done = iter(DONE)
    assert all(command in done for command in documented()), "the operator's steps are those that were tried"
