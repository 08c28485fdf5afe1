"""Connections: one writer and several readers on SQLite, a pool on PostgreSQL.

Promises: SQLite runs in WAL mode with ``synchronous=FULL``, so that what was committed survives a power cut; readers
are read-only and never wait for the writer; one process at a time may write a file, kept by a lock on ``<file>.lock``
that dies with the process. Files are readable by their owner only.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool

from dasan.core.errors import ConfigWrong, Problem
from dasan.store.checkpoints import Checkpoints
from dasan.store.link import Link, translated

SQLITE = "sqlite:///"
BUSY_MS = 5_000
CACHE_KIB = 65_536
READERS = 4
READERS_MORE = 12
POOL = 8
POOL_MORE = 24


class Backend(Protocol):
    """Where links come from."""

    postgres: bool

    def writer(self) -> Link:
        """A connection for one transaction; give it back with :meth:`done`."""
        ...

    def done(self, link: Link) -> None:
        """The transaction is over."""
        ...

    def scrub(self, link: Link) -> None:
        """Something was erased in what ``link`` committed: leave no copy of it in a log."""
        ...

    def reader(self) -> Link:
        """A connection for reads; close it."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


def sqlite_file(url: str) -> Path:
    """The file of a ``sqlite:///`` URL."""
    return Path(url.removeprefix(SQLITE))


class FileLock:
    """The right to write one SQLite file; held until closed or until the process ends, however it ends."""

    def __init__(self, file: Path) -> None:
        self._handle = os.open(file.with_name(file.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._handle, 32).decode(errors="replace").strip()
            os.close(self._handle)
            raise _in_use(file, holder) from None
        os.ftruncate(self._handle, 0)
        os.write(self._handle, str(os.getpid()).encode())

    def close(self) -> None:
        """Let another process write."""
        os.close(self._handle)


def _in_use(file: Path, holder: str) -> ConfigWrong:
    who_ko, who_en = (f" (프로세스 {holder})", f" (process {holder})") if holder else ("", "")
    return ConfigWrong((Problem(
        key="database.url",
        message_ko=(
            f"다른 서버가 이 데이터베이스를 쓰고 있습니다{who_ko}. "
            "그 서버를 끄거나, 여러 서버를 쓰려면 PostgreSQL로 바꾸십시오."
        ),
        message_en=f"Another server uses this database{who_en}. Stop it, or use PostgreSQL for several servers.",
        file=str(file),
    ),))


class SqliteReader:
    """Read-only connections and nothing else: beside a running server, or in its absence. Creates no file."""

    postgres = False

    def __init__(self, url: str) -> None:
        self.file = sqlite_file(url)
        self._readers = QueuePool(
            self._open_reader, pool_size=READERS, max_overflow=READERS_MORE, reset_on_return="rollback"
        )

    def writer(self) -> Link:
        raise RuntimeError("opened for reading only")

    def done(self, link: Link) -> None:
        raise RuntimeError("opened for reading only")

    def scrub(self, link: Link) -> None:
        raise RuntimeError("opened for reading only")

    def reader(self) -> Link:
        return Link(self._readers.connect(), postgres=False)

    def close(self) -> None:
        self._readers.dispose()

    def _open_reader(self) -> Any:
        raw = sqlite3.connect(
            f"{self.file.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False,
            timeout=BUSY_MS / 1000,
        )
        raw.execute("PRAGMA query_only = ON")
        return raw


class SqliteBackend(SqliteReader):
    """One writer connection behind a lock, and the read-only ones."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._lock: FileLock | None = FileLock(self.file)
        os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))
        self._turn = threading.RLock()
        self._busy = False
        self._checkpoints = Checkpoints(self._open_writer)
        with translated():
            self._writers = QueuePool(self._open_writer, pool_size=1, max_overflow=0, reset_on_return=None)
            self._link = Link(self._writers.connect(), postgres=False)

    def writer(self) -> Link:
        self._turn.acquire()
        if self._busy:
            self._turn.release()
            raise RuntimeError("a unit of work is already open in this thread")
        try:
            if self._link.gone:
                with translated():
                    self._link = Link(self._writers.connect(), postgres=False)
        except BaseException:
            self._turn.release()
            raise
        self._busy = True
        return self._link

    def done(self, link: Link) -> None:
        try:
            if not link.gone:
                self._checkpoints.committed(link.raw)
        finally:
            self._busy = False
            self._turn.release()

    def scrub(self, link: Link) -> None:
        with translated():
            self._checkpoints.scrub(link.raw)

    def close(self) -> None:
        with self._turn:
            self._checkpoints.close()
            self._readers.dispose()  # first: the last to leave moves the log into the file, and readers may not
            self._link.close()
            self._writers.dispose()
            if self._lock is not None:
                self._lock.close()
                self._lock = None

    def _open_writer(self) -> Any:
        raw = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000)
        for pragma in (
            "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", f"cache_size = -{CACHE_KIB}",
            "wal_autocheckpoint = 0",  # dasan/store/checkpoints.py does it
            # What is deleted or replaced is overwritten, so that a destroyed key leaves no copy on a free page.
            "secure_delete = ON",
        ):
            raw.execute(f"PRAGMA {pragma}")
        return raw


class PostgresBackend:
    """A pool of connections; any number of servers."""

    postgres = True

    def __init__(self, url: str, *, reads_only: bool = False) -> None:
        self.url = url
        # Its name tells `dasan db restore` who is a server; somebody who only looks is none.
        options = {"options": "-c default_transaction_read_only=on"} if reads_only else {"application_name": "dasan"}
        self._engine = sa.create_engine(
            make_url(url), pool_size=POOL, max_overflow=POOL_MORE, isolation_level="READ COMMITTED",
            connect_args={"connect_timeout": 5, **options},
        )

    def writer(self) -> Link:
        return self._checkout()

    def done(self, link: Link) -> None:
        link.close()

    def scrub(self, link: Link) -> None:
        """PostgreSQL's log is its operator's (docs/operations.md)."""

    def reader(self) -> Link:
        return self._checkout()

    def lost(self) -> None:
        """A connection broke: none of the pooled ones is to be trusted."""
        self._engine.dispose()

    def close(self) -> None:
        self._engine.dispose()

    def _checkout(self) -> Link:
        with translated():
            try:
                return Link(self._engine.raw_connection(), postgres=True)
            except sa.exc.DBAPIError as error:
                raise (error.orig or error) from error


def backend(url: str) -> Backend:
    """The backend of a database URL. Raises ConfigWrong when a SQLite file is in use, StorageFull when out of reach."""
    return SqliteBackend(url) if url.startswith(SQLITE) else PostgresBackend(url)


def reading(url: str) -> Backend:
    """The same for reads alone, beside whatever server there is. Raises ConfigWrong where no file is."""
    if not url.startswith(SQLITE):
        return PostgresBackend(url, reads_only=True)
    if not sqlite_file(url).exists():
        raise ConfigWrong((Problem(
            key="server.data_dir",
            message_ko="아직 자료 저장소가 없습니다. `dasan init`으로 설치하거나 `dasan db upgrade`로 만드십시오.",
            message_en="There is no database yet; install with `dasan init`, or make one with `dasan db upgrade`.",
            file=str(sqlite_file(url)),
        ),))
    return SqliteReader(url)
