"""What is looked after now and then: accounts that were made or changed elsewhere, and rows whose time is over.

Replies to requests are kept for a week, so that a client that was away that long still gets its first answer again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from dasan.core.time import DAY, HOUR
from dasan.ports import Clock

EVERY_S = 60.0
REPLIES_KEPT_US = 7 * DAY
TOKENS_KEPT_US = 30 * DAY
_log = logging.getLogger("dasan.tidy")


class Store(Protocol):
    """A part of the store."""

    def prune(self, before_us: int) -> int: ...


class People(Protocol):
    """A part of the store's people."""

    def prune_tokens(self, before_us: int) -> int: ...


class Tidy:
    """``call`` runs a function on the writer thread; ``enrol`` looks at all accounts again."""

    def __init__(
        self,
        store: Store,
        people: People,
        call: Callable[[Callable[[], Any]], Awaitable[Any]],
        enrol: Callable[[], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._store, self._people, self._call, self._enrol, self._clock = store, people, call, enrol, clock
        self._pruned_us = clock.now_us()

    async def step(self) -> float:
        """One round; seconds until the next."""
        await self._enrol()
        now = self._clock.now_us()
        if now - self._pruned_us >= HOUR:
            self._pruned_us = now
            replies = await self._call(lambda: self._store.prune(now - REPLIES_KEPT_US))
            tokens = await self._call(lambda: self._people.prune_tokens(now - TOKENS_KEPT_US))
            _log.info("old rows were forgotten", extra={"replies": replies, "tokens": tokens})
        return EVERY_S
