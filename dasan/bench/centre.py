"""Benchmarks that need no server: routing, the simulated day, suggestions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dasan.bench.result import Result


def _result(row: Mapping[str, Any]) -> Result:
    return Result(**{name: row[name] for name in Result.__dataclass_fields__ if name in row})


def match() -> Iterable[Result]:
    """A steady tick and a cold start of routing, beside a plain scan."""
    from dasan.sim.bench import match as measured

    return [_result(row) for row in measured()]


def day() -> Iterable[Result]:
    """A simulated day of 43,000 contacts with its invariants, in memory and on SQLite, beside a bare event heap."""
    from dasan.sim.bench import day as measured

    return [_result(row) for row in measured()]


def calls() -> Iterable[Result]:
    """A simulated day of 43,000 calls through the menu and the queue, and a surge of eight calls a second."""
    from dasan.sim.bench import calls as measured

    return [_result(row) for row in measured()]


def suggestion() -> Iterable[Result]:
    """A suggestion on 13,000 generated articles, beside whoosh's own scorer."""
    from knowledge_base import bench

    return [_result(bench.suggestion_bench(30.0))]
