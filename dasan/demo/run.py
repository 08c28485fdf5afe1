"""``dasan demo``: the whole centre on this machine, in front of you or (``--headless``) by itself for a minute."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from pathlib import Path
from typing import Any

import segno

from dasan.demo.caller import Caller
from dasan.demo.citizen import Citizen
from dasan.demo.colleague import Colleague
from dasan.demo.ledger import Ledger
from dasan.demo.line import pace
from dasan.demo.report import Report
from dasan.demo.stage import PEOPLE, YOU, Processes, Stage
from dasan.demo.stories import STORIES
from dasan.demo.telephone import Network, network
from dasan.server.phones import TEMPLATE
from dasan.wire import chat, desk

HEADLESS_S = 60.0
KILL_AT_S = 25.0
ARRIVALS_S = (2.0, 9.0)  # between two citizens at the desk in front of you
AT_ONCE_MAX = 12
FIRST_CALL_S, CALLS_S = 12.0, (25.0, 45.0)  # at the desk in front of you
CALLS_AT_ONCE_MAX = 3
FIRST_NUMBER = 101  # of the accounts that an installation makes


def main(args: Sequence[str]) -> int:
    """The exit status: 0 when every promise held."""
    wishes = _wishes(args)
    if not sys.stdout.isatty() or not sys.stdin.isatty():
        wishes.headless = True
    stage = Stage(Path(wishes.folder).resolve())
    if wishes.lan:
        stage.host, stage.address = "0.0.0.0", _own_address()  # noqa: S104 - asked for, and said aloud
    _say(wishes.lang, "시범 환경을 준비합니다…", "Preparing the demonstration…")
    stage.build()
    work = _headless if wishes.headless else _in_front_of_you
    try:
        return asyncio.run(_tidily(work(stage, wishes)))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


async def _tidily(work: Coroutine[Any, Any, int]) -> int:
    """A closed terminal or a polite kill ends the processes of the centre too."""
    loop, task = asyncio.get_running_loop(), asyncio.create_task(work)
    for name in (signal.SIGHUP, signal.SIGTERM):
        loop.add_signal_handler(name, task.cancel)
    return await task


def _wishes(args: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dasan demo", description="시범 운영 / The demonstration")
    parser.add_argument("--headless", action="store_true", help="화면 없이 1분 / a minute without a screen")
    parser.add_argument("--lang", choices=("ko", "en"), default="ko", help="말 / language")
    parser.add_argument("--lan", action="store_true", help="내 휴대전화로도 접속 / also from your own phone")
    parser.add_argument("--seconds", type=float, default=HEADLESS_S, help="--headless로 도는 시간 / for how long")
    parser.add_argument("--seed", type=int, default=120)
    parser.add_argument("--folder", default="var/demo", help="자료 폴더 / where its data goes")
    return parser.parse_args(list(args))


def _say(language: str, ko: str, en: str) -> None:
    print(ko if language == "ko" else en, flush=True)


def _own_address() -> str:
    """The address of this machine on its network: where a packet would leave from; none is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"


class Town:
    """The citizens who come, one after the other, and what became of them."""

    def __init__(self, stage: Stage, language: str, ledger: Ledger, seed: int, haste: float) -> None:
        self.stage, self.language, self.ledger, self.haste = stage, language, ledger, haste
        self.citizens: list[Citizen] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self._random = random.Random(seed)
        self._stories = list(STORIES[language])

    def come(self) -> None:
        """One more citizen."""
        n = len(self.citizens)
        story = self._stories[n % len(self._stories)]
        citizen = Citizen(
            self.stage.socket + chat.PATH, self.stage.page, story, self.language, self.ledger,
            self._random.getrandbits(32), self.haste,
        )  # fmt: skip
        self.citizens.append(citizen)
        task = asyncio.create_task(citizen.live())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def keep_coming(self, pause: tuple[float, float]) -> None:
        """Until cancelled; never more than AT_ONCE_MAX at a time."""
        while True:
            if len(self.tasks) < AT_ONCE_MAX:
                self.come()
            await pace(self._random.uniform(*pause))


