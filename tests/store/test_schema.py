"""The schema is made by migrations, the same on both databases, and a database of another version is not opened."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from dasan.core.errors import ConfigWrong, StorageFull
from dasan.store import admin
from dasan.store.schema import MIGRATIONS, known
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
    for sentence in (problem.message_en, problem.message_ko):
        assert "9999" in sentence
        assert f"dasan db downgrade {REVISION}" in sentence
        assert "dasan db restore" in sentence
    for move in (lambda: admin.upgrade(empty), lambda: admin.downgrade(empty, "base")):
        with pytest.raises(ConfigWrong) as wrong:
            move()
        assert "9999" in wrong.value.problems[0].message_en


def test_a_database_of_an_older_version_is_refused_with_the_command_that_brings_it_up(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.upgrade(empty)
    for module in ("opening", "schema"):
        monkeypatch.setattr(f"dasan.store.{module}.REVISION", "0815")
    with pytest.raises(ConfigWrong) as wrong:
        opened(empty)
    for sentence in (wrong.value.problems[0].message_en, wrong.value.problems[0].message_ko):
        assert REVISION in sentence
        assert "dasan db upgrade" in sentence


def test_a_revision_that_nobody_made_is_refused_by_name(empty: str) -> None:
    admin.upgrade(empty)
    for move in (lambda: admin.upgrade(empty, "0815"), lambda: admin.downgrade(empty, "-1")):
        with pytest.raises(ConfigWrong) as wrong:
            move()
        assert REVISION in wrong.value.problems[0].message_ko
    assert admin.current(empty) == (REVISION, REVISION)


@pytest.mark.postgres
def test_servers_that_start_at_once_on_an_empty_database_make_its_tables_once(postgres: Cluster) -> None:
    url = postgres.bare()
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: opened(url), range(4)))
    assert admin.current(url) == (REVISION, REVISION)
    for store in stores:
        store.close()


def test_the_revision_in_the_code_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == REVISION
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(known())


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


def test_the_schema_is_not_moved_under_a_running_server(empty: str) -> None:
    store = opened(empty)
    store.reads.last_position()  # on PostgreSQL a server is known by its connections
    moves = (
        lambda: admin.upgrade(empty), lambda: admin.downgrade(empty, "base"), lambda: admin.restore(empty, Path("x")),
    )
    for move in moves:
        with pytest.raises(ConfigWrong) as wrong:
            move()
        assert "서버" in wrong.value.problems[0].message_ko
    store.close()


def test_upgrading_with_open_sessions_keeps_them(url: str, scribe: Scribe) -> None:
    store = opened(url)
    scribe.open(store, "s_1", 7)
    store.close()
    assert admin.upgrade(url) == REVISION
    again = opened(url)
    assert again.reads.load("s_1").state.number == 7
    again.close()


def test_accounts_go_up_and_down_with_and_without_their_telephones(empty: str) -> None:
    admin.upgrade(empty, "0001")
    engine = sa.create_engine(empty)
    old = (
        "INSERT INTO accounts (id, name, number, shown, password, roles, languages, skills, disabled, failed,"
        " locked_until_us) VALUES ('k_1', 'kim', 101, '김상담', 'x', '[]', '[]', '{}', 0, 2, 7)"
    )
    with engine.begin() as connection:
        connection.execute(sa.text(old))
    assert admin.upgrade(empty) == REVISION
    with engine.begin() as connection:
        assert connection.execute(sa.text("SELECT name, failed, phone FROM accounts")).all() == [("kim", 2, "")]
        connection.execute(sa.text("UPDATE accounts SET phone = 'client:c101'"))
    assert admin.downgrade(empty, "0001") == "0001"
    with engine.begin() as connection:
        kept = connection.execute(sa.text("SELECT name, failed, locked_until_us FROM accounts")).all()
        assert kept == [("kim", 2, 7)]
        assert "phone" not in {column["name"] for column in sa.inspect(connection).get_columns("accounts")}
    assert admin.upgrade(empty) == REVISION
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:  # names and numbers are still one's own
        connection.execute(sa.text(old.replace("k_1", "k_2")))
    engine.dispose()


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
