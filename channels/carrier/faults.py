"""What can go wrong on purpose: callbacks lost, doubled, late or out of order; REST refused or unanswered; an outage.

All drawn from one seeded source, so that a bad day can be had again. Rates are shares from 0 to 1. What is fetched to
be obeyed (TwiML) is never lost by ``drop``: a network retries that while the caller listens, and its failures are made
by the server that is asked.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from channels.carrier.model import SECOND


@dataclass(frozen=True, slots=True)
class Weather:
    """How callbacks travel. ``reorder`` holds one back for up to ``reorder_us``, so that later ones overtake it."""

    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay_us: int = 0
    reorder_us: int = 3 * SECOND


@dataclass(slots=True)
class RestFault:
    """The next ``count`` requests that match get ``status`` and ``code``. ``lost``: they are done, and their answer
    is lost. ``method`` "" and ``path`` "" match all."""

    status: int = 500
    code: int = 20500
    count: int = 1
    method: str = ""
    path: str = ""
    lost: bool = False
    retry_after_s: int = 0

    def matches(self, method: str, path: str) -> bool:
        right = not self.method or self.method == method
        return self.count > 0 and right and re.search(self.path, path) is not None


@dataclass(slots=True)
class Faults:
    """The faults in force."""

    random: random.Random
    weather: Weather = Weather()
    rest: list[RestFault] = field(default_factory=list)
    outage_until_us: int = 0

    def copies(self) -> list[int]:
        """The delays with which a callback is sent: none when it is lost, two when it is doubled."""
        weather = self.weather
        if weather == Weather():
            return [0]
        if self.random.random() < weather.drop:
            return []
        delays = [self._delay()]
        if self.random.random() < weather.duplicate:
            delays.append(self._delay() + SECOND // 10)
        return delays

    def _delay(self) -> int:
        late = int(self.random.random() * self.weather.delay_us)
        if self.random.random() < self.weather.reorder:
            late += int(self.random.random() * self.weather.reorder_us)
        return late

    def of(self, method: str, path: str) -> RestFault | None:
        """The fault that this request meets, counted down."""
        for fault in self.rest:
            if fault.matches(method, path):
                fault.count -= 1
                return fault
        return None
