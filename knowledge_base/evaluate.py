"""How good the search is: nDCG@10, MRR@10 and success@3 on a folder of judged questions, beside plain whoosh.

A set is a folder with ``corpus.jsonl`` (``_id``, ``title``, ``text``), ``dev/queries.jsonl`` (``_id``, ``text``) and
``dev/qrels.tsv`` (query, document, score). Run ``python -m knowledge_base.evaluate FOLDER…``. Intervals are 95 %
bootstrap over queries with a fixed seed; typing errors have fixed seeds too, so figures repeat.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from knowledge_base.analysis.morphemes import MorphemeReader, open_reader
from knowledge_base.analysis.views import analyse
from knowledge_base.baseline import PlainWhoosh
from knowledge_base.fusion import fused
from knowledge_base.index.segment import DocKey, Segment, segment_of
from knowledge_base.noise import NOISES
from knowledge_base.query import Vocabulary, make_query, words_of

DEPTH = 10
NOISE_SEED = 7
_RESAMPLES = 1_000

Searcher = Callable[[str], list[str]]  # a question to document ids, best first


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Documents as (id, title, text); questions as (id, text); judgements as {question: {document: gain}}."""

    name: str
    documents: tuple[tuple[str, str, str], ...]
    questions: tuple[tuple[str, str], ...]
    judgements: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over questions and its 95 % interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} ({self.low:.2f}..{self.high:.2f})"


@dataclass(frozen=True, slots=True)
class Score:
    """What a search is worth on so many questions."""

    questions: int
    ndcg: Estimate
    mrr: Estimate
    success3: Estimate


def read_set(folder: Path, part: str = "dev") -> JudgedSet:
    """The set in ``folder``. OSError and ValueError when it is not one."""
    documents = tuple((row["_id"], row["title"], row["text"]) for row in _jsonl(folder / "corpus.jsonl"))
    questions = tuple((row["_id"], row["text"]) for row in _jsonl(folder / part / "queries.jsonl"))
    judgements: dict[str, dict[str, float]] = {}
    for line in (folder / part / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, document, gain = line.split("\t")
        judgements.setdefault(question, {})[document] = float(gain)
    return JudgedSet(folder.name, documents, questions, judgements)


def _jsonl(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def ndcg(found: Sequence[str], gains: dict[str, float]) -> float:
    """Normalised discounted gain of the first ten, 0 to 1."""
    ideal = sorted(gains.values(), reverse=True)[:DEPTH]
    best = sum(gain / math.log2(i + 2) for i, gain in enumerate(ideal))
    got = sum(gains.get(document, 0.0) / math.log2(i + 2) for i, document in enumerate(found[:DEPTH]))
    return got / best if best else 0.0


def reciprocal_rank(found: Sequence[str], gains: dict[str, float]) -> float:
    """One over the place of the first right one among the first ten; 0 if there is none."""
    return next((1 / (i + 1) for i, document in enumerate(found[:DEPTH]) if gains.get(document, 0) > 0), 0.0)


def success(found: Sequence[str], gains: dict[str, float], depth: int = 3) -> float:
    """1 when a right one is among the first ``depth``."""
    return float(any(gains.get(document, 0) > 0 for document in found[:depth]))


def measure(judged: JudgedSet, search: Searcher, noise: str, *, limit: int = 0, seed: int = NOISE_SEED) -> Score:
    """The scores of ``search`` on questions typed with ``noise``; ``limit`` takes a fixed sample of them."""
    questions = list(judged.questions)
    if limit and len(questions) > limit:
        questions = Random(seed).sample(questions, limit)  # noqa: S311 - a repeatable sample
    rng = Random(seed)  # noqa: S311 - repeatable typing errors
    rows = []
    for question, text in questions:
        found = search(NOISES[noise](text, rng))
        gains = judged.judgements.get(question, {})
        rows.append((ndcg(found, gains), reciprocal_rank(found, gains), success(found, gains)))
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    return Score(len(rows), *(estimated(values, seed) for values in columns))


def estimated(values: Sequence[float], seed: int) -> Estimate:
    """The mean of ``values`` (0 for none) and its interval by resampling them."""
    if not values:
        return Estimate(0.0, 0.0, 0.0)
    array = np.array(values)
    rng = np.random.default_rng(seed)
    means = array[rng.integers(0, len(array), size=(_RESAMPLES, len(array)))].mean(axis=1)
    return Estimate(float(array.mean()), float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975)))


class Ours:
    """Our ranking over a judged set: the service's analysis, query and fusion, without its ties and filters."""

    def __init__(self, judged: JudgedSet, reader: MorphemeReader | None) -> None:
        self._reader = reader
        keys = [DocKey(document, "ko", "") for document, _, _ in judged.documents]
        terms = list(analyse(((title, text) for _, title, text in judged.documents), reader))
        self._segment: Segment = segment_of(keys, terms)
        known = self._segment.views["words"].vocabulary
        self._vocabulary: Vocabulary = Vocabulary((words_of(known),), known.__contains__)

    def __call__(self, text: str) -> list[str]:
        query = make_query([(text, 1.0)], self._reader, self._vocabulary)
        scores = fused([self._segment], query, morphemes=self._reader is not None)[0]
        best = np.argsort(-scores, kind="stable")[:DEPTH]
        return [self._segment.keys[int(doc)].article_id for doc in best if scores[doc] > 0]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; prints one table row for each set, typing and method."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.evaluate", description=main.__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--questions", type=int, default=300, help="at most so many of each set (0: all)")
    parser.add_argument("--noise", nargs="+", choices=sorted(NOISES), default=["clean", "typo", "typo+nospace", "half"])
    chosen = parser.parse_args(arguments)
    reader = open_reader()
    row = "{:<12} {:<13} {:<16} {:>5} {:>19} {:>19} {:>19}\n"
    sys.stdout.write(row.format("set", "typing", "method", "n", "nDCG", "MRR", "hit@3"))
    for folder in chosen.folders:
        judged = read_set(folder)
        with tempfile.TemporaryDirectory() as directory:
            plain = PlainWhoosh(Path(directory), judged.documents)
            methods: dict[str, Searcher] = {"whoosh plain": plain, "ours, no model": Ours(judged, None)}
            if reader:
                methods["ours"] = Ours(judged, reader)
            for noise in chosen.noise:
                for name, search in methods.items():
                    score = measure(judged, search, noise, limit=chosen.questions)
                    values = (str(score.ndcg), str(score.mrr), str(score.success3))
                    sys.stdout.write(row.format(judged.name, noise, name, score.questions, *values))
                    sys.stdout.flush()
            plain.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
