"""``dasan bench [NAME …] [--json]``: run the benchmarks and print a table, or one JSON object each."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module

from dasan.bench.result import Result

# name -> where it is; imported when it runs, so that one benchmark's needs are not another's.
BENCHMARKS: dict[str, str] = {
    "match": "dasan.bench.centre:match",
    "day": "dasan.bench.centre:day",
    "suggestion": "dasan.bench.centre:suggestion",
    "chat": "dasan.bench.chat:throughput",
    "ack": "dasan.bench.chat:acknowledgement",
    "idle": "dasan.bench.chat:idle",
    "desk": "dasan.bench.desk:painted",
    "resume": "dasan.bench.desk:resume",
    "restart": "dasan.bench.restart:restart",
    "streams": "dasan.bench.streams:streams",
    "webhook": "dasan.bench.voice:webhook",
    "calls": "dasan.bench.centre:calls",
}


def main(names: Sequence[str], as_json: bool) -> int:
    """The exit status: 0 when everything ran, whatever it reached; 1 when a benchmark broke; 2 for an unknown name."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"없는 측정입니다: {', '.join(unknown)}. Known: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    broken = 0
    if not as_json:
        print(HEAD)
    for name in names or BENCHMARKS:
        try:
            for result in _measure(name):
                print(json.dumps(result.row(), ensure_ascii=False) if as_json else line(result), flush=True)
        except Exception:  # the named edge: one broken benchmark must not hide the others
            traceback.print_exc()
            broken += 1
    return 1 if broken else 0


def _measure(name: str) -> Iterable[Result]:
    module, _, function = BENCHMARKS[name].partition(":")
    measure: Callable[[], Iterable[Result]] = getattr(import_module(module), function)
    return measure()


HEAD = f"{'what':38} {'value':>12} {'unit':14} {'baseline':>12} {'ratio':>8}  {'target':22} met"


def line(r: Result) -> str:
    """One line of the table."""
    baseline = "-" if r.baseline_value is None else f"{r.baseline_value:,.6g}"
    ratio = "-" if r.ratio is None else f"{r.ratio:.3g}"
    met = {True: "yes", False: "NO", None: "-"}[r.met]
    return f"{r.name:38} {r.value:>12,.6g} {r.unit:14} {baseline:>12} {ratio:>8}  {r.target:22} {met}"
