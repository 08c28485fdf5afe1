"""The schema's version: reading it, and moving it with Alembic (imported only when something moves)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dasan.core.errors import DasanError, StorageFull
from dasan.store.engine import SQLITE, sqlite_file


class OutOfReach(StorageFull):
    """The database does not answer, said to an operator; ``reason`` is the driver's own first line."""

    def __init__(self, reason: str) -> None:
        DasanError.__init__(self, "out_of_reach", reason=(reason.strip().splitlines() or ["-"])[0])


def revision_of(url: str) -> str:
    """The schema's revision, "" for a database without tables or a file that is not there. Raises OutOfReach."""
    if url.startswith(SQLITE) and not sqlite_file(url).exists():
        return ""
    with _connected(url) as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return ""
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return "" if found is None else str(found)


def move_up(url: str, to: str = "head") -> None:
    """Bring the schema up to ``to``. Each migration is one transaction: it happens whole or not at all."""
    from alembic import command  # noqa: PLC0415 - slow to import, and not needed to open a store

    with _connected(url, writing=True) as connection:
        command.upgrade(_config(connection), to)
        connection.commit()


def move_down(url: str, to: str) -> None:
    """Bring the schema back to ``to`` ("base" removes everything)."""
    from alembic import command  # noqa: PLC0415 - slow to import, and not needed to open a store

    with _connected(url, writing=True) as connection:
        command.downgrade(_config(connection), to)
        connection.commit()


def _config(connection: sa.Connection) -> Any:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
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
    finally:
        engine.dispose()


def _plain_transactions(connection: Any, _: object) -> None:
    """The driver's own transactions leave changes of the schema outside; ours hold them."""
    connection.isolation_level = None


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
