"""What a flow may know of the world, as values: the caller of the interpreter asks the world, the flow never does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

Spans = tuple[tuple[int, int], ...]  # (from, to) in minutes of the day, to excluded


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """A queue as it is now. ``limit``: how many may wait, 0 for no limit."""

    open: bool = True
    waiting: int = 0
    limit: int = 0
    opens_at_us: int | None = None
    eta_s: float | None = None


@dataclass(frozen=True, slots=True)
class CallbackFacts:
    """A call that we owe her: in which queue she has a place; when it is due, 0 when it is her turn that counts; and
    how many are before her, None while she does not stand in line yet."""

    queue: str
    at_us: int = 0
    ahead: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The world at one instant.

    ``now_us``: microseconds of UTC. ``language``, ``slow``: what is kept for this address ("" and False when nothing).
    ``caller``: e164, sip, client or withheld. ``conduct``: "", warned, special. ``recorded``:
    the call is recorded or written down, which she must be told. ``callback``: who calls is to be called back.
    ``queues``: a queue that is not named
    counts as open and empty. ``holidays``: public holidays (dasan.core.hours.HOLIDAYS). ``special_days``: the
    operator's override file, a day and its spans for every calendar, or for one (``ivr.hours.parse_overrides``).
    ``channel``: voice, sms or chat.
    """

    now_us: int
    language: str = ""
    slow: bool = False
    caller: str = "e164"
    conduct: str = ""
    recorded: bool = True
    callback: CallbackFacts | None = None
    channel: str = "voice"
    dialled: str = ""
    queues: Mapping[str, QueueFacts] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    special_days: Mapping[tuple[str, date], Spans] = field(default_factory=dict)

    def queue(self, name: str) -> QueueFacts:
        """What is known of a queue."""
        return self.queues.get(name, _UNKNOWN)


_UNKNOWN = QueueFacts()
