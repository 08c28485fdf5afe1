"""The whole centre as a program would serve it: SQLite on disk, real sockets, the process's own start and stop."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from dasan.app import App, build, why
from dasan.core.ids import COUNSELOR, make
from dasan.net.serve import Listen, uvicorn_config
from dasan.server import control
from dasan.settings import Settings, load
from dasan.store import admin as database
from dasan.store.engine import backend
from dasan.store.people import Account, SqlPeople
from tests.server.world import ARTICLES, HASHED, PASSWORD, Shelf

KEY = "k" * 40


class Tickets:
    """A ticket desk that numbers what it is given."""

    def __init__(self) -> None:
        self.cases: list[Any] = []

    async def submit(self, case: Any) -> Any:
        from dasan.ports import Submitted

        self.cases.append(case)
        return Submitted(f"T-{len(self.cases)}", "", "0" * 64)

    async def find(self, case: Any) -> Any:
        return None

    async def updates(self, since_us: int) -> list[Any]:
        return []

    async def questions(self, service_code: str) -> list[Any]:
        return []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    environ = {
        "DASAN_SECRETS__MASTER_KEY": KEY,
        "DASAN_SECRETS__TOKEN_PEPPER": KEY[::-1] + "x",
        "DASAN_SERVER__DATA_DIR": str(tmp_path / "data"),
        "DASAN_SERVER__PORT": str(free_port()),
        "DASAN_EUNGDAPSO__EMBEDDED": "false",
        "DASAN_EUNGDAPSO__URL": "http://127.0.0.1:1",
    }
    made = load(tmp_path / "none.toml" if (tmp_path / "none.toml").exists() else None, environ=environ)
    made.server.data_dir.mkdir()
    database.upgrade(made.database_url)
    opened = backend(made.database_url)
    people = SqlPeople(opened)
    for n, name in enumerate(("kim", "lee")):
        skills = {"general": 3}
        people.add(Account(make(COUNSELOR, 1_000, n), name, 101 + n, f"{name} 상담사", HASHED, skills=skills))
    opened.close()
    return made


class Guest(uvicorn.Server):
    """A server inside the test's loop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    def capture_signals(self) -> Any:
        return nullcontext()


@asynccontextmanager
async def serving(settings: Settings, tickets: Tickets | None = None) -> AsyncIterator[App]:
    app = build(settings, tickets=tickets or Tickets(), library=Shelf(ARTICLES))
    await app.start()
    server = Guest(uvicorn_config(app.asgi, app.exchange, Listen(settings.server.host, settings.server.port)))
    task = asyncio.create_task(server.serve())
    await server.up.wait()
    try:
        yield app
    finally:
        server.should_exit = True
        await task
        await app.stop()


class Client:
    """One end of a socket."""

    def __init__(self, socket_: ClientConnection) -> None:
        self.socket = socket_
        self.seen: list[dict[str, Any]] = []

    async def send(self, t: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"t": t, **fields}))

    async def until(self, t: str, holds: Callable[[dict[str, Any]], bool] = lambda f: True) -> dict[str, Any]:
        async with asyncio.timeout(10):
            while True:
                frame = json.loads(await self.socket.recv())
                self.seen.append(frame)
                if frame["t"] == t and holds(frame):
                    return frame

    async def done(self, t: str, **fields: Any) -> dict[str, Any]:
        frame_id = f"{t}-{len(self.seen):06d}-x"
        await self.send(t, id=frame_id, **fields)
        reply = await self.until("reply", lambda f: f["id"] == frame_id)
        assert reply["ok"], reply
        return reply["data"]


async def desk(settings: Settings, name: str = "kim", **hello: Any) -> Client:
    client = Client(await connect(f"ws://127.0.0.1:{settings.server.port}/desk/socket", proxy=None))
    proof = hello or {"name": name, "password": PASSWORD}
    await client.send("hello", v=1, **proof)
    await client.until("welcome")
    return client


async def citizen(settings: Settings) -> Client:
    origin = f"http://127.0.0.1:{settings.server.port}"
    client = Client(await connect(f"ws://127.0.0.1:{settings.server.port}/chat/socket", origin=origin, proxy=None))
    await client.send("hello", v=1)
    await client.until("welcome")
    return client


