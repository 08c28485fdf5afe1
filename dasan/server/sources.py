"""The machine's own clock and randomness, behind the Clock and Ids ports. A true edge: nothing else reads them."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import date

from dasan.core.ids import make
from dasan.core.time import seoul


class SystemClock:
    """UTC microseconds that never go back within this process: a clock set back by NTP stands still until it is met."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def now_us(self) -> int:
        """The present."""
        with self._lock:
            self._last = max(self._last, time.time_ns() // 1000)
            return self._last

    def today(self) -> date:
        """The calendar day in Seoul."""
        return seoul(self.now_us()).date()


class SystemIds:
    """Time-ordered ids with 80 random bits."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock

    def new(self, kind: str) -> str:
        """A fresh id of ``kind``."""
        return make(kind, self._clock.now_us(), secrets.randbits(80))

    def jitter(self) -> float:
        """A number in [0, 1)."""
        return secrets.randbits(32) / 2**32
