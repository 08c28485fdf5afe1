"""What a REST request says and is answered: forms, errors, pages, dates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from channels.carrier.model import Callback, Goto
from channels.carrier.network import Network
from channels.carrier.parameters import API_VERSION, rfc2822

Row = dict[str, Any]
T = TypeVar("T")

PAGE_SIZE, PAGE_SIZE_MAX = 50, 1_000
MORE_INFO = "https://www.twilio.com/docs/errors/"

MESSAGES: Mapping[int, str] = {
    20001: "Invalid parameter",
    20003: "Authenticate",
    20004: "Method not allowed",
    20404: "The requested resource {0} was not found",
    20429: "Too Many Requests",
    20500: "An internal server error has occurred",
    20503: "Service unavailable",
    13223: "Dial: Invalid phone number format",
    13240: "Conference: Invalid coach call SID",
    16021: "Conference: Maximum number of participants reached",
    16024: "Invalid participant label, must not exceed 128 characters, must not be a CallSid, must not contain '/'",
    16026: "Participant label is in use by another participant",
    21201: "No 'To' number is specified",
    21205: "Url parameter is required.",
    21210: "The source phone number provided, {0}, is not yet verified for your account.",
    21211: "The phone number you are attempting to call, {0}, is not valid.",
    21212: "The 'From' number {0} is not a valid phone number, shortcode, or alphanumeric sender ID.",
    21213: "No 'From' number is specified",
    21215: "Geo Permission configuration is not permitting call",
    21218: "Invalid ApplicationSid",
    21220: "Call is not in-progress. Cannot redirect.",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {0}",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' phone number provided ({0}) is not a valid message-capable phone number.",
    21610: "Attempt to send to unsubscribed recipient",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21659: "'From' {0} is not a Twilio phone number or Short Code country mismatch",
    21421: "PhoneNumber is invalid",
    21422: "PhoneNumber is not available",
    22002: "Queue is not empty",
    22003: "Queue already exists",
    30409: "Message cannot be canceled",
    31941: "Stream: Too many forked streams on this call",
    35111: "SendAt timestamp must be set",
    35114: "SendAt must be between 15 minutes and 35 days from now",
    35118: "MessagingServiceSid is required to schedule a message",
}
_STATUS = {20003: 401, 20004: 405, 20404: 404, 20429: 429, 20500: 500, 20503: 503, 16026: 409}


class RestError(Exception):
    """An answer that is an error of Twilio's; the status follows from the code unless it is given."""

    def __init__(
        self, code: int, about: str = "", *, status: int = 0, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(str(code))
        self.code, self.about = code, about
        self.status = status or _STATUS.get(code, 400)
        self.headers = dict(headers or {})

    def body(self) -> Row:
        message = MESSAGES.get(self.code, "Error").format(self.about)
        return {"code": self.code, "message": message, "more_info": f"{MORE_INFO}{self.code}", "status": self.status}


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON; ``value`` None is no body at all."""

    status: int
    value: Row | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Form:
    """A request's parameters, a name possibly several times; ``path`` is the resource's address without its host."""

    params: tuple[tuple[str, str], ...]
    path: str = ""

    def get(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.params if key == name), default)

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.params)

    def all(self, name: str) -> list[str]:
        """A list, as repeated names or as one value with blanks between."""
        return [word for key, value in self.params if key == name for word in value.split()]

    def flag(self, name: str, default: bool = False) -> bool:
        found = self.optional_flag(name)
        return default if found is None else found

    def optional_flag(self, name: str) -> bool | None:
        """Raises RestError for what is neither true nor false."""
        if not self.has(name):
            return None
        value = self.get(name).lower()
        if value not in {"true", "false"}:
            raise RestError(20001, name)
        return value == "true"

    def whole(self, name: str, default: int, least: int = 0, most: int = 1_000_000) -> int:
        """Raises RestError for what is no whole number within the bounds."""
        value = self.get(name)
        if not value:
            return default
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            raise RestError(20001, name)
        return int(value)

    def goto(self, name: str, method: str = "Method", default: str = "POST") -> Goto:
        """An address with its method; "" when it is not given. Raises RestError(21205) for what is no address."""
        url = self.get(name)
        if url and urlsplit(url).scheme not in {"http", "https"}:
            raise RestError(21205, url)
        how = self.get(method, default).upper()
        if how not in {"GET", "POST"}:
            raise RestError(20001, method)
        return Goto(url, how)

    def callback(self, prefix: str = "", default: Iterable[str] = ("completed",)) -> Callback:
        """``{prefix}StatusCallback`` with its method and events."""
        where = self.goto(f"{prefix}StatusCallback", f"{prefix}StatusCallbackMethod")
        events = self.all(f"{prefix}StatusCallbackEvent") or list(default)
        return Callback(where.url, where.method, frozenset(events))


def known(found: T | None, net: Network, *at: str) -> T:
    """What was found at that address. Raises RestError(20404)."""
    if found is None:
        raise RestError(20404, uri(net, *at))
    return found


def day(us: int) -> str | None:
    """An instant as REST says it; None for one that never was."""
    return rfc2822(us) if us else None


def uri(net: Network, *parts: str) -> str:
    """A resource's address without its host."""
    return f"/{API_VERSION}/Accounts/{net.account.sid}" + "".join(f"/{part}" for part in parts) + ".json"


def listed(form: Form, key: str, items: Sequence[T], shape: Callable[[T], Row]) -> Answer:
    """One page of ``items``, in Twilio's envelope."""
    size = min(form.whole("PageSize", PAGE_SIZE, 1), PAGE_SIZE_MAX)
    page = form.whole("Page", 0)
    start = page * size
    shown = items[start : start + size]
    kept = [(name, value) for name, value in form.params if name not in {"Page", "PageSize", "PageToken"}]

    def at(number: int) -> str:
        return f"{form.path}?{urlencode([*kept, ('PageSize', str(size)), ('Page', str(number))])}"

    body: Row = {
        key: [shape(item) for item in shown],
        "end": start + max(len(shown) - 1, 0),
        "first_page_uri": at(0),
        "next_page_uri": at(page + 1) if start + size < len(items) else None,
        "page": page,
        "page_size": size,
        "previous_page_uri": at(page - 1) if page else None,
        "start": start,
        "uri": at(page),
    }
    return Answer(200, body)
