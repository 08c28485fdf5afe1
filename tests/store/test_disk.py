"""A full or failing disk refuses what is new and keeps what was acknowledged; one server per SQLite file."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dasan.core.errors import ConfigWrong, StorageFull
from dasan.store import admin
from dasan.store.link import Link
from tests.contract.conftest import opened
from tests.contract.postgres import Cluster
from tests.contract.world import KOREAN, STATES, Scribe, evolve

ROOT = Path(__file__).resolve().parents[2]

FILL = """
import resource, signal, sys
from tests.contract.conftest import opened
from tests.contract.world import KOREAN, Scribe
from dasan.core.errors import StorageFull
store, scribe = opened("sqlite:///" + sys.argv[1]), Scribe()
scribe.open(store, "s_1")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, resource.RLIM_INFINITY))  # from here on the disk takes no more
kept = 0
try:
    for n in range(10_000):
        scribe.say(store, "s_1", KOREAN * 3)
        kept += 1
except StorageFull as error:
    print("full", error.code)
for again in range(3):
    try:
        scribe.say(store, "s_1", KOREAN)
        kept += 1
    except StorageFull:
        pass
assert len(store.reads.entries("s_1", limit=100_000)) == kept, "reads go on"
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))  # somebody made room
scribe.say(store, "s_1", "이제 됩니다")
print("kept", kept + 1, len(store.reads.entries("s_1", limit=100_000)))
"""


def child(script: str, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *args], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_disk_that_takes_no_more_refuses_and_loses_nothing(file: Path, url: str) -> None:
    done = child(FILL, str(file))
    assert done.returncode == 0, done.stderr
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert said["full"] == "storage_full"
    kept, there = map(int, said["kept"].split())
    assert kept == there > 20
    assert admin.verify(url, STATES, evolve) == []
    store = opened(url)
    assert len(store.reads.entries("s_1", limit=100_000)) == kept
    store.close()


def test_a_database_at_its_largest_size_refuses_the_whole_unit(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1")
    link = store.backend.writer()
    pages = link.rows("PRAGMA page_count")[0][0]
    link.rows(f"PRAGMA max_page_count = {pages}")
    store.backend.done(link)
    with store.unit() as unit:
        unit.record(scribe.opening(unit, "s_2", addresses_open=[("a", "120", "s_2")]))
        for _ in range(60):
            unit.record(scribe.saying(unit, "s_2", KOREAN * 20))
        with pytest.raises(StorageFull):
            unit.commit()
    assert store.reads.head("s_2") is None
    link = store.backend.writer()
    link.rows(f"PRAGMA max_page_count = {pages + 1000}")
    store.backend.done(link)
    with store.unit() as unit:
        assert unit.load("s_2") is None
        assert unit.session_at("a", "120") is None
    assert scribe.open(store, "s_2") == 2
    assert [position for position, _ in store.reads.journal()] == [1, 2]


def test_a_commit_that_reported_failure_and_still_reached_the_disk_stops_nothing(
    store: Any, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk may fail after the last byte was written: the writer was told no, the file says yes."""
    import sqlite3

    scribe.open(store, "s_1")
    real = Link.commit

    def failing(link: Link) -> None:
        real(link)
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Link, "commit", failing)
        with pytest.raises(StorageFull):
            scribe.say(store, "s_1", KOREAN, request="once")
    with store.unit() as unit:
        assert unit.replied("p_citizen", "once") is not None  # the retry is answered and not done again
        assert unit.load("s_1").state.entries == 1
    assert scribe.say(store, "s_1", KOREAN) == 3


def test_a_writer_that_could_not_even_roll_back_is_replaced(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1")
    with store.unit() as unit:
        unit.record(scribe.saying(unit, "s_1", "가라앉은 글"))
        unit.replied("p_citizen", "begin")
        unit._link.raw.close()
        with pytest.raises(Exception, match="closed"):
            unit.commit()
    assert scribe.say(store, "s_1", KOREAN) == 2
    assert [entry.body for entry in store.reads.entries("s_1")] == [KOREAN.encode()]


def test_a_read_only_database_refuses(store: Any, scribe: Scribe) -> None:
    scribe.open(store, "s_1")
    link = store.backend.writer()
    link.rows("PRAGMA query_only = ON")
    store.backend.done(link)
    with pytest.raises(StorageFull):
        scribe.say(store, "s_1", KOREAN)


def test_a_second_server_on_the_file_is_refused_with_a_sentence(store: Any, url: str) -> None:
    for attempt in (lambda: opened(url), lambda: _opened_elsewhere(url)):
        with pytest.raises(ConfigWrong) as wrong:
            attempt()
        (problem,) = wrong.value.problems
        assert str(os.getpid()) in problem.message_en
        assert "Stop it, or use PostgreSQL" in problem.message_en
        assert "서버" in problem.message_ko


OPEN = """
import sys
from dasan.core.errors import ConfigWrong
from tests.contract.conftest import opened
try:
    opened(sys.argv[1])
except ConfigWrong as wrong:
    problem = wrong.problems[0]
    print(problem.message_ko, problem.message_en, sep="\\n")
"""


def _opened_elsewhere(url: str) -> None:
    from dasan.core.errors import Problem

    done = child(OPEN, url)
    assert done.returncode == 0, done.stderr
    if done.stdout:
        ko, en = done.stdout.splitlines()
        raise ConfigWrong((Problem("database.url", ko, en),))


HOLD = """
import sys, time
from tests.contract.conftest import opened
store = opened(sys.argv[1])
print("ready", flush=True)
sys.stdin.read()
"""


def test_the_right_to_write_dies_with_its_holder(url: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        with pytest.raises(ConfigWrong):
            opened(url)
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(20)
    opened(url).close()


def test_files_are_readable_by_their_owner_only(store: Any, file: Path, scribe: Scribe) -> None:
    scribe.open(store, "s_1")
    for path in file.parent.glob("dasan.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_forgotten_unit_in_the_same_thread_is_a_defect_and_not_a_standstill(store: Any) -> None:
    with store.unit(), pytest.raises(RuntimeError), store.unit():
        pass
    with store.unit() as unit:
        assert unit.load("s_1") is None


def test_commits_are_forced_to_the_disk(store: Any) -> None:
    link = store.backend.writer()
    found = {name: link.rows(f"PRAGMA {name}")[0][0] for name in ("synchronous", "journal_mode", "secure_delete")}
    store.backend.done(link)
    assert found == {"synchronous": 2, "journal_mode": "wal", "secure_delete": 1}
    reader = store.backend.reader()
    assert reader.rows("PRAGMA query_only")[0][0] == 1
    reader.close()


@pytest.mark.postgres
def test_a_postgresql_that_goes_away_refuses_and_comes_back(postgres: Cluster, scribe: Scribe) -> None:
    store = opened(postgres.fresh())
    scribe.open(store, "s_1")
    assert postgres is not None
    postgres.stop("immediate")
    try:
        with pytest.raises(StorageFull):
            scribe.say(store, "s_1", "받을 수 없습니다")
        with pytest.raises(StorageFull):
            store.reads.load("s_1")
    finally:
        postgres.start()
    for _ in range(3):
        try:
            scribe.say(store, "s_1", KOREAN)
            break
        except StorageFull:
            continue
    assert [entry.body for entry in store.reads.entries("s_1")] == [KOREAN.encode()]
    store.close()
