"""How fast we ask: new calls by a token bucket, and nothing at all while the network has asked us to wait.

An account may start one call a second unless Twilio has agreed to more; what exceeds it waits in a queue of Twilio's,
up to a day, and a counselor would be rung long after her offer was over. The bucket refuses here, before the wire, with
the seconds until there is room, so that the caller of the port decides what waits. Nothing sleeps in this file.
"""

from __future__ import annotations

from channels.twilio.errors import BUSY
from dasan.core.errors import ProviderFailed
from dasan.core.time import SECOND
from dasan.net.limits import Rate, TokenBucket
from dasan.ports import Clock


class Pace:
    """``calls``: new calls a second, and at once."""

    def __init__(self, clock: Clock, calls: Rate) -> None:
        self._clock = clock
        self._calls = TokenBucket(calls, clock.now_us())
        self._shut_until_us = 0

    def busy(self, after_s: float) -> None:
        """The network answered 429 and wants to be left alone for so long."""
        self._shut_until_us = max(self._shut_until_us, self._clock.now_us() + round(after_s * SECOND))

    def ask(self) -> None:
        """Before any request. Raises ProviderFailed(``network_busy``) with the seconds to wait."""
        left_us = self._shut_until_us - self._clock.now_us()
        if left_us > 0:
            raise _busy(left_us / SECOND)

    def new_call(self) -> None:
        """Before a request that starts a call. Raises as :meth:`ask`."""
        self.ask()
        wait_s = self._calls.take(self._clock.now_us())
        if wait_s:
            raise _busy(wait_s)


def _busy(after_s: float) -> ProviderFailed:
    return ProviderFailed(BUSY, retryable=True, after_s=after_s, detail="paced")
