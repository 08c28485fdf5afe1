"""Opening the knowledge base's database and bringing its schema up to date.

A newer schema than this program knows is refused, so that an old program never writes into it. On SQLite the file is
in WAL mode with full synchronisation: a commit that returned is on disk.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, delete, event, insert, inspect, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from knowledge_base.store.tables import counted, counts, metadata, revision, schema_step

_BUSY_MS = 10_000
_WAL_TRIES, _WAL_PAUSE_S = 100, 0.05
_LOCK_KEY = 120_120_120  # one number for all schema upgrades of this package on one PostgreSQL


class SchemaTooNewError(Exception):
    """The database was written by a newer version of this program: upgrade the program, not the database."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"지식 데이터베이스의 구조({found})가 이 프로그램({known})보다 새것입니다. "
            "프로그램을 올린 뒤 다시 여십시오. / "
            f"The knowledge database has schema {found}, this program knows {known}. Upgrade the program."
        )


class NotOpenedError(Exception):
    """The database is out of reach, full or damaged; the text is the database's own, without the URL."""


def _first_step(connection: Connection) -> None:
    metadata.create_all(connection, tables=[table for table in metadata.sorted_tables if table is not counted])
    connection.execute(insert(revision).values(number=0))


def _second_step(connection: Connection) -> None:
    """Counts follow the service's journal from its beginning: what was counted by hand before is counted anew."""
    counted.create(connection)
    connection.execute(insert(counted).values(position=0))
    connection.execute(delete(counts))


# the n-th entry brings a database from step n to n+1; entries are only ever appended
STEPS: tuple[Callable[[Connection], None], ...] = (_first_step, _second_step)


class Database:
    """An opened knowledge database. ``reading`` and ``writing`` give a connection in a transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database throughout."""
        with self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            else:
                connection.execute(text("BEGIN"))
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose changes are committed at the end, all or none; writers take turns."""
        with self.engine.connect() as connection, connection.begin():
            if connection.dialect.name == "sqlite":
                connection.execute(text("BEGIN IMMEDIATE"))
            yield connection

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """The database at ``url`` (``sqlite:///path`` or ``postgresql+psycopg://…``), created or upgraded as needed.

    Raises SchemaTooNewError and NotOpenedError.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ValueError("the knowledge base needs a file: sqlite:///path/to/knowledge.db")
        engine = create_engine(parsed, poolclass=NullPool, connect_args={"timeout": _BUSY_MS / 1000})
        event.listen(engine, "connect", _prepare_sqlite)
    else:
        engine = create_engine(parsed, pool_size=2, max_overflow=2, pool_pre_ping=True)
    database = Database(engine)
    try:
        with database.writing() as connection:
            _upgrade(connection)
    except DBAPIError as error:
        database.close()
        raise NotOpenedError(str(error.orig)) from error
    except BaseException:
        database.close()
        raise
    return database


def _prepare_sqlite(dbapi_connection, _record) -> None:  # type: ignore[no-untyped-def]
    dbapi_connection.isolation_level = None  # we say BEGIN IMMEDIATE ourselves
    _write_ahead(dbapi_connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _write_ahead(dbapi_connection: sqlite3.Connection) -> None:
    """Two who open a new file at once both want to change its mode, and SQLite does not wait for that by itself."""
    for tries_left in reversed(range(_WAL_TRIES)):
        try:
            dbapi_connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or not tries_left:
                raise
            time.sleep(_WAL_PAUSE_S)


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})"))
    step = 0
    if inspect(connection).has_table(schema_step.name):
        step = connection.execute(select(schema_step.c.step)).scalar_one()
    if step > len(STEPS):
        raise SchemaTooNewError(step, len(STEPS))
    for do in STEPS[step:]:
        do(connection)
    if step == 0:
        connection.execute(insert(schema_step).values(step=len(STEPS)))
    elif step < len(STEPS):
        connection.execute(update(schema_step).values(step=len(STEPS)))