class Callers:
    """Those who call, one after the other, and what became of their calls."""

    def __init__(self, network: Network, language: str, seed: int, haste: float) -> None:
        self.network, self.language, self.haste = network, language, haste
        self.callers: list[Caller] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self._random = random.Random(seed + 1)
        self._stories = [story for story in STORIES[language] if not story.ticket]

    def call(self) -> None:
        """One more caller."""
        n = len(self.callers)
        number = f"+8210{self._random.randrange(10**7, 10**8):08d}"
        story = self._stories[n % len(self._stories)]
        caller = Caller(self.network, number, story, self.language, self.haste)
        self.callers.append(caller)
        task = asyncio.create_task(caller.live())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def keep_calling(self, first_s: float, pause: tuple[float, float]) -> None:
        """Until cancelled; never more than CALLS_AT_ONCE_MAX at a time."""
        await pace(first_s)
        while True:
            if len(self.tasks) < CALLS_AT_ONCE_MAX:
                self.call()
            await pace(self._random.uniform(*pause))


def _crew(
    stage: Stage, language: str, ledger: Ledger, names: Sequence[str], haste: float, net: Network
) -> list[Colleague]:
    url = stage.socket + desk.PATH
    return [Colleague(url, name, stage.password, language, ledger, haste, net) for name in names]


@contextlib.asynccontextmanager
async def _centre(stage: Stage, colleagues: Sequence[Colleague], *, wait: bool = True) -> AsyncIterator[Processes]:
    """The processes and the scripted colleagues, for as long as it lasts. Everybody knocks until the server is
    there."""
    processes = Processes(stage)
    tasks: list[asyncio.Task[None]] = []
    try:
        await processes.start(wait=wait)
        tasks = [asyncio.create_task(colleague.work()) for colleague in colleagues]
        yield processes
    finally:
        for colleague in colleagues:
            await colleague.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await processes.stop()


async def _headless(stage: Stage, wishes: argparse.Namespace) -> int:
    async with network(stage) as net:
        return await _minute(stage, wishes, net)


async def _minute(stage: Stage, wishes: argparse.Namespace, net: Network) -> int:
    ledger = Ledger()
    crew = _crew(stage, wishes.lang, ledger, [person.name for person in PEOPLE], 0.6, net)
    town = Town(stage, wishes.lang, ledger, wishes.seed, haste=0.5)
    callers = Callers(net, wishes.lang, wishes.seed, haste=0.5)
    async with _centre(stage, crew) as processes:
        _say(wishes.lang, f"시민 화면: {stage.page}", f"Citizens' page: {stage.page}")
        coming = asyncio.create_task(town.keep_coming((1.0, 4.0)))
        calling = asyncio.create_task(callers.keep_calling(3.0, (8.0, 14.0)))
        killing = asyncio.create_task(_kill_later(processes, wishes.lang, min(KILL_AT_S, wishes.seconds / 2)))
        await pace(max(0.0, wishes.seconds - 20.0))
        coming.cancel()
        calling.cancel()
        # Those who have come are served to the end; nobody new comes.
        if town.tasks or callers.tasks:
            await asyncio.wait(town.tasks | callers.tasks, timeout=90.0)
        await killing
        await _look_again(town)
    verified = _verify(stage, wishes.lang)
    report = Report(town.citizens, crew, ledger, processes.kills, processes.starts, *verified, callers=callers.callers)
    report.judge(tickets_wanted=any(c.story.ticket and c.told.done for c in town.citizens))
    for line in report.lines(wishes.lang):
        _say(wishes.lang, line, line)
    return 1 if report.broken else 0


