"""A writer killed with SIGKILL at every boundary loses nothing that was acknowledged and leaves nothing half done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from dasan.store import admin
from tests.contract.conftest import opened
from tests.contract.postgres import Cluster
from tests.contract.world import KOREAN, STATES, evolve

ROOT = Path(__file__).resolve().parents[2]
HARNESS = [sys.executable, "-m", "tests.store.crash_harness"]
STEPS = ["first", "say 1", "photo", "end"]


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: a killed process loses no page that it has written, wherever it lies."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(prefix="dasan-crash-", dir=shared) as folder:
        yield Path(folder)


def test_killed_at_any_boundary_the_work_is_whole_and_ends_as_if_nothing_had_happened(quick: Path) -> None:
    done = subprocess.run(
        [*HARNESS, "boundaries", str(quick)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(runs) > 40
    for run in runs:
        place = f"killed at boundary {run['at']}: {run}"
        assert run["status"] == -signal.SIGKILL, place
        assert run["problems"] == [], place
        # acknowledged steps are there; at most the one in work is there beside them
        assert run["acknowledged"] == STEPS[: len(run["acknowledged"])], place
        assert run["present"][: len(run["acknowledged"])] == run["acknowledged"], place
        assert len(run["present"]) - len(run["acknowledged"]) in {0, 1}, place
        # the commands of one batch are together there or together not
        assert len(set(run["partners"][:2])) == len(set(run["partners"][2:])) == 1, place
        assert run["resumed"] == 0, place
        assert run["finished"] == STEPS, place
        assert run["problems_after"] == [], place
        assert run["files"] == 1, place
        assert run["same"], place
    assert {len(run["acknowledged"]) for run in runs} == {0, 1, 2, 3, 4}


@pytest.mark.postgres
@pytest.mark.parametrize(("how", "places"), [("process", 40), ("session", 12), ("backend", 8)])
def test_on_postgresql_whoever_is_killed_another_server_takes_the_work_over(
    postgres: Cluster, quick: Path, how: str, places: int
) -> None:
    done = subprocess.run(
        [*HARNESS, "postgres", str(quick), postgres.fresh(), how],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )
    assert done.returncode == 0, done.stderr
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    met = [run for run in runs if run["status"] or int(run["passed"].split()[-1]) >= run["at"]]
    assert len(met) > places
    for run in met:
        place = f"{how} killed at boundary {run['at']}: {run}"
        assert run["status"] == (-signal.SIGKILL if how == "process" else 0), place
        assert run["problems"] == run["problems_after"] == [], place
        assert run["acknowledged"] == STEPS[: len(run["acknowledged"])], place
        assert run["present"][: len(run["acknowledged"])] == run["acknowledged"], place
        assert len(set(run["partners"][:2])) == len(set(run["partners"][2:])) == 1, place
        assert run["finished"] == STEPS, place
        assert run["photos_after"] == 1, place
        assert len(run["numbers"]) == len(set(run["numbers"])) == 2, place
        assert run["same"], place
    if how == "process":
        assert {len(run["acknowledged"]) for run in met} == {0, 1, 2, 3, 4}
    else:  # the server that lost its connection lived, was refused, sent again and was answered
        assert all(run["acknowledged"] == STEPS for run in met)


@pytest.mark.parametrize("lines", [1, 7, 40])
def test_killed_from_outside_at_any_moment_every_acknowledged_message_is_there_once(tmp_path: Path, lines: int) -> None:
    acknowledged = 0
    for _ in range(2):
        writer = subprocess.Popen(
            [*HARNESS, "write", str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        assert writer.stderr is not None
        for _ in range(lines):
            line = writer.stdout.readline()
            assert line, writer.stderr.read()
            acknowledged = int(line)
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read()  # not communicate(): it would miss what is already in the reader's buffer
        writer.stderr.close()
        writer.stdout.close()
        assert writer.wait(60) == -signal.SIGKILL
        acknowledged = max([acknowledged, *(int(n) for n in rest.split("\n")[:-1])])
        store = opened(f"sqlite:///{tmp_path / 'dasan.db'}")
        entries = store.reads.entries("s_1", limit=100_000)
        numbers = [entry.recorded.event.n for entry in entries]  # type: ignore[attr-defined]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) in {acknowledged, acknowledged + 3}
        assert {entry.body for entry in entries} == {KOREAN.encode()}
        store.close()
        assert admin.verify(f"sqlite:///{tmp_path / 'dasan.db'}", STATES, evolve) == []
