"""The starter set: example articles in the project's own words, for a demo and as a model for real ones.

They name no figures, no dates and no telephone numbers but 120 (119, 112, 109 for emergencies), and nobody has checked
them: each is marked as an example and carries no checked-on date unless whoever loads them gives one.
"""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files
from typing import Any

from dasan.core.text import clean, clean_line
from knowledge_base.model import LANGUAGES, Article, Wording
from knowledge_base.store import Database, put_articles
from knowledge_base.store.articles import PutResult

_PHONE = "120"


def starter_articles(checked_on: date | None = None) -> list[Article]:
    """All example articles, by file and in their order in it. ValueError names the file of one that is malformed."""
    out: list[Article] = []
    folder = files("knowledge_base") / "articles"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".toml"):
            continue
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
            out.extend(_article(content["category"], entry, checked_on) for entry in content["article"])
        except (tomllib.TOMLDecodeError, KeyError) as error:
            raise ValueError(f"{file.name}: {error}") from error
    return out


def load_starter(database: Database, *, at_us: int, checked_on: date | None = None) -> PutResult:
    """Put the example articles into ``database``; harmless to repeat."""
    return put_articles(database, starter_articles(checked_on), at_us=at_us, by="starter set")


def _article(category: str, entry: dict[str, Any], checked_on: date | None) -> Article:
    wordings = {
        language: Wording(clean_line(entry[language]["question"]), clean(entry[language]["answer"]))
        for language in LANGUAGES
        if language in entry
    }
    return Article(
        external_id=entry["id"],
        category=category,
        wordings=wordings,
        department=entry.get("department", ""),
        phone=entry.get("phone", _PHONE),
        source=entry["source"],
        checked_on=checked_on,
        example=True,
    )
