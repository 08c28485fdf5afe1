"""The starter set is what it says: enough, well formed, readable aloud, and without a single invented figure."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from knowledge_base.model import ANSWER_CHARS_MAX, CATEGORIES, QUESTION_CHARS_MAX, Article
from knowledge_base.starter import load_starter, starter_articles
from knowledge_base.store import Database

ARTICLES = starter_articles()
_ALLOWED_NUMBERS = re.compile(
    r"\b(?:120|119|112|109)\b|109(?=로)|120(?=[은는이가을를에다])|119(?=[에로나])|112(?=[나로에])|정부24|Government24"
)


def test_there_are_enough_of_them_in_every_category_and_in_english() -> None:
    assert sum("ko" in article.wordings for article in ARTICLES) >= 60
    assert sum("en" in article.wordings for article in ARTICLES) >= 10
    assert set(Counter(article.category for article in ARTICLES)) == set(CATEGORIES)
    assert min(Counter(article.category for article in ARTICLES).values()) >= 5


def test_ids_and_questions_are_different() -> None:
    assert len({article.external_id for article in ARTICLES}) == len(ARTICLES)
    assert len({article.wordings["ko"].question for article in ARTICLES}) == len(ARTICLES)


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.external_id)
def test_an_example_is_marked_sourced_and_names_no_figures(article: Article) -> None:
    assert article.example
    assert article.checked_on is None
    assert article.phone == "120"
    assert article.source
    assert article.department
    for wording in article.wordings.values():
        assert 0 < len(wording.question) <= QUESTION_CHARS_MAX
        assert 100 <= len(wording.answer) <= ANSWER_CHARS_MAX
        assert not re.search(r"[0-9]", _ALLOWED_NUMBERS.sub("", wording.question + wording.answer))
        assert not re.search(r"https?:|www\.|@", wording.answer)


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.external_id)
def test_an_answer_can_be_read_aloud_by_a_counselor(article: Article) -> None:
    sentences = [part for part in re.split(r"(?<=[.?])\s+", article.wordings["ko"].answer) if part]
    assert len(sentences) >= 3
    assert all(re.search(r"(니다|십시오|시오|까요|는지요)\.$", sentence) for sentence in sentences)
    assert max(map(len, sentences)) <= 120


def test_loading_twice_is_harmless_and_a_checked_day_is_the_loaders_word(database: Database) -> None:
    first = load_starter(database, at_us=1)
    again = load_starter(database, at_us=2)
    assert (first.created, again.created, again.changed) == (len(ARTICLES), 0, 0)
    checked = load_starter(database, at_us=3, checked_on=date(2026, 11, 1))
    assert checked.changed == len(ARTICLES)
