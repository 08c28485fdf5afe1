"""How long the wait will be, said only when it has been right before.

The estimate of a place in a queue is its position times the median gap between the queue's recent answers. Every item
that enters gets one, silently; when it is answered, the estimate is held against the truth. A figure is shown only
after ``SAMPLES_MIN`` such comparisons whose median error is within half of the estimate or ``ERROR_S_MAX`` seconds;
otherwise the citizen is told her place alone. A figure that is often wrong does more harm than none.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

from dasan.core.time import SECOND

KEPT = 50
SAMPLES_MIN = 8
ERROR_S_MAX = 60
GUESSES_MAX = 10_000
GAP_S_MAX = 1_800


def spoken_s(estimate_s: int) -> int:
    """An estimate as it is said to somebody who waits: rounded up, more coarsely the longer it is, since a wait that is
    shorter than was said annoys nobody. To half a minute under five, to a minute under fifteen, to five minutes above.
    """
    step = next((step for limit, step in ((300, 30), (900, 60)) if estimate_s < limit), 300)
    return -(-estimate_s // step) * step


@dataclass(slots=True)
class _Queue:
    last_us: int = 0
    gaps: deque[int] = field(default_factory=lambda: deque(maxlen=KEPT))
    errors: deque[int] = field(default_factory=lambda: deque(maxlen=KEPT))


class Waits:
    """One estimate a queue; instants and spans in microseconds."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}
        self._guesses: dict[str, int] = {}  # item -> estimated wait

    def entered(self, item: str, queue: str, position: int) -> None:
        """An item has entered ``queue`` at ``position`` (from 1)."""
        guess = self._raw(queue, position)
        if guess is not None and len(self._guesses) < GUESSES_MAX:
            self._guesses.setdefault(item, guess)

    def answered(self, item: str, queue: str, wait_us: int, at_us: int) -> None:
        """An item of ``queue`` was answered after ``wait_us``."""
        line = self._queues.setdefault(queue, _Queue())
        if line.last_us and 0 <= at_us - line.last_us <= GAP_S_MAX * SECOND:
            line.gaps.append(at_us - line.last_us)
        line.last_us = max(line.last_us, at_us)
        guess = self._guesses.pop(item, None)
        if guess is not None:
            line.errors.append(abs(guess - wait_us))

    def left(self, item: str) -> None:
        """An item will not be answered."""
        self._guesses.pop(item, None)

    def estimate_s(self, queue: str, position: int) -> int | None:
        """Seconds until the item at ``position`` is answered; None when there is no honest figure."""
        guess = self._raw(queue, position)
        line = self._queues.get(queue)
        if guess is None or line is None or len(line.errors) < SAMPLES_MIN:
            return None
        if median(line.errors) > max(guess // 2, ERROR_S_MAX * SECOND):
            return None
        return max(1, round(guess / SECOND))

    def error_s(self, queue: str) -> int | None:
        """The median error of past estimates, in seconds; None before there are enough."""
        line = self._queues.get(queue)
        return round(median(line.errors) / SECOND) if line and len(line.errors) >= SAMPLES_MIN else None

    def _raw(self, queue: str, position: int) -> int | None:
        line = self._queues.get(queue)
        if line is None or len(line.gaps) < SAMPLES_MIN // 2:
            return None
        return round(median(line.gaps) * position)
