"""Recordings at Twilio: their sound over HTTP, their list and deletion over the REST interface.

The package has no way to fetch sound, so that is an HTTPS request of our own to the same interface, with the same
credentials, bounded in time and size, following no redirect to another host.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import requests

from channels.twilio import shapes
from channels.twilio.client import Exchange
from channels.twilio.errors import GONE, failure, unanswered
from channels.voice.ports import RecordingSeen
from dasan.core.errors import ProviderFailed

BYTES_MAX: Final = 200 * 1024 * 1024
CHUNK: Final = 64 * 1024
LISTED_MAX: Final = 5_000
PAGE: Final = 1_000
API: Final = "https://api.twilio.com"
_SID = re.compile(r"RE[0-9a-f]{32}")

Get = Callable[[str], tuple[bytes, str]]


def over_http(
    account_sid: str, auth_token: str, api_base: str = "", within_s: tuple[float, float] = (3.0, 30.0)
) -> Get:
    """Fetches the sound of a recording by its id. Raises ProviderFailed."""
    base = (api_base or API).rstrip("/")

    def get(sid: str) -> tuple[bytes, str]:
        url = f"{base}/2010-04-01/Accounts/{account_sid}/Recordings/{sid}.wav"
        try:
            with requests.get(
                url, auth=(account_sid, auth_token), timeout=within_s, stream=True, allow_redirects=False
            ) as answer:
                if answer.status_code != 200:
                    raise failure(answer.status_code, 0, wrote=False)
                return _bounded(answer), answer.headers.get("content-type", "audio/x-wav").partition(";")[0]
        except requests.RequestException as wrong:
            raise unanswered(wrote=False, sent=True, detail=type(wrong).__name__) from wrong

    return get


def _bounded(answer: requests.Response) -> bytes:
    body = bytearray()
    for chunk in answer.iter_content(CHUNK):
        body += chunk
        if len(body) > BYTES_MAX:
            raise ProviderFailed("network_refused", retryable=False, detail="too large")
    return bytes(body)


def _seen(row: Any) -> RecordingSeen:
    seconds = str(row.duration or "")
    return RecordingSeen(
        str(row.sid),
        str(row.call_sid),
        str(row.status) == "completed",
        int(seconds) if seconds.isascii() and seconds.isdigit() else 0,
        str(row.source) == "RecordVerb",
    )


class TwilioRecordings:
    """ports.Recordings of one account."""

    def __init__(self, exchange: Exchange, get: Get) -> None:
        self._exchange, self._get = exchange, get

    async def fetch(self, sid: str) -> tuple[bytes, str]:
        if not _SID.fullmatch(sid):
            raise ProviderFailed("network_refused", retryable=False, detail="not a recording")
        return await asyncio.get_running_loop().run_in_executor(None, self._get, sid)

    async def listed(self, since_us: int) -> Sequence[RecordingSeen]:
        """As the port says; page by page."""
        since = shapes.instant(since_us)
        return await self._exchange.read(
            lambda client: [
                _seen(row) for row in client.recordings.list(date_created_after=since, limit=LISTED_MAX, page_size=PAGE)
            ]
        )

    async def delete(self, sid: str) -> None:
        try:
            await self._exchange.write(lambda client: client.recordings(sid).delete())
        except ProviderFailed as failed:
            if failed.code != GONE:
                raise
