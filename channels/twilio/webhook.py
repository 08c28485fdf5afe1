"""A webhook as it arrives: bounded, read, its signature checked, its account ours; or refused with one code.

Unknown parameters are kept: Twilio adds some without notice. Nothing of a refused request is echoed or logged; it is
counted by its code in :attr:`Gatekeeper.refused`. What a repeated request means is not decided here: it has the same
natural key (and, as a network's own retry, the same :attr:`Form.retry_of`), and the broker's memory answers it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from channels.twilio.signature import HEADER, SETTINGS_HEADER, Verifier
from dasan.core.errors import BadInput, DasanError

BODY_BYTES_MAX: Final = 64 * 1024
TARGET_CHARS_MAX: Final = 8 * 1024
FIELDS_MAX: Final = 200
NAME_CHARS_MAX: Final = 100
RETRY_HEADER: Final = "i-twilio-idempotency-token"

# The headers that are looked at.
READ: Final = frozenset({"content-type", RETRY_HEADER, HEADER, SETTINGS_HEADER})

# What is answered over HTTP to a request that was refused.
STATUS: Mapping[str, int] = {"bad_signature": 403, "wrong_account": 403, "malformed": 400, "oversized": 413}

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Form:
    """A request that is Twilio's. ``fields`` are the body's (of a GET, the query's), of a repeated one the first;
    ``query`` the address's; ``body`` a JSON body as it was read. ``retry_of`` is the same for every attempt of one
    request; "" when the network says none."""

    fields: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    retry_of: str = ""

    def get(self, name: str, default: str = "") -> str:
        """A field's value."""
        return self.fields.get(name, default)

    def number(self, name: str) -> int:
        """A field's whole number, of up to nine figures; 0 for anything else."""
        text = self.get(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class Gatekeeper:
    """Lets in what Twilio signed for ``account_sid``."""

    def __init__(self, account_sid: str, verifier: Verifier) -> None:
        self._account = account_sid
        self._verifier = verifier
        self.refused: Counter[str] = Counter()

    def form(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Form:
        """``target``: the raw path with its query; ``headers`` in lower case. Raises BadInput: one of ``STATUS``."""
        try:
            return self._form(method, target, headers, body)
        except DasanError as error:
            self.refused[error.code] += 1
            raise

    def socket(self, path: str, headers: Mapping[str, str]) -> None:
        """The opening request of a stream's socket. Raises BadInput("bad_signature")."""
        try:
            self._verifier.socket(path, headers)
        except DasanError as error:
            self.refused[error.code] += 1
            raise

    def too_large(self) -> BadInput:
        """For a body that was not even read to its end: counted as any other refusal."""
        self.refused["oversized"] += 1
        return BadInput("oversized")

    def _form(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Form:
        if len(body) > BODY_BYTES_MAX or len(target) > TARGET_CHARS_MAX:
            raise BadInput("oversized")
        query = _pairs(target.partition("?")[2])
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        read: Any = None
        fields: list[tuple[str, str]] = []
        signed: list[tuple[str, str]] = []
        if method == "GET" or not body:
            fields = query if method == "GET" else []
        elif media_type == _JSON:
            read = _json(body, dict(query).get("bodySHA256", ""))
        elif media_type == _FORM:
            fields = signed = _pairs(_ascii(body))
        else:
            raise BadInput("malformed", field="content-type")
        self._verifier.request(target, headers, signed)
        form = Form(_first(fields), _first(query), read, headers.get(RETRY_HEADER, ""))
        self._owned(form)
        return form

    def _owned(self, form: Form) -> None:
        account = form.get("AccountSid")
        if account and account != self._account:
            raise BadInput("wrong_account")


def _first(pairs: list[tuple[str, str]]) -> dict[str, str]:
    return dict(reversed(pairs))


def _ascii(body: bytes) -> str:
    try:
        return body.decode("ascii")
    except UnicodeDecodeError:
        raise BadInput("malformed", field="body") from None


def _pairs(text: str) -> list[tuple[str, str]]:
    """Names and values, blank ones too. Raises BadInput for too many, a name too long, or what is not UTF-8."""
    if not text:
        return []
    if text.count("&") >= FIELDS_MAX:
        raise BadInput("oversized")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError:
        raise BadInput("malformed", field="body") from None
    if any(len(name) > NAME_CHARS_MAX for name, _ in pairs):
        raise BadInput("oversized")
    return pairs


def _json(body: bytes, sha256: str) -> Any:
    """A JSON body is signed by its hash, which stands in the signed address."""
    if not hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), sha256.lower().encode()):
        raise BadInput("bad_signature")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("malformed", field="body") from None
