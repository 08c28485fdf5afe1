"""Requests to the customer's server: signed, repeated as their address asks, followed, remembered by cookies.

An errand is one request in Twilio's sense; it may take several asks (retries, redirects), which share one
``I-Twilio-Idempotency-Token``. The fragment of an address (``#rc=2&rp=ct,rt,5xx&ct=1000&rt=3000&tt=9000``) sets
retries and time-outs; it is neither sent nor signed. Errors have Twilio's numbers: 11200 an HTTP error or no answer in
time, 11205 not connected, 11215 too many redirects, 11243 an override that cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from channels.carrier.model import Call, Callback, Goto, Params
from channels.carrier.process import Fetched

if TYPE_CHECKING:
    from channels.carrier.network import Network

REDIRECTS_MAX = 10
AGENT = "TwilioProxy/1.1"
HTTP_ERROR, NOT_CONNECTED, TOO_MANY_REDIRECTS, BAD_OVERRIDE = 11200, 11205, 11215, 11243
Failure = Literal["", "ct", "rt"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient a request is; the defaults are Twilio's."""

    connect_ms: int = 5_000
    read_ms: int = 15_000
    total_ms: int = 15_000
    retries: int = 1
    on: frozenset[str] = frozenset({"ct"})


PLAIN = Policy()


@dataclass(slots=True)
class Ask:
    """One HTTP request for the driver: form parameters go in the body of a POST and in the address of a GET."""

    id: int
    method: str
    url: str
    params: Params
    headers: dict[str, str]
    connect_ms: int
    read_ms: int
    errand: Errand


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: ``failure`` "ct" when nobody was reached, "rt" when no answer came in time."""

    status: int = 0
    content_type: str = ""
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    failure: Failure = ""
    took_us: int | None = None  # on a virtual clock; None: as the driver is set


@dataclass(slots=True)
class Errand:
    """One request in Twilio's sense, until it is settled."""

    method: str
    url: str
    params: Params
    call: Call | None
    then: Callable[[Fetched], None] | None
    policy: Policy
    token: str
    began_us: int
    attempt: int = 0
    hops: int = 0
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)


# -- sending


def fetch(net: Network, call: Call | None, goto: Goto, params: Params, then: Callable[[Fetched], None]) -> None:
    """Ask for a document; ``then`` gets the answer, or the error."""
    _send(net, _errand(net, goto.method, goto.url, params, call, then))


def tell(net: Network, callback: Callback, params: Params, call: Call | None = None) -> None:
    """A status callback: nobody waits for its answer, and faults may befall it."""
    if not callback.url:
        return
    token = f"{net.random.getrandbits(128):032x}"
    for late in net.faults.copies():
        errand = _errand(net, callback.method, callback.url, params, call, None, token)
        net.after(late, lambda errand=errand: _send(net, errand))  # type: ignore[misc]


def tell_event(net: Network, callback: Callback, event: str, params: Params, call: Call | None = None) -> None:
    """Tell it, when that event was asked for."""
    if event in callback.events:
        tell(net, callback, params, call)


def _errand(
    net: Network,
    method: str,
    url: str,
    params: Params,
    call: Call | None,
    then: Callable[[Fetched], None] | None,
    token: str = "",
) -> Errand:
    address, fragment = _split(url)
    policy = override(fragment)
    if policy is None:
        net.warn(BAD_OVERRIDE, f"an override that cannot be read: {fragment}", call.sid if call else "", address)
    cookies = call.cookies if call else {}
    token = token or f"{net.random.getrandbits(128):032x}"
    return Errand(method, address, params, call, then, policy or PLAIN, token, net.now_us, 0, 0, cookies)


