"""What Twilio says of our account, as the check of an installation reads it.

Numbers and SIP domains stand in one list, told apart by ``kind``: both bring calls, and both do so through an address
of ours that may be wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from twilio.base.exceptions import TwilioException

from channels.twilio.errors import GONE, of_exception
from dasan.telephony import Account

NUMBERS_MAX: Final = 1_000

# our name of a property -> the package's, for a number and for a SIP domain
_NUMBER = {
    "sid": "sid",
    "name": "phone_number",
    "voice_url": "voice_url",
    "voice_method": "voice_method",
    "fallback_url": "voice_fallback_url",
    "status_callback": "status_callback",
    "status_method": "status_callback_method",
    "trunk": "trunk_sid",
    "application": "voice_application_sid",
    "receive_mode": "voice_receive_mode",
    "sms_url": "sms_url",
}
_DOMAIN = {
    "sid": "sid",
    "name": "domain_name",
    "voice_url": "voice_url",
    "voice_method": "voice_method",
    "fallback_url": "voice_fallback_url",
    "status_callback": "voice_status_callback_url",
    "status_method": "voice_status_callback_method",
    "secure": "secure",
    "auth": "auth_type",
    "byoc": "byoc_trunk_sid",
}


def read(client: Any) -> Account:
    """The account with its numbers and SIP domains. Raises what the package raises."""
    about = client.api.accounts(client.account_sid).fetch()
    numbers = [_row(row, _NUMBER, "number") for row in client.incoming_phone_numbers.list(limit=NUMBERS_MAX)]
    domains = [_row(row, _DOMAIN, "sip_domain") for row in _domains(client)]
    return Account((*numbers, *domains), str(about.status or ""), str(about.type or ""))


def _domains(client: Any) -> list[Any]:
    try:
        return list(client.sip.domains.list(limit=100))
    except TwilioException as wrong:
        if of_exception(wrong, wrote=False).code == GONE:  # an account, or a stand-in, without SIP
            return []
        raise


def _row(row: Any, names: Mapping[str, str], kind: str) -> Mapping[str, str]:
    values = {ours: getattr(row, theirs, None) for ours, theirs in names.items()}
    return {"kind": kind} | {ours: "" if value is None else str(value) for ours, value in values.items()}
