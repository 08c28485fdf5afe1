"""What the network says of a call, a room or an instant in its requests: the exact names, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
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


@lru_cache(4_096)
def geography(from_: str, to: str, call: bool = True) -> Mapping[str, str]:
    """Where the two numbers are, as far as a country goes; of a call under the old names too."""
    said: dict[str, str] = {}
    for prefix, address in (("From", from_), ("To", to), ("Caller", from_), ("Called", to))[: 4 if call else 2]:
        if address.startswith("+"):
            said |= {f"{prefix}{place}": "" for place in _PLACES}
            said[f"{prefix}Country"] = _country(address)
    return said


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
        said |= geography(call.from_, call.to)
    if call.answered_by:
        said["AnsweredBy"] = call.answered_by
    return (*(said | call.extra).items(), *extra)