async def get(settings: Settings, path: str) -> tuple[int, dict[str, str], bytes]:
    def fetch() -> tuple[int, dict[str, str], bytes]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{settings.server.port}{path}") as reply:
                return reply.status, {k.lower(): v for k, v in reply.headers.items()}, reply.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()

    return await asyncio.to_thread(fetch)


async def in_talk(settings: Settings) -> tuple[Client, Client, str, str]:
    """A counselor and a citizen who talk: (desk, page, session, item)."""
    counselor = await desk(settings)
    await counselor.done("presence", presence="AVAILABLE")
    page = await citizen(settings)
    await page.send("start", id="start-000001", text="여권을 잃어버렸어요")
    me = await counselor.until("me", lambda f: bool(f["offers"]))
    offer = me["offers"][0]
    await counselor.done("accept", offer=offer["offer"], session=offer["session"])
    await counselor.done("opened", session=offer["session"], item=offer["item"])
    return counselor, page, offer["session"], offer["item"]


async def close(*clients: Client) -> None:
    for client in clients:
        await client.socket.close()


async def test_a_citizen_is_answered_a_ticket_is_filed_and_the_talk_is_wrapped_up(settings: Settings):
    tickets = Tickets()
    async with serving(settings, tickets):
        counselor, page, session, item = await in_talk(settings)
        await counselor.done("say", session=session, text="구청에서 신청하시면 됩니다.")
        assert (await page.until("entry", lambda f: f["who"] == "counselor"))["text"] == "구청에서 신청하시면 됩니다."
        form = (await counselor.done("ticket_prefill", session=session, item=item))["form"]
        await counselor.done("ticket_file", session=session, item=item, form=form)
        shown = await counselor.until("session", lambda f: any(t["number"] for t in f["tickets"]))
        assert shown["tickets"][0]["number"] == "T-1"
        assert tickets.cases[0].summary == "여권을 잃어버렸어요"
        await counselor.done("release", session=session, item=item)
        filled = await counselor.until("session", lambda f: bool(f["prefill"]))
        await counselor.done("wrap", session=session, item=item, **filled["prefill"])
        await close(counselor, page)


async def test_a_restart_in_mid_talk_loses_and_doubles_nothing(settings: Settings):
    async with serving(settings):
        counselor, page, session, _ = await in_talk(settings)
        await counselor.done("draft", session=session, text="신분증과 사")
        await page.send("say", id="line-000001", text="언제까지 가면 되나요?")
        await page.until("ack", lambda f: f["id"] == "line-000001")
        token = counselor.seen[0]["token"]
        citizen_token = page.seen[0]["token"]
        await close(counselor, page)
    async with serving(settings) as app:
        back = await desk(settings, token=token)
        welcome = back.seen[0]
        assert [s["session"] for s in welcome["sessions"]] == [session]
        assert welcome["drafts"] == {session: "신분증과 사"}
        texts = [e["text"] for e in welcome["entries"] if e["who"] == "citizen"]
        assert texts == ["여권을 잃어버렸어요", "언제까지 가면 되나요?"]
        origin = f"http://127.0.0.1:{settings.server.port}"
        page = Client(await connect(f"ws://127.0.0.1:{settings.server.port}/chat/socket", origin=origin, proxy=None))
        await page.send("hello", v=1, token=citizen_token)
        again = await page.until("welcome")
        assert [e["text"] for e in again["entries"] if e["who"] == "citizen"] == texts
        await page.send("say", id="line-000001", text="언제까지 가면 되나요?")  # the page did not hear the ack: again
        await page.until("ack", lambda f: f["id"] == "line-000001")
        await back.done("say", session=session, text="오늘 오후 6시까지입니다.")
        await page.until("entry", lambda f: f["text"] == "오늘 오후 6시까지입니다.")
        ns = [f["n"] for f in page.seen if f["t"] == "entry"]
        assert len(ns) == len(set(ns))
        await page.send("say", id="line-000002", text="여권 수수료는요?")
        await back.until("suggest", lambda f: app.parts.library.asked[-1][1][-1] == "여권 수수료는요?")
        assert app.parts.library.asked[-1] == (session, (*texts, "여권 수수료는요?"))
        await close(back, page)


