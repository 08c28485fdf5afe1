"""The project's own judged questions: what callers might say, in many manners, and the starter article that answers.

``judged/callers.tsv`` was written by hand, without a look at any result; it is no real caller's speech. Half of it
(``dev``, by a hash of the words) may be looked at while the search is being improved, the other half (``test``) is only
ever measured. Lines that no article answers measure restraint: nothing is better than nonsense.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path

from knowledge_base.analysis.grams import syllables
from knowledge_base.analysis.morphemes import MorphemeReader, open_reader
from knowledge_base.analysis.script import normalise
from knowledge_base.analysis.views import VIEWS, Terms
from knowledge_base.baseline import PlainWhoosh
from knowledge_base.desk import Desk
from knowledge_base.evaluate import DEPTH, NOISE_SEED, Estimate, Searcher, estimated, reciprocal_rank, success
from knowledge_base.fusion import view_scores
from knowledge_base.index.segment import DocKey, segment_of
from knowledge_base.search import search
from knowledge_base.starter import load_starter, starter_articles
from knowledge_base.store import open_database
from knowledge_base.store.articles import article_id_of

PARTS = ("dev", "test")
NONE = "none"  # the manner of lines that no article answers
_TODAY = date(2026, 1, 1)  # starter articles have no dates that could pass


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody said, in what manner, and the external id of the article that answers it ("" for none)."""

    manner: str
    article: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One way of searching over some lines (``manner`` "": all that have an answer). Of ``none``: share of silence."""

    method: str
    manner: str
    lines: int
    mrr: Estimate
    hit3: Estimate


def lines(part: str) -> list[Line]:
    """The lines of ``part`` (dev or test). ValueError names a line that is malformed."""
    known = {article.external_id for article in starter_articles()}
    found = []
    text = (files("knowledge_base") / "judged" / "callers.tsv").read_text(encoding="utf-8")
    for number, raw in enumerate(text.splitlines(), start=1):
        if not raw or raw.startswith("#"):
            continue
        manner, article, words = raw.split("\t")
        full = "" if article == "-" else f"example-{article}"
        if full and full not in known:
            raise ValueError(f"callers.tsv, line {number}: no article {article}")
        if PARTS[hashlib.sha256(words.encode()).digest()[0] % 2] == part:
            found.append(Line(manner, full, words))
    return found


@contextmanager
def searchers(reader: MorphemeReader | None) -> Iterator[dict[str, Searcher]]:
    """Every way of searching the starter set, by name: baselines, ours without the analyser, and ours with it."""
    documents = tuple(
        (article.external_id, wording.question, wording.answer)
        for article in starter_articles()
        for wording in article.wordings.values()
    )
    with tempfile.TemporaryDirectory(prefix="kb-callers-") as folder:
        plain = PlainWhoosh(Path(folder), documents)
        with _served(Path(folder) / "grams", None) as grams, _served(Path(folder) / "full", reader) as full:
            ways: dict[str, Searcher] = {
                "BM25, words by spaces": _bm25(documents, lambda text: normalise(text).split()),
                "whoosh as it comes": plain,
                "BM25, syllable n-grams": _bm25(documents, lambda text: syllables(normalise(text))),
                "ours, no analyser": grams[0],
                "the same, unasked": grams[1],
            }
            yield ways | ({"ours": full[0], "ours, unasked": full[1]} if reader else {})
        plain.close()


@contextmanager
def _served(folder: Path, reader: MorphemeReader | None) -> Iterator[tuple[Searcher, Searcher]]:
    """A counselor's own search, and what her console would be offered unasked, thresholds and all."""
    folder.mkdir()
    database = open_database(f"sqlite:///{folder}/kb.db")
    try:
        load_starter(database, at_us=0)
        desk = Desk(database, folder / "index", reader)
        while desk.index.follow():
            pass
        external = {article_id_of(article.external_id): article.external_id for article in starter_articles()}

        def searched(text: str) -> list[str]:
            hits = search(desk.index, [(text, 1.0)], today=_TODAY, show="ko", limit=DEPTH)
            return [external[hit.article_id] for hit in hits]

        def suggested(text: str) -> list[str]:
            hits = desk.suggest([text], language="ko", today=_TODAY, limit=DEPTH)
            return [external[hit.article_id] for hit in hits]

        yield searched, suggested
    finally:
        database.close()


def _bm25(documents: Sequence[tuple[str, str, str]], read: Callable[[str], list[str]]) -> Searcher:
    """BM25 over one kind of term, the question twice and the answer once, as ours but alone."""
    empty: dict[str, list[str]] = {view: [] for view in VIEWS}
    terms = [Terms(empty | {"words": read(title)}, empty | {"words": read(text)}) for _, title, text in documents]
    segment = segment_of([DocKey(document, "", "") for document, _, _ in documents], terms)

    def found(text: str) -> list[str]:
        scores = view_scores([segment.views["words"]], dict.fromkeys(read(text), 1.0), len(documents))[0]
        return [segment.keys[int(doc)].article_id for doc in (-scores).argsort(kind="stable") if scores[doc] > 0]

    return found


def measured(part: str, ways: Mapping[str, Searcher]) -> Iterator[Row]:
    """A row for each way over all lines, and for each manner of speaking; of ``none``: how often nothing was shown."""
    asked = lines(part)
    manners = ["", *dict.fromkeys(line.manner for line in asked)]
    for method, way in ways.items():
        found = {line.words: list(dict.fromkeys(way(line.words)))[:DEPTH] for line in asked}
        for manner in manners:
            chosen = [line for line in asked if line.manner == (manner or line.manner) and (manner or line.article)]
            yield _row(method, manner, chosen, found)


def _row(method: str, manner: str, chosen: Sequence[Line], found: Mapping[str, list[str]]) -> Row:
    if manner == NONE:
        quiet = estimated([float(not found[line.words]) for line in chosen], NOISE_SEED)
        return Row(method, manner, len(chosen), quiet, quiet)
    gains = {line.words: {line.article: 1.0} for line in chosen}
    ranks = [reciprocal_rank(found[words], gain) for words, gain in gains.items()]
    hits = [success(found[words], gain) for words, gain in gains.items()]
    return Row(method, manner, len(chosen), estimated(ranks, NOISE_SEED), estimated(hits, NOISE_SEED))


def table(part: str) -> Iterator[str]:
    """The table of ``part``, line by line; the way of searching that suggestions take is broken down by manner."""
    form = "{:<24} {:<11} {:>5} {:>19} {:>19}"
    yield form.format("method", "manner", "n", "MRR", "hit@3")
    with searchers(open_reader()) as ways:
        last = list(ways)[-1]
        for row in measured(part, ways):
            if row.manner == NONE:
                yield form.format(row.method, "(silence)", row.lines, str(row.hit3), "")
            elif not row.manner or row.method == last:
                yield form.format(row.method, row.manner or "all", row.lines, str(row.mrr), str(row.hit3))
