"""Messages: create, cancel, fetch, list, forget."""

from __future__ import annotations

import re
from datetime import datetime

from channels.carrier import messages
from channels.carrier.messages import BODY_CHARS_MAX, Message
from channels.carrier.model import SECOND, Callback
from channels.carrier.network import Network
from channels.carrier.parameters import API_VERSION, iso
from channels.carrier.rest.form import Answer, Form, RestError, Row, day, known, listed, uri

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_LANDLINE = re.compile(r"\+82(2|3[1-3]|4[1-4]|5[1-5]|6[1-4])[0-9]+")  # Seoul and the provinces
_EARLIEST_S, _LATEST_S = 15 * 60, 35 * 86_400


def shape(net: Network, message: Message) -> Row:
    at = ("Messages", message.sid)
    outbound = message.direction != "inbound"
    return {
        "body": message.body,
        "num_segments": str(messages.segments(message.body)),
        "direction": message.direction,
        "from": message.from_ or None,
        "to": message.to,
        "date_updated": day(message.updated_us),
        "price": None,
        "error_message": f"Error {message.error}" if message.error else None,
        "uri": uri(net, *at),
        "account_sid": net.account.sid,
        "num_media": str(message.media),
        "status": message.status,
        "messaging_service_sid": message.service or None,
        "sid": message.sid,
        "date_sent": day(message.sent_us if outbound else message.created_us),
        "date_created": day(message.created_us),
        "error_code": message.error or None,
        "price_unit": "USD",
        "api_version": API_VERSION,
        "subresource_uris": {"media": uri(net, *at, "Media")},
    }


def create(net: Network, form: Form) -> Answer:
    """What the network refuses at once is refused here; the rest becomes of it on its way."""
    to, from_, service = form.get("To"), form.get("From"), form.get("MessagingServiceSid")
    body = form.get("Body")
    _check(net, to, from_, service)
    if not body and not form.has("MediaUrl"):
        raise RestError(21602)
    if len(body) > BODY_CHARS_MAX:
        raise RestError(21617)
    if service and not from_:
        from_ = next(iter(net.numbers))
    if (to, from_) in net.opted_out:
        raise RestError(21610)
    at_us = _at(net, form, service)
    where = form.goto("StatusCallback", "StatusCallbackMethod")
    message = Message(net.sid("SM"), "outbound-api", from_, to, body, "accepted" if service else "queued")
    message.callback, message.service = Callback(where.url, where.method), service
    message.media = len([1 for name, _ in form.params if name == "MediaUrl"])
    messages.send(net, message, at_us)
    return Answer(201, shape(net, message))


def _check(net: Network, to: str, from_: str, service: str) -> None:
    if not to:
        raise RestError(21604)
    if not _E164.fullmatch(to):
        raise RestError(21211, to)
    if _LANDLINE.fullmatch(to):
        raise RestError(21614)
    if not from_ and not service:
        raise RestError(21603)
    if service and not _SERVICE.fullmatch(service):
        raise RestError(20001, "MessagingServiceSid")
    if from_ and from_ not in net.numbers:
        raise RestError(21606 if from_.startswith("+") else 21212, from_)


def _at(net: Network, form: Form, service: str) -> int:
    """The instant of a scheduled message, 0 for now. Only a messaging service can wait."""
    if form.get("ScheduleType") != "fixed":
        return 0
    if not service:
        raise RestError(35118)
    try:
        at_us = int(datetime.fromisoformat(form.get("SendAt")).timestamp() * SECOND)
    except ValueError as wrong:
        raise RestError(35111) from wrong
    if not _EARLIEST_S <= (at_us - net.now_us) // SECOND <= _LATEST_S:
        raise RestError(35114)
    return at_us


def find(net: Network, sid: str) -> Message:
    """Raises RestError(20404)."""
    return known(net.messages.get(sid), net, "Messages", sid)


def change(net: Network, form: Form, sid: str) -> Answer:
    """Cancel a scheduled one; blank the words of one that is done."""
    message = find(net, sid)
    if form.get("Status") == "canceled":
        if not messages.cancel(net, message):
            raise RestError(30409)
    elif form.has("Body"):
        message.body = form.get("Body")
    else:
        raise RestError(20001, "Status")
    return Answer(200, shape(net, message))


def remove(net: Network, form: Form, sid: str) -> Answer:
    del form
    find(net, sid)
    del net.messages[sid]
    return Answer(204)


def index(net: Network, form: Form) -> Answer:
    """Newest first, by To, From, and the day they were sent."""
    since, until = form.get("DateSent>") or form.get("DateSent"), form.get("DateSent<") or form.get("DateSent")
    found = [
        message
        for message in reversed(net.messages.values())
        if (not form.get("To") or message.to == form.get("To"))
        and (not form.get("From") or message.from_ == form.get("From"))
        and (not since or iso(message.created_us)[:10] >= since[:10])
        and (not until or iso(message.created_us)[:10] <= until[:10])
    ]
    return listed(form, "messages", found, lambda message: shape(net, message))
