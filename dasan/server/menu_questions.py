"""What a menu may ask of the centre itself, by name (docs/ivr.md lists each question with what it answers).

- ``ticket``: how a ticket stands, by the number on its receipt. It is told what Eung-Dap-So shows to anybody who has
  the number, and no more: the state, the department, the days; never what was written or answered, nor to whom.
- ``queue``: whether it takes people now, how many wait, the honest estimate, when it opens.

What is owed to the caller herself, a callback, needs no question: it is among the names of every flow (ivr/scope.py).

Nothing is raised, and nothing waits long: the menu has its own time-out, and a ticket desk that does not answer is left
alone for a while as any outside service is (outside.py).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from dasan.core.errors import DasanError, Rejected
from dasan.core.text import clean_line
from dasan.core.time import seoul
from dasan.ports import Clock, TicketStanding
from dasan.server.breaker import Breaker
from ivr.actions import Value
from ivr.facts import QueueFacts

Told = tuple[str, Mapping[str, Value]]
AT_ONCE_MAX = 8
AGENCY_CHARS_MAX = 60
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,39}")
UNKNOWN: Told = ("unknown", {})
ERROR: Told = ("error", {})
_log = logging.getLogger("dasan.menu")


class Tickets(Protocol):
    """A part of dasan.ports.TicketDesk."""

    async def standing(self, ticket_no: str) -> TicketStanding | None:
        """How that ticket stands."""
        ...


class MenuQuestions:
    """``queues``: every queue as it is now."""

    def __init__(self, tickets: Tickets, queues: Callable[[], Mapping[str, QueueFacts]], clock: Clock) -> None:
        self._tickets, self._queues, self._clock = tickets, queues, clock
        self._breaker = Breaker()
        self._under_way = 0

    async def ask(self, name: str, args: Mapping[str, Value]) -> Told:
        """(ok, unknown, error; its values)."""
        answer = ANSWERS.get(name)
        return await answer(self, args) if answer is not None else ERROR

    async def _ticket(self, args: Mapping[str, Value]) -> Told:
        number = str(args.get("number") or "").strip()
        if not _NUMBER.fullmatch(number):
            return UNKNOWN
        if self._under_way >= AT_ONCE_MAX or not self._breaker.lets(self._clock.now_us()):
            return ERROR
        self._under_way += 1
        well = False
        try:
            found = await self._tickets.standing(number)
            well = True
        except Rejected:  # a desk that finds fault with a number has no such ticket
            well = True
            return UNKNOWN
        except DasanError as error:
            _log.warning("a ticket's state could not be asked", extra={"code": error.code})
            return ERROR
        finally:
            self._under_way -= 1
            self._breaker.heard(well, self._clock.now_us())
        return ("ok", _of_ticket(found)) if found is not None else UNKNOWN

    async def _queue(self, args: Mapping[str, Value]) -> Told:
        found = self._queues().get(str(args.get("queue") or ""))
        if found is None:
            return UNKNOWN
        values: dict[str, Value] = {"open": found.open, "waiting": found.waiting, "eta": found.eta_s}
        return "ok", {**values, **_instant("opens", found.opens_at_us)}


def _of_ticket(found: TicketStanding) -> dict[str, Value]:
    return {
        "number": found.ticket_no,
        "state": found.status,
        "detail": found.detail,
        "agency": clean_line(found.agency, limit=AGENCY_CHARS_MAX),
        **_instant("updated", found.updated_at_us),
        **_instant("due", found.due_at_us),
    }


def _instant(name: str, at_us: int | None) -> dict[str, Value]:
    """A day and a time of day in Seoul, as the filters ``date`` and ``time`` take them; null where there is none."""
    at = seoul(at_us) if at_us else None
    return {f"{name}.date": f"{at:%Y-%m-%d}" if at else None, f"{name}.time": f"{at:%H:%M}" if at else None}


ANSWERS: Mapping[str, Callable[[MenuQuestions, Mapping[str, Value]], Awaitable[Told]]] = {
    "ticket": MenuQuestions._ticket,
    "queue": MenuQuestions._queue,
}
NAMES = frozenset(ANSWERS)
