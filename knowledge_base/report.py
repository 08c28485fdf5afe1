"""What the keepers of the articles should look at: what is not used, what is out of date, what is missing.

Made from counts and dates alone. It is for people who mend articles; nothing in the search depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from knowledge_base.model import Stored, is_stale
from knowledge_base.store import Database, all_articles, article_counts, gaps
from knowledge_base.store.feedback import Counts, Gap

EXPIRING_WITHIN = timedelta(days=30)
SHOWN_MIN = 10  # below so many outcomes an acceptance rate says nothing
POOR_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Line:
    """One article to look at: its question, its owner, and a figure (a share, or days)."""

    article_id: str
    question: str
    owner: str
    figure: float


@dataclass(frozen=True, slots=True)
class Report:
    """What to look at, and the figure of each line.

    ``poor``: shown often, hardly used (share used). ``stale``: days since checked (-1: never). ``expiring``: days left.
    ``gaps``: what counselors searched for in vain. ``used`` and ``shown`` count outcomes over all articles.
    """

    articles: int
    used: int
    shown: int
    poor: tuple[Line, ...]
    stale: tuple[Line, ...]
    expiring: tuple[Line, ...]
    gaps: tuple[Gap, ...]


def knowledge_report(database: Database, today: date, *, limit: int = 20) -> Report:
    """The report as of ``today``; each list has at most ``limit`` lines, worst first."""
    published = {item.id: item for item in all_articles(database, status="published")}
    counted = article_counts(database)
    poor = [_line(published[c.article_id], _share(c)) for c in counted if c.article_id in published and _is_poor(c)]
    stale = [_line(item, _age(item, today)) for item in published.values() if _needs_check(item, today)]
    expiring = [_line(item, left) for item in published.values() if (left := _days_left(item, today)) is not None]
    return Report(
        articles=len(published),
        used=sum(c.accepted + c.edited for c in counted),
        shown=sum(_shown(c) for c in counted),
        poor=tuple(sorted(poor, key=lambda line: line.figure)[:limit]),
        stale=tuple(sorted(stale, key=lambda line: (line.figure >= 0, -line.figure))[:limit]),
        expiring=tuple(sorted(expiring, key=lambda line: line.figure)[:limit]),
        gaps=tuple(gaps(database, limit=limit)),
    )


def _line(item: Stored, figure: float) -> Line:
    wordings = item.article.wordings
    wording = wordings.get("ko") or next(iter(wordings.values()))
    return Line(item.id, wording.question, item.article.owner, figure)


def _shown(counts: Counts) -> int:
    return counts.accepted + counts.edited + counts.ignored


def _share(counts: Counts) -> float:
    return round((counts.accepted + counts.edited) / _shown(counts), 3)


def _is_poor(counts: Counts) -> bool:
    return _shown(counts) >= SHOWN_MIN and _share(counts) < POOR_SHARE


def _needs_check(item: Stored, today: date) -> bool:
    return is_stale(item.article.checked_on, None, today)


def _age(item: Stored, today: date) -> float:
    return float((today - item.article.checked_on).days) if item.article.checked_on else -1.0


def _days_left(item: Stored, today: date) -> float | None:
    ends = item.article.expires_on
    return float((ends - today).days) if ends and ends - today <= EXPIRING_WITHIN else None
