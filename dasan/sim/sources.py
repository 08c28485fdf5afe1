"""Time and chance of the simulated world: a clock that is told the time, ids and luck from one seeded source."""

from __future__ import annotations

from random import Random

from dasan.core import ids


class VirtualClock:
    """The Clock port; whoever drives the world moves ``at_us`` forward."""

    def __init__(self, at_us: int) -> None:
        self.at_us = at_us

    def now_us(self) -> int:
        """The virtual instant."""
        return self.at_us


class SeededIds:
    """The Ids port: the shape of real ids, from a virtual clock and a seed."""

    def __init__(self, clock: VirtualClock, luck: Random) -> None:
        self._clock, self._luck = clock, luck

    def new(self, kind: str) -> str:
        """A fresh id; unique but for 80 random bits."""
        return ids.make(kind, self._clock.at_us, self._luck.getrandbits(80))

    def jitter(self) -> float:
        """In [0, 1)."""
        return self._luck.random()
