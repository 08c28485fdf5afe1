"""How the centre keeps its promise: the primary service level of DOMAIN §8 over the last hour, from events.

``answered within the queue's target / (answered + abandoned - short abandoned)``. An item counts as answered once, when
it is first ACTIVE, and as abandoned when its citizen left while it waited in a queue. Counted a minute at a time, so
memory is sixty rows whatever the load; the window therefore moves in steps of a minute.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dasan.core.events import Recorded
from dasan.core.policy import Policy
from dasan.core.time import MINUTE, SECOND
from dasan.core.workitem import WorkItem

WINDOW_MINUTES = 60
# What it is counted from, in the journal.
TYPES = (
    *("work.created", "work.routed", "work.due", "work.moved"),
    *("work.active", "work.taken_over", "work.abandoned", "work.wrapping", "work.parked", "work.unparked"),
)
SHORT_ABANDON_S = 5


@dataclass(slots=True)
class Minute:
    """The counts of one minute."""

    minute: int
    within: int = 0
    answered: int = 0
    abandoned: int = 0
    short: int = 0


@dataclass(slots=True)
class _Wait:
    """What counting needs of an item, while a start reads the journal."""

    queue: str
    enqueued_at_us: int = 0
    active_at_us: int = 0
    parked_at_us: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    """The window's counts. ``percent`` is None while nothing could be answered."""

    within: int
    answered: int
    abandoned: int
    short: int

    @property
    def percent(self) -> int | None:
        """The primary formula, rounded down: a promise is not rounded up."""
        base = self.answered + self.abandoned - self.short
        return self.within * 100 // base if base else None


class ServiceLevel:
    """Feed it every item's first answer and every abandonment, in any order within a minute."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._minutes: deque[Minute] = deque(maxlen=WINDOW_MINUTES)

    def take(self, recorded: Recorded, item: WorkItem | _Wait) -> None:
        """Count an event of ``item`` (its state after the event)."""
        event: Any = recorded.event
        kind = event.type
        if kind in {"work.active", "work.taken_over"} and item.active_at_us == recorded.at_us:
            wait = item.active_at_us - item.enqueued_at_us
            queue = self._policy.queue(item.queue)
            target = queue.answer_target_s * SECOND if queue else 0
            row = self._row(recorded.at_us)
            row.answered += 1
            row.within += wait <= target
        elif item.enqueued_at_us and not item.active_at_us and left(event):
            row = self._row(recorded.at_us)
            row.abandoned += 1
            gone_us = item.parked_at_us or recorded.at_us  # she waited until she went
            row.short += gone_us - item.enqueued_at_us < SHORT_ABANDON_S * SECOND

    def replay(self, events: Iterable[Recorded]) -> None:
        """Count from the journal after a start; items whose queueing lies before ``events`` are left out."""
        items: dict[str, _Wait] = {}
        for recorded in events:
            event: Any = recorded.event
            item = items.get(event.item)
            if event.type == "work.created":
                if not event.consult_of:
                    items[event.item] = _Wait(event.queue)
            elif item is None:
                continue
            elif event.type == "work.moved":
                item.queue = event.queue
            elif event.type in {"work.routed", "work.due"}:
                item.enqueued_at_us = event.enqueued_at_us
            elif event.type in {"work.parked", "work.unparked"}:
                item.parked_at_us = recorded.at_us if event.type == "work.parked" else 0
            else:
                if event.type in {"work.active", "work.taken_over"}:
                    item.active_at_us = item.active_at_us or recorded.at_us
                self.take(recorded, item)

    def now(self, now_us: int) -> Level:
        """The counts of the last sixty minutes."""
        oldest = now_us // MINUTE - WINDOW_MINUTES
        rows = [row for row in self._minutes if row.minute > oldest]
        return Level(
            sum(r.within for r in rows),
            sum(r.answered for r in rows),
            sum(r.abandoned for r in rows),
            sum(r.short for r in rows),
        )

    def _row(self, at_us: int) -> Minute:
        minute = at_us // MINUTE
        for row in reversed(self._minutes):
            if row.minute == minute:
                return row
            if row.minute < minute:
                break
        row = Minute(minute)
        self._minutes.append(row)
        return row


def left(event: Any) -> bool:
    """Whether the item's citizen has left with it."""
    kind: str = event.type
    return kind == "work.abandoned" or (kind == "work.wrapping" and event.reason == "citizen_left")
