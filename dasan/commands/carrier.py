"""carrier: the stand-in telephone network as a program, a phone in a terminal, and scenarios played on it."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from dasan.commands.options import fail, say

if TYPE_CHECKING:
    from channels.carrier.carrier import Carrier
    from channels.carrier.scenario import Scenario
    from channels.carrier.serving import Served

app = typer.Typer(
    help="대역 전화망(시험과 시연용) / A stand-in telephone network, for tests and the demonstration.",
    no_args_is_help=True,
)

TOKEN = "carrier-auth-token"  # noqa: S105  # the stand-in's own, written in its documentation
ACCOUNT = "AC" + "0" * 31 + "1"
SCENARIO_FAILED = 1

Number = Annotated[str, typer.Option(help="서비스의 번호. The service's number.")]
Voice = Annotated[str, typer.Option(help="전화가 오면 묻는 주소. What is asked when it rings.")]
Host = Annotated[str, typer.Option(help="기다리는 주소. Address to listen on.")]
Port = Annotated[int, typer.Option(help="기다리는 포트. Port to listen on.")]
Token = Annotated[str, typer.Option(envvar="CARRIER_TOKEN", help="계정의 비밀. The account's token.")]
Sid = Annotated[str, typer.Option("--account", envvar="CARRIER_ACCOUNT", help="계정. The account.")]
Base = Annotated[str, typer.Option("--url", help="켜져 있는 전화망. The carrier that runs.")]
VOICE = "http://127.0.0.1:8120/twilio/voice"


@app.command()
def serve(
    number: Number = "+8225550120",
    voice: Voice = VOICE,
    fallback: Annotated[str, typer.Option(help="voice가 실패하면. When voice fails.")] = "",
    status: Annotated[str, typer.Option(help="통화가 끝나면. When a call is over.")] = "",
    sms: Annotated[str, typer.Option(help="문자가 오면. When a text comes.")] = "",
    host: Host = "127.0.0.1",
    port: Port = 8130,
    account: Sid = ACCOUNT,
    token: Token = TOKEN,
) -> None:
    """전화망을 켭니다 / Run the network."""
    served = _served(number, voice, fallback, status, sms, host, port, account, token)
    from channels.carrier import serving

    def ready() -> None:
        say(
            f"전화망이 http://{host}:{port} 에서 기다립니다. 걸기: dasan carrier dial {number}",
            f"The network listens on http://{host}:{port}. To call: dasan carrier dial {number}",
        )

    try:
        serving.run(served, ready=ready)
    except OSError:
        _taken(host, port)


def _taken(host: str, port: int) -> NoReturn:
    fail(
        f"{host}:{port}를 쓸 수 없습니다. 다른 프로그램이 쓰고 있으면 --port로 바꾸십시오.",
        f"{host}:{port} cannot be used; if another program has it, choose another --port.",
        1,
    )


def _served(
    number: str, voice: str, fallback: str, status: str, sms: str, host: str, port: int, account: str, token: str
) -> Served:
    from channels.carrier.network import Account
    from channels.carrier.serving import Served

    return Served(number, voice, fallback, status, sms, host, port, Account(account, token))


@app.command()
def dial(
    number: Annotated[str, typer.Argument(help="거는 번호. The number to call.")],
    from_: Annotated[str, typer.Option("--from", help="거는 사람의 번호. The caller's own.")] = "+821012345678",
    url: Base = "http://127.0.0.1:8130",
    account: Sid = ACCOUNT,
    token: Token = TOKEN,
) -> None:
    """전화를 겁니다: 숫자를 누르고, 따옴표로 시작해 말하고, h로 끊습니다 / Call: press keys, speak, hang up."""
    import httpx2

    try:
        asyncio.run(_dial(url, account, token, from_, number))
    except httpx2.HTTPError as wrong:
        fail(
            f"{url} 에 전화망이 없습니다. 먼저 dasan carrier serve 를 켜십시오.",
            f"No carrier answers at {url} ({type(wrong).__name__}). Run dasan carrier serve first.",
            1,
        )


async def _dial(url: str, account: str, token: str, from_: str, number: str) -> None:
    from channels.carrier.handset import HELP, Handset, hold

    handset = Handset(url, account, token, from_)
    try:
        wrong = await handset.do("dial", to=number)
        if wrong:
            fail(f"걸 수 없습니다: {wrong}", f"The call cannot be made: {wrong}", 1)
        typer.echo(HELP)
        await hold(handset, _Keyboard(), typer.echo)
    finally:
        await handset.leave()


class _Keyboard:
    """Lines from standard input without holding up the loop, or the end of the program."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for typed in sys.stdin:
            self._put(typed)
        self._put(None)

    def _put(self, typed: str | None) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._lines.put_nowait, typed)

    async def __call__(self) -> str | None:
        return await self._lines.get()


@app.command()
def play(
    scenario: Annotated[Path, typer.Argument(help="YAML", exists=True, dir_okay=False)],
    number: Number = "+8225550120",
    voice: Voice = VOICE,
    host: Host = "127.0.0.1",
    port: Port = 8130,
    account: Sid = ACCOUNT,
    token: Token = TOKEN,
) -> None:
    """시나리오를 실제 시간으로 돌립니다 / Play a scenario in real time, against the service at --voice."""
    from channels.carrier import scenario as scenarios
    from channels.carrier import serving

    try:
        read = scenarios.read(scenario.read_text("utf-8"))
        serving.run(
            _served(number, voice, "", "", "", host, port, account, token),
            lambda carrier: _play(read, carrier),
        )
    except scenarios.ScenarioWrong as wrong:
        fail(f"{scenario}:{wrong.line}: {wrong.korean}", f"{scenario}:{wrong.line}: {wrong.english}", 2)
    except scenarios.StepFailed as failed:
        fail(f"{scenario}:{failed.step.line}: 이루어지지 않았습니다: {failed.why}", str(failed), SCENARIO_FAILED)
    except OSError:
        _taken(host, port)
    say(f"끝까지 맞았습니다: {read.name}", f"Everything came true: {read.name}")


async def _play(read: Scenario, carrier: Carrier) -> None:
    from channels.carrier.scenario import play

    await play(read, carrier, tell=typer.echo)
