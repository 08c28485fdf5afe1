"""Which request goes where, and what goes before: the outage, injected faults, who asks, whose account."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from channels.carrier.network import Network
from channels.carrier.rest import account, beside, calls, messages, queues, rooms
from channels.carrier.rest.form import Answer, Form, RestError, Row

Handler = Callable[..., Answer]


def shown(find: Callable[..., Any], shape: Callable[..., Row]) -> Handler:
    """One resource as it is."""
    return lambda net, _form, *at: Answer(200, shape(net, find(net, *at)))


# "{}" stands for one step of the path, handed to the handler in order.
ROUTES: list[tuple[str, str, Handler]] = [
    ("POST", "Calls", calls.create),
    ("GET", "Calls", calls.index),
    ("GET", "Calls/{}", shown(calls.find, calls.shape)),
    ("POST", "Calls/{}", calls.change),
    ("DELETE", "Calls/{}", calls.remove),
    ("POST", "Calls/{}/Recordings", beside.record),
    ("GET", "Calls/{}/Recordings", beside.recordings_of),
    ("GET", "Calls/{}/Recordings/{}", shown(beside.recording, beside.of_call)),
    ("POST", "Calls/{}/Recordings/{}", beside.change_recording),
    ("DELETE", "Calls/{}/Recordings/{}", beside.remove_recording),
    ("GET", "Recordings", beside.all_recordings),
    ("GET", "Recordings/{}", shown(beside.any_recording, beside.alone)),
    ("DELETE", "Recordings/{}", beside.remove_recording),
    ("POST", "Calls/{}/Transcriptions", beside.transcribe),
    ("POST", "Calls/{}/Transcriptions/{}", beside.stop_transcription),
    ("POST", "Calls/{}/Streams", beside.stream),
    ("POST", "Calls/{}/Streams/{}", beside.stop_stream),
    ("GET", "Conferences", rooms.index),
    ("GET", "Conferences/{}", shown(rooms.find, rooms.shape)),
    ("POST", "Conferences/{}", rooms.change),
    ("GET", "Conferences/{}/Participants", rooms.participants),
    ("POST", "Conferences/{}/Participants", rooms.create),
    ("GET", "Conferences/{}/Participants/{}", shown(rooms.member, rooms.one)),
    ("POST", "Conferences/{}/Participants/{}", rooms.change_one),
    ("DELETE", "Conferences/{}/Participants/{}", rooms.remove),
    ("POST", "Queues", queues.create),
    ("GET", "Queues", queues.index),
    ("GET", "Queues/{}", shown(queues.find, queues.shape)),
    ("POST", "Queues/{}", queues.change),
    ("DELETE", "Queues/{}", queues.remove),
    ("GET", "Queues/{}/Members", queues.members),
    ("GET", "Queues/{}/Members/{}", shown(queues.member, queues.one)),
    ("POST", "Queues/{}/Members/{}", queues.dequeue),
    ("POST", "Messages", messages.create),
    ("GET", "Messages", messages.index),
    ("GET", "Messages/{}", shown(messages.find, messages.shape)),
    ("POST", "Messages/{}", messages.change),
    ("DELETE", "Messages/{}", messages.remove),
    ("GET", "", account.fetch),
    ("POST", "IncomingPhoneNumbers", account.create),
    ("GET", "IncomingPhoneNumbers", account.index),
    ("GET", "IncomingPhoneNumbers/{}", shown(account.find, account.shape)),
    ("POST", "IncomingPhoneNumbers/{}", account.change),
    ("DELETE", "IncomingPhoneNumbers/{}", account.remove),
]


class AnswerLost(Exception):
    """The request was carried out, and its answer never arrives."""


def _pattern(route: str) -> re.Pattern[str]:
    return re.compile(re.escape(route).replace(r"\{\}", "([^/]+)"))


_TABLE = [(method, _pattern(route), handler) for method, route, handler in ROUTES]
_ROOT = re.compile(r"/2010-04-01/Accounts/([^/]+?)(?:/(.+))?\.json")


def request(
    net: Network,
    method: str,
    path: str,
    params: tuple[tuple[str, str], ...] = (),
    auth: tuple[str, str] | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """Carry one request out: status, headers, body. ``path`` is decoded, without query: that belongs to ``params``.

    Raises AnswerLost when a fault says so."""
    try:
        answer = _answer(net, method, path, params, auth)
    except RestError as error:
        answer = Answer(error.status, error.body(), error.headers)
    net.note("rest", "", f"{method} {path} {answer.status}")
    headers = {"Content-Type": "application/json", **answer.headers}
    body = b"" if answer.value is None else json.dumps(answer.value, ensure_ascii=False).encode()
    return answer.status, headers, body


def _answer(
    net: Network, method: str, path: str, params: tuple[tuple[str, str], ...], auth: tuple[str, str] | None
) -> Answer:
    if net.now_us < net.faults.outage_until_us:
        raise RestError(20503)
    fault = net.faults.of(method, path)
    if fault is not None and not fault.lost:
        again = {"Retry-After": str(fault.retry_after_s)} if fault.retry_after_s else {}
        raise RestError(fault.code, status=fault.status, headers=again)
    if auth != (net.account.sid, net.account.token):
        raise RestError(20003)
    answer = _routed(net, method, path, params)
    if fault is not None:
        net.note("rest", "", f"{method} {path} answer lost")
        raise AnswerLost(path)
    return answer


def _routed(net: Network, method: str, path: str, params: tuple[tuple[str, str], ...]) -> Answer:
    root = _ROOT.fullmatch(path)
    if root is None or root[1] != net.account.sid:
        raise RestError(20404, path)
    known = False
    for verb, pattern, handler in _TABLE:
        found = pattern.fullmatch(root[2] or "")
        if found is None:
            continue
        known = True
        if verb == method:
            groups: tuple[Any, ...] = found.groups()
            return handler(net, Form(params, path), *groups)
    raise RestError(20004 if known else 20404, path)
