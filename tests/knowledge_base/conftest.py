"""A knowledge base to try things on: its database, a few articles, and readers of Korean."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from knowledge_base.analysis.morphemes import KiwiReader, kiwi_version
from knowledge_base.index.live import LiveIndex
from knowledge_base.model import Article, Wording
from knowledge_base.store import Database, open_database

TODAY = date(2026, 11, 21)


def an_article(
    number: int | str, question: str, answer: str = "담당 부서에서 안내해 드립니다.", **facts: object
) -> Article:
    values: dict[str, object] = {"category": "general", "wordings": {"ko": Wording(question, answer)}} | facts
    return Article(external_id=f"t-{number}", **values)  # type: ignore[arg-type]


def caught_up(index: LiveIndex) -> LiveIndex:
    for _ in range(1_000):
        if not index.follow():
            return index
    raise AssertionError("the index never caught up")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'kb.db'}"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def kiwi() -> KiwiReader:
    if not kiwi_version():
        pytest.skip("the morphological analyser (kiwipiepy) is not installed")
    return KiwiReader()
