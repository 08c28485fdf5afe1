"""What the store promises: equal content is written once, changes are numbered, nothing disappears."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from knowledge_base import store
from knowledge_base.model import Article, Wording
from knowledge_base.store.database import SchemaTooNewError
from tests.contract.postgres import Cluster, cluster, why_not
from tests.knowledge_base.conftest import an_article


@pytest.fixture(scope="module")
def postgres() -> Iterator[Cluster]:
    if reason := why_not():
        pytest.skip(reason)
    with cluster() as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[store.Database]:
    url = f"sqlite:///{tmp_path / 'kb.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").bare()
    opened = store.open_database(url)
    yield opened
    opened.close()


def passport(answer: str = "구청 여권 창구에서 신청하십니다.") -> Article:
    english = Wording("How do I get a passport?", "Apply at the district office.")
    return an_article("passport", "여권 신청", wordings={"ko": Wording("여권 신청", answer), "en": english})


def test_an_article_comes_back_as_it_was_put(database: store.Database) -> None:
    store.put_articles(database, [passport()], at_us=5, by="lee")
    found = store.stored_by_external_id(database, "t-passport")
    assert found is not None
    assert found.article == passport()
    assert (found.version, found.revision) == (1, 1)
    assert store.article_by_id(database, found.id) == found


def test_the_same_content_again_is_no_change(database: store.Database) -> None:
    first = store.put_articles(database, [passport()], at_us=5)
    again = store.put_articles(database, [passport()], at_us=9)
    assert (first.created, first.revision) == (1, 1)
    assert (again.created, again.changed, again.unchanged, again.revision) == (0, 0, 1, 1)


def test_a_change_is_a_new_version_and_the_old_one_is_kept(database: store.Database) -> None:
    store.put_articles(database, [passport()], at_us=5, by="lee")
    result = store.put_articles(database, [passport("정부24에서도 됩니다.")], at_us=6, by="kim")
    found = store.stored_by_external_id(database, "t-passport")
    assert (result.changed, result.revision) == (1, 2)
    assert found is not None
    assert found.version == 2
    told = store.history(database, found.id)
    assert [(version, at, by) for version, at, by, _ in told] == [(1, 5, "lee"), (2, 6, "kim")]
    assert [article for *_, article in told] == [passport(), passport("정부24에서도 됩니다.")]


def test_a_wording_that_is_taken_away_is_gone(database: store.Database) -> None:
    store.put_articles(database, [passport()], at_us=5)
    only = an_article("passport", "여권 신청", "구청에서 합니다.")
    store.put_articles(database, [only], at_us=6)
    found = store.stored_by_external_id(database, "t-passport")
    assert found is not None
    assert list(found.article.wordings) == ["ko"]


def test_a_retired_article_shows_as_a_change_and_only_once(database: store.Database) -> None:
    store.put_articles(database, [passport()], at_us=5)
    found = store.stored_by_external_id(database, "t-passport")
    assert found is not None
    assert store.retire(database, found.id, at_us=6)
    assert not store.retire(database, found.id, at_us=7)
    assert [item.article.status for item in store.changed_after(database, 1)] == ["retired"]
    assert store.all_articles(database, status="published") == []


def test_changes_are_read_in_slices_without_gaps_or_repeats(database: store.Database) -> None:
    store.put_articles(database, [an_article(i, f"질문 {i}") for i in range(25)], at_us=1)
    store.put_articles(database, [an_article(i, f"바뀐 질문 {i}") for i in range(5)], at_us=2)
    seen: list[str] = []
    at = (0, "")
    while batch := store.changed_after(database, *at, limit=4):
        seen += [item.article.external_id for item in batch]
        at = (batch[-1].revision, batch[-1].id)
    assert len(seen) == len(set(seen)) == 25
    assert at[0] == store.current_revision(database) == 2


def test_a_failing_import_leaves_nothing_behind(database: store.Database) -> None:
    # a district longer than its column fails on PostgreSQL; a category that is None fails on both
    bad = an_article("bad", "질문", category=None)
    with pytest.raises(Exception, match=r"(?i)null"):
        store.put_articles(database, [passport(), bad], at_us=1)
    assert store.all_articles(database) == []
    assert store.current_revision(database) == 0


def test_two_writers_at_once_both_arrive_and_have_different_numbers(database: store.Database) -> None:
    numbers: list[int] = []

    def write(name: str) -> None:
        mine = [an_article(f"{name}{i}", f"질문 {name}{i}") for i in range(5)]
        numbers.extend(store.put_articles(database, [article], at_us=1).revision for article in mine)

    writers = [Thread(target=write, args=(name,)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(numbers) == list(range(1, 11))
    assert len(store.all_articles(database)) == 10


def test_outcomes_are_counted_for_each_article(database: store.Database) -> None:
    store.put_articles(database, [passport()], at_us=5)
    found = store.stored_by_external_id(database, "t-passport")
    assert found is not None
    assert store.count_outcomes(database, 0, 7, {found.id: (1, 1, 0)}, at_us=8) == 7
    assert store.count_outcomes(database, 7, 9, {found.id: (1, 0, 1)}, at_us=9) == 9
    (counts,) = store.article_counts(database)
    assert (counts.accepted, counts.edited, counts.ignored, counts.last_at_us) == (2, 1, 1, 9)
    again = store.article_by_id(database, found.id)
    assert again is not None
    assert again.uses == 3


def test_outcomes_from_a_place_that_was_passed_are_not_counted_again(database: store.Database) -> None:
    store.count_outcomes(database, 0, 7, {"a": (1, 0, 0)}, at_us=1)
    for after, upto in ((0, 7), (0, 9), (8, 9)):
        assert store.count_outcomes(database, after, upto, {"a": (1, 0, 0)}, at_us=2) == 7
    (counts,) = store.article_counts(database)
    assert counts.accepted == 1


def test_two_who_count_the_same_at_once_count_it_once(url: str) -> None:
    def count() -> None:
        mine = store.open_database(url)
        mine_says.append(store.count_outcomes(mine, 0, 7, {"a": (1, 0, 0)}, at_us=1))
        mine.close()

    mine_says: list[int] = []
    counting = [Thread(target=count) for _ in range(4)]
    for one in counting:
        one.start()
    for one in counting:
        one.join()
    database = store.open_database(url)
    assert [c.accepted for c in store.article_counts(database)] == [1]
    assert mine_says == [7] * 4
    database.close()


def test_a_database_of_the_first_step_is_brought_up_to_date(database: store.Database) -> None:
    store.put_articles(database, [passport()], at_us=5)
    with database.writing() as connection:
        connection.execute(text("DROP TABLE kb_counted"))
        connection.execute(text("UPDATE kb_schema SET step = 1"))
        connection.execute(text("INSERT INTO kb_counts VALUES ('a', 5, 0, 0, 1)"))
    again = store.open_database(database.engine.url.render_as_string(hide_password=False))
    assert len(store.all_articles(again)) == 1
    assert store.article_counts(again) == []  # they come back from the journal
    assert store.count_outcomes(again, 0, 3, {}, at_us=1) == 3
    again.close()


def test_a_gap_keeps_no_numbers_and_counts_repeats(database: store.Database) -> None:
    store.record_gap(database, "  드론 비행 허가 010-1234-5678 ", 0.1, at_us=1)
    store.record_gap(database, "드론 비행 허가 010-9876-5432", 0.3, at_us=2)
    store.record_gap(database, "", 0.0, at_us=3)
    (gap,) = store.gaps(database)
    assert gap.query == "드론 비행 허가 ###-####-####"
    assert (gap.times, gap.best_score, gap.last_at_us) == (2, 0.3, 2)


def test_a_newer_schema_is_refused_with_advice(database: store.Database) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE kb_schema SET step = 99"))
    url = database.engine.url.render_as_string(hide_password=False)
    with pytest.raises(SchemaTooNewError, match="Upgrade the program"):
        store.open_database(url)


def test_opening_twice_changes_nothing(database: store.Database) -> None:
    store.put_articles(database, [passport()], at_us=5)
    again = store.open_database(database.engine.url.render_as_string(hide_password=False))
    assert store.current_revision(again) == 1
    again.close()


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a file"):
        store.open_database("sqlite://")


def test_a_file_that_is_no_database_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "kb.db").write_text("not a database, and long enough to have a header" * 20)
    with pytest.raises(store.NotOpenedError, match="file is not a database"):
        store.open_database(f"sqlite:///{tmp_path / 'kb.db'}")
