"""The account itself, and its numbers."""

from __future__ import annotations

import re
from dataclasses import replace

from channels.carrier.model import NOWHERE, Callback, Goto, Number
from channels.carrier.network import Network
from channels.carrier.parameters import API_VERSION
from channels.carrier.rest.form import Answer, Form, RestError, Row, day, known, listed, uri

_PARTS = ("Calls", "Conferences", "Queues", "Messages", "Recordings", "IncomingPhoneNumbers")
NUMBER_TAKEN = 21422
_METHODS = ("voice", "voice_fallback", "sms", "sms_fallback")


def fetch(net: Network, form: Form) -> Answer:
    """The token itself is not told."""
    del form
    account = net.account
    row: Row = {
        "auth_token": None,
        "date_created": day(net.began_us),
        "date_updated": day(net.began_us),
        "friendly_name": account.friendly,
        "owner_account_sid": account.sid,
        "sid": account.sid,
        "status": "active",
        "subresource_uris": {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): uri(net, name) for name in _PARTS},
        "type": "Full",
        "uri": uri(net),
    }
    return Answer(200, row)


def shape(net: Network, number: Number) -> Row:
    blank: Row = dict.fromkeys(
        (
            *("address_sid", "identity_sid", "sms_application_sid", "voice_application_sid"),
            *("emergency_address_sid", "bundle_sid"),
        )
    )
    return blank | {
        "account_sid": net.account.sid,
        "address_requirements": "none",
        "api_version": API_VERSION,
        "beta": False,
        "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
        "date_created": day(number.created_us),
        "date_updated": day(number.created_us),
        "friendly_name": number.friendly or number.e164,
        "phone_number": number.e164,
        "origin": "twilio",
        "sid": number.sid,
        "sms_fallback_method": number.sms_fallback.method,
        "sms_fallback_url": number.sms_fallback.url,
        "sms_method": number.sms.method,
        "sms_url": number.sms.url,
        "status_callback": number.status.url,
        "status_callback_method": number.status.method,
        "trunk_sid": number.trunk or None,
        "uri": uri(net, "IncomingPhoneNumbers", number.sid),
        "voice_receive_mode": "voice",
        "voice_caller_id_lookup": False,
        "voice_fallback_method": number.voice_fallback.method,
        "voice_fallback_url": number.voice_fallback.url,
        "voice_method": number.voice.method,
        "voice_url": number.voice.url,
        "emergency_status": "Inactive",
        "emergency_address_status": "unregistered",
        "status": "in-use",
    }


def index(net: Network, form: Form) -> Answer:
    """By PhoneNumber (a part of it) and FriendlyName."""
    part, name = form.get("PhoneNumber").replace("*", ""), form.get("FriendlyName")
    found = [one for one in net.numbers.values() if part in one.e164 and (not name or one.friendly == name)]
    return listed(form, "incoming_phone_numbers", found, lambda one: shape(net, one))


def find(net: Network, sid: str) -> Number:
    """Raises RestError(20404)."""
    found = next((one for one in net.numbers.values() if one.sid == sid), None)
    return known(found, net, "IncomingPhoneNumbers", sid)


def create(net: Network, form: Form) -> Answer:
    e164 = form.get("PhoneNumber")
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", e164):
        raise RestError(21421, e164)
    if e164 in net.numbers:
        raise RestError(NUMBER_TAKEN, e164)
    number = net.numbers[e164] = Number(net.sid("PN"), e164, friendly=e164, created_us=net.now_us)
    _apply(form, number)
    return Answer(201, shape(net, number))


def change(net: Network, form: Form, sid: str) -> Answer:
    number = find(net, sid)
    _apply(form, number)
    return Answer(200, shape(net, number))


def remove(net: Network, form: Form, sid: str) -> Answer:
    del form
    del net.numbers[find(net, sid).e164]
    return Answer(204)


def _apply(form: Form, number: Number) -> None:
    for field in _METHODS:
        name = field.title().replace("_", "")
        if form.has(f"{name}Url") or form.has(f"{name}Method"):
            old: Goto = getattr(number, field) or NOWHERE
            new = form.goto(f"{name}Url", f"{name}Method", old.method)
            setattr(number, field, new if form.has(f"{name}Url") else replace(old, method=new.method))
    if form.has("StatusCallback"):
        where = form.goto("StatusCallback", "StatusCallbackMethod")
        number.status = Callback(where.url, where.method, frozenset({"completed"}))
    number.friendly = form.get("FriendlyName", number.friendly)
