"""The schema is made by migrations, the same on both databases, and a database of another version is not opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import dasan.store
from dasan.core.errors import ConfigWrong, StorageFull
from dasan.store import admin
from dasan.store.tables import REVISION, metadata
from tests.contract.conftest import opened
from tests.contract.postgres import Cluster
from tests.contract.world import Scribe


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, url: str) -> str:
    """The URL of a database without any table."""
    return url if request.param == "sqlite" else str(request.getfixturevalue("postgres").bare())


def tables(url: str) -> set[str]:
    engine = sa.create_engine(url)
    try:
        return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
def test_the_migrations_make_the_tables_that_the_code_knows(empty: str) -> None:
    assert admin.upgrade(empty) == REVISION
    engine = sa.create_engine(empty)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    # PostgreSQL's journal has one column more, which only the migration and the reads know.
    assert [one for one in found if "txid" not in str(one)] == []


def test_a_new_database_is_made_ready_when_it_is_opened(empty: str) -> None:
    assert admin.current(empty) == ("", REVISION)
    opened(empty).close()
    assert admin.current(empty) == (REVISION, REVISION)


def test_going_back_below_the_first_schema_leaves_nothing_and_up_again_works(empty: str) -> None:
    admin.upgrade(empty)
    assert admin.downgrade(empty, "base") == ""
    assert tables(empty) == set()
    assert admin.upgrade(empty) == REVISION
    assert tables(empty) == set(metadata.tables)


def test_a_database_of_another_version_is_refused_with_what_to_do(empty: str) -> None:
    admin.upgrade(empty)
    engine = sa.create_engine(empty)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ConfigWrong) as wrong:
        opened(empty)
    (problem,) = wrong.value.problems
    assert "9999" in problem.message_en
    assert "dasan db upgrade" in problem.message_en
    assert "dasan db upgrade" in problem.message_ko


def test_the_revision_in_the_code_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(dasan.store.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


def test_a_migration_that_fails_half_way_leaves_the_schema_as_it_was(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic.operations import Operations

    real = Operations.create_table

    def failing(self: Any, name: str, *args: Any, **more: Any) -> Any:
        if name == "tokens":
            raise RuntimeError("the power went")
        return real(self, name, *args, **more)

    monkeypatch.setattr(Operations, "create_table", failing)
    with pytest.raises(RuntimeError):
        admin.upgrade(url)
    assert tables(url) == set()
    assert admin.current(url)[0] == ""


def test_the_schema_is_not_moved_under_a_running_server(store: Any, url: str) -> None:
    moves = (lambda: admin.upgrade(url), lambda: admin.downgrade(url, "base"), lambda: admin.restore(url, Path("x")))
    for move in moves:
        with pytest.raises(ConfigWrong) as wrong:
            move()
        assert "PostgreSQL" in wrong.value.problems[0].message_ko


def test_upgrading_with_open_sessions_keeps_them(url: str, scribe: Scribe) -> None:
    store = opened(url)
    scribe.open(store, "s_1", 7)
    store.close()
    assert admin.upgrade(url) == REVISION
    again = opened(url)
    assert again.reads.load("s_1").state.number == 7
    again.close()


def test_asking_for_the_version_of_a_file_that_is_not_there_makes_no_file(file: Path, url: str) -> None:
    assert admin.current(url) == ("", REVISION)
    assert not file.exists()


@pytest.mark.postgres
def test_a_database_out_of_reach_is_told_as_such(postgres: Cluster) -> None:
    nowhere = postgres.url("nobody_made_this")
    with pytest.raises(admin.OutOfReach):
        admin.current(nowhere)
    with pytest.raises(StorageFull):
        opened(nowhere)
