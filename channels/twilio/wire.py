"""How the twilio package's requests leave: over HTTP with time-outs, or to a carrier in the same process.

Both are HttpClients of the package, so every request and answer goes through the real SDK either way. The package has
no time-out of its own and logs numbers at INFO: both are seen to here.
"""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from requests import exceptions as broken
from twilio.http import HttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from channels.twilio.errors import unanswered

AFTER_S_MAX = 10.0  # of the network's wish: longer would leave people on the line who want to hang up

# The package writes every request's parameters, telephone numbers among them, at INFO; urllib3 its address at DEBUG.
_quiet = logging.getLogger("dasan.twilio.wire")
_quiet.setLevel(logging.WARNING)
logging.getLogger("urllib3").setLevel(logging.WARNING)

Busy = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class RestRequest:
    """A request as it would stand on the wire. ``fields``: the form's, of a GET the query's, repeated names repeated;
    ``auth``: account and token."""

    method: str
    path: str
    fields: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] | None = None
    auth: tuple[str, str] = ("", "")

    @property
    def authorization(self) -> str:
        """The Basic authorization header."""
        return "Basic " + b64encode(":".join(self.auth).encode()).decode()


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """``body`` is what JSON can say; None for an answer without one."""

    status: int
    body: Any = None
    headers: Mapping[str, str] | None = None


Answer = Callable[[RestRequest], RestAnswer]
Fields = tuple[tuple[str, str], ...]
Requester = Callable[[str, str, Fields, tuple[str, str] | None], tuple[int, dict[str, str], bytes]]
"""(method, path, fields, account and token) -> (status, headers, body): how a network in this process is asked."""


def answering(request: Requester, lost: type[Exception]) -> Answer:
    """A network in this process for :class:`InProcess`. ``lost`` is how it says that its answer never arrives."""

    def answered(asked: RestRequest) -> RestAnswer:
        try:
            status, headers, body = request(asked.method, asked.path, asked.fields, asked.auth)
        except lost:
            raise unanswered(wrote=asked.method != "GET", sent=True, detail="lost") from None
        return RestAnswer(status, json.loads(body) if body else None, headers)

    return answered


class Wire(TwilioHttpClient):  # type: ignore[misc]  # the package has no types
    """HTTP with a connect and a read time-out in seconds. ``on_busy`` hears the network's wish after a 429."""

    def __init__(self, connect_s: float = 3.0, read_s: float = 10.0, on_busy: Busy = lambda _: None) -> None:
        super().__init__(logger=_quiet, max_retries=None)
        self.timeout = (connect_s, read_s)
        self._on_busy = on_busy

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        """One exchange. Raises ProviderFailed when no answer came."""
        wrote = method.upper() != "GET"
        try:
            response = super().request(method, url, *args, **kwargs)
        except broken.RequestException as wrong:
            raise unanswered(wrote=wrote, sent=not _never_sent(wrong), detail=type(wrong).__name__) from wrong
        _told(response, self._on_busy)
        return response


class InProcess(HttpClient):  # type: ignore[misc]
    """``answer`` stands for the network. It may raise ProviderFailed as a lost answer would."""

    def __init__(self, answer: Answer, on_busy: Busy = lambda _: None) -> None:
        super().__init__(_quiet, is_async=False)
        self._answer = answer
        self._on_busy = on_busy

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Any:
        """One exchange, by value."""
        parts = urlsplit(url)
        fields = (*parse_qsl(parts.query, keep_blank_values=True), *_spread(params), *_spread(data))
        request = RestRequest(method.upper(), parts.path, fields, headers, auth or ("", ""))
        answer = self._answer(request)
        text = "" if answer.body is None else json.dumps(answer.body, ensure_ascii=False)
        response = Response(answer.status, text, dict(answer.headers or {}))
        _told(response, self._on_busy)
        return response


def _spread(values: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """As a form is written: of a list each item, None not at all."""
    pairs = ((name, each) for name, value in (values or {}).items() for each in _each(value))
    return [(name, str(value)) for name, value in pairs if value is not None]


def _each(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _never_sent(wrong: Exception) -> bool:
    """Whether no connection was made at all."""
    if isinstance(wrong, broken.ConnectTimeout | broken.InvalidURL | broken.MissingSchema | broken.SSLError):
        return True
    reason = getattr(wrong.args[0], "reason", None) if wrong.args else None
    return isinstance(wrong, broken.ConnectionError) and type(reason).__name__ in {
        *("NewConnectionError", "ConnectTimeoutError", "NameResolutionError"),
    }


def _told(response: Any, on_busy: Busy) -> None:
    if response.status_code == 429:
        said = str((response.headers or {}).get("Retry-After", ""))
        on_busy(min(AFTER_S_MAX, float(said)) if said.isdigit() and len(said) < 7 else 1.0)
