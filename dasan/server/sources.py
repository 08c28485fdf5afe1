"""The machine's own clock and randomness, behind the Clock and Ids ports. A true edge: nothing else reads them."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from datetime import date

from dasan.core.ids import make
from dasan.core.time import seoul

PAGE = 640


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
    """Time-ordered ids with 80 random bits, which the system is asked for by the page: each asking costs a call."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        self._bits: Iterator[int] = iter(())

    def new(self, kind: str) -> str:
        """A fresh id of ``kind``, in any thread: an iterator gives each of its numbers once."""
        bits = next(self._bits, None)
        if bits is None:
            page = secrets.token_bytes(PAGE)
            mine = iter([int.from_bytes(page[at : at + 10]) for at in range(0, PAGE, 10)])
            bits, self._bits = next(mine), mine
        return make(kind, self._clock.now_us(), bits)

    def jitter(self) -> float:
        """A number in [0, 1)."""
        return secrets.randbits(32) / 2**32