def _send(net: Network, errand: Errand) -> None:
    if net.now_us < net.faults.outage_until_us:  # a network that is down asks nobody; it is done when it is back
        net.at(net.faults.outage_until_us, lambda: _send(net, errand))
        return
    if not errand.attempt + errand.hops:
        errand.began_us = net.now_us  # and not when it was planned: callbacks may be late, and outages are waited for
    errand.attempt += 1
    net.asks += 1
    url, params = errand.url, errand.params
    if errand.method == "GET":
        url, params = _with_query(url, params), ()
    headers = {"User-Agent": AGENT, "Accept": "*/*", "I-Twilio-Idempotency-Token": errand.token}
    headers |= net.account.signature(url, params)
    if jar := errand.cookies.get(urlsplit(url).netloc):
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
    policy = errand.policy
    left_ms = max(1, policy.total_ms - (net.now_us - errand.began_us) // 1_000)  # of the time for all attempts
    patience = min(policy.connect_ms, left_ms), min(policy.read_ms, left_ms)
    ask = Ask(net.asks, errand.method, url, params, headers, *patience, errand)
    net.asked[ask.id] = ask
    net.outgoing.append(ask)
    net.planned()
    net.note("ask", errand.call.sid if errand.call else "", f"{errand.method} {url}")


# -- the answer


def answered(net: Network, ask: Ask, reply: Reply) -> None:
    """The driver has carried an ask out."""
    net.asked.pop(ask.id, None)
    errand = ask.errand
    _keep_cookies(errand, ask.url, reply)
    kind = reply.failure or ("5xx" if reply.status >= 500 else "4xx" if reply.status >= 400 else "")
    if kind:
        elapsed_ms = (net.now_us - errand.began_us) // 1000
        again = kind in errand.policy.on or "all" in errand.policy.on
        if again and errand.attempt <= errand.policy.retries and elapsed_ms < errand.policy.total_ms:
            _send(net, errand)
            return
        _settle(net, errand, ask, reply, NOT_CONNECTED if reply.failure == "ct" else HTTP_ERROR)
        return
    if reply.status in {301, 302, 303, 307, 308}:
        _follow(net, errand, ask, reply)
        return
    _settle(net, errand, ask, reply, 0)


def _follow(net: Network, errand: Errand, ask: Ask, reply: Reply) -> None:
    target = dict((name.lower(), value) for name, value in reply.headers).get("location", "")
    errand.hops += 1
    if errand.hops > REDIRECTS_MAX or not target:
        _settle(net, errand, ask, reply, TOO_MANY_REDIRECTS if target else HTTP_ERROR)
        return
    if reply.status in {301, 302, 303}:  # the parameters are not told again
        errand.method, errand.params = "GET", ()
    errand.url, _ = _split(urljoin(ask.url, target))
    errand.attempt = 0
    _send(net, errand)


def _settle(net: Network, errand: Errand, ask: Ask, reply: Reply, error: int) -> None:
    call = errand.call.sid if errand.call else ""
    net.note("answer", call, f"{error or reply.status} {ask.url}")
    if error:
        net.warn(error, reply.failure or f"HTTP {reply.status}", call, ask.url)
    if errand.then is not None:
        cache = next((value for name, value in reply.headers if name.lower() == "cache-control"), "")
        errand.then(Fetched(reply.status, reply.content_type, reply.body, ask.url, error, cache.lower()))


def _keep_cookies(errand: Errand, url: str, reply: Reply) -> None:
    for name, value in reply.headers:
        if name.lower() == "set-cookie" and "=" in value:
            key, _, rest = value.partition("=")
            errand.cookies.setdefault(urlsplit(url).netloc, {})[key.strip()] = rest.partition(";")[0].strip()


# -- addresses

_BOUNDS = {
    "ct": ("connect_ms", 100, 10_000),
    "rt": ("read_ms", 100, 15_000),
    "tt": ("total_ms", 100, 15_000),
    "rc": ("retries", 0, 5),
}
_RETRIED = frozenset({"4xx", "5xx", "ct", "rt", "all"})


def override(fragment: str) -> Policy | None:
    """The policy that a fragment asks for; keys that are not overrides are let be. None when it cannot be read."""
    if not fragment:
        return PLAIN
    asked = dict(parse_qsl(fragment, keep_blank_values=True))
    found: dict[str, int] = {}
    for key, (name, least, most) in _BOUNDS.items():
        if key in asked:
            if not re.fullmatch(r"[0-9]{1,6}", asked[key]) or not least <= int(asked[key]) <= most:
                return None
            found[name] = int(asked[key])
    on = frozenset(asked["rp"].split(",")) if "rp" in asked else PLAIN.on
    if not on <= _RETRIED:
        return None
    return Policy(**found, on=on)


def _split(url: str) -> tuple[str, str]:
    address, _, fragment = url.partition("#")
    return address, fragment


def _with_query(url: str, params: Params) -> str:
    if not params:
        return url
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(params)]))
    return urlunsplit(parts._replace(query=query))
