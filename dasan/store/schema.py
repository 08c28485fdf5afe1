"""The schema's version: reading it, and moving it with Alembic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from dasan.store.engine import SQLITE, sqlite_file


def revision_of(url: str) -> str:
    """The schema's revision, "" for a database without tables."""
    with _connected(url) as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return ""
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return "" if found is None else str(found)


def upgrade(url: str, to: str = "head") -> None:
    """Bring the schema up to ``to``. Each migration is one transaction: it happens whole or not at all."""
    with _connected(url) as connection:
        command.upgrade(_config(connection), to)
        connection.commit()


def downgrade(url: str, to: str) -> None:
    """Bring the schema back to ``to`` ("base" removes everything)."""
    with _connected(url) as connection:
        command.downgrade(_config(connection), to)
        connection.commit()


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connected(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    if url.startswith(SQLITE):
        sqlite_file(url).parent.mkdir(parents=True, exist_ok=True)
        sa.event.listen(engine, "connect", _plain_transactions)
        sa.event.listen(engine, "begin", _begin)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _plain_transactions(connection: object, _: object) -> None:
    """The driver's own transactions leave DDL outside; ours hold it."""
    connection.isolation_level = None  # type: ignore[attr-defined]


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
