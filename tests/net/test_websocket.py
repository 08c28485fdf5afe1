"""The transport: what a client meets when it opens a socket, talks, is slow, or goes."""

import asyncio
import contextlib
import inspect
import subprocess
import sys

import pytest
import uvicorn
from uvicorn.protocols.http import httptools_impl
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from dasan.net.exchange import Bounds
from dasan.net.websocket import WebSocket
from tests.net.conftest import Serve


async def gone(condition: object, within_s: float = 3.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110 - the condition is the server's state
            await asyncio.sleep(0.005)


async def test_a_message_comes_back_whole_and_in_order(serve: Serve) -> None:
    served = await serve()
    async with connect(served.url()) as page:
        lines = [f"{n} 안녕하세요 👋" for n in range(50)]
        for line in lines:
            await page.send(line)
        assert [await page.recv() for _ in lines] == lines


async def test_http_and_websocket_share_the_port(serve: Serve) -> None:
    served = await serve()
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b"200 OK" in answer
    assert answer.endswith(b"page")
    assert b"server:" not in answer.lower()


async def test_a_message_in_fragments_is_one_message(serve: Serve) -> None:
    served = await serve()
    async with connect(served.url()) as page:
        await page.send(["서울", "", "시", "청"])
        assert await page.recv() == "서울시청"


async def test_endless_empty_fragments_take_no_memory(serve: Serve) -> None:
    served = await serve()
    async with connect(served.url()) as page:
        out = page.transport
        out.write(Frame(Opcode.TEXT, b"", fin=False).serialize(mask=True))
        for _ in range(500):
            out.write(Frame(Opcode.CONT, b"", fin=False).serialize(mask=True))
        out.write(Frame(Opcode.CONT, b"end", fin=True).serialize(mask=True))
        assert await page.recv() == "end"
        assert served.echo.heard == ["end"]


@pytest.mark.parametrize("fragments", [1, 8])
async def test_a_message_beyond_the_routes_size_closes_with_1009(serve: Serve, fragments: int) -> None:
    served = await serve()
    async with connect(served.url()) as page:
        with contextlib.suppress(ConnectionClosed):
            await page.send(["x" * (5000 // fragments)] * fragments)
        await page.wait_closed()
        assert page.close_code == 1009
    assert served.echo.heard == []
    await gone(lambda: served.echo.lost)


async def test_binary_is_refused_with_1003_and_bad_utf8_with_1007(serve: Serve) -> None:
    served = await serve()
    for frame, code in ((Frame(Opcode.BINARY, b"\x00"), 1003), (Frame(Opcode.TEXT, b"\xff\xfe"), 1007)):
        async with connect(served.url()) as page:
            page.transport.write(frame.serialize(mask=True))
            await page.wait_closed()
            assert page.close_code == code


async def test_an_unmasked_frame_is_a_protocol_error(serve: Serve) -> None:
    served = await serve()
    async with connect(served.url()) as page:
        page.transport.write(Frame(Opcode.TEXT, b"hello").serialize(mask=False))
        await page.wait_closed()
        assert page.close_code == 1002


async def test_a_foreign_page_is_refused_in_a_sentence(serve: Serve) -> None:
    served = await serve()
    with pytest.raises(InvalidStatus) as refused:
        await connect(served.url(), origin="https://evil.example").__aenter__()
    assert refused.value.response.status_code == 403
    assert "허용되지 않은 페이지" in (refused.value.response.body or b"").decode()
    assert served.echo.met == []
    async with connect(served.url(), origin="https://120.example"):
        pass


async def test_an_unknown_path_is_404(serve: Serve) -> None:
    served = await serve()
    with pytest.raises(InvalidStatus) as refused:
        await connect(served.url("/nowhere")).__aenter__()
    assert refused.value.response.status_code == 404


async def test_one_address_has_only_so_many_sockets_and_gets_them_back(serve: Serve) -> None:
    served = await serve(Bounds(per_address_max=2))
    async with connect(served.url()), connect(served.url()):
        with pytest.raises(InvalidStatus) as refused:
            await connect(served.url()).__aenter__()
        assert refused.value.response.status_code == 429
    await gone(lambda: len(served.echo.lost) == 2)
    async with connect(served.url()):
        pass
    await gone(lambda: len(served.exchange.places) == 0)


async def test_a_route_that_few_addresses_use_lets_each_open_as_many_as_it_likes(serve: Serve) -> None:
    served = await serve(Bounds(per_address_max=1))
    async with connect(served.url("/many")), connect(served.url("/many")), connect(served.url()):
        assert len(served.exchange.places) == 1
    await gone(lambda: len(served.exchange.places) == 0)


async def test_a_bad_handshake_gives_its_place_back(serve: Serve) -> None:
    served = await serve(Bounds(per_address_max=1))
    for _ in range(3):
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(b"GET /echo HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert b"400" in await reader.read()
        writer.close()
        await writer.wait_closed()
    async with connect(served.url()) as page:
        await page.send("still here")
        assert await page.recv() == "still here"


async def test_a_handlers_fault_ends_its_own_connection_only(serve: Serve) -> None:
    served = await serve()
    async with connect(served.url()) as other, connect(served.url()) as page:
        await page.send("fail")
        await page.wait_closed()
        assert page.close_code == 1011
        await other.send("fine")
        assert await other.recv() == "fine"
    await gone(lambda: len(served.echo.lost) == 2)


async def test_a_route_that_cannot_make_its_handler_keeps_no_place(serve: Serve) -> None:
    served = await serve(Bounds(per_address_max=1))
    for _ in range(3):
        async with connect(served.url("/broken")) as page:
            await page.wait_closed()
            assert page.close_code == 1011
    assert len(served.exchange.places) == 0


async def test_every_handler_hears_of_its_end_exactly_once(serve: Serve) -> None:
    served = await serve()
    async with connect(served.url()) as page:
        await page.send("x")
        await page.recv()
        served.echo.met[0].close(1000, "bye " * 100)
        served.echo.met[0].close()
        await page.wait_closed()
        assert page.close_code == 1000
        assert page.close_reason.startswith("bye")
    served.echo.met[0].send_text(b"too late")
    page = await connect(served.url()).__aenter__()
    page.transport.abort()
    await gone(lambda: len(served.echo.lost) == 2)
    assert not served.exchange.open


async def test_who_does_not_read_is_disconnected_within_a_bound(serve: Serve) -> None:
    served = await serve(Bounds(unsent_bytes_max=256 * 1024, close_within_s=1))
    page = await connect(served.url(), max_queue=1).__aenter__()
    await page.send("first")
    page.transport.pause_reading()
    await gone(lambda: served.echo.met)
    sent = 0
    while not served.echo.lost and sent < 5000:
        served.echo.met[0].send_text(b"x" * 10_000)
        sent += 1
        if sent % 50 == 0:
            await asyncio.sleep(0)
    assert served.echo.lost, "50 MB were queued for a client that does not read"
    assert served.exchange.refused == {"slow_reader": 1}
    await gone(lambda: not served.server.server_state.connections)
    page.transport.abort()


async def test_the_server_pings_and_drops_who_never_answers(serve: Serve) -> None:
    served = await serve(Bounds(ping_every_s=1, pong_within_s=1, close_within_s=1))
    async with connect(served.url()) as alive:
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(
            b"GET /echo HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await gone(lambda: len(served.echo.met) == 2)
        await gone(lambda: len(served.echo.lost) == 1, within_s=6)
        assert served.echo.lost == [served.echo.met[1]]
        await alive.send("here")
        assert await alive.recv() == "here"
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_a_stopping_server_says_1012_to_everyone(serve: Serve) -> None:
    served = await serve()
    async with connect(served.url()) as one, connect(served.url()) as two:
        served.server.should_exit = True
        await asyncio.gather(one.wait_closed(), two.wait_closed())
        assert (one.close_code, two.close_code) == (1012, 1012)
    await asyncio.wait_for(served.done, 5)
    assert len(served.echo.lost) == 2


async def test_the_path_is_seen_without_its_query_and_headers_in_lower_case(serve: Serve) -> None:
    served = await serve()
    async with connect(served.url("/echo?token=no"), additional_headers={"X-Test": "1"}) as page:
        await page.send("x")
        await page.recv()
        met = served.echo.met[0]
        assert met.path == "/echo"
        assert met.headers["x-test"] == "1"
        assert met.peer == "127.0.0.1"
        assert not met.secure


def test_uvicorn_still_offers_the_hook_that_we_hang_on() -> None:
    """The adapter's guard: when an upgrade of uvicorn changes the way upgrades are handed over, this says so first."""
    config = uvicorn.Config(lambda: None, ws=WebSocket)
    assert config.ws is WebSocket
    source = inspect.getsource(httptools_impl.HttpToolsProtocol.handle_websocket_upgrade)
    for expected in (
        "self.connections.discard(self)",
        "self.ws_protocol_class(",
        "config=self.config",
        "server_state=self.server_state",
        "app_state=self.app_state",
        "protocol.connection_made(self.transport)",
        "protocol.data_received(",
        "self.transport.set_protocol(protocol)",
    ):
        assert expected in source, expected
    assert "connection.shutdown()" in inspect.getsource(uvicorn.Server.shutdown)


def test_a_signal_ends_the_server_and_not_the_process_before_it_has_stopped_in_order() -> None:
    """In a process of its own: the line after ``serve`` is reached, and the exit status is its own."""
    program = (
        "import asyncio, os, signal, socket, sys\n"
        "from starlette.applications import Starlette\n"
        "from dasan.net.exchange import Exchange\n"
        "from dasan.net.front import Front\n"
        "from dasan.net.serve import Listen, Server, uvicorn_config\n"
        "async def main():\n"
        "    server = Server(uvicorn_config(Starlette(), Exchange({}, Front()), Listen(port=0)))\n"
        "    asyncio.get_running_loop().call_later(0.2, os.kill, os.getpid(), getattr(signal, sys.argv[1]))\n"
        "    await server.serve()\n"
        "    print('stopped in order')\n"
        "asyncio.run(main())\n"
    )
    for name in ("SIGTERM", "SIGINT"):
        ran = subprocess.run([sys.executable, "-c", program, name], capture_output=True, timeout=30, check=False)
        assert (ran.returncode, ran.stdout) == (0, b"stopped in order\n"), ran.stderr.decode()
