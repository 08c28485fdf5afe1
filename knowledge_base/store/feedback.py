"""What counselors did with suggestions, and what they looked for in vain.

Counts only: how often an article was accepted as it was, edited before use, or shown and passed over. They break ties
between equally good hits and feed reports; they never outweigh the text. Gaps come from counselors' typed searches,
with numbers hidden; a citizen's own words are never kept here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import insert, select, update

from dasan.core.text import clean_line
from knowledge_base.store.database import Database
from knowledge_base.store.tables import counts
from knowledge_base.store.tables import gaps as gaps_table

Outcome = Literal["accepted", "edited", "ignored"]
OUTCOMES: tuple[Outcome, ...] = ("accepted", "edited", "ignored")
GAP_CHARS_MAX = 80


@dataclass(frozen=True, slots=True)
class Counts:
    """How often an article's suggestion was accepted, edited and ignored."""

    article_id: str
    accepted: int
    edited: int
    ignored: int
    last_at_us: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A search that found nothing good: its words, how often, the best score it ever got (0 to 1), and when last."""

    query: str
    times: int
    best_score: float
    last_at_us: int


def record_outcome(database: Database, article_id: str, outcome: Outcome, *, at_us: int) -> None:
    """Count one outcome. Raises ValueError for a word that is not one of ``OUTCOMES``."""
    if outcome not in OUTCOMES:
        raise ValueError(f"outcome must be one of {', '.join(OUTCOMES)}, not {outcome!r}")
    column = counts.c[outcome]
    with database.writing() as connection:
        change = (
            update(counts).where(counts.c.article_id == article_id).values({column.name: column + 1, "last_at": at_us})
        )
        if connection.execute(change).rowcount == 0:
            row = dict.fromkeys(OUTCOMES, 0) | {outcome: 1}
            connection.execute(insert(counts).values(article_id=article_id, last_at=at_us, **row))


def article_counts(database: Database) -> list[Counts]:
    """The counts of every article that has any, most used first."""
    with database.reading() as connection:
        rows = connection.execute(select(counts)).all()
    found = [Counts(row.article_id, row.accepted, row.edited, row.ignored, row.last_at) for row in rows]
    return sorted(found, key=lambda c: (-(c.accepted + c.edited), -c.ignored, c.article_id))


def record_gap(database: Database, query: str, best_score: float, *, at_us: int) -> None:
    """Count a search that found nothing good. Digits are hidden before anything is kept."""
    words = re.sub(r"\d", "#", clean_line(query, limit=GAP_CHARS_MAX)).lower()
    if not words:
        return
    with database.writing() as connection:
        row = connection.execute(select(gaps_table).where(gaps_table.c.query == words)).first()
        if row is None:
            connection.execute(insert(gaps_table).values(query=words, times=1, best_score=best_score, last_at=at_us))
            return
        values = {"times": row.times + 1, "best_score": max(row.best_score, best_score), "last_at": at_us}
        connection.execute(update(gaps_table).where(gaps_table.c.query == words).values(values))


def gaps(database: Database, *, limit: int = 50) -> list[Gap]:
    """The searches that found nothing good, most frequent first."""
    query = select(gaps_table).order_by(gaps_table.c.times.desc(), gaps_table.c.last_at.desc()).limit(limit)
    with database.reading() as connection:
        return [Gap(row.query, row.times, row.best_score, row.last_at) for row in connection.execute(query)]
