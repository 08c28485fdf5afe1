"""The link: it comes back by itself, says everything once, and knows when it is over."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from websockets.exceptions import InvalidURI

from agent_tui.client import Client, SignIn, socket_url
from agent_tui.state import DeskState, LinkState
from dasan.wire import desk
from dasan.wire import desk_views as view
from tests.agent_tui.fake_server import Centre, running

KIM = ("kim", "pass-word")


class Line:
    """A client without a desk, and a way to wait for what becomes true."""

    def __init__(self, url: str) -> None:
        self.state = DeskState()
        self.client = Client(url, self.state, self._changed)
        self._stirred = asyncio.Event()

    def _changed(self, changes: object) -> None:
        self._stirred.set()

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not true():
                self._stirred.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stirred.wait(), 0.02)


@contextlib.asynccontextmanager
async def linked(centre: Centre, sign_in: SignIn | None = None) -> AsyncIterator[Line]:
    async with running(centre) as url:
        line = Line(url)
        run = asyncio.create_task(line.client.run(sign_in or SignIn(*KIM)))
        try:
            await line.until(lambda: line.state.link.state is LinkState.UP or run.done())
            yield line
        finally:
            line.client.stop()
            await run


async def test_signing_in_brings_the_whole_picture_and_a_token() -> None:
    centre = Centre()
    await centre.live("박OO", "하나", "둘")
    async with linked(centre) as line:
        assert [e.text for e in line.state.talks["s_1001"].entries] == ["하나", "둘"]
        assert line.client.sign_in.password == ""
        assert line.client.sign_in.token == "token-of-kim"


async def test_after_a_cut_only_what_followed_is_asked_for_and_every_line_stands_once() -> None:
    centre = Centre()
    session = await centre.live("박OO", "하나")
    async with linked(centre) as line:
        for n in range(5):
            async with centre.away():  # or she comes back before it is written, and is never told
                await centre.citizen(session, f"글 {n}", quiet=True)
            await line.until(lambda n=n: line.state.talks[session].last_n == n + 2)
        assert [e.n for e in line.state.talks[session].entries] == [1, 2, 3, 4, 5, 6]
        assert centre.hellos[-1].have[session] > 0


async def test_a_command_without_an_answer_is_said_again_under_its_own_id() -> None:
    centre = Centre()
    session = await centre.live("박OO", "하나")
    centre.hold.add("say")
    async with linked(centre) as line:
        answer = line.client.ask(desk.Say, session=session, text="답")
        await line.until(lambda: centre.commands)
        centre.hold.clear()
        await centre.cut()
        assert (await answer).ok
        ids = [c.id for c in centre.commands if c.t == "say"]
        assert len(ids) == 2
        assert len(set(ids)) == 1
        await line.until(lambda: not line.state.pending)


async def test_a_repeated_command_takes_effect_once() -> None:
    centre = Centre()
    session = await centre.live("박OO", "하나")
    async with linked(centre) as line:
        answer = line.client.ask(desk.Say, session=session, text="답")
        raw = line.client._frames[next(iter(line.client._frames))]
        line.client._post(raw)
        await answer
        await line.until(lambda: line.state.talks[session].last_n == 2)
        assert [e.text for e in centre.entries[session]] == ["하나", "답"]


async def test_a_gap_is_answered_by_asking_again() -> None:
    centre = Centre()
    session = await centre.live("박OO", "하나")
    async with linked(centre) as line:
        await centre._change(session, quiet=True)
        await centre.citizen(session, "보이지 않는 것이 사이에 있었다")
        await line.until(lambda: len(centre.hellos) == 2 and line.state.talks[session].last_n == 2)


async def test_a_second_gap_in_a_row_is_answered_by_trusting_nothing() -> None:
    centre = Centre()
    await centre.live("박OO", "하나")
    async with linked(centre) as line:
        line.client._gaps = 2
        await centre.cut()
        await line.until(lambda: len(centre.hellos) == 2)
        assert centre.hellos[-1].have == {}


@pytest.mark.parametrize("code", ["stale_console", "signed_out"])
async def test_a_farewell_for_good_ends_the_link_and_answers_what_is_open(code: str) -> None:
    centre = Centre()
    centre.hold.add("people")
    async with running(centre) as url:
        line = Line(url)
        run = asyncio.create_task(line.client.run(SignIn(*KIM)))
        await line.until(lambda: line.state.link.state is LinkState.UP)
        answer = line.client.ask(desk.People)
        await centre.bye(code)
        bye = await run
        assert bye is not None
        assert bye.code == code
        assert (await answer).code == code
        assert line.state.link.state is LinkState.OVER
        assert len(centre.hellos) == 1


async def test_a_wrong_password_is_not_tried_again() -> None:
    centre = Centre()
    async with running(centre) as url:
        bye = await Line(url).client.run(SignIn("kim", "wrong"))
        assert bye is not None
        assert bye.code == "sign_in_failed"
        assert len(centre.hellos) == 1


async def test_a_centre_that_is_not_there_yet_is_waited_for() -> None:
    async with running(Centre()) as url:
        port = int(url.rsplit(":", 1)[1])
    line = Line(url)
    run = asyncio.create_task(line.client.run(SignIn(*KIM)))
    await line.until(lambda: line.state.link.state is LinkState.DOWN and line.client.attempts >= 2)
    async with running(Centre(), port):
        await line.until(lambda: line.state.link.state is LinkState.UP)
        line.client.stop()
        assert await run is None


async def test_the_console_beats_so_that_its_lease_lives() -> None:
    centre = Centre()
    async with linked(centre) as line:
        await line.until(lambda: centre.beats >= 1)


async def test_the_servers_clock_counts_and_not_ours() -> None:
    centre = Centre(lambda: 5_000_000)
    async with linked(centre) as line:
        assert 5_000_000 <= line.client.now() < 15_000_000


async def test_a_frame_from_the_future_is_ignored_and_the_link_stays() -> None:
    centre = Centre()
    async with linked(centre) as line:
        await centre.sockets[0].send('{"t":"hologram","x":1}')
        await centre.sockets[0].send("not even json")
        await line.until(lambda: line.state.ignored == 2)
        assert (await line.client.ask(desk.People)).ok


async def test_a_command_that_the_protocol_does_not_take_is_refused_here() -> None:
    async with linked(Centre()) as line:
        with pytest.raises(ValueError, match="query"):
            line.client.ask(desk.Search, query="x" * 401)
        assert not line.state.pending


@pytest.mark.parametrize(
    ("given", "socket"),
    [
        ("http://localhost:8120", "ws://localhost:8120/desk/socket"),
        ("https://dasan.example/", "wss://dasan.example/desk/socket"),
        ("ws://h/desk/socket", "ws://h/desk/socket"),
    ],
)
def test_the_socket_of_a_centre(given: str, socket: str) -> None:
    assert socket_url(given) == socket


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidURI):
        socket_url("localhost:8120")


def test_every_frame_of_the_fake_centre_is_one_of_the_protocol() -> None:
    welcome = Centre().welcome(desk.Hello(t="hello", v=1))
    assert view.to_desk.validate_json(welcome.model_dump_json()) == welcome
