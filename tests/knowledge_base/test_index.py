"""The index is a picture: whole or absent, never trusted beyond the database, never in the way of answers."""

from __future__ import annotations

import math
import os
import shutil
import stat
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.analysis.morphemes import KiwiReader
from knowledge_base.analysis.views import VIEWS, Terms, analyse
from knowledge_base.build import build
from knowledge_base.index.generation import building, current_name, load_current, write_generation
from knowledge_base.index.impact import K1, B
from knowledge_base.index.lexicon import read_lexicon, write_lexicon
from knowledge_base.index.live import DELTA_DOCS_MAX, LiveIndex
from knowledge_base.index.segment import DocKey, Segment, segment_of
from knowledge_base.index.trust import UntrustedIndexError
from knowledge_base.store import Database, open_database, put_articles, retire, stored_by_external_id
from tests.knowledge_base.conftest import an_article, caught_up

TEXTS = [
    ("여권 재발급", "구청 여권 창구에서 신청합니다. 여권 사진이 필요합니다."),
    ("주차 단속", "불법 주정차는 앱으로 신고합니다."),
    ("Passport", "Apply for a passport at the district office."),
    ("", "제목이 없는 글"),
    ("여권 여권 여권", ""),
]


def documents() -> list[tuple[DocKey, Terms]]:
    keys = [DocKey(f"a{i}", "ko", f"h{i}") for i in range(len(TEXTS))]
    return list(zip(keys, analyse(TEXTS, None), strict=True))


def same(left: Segment, right: Segment) -> bool:
    if left.keys != right.keys:
        return False
    for view in VIEWS:
        mine, other = left.views[view], right.views[view]
        if set(mine.vocabulary) != set(other.vocabulary) or mine.mean_lengths != pytest.approx(other.mean_lengths):
            return False
        for term in mine.vocabulary:
            pair = mine.slice(term), other.slice(term)
            assert pair[0] is not None
            assert pair[1] is not None
            if list(pair[0][0]) != list(pair[1][0]) or not np.allclose(pair[0][1], pair[1][1], rtol=1e-4):
                return False
    return True


def in_memory() -> Segment:
    keys, terms = zip(*documents(), strict=True)
    return segment_of(keys, terms)


def test_scores_are_bm25_with_the_question_counted_twice() -> None:
    impacts = in_memory().views["syllables"]
    found = impacts.slice("여권")
    assert found is not None
    assert list(found[0]) == [0, 4]
    lengths = [len([*VIEW]) for VIEW in ([t.question["syllables"] for _, t in documents()])]
    bodies = [len(t.answer["syllables"]) for _, t in documents()]

    def bm25(tf: int, df: int, length: int, mean: float) -> float:
        return math.log1p((5 - df + 0.5) / (df + 0.5)) * tf * (K1 + 1) / (tf + K1 * (1 - B + B * length / mean))

    question = bm25(1, 2, lengths[0], sum(lengths) / 5)
    answer = bm25(2, 1, bodies[0], sum(bodies) / 5)
    assert float(found[1][0]) == pytest.approx(2 * question + answer, rel=1e-5)
    assert float(found[1][1]) == pytest.approx(2 * bm25(3, 2, lengths[4], sum(lengths) / 5), rel=1e-5)


def test_arrays_from_whoosh_equal_arrays_from_the_terms(tmp_path: Path) -> None:
    assert write_lexicon(tmp_path, documents()) == len(TEXTS)
    assert same(read_lexicon(tmp_path), in_memory())


def test_a_generation_comes_back_from_its_arrays(tmp_path: Path) -> None:
    root = tmp_path / "index"
    with building(root) as mine:
        assert mine
        write_generation(root, documents(), revision=7, analysis="x")
    loaded = load_current(root)
    assert loaded is not None
    assert (loaded.revision, loaded.analysis) == (7, "x")
    assert same(loaded.segment, in_memory())


@pytest.mark.parametrize("damage", ["missing", "cut", "swapped"])
def test_damaged_arrays_are_made_again_from_whoosh(tmp_path: Path, damage: str) -> None:
    root = tmp_path / "index"
    with building(root):
        name = write_generation(root, documents(), revision=7, analysis="x")
    arrays = root / name / "arrays"
    if damage == "missing":
        shutil.rmtree(arrays)
    elif damage == "cut":
        file = arrays / "letters.docs.npy"
        file.write_bytes(file.read_bytes()[:-8])
    else:
        shutil.copy(arrays / "words.terms", arrays / "letters.terms")
    loaded = load_current(root)
    assert loaded is not None
    assert same(loaded.segment, in_memory())
    assert (arrays / "facts.json").exists()


