"""A segment: documents numbered from 0 and the impacts of their three views. Never changed once made.

The main segment comes from a generation on disk; the small ones of what changed since are made here from terms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge_base.analysis.views import VIEWS, Terms
from knowledge_base.index.impact import Impacts, Postings, Stats, make_impacts


@dataclass(frozen=True, slots=True)
class DocKey:
    """Which wording of which article a document is, and the hash of the content it was made from."""

    article_id: str
    language: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Segment:
    """``keys[d]`` says what document ``d`` is; ``views`` maps each of ``VIEWS`` to its impacts."""

    keys: tuple[DocKey, ...]
    views: dict[str, Impacts]


def segment_of(keys: Sequence[DocKey], documents: Sequence[Terms], stats: dict[str, Stats] | None = None) -> Segment:
    """A segment made from terms; ``stats`` (by view) of the main segment, if there is one."""
    views = {}
    for view in VIEWS:
        fields = [document.question[view] for document in documents], [document.answer[view] for document in documents]
        views[view] = impacts_of(*fields, stats.get(view) if stats else None)
    return Segment(tuple(keys), views)


def impacts_of(questions: Sequence[list[str]], answers: Sequence[list[str]], stats: Stats | None = None) -> Impacts:
    """One view of documents, from the terms of each one's question and answer."""
    vocabulary: dict[str, int] = {}
    fields = _postings(questions, vocabulary), _postings(answers, vocabulary)
    return make_impacts(len(questions), list(vocabulary), fields, stats)


def _postings(texts: Sequence[list[str]], vocabulary: dict[str, int]) -> Postings:
    terms: list[int] = []
    docs: list[int] = []
    counts: list[int] = []
    for doc, text in enumerate(texts):
        tally = Counter(text)
        terms.extend(vocabulary.setdefault(term, len(vocabulary)) for term in tally)
        docs.extend([doc] * len(tally))
        counts.extend(tally.values())
    return Postings(np.array(terms, np.int32), np.array(docs, np.int32), np.array(counts, np.int32))
