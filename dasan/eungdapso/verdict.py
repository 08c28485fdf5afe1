"""What an answer, or the want of one, means for a case: made, surely not made, or nobody knows. Pure.

The whole promise "at most one ticket" hangs on never calling an unknown outcome "not made":

==============================================  ==========================================
what happened                                   what it means
==============================================  ==========================================
no connection was made                          not made; try again
an answer with a number or a token              made
400/404 in the specification's error form       not made; a person corrects it
401/403, or a wrong jurisdiction_id             not made; the operator corrects the settings
429, or 503 that echoes our Idempotency-Key     not made; try again (the desk itself said so)
any other 5xx, a web page, half an answer,
an empty list, a time-out, a lost connection,
"that key was used for another body"            unknown: ask before sending again
==============================================  ==========================================

A 503 without the echo may come from a gateway that gave up waiting while the desk worked on: unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dasan.core.errors import FieldFault, ProviderFailed, Rejected
from dasan.eungdapso.spark import AnswerError, Row, Value, read, rows, text_of

DOWN, UNCLEAR, REFUSED = "eungdapso_down", "eungdapso_unclear", "eungdapso_refused"
# Our words for the parts of a case that a peer may name in an error.
_FIELDS = (
    "service_code", "description", "address_string", "address_id", "lat", "long", "phone", "email", "media_url",
    "jurisdiction_id", "api_key", "Idempotency-Key", "requested_datetime",
)  # fmt: skip
# What no counselor can mend.
_OPERATORS = {"jurisdiction_id", "api_key", "Idempotency-Key"}
_ATTRIBUTE = re.compile(r"attribute\[([^\]]{1,60})\]")
KEY_CONFLICT = "409"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read to its end. ``echoed``: it carries our Idempotency-Key, so our desk's program made it."""

    status: int
    body: bytes
    echoed: bool = False
    after_s: float | None = None


def down(detail: str, after_s: float | None = None) -> ProviderFailed:
    """Surely not made; worth another try."""
    return ProviderFailed(DOWN, retryable=True, after_s=after_s, detail=detail)


def unclear(detail: str, after_s: float | None = None) -> ProviderFailed:
    """Nobody knows whether it was made."""
    return ProviderFailed(UNCLEAR, retryable=True, after_s=after_s, unknown_outcome=True, detail=detail)


def refused(detail: str) -> ProviderFailed:
    """Surely not made, and no use to try again as things stand."""
    return ProviderFailed(REFUSED, retryable=False, detail=detail)


def value_of(answer: Answer, margin_s: float | None = None) -> Value:
    """The value of a good answer. Raises :class:`ProviderFailed` or :class:`Rejected` for any other."""
    if answer.status == 429 or (answer.status == 503 and answer.echoed):
        raise down(f"HTTP {answer.status}", answer.after_s)
    try:
        value = read(answer.body)
        if 200 <= answer.status < 300:
            return value
        errors = rows(value)
    except AnswerError as wrong:
        raise unclear(f"HTTP {answer.status}: {wrong.why}", margin_s) from wrong
    if 400 <= answer.status < 500 and errors and any("code" in error or "description" in error for error in errors):
        raise _said_no(answer.status, errors, margin_s)
    raise unclear(f"HTTP {answer.status}", margin_s)


def _said_no(status: int, errors: list[Row], margin_s: float | None) -> ProviderFailed | Rejected:
    said = "; ".join(text_of(error, "description") for error in errors)[:500]
    codes = {text_of(error, "code") for error in errors}
    if status in (401, 403):
        return refused(f"HTTP {status}: {said}")
    if status == 408 or KEY_CONFLICT in codes or "duplicate" in said.lower():
        # The peer has something under this key, or of this text: an earlier attempt, in other words than now (a picture
        # was erased meanwhile, say). Asking finds it.
        return unclear(f"HTTP {status}: {said}", margin_s)
    faults = tuple(fault for error in errors for fault in _faults(text_of(error, "description")))
    if {fault.field for fault in faults} <= _OPERATORS:
        return refused(f"HTTP {status}: {said}")
    return Rejected(faults, detail=said)


def _faults(said: str) -> list[FieldFault]:
    """The fields that one error speaks of; a fault of no known field stands under ""."""
    names = [name for name in _FIELDS if re.search(rf"\b{re.escape(name)}\b", said)]
    names += [f"attribute[{code}]" for code in _ATTRIBUTE.findall(said)]
    return [FieldFault(name, said[:300]) for name in names or [""]]


def is_not_found(answer: Answer) -> bool:
    """Whether this is the desk's own "there is none" (a 404 in the error form that echoes what was asked)."""
    return answer.status == 404 and answer.echoed
