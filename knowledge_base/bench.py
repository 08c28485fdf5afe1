"""Suggestions on 13,000 generated articles: the whole way through the child process, beside whoosh's own scorer.

Both answer the same turns from the same generation. Ours: the client's call, the pipe, small talk removed, two
readings by the analyser, mending, three views, explanation, and back. Whoosh's: the analyser's reading and its BM25F
over the words of the same index; where no analyser is installed, whoosh as it comes over the same articles. A run is
the 95th percentile over its turns; the figure is the median of five.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass
from datetime import date
from pathlib import Path

from knowledge_base.analysis.morphemes import MorphemeReader, open_reader
from knowledge_base.analysis.script import normalise
from knowledge_base.baseline import PlainWhoosh, WhooshScorer
from knowledge_base.build import build
from knowledge_base.client import KnowledgeClient
from knowledge_base.generate import generated_articles, generated_turns
from knowledge_base.index.generation import current_name
from knowledge_base.index.live import LiveIndex
from knowledge_base.store import open_database, put_articles

ARTICLES = 13_000
TARGET_MS = 50.0
RUNS = 5
TURNS_MAX = 100
_WARM_UP = 20
_TODAY = date(2026, 1, 1)  # generated articles have no dates that could pass
_CLIENT_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class BenchResult:
    """One row of the benchmark table; ``ratio`` is baseline over ours (how many times faster)."""

    name: str
    value: float
    unit: str
    baseline: str
    baseline_value: float
    ratio: float
    target: str
    met: bool


def suggestion_bench(
    seconds_budget: float = 60.0, *, articles: int = ARTICLES, folder: Path | None = None
) -> dict[str, str | float | bool]:
    """Build, measure, compare; the fields of :class:`BenchResult`.

    Building takes what it takes (one to two minutes for 13,000 on two cores); the budget bounds the measuring that
    follows. ``folder`` keeps what was built, and a later run with the same folder builds only what differs.
    """
    reader = open_reader()
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as fresh:
        place = folder or Path(fresh)
        url, root = f"sqlite:///{place}/kb.db", place / "index"
        _prepare(url, root, reader, articles)
        turns = list(generated_turns(TURNS_MAX))
        ours = asyncio.run(_ours(url, root, turns, seconds_budget / 2))
        theirs = _whoosh(root / current_name(root), reader, articles, turns, seconds_budget / 2)
    result = BenchResult(
        name=f"suggestion on {articles:,} articles, p95",
        value=round(ours, 2),
        unit="ms",
        baseline="whoosh's own scorer, p95",
        baseline_value=round(theirs, 2),
        ratio=round(theirs / ours, 1),
        target=f"< {TARGET_MS:.0f} ms",
        met=ours < TARGET_MS,
    )
    return asdict(result)


def _prepare(url: str, root: Path, reader: MorphemeReader | None, articles: int) -> None:
    database = open_database(url)
    try:
        put_articles(database, list(generated_articles(articles)), at_us=0)
        index = LiveIndex(database, root, reader)
        if index.waiting or index.wants_build():
            build(database, root, reader)
    finally:
        database.close()


async def _ours(url: str, root: Path, turns: list[str], budget_s: float) -> float:
    client = KnowledgeClient(url, str(root), today=lambda: _TODAY, now_us=lambda: 0, timeout_s=_CLIENT_TIMEOUT_S)
    await client.start()
    try:
        if not await client.wait_for("full", 60.0):
            raise RuntimeError(f"the knowledge process did not start: {client.status().last_error}")
        for turn in turns[:_WARM_UP]:
            await client.suggest("bench", [turn], language="ko")
        runs: list[float] = []
        until = time.perf_counter() + budget_s
        while len(runs) < RUNS and (not runs or time.perf_counter() < until):
            times = [(await client.suggest("bench", [turn], language="ko")).took_ms for turn in turns]
            runs.append(percentile(times, 0.95))
        return statistics.median(runs)
    finally:
        await client.close()


def _whoosh(generation: Path, reader: MorphemeReader | None, articles: int, turns: list[str], budget_s: float) -> float:
    if reader:
        scorer = WhooshScorer(generation)
        try:
            return _timed(lambda turn: scorer(reader.read(normalise(turn))), turns, budget_s)
        finally:
            scorer.close()
    documents = ((a.external_id, *astuple(a.wordings["ko"])) for a in generated_articles(articles))
    with tempfile.TemporaryDirectory(prefix="kb-plain-") as place:
        plain = PlainWhoosh(Path(place), documents)
        try:
            return _timed(plain, turns, budget_s)
        finally:
            plain.close()


def _timed(search: Callable[[str], object], turns: list[str], budget_s: float) -> float:
    """The median over at most five runs of the 95th percentile of a run, in ms."""
    for turn in turns[:_WARM_UP]:
        search(turn)
    runs: list[float] = []
    until = time.perf_counter() + budget_s
    while len(runs) < RUNS and (not runs or time.perf_counter() < until):
        times = []
        for turn in turns:
            began = time.perf_counter()
            search(turn)
            times.append((time.perf_counter() - began) * 1000)
        runs.append(percentile(times, 0.95))
    return statistics.median(runs)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least ``share`` of ``values`` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]
