"""The schema's version: reading it, and moving it with Alembic (imported only when something moves)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dasan.core.errors import ConfigWrong, DasanError, Problem, StorageFull
from dasan.store.engine import SQLITE, sqlite_file
from dasan.store.link import meaning
from dasan.store.tables import REVISION

MIGRATIONS = Path(__file__).parent / "migrations"


class OutOfReach(StorageFull):
    """The database does not answer, said to an operator; ``reason`` is the driver's own first line."""

    def __init__(self, reason: str) -> None:
        DasanError.__init__(self, "out_of_reach", reason=(reason.strip().splitlines() or ["-"])[0])


def revision_of(url: str) -> str:
    """The schema's revision, "" for a database without tables or a file that is not there. Raises OutOfReach."""
    if url.startswith(SQLITE) and not sqlite_file(url).exists():
        return ""
    with _connected(url) as connection:
        return _found(connection)


def _found(connection: sa.Connection) -> str:
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return "" if found is None else str(found)


def known() -> tuple[str, ...]:
    """The revisions this program knows, oldest first."""
    return tuple(sorted(path.name[1:5] for path in MIGRATIONS.glob("versions/v[0-9][0-9][0-9][0-9]_*.py")))


def move_up(url: str, to: str = "head") -> None:
    """Bring the schema up to ``to``. Each migration is one transaction: it happens whole or not at all.

    Raises ConfigWrong for a revision this program does not know, be it there or wanted.
    """
    from alembic import command  # noqa: PLC0415 - slow to import, and not needed to open a store

    with _moving(url, to) as connection:
        command.upgrade(_config(connection), to)


def move_down(url: str, to: str) -> None:
    """Bring the schema back to ``to`` ("base" removes everything). Raises ConfigWrong as :func:`move_up`."""
    from alembic import command  # noqa: PLC0415 - slow to import, and not needed to open a store

    with _moving(url, to) as connection:
        command.downgrade(_config(connection), to)


@contextmanager
def _moving(url: str, to: str) -> Iterator[sa.Connection]:
    """A connection that changes the schema, one at a time; what it did is committed at the end."""
    if to not in {"head", "base", *known()}:
        raise ConfigWrong((_no_such(to),))
    with _connected(url, writing=True) as connection:
        if connection.dialect.name == "postgresql":  # two servers may find the same empty database at the same time
            connection.exec_driver_sql("SELECT pg_advisory_lock(120, 2)")
            connection.commit()
        found = _found(connection)
        if found and found not in known():
            raise ConfigWrong((other_version(found),))
        connection.rollback()
        yield connection
        connection.commit()


def other_version(found: str) -> Problem:
    """What an operator does about a database whose revision is not this program's."""
    if not found or found in known():
        ko = f"데이터베이스의 구조가 {found or '없음'}판이고 이 프로그램은 {REVISION}판을 씁니다. "
        ko += "'dasan db backup'으로 백업한 뒤 'dasan db upgrade'를 실행하십시오."
        en = f"The database has schema {found or 'none'}, this program needs {REVISION}. "
        en += "Back it up with 'dasan db backup' and run 'dasan db upgrade'."
    else:
        ko = f"데이터베이스의 구조가 더 새로운 {found}판이고 이 프로그램은 {REVISION}판까지 압니다. "
        ko += f"새 프로그램을 켜거나, 새 프로그램으로 'dasan db downgrade {REVISION}'을 실행하거나, "
        ko += "'dasan db restore'로 백업을 되돌리십시오."
        en = f"The database has schema {found} of a newer program, this one knows up to {REVISION}. "
        en += f"Start the newer one, or run 'dasan db downgrade {REVISION}' with it, "
        en += "or put a backup back with 'dasan db restore'."
    return Problem(key="database.url", message_ko=ko, message_en=en)


def _no_such(to: str) -> Problem:
    there = ", ".join(known())
    return Problem(
        key="revision",
        message_ko=f"이 프로그램에 {to}판이 없습니다. 아는 판: {there}",
        message_en=f"This program has no revision {to}; it knows {there}.",
    )


def _config(connection: sa.Connection) -> Any:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connected(url: str, *, writing: bool = False) -> Iterator[sa.Connection]:
    options: dict[str, Any] = {} if url.startswith(SQLITE) else {"connect_args": {"connect_timeout": 5}}
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool, **options)
    if url.startswith(SQLITE):
        sqlite_file(url).parent.mkdir(parents=True, exist_ok=True)
        sa.event.listen(engine, "connect", _plain_transactions)
        sa.event.listen(engine, "begin", _begin_writing if writing else _begin)
    try:
        with engine.connect() as connection:
            yield connection
    except sa.exc.OperationalError as error:
        raise OutOfReach(str(error.orig)) from error
    except sa.exc.DBAPIError as error:
        raise meaning(error.orig or error) from error
    finally:
        engine.dispose()


def _plain_transactions(connection: Any, _: object) -> None:
    """The driver's own transactions leave changes of the schema outside; ours hold them."""
    connection.isolation_level = None


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
