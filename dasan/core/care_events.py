"""What happens to a plan of care calls: to whom they go, what came of each, and when somebody must look after her."""

from __future__ import annotations

from dasan.core.events import Event, event


@event("care.planned")
class CarePlanned(Event):
    """``no`` is the number it is spoken of by; ``number`` and ``name`` are contents sealed with the plan. ``days``:
    0 is Monday; ``times``: minutes of Seoul's day. Called first at ``next_us``."""

    no: int
    service: str
    citizen: str
    address: str
    language: str
    number: str
    name: str
    days: tuple[int, ...]
    times: tuple[int, ...]
    attempts_max: int
    gap_s: int
    silent_days: int
    next_us: int


@event("care.called")
class CareCalled(Event):
    """Attempt ``attempt`` (from 1) of this time: ``session`` was opened for it."""

    session: str
    attempt: int


@event("care.answered")
class CareAnswered(Event):
    """``outcome``: well, needs_help."""

    session: str
    outcome: str
    next_us: int


@event("care.missed")
class CareMissed(Event):
    """``outcome``: no_answer, unclear (somebody answered and chose nothing). The next attempt, or the next time, is at
    ``next_us``; ``attempts`` is how many of this time were made (0: this time is over)."""

    session: str
    outcome: str
    cause: str
    next_us: int
    attempts: int


@event("care.skipped")
class CareSkipped(Event):
    """This time has passed while nobody could be called."""

    next_us: int


@event("care.paused")
class CarePaused(Event):
    """She is away; nobody calls and nobody worries."""


@event("care.resumed")
class CareResumed(Event):
    next_us: int


@event("care.alerted")
class CareAlerted(Event):
    """Somebody must look after her. ``reason``: silent (no answer since ``since_us``), help (she asked for help, and
    no counselor spoke with her)."""

    reason: str
    since_us: int


@event("care.settled")
class CareSettled(Event):
    """Somebody has looked after her; ``content`` holds what was found."""

    content: str = ""


@event("care.ended")
class CareEnded(Event):
    """``reason``: asked, moved, died, erased, …; number and name are erased with it."""

    reason: str