@pytest.mark.parametrize("damage", ["pointer", "gone", "everything"])
def test_a_generation_that_cannot_be_read_is_as_good_as_none(tmp_path: Path, damage: str) -> None:
    root = tmp_path / "index"
    with building(root):
        name = write_generation(root, documents(), revision=7, analysis="x")
    if damage == "pointer":
        (root / "current").write_bytes(b"\xff../../etc")
    elif damage == "gone":
        shutil.rmtree(root / name)
    else:
        for file in (root / name).rglob("*"):
            if file.is_file():
                file.write_bytes(b"broken")
    assert load_current(root) is None


def test_an_index_that_others_may_write_is_not_opened(tmp_path: Path) -> None:
    root = tmp_path / "index"
    with building(root):
        name = write_generation(root, documents(), revision=7, analysis="x")
    assert stat.S_IMODE((root / name).stat().st_mode) == 0o700
    (root / name).chmod(0o777)
    assert load_current(root) is None
    with pytest.raises(UntrustedIndexError):
        read_lexicon(root / name)


def test_a_build_that_fails_leaves_the_old_generation_in_force(tmp_path: Path) -> None:
    root = tmp_path / "index"

    def failing() -> Iterator[tuple[DocKey, Terms]]:
        yield documents()[0]
        raise OSError(28, "no space left on device")

    with building(root):
        name = write_generation(root, documents(), revision=7, analysis="x")
        with pytest.raises(OSError, match="no space"):
            write_generation(root, failing(), revision=8, analysis="x")
    assert current_name(root) == name
    assert sorted(path.name for path in root.glob("g-*")) == [name]


def test_two_builders_never_work_at_once(tmp_path: Path) -> None:
    with building(tmp_path) as first, building(tmp_path) as second:
        assert first
        assert not second
    with building(tmp_path) as third:
        assert third


def test_old_generations_are_swept_and_files_do_not_stay_open(tmp_path: Path) -> None:
    root = tmp_path / "index"

    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))

    counts = []
    with building(root):
        for revision in range(12):
            write_generation(root, documents(), revision=revision, analysis="x")
            assert load_current(root) is not None
            counts.append(open_files())
    assert len(list(root.glob("g-*"))) == 2
    assert counts[-1] <= counts[1]


# -- the live index over a database


def words(index: LiveIndex) -> set[str]:
    pairs = zip(index.segments, index.facts, strict=True)
    keys = chain.from_iterable(zip(segment.keys, facts.alive, strict=True) for segment, facts in pairs)
    return {index.articles[key.article_id].article.wordings[key.language].question for key, alive in keys if alive}


def test_without_a_generation_articles_are_searchable_in_slices(database: Database, tmp_path: Path) -> None:
    put_articles(database, [an_article(i, f"질문 {i}") for i in range(250)], at_us=1)
    index = LiveIndex(database, tmp_path / "index", None)
    assert index.waiting == 250
    assert index.follow()
    assert len(words(index)) == 100
    caught_up(index)
    assert len(words(index)) == 250
    assert index.wants_build()


def test_an_edit_a_retirement_and_a_new_article_show_at_the_next_look(database: Database, tmp_path: Path) -> None:
    put_articles(database, [an_article(1, "하나"), an_article(2, "둘"), an_article(3, "셋")], at_us=1)
    build(database, tmp_path / "index", None)
    index = LiveIndex(database, tmp_path / "index", None)
    assert words(index) == {"하나", "둘", "셋"}
    assert not index.follow()
    put_articles(database, [an_article(1, "하나 고침"), an_article(4, "넷")], at_us=2)
    two = stored_by_external_id(database, "t-2")
    assert two is not None
    retire(database, two.id, at_us=3)
    assert words(caught_up(index)) == {"하나 고침", "셋", "넷"}
    put_articles(database, [an_article(1, "하나 또 고침")], at_us=4)
    assert words(caught_up(index)) == {"하나 또 고침", "셋", "넷"}
    assert not index.wants_build()


def test_a_draft_is_not_searchable(database: Database, tmp_path: Path) -> None:
    put_articles(database, [an_article(1, "초안", status="draft"), an_article(2, "게시")], at_us=1)
    assert words(caught_up(LiveIndex(database, tmp_path / "index", None))) == {"게시"}


def test_a_new_generation_is_taken_as_soon_as_it_is_in_force(database: Database, tmp_path: Path) -> None:
    put_articles(database, [an_article(i, f"질문 {i}") for i in range(30)], at_us=1)
    index = caught_up(LiveIndex(database, tmp_path / "index", None))
    assert index.generation == ""
    put_articles(database, [an_article("late", "늦게 온 글")], at_us=2)
    name = build(database, tmp_path / "index", None)
    caught_up(index)
    assert index.generation == name
    assert len(index.segments) == 1
    assert "늦게 온 글" in words(index)
    assert not index.wants_build()


def test_a_database_restored_from_a_backup_is_noticed(database: Database, tmp_path: Path) -> None:
    put_articles(database, [an_article(1, "옛 글")], at_us=1)
    backup = tmp_path / "backup.db"
    other = open_database(f"sqlite:///{backup}")
    put_articles(other, [an_article(1, "백업 글")], at_us=1)
    for i in range(3):
        put_articles(database, [an_article(2, f"새 글 {i}")], at_us=2)
    build(database, tmp_path / "index", None)
    index = LiveIndex(other, tmp_path / "index", None)
    assert words(caught_up(index)) == {"백업 글"}
    other.close()


