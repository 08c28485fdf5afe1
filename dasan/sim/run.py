"""``dasan simulate``: a centre on a virtual clock, from one seed; the last line is the journal's SHA-256.

Exit status: 0 all promises held, 1 one was broken (named with the command that shows it again), 2 wrong flags.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dasan.core.time import clock
from dasan.sim.promises import Violation
from dasan.sim.report import told
from dasan.sim.scenario import WEATHERS, Scenario
from dasan.sim.world import World

KEY = b"simulated centre, no secrets here"


def main(args: Sequence[str]) -> int:
    """Run one scenario and print what it showed; the exit status."""
    flags = _parser().parse_args(args)
    start = flags.start if flags.start is not None else (0.0 if flags.hours >= 24 else 10.0)
    scenario = Scenario(
        flags.seed, flags.hours, start, flags.counselors, flags.arrivals, flags.faults, calls=flags.calls
    )
    with opened(flags.store) as store:
        world = World(scenario, store, replay=f"{scenario.command()} --store {flags.store}")
        try:
            with quiet_memory():
                world.run(None if flags.quiet else lambda world: _progress(world, flags.lang))
        except Violation as violation:
            sys.stderr.write(f"{violation}\n")
            return 1
        for line in told(world, flags.lang):
            sys.stdout.write(line + "\n")
        sys.stdout.write(f"SHA-256 {world.checker.replay.hash.hexdigest()}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dasan simulate", description="가상 시계로 상담센터를 돌려 봅니다 / Run a centre on a virtual clock."
    )
    number = _at_least(1, int)
    parser.add_argument("--seed", type=int, default=120, help="씨앗. The seed of everything (120)")
    parser.add_argument("--hours", type=_at_least(0.01, float), default=24.0, help="시간. Virtual hours (24)")
    parser.add_argument(
        "--from",
        dest="start",
        type=_at_least(0, float),
        default=None,
        help="시작 시각. Hour of the day to begin at (0 for a whole day, else 10)",
    )
    parser.add_argument("--counselors", type=number, default=120, help="상담사 수. Counselors on the roster (120)")
    parser.add_argument("--arrivals", type=number, default=43_000, help="하루 상담 수. Contacts a day (43000)")
    parser.add_argument(
        "--calls", type=_share, default=0.5, help="전화의 몫(0~1). Share of contacts that are calls (0.5)"
    )
    parser.add_argument("--faults", choices=list(WEATHERS), default="some", help="장애. Faults (some)")
    parser.add_argument("--store", choices=["memory", "sqlite"], default="memory", help="저장소. The store (memory)")
    parser.add_argument("--lang", choices=["ko", "en"], default="ko", help="말. Language of the summary (ko)")
    parser.add_argument("--quiet", action="store_true", help="경과를 쓰지 않음. No progress")
    return parser


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("0에서 1까지입니다 / must be from 0 to 1")
    return value


def _at_least(least: float, kind: Callable[[str], Any]) -> Callable[[str], Any]:
    def number(text: str) -> Any:
        value = kind(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{least:g} 이상이어야 합니다 / must be at least {least:g}")
        return value

    number.__name__ = kind.__name__
    return number


def _progress(world: World, language: str) -> None:
    at, came, taken = clock(world.clock.at_us)[:5], world.arrived, world.checker.log.offers["accepted"]
    if language == "ko":
        sys.stderr.write(f"{at}  온 상담 {came:,}, 수락 {taken:,}, 대기 {world.dispatcher.waiting}\n")
    else:
        sys.stderr.write(f"{at}  arrived {came:,}, taken {taken:,}, waiting {world.dispatcher.waiting}\n")


@contextmanager
def opened(kind: str) -> Iterator[Any]:
    """A fresh store: in memory, or SQLite in a folder that is removed afterwards."""
    if kind == "memory":
        from dasan.store.memory import MemoryStore  # noqa: PLC0415 - one of two, chosen here

        yield MemoryStore()
        return
    from dasan.core.fold import STATES, evolve  # noqa: PLC0415
    from dasan.store.opening import open_store  # noqa: PLC0415
    from dasan.store.sealing import Keyring  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="dasan-simulate-") as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'simulated.db'}", Keyring(KEY[:32]), STATES, evolve)
        try:
            yield store
        finally:
            store.close()


@contextmanager
def quiet_memory() -> Iterator[None]:
    """A run makes millions of values that live to its end and no cycles worth looking for."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
