"""From a query to hits: candidates by fused score, filters, ties, and what the desk shows of each.

Business facts only break ties: an exact question first, then the score (to two places), then what was checked last
and used most. The score shown is the place among the hits times the share of the question that the best hit covers,
so that three poor hits do not look like good ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from knowledge_base.analysis.script import normalise, runs
from knowledge_base.explain import passage_of, why_of
from knowledge_base.fusion import Query, fused
from knowledge_base.index.facts import Mask
from knowledge_base.index.impact import Floats, Impacts
from knowledge_base.index.live import LiveIndex
from knowledge_base.model import Filters, Hit, Stored, is_stale, pick_language
from knowledge_base.query import make_query

GOOD_COVERAGE = 0.45  # below, a typed search counts as a gap in the articles
_POOL = 4  # candidates looked at for each hit wanted: languages of one article fall together


@dataclass(frozen=True, slots=True)
class _Asked:
    """One search: the text as asked, the query made of it, what each of its terms says, and for whom it is."""

    text: str
    query: Query
    weights: Mapping[str, float]  # of the view that passages are chosen by
    words: Mapping[str, float]
    show: str
    today: date

    @property
    def syllabic(self) -> bool:
        return _cover_view(self.query.language) == "syllables"


@dataclass(frozen=True, slots=True)
class _Candidate:
    stored: Stored
    language: str
    score: float
    exact: bool
    place: tuple[int, int]  # segment and document


def search(
    index: LiveIndex,
    turns: Sequence[tuple[str, float]],
    *,
    today: date,
    show: str = "",
    filters: Filters | None = None,
    limit: int = 10,
    coverage_min: float = 0.0,
) -> list[Hit]:
    """The best hits for weighed texts (newest first); ``show`` is the reader's language, if not the text's own.

    Hits that cover nothing, or less than ``coverage_min`` (0 to 1), of the text are left out.
    """
    turns = [(text, weight) for text, weight in turns if text.strip()]
    if not turns or not index.segments:
        return []
    query = make_query(turns, index.reader if index.morphemes else None, index.vocabulary())
    weights, words = (_term_weights(index, query, view) for view in (_cover_view(query.language), "words"))
    asked = _Asked(turns[0][0], query, weights, words, show or query.language, today)
    masks = [facts.admitted(filters or Filters(), today) for facts in index.facts]
    ranked = _ranked(_candidates(index, asked, masks, limit * _POOL + 10), today)[:limit]
    covered = [_coverage(index, asked, candidate) for candidate in ranked]
    kept = [candidate for candidate, share in zip(ranked, covered, strict=True) if share and share >= coverage_min]
    scale = max(covered, default=0.0) / (max((candidate.score for candidate in kept), default=0.0) or 1.0)
    return [_hit(candidate, candidate.score * scale, asked) for candidate in kept]


def _candidates(index: LiveIndex, asked: _Asked, masks: Sequence[Mask], count: int) -> list[_Candidate]:
    best: dict[str, _Candidate] = {}
    bare = _bare(asked.text)
    parts = fused(index.segments, asked.query, morphemes=index.morphemes)
    for number, (segment, mask, scores) in enumerate(zip(index.segments, masks, parts, strict=True)):
        allowed = np.where(mask, scores, np.float32(0.0))
        for doc in _top(allowed, count):
            key = segment.keys[doc]
            score = float(allowed[doc])
            known = best.get(key.article_id)
            if known is None or score > known.score:
                stored = index.articles[key.article_id]
                exact = _bare(stored.article.wordings[key.language].question) == bare
                best[key.article_id] = _Candidate(stored, key.language, score, exact, (number, doc))
    return list(best.values())


def _top(scores: Floats, count: int) -> list[int]:
    """The numbers of up to ``count`` documents with the highest positive scores, in no order."""
    found = np.flatnonzero(scores > 0)
    if len(found) > count:
        found = found[np.argpartition(-scores[found], count)[:count]]
    return [int(doc) for doc in found]


def _ranked(candidates: list[_Candidate], today: date) -> list[_Candidate]:
    def place(candidate: _Candidate) -> tuple[object, ...]:
        article = candidate.stored.article
        expired = article.expires_on is not None and article.expires_on < today
        checked = article.checked_on.toordinal() if article.checked_on else 0
        score = round(candidate.score, 2)
        return (
            expired,
            not candidate.exact,
            -score,
            -checked,
            -candidate.stored.uses,
            -candidate.score,
            candidate.stored.id,
        )

    return sorted(candidates, key=place)


def _bare(text: str) -> str:
    return "".join(run for _, run in runs(normalise(text)))


def _term_weights(index: LiveIndex, query: Query, view: str) -> dict[str, float]:
    """How much each term of the query says in ``view``: its rarity times its turn's weight.

    A word that no article knows counts as the rarest, unless it was read as another one.
    """
    total = sum(len(segment.keys) for segment in index.segments) or 1
    mended = {typed for typed, _ in query.corrected}
    out = {}
    for term, weight in query.views[view].items():
        slices = [segment.views[view].slice(term) for segment in index.segments]
        frequency = sum(len(found[0]) for found in slices if found is not None)
        if frequency or term not in mended:
            out[term] = weight * math.log1p(total / (frequency + 0.5))
    return out


def _cover_view(language: str) -> str:
    return "syllables" if language in {"zh", "ja"} else "letters"


def _coverage(index: LiveIndex, asked: _Asked, candidate: _Candidate) -> float:
    """The share (0 to 1) of what was asked, by weight, that stands in the candidate: of its letters and of its words.

    Letters alone would take the endings of verbs for a match, words alone would be lost where typing errors are many.
    """
    segment, doc = index.segments[candidate.place[0]], candidate.place[1]
    letters = _share(asked.weights, segment.views[_cover_view(asked.query.language)], doc)
    return (letters + _share(asked.words, segment.views["words"], doc)) / 2 if asked.words else letters


def _share(weights: Mapping[str, float], view: Impacts, doc: int) -> float:
    whole = sum(weights.values())
    return sum(weight for term, weight in weights.items() if view.has(term, doc)) / whole if whole else 0.0


def _hit(candidate: _Candidate, score: float, asked: _Asked) -> Hit:
    article = candidate.stored.article
    matched = article.wordings[candidate.language]
    language = pick_language(article.wordings, asked.show)
    wording = article.wordings[language]
    return Hit(
        article_id=candidate.stored.id,
        language=language,
        question=wording.question,
        answer=wording.answer,
        passage=passage_of(wording.answer, asked.weights, syllabic=asked.syllabic),
        score=round(min(score, 1.0), 3),
        why=why_of(asked.text, matched, asked.query, candidate.language),
        category=article.category,
        district=article.district,
        department=article.department,
        phone=article.phone,
        source=article.source,
        checked_on=article.checked_on,
        expires_on=article.expires_on,
        stale=is_stale(article.checked_on, article.expires_on, asked.today),
        expired=article.expires_on is not None and article.expires_on < asked.today,
        example=article.example,
    )
