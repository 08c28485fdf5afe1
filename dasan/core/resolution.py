"""First-contact resolution (DOMAIN §8), a proxy: who did not have to come again with the same thing?

``resolved sessions without a further one of the same citizen and category within the window / resolved sessions``. A
session is resolved when its last result says so (policy). The doubtful is not counted in our favour: a further session
that has no category (left before an answer, wrap-up forgotten, still open) counts as the same need. Sessions of nobody
known (no citizen, or erased) cannot be followed and are left out; their share stands beside the figure, and so does the
share of those whose window is not over yet. A need that is brought by another browser or telephone is not seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dasan.core.log import Log, SessionLog
from dasan.core.policy import Policy
from dasan.core.time import DAY

WINDOW_DAYS = 7


@dataclass(frozen=True, slots=True)
class Resolution:
    """``followed`` resolved sessions of known citizens, ``kept`` of them without a further one in ``window_days``.

    ``anonymous`` resolved sessions are left out. ``unripe`` of the followed were resolved less than the window ago.
    """

    followed: int = 0
    kept: int = 0
    anonymous: int = 0
    unripe: int = 0
    window_days: int = WINDOW_DAYS

    @property
    def share(self) -> float | None:
        """FCR: kept / followed; None when there is nothing to divide."""
        return self.kept / self.followed if self.followed else None

    @property
    def anonymous_share(self) -> float | None:
        """The share of all resolved sessions that had to be left out."""
        return self.anonymous / (self.followed + self.anonymous) if self.followed + self.anonymous else None

    @property
    def unripe_share(self) -> float | None:
        """The share of the followed that may still turn out otherwise."""
        return self.unripe / self.followed if self.followed else None


def resolution(log: Log, policy: Policy, now_us: int, *, queue: str = "", window_days: int = WINDOW_DAYS) -> Resolution:
    """Of every resolved session in the log, or of those that ended in ``queue``. ``log`` must reach back far enough."""
    by_citizen: dict[str, list[SessionLog]] = {}
    resolved: list[SessionLog] = []
    good = {d.code for d in policy.dispositions if d.resolved}
    for s in log.sessions.values():
        if s.citizen:
            by_citizen.setdefault(s.citizen, []).append(s)
        if s.disposition in good and s.ended_us and (not queue or s.queue == queue):
            resolved.append(s)
    window_us = window_days * DAY
    followed = [s for s in resolved if s.citizen]
    return Resolution(
        len(followed),
        sum(not _again(s, by_citizen[s.citizen], window_us) for s in followed),
        len(resolved) - len(followed),
        sum(now_us - s.ended_us < window_us for s in followed),
        window_days,
    )


def _again(first: SessionLog, others: Iterable[SessionLog], window_us: int) -> bool:
    return any(
        other is not first
        and first.opened_us <= other.opened_us <= first.ended_us + window_us
        and other.category in {first.category, ""}
        and (other.opened_us, other.number) > (first.opened_us, first.number)
        for other in others
    )
