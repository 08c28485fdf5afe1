"""Calls: create, change, fetch, list."""

from __future__ import annotations

import re

from channels.carrier import calls, documents
from channels.carrier.model import SECOND, Call, Goto
from channels.carrier.network import Network
from channels.carrier.parameters import API_VERSION, iso, seconds
from channels.carrier.rest.form import Answer, Form, RestError, Row, day, known, listed, uri

_ADDRESS = re.compile(
    r"\+[1-9][0-9]{6,14}|client:[\w.@+-]{1,121}|sips?:[^\s@]+@[^\s@]+|app:AP[0-9a-f]{32}(\?\S{1,800})?"
)


def shape(net: Network, call: Call) -> Row:
    """A call as REST shows it."""
    lasted = call.ended_us - call.answered_us if call.answered_us and call.ended_us else 0
    at = ("Calls", call.sid)
    return {
        "sid": call.sid,
        "date_created": day(call.created_us),
        "date_updated": day(call.updated_us or call.created_us),
        "parent_call_sid": call.parent or None,
        "account_sid": net.account.sid,
        "to": call.to,
        "to_formatted": call.to,
        "from": call.from_,
        "from_formatted": call.from_,
        "phone_number_sid": call.number.sid if call.number else None,
        "status": call.status,
        "start_time": day(call.answered_us),
        "end_time": day(call.ended_us),
        "duration": seconds(lasted) if call.ended_us else None,
        "price": None,
        "price_unit": "USD",
        "direction": call.direction,
        "answered_by": call.answered_by or None,
        "api_version": API_VERSION,
        "forwarded_from": call.extra.get("ForwardedFrom"),
        "group_sid": None,
        "caller_name": call.extra.get("CallerName"),
        "queue_time": "0",
        "trunk_sid": None,
        "uri": uri(net, *at),
        "subresource_uris": {
            name.lower(): uri(net, *at, name)
            for name in ("Notifications", "Recordings", "Streams", "Transcriptions", "Events")
        },
    }


def address(to: str) -> str:
    """``to``, when it can be called. Raises RestError."""
    if not to:
        raise RestError(21201)
    if not _ADDRESS.fullmatch(to):
        raise RestError(21211, to)
    return to


def caller(net: Network, from_: str) -> str:
    """``from_``, when it may be shown: one of our numbers, or a client. Raises RestError."""
    if not from_:
        raise RestError(21213)
    if not _ADDRESS.fullmatch(from_):
        raise RestError(21212, from_)
    if from_.startswith("+") and from_ not in net.numbers:
        raise RestError(21210, from_)
    return from_


def _programme(net: Network, form: Form) -> Goto:
    if form.get("Url"):  # before a document that is given as well
        return form.goto("Url")
    if form.get("Twiml"):
        return Goto(twiml=form.get("Twiml"))
    application = form.get("ApplicationSid")
    if application and application not in net.applications:
        raise RestError(21218, application)
    if not application:
        raise RestError(21205)
    return net.applications[application]


def create(net: Network, form: Form) -> Answer:
    to, from_ = address(form.get("To")), caller(net, form.get("From"))
    goto = _programme(net, form)
    ring = form.whole("Timeout", 60, 1, 600) * SECOND
    call = calls.create(net, to, from_, documents.of(net, goto), callback=form.callback(), ring_us=ring)
    call.fallback = form.goto("FallbackUrl", "FallbackMethod")
    call.limit_us = form.whole("TimeLimit", 14_400, 1) * SECOND
    call.detect_machine = form.get("MachineDetection") in {"Enable", "DetectMessageEnd"}
    return Answer(201, shape(net, call))


def find(net: Network, sid: str) -> Call:
    """Raises RestError(20404)."""
    return known(net.calls.get(sid), net, "Calls", sid)


def change(net: Network, form: Form, sid: str) -> Answer:
    """Redirect it, end it, or cancel it while it rings."""
    call = find(net, sid)
    status = form.get("Status")
    if status not in {"", "completed", "canceled"}:
        raise RestError(20001, status)
    goes_on = bool(form.get("Url") or form.get("Twiml"))
    if goes_on and call.status != "in-progress":
        raise RestError(21220)
    if form.has("StatusCallback"):
        call.callback = form.callback()
    if goes_on:
        documents.redirect(net, call, form.goto("Url") if form.get("Url") else Goto(twiml=form.get("Twiml")))
    elif status == "completed" or (status == "canceled" and not call.answered_us):
        calls.hang_up(net, call)
    return Answer(200, shape(net, call))


def remove(net: Network, form: Form, sid: str) -> Answer:
    """Forget a call that is over."""
    del form
    call = find(net, sid)
    if call.live:
        raise RestError(20001, sid, status=409)
    del net.calls[sid]
    return Answer(204)


def index(net: Network, form: Form) -> Answer:
    """Newest first, by To, From, Status, ParentCallSid, and when they began (``StartTime>`` and ``StartTime<``)."""
    wanted = {"To": "to", "From": "from_", "Status": "status", "ParentCallSid": "parent"}
    since, until = form.get("StartTime>") or form.get("StartTime"), form.get("StartTime<") or form.get("StartTime")
    found = [
        call
        for call in reversed(net.calls.values())
        if all(not form.get(name) or getattr(call, field) == form.get(name) for name, field in wanted.items())
        and (not since or iso_day(call) >= since[:10])
        and (not until or iso_day(call) <= until[:10])
    ]
    return listed(form, "calls", found, lambda call: shape(net, call))


def iso_day(call: Call) -> str:
    """The UTC day on which it began."""
    return iso(call.answered_us or call.created_us)[:10]
