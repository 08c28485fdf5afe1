"""What a menu may ask of the centre itself, by name (docs/ivr.md lists each question with what it answers).

- ``ticket``: how a ticket stands, by the number on its receipt. It is told what Eung-Dap-So shows to anybody who has
  the number, and no more: the state, the department, the days; never what was written or answered, nor to whom.
- ``queue``: whether it takes people now, how many wait, the honest estimate, when it opens.
- ``callback``: whether the number that calls is to be called back. Nobody else's: who withholds her number has none.

Nothing is raised, and nothing waits long: the menu has its own time-out, and a ticket desk that does not answer is left
alone for a while as any outside service is (outside.py).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol

from dasan.core import callback as callbacks
from dasan.core.callback import Callback
from dasan.core.errors import DasanError, Rejected
from dasan.core.session import Session
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
    """``sessions``: those that are open. ``queues``: every queue as it is now."""

    def __init__(
        self,
        tickets: Tickets,
        sessions: Callable[[], Iterable[Session]],
        queues: Callable[[], Mapping[str, QueueFacts]],
        clock: Clock,
    ) -> None:
        self._tickets, self._sessions, self._queues, self._clock = tickets, sessions, queues, clock
        self._breaker = Breaker()
        self._under_way = 0

    async def ask(self, name: str, args: Mapping[str, Value], address: str) -> Told:
        """(ok, none, unknown, error; its values). ``address``: the caller's, keyed; "" when it is withheld."""
        answer = ANSWERS.get(name)
        return await answer(self, args, address) if answer is not None else ERROR

    async def _ticket(self, args: Mapping[str, Value], address: str) -> Told:
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

    async def _queue(self, args: Mapping[str, Value], address: str) -> Told:
        found = self._queues().get(str(args.get("queue") or ""))
        if found is None:
            return UNKNOWN
        values: dict[str, Value] = {"open": found.open, "waiting": found.waiting, "eta": found.eta_s}
        return "ok", {**values, **_instant("opens", found.opens_at_us)}

    async def _callback(self, args: Mapping[str, Value], address: str) -> Told:
        found = next((cb for cb in map(_hers(address), self._sessions()) if cb is not None), None) if address else None
        if found is None:
            return "none", {}
        at_us = found.due_us if found.state in callbacks.WAITS else None
        return "ok", {"queue": found.queue, "attempts": found.attempts, **_instant("at", at_us)}


def _hers(address: str) -> Callable[[Session], Callback | None]:
    """The callback of a session, when it is open and that address's."""

    def of(s: Session) -> Callback | None:
        cb = s.callback
        return cb if cb is not None and cb.open and any(leg.address == address for leg in s.legs) else None

    return of


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


ANSWERS: Mapping[str, Callable[[MenuQuestions, Mapping[str, Value], str], Awaitable[Told]]] = {
    "ticket": MenuQuestions._ticket,
    "queue": MenuQuestions._queue,
    "callback": MenuQuestions._callback,
}
NAMES = frozenset(ANSWERS)
