"""The desk line by line does the same work, from a pipe and from a program."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent_tui.client import SignIn
from agent_tui.plain import LineDesk
from agent_tui.plain_commands import COMMANDS
from agent_tui.run import main
from agent_tui.state import LinkState
from agent_tui.words import catalogue
from tests.agent_tui.fake_server import HITS, Centre, running


class Lines:
    """A line desk at a fake centre, and what it has said."""

    def __init__(self, url: str, centre: Centre) -> None:
        self.said: list[str] = []
        self.centre = centre
        self.desk = LineDesk(url, self.said.append)

    def sent(self, kind: str) -> list[Any]:
        return [command for command in self.centre.commands if command.t == kind]


@asynccontextmanager
async def signed_in(centre: Centre) -> AsyncIterator[Lines]:
    async with running(centre) as url:
        one = Lines(url, centre)
        run = asyncio.create_task(one.desk.run(SignIn("kim", "pass-word")))
        assert await one.desk.until(lambda: one.desk.state.link.state is LinkState.UP, 5)
        yield one
        one.desk.client.stop()
        await run


@pytest.fixture
async def lines() -> AsyncIterator[Lines]:
    async with signed_in(Centre()) as one:
        yield one


async def test_a_whole_session_from_offer_to_wrap_up(lines: Lines) -> None:
    session = await lines.centre.offer("정OO", "집 앞에 불법 주차가 있습니다")
    assert await lines.desk.do("wait offer 5")
    assert any("집 앞에 불법 주차가 있습니다" in line for line in lines.said)
    assert await lines.desk.do("accept")
    assert await lines.desk.until(lambda: bool(lines.sent("opened")), 5)
    await lines.centre.suggest(session)
    assert await lines.desk.do("wait suggest 5")
    assert await lines.desk.do("use 1")
    assert await lines.desk.do("say")
    said = lines.sent("say")[0]
    assert (said.text, said.article, said.edited) == (HITS[0].answer, "a-passport", False)
    assert await lines.desk.do("ticket 불법 주차 신고")
    assert lines.sent("ticket_file")[0].form.summary == "불법 주차 신고"
    assert await lines.desk.do("wait ticket 5")
    assert await lines.desk.do("wrap")
    assert lines.sent("wrap")[0].summary == "여권 재발급 방법을 안내함"
    assert await lines.desk.until(lambda: not lines.desk.state.talks, 5)


async def test_every_change_is_said_once(lines: Lines) -> None:
    session = await lines.centre.live("박OO", "하나")
    await lines.desk.until(lambda: session in lines.desk.state.talks, 5)
    await lines.centre.citizen(session, "둘")
    await lines.desk.until(lambda: lines.desk.state.talks[session].last_n == 2, 5)
    async with lines.centre.away():
        await lines.desk.until(lambda: lines.desk.state.link.state is LinkState.DOWN, 5)
    await lines.desk.until(lambda: lines.desk.state.link.state is LinkState.UP, 5)
    for words in ("민원인: 하나", "민원인: 둘", "연결이 끊겼습니다", "다시 연결되었습니다"):
        assert sum(words in line for line in lines.said) == 1, words


async def test_what_cannot_be_done_is_said_with_its_reason(lines: Lines) -> None:
    assert not await lines.desk.do("accept")
    assert not await lines.desk.do("fly")
    assert not await lines.desk.do("say hello")
    assert not await lines.desk.do("open 99")
    lines.centre.refuse["people"] = ("not_now", "지금은 안 됩니다.")
    assert not await lines.desk.do("people")
    assert lines.said[-1] == "안 됨: people: 지금은 안 됩니다."


async def test_each_line_is_one_harmless_line(lines: Lines) -> None:
    session = await lines.centre.live("박\x1b[2JOO", "하나\n둘\x1b]52;c;eA==\x07\u202e")
    await lines.desk.until(lambda: session in lines.desk.state.talks and lines.desk.state.talks[session].last_n == 1, 5)
    assert any("하나 둘" in line for line in lines.said)
    assert not any(ch in line for line in lines.said for ch in "\x1b\x07\n\u202e")


async def test_transfer_unmask_hold_and_note(lines: Lines) -> None:
    session = await lines.centre.live("박OO", "하나")
    await lines.desk.until(lambda: session in lines.desk.state.talks, 5)
    for line in ("next", "note 동료에게", "hold", "hold", "draft 반쯤", "unmask contact 확인 전화", "people"):
        assert await lines.desk.do(line), line
    assert any("010-1234-4821" in line for line in lines.said)
    assert await lines.desk.do("transfer queue welfare")
    assert [
        c.t for c in lines.centre.commands if c.t in {"note", "pause", "unpause", "draft", "unmask", "transfer"}
    ] == [
        "note",
        "pause",
        "unpause",
        "draft",
        "unmask",
        "transfer",
    ]


def test_every_command_is_explained() -> None:
    assert {f"plain_help.{name}" for name in COMMANDS} <= set(catalogue("ko"))


class _Served:
    """A fake centre on a thread of its own, for what runs its own loop."""

    def __enter__(self) -> str:
        self._ready: threading.Event = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(5)
        return self.url

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(5)

    async def _serve(self) -> None:
        self.centre, self._over, self._loop = Centre(), asyncio.Event(), asyncio.get_running_loop()
        await self.centre.live("박OO", "하나")
        async with running(self.centre) as self.url:
            self._ready.set()
            await self._over.wait()


def test_a_script_can_be_piped_in(tmp_path: Path) -> None:
    with _Served() as url:
        out = io.StringIO()
        script = io.StringIO("next\nsay 안녕하세요\nwrap\nquit\n")
        token = tmp_path / "state" / "token"
        status = main(url=url, name="kim", password="pass-word", plain=True, source=script, out=out, token_file=token)
        assert status == 0
        assert "나: 안녕하세요" in out.getvalue()
        assert "됨: wrap" in out.getvalue()
        assert token.read_text() == "token-of-kim\n"
        assert token.stat().st_mode & 0o777 == 0o600
        again = io.StringIO()
        assert main(url=url, plain=True, source=io.StringIO("status\n"), out=again, token_file=token) == 0
        assert "김상담 상담사로 연결되었습니다" in again.getvalue()


def test_without_a_way_to_sign_in_it_says_so() -> None:
    out = io.StringIO()
    assert main(url="http://127.0.0.1:1", plain=True, source=io.StringIO(), out=out) == 2
    assert "이름과 비밀번호가 필요합니다" in out.getvalue()
