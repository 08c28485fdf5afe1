"""Making a new generation of the index, as a process of its own: ``python -m knowledge_base.build``.

It reads one frame (:func:`knowledge_base.frames.hello`) from its input, writes the generation and ends; whoever
follows the pointer file takes it from there. Two builders never work at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from knowledge_base.analysis.morphemes import MorphemeReader, open_reader
from knowledge_base.analysis.views import Terms, analyse, analysis_version
from knowledge_base.frames import read_frame
from knowledge_base.index.generation import building, write_generation
from knowledge_base.index.segment import DocKey
from knowledge_base.model import Stored
from knowledge_base.store import Database, all_articles, current_revision, open_database

_NICE = 10  # answers come before builds


def build(database: Database, root: Path, reader: MorphemeReader | None) -> str:
    """Write a generation of all published articles and put it in force; its name, ``""`` if another builds."""
    with building(root) as mine:
        if not mine:
            return ""
        revision = current_revision(database)  # before the articles: it may be too old, never too new
        stored = all_articles(database, status="published")
        return write_generation(root, _documents(stored, reader), revision=revision, analysis=analysis_version(reader))


def _documents(stored: list[Stored], reader: MorphemeReader | None) -> Iterator[tuple[DocKey, Terms]]:
    spoken = [(item, language) for item in stored for language in item.article.wordings]
    texts = ((item.article.wordings[lang].question, item.article.wordings[lang].answer) for item, lang in spoken)
    for (item, language), terms in zip(spoken, analyse(texts, reader), strict=True):
        yield DocKey(item.id, language, item.content_hash), terms


def main() -> int:
    """Build once; the exit status."""
    first = read_frame(sys.stdin.buffer)
    if first is None:
        return 2
    os.nice(_NICE)
    reader = open_reader(wanted=bool(first["analyser"]))
    database = open_database(first["database_url"])
    try:
        build(database, Path(first["index_dir"]), reader)
    finally:
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
