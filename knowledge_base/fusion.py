"""The pure middle of searching: weighed query terms in, one score a document out.

Each view is scored on its own, divided by its best score, and the three are added with the weights of the query's
language. Terms that stand in more than a tenth of the documents are left out: they cost most and say least. Sums, not
ranks, are fused, because sums were measured better (see docs/knowledge.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge_base.index.impact import Floats, Impacts
from knowledge_base.index.segment import Segment

FREQUENT_SHARE = 0.10
FREQUENT_FLOOR = 1_000  # below so many documents a share says nothing

WEIGHTS: dict[str, dict[str, float]] = {
    "ko": {"words": 0.4, "syllables": 0.3, "letters": 0.3},
    "ko-grams": {"words": 0.0, "syllables": 0.5, "letters": 0.5},
    "latin": {"words": 0.3, "syllables": 0.0, "letters": 0.7},
    "han": {"words": 0.1, "syllables": 0.9, "letters": 0.0},
}
_FAMILY = {"ko": "ko", "zh": "han", "ja": "han"}


@dataclass(frozen=True, slots=True)
class Query:
    """A text taken apart: for each view its terms and their weights; ``corrected`` are (typed, read as) pairs."""

    language: str
    views: Mapping[str, Mapping[str, float]]
    corrected: tuple[tuple[str, str], ...] = ()


def weights_for(language: str, *, morphemes: bool) -> dict[str, float]:
    """The weight of each view for a query of ``language``; ``morphemes``: whether Korean words were analysed."""
    family = _FAMILY.get(language, "latin")
    return WEIGHTS["ko-grams" if family == "ko" and not morphemes else family]


def fused(segments: Sequence[Segment], query: Query, *, morphemes: bool) -> list[Floats]:
    """For each segment, the score (0 to 1) of each of its documents."""
    total = sum(len(segment.keys) for segment in segments)
    out = [np.zeros(len(segment.keys), np.float32) for segment in segments]
    for view, weight in weights_for(query.language, morphemes=morphemes).items():
        terms = query.views.get(view)
        if not weight or not terms:
            continue
        scores = view_scores([segment.views[view] for segment in segments], terms, total)
        best = max((float(part.max(initial=0.0)) for part in scores), default=0.0)
        if best > 0:
            out = [so_far + part * np.float32(weight / best) for so_far, part in zip(out, scores, strict=True)]
    return out


def view_scores(parts: Sequence[Impacts], terms: Mapping[str, float], total: int) -> list[Floats]:
    """BM25 of each document of each part; terms in more than ``FREQUENT_SHARE`` of ``total`` documents are left out.

    Where every term is that frequent, all are counted: a poor answer is better than none.
    """
    cut = int(total * FREQUENT_SHARE) if total > FREQUENT_FLOOR else total
    found = {term: [part.slice(term) for part in parts] for term in terms}
    rare = {term: slices for term, slices in found.items() if _frequency(slices) <= cut}
    chosen = rare if any(_frequency(slices) for slices in rare.values()) else found
    scores = [np.zeros(part.size, np.float32) for part in parts]
    for term, slices in chosen.items():
        weight = np.float32(terms[term])
        for into, slice_ in zip(scores, slices, strict=True):
            if slice_ is not None:
                into[slice_[0]] += slice_[1] * weight
    return scores


def _frequency(slices: Sequence[tuple[object, Floats] | None]) -> int:
    return sum(len(slice_[1]) for slice_ in slices if slice_ is not None)
