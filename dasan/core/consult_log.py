"""Consults counted for what they are: a colleague was asked while the citizen heard music. They are nobody's wait.

A consult is a work item without a caller of its own, so it is in none of a queue's figures (entered, offers, answered,
service level, handling time) and in no count of calls. *asked*: a colleague, or the counselors of a queue, were asked.
*reached*: one of them was there. *joined*: the three talked together. *taken*: the citizen was left with her (the warm
transfer; from then on it is a talk like any other, which nobody waited for). *unreached*: it ended before anybody was
there. Each is counted once a consult. The time from being reached until it ended, or became the talk, is advice: part
of how long she who advised was handling, and of nobody's talk. A consulted line of the directory is no colleague.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dasan.core.events import Recorded

STAGES = ("asked", "reached", "joined", "taken", "unreached")


@dataclass(slots=True)
class ConsultLog:
    """One consult: when it was asked for, who was reached and when, and until when she advised (0: not yet)."""

    item: str
    asked_us: int
    counselor: str = ""
    reached_us: int = 0
    until_us: int = 0
    marks: set[str] = field(default_factory=set)

    @property
    def advice_us(self) -> int:
        """How long somebody advised, once that is over."""
        return self.until_us - self.reached_us if self.reached_us and self.until_us else 0


class Consults:
    """``totals`` over everything that was taken; with ``keep`` every consult too, for the figures of an interval."""

    def __init__(self, keep: bool = False) -> None:
        self.totals = dict.fromkeys(STAGES, 0)
        self.kept: list[ConsultLog] = []
        self._keep = keep
        self._open: dict[str, ConsultLog] = {}  # by its item
        self._about: dict[str, str] = {}  # the talk -> the item of the consult about it

    def see(self, r: Recorded) -> None:
        """Take one event in; the journal's order matters."""
        handler = _HANDLERS.get(r.event.type)
        if handler is not None:
            handler(self, r, r.event)

    def forget(self, before_us: int) -> None:
        """Drop what was asked before that instant and is over."""
        self.kept = [one for one in self.kept if not one.until_us or one.asked_us >= before_us]

    def _mark(self, one: ConsultLog, stage: str) -> None:
        if stage not in one.marks:
            one.marks.add(stage)
            self.totals[stage] += 1

    def _asked(self, r: Recorded, e: Any) -> None:
        if not e.consult_of:
            return
        one = self._open[e.item] = ConsultLog(e.item, r.at_us)
        self._about[e.consult_of] = e.item
        if self._keep:
            self.kept.append(one)
        self._mark(one, "asked")

    def _accepted(self, r: Recorded, e: Any) -> None:
        one = self._open.get(e.item)
        if one is not None:
            one.counselor = e.counselor

    def _reached(self, r: Recorded, e: Any) -> None:
        one = self._open.get(e.item)
        if one is not None:
            one.reached_us = r.at_us
            self._mark(one, "reached")

    def _joined(self, r: Recorded, e: Any) -> None:
        one = self._open.get(self._about.get(e.item, ""))
        if one is not None and e.joined:
            self._mark(one, "joined")

    def _over(self, r: Recorded, e: Any) -> None:
        one = self._open.pop(e.item, None)
        if one is None:
            return
        self._about = {talk: item for talk, item in self._about.items() if item != e.item}
        one.until_us = r.at_us
        if e.type == "work.promoted":
            self._mark(one, "taken")
        elif not one.reached_us:
            self._mark(one, "unreached")


_HANDLERS: dict[str, Callable[[Consults, Recorded, Any], None]] = {
    "work.created": Consults._asked,
    "work.accepted": Consults._accepted,
    "work.active": Consults._reached,
    "work.consult_joined": Consults._joined,
    **dict.fromkeys(
        ("work.promoted", "work.consult_over", "work.aborted", "work.expired", "work.unroutable"), Consults._over
    ),
}


@dataclass(frozen=True, slots=True)
class Advice:
    """What a counselor has advised: how often she was reached, and for how long (microseconds)."""

    reached: int = 0
    advice_us: int = 0


@dataclass(frozen=True, slots=True)
class ConsultReport:
    """How often each stage was reached, how long each advice took, and who gave it."""

    counts: Mapping[str, int]
    advice_us: tuple[int, ...]
    by_counselor: Mapping[str, Advice]


def measure_consults(kept: Iterable[ConsultLog], *, since_us: int = 0, until_us: int | None = None) -> ConsultReport:
    """The figures of the consults that were asked for in [since, until)."""
    counts, by = dict.fromkeys(STAGES, 0), dict[str, Advice]()
    spans: list[int] = []
    for one in kept:
        if one.asked_us < since_us or (until_us is not None and one.asked_us >= until_us):
            continue
        for mark in one.marks:
            counts[mark] += 1
        if one.reached_us:
            before = by.get(one.counselor, Advice())
            by[one.counselor] = Advice(before.reached + 1, before.advice_us + one.advice_us)
            if one.until_us:
                spans.append(one.advice_us)
    return ConsultReport(counts, tuple(spans), by)
