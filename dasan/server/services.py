"""What the services of the ticket side ask beyond the common fields, kept for a while.

A counselor who opens the ticket form does not wait for another system: what is known is shown, what is not known within
``WITHIN_S`` is left out, and the ticket side still says what is missing when the case arrives (REJECTED, with fields).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Protocol

from dasan.core.errors import ProviderFailed, Rejected
from dasan.core.policy import Policy
from dasan.core.time import MINUTE
from dasan.ports import Clock, Question

KEPT_US = 10 * MINUTE
AGAIN_US = MINUTE // 2  # after a failure
WITHIN_S = 1.0


class Asking(Protocol):
    """A part of dasan.ports.TicketDesk."""

    async def questions(self, service_code: str) -> Sequence[Question]:
        """What that service asks."""
        ...


class Services:
    """The definitions of the ticket side's services, as far as they are known."""

    def __init__(self, desk: Asking, clock: Clock) -> None:
        self._desk, self._clock = desk, clock
        self._known: dict[str, tuple[int, Sequence[Question]]] = {}

    async def asked(self, policy: Policy) -> dict[str, list[dict[str, Any]]]:
        """Questions by category code; a category without any is left out."""
        codes = {c.code: c.service_code for c in policy.categories if c.service_code}
        await asyncio.gather(*(self._refresh(code) for code in set(codes.values())))
        found = {category: self._known[code][1] for category, code in codes.items() if code in self._known}
        return {category: [asdict(q) for q in questions] for category, questions in found.items() if questions}

    async def _refresh(self, code: str) -> None:
        now_us = self._clock.now_us()
        if code in self._known and now_us - self._known[code][0] < KEPT_US:
            return
        try:
            async with asyncio.timeout(WITHIN_S):
                self._known[code] = (now_us, await self._desk.questions(code))
        except (ProviderFailed, Rejected, TimeoutError):  # what was known before stays
            self._known[code] = (now_us - KEPT_US + AGAIN_US, self._known.get(code, (0, ()))[1])
