"""What the network says of a call, a room or an instant in its requests: the exact names, in one place."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from channels.carrier.model import SECOND, Call, Params

if TYPE_CHECKING:
    from channels.carrier.network import Network

API_VERSION = "2010-04-01"
# A call that says where it comes from says it in blank fields too; they are signed like any other.
_PLACES = ("City", "State", "Zip", "Country")


def rfc2822(us: int) -> str:
    """As voice callbacks and REST answers say it: ``Mon, 02 Mar 2026 00:00:00 +0000``."""
    return format_datetime(datetime.fromtimestamp(us / SECOND, UTC))


def iso(us: int) -> str:
    """As stream and transcription callbacks say it."""
    return datetime.fromtimestamp(us / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(us: int) -> str:
    """Whole seconds, rounded up, as durations are billed."""
    return str(-(-us // SECOND))


def yes(flag: bool) -> str:
    return "true" if flag else "false"


def _country(address: str) -> str:
    return "KR" if address.startswith("+82") else ""


def of_call(net: Network, call: Call, *extra: tuple[str, str]) -> Params:
    """Every request about a call: who, to whom, in which state."""
    said = {
        "CallSid": call.sid,
        "AccountSid": net.account.sid,
        "From": call.from_,
        "To": call.to,
        "CallStatus": call.status,
        "ApiVersion": API_VERSION,
        "Direction": call.direction,
        "Caller": call.from_,
        "Called": call.to,
    }
    if call.parent:
        said["ParentCallSid"] = call.parent
    if call.direction == "inbound":
        for prefix, address in (("From", call.from_), ("To", call.to), ("Caller", call.from_), ("Called", call.to)):
            if address.startswith("+"):
                said |= {f"{prefix}{place}": "" for place in _PLACES}
                said[f"{prefix}Country"] = _country(address)
    if call.answered_by:
        said["AnsweredBy"] = call.answered_by
    return (*(said | call.extra).items(), *extra)
