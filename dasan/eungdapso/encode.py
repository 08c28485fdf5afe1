"""A case as the exact bytes of a GeoReport v2 POST, the same every time. Pure.

The description opens with the summary and closes with our reference, because a plain peer keeps nothing else by which
the case could be found again. What a peer would cut or refuse is refused here first, before anything is sent.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from dasan.core.errors import FieldFault, Rejected
from dasan.core.time import SECOND
from dasan.eungdapso.receipt import Submission

DESCRIPTION_CHARS_MAX = 4_000


def reference(key: str) -> str:
    """The mark that a description carries; unique to the hand-off."""
    return f"[120 ref {key}]"


def instant(at_us: int) -> str:
    """UTC with ``Z`` and whole seconds, as GeoReport v2 writes time."""
    return datetime.fromtimestamp(at_us // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(text: str) -> int:
    """UTC microseconds of a date-time with a zone; 0 when it has none or is not one."""
    try:
        at = datetime.fromisoformat(text)
        return round(at.timestamp() * SECOND) if at.tzinfo else 0
    except (ValueError, OverflowError):
        return 0


def described(case: Submission) -> str:
    """Summary, blank line, description, reference. Raises :class:`Rejected` when it is longer than a peer takes."""
    parts = [part for part in (case.summary.strip(), case.description.strip()) if part]
    text = "\n\n".join([*parts, reference(case.key)])
    if not parts:
        raise Rejected((FieldFault("description", "empty"),))
    if len(text) > DESCRIPTION_CHARS_MAX:
        over = len(text) - DESCRIPTION_CHARS_MAX
        raise Rejected((FieldFault("description", f"too long by {over} characters / {over}자 넘습니다"),))
    return text


def body(case: Submission, *, api_key: str, jurisdiction_id: str) -> bytes:
    """The urlencoded UTF-8 body. Raises :class:`Rejected`."""
    pairs = [("api_key", api_key), ("jurisdiction_id", jurisdiction_id), ("service_code", case.service_code)]
    pairs.append(("description", described(case)))
    if case.lat is not None and case.long is not None:
        pairs += [("lat", repr(case.lat)), ("long", repr(case.long))]
    pairs += [("address_string", case.address), ("phone", case.phone)]
    codes = [code for code, _ in case.attributes]
    pairs += [(f"attribute[{c}]" + ("[]" if codes.count(c) > 1 else ""), v) for c, v in case.attributes]
    pairs += [("media_url", url) for url in case.media_urls]
    if case.requested_at:
        pairs.append(("requested_datetime", instant(case.requested_at)))
    return urlencode([(name, value) for name, value in pairs if value]).encode("ascii")
