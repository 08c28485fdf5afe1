"""What the keepers of the articles should look at: what is not used, what is out of date, what is missing.

Made from counts and dates alone. It is for people who mend articles; nothing in the search depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from knowledge_base.model import Stored, is_stale
from knowledge_base.store import Database, all_articles, article_counts, gaps
from knowledge_base.store.feedback import Counts, Gap

EXPIRING_WITHIN = timedelta(days=30)
SHOWN_MIN = 10  # below so many outcomes an acceptance rate says nothing
POOR_SHARE = 0.2
REWORDED_SHARE = 0.5

# heading of each list: Korean, English
_HEADINGS = {
    "poor": ("제안되었으나 거의 쓰이지 않음", "shown often, hardly used"),
    "reworded": ("보내기 전에 자주 고쳐 씀", "often reworded before sending"),
    "stale": ("확인한 지 오래됨", "not checked lately"),
    "expiring": ("곧 만료하거나 지남", "expiring or past"),
}


def _figure(name: str, figure: float, *, ko: bool) -> str:
    if name == "poor":
        return f"쓰인 비율 {figure:.0%}" if ko else f"used {figure:.0%}"
    if name == "reworded":
        return f"고친 비율 {figure:.0%}" if ko else f"reworded {figure:.0%}"
    days = abs(figure)
    if name == "stale":
        words = ("확인한 적 없음", "never checked") if figure < 0 else (f"{days:.0f}일 전", f"{days:.0f} days ago")
    else:
        words = (
            (f"{days:.0f}일 지남", f"{days:.0f} days past")
            if figure < 0
            else (f"{days:.0f}일 남음", f"{days:.0f} days left")
        )
    return words[0 if ko else 1]


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

    ``accepted``, ``edited`` and ``ignored`` count outcomes over all articles. ``poor``: shown often, hardly used (share
    used). ``reworded``: used, but mostly changed first (share). ``stale``: days since checked (-1: never).
    ``expiring``: days left. ``gaps``: what counselors searched for in vain.
    """

    articles: int
    accepted: int
    edited: int
    ignored: int
    poor: tuple[Line, ...]
    reworded: tuple[Line, ...]
    stale: tuple[Line, ...]
    expiring: tuple[Line, ...]
    gaps: tuple[Gap, ...]

    def sentences(self, language: str) -> Iterator[str]:
        """The report for a reader of Korean (``ko``) or English, line by line."""
        ko = language == "ko"
        counted = (self.articles, self.accepted, self.edited, self.ignored)
        sums = (
            "자료 {}건 · 제안 그대로 {} · 고쳐서 {} · 쓰지 않음 {}"
            if ko
            else "{} articles · as is {} · edited {} · ignored {}"
        )
        yield sums.format(*counted)
        for name, heading in _HEADINGS.items():
            for number, line in enumerate(getattr(self, name)):
                if not number:
                    yield f"\n[{heading[0 if ko else 1]}]"
                owner = f" · {line.owner}" if line.owner else ""
                yield f"  {_figure(name, line.figure, ko=ko)} · {line.question}{owner}"
        for number, gap in enumerate(self.gaps):
            if not number:
                yield "\n[찾았으나 없음]" if ko else "\n[searched for in vain]"
            yield f"  {gap.times}× · {gap.query}"


def knowledge_report(database: Database, today: date, *, limit: int = 20) -> Report:
    """The report as of ``today``; each list has at most ``limit`` lines, worst first."""
    published = {item.id: item for item in all_articles(database, status="published")}
    counted = article_counts(database)
    poor = [_line(published[c.article_id], _share(c)) for c in counted if c.article_id in published and _is_poor(c)]
    reworded = [
        _line(published[c.article_id], round(c.edited / (c.accepted + c.edited), 3))
        for c in counted
        if c.article_id in published and _is_reworded(c)
    ]
    stale = [_line(item, _age(item, today)) for item in published.values() if _needs_check(item, today)]
    expiring = [_line(item, left) for item in published.values() if (left := _days_left(item, today)) is not None]
    return Report(
        articles=len(published),
        accepted=sum(c.accepted for c in counted),
        edited=sum(c.edited for c in counted),
        ignored=sum(c.ignored for c in counted),
        poor=tuple(sorted(poor, key=lambda line: line.figure)[:limit]),
        reworded=tuple(sorted(reworded, key=lambda line: -line.figure)[:limit]),
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


def _is_reworded(counts: Counts) -> bool:
    used = counts.accepted + counts.edited
    return _shown(counts) >= SHOWN_MIN and used > 0 and counts.edited >= REWORDED_SHARE * used


def _needs_check(item: Stored, today: date) -> bool:
    return is_stale(item.article.checked_on, None, today)


def _age(item: Stored, today: date) -> float:
    return float((today - item.article.checked_on).days) if item.article.checked_on else -1.0


def _days_left(item: Stored, today: date) -> float | None:
    ends = item.article.expires_on
    return float((ends - today).days) if ends and ends - today <= EXPIRING_WITHIN else None
