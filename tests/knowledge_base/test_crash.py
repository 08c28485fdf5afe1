"""Nothing that happens to the index loses an article: random histories, and builders killed in mid-write."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from knowledge_base.build import build
from knowledge_base.frames import hello, pack
from knowledge_base.generate import generated_articles
from knowledge_base.index.generation import building, current_name, load_current
from knowledge_base.index.live import LiveIndex
from knowledge_base.model import Filters
from knowledge_base.search import search
from knowledge_base.store import Database, all_articles, open_database, put_articles, retire
from tests.knowledge_base.conftest import TODAY, an_article, caught_up

WORDS = ("여권", "주차", "수도", "쓰레기", "도서관", "가로등", "세금", "예방접종")


class TheIndexFollowsTheDatabase(RuleBasedStateMachine):
    """Whatever is put, edited, retired, built and restarted: what can be found is what is published."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        place = Path(self.folder.name)
        self.root = place / "index"
        self.database = open_database(f"sqlite:///{place / 'kb.db'}")
        self.index = LiveIndex(self.database, self.root, None)

    @rule(number=st.integers(0, 5), word=st.sampled_from(WORDS), status=st.sampled_from(["published", "draft"]))
    def put(self, number: int, word: str, status: str) -> None:
        put_articles(self.database, [an_article(number, f"{word} 문의", status=status)], at_us=1)

    @rule(number=st.integers(0, 5))
    def take_away(self, number: int) -> None:
        for item in all_articles(self.database):
            if item.article.external_id == f"t-{number}":
                retire(self.database, item.id, at_us=1)

    @rule()
    def build_a_generation(self) -> None:
        build(self.database, self.root, None)

    @rule()
    def one_look(self) -> None:
        self.index.follow()

    @rule()
    def restart(self) -> None:
        self.index = LiveIndex(self.database, self.root, None)

    @invariant()
    def what_is_found_is_what_is_published(self) -> None:
        if not hasattr(self, "index"):
            return
        caught_up(self.index)
        published = {item.id: item.article for item in all_articles(self.database, status="published")}
        for word in WORDS:
            found = search(self.index, [(f"{word} 문의", 1.0)], today=TODAY, filters=Filters(), limit=50)
            exact = {hit.article_id for hit in found if hit.question == f"{word} 문의"}
            assert exact == {
                key for key, article in published.items() if article.wordings["ko"].question == f"{word} 문의"
            }
        alive = sum(int(facts.alive.sum()) for facts in self.index.facts)
        assert alive == len(published)

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()
            self.folder.cleanup()


TestTheIndexFollowsTheDatabase = TheIndexFollowsTheDatabase.TestCase
TestTheIndexFollowsTheDatabase.settings = settings(max_examples=15, stateful_step_count=12)


# each file appears at one stage of a build: the lock, the directory, whoosh's commit, the arrays, the last facts
@pytest.mark.parametrize("stage", ["build.lock", "g-*", "g-*/*_WRITELOCK", "g-*/*.seg", "g-*/arrays", "g-*/meta.json"])
def test_a_builder_killed_at_any_stage_leaves_a_whole_index(
    database: Database, url: str, tmp_path: Path, stage: str
) -> None:
    root = tmp_path / "index"
    put_articles(database, list(generated_articles(20)), at_us=1)
    before = build(database, root, None)
    put_articles(database, list(generated_articles(60)), at_us=2)
    old = set(root.glob(stage)) if stage != "build.lock" else set()
    command = [sys.executable, "-m", "knowledge_base.build"]
    builder = subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | {"PYTHONPATH": os.getcwd()})
    assert builder.stdin is not None
    builder.stdin.write(pack(hello(database_url=url, index_dir=str(root), analyser=False)))
    builder.stdin.close()
    while builder.poll() is None and not set(root.glob(stage)) - old:
        time.sleep(0.005)
    builder.send_signal(signal.SIGKILL)
    builder.wait()
    generation = load_current(root)
    assert generation is not None
    assert len(generation.segment.keys) == (20 if generation.name == before else 60)
    index = caught_up(LiveIndex(database, root, None))
    assert sum(int(facts.alive.sum()) for facts in index.facts) == 60
    with building(root) as mine:
        assert mine  # the lock died with its holder
    build(database, root, None)
    assert len(list(root.glob("g-*"))) <= 2
    assert current_name(root) != before
