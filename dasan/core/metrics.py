"""The figures of DOMAIN §8, read off the log of events (dasan/core/log.py) and nothing else.

An item counts as entered in a queue and interval by the instant it entered that queue; as answered once, when it is
first ACTIVE; as still waiting while it was never ACTIVE and has not ended. One whose citizen left while it was
CONNECTING counts as abandoned. Rates are shares of 1, None where nothing can be divided; spreads are in seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dasan.core.call_log import CallReport, measure_calls
from dasan.core.consult_log import ConsultReport, measure_consults
from dasan.core.log import ABANDONED, ANSWERED, FATES, OUTCOMES, Log
from dasan.core.policy import Policy
from dasan.core.resolution import Resolution, resolution
from dasan.core.time import SECOND

SHORT_ABANDON_S = 5


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean and what stands beside every mean; seconds. Percentiles are of the nearest rank."""

    count: int = 0
    mean: float = 0.0
    p50: float = 0.0
    p90: float = 0.0
    p95: float = 0.0
    most: float = 0.0


def spread(values_us: Iterable[int]) -> Spread:
    """The spread of spans in microseconds."""
    ordered = sorted(values_us)
    if not ordered:
        return Spread()
    mean = sum(ordered) / len(ordered) / SECOND
    p50, p90, p95 = (percentile(ordered, p) / SECOND for p in (50, 90, 95))
    return Spread(len(ordered), mean, p50, p90, p95, ordered[-1] / SECOND)


def percentile(ordered: Sequence[int], p: int) -> int:
    """The nearest-rank percentile of a sorted, non-empty sequence."""
    return ordered[max(0, -(-len(ordered) * p // 100) - 1)]


@dataclass(frozen=True, slots=True)
class Report:
    """One interval (and queue, or all). ``fates`` are counts by FATES; ``within`` those answered within the target.

    ``handle`` counts every item's talk and wrap-up in full; ``adjusted`` is its part of its counselors' busy time,
    split over what they had in hand at once. ``calls`` and ``consults`` are those of the whole centre that began in the
    interval; ``advice`` is how long the latter took, and ``offers`` holds none of theirs.
    """

    entered: int
    fates: Mapping[str, int]
    short: int
    within: int
    abandoned_within: int
    wait: Spread
    handle: Spread
    adjusted: Spread
    offers: Mapping[str, int]
    pending: int
    occupancy: float | None
    utilisation: float | None
    miss_rate: float | None
    transfer_rate: float | None
    hold_rate: float | None
    satisfied: float | None
    response_rate: float | None
    acknowledged: Spread
    answered_tickets: Spread
    suggestion_use: float | None
    resolution: Resolution
    calls: CallReport
    consults: ConsultReport
    advice: Spread

    @property
    def service_level(self) -> float | None:
        """The primary variant: within / (answered + abandoned - short)."""
        return _share(self.within, self.fates[ANSWERED] + self.fates[ABANDONED] - self.short)

    @property
    def level_answered(self) -> float | None:
        """SL_answered: within / answered."""
        return _share(self.within, self.fates[ANSWERED])

    @property
    def level_both(self) -> float | None:
        """SL2: (answered within + abandoned within) / (answered + abandoned)."""
        return _share(self.within + self.abandoned_within, self.fates[ANSWERED] + self.fates[ABANDONED])

    @property
    def abandonment(self) -> float | None:
        """(abandoned - short) / (entered - short)."""
        return _share(self.fates[ABANDONED] - self.short, self.entered - self.short)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def measure(
    log: Log,
    policy: Policy,
    now_us: int,
    *,
    since_us: int = 0,
    until_us: int | None = None,
    queue: str = "",
    short_s: int = SHORT_ABANDON_S,
) -> Report:
    """The figures of what entered in [since, until), in one queue or all.

    Offers, people and first-contact resolution are of the whole log.
    """
    end = now_us + 1 if until_us is None else until_us
    stays = [
        (entry, item)
        for item in log.items.values()
        for entry in item.entries
        if since_us <= entry.entered_us < end and (not queue or entry.queue == queue)
    ]
    fates = dict.fromkeys(FATES, 0)
    short = within = left_within = 0
    for entry, _ in stays:
        fates[entry.fate] += 1
        target_us = _target_us(policy, entry.queue)
        if entry.fate == ANSWERED:
            within += entry.wait_us <= target_us
        elif entry.fate == ABANDONED:
            short += entry.wait_us < short_s * SECOND
            left_within += entry.wait_us <= target_us
    answered = [(entry, item) for entry, item in stays if entry.fate == ANSWERED]
    offers, pending = _offered(log, queue)
    talks = sum(1 for item in log.items.values() if item.active_us and not item.consult)
    consults = measure_consults(log.consults.kept, since_us=since_us, until_us=until_us)
    return Report(
        len(stays),
        fates,
        short,
        within,
        left_within,
        spread(entry.wait_us for entry, _ in answered),
        spread(item.handled_us() for _, item in answered if item.ended_us),
        spread(round(item.share_us) for _, item in answered if item.ended_us),
        offers,
        pending,
        *_people(log, now_us),
        _share(offers["expired"], offers["offered"]),
        _share(log.transfers, talks),
        _share(log.holds, talks),
        _share(sum(score >= 4 for _, score in log.scores), len(log.scores)),
        _share(len(log.scores), log.ended_sessions),
        spread(h.acknowledged_us - h.committed_us for h in log.handoffs.values() if h.acknowledged_us),
        spread(h.answered_us - h.acknowledged_us for h in log.handoffs.values() if h.answered_us and h.acknowledged_us),
        _share(log.used, log.suggested),
        resolution(log, policy, now_us, queue=queue),
        measure_calls(log.calls.kept, since_us=since_us, until_us=until_us),
        consults,
        spread(consults.advice_us),
    )


def _offered(log: Log, queue: str) -> tuple[dict[str, int], int]:
    """Offers in that queue, or in all, by how they ended; and how many have not."""
    found = log.offers_by_queue.get(queue, {}) if queue else log.offers
    offers = {"offered": 0, **dict.fromkeys(OUTCOMES, 0), **found}
    return offers, offers["offered"] - sum(offers[outcome] for outcome in OUTCOMES)


def _target_us(policy: Policy, queue: str) -> int:
    found = policy.queue(queue)
    return (found.answer_target_s if found else 0) * SECOND


def _people(log: Log, now_us: int) -> tuple[float | None, float | None]:
    """Occupancy and utilisation, up to now."""
    logged_in = handling = idle = 0
    for k in log.counselors.values():
        logged_in_us, handling_us, idle_us = k.upto(now_us)
        logged_in, handling, idle = logged_in + logged_in_us, handling + handling_us, idle + idle_us
    return _share(handling, handling + idle), _share(handling, logged_in)
