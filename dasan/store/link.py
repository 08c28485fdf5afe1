"""One database connection, spoken to in prepared text; and what the drivers' errors mean to the service.

Promises: SQL is written once, with ``?``; rows go in by the batch. SQLite takes a batch as executemany, PostgreSQL as
one statement over arrays (measured: several times as fast as row by row). SQLAlchemy gives connections, pools and
schema; the statements on the path of every message go to the driver directly, because compiling and wrapping them cost
more than SQLite itself. Errors come out as the classes of dasan/core/errors.py: a full, read-only or failing disk as
StorageFull, a lost race as Clash; anything else is our own fault and passes as it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy.pool import PoolProxiedConnection

from dasan.core.errors import Clash, DasanError, StorageFull

Row = tuple[Any, ...]

# https://sqlite.org/rescode.html: primary result codes
_SQLITE_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})
_SQLITE_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES_RACE = frozenset({"23505", "40001", "40P01", "55P03"})
_POSTGRES_FULL_CLASSES = frozenset({"08", "53", "57", "58"})  # connection, resources, operator, system
_POSTGRES_READ_ONLY = "25006"


class Damaged(StorageFull):
    """The database's file is broken: nothing can be written, and only a copy helps."""

    def __init__(self) -> None:
        DasanError.__init__(self, "damaged")


@dataclass(frozen=True, slots=True)
class Bulk:
    """A statement for many rows in both dialects."""

    sqlite: str
    postgres: str
    width: int


def bulk_insert(table: str, columns: dict[str, str], suffix: str = "") -> Bulk:
    """INSERT of rows whose columns have those PostgreSQL types; ``suffix`` is an ON CONFLICT clause."""
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
    head = f"INSERT INTO {table} ({names}) "
    many = f"{head}SELECT * FROM unnest({arrays}) WHERE true {suffix}"  # noqa: S608
    return Bulk(f"{head}VALUES ({marks}) {suffix}", many, len(columns))


def bulk_update(table: str, sets: dict[str, str], where: dict[str, str]) -> Bulk:
    """UPDATE of rows; each row gives the new values first and then the values to find it by."""
    kinds = [*sets.values(), *where.values()]
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    news, olds = [f"v{i}" for i in range(len(sets))], [f"w{i}" for i in range(len(where))]
    sqlite = f"UPDATE {table} SET {', '.join(f'{n} = ?' for n in sets)} WHERE {' AND '.join(f'{n} = ?' for n in where)}"  # noqa: S608
    assign = ", ".join(f"{name} = u.{alias}" for name, alias in zip(sets, news, strict=True))
    match = " AND ".join(f"t.{name} = u.{alias}" for name, alias in zip(where, olds, strict=True))
    given = f"unnest({arrays}) AS u({', '.join(news + olds)})"
    return Bulk(sqlite, f"UPDATE {table} t SET {assign} FROM {given} WHERE {match}", len(kinds))  # noqa: S608


def bulk_delete(table: str, where: dict[str, str]) -> Bulk:
    """DELETE of the rows that have these values."""
    arrays = ", ".join(f"%s::{kind}[]" for kind in where.values())
    names = ", ".join(where)
    sqlite = f"DELETE FROM {table} WHERE {' AND '.join(f'{n} = ?' for n in where)}"  # noqa: S608
    return Bulk(sqlite, f"DELETE FROM {table} WHERE ({names}) IN (SELECT * FROM unnest({arrays}))", len(where))  # noqa: S608


@lru_cache(maxsize=512)
def _percent(sql: str) -> str:
    return sql.replace("?", "%s")


class Link:
    """A pooled connection in use. ``postgres`` says which dialect it speaks, ``gone`` that it was thrown away."""

    __slots__ = ("_cursor", "_pooled", "gone", "postgres", "raw")

    def __init__(self, pooled: PoolProxiedConnection, postgres: bool) -> None:
        self._pooled = pooled
        self.gone = False
        self.postgres = postgres
        raw: Any = pooled.driver_connection
        self.raw = raw
        self._cursor: Any = raw.cursor()

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        cursor = self._cursor
        cursor.execute(_percent(sql) if self.postgres else sql, params)
        found: list[Row] = cursor.fetchall()
        return found

    def row(self, sql: str, params: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        cursor = self._cursor
        cursor.execute(_percent(sql) if self.postgres else sql, params)
        found: Row | None = cursor.fetchone()
        return found

    def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Run a statement; how many rows it changed."""
        self._cursor.execute(_percent(sql) if self.postgres else sql, params)
        count: int = self._cursor.rowcount
        return count

    def many(self, bulk: Bulk, rows: Sequence[Row]) -> int:
        """Run a bulk statement for all rows (none: nothing happens); how many rows it changed."""
        if not rows:
            return 0
        cursor = self._cursor
        if self.postgres:
            cursor.execute(bulk.postgres, [list(column) for column in zip(*rows, strict=True)])
        elif len(rows) == 1:
            cursor.execute(bulk.sqlite, rows[0])
        else:
            cursor.executemany(bulk.sqlite, rows)
        count: int = cursor.rowcount
        return count

    def begin(self) -> None:
        """Start writing. SQLite takes the write lock now, so that a transaction never fails half-way for want of it."""
        if not self.postgres:
            self._cursor.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make it durable."""
        if self.postgres:
            self.raw.commit()
        else:
            self._cursor.execute("COMMIT")

    def rollback(self) -> None:
        """Forget what was not committed; never raises, a broken connection is thrown away."""
        if self.gone:
            return
        try:
            if self.postgres:
                self.raw.rollback()
            elif self.raw.in_transaction:
                self._cursor.execute("ROLLBACK")
        except (sqlite3.Error, psycopg.Error):
            self.discard()

    def discard(self) -> None:
        """Throw the connection away, with every lock that its session may still hold."""
        if not self.gone:
            self.gone = True
            self._pooled.invalidate()

    def close(self) -> None:
        """Give the connection back to its pool; a broken one is thrown away, or the pool would complain of it."""
        if self.postgres and self.raw.closed:
            self.discard()
        self._pooled.close()


@contextmanager
def translated(stream: str = "") -> Iterator[None]:
    """Turn the drivers' errors into ours. Raises Clash for ``stream``, StorageFull, or the driver's own error."""
    try:
        yield
    except (sqlite3.Error, psycopg.Error) as error:
        ours = meaning(error, stream)
        if ours is error:
            raise
        raise ours from error


def meaning(error: BaseException, stream: str = "") -> BaseException:
    """What a driver's error means to the service; itself when it is our own fault."""
    if isinstance(error, sqlite3.IntegrityError):
        unique = error.sqlite_errorcode in {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
        return Clash(stream) if unique else error
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _SQLITE_DAMAGED:
            return Damaged()
        return StorageFull() if code in _SQLITE_FULL else error
    if isinstance(error, psycopg.Error):
        state = error.sqlstate or ""
        if state in _POSTGRES_RACE:
            return Clash(stream)
        lost = not state and isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
        if lost or state == _POSTGRES_READ_ONLY or state[:2] in _POSTGRES_FULL_CLASSES:
            return StorageFull()
    return error
