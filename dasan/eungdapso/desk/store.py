"""The desk's own database: tables, versions, transactions.

SQLite in WAL mode with ``synchronous=FULL``: what was answered is on disk. One process writes; ``write()`` begins
IMMEDIATE, so a transaction never fails half-way for want of the lock. The schema is versioned by ``PRAGMA
user_version``: a new file is made at ``VERSION``, an older one is brought up step by step (``STEPS``), a newer one is
refused with a sentence; :func:`lower` takes a file back by ``BACK``, for an older program. The file is readable by its
owner only: it holds what citizens wrote.

``:memory:`` makes a database that is forgotten at the end, for the test endpoint and the tests.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from dasan.core.errors import ConfigWrong, Problem, StorageFull

VERSION = 1
# version reached -> the statements that lead to it from the one before
STEPS: dict[int, tuple[str, ...]] = {}
# version left -> the statements that lead back from it to the one before
BACK: dict[int, tuple[str, ...]] = {}

metadata = sa.MetaData()

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("number", sa.Text, unique=True),
    sa.Column("token", sa.Text, unique=True),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("idempotency_key", sa.Text),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("body_sha256", sa.Text, nullable=False),
    sa.Column("service_code", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("address_id", sa.Text, nullable=False),
    sa.Column("lat", sa.Float),
    sa.Column("long", sa.Float),
    sa.Column("contact", sa.JSON, nullable=False),
    sa.Column("attributes", sa.JSON, nullable=False),
    sa.Column("media_urls", sa.JSON, nullable=False),
    sa.Column("received_us", sa.Integer, nullable=False, index=True),
    sa.Column("reported_us", sa.Integer),
    sa.Column("updated_us", sa.Integer, nullable=False),
    sa.Column("due_us", sa.Integer, nullable=False),
    sa.Column("agency", sa.Text, nullable=False),
    sa.Column("officer", sa.Text, nullable=False),
    sa.Column("notes", sa.Text, nullable=False),
    sa.Column("asks", sa.Integer, nullable=False),
    sa.Column("asked_us", sa.Integer),
    sa.Column("extended", sa.Boolean, nullable=False),
    sa.UniqueConstraint("principal", "idempotency_key"),
    sa.Index("tickets_by_state", "state", "due_us"),
    sqlite_autoincrement=True,
)

updates = sa.Table(
    "updates",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("ticket_id", sa.Integer, sa.ForeignKey("tickets.id"), nullable=False, index=True),
    sa.Column("move", sa.Text, nullable=False),
    sa.Column("from_state", sa.Text, nullable=False),
    sa.Column("to_state", sa.Text, nullable=False),
    sa.Column("at_us", sa.Integer, nullable=False, index=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

# What the other side posted to a ticket (mySociety extension); once per update_id.
peer_updates = sa.Table(
    "peer_updates",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("ticket_id", sa.Integer, sa.ForeignKey("tickets.id"), nullable=False, index=True),
    sa.Column("update_id", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at_us", sa.Integer, nullable=False),
    sa.UniqueConstraint("principal", "ticket_id", "update_id"),
    sqlite_autoincrement=True,
)

media = sa.Table(
    "media",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("at_us", sa.Integer, nullable=False),
)

counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),
)

_NOTHING_WRITTEN = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY}
Connection = sa.Connection  # what the rules hold without knowing SQLAlchemy
MEMORY = ":memory:"


class Store:
    """The open database. Thread-safe: every transaction belongs to one thread, writers take turns."""

    def __init__(self, path: str | Path) -> None:
        """Opens or makes the file. Raises :class:`ConfigWrong` when it belongs to a newer program."""
        self._memory = str(path) == MEMORY
        self._turn = threading.RLock()
        if not self._memory:
            _make_private(Path(path))
        self._engine = _engine(str(path), self._memory)
        try:
            _bring_up(self._engine, str(path))
        except BaseException:
            self._engine.dispose()
            raise

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One writing transaction: committed (on disk) when the block ends, rolled back when it raises.

        Raises :class:`StorageFull` when the disk takes nothing; then nothing was written.
        """
        writing = self._engine.execution_options(dasan_write=True)
        with self._turn, _full_disk_named(), writing.begin() as conn:
            yield conn

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent view; never waits for a writer (but in memory, where all share one connection)."""
        if self._memory:
            with self.write() as conn:
                yield conn
            return
        with self._engine.connect() as conn, conn.begin():
            yield conn

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def _full_disk_named() -> Iterator[None]:
    """A disk that is full or read-only, or a lock that is never free, by its own name: then nothing was written."""
    try:
        yield
    except sa.exc.OperationalError as wrong:
        if getattr(wrong.orig, "sqlite_errorcode", 0) & 0xFF in _NOTHING_WRITTEN:
            raise StorageFull from wrong
        raise


def _make_private(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _engine(path: str, memory: bool) -> sa.Engine:
    url = sa.URL.create("sqlite", database=path)
    args: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": 10}}
    if memory:
        args["poolclass"] = StaticPool
    engine = sa.create_engine(url, **args)
    sa.event.listen(engine, "connect", _on_connect)
    sa.event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver would begin too late
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(conn: sa.Connection) -> None:
    conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.get_execution_options().get("dasan_write") else "BEGIN")


def version_of(path: Path) -> int:
    """The version of the file; 0 where there is none, or an empty one. Changes nothing."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as raw:
        return int(raw.execute("PRAGMA user_version").fetchone()[0])