def test_a_database_that_goes_back_in_time_is_read_anew(database: Database, tmp_path: Path) -> None:
    put_articles(database, [an_article(1, "하나")], at_us=1)
    put_articles(database, [an_article(2, "둘")], at_us=2)
    index = caught_up(LiveIndex(database, tmp_path / "index", None))
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE kb_revision SET number = 1")
        connection.exec_driver_sql("DELETE FROM kb_wordings WHERE question = '둘'")
        connection.exec_driver_sql("DELETE FROM kb_articles WHERE external_id = 't-2'")
    assert words(caught_up(index)) == {"하나"}


def test_many_changes_ask_for_a_new_generation(database: Database, tmp_path: Path) -> None:
    put_articles(database, [an_article(i, f"질문 {i}") for i in range(20)], at_us=1)
    build(database, tmp_path / "index", None)
    index = caught_up(LiveIndex(database, tmp_path / "index", None))
    put_articles(database, [an_article(f"n{i}", f"새 질문 {i}") for i in range(DELTA_DOCS_MAX + 50)], at_us=2)
    assert index.follow()
    caught_up(index)
    assert len(index.segments) == 3
    assert index.wants_build()


def test_an_index_of_another_analysis_is_rebuilt_and_answers_meanwhile(
    database: Database, tmp_path: Path, kiwi: KiwiReader
) -> None:
    put_articles(database, [an_article(1, "여권 재발급")], at_us=1)
    build(database, tmp_path / "index", None)
    index = caught_up(LiveIndex(database, tmp_path / "index", kiwi))
    assert words(index) == {"여권 재발급"}
    assert not index.morphemes
    assert index.wants_build()
    build(database, tmp_path / "index", kiwi)
    caught_up(index)
    assert index.morphemes
    assert not index.wants_build()


def test_one_article_more_is_weighed_by_the_statistics_of_the_rest(database: Database, tmp_path: Path) -> None:
    put_articles(database, [an_article(i, f"흔한 낱말 {i}") for i in range(40)], at_us=1)
    build(database, tmp_path / "index", None)
    index = LiveIndex(database, tmp_path / "index", None)
    put_articles(database, [an_article("new", "흔한 드문말")], at_us=2)
    caught_up(index)
    common, rare = (index.segments[1].views["syllables"].slice(term) for term in ("흔한", "드문"))
    assert common is not None
    assert rare is not None
    assert float(common[1][0]) < float(rare[1][0])


def test_following_many_edits_opens_no_files_for_good(database: Database, tmp_path: Path) -> None:
    put_articles(database, [an_article(i, f"질문 {i}") for i in range(10)], at_us=1)
    build(database, tmp_path / "index", None)
    index = caught_up(LiveIndex(database, tmp_path / "index", None))

    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = open_files()
    for i in range(60):
        put_articles(database, [an_article(i % 10, f"고친 질문 {i}")], at_us=2)
        caught_up(index)
    assert open_files() <= before
    assert len(words(index)) == 10


def test_a_draft_of_a_published_article_takes_it_out(database: Database, tmp_path: Path) -> None:
    put_articles(database, [an_article(1, "하나"), an_article(2, "둘")], at_us=1)
    index = caught_up(LiveIndex(database, tmp_path / "index", None))
    put_articles(database, [an_article(1, "하나", status="draft")], at_us=2)
    assert words(caught_up(index)) == {"둘"}


def test_a_pointer_to_nothing_readable_is_answered_from_the_database_and_asks_for_a_build(
    database: Database, tmp_path: Path
) -> None:
    put_articles(database, [an_article(1, "하나")], at_us=1)
    root = tmp_path / "index"
    name = build(database, root, None)
    index = caught_up(LiveIndex(database, root, None))
    shutil.rmtree(root / name)
    (root / "current").write_text("g-nowhere")
    assert words(caught_up(index)) == {"하나"}
    assert index.generation == ""
    assert index.wants_build()


def test_a_change_that_waits_is_not_lost_when_a_generation_arrives(database: Database, tmp_path: Path) -> None:
    root = tmp_path / "index"
    put_articles(database, [an_article(i, f"질문 {i}") for i in range(5)], at_us=1)
    index = caught_up(LiveIndex(database, root, None))
    put_articles(database, [an_article(f"n{i}", f"새 질문 {i}") for i in range(150)], at_us=2)
    old = stored_by_external_id(database, "t-0")
    assert old is not None
    retire(database, old.id, at_us=3)
    index.follow()  # half of it is taken over
    index.follow()
    build(database, root, None)
    caught_up(index)
    assert words(index) == {f"질문 {i}" for i in range(1, 5)} | {f"새 질문 {i}" for i in range(150)}
