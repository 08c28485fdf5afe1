"""What counselors did with suggestions, and what they looked for in vain.

Counts only: how often an article was accepted as it was, edited before use, or shown and passed over. They break ties
between equally good hits and feed reports; they never outweigh the text. Gaps come from counselors' typed searches,
with numbers hidden; a citizen's own words are never kept here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from dasan.core.text import clean_line
from knowledge_base.store.database import Database
from knowledge_base.store.tables import counted, counts
from knowledge_base.store.tables import gaps as gaps_table

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


def count_outcomes(
    database: Database, after: int, upto: int, outcomes: Mapping[str, Sequence[int]], *, at_us: int
) -> int:
    """Add to the counts what a journal held between two places in it; the place that holds now.

    ``outcomes``: article to how often it was accepted, edited, ignored. Nothing is added unless ``after`` is the place
    that the last call moved to, so that repeating a call, or two callers, never counts twice.
    """
    with database.writing() as connection:
        moved = connection.execute(update(counted).where(counted.c.position == after).values(position=upto)).rowcount
        if moved:
            for article_id, (accepted, edited, ignored) in outcomes.items():
                _add(connection, article_id, accepted, edited, ignored, at_us)
        return int(connection.execute(select(counted.c.position)).scalar_one())


def _add(connection: Connection, article_id: str, accepted: int, edited: int, ignored: int, at_us: int) -> None:
    sums = {
        "accepted": counts.c.accepted + accepted,
        "edited": counts.c.edited + edited,
        "ignored": counts.c.ignored + ignored,
    }
    change = update(counts).where(counts.c.article_id == article_id).values(sums | {"last_at": at_us})
    if connection.execute(change).rowcount == 0:
        row = {"accepted": accepted, "edited": edited, "ignored": ignored}
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