def lower(path: Path, to: int) -> int:
    """Take a stopped desk's file back to an older version, whole or not at all; the version reached.

    Raises :class:`ConfigWrong` where this program does not know the way.
    """
    found = version_of(path)
    way = range(found, to, -1)
    if found > VERSION or to < 1 or any(version not in BACK for version in way):
        raise ConfigWrong((_no_way_back(path, found, to),))
    engine = _engine(str(path), memory=False)
    try:
        with engine.execution_options(dasan_write=True).begin() as conn:
            for version in way:
                for statement in BACK[version]:
                    conn.exec_driver_sql(statement)
            conn.exec_driver_sql(f"PRAGMA user_version = {min(found, to)}")
    finally:
        engine.dispose()
    return min(found, to)


def _bring_up(engine: sa.Engine, path: str) -> None:
    with engine.execution_options(dasan_write=True).begin() as conn:
        found = int(conn.exec_driver_sql("PRAGMA user_version").scalar_one())
        if found > VERSION:
            raise ConfigWrong((_too_new(path, found),))
        if found == 0:
            metadata.create_all(conn)
        for version in range(max(found, 1) + 1, VERSION + 1) if found else ():
            for statement in STEPS[version]:
                conn.exec_driver_sql(statement)
        conn.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


def _too_new(path: str, found: int) -> Problem:
    return Problem(
        key="eungdapso.database",
        message_ko=(
            f"응답소의 데이터베이스가 더 새로운 {found}판이고 이 프로그램은 {VERSION}판까지 압니다. "
            f"새 프로그램을 켜거나, 새 프로그램으로 'dasan db downgrade --desk {VERSION}'을 실행하거나, "
            "'dasan db restore'로 백업을 되돌리십시오."
        ),
        message_en=(
            f"the ticket desk's database has version {found} of a newer program, this one knows up to {VERSION}. "
            f"Start the newer one, or run 'dasan db downgrade --desk {VERSION}' with it, "
            "or put a backup back with 'dasan db restore'."
        ),
        file=path,
    )


def _no_way_back(path: Path, found: int, to: int) -> Problem:
    return Problem(
        key="eungdapso.database",
        message_ko=f"응답소의 데이터베이스를 {found}판에서 {to}판으로 되돌리는 길을 모릅니다. 바꾼 것은 없습니다.",
        message_en=f"there is no way back from version {found} of the desk's database to {to}; nothing was changed.",
        file=str(path),
    )
