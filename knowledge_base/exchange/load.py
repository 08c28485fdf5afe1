"""Importing a file: read, check, and only then store; a dry run does all but the last."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from knowledge_base.exchange.check import articles_of
from knowledge_base.exchange.problems import FileProblemError, Problem
from knowledge_base.exchange.read import read_rows
from knowledge_base.model import Article
from knowledge_base.store import Database, put_articles

PROBLEMS_SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or why it did nothing. ``problem_count`` counts all, ``problems`` holds the first 200."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    revision: int = 0
    problem_count: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the file was taken."""
        return not self.problem_count

    def sentence(self, language: str) -> str:
        """The outcome in one sentence."""
        if not self.ok:
            ko, en = "문제가 {0}건 있어 아무것도 넣지 않았습니다.", "Nothing was stored: {0} problem(s)."
            return (ko if language == "ko" else en).format(self.problem_count)
        ko, en = "새로 {0}건, 바뀜 {1}건, 그대로 {2}건입니다.", "{0} new, {1} changed, {2} unchanged."
        return (ko if language == "ko" else en).format(self.created, self.changed, self.unchanged)


def read_articles(path: Path) -> tuple[list[Article], list[Problem]]:
    """The articles in a file, or everything that is wrong with it; stores nothing. OSError if it cannot be opened."""
    try:
        rows = read_rows(path)
    except FileProblemError as error:
        return [], [error.problem]
    return articles_of(rows)


def import_file(database: Database, path: Path, *, at_us: int, by: str = "", dry_run: bool = False) -> ImportReport:
    """Take ``path`` into the knowledge base, whole or not at all. OSError if it cannot be opened."""
    articles, problems = read_articles(path)
    if problems:
        return ImportReport(problem_count=len(problems), problems=tuple(problems[:PROBLEMS_SHOWN_MAX]))
    if dry_run:
        return ImportReport(created=len(articles))
    result = put_articles(database, articles, at_us=at_us, by=by)
    return ImportReport(result.created, result.changed, result.unchanged, result.revision)