async def _kill_later(processes: Processes, language: str, after_s: float) -> None:
    await pace(after_s)
    _say(language, "서버를 강제 종료합니다(kill -9)…", "Killing the server (kill -9)…")
    processes.kill()
    loop = asyncio.get_running_loop()
    start = loop.time()
    await pace(0.2)
    await processes.ready()
    took = loop.time() - start
    _say(language, f"{took:.1f}초 만에 돌아왔습니다.", f"Back after {took:.1f} s.")


async def _look_again(town: Town) -> None:
    """Every citizen opens her page anew and is shown everything: what is missing now was lost."""
    await asyncio.gather(*(citizen.look_again() for citizen in town.citizens if citizen.told.session))


def _verify(stage: Stage, language: str) -> tuple[bool, str]:
    kept, said = stage.verify()
    return kept, said[0 if language == "ko" else -1]


async def _in_front_of_you(stage: Stage, wishes: argparse.Namespace) -> int:
    """The desk is a process of its own on this terminal; its kill key reaches us as SIGUSR1."""
    async with network(stage) as net:
        for number in range(FIRST_NUMBER, FIRST_NUMBER + len(PEOPLE) + 1):  # the administrator has the first
            net.desk(TEMPLATE.format(number=number))
        return await _with_you(stage, wishes, net)


async def _with_you(stage: Stage, wishes: argparse.Namespace, net: Network) -> int:
    ledger = Ledger()
    crew = _crew(stage, wishes.lang, ledger, [p.name for p in PEOPLE if p.name != YOU], 1.2, net)
    town = Town(stage, wishes.lang, ledger, wishes.seed, haste=1.0)
    callers = Callers(net, wishes.lang, wishes.seed, haste=1.0)
    async with _centre(stage, crew, wait=False) as processes:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, processes.kill)
        if wishes.lan:
            await _show_code(stage, wishes.lang)
        coming = asyncio.create_task(town.keep_coming(ARRIVALS_S))
        calling = asyncio.create_task(callers.keep_calling(FIRST_CALL_S, CALLS_S))
        counting = asyncio.create_task(_keep_status(stage, ledger, processes))
        try:
            status = await _desk(stage, wishes.lang)
        finally:
            coming.cancel()
            calling.cancel()
            counting.cancel()
            for task in town.tasks | callers.tasks:
                task.cancel()
    verified = _verify(stage, wishes.lang)
    report = Report(town.citizens, crew, ledger, processes.kills, processes.starts, *verified, callers=callers.callers)
    report.broken += [name for name, bad in (("lost", ledger.lost), ("doubled", ledger.doubled)) if bad]
    for line in report.lines(wishes.lang):
        _say(wishes.lang, line, line)
    return status or (1 if report.broken else 0)


async def _show_code(stage: Stage, language: str) -> None:
    segno.make(stage.page).terminal(compact=True)
    _say(language, f"휴대전화로 여십시오: {stage.page}  (같은 망의 누구나 접속할 수 있습니다)",
         f"Open on your phone: {stage.page}  (anybody on this network can)")  # fmt: skip
    _say(language, "엔터를 누르면 상담석이 열립니다.", "Press Enter for the desk.")
    await asyncio.to_thread(sys.stdin.readline)


async def _desk(stage: Stage, language: str) -> int:
    env = os.environ | {"DASAN_DEMO_PASSWORD": stage.password}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dasan", "desk", "--config", str(stage.config), "--lang", language, "--name", YOU,
        "--demo", str(stage.folder / "status.json"), env=env,
    )  # fmt: skip
    return await process.wait()


async def _keep_status(stage: Stage, ledger: Ledger, processes: Processes) -> None:
    """The figures for the desk's status line, counted here, twice a second."""
    path = stage.folder / "status.json"
    while True:
        figures = {"lost": ledger.lost, "doubled": ledger.doubled, "kills": processes.kills, "page": stage.page}
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(figures), encoding="utf-8")
        fresh.replace(path)
        await pace(0.5)
