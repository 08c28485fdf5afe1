"""What Twilio says of our account, as the check of an installation reads it.

Numbers, SIP domains and BYOC trunks stand in one list, told apart by ``kind``: all bring calls, and all do so through
an address of ours that may be wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from twilio.base.exceptions import TwilioException

from channels.twilio.errors import GONE, of_exception
from dasan.telephony import Account

ROWS_MAX: Final = 1_000

# kind -> our name of a property -> the package's
_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "number": {
        "name": "phone_number",
        "voice_url": "voice_url",
        "voice_method": "voice_method",
        "fallback_url": "voice_fallback_url",
        "fallback_method": "voice_fallback_method",
        "status_callback": "status_callback",
        "status_method": "status_callback_method",
        "trunk": "trunk_sid",
        "application": "voice_application_sid",
        "receive_mode": "voice_receive_mode",
    },
    "sip_domain": {
        "name": "domain_name",
        "voice_url": "voice_url",
        "voice_method": "voice_method",
        "fallback_url": "voice_fallback_url",
        "fallback_method": "voice_fallback_method",
        "status_callback": "voice_status_callback_url",
        "status_method": "voice_status_callback_method",
        "secure": "secure",
        "auth": "auth_type",
    },
    "byoc_trunk": {
        "name": "friendly_name",
        "voice_url": "voice_url",
        "voice_method": "voice_method",
        "fallback_url": "voice_fallback_url",
        "fallback_method": "voice_fallback_method",
        "status_callback": "status_callback_url",
        "status_method": "status_callback_method",
    },
}


def read(client: Any) -> Account:
    """The account with what brings it calls. Raises what the package raises."""
    about = client.api.accounts(client.account_sid).fetch()
    numbers = client.incoming_phone_numbers.list(limit=ROWS_MAX)
    rows = [
        *(_row("number", row) | {"voice": _said((row.capabilities or {}).get("voice"))} for row in numbers),
        *(_row("sip_domain", row) for row in _if_there(client.sip.domains)),
        *(_row("byoc_trunk", row) for row in _if_there(client.voice.v1.byoc_trunks)),
    ]
    return Account(tuple(rows), _said(about.status), _said(about.type))


def _if_there(listing: Any) -> list[Any]:
    """None where an account, or a stand-in, has no such thing."""
    try:
        return list(listing.list(limit=ROWS_MAX))
    except TwilioException as wrong:
        if of_exception(wrong, wrote=False).code == GONE:
            return []
        raise


def _row(kind: str, row: Any) -> dict[str, str]:
    return {"kind": kind} | {ours: _said(getattr(row, theirs)) for ours, theirs in _NAMES[kind].items()}


def _said(value: Any) -> str:
    return "" if value is None else str(value)
