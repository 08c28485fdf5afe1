"""One way to the network for calls and texts alike: where Twilio's package runs, how fast, and what failed.

The package blocks, so each request runs where a :class:`Runner` says: in a bounded pool of threads under a time-out, or
at once when the network is a stand-in in this process. Every failure leaves as ProviderFailed by the table in
errors.py, counted, without the package's words.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.rest import Client

from channels.twilio.errors import BUSY, GONE, of_exception, unanswered
from channels.twilio.pace import Pace
from dasan.core.errors import ProviderFailed

T = TypeVar("T")

AT_ONCE = 8
WAITING_MAX = 400

_log = logging.getLogger("dasan.twilio")


class Runner(Protocol):
    """Where a blocking request is made."""

    async def __call__(self, work: Callable[[], T], *, wrote: bool) -> T:
        """``work``'s result."""
        ...


class Threads:
    """A bounded pool; a request that has not come back after ``within_s`` is given up as unanswered."""

    def __init__(self, within_s: float = 15.0, threads: int = AT_ONCE, waiting_max: int = WAITING_MAX) -> None:
        self._within_s = within_s
        self._waiting_max = waiting_max
        self._under_way = 0
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="twilio")

    async def __call__(self, work: Callable[[], T], *, wrote: bool) -> T:
        """Raises ProviderFailed: ``network_busy`` when too many wait already; for a time-out, after which it is not
        known whether the request was carried out, unless no thread had come to it."""
        if self._under_way >= self._waiting_max:
            raise ProviderFailed(BUSY, retryable=True, after_s=1.0, detail="too many requests wait")
        self._under_way += 1
        asked = self._pool.submit(work)
        try:
            async with asyncio.timeout(self._within_s):
                return await asyncio.wrap_future(asked)
        except TimeoutError as wrong:
            raise unanswered(wrote=wrote, sent=not asked.cancel(), detail="time-out") from wrong
        finally:
            self._under_way -= 1

    def close(self) -> None:
        """Let go of the threads; what is under way ends by its own time-out."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class AtOnce:
    """On the caller's own stack, for a network in this process."""

    async def __call__(self, work: Callable[[], T], *, wrote: bool) -> T:
        """No waiting, no threads."""
        return work()


def connect(account_sid: str, auth_token: str, http: HttpClient, api_base: str = "") -> Any:
    """The package's client. ``api_base`` is another address of all we ask it for; "" are Twilio's own.

    The package would read TWILIO_EDGE and the like from the environment without a word: it is given one of its own."""
    client = Client(account_sid, auth_token, http_client=http, environment={"": ""})
    if api_base:
        client.api.base_url = client.voice.base_url = api_base.rstrip("/")
    return client


class Exchange:
    """One way to the network for calls and texts alike: where requests run, how fast, and what failed."""

    def __init__(self, client: Any, run: Runner, pace: Pace) -> None:
        self.client = client
        self.pace = pace
        self._run = run
        self.failed: Counter[str] = Counter()

    async def read(self, work: Callable[[Any], T]) -> T:
        """A request that changes nothing."""
        self.pace.ask()
        return await self._do(work, wrote=False)

    async def write(self, work: Callable[[Any], T], *, new_call: bool = False) -> T:
        """A request that changes something; ``new_call`` takes from the account's rate of new calls."""
        if new_call:
            self.pace.new_call()
        else:
            self.pace.ask()
        return await self._do(work, wrote=True)

    async def _do(self, work: Callable[[Any], T], *, wrote: bool) -> T:
        try:
            return await self._run(lambda: work(self.client), wrote=wrote)
        except ProviderFailed as failed:
            raise self._counted(failed) from None
        except TwilioException as wrong:  # its words hold addresses and numbers
            raise self._counted(of_exception(wrong, wrote=wrote)) from None
        except (ValueError, KeyError, TypeError) as wrong:  # an answer that is not what the package expects
            raise self._counted(unanswered(wrote=wrote, sent=True, detail=type(wrong).__name__)) from wrong

    def _counted(self, failed: ProviderFailed) -> ProviderFailed:
        self.failed[failed.code] += 1
        if failed.code != GONE:
            _log.warning("the network refused or did not answer", extra={"code": failed.code, "detail": failed.detail})
        return failed
