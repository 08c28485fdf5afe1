"""Rate limits: token buckets on an injected clock.

A bucket holds at most ``burst`` tokens and gains ``per_s`` each second. :meth:`TokenBucket.take` never waits: it
answers how long the caller should, so that the refusal can say so. :class:`Buckets` keeps one for each key (a network
address, a citizen), bounded in number: the longest unused goes first, which can only make a limit more generous.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass

from dasan.core.time import SECOND
from dasan.ports import Clock

KEYS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_s`` tokens a second on average, ``burst`` at once."""

    per_s: float
    burst: float


class TokenBucket:
    """One bucket, full at first."""

    __slots__ = ("_at_us", "_level", "_rate")

    def __init__(self, rate: Rate, now_us: int) -> None:
        self._rate = rate
        self._level = rate.burst
        self._at_us = now_us

    def take(self, now_us: int, amount: float = 1.0) -> float:
        """0.0 and the tokens are gone, or the seconds until ``amount`` would be there and nothing is taken."""
        gained = max(0, now_us - self._at_us) / SECOND * self._rate.per_s
        self._level = min(self._rate.burst, self._level + gained)
        self._at_us = max(now_us, self._at_us)
        if self._level >= amount:
            self._level -= amount
            return 0.0
        return (amount - self._level) / self._rate.per_s


class Buckets:
    """A bucket for each key, the longest unused forgotten beyond ``keys_max``."""

    def __init__(self, rate: Rate, clock: Clock, keys_max: int = KEYS_MAX) -> None:
        self._rate = rate
        self._clock = clock
        self._keys_max = keys_max
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def take(self, key: str, amount: float = 1.0) -> float:
        """As :meth:`TokenBucket.take`, for the bucket of ``key``."""
        now_us = self._clock.now_us()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(self._rate, now_us)
            if len(self._buckets) > self._keys_max:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket.take(now_us, amount)

    def __len__(self) -> int:
        return len(self._buckets)


class Places:
    """How many of something each key holds at once, at most ``each``."""

    def __init__(self, each: int) -> None:
        self._each = each
        self._held: Counter[str] = Counter()

    def enter(self, key: str) -> bool:
        """Take a place; False when that key has all of its own already."""
        if self._held[key] >= self._each:
            return False
        self._held[key] += 1
        return True

    def leave(self, key: str) -> None:
        """Give a place back."""
        self._held[key] -= 1
        if self._held[key] <= 0:
            del self._held[key]

    def __len__(self) -> int:
        return len(self._held)
