"""Leaving alone what is broken: after failures in a row nobody is sent there for a while, then one goes and looks.

Pure but for its own three numbers; time is an argument. Who was let in must tell what came of it (:meth:`heard`).
"""

from __future__ import annotations

from dataclasses import dataclass

from dasan.core.time import SECOND

FAILURES_MAX = 5
REST_US = 30 * SECOND


@dataclass(slots=True)
class Breaker:
    """``failures`` in a row; ``rests_until_us``: 0 while all is well; ``looking``: one is on the way to look."""

    failures: int = 0
    rests_until_us: int = 0
    looking: bool = False

    def lets(self, now_us: int) -> bool:
        """Whether one may go now."""
        if not self.rests_until_us:
            return True
        if self.looking or now_us < self.rests_until_us:
            return False
        self.looking = True
        return True

    def heard(self, well: bool, now_us: int) -> bool:
        """What came of it; whether a rest begins with this."""
        looked, self.looking = self.looking, False
        if well:
            self.failures = self.rests_until_us = 0
            return False
        self.failures += 1
        begins = self.failures >= FAILURES_MAX and (looked or not self.rests_until_us)
        if begins:
            self.rests_until_us = now_us + REST_US
        return begins
