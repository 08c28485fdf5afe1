"""carrier: the stand-in telephone network as a program, a phone in a terminal, and scenarios played on it."""

from __future__ import annotations

import asyncio
import secrets
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from dasan.commands.options import Config, fail, read_settings, say

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

    # A network that was here before has used its names for calls; a service remembers them.
    return Served(number, voice, fallback, status, sms, host, port, Account(account, token), secrets.randbits(48))


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
    scenarios: Annotated[list[str], typer.Argument(help="YAML 파일, 또는 갖춘 것의 이름. Files, or names that ship.")],
    demo: Annotated[bool, typer.Option("--demo", help="센터를 새로 켜서. At a centre made for each.")] = False,
    config: Config = None,
    password: Annotated[
        str, typer.Option(envvar="CARRIER_DESK_PASSWORD", help="상담사들의 비밀번호. The counselors' password.")
    ] = "",
    number: Number = "+8225550120",
    voice: Voice = VOICE,
    host: Host = "127.0.0.1",
    port: Port = 8130,
    account: Sid = ACCOUNT,
    token: Token = TOKEN,
) -> None:
    """시나리오를 실제 시간으로 돌립니다 / Play scenarios in real time: against the service at --voice, the running
    centre of --config, or (--demo) a centre of their own."""
    from channels.carrier.scenario import ScenarioWrong, StepFailed
    from dasan.demo import scenes

    name, all_read = "", {}
    try:
        for name in scenarios:  # what is wrong is told before anything begins
            all_read[name] = scenes.read(scenes.found(name))
        for name, read in all_read.items():
            if demo:
                _play_demo(read)
            elif config is not None:
                _play_at(read, config, password)
            else:
                _play_alone(read, _served(number, voice, "", "", "", host, port, account, token))
            say(f"끝까지 맞았습니다: {read[0].name}", f"Everything came true: {name}")
    except FileNotFoundError:
        shipped = ", ".join(path.stem for path in scenes.shipped())
        fail(f"그런 시나리오가 없습니다. 갖춘 것: {shipped}", f"No such scenario. These ship: {shipped}", 2)
    except ScenarioWrong as wrong:
        fail(f"{name}:{wrong.line}: {wrong.korean}", f"{name}:{wrong.line}: {wrong.english}", 2)
    except StepFailed as failed:
        fail(f"{name}:{failed.step.line}: 이루어지지 않았습니다: {failed.why}", str(failed), SCENARIO_FAILED)
    except AssertionError as broken:
        fail(f"{name}: 기록이 약속을 어깁니다.", f"{name}: the journal breaks a promise.\n{broken}", SCENARIO_FAILED)
    except OSError:
        _taken(host, port)


def _play_alone(read: Sequence[Scenario], served: Served) -> None:
    """Phones alone: whoever has counselors is told how to give it some."""
    from channels.carrier import scenario as scenarios
    from channels.carrier import scenario_steps as steps
    from channels.carrier import serving

    async def then(carrier: Carrier) -> None:
        for one in read:
            await scenarios.play(one, carrier, tell=typer.echo)

    for one in read:
        if one.counselors or any(step.what not in steps.STEPS for step in one.steps):
            fail("상담사가 나오는 시나리오입니다. --demo나 --config를 더하십시오.",
                 "This scenario has counselors; add --demo or --config.", 2)  # fmt: skip
        scenarios.check(one, steps.STEPS, steps.FORMS)
    serving.run(served, then)


def _play_demo(read: Sequence[Scenario]) -> None:
    from dasan.app.commands import kept
    from dasan.demo import play

    asyncio.run(play.demo(read, lambda path: kept(read_settings(path)), typer.echo))


def _play_at(read: Sequence[Scenario], config: Path, password: str) -> None:
    """The network of the centre of these settings, which runs: where it looks for one, with its account."""
    from urllib.parse import urlsplit

    from channels.carrier import serving
    from dasan.app.commands import kept
    from dasan.demo import play
    from dasan.wire import desk

    settings = read_settings(config)
    base, own = urlsplit(settings.voice.api_base), f"{settings.public_url.rstrip('/')}/twilio/voice"
    if not settings.voice.enabled or base.hostname not in {"127.0.0.1", "localhost"}:
        fail("voice.api_base가 이 컴퓨터의 전화망을 가리키지 않습니다.",
             "voice.api_base does not name a network on this machine.", 2)  # fmt: skip
    served = _served(settings.voice.numbers[0], own, "", f"{own}/status", "", base.hostname or "", base.port or 80,
                     settings.voice.account_sid, settings.voice.tokens[0])  # fmt: skip
    socket = f"ws://{settings.server.host}:{settings.server.port}{desk.PATH}"
    with kept(settings) as reads:
        serving.run(served, lambda carrier: play.at(carrier, play.Running(socket, password, reads), read, typer.echo))
