"""What an error of Twilio means for us: one table from its numbers to our codes, with what to do next.

``gone``: the call is over (the other side hung up while we spoke to the network): to end it is then done, to redirect
it is an abandon. 429 was surely not carried out, so it is always safe to send again; a lost answer to a POST was
perhaps carried out, and is asked for before it is sent again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dasan.core.errors import ProviderFailed

GONE: Final = "call_gone"
BUSY: Final = "network_busy"
DOWN: Final = "network_down"
UNCLEAR: Final = "network_unclear"
REFUSED: Final = "network_refused"
AUTH: Final = "network_auth"
BAD_NUMBER: Final = "bad_number"
BAD_SENDER: Final = "bad_sender"
OPTED_OUT: Final = "opted_out"
LABEL_TAKEN: Final = "label_taken"
NO_COACH: Final = "no_coach"
NOT_ACCEPTED: Final = "not_accepted"

# Seconds until the next attempt when the network does not say.
AFTER_BUSY_S: Final = 1.0
AFTER_DOWN_S: Final = 2.0
LEAST_NUMBER: Final = 10_000  # below it the package has put the HTTP status


@dataclass(frozen=True, slots=True)
class Meaning:
    """``code`` of ours, and whether the same request may succeed later."""

    code: str
    retryable: bool = False
    after_s: float | None = None


_BUSY = Meaning(BUSY, True, AFTER_BUSY_S)
_GONE = Meaning(GONE)
_AUTH = Meaning(AUTH)
_NUMBER = Meaning(BAD_NUMBER)
_SENDER = Meaning(BAD_SENDER)

MEANINGS: Mapping[int, Meaning] = {
    10001: _AUTH,  # the account is not active
    10004: _BUSY,  # too many calls at once
    10005: _AUTH,  # calls are switched off for the account
    14107: _BUSY,  # messages sent too fast
    16030: Meaning(DOWN, True, AFTER_DOWN_S),  # a participant could not be added, by a fault of the network
    20003: _AUTH,  # authentication
    20005: _AUTH,  # the account is not active
    20403: _AUTH,  # forbidden
    20404: _GONE,  # no such resource
    20409: _BUSY,  # a conflict with a request that is still being carried out
    20429: _BUSY,
    21201: _NUMBER,  # To is missing
    21205: Meaning(REFUSED),  # our address is not one
    21210: _SENDER,
    21211: _NUMBER,
    21212: _SENDER,
    21214: _NUMBER,  # cannot be reached
    21215: _NUMBER,  # that country is not permitted for calls
    21216: _NUMBER,  # blocked
    21217: _NUMBER,
    21219: _NUMBER,  # a trial account calls verified numbers only
    21220: _GONE,  # the call is not in progress
    21223: _NUMBER,
    21224: _NUMBER,
    21408: _NUMBER,  # that country is not permitted for messages
    21606: _SENDER,
    21608: _NUMBER,
    21610: Meaning(OPTED_OUT),
    21611: _BUSY,  # the sender's queue is full
    21612: _NUMBER,
    21614: _NUMBER,  # a landline
    21617: Meaning(REFUSED),  # the text is too long
    21659: _SENDER,
    22005: _BUSY,  # a day of calls waits to be started
    13240: Meaning(NO_COACH),
    13241: Meaning(NO_COACH),
    16025: Meaning(LABEL_TAKEN),  # of a document
    16026: Meaning(LABEL_TAKEN),  # of a request
}


def failure(status: int, number: int, *, wrote: bool) -> ProviderFailed:
    """What an answer of ``status`` with Twilio's error ``number`` (0 for none) means. ``wrote``: the request would have
    changed something."""
    meaning = MEANINGS.get(number) or _by_status(status)
    unclear = wrote and meaning.code == UNCLEAR
    return ProviderFailed(
        meaning.code if wrote or meaning.code != UNCLEAR else DOWN,
        retryable=meaning.retryable,
        after_s=meaning.after_s,
        unknown_outcome=unclear,
        detail=f"{status} {number}",
    )


def _by_status(status: int) -> Meaning:
    if status == 429:
        return _BUSY
    if status in {401, 403}:
        return _AUTH
    if status == 404:
        return _GONE
    if status >= 500 or status < 200:
        return Meaning(UNCLEAR, True, AFTER_DOWN_S)
    return Meaning(REFUSED)


def unanswered(*, wrote: bool, sent: bool, detail: str) -> ProviderFailed:
    """No answer came. ``sent``: the request may have arrived."""
    unclear = wrote and sent
    return ProviderFailed(
        UNCLEAR if unclear else DOWN, retryable=True, after_s=AFTER_DOWN_S, unknown_outcome=unclear, detail=detail
    )


def of_exception(wrong: Exception, *, wrote: bool) -> ProviderFailed:
    """The failure in an exception of the twilio package, whichever of its three shapes it has: with a code, as a
    problem document, or, for a list, with nothing but the answer. Its words, which may hold a number, are not kept."""
    status, number = getattr(wrong, "status", None), getattr(wrong, "code", None)
    answer: Any = wrong.args[1] if len(wrong.args) > 1 else None
    if status is None and hasattr(answer, "status_code"):
        status, number = answer.status_code, _number_in(answer.text)
    known = number if isinstance(number, int) and number >= LEAST_NUMBER else 0
    return failure(status if isinstance(status, int) else 0, known, wrote=wrote)


def _number_in(text: str) -> int:
    try:
        said = json.loads(text)
    except ValueError:
        return 0
    number = said.get("code") if isinstance(said, dict) else 0
    return number if isinstance(number, int) else 0