async def test_health_and_metrics_are_told(settings: Settings):
    async with serving(settings):
        assert (await get(settings, "/health/live"))[0] == 200
        status, headers, body = await get(settings, "/health/ready")
        assert (status, json.loads(body)["ready"]) == (200, True)
        for name in ("x-content-type-options", "content-security-policy", "referrer-policy", "x-frame-options"):
            assert name in headers
        status, _, body = await get(settings, "/metrics")
        assert status == 200
        assert b'dasan_sessions{phase="WAITING"} 0.0' in body
        status, _, body = await get(settings, "/nowhere")
        assert status == 404
        assert len(body.decode().splitlines()) == 2  # a sentence in Korean and one in English


async def test_a_photo_link_opens_once(settings: Settings):
    async with serving(settings) as app:
        counselor, page, session, _ = await in_talk(settings)
        blob = await asyncio.to_thread(app.parts.blobs.put, session, b"\xff\xd8jpeg", "image/jpeg")
        await page.send("say", id="photo-00001", photo=blob)
        await page.until("ack", lambda f: f["id"] == "photo-00001")
        url = (await counselor.done("photo", session=session, photo=blob))["url"]
        path = url.removeprefix(settings.public_url)
        status, headers, body = await get(settings, path)
        assert (status, headers["content-type"], body) == (200, "image/jpeg", b"\xff\xd8jpeg")
        assert headers["cache-control"] == "no-store"
        assert (await get(settings, path))[0] == 404
        await close(counselor, page)


async def test_the_command_line_reaches_the_running_server_and_nobody_else_does(settings: Settings):
    async with serving(settings):
        told = await asyncio.to_thread(control.ask, settings.server.data_dir, "status")
        assert told is not None
        assert told["ready"] is True
        file = settings.server.data_dir / control.FILE
        assert file.stat().st_mode & 0o077 == 0
        known = json.loads(file.read_text())
        request = urllib.request.Request(f"http://127.0.0.1:{known['port']}/status", data=b"{}", method="POST")
        with pytest.raises(urllib.error.HTTPError) as refused:
            await asyncio.to_thread(urllib.request.urlopen, request)
        with refused.value:
            assert refused.value.code == 403
    assert await asyncio.to_thread(control.ask, settings.server.data_dir, "status") is None


async def test_an_erased_session_cannot_be_read_and_an_open_one_is_not_erased(settings: Settings):
    async with serving(settings) as app:
        counselor, page, session, item = await in_talk(settings)
        ask: Callable[..., Awaitable[Any]] = lambda **f: asyncio.to_thread(  # noqa: E731
            control.ask, settings.server.data_dir, "erase", **f
        )
        with pytest.raises(Exception, match="open"):
            await ask(session=session, reason="requested", by="admin")
        await counselor.done("say", session=session, text="안내드립니다")
        await counselor.done("release", session=session, item=item)
        await counselor.done("wrap", session=session, item=item, disposition="answered", category="civil")
        number = app.parts.store.reads.line(session).facts["number"]
        assert (await ask(session=str(number), reason="requested", by="admin", whole=True))["sessions"] == 1
        assert all(
            entry.body is None for entry in app.parts.store.reads.entries(session) if entry.recorded.event.content
        )
        await close(counselor, page)


async def test_why_tells_who_was_passed_over_beside_the_running_server(settings: Settings):
    async with serving(settings) as app:
        page = await citizen(settings)
        await page.send("start", id="start-000001", text="수도가 안 나와요")
        await page.until("ack")
        session = next(iter(app.hub.index.sessions()))
        lines = await asyncio.to_thread(why, settings, session.live_item.id, "ko")
        assert lines[0].startswith(session.live_item.id)
        assert any("콘솔이 연결되어 있지 않음" in line for line in lines)
        english = await asyncio.to_thread(why, settings, session.id, "en")
        assert any("no console attached" in line for line in english)
        await close(page)
