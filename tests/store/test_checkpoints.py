"""SQLite's log: moved beside the writer, kept short, and emptied when something was erased."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from dasan.store.checkpoints import Checkpoints, move

PAGE = 4_096
LONG = 50
BODY = "x" * 3_000  # one row a page


@pytest.fixture
def writer(file: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(file)
    connection.execute("CREATE TABLE words (n INTEGER PRIMARY KEY, body TEXT)")
    yield connection
    connection.close()


@pytest.fixture
def checkpoints(file: Path, writer: sqlite3.Connection) -> Iterator[Checkpoints]:
    made = Checkpoints(lambda: connect(file), every_s=0.001, long_pages=LONG)
    yield made
    made.close()


def connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=5)
    for pragma in ("journal_mode = WAL", "synchronous = OFF", "wal_autocheckpoint = 0", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def log(file: Path) -> Path:
    return file.with_name(file.name + "-wal")


def write(writer: sqlite3.Connection, checkpoints: Checkpoints, body: str = BODY) -> None:
    writer.execute("INSERT INTO words (body) VALUES (?)", (body,))
    checkpoints.committed(writer)


def test_the_log_starts_anew_although_commits_never_pause(
    file: Path, writer: sqlite3.Connection, checkpoints: Checkpoints
) -> None:
    written = 0
    while written < 200 * LONG:
        write(writer, checkpoints)
        written += 1
    assert log(file).stat().st_size < written * PAGE / 2, "the log only grew"
    assert writer.execute("SELECT count(*) FROM words").fetchone() == (written,)


def test_what_was_erased_is_in_no_file_any_more(
    file: Path, writer: sqlite3.Connection, checkpoints: Checkpoints
) -> None:
    for _ in range(LONG):
        write(writer, checkpoints, "a secret" + BODY)
    writer.execute("DELETE FROM words")
    checkpoints.scrub(writer)
    assert log(file).stat().st_size == 0
    assert b"a secret" not in file.read_bytes()


def test_the_thread_outlives_a_connection_that_cannot_be_opened(file: Path, writer: sqlite3.Connection) -> None:
    tried: list[int] = []

    def opened() -> sqlite3.Connection:
        tried.append(1)
        if len(tried) < 3:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(file)

    checkpoints = Checkpoints(opened, every_s=0.0, long_pages=LONG)
    for _ in range(100_000):
        write(writer, checkpoints)
        if len(tried) == 3:
            break
    checkpoints.close()
    assert len(tried) == 3


def test_a_checkpoint_that_fails_on_a_damaged_file_takes_nothing_from_the_writer(file: Path) -> None:
    file.write_bytes(b"no database, and long enough to have a header " * 100)
    broken = sqlite3.connect(file)
    assert move(broken) == 0
    broken.close()


def test_closing_without_a_commit_starts_nothing(file: Path) -> None:
    checkpoints = Checkpoints(lambda: pytest.fail("nothing was written"))
    checkpoints.close()
