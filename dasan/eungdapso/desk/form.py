"""What a report must look like: the body of POST requests, read and checked, all faults at once.

Pure. GeoReport v2: an empty parameter is as good as none; ``lat`` and ``long`` come together; the description has at
most 4,000 characters; a required attribute must be there and fit its datatype. Attributes that the service does not
define are kept as they came (other servers add their own) but bounded. Text is cleaned, never trimmed silently.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from dasan.core.errors import DasanError
from dasan.core.text import clean, clean_line
from dasan.core.time import SECOND
from dasan.eungdapso.desk.services import Attribute, Service

BODY_BYTES_MAX = 128 * 1024
FIELDS_MAX = 200
DESCRIPTION_CHARS_MAX = 4_000
LINE_CHARS_MAX = 300
ATTRIBUTE_CHARS_MAX = 1_000
ATTRIBUTES_MAX = 40
MEDIA_MAX = 10
URL_CHARS_MAX = 2_000
KEY_CHARS_MAX = 100

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of an answer: ``code`` is what the body shows; the HTTP status is the answer's own."""

    code: int
    description: str


class FormError(DasanError):
    """The request cannot be served; ``status`` is the HTTP status, ``faults`` the body (never empty)."""

    def __init__(self, status: int, *faults: Fault) -> None:
        super().__init__("malformed", field=faults[0].description)
        self.status = status
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Filing:
    """A checked report. ``attributes`` are (code, value) pairs; ``reported_us`` is when the citizen spoke, if told."""

    service_code: str
    description: str
    address: str
    address_id: str
    lat: float | None
    long: float | None
    contact: tuple[tuple[str, str], ...]
    attributes: Pairs
    media_urls: tuple[str, ...]
    reported_us: int | None


def bad(field: str, en: str, ko: str) -> Fault:
    return Fault(400, f"{field} {en} / {ko}")


def pairs_of(body: bytes) -> Pairs:
    """The non-empty parameters of a urlencoded UTF-8 body, in order. Raises :class:`FormError`."""
    try:
        return tuple(
            (name, value)
            for name, value in parse_qsl(body.decode("utf-8"), errors="strict", max_num_fields=FIELDS_MAX)
            if value.strip()
        )
    except ValueError as wrong:
        text = "is not application/x-www-form-urlencoded in UTF-8"
        raise FormError(400, bad("body", text, "본문이 UTF-8 양식이 아닙니다")) from wrong


def fingerprint(pairs: Pairs) -> str:
    """SHA-256 (hex) of what was asked: all parameters but the key to the door, in an order that does not matter.

    A key may be rotated between two attempts, and a client may order its fields anew: both are still the same request.
    """
    meant = sorted((name, value) for name, value in pairs if name != "api_key")
    return hashlib.sha256(json.dumps(meant, ensure_ascii=False).encode()).hexdigest()


def first(pairs: Pairs, name: str) -> str:
    return next((value for key, value in pairs if key == name), "")


def read_filing(pairs: Pairs, service: Service) -> Filing:
    """The report for ``service`` in ``pairs``. Raises :class:`FormError` with every fault found."""
    faults: list[Fault] = []
    lat, long = _position(pairs, faults)
    address = clean_line(first(pairs, "address_string"), limit=LINE_CHARS_MAX)
    address_id = clean_line(first(pairs, "address_id"), limit=LINE_CHARS_MAX)
    if service.needs_place and lat is None and not address and not address_id:
        faults.append(bad("lat and long, address_string or address_id", "was not provided", "위치가 없습니다"))
    filing = Filing(
        service_code=service.code,
        description=_description(pairs, faults),
        address=address,
        address_id=address_id,
        lat=lat,
        long=long,
        contact=_contact(pairs),
        attributes=_attributes(pairs, service, faults),
        media_urls=_media(pairs, faults),
        reported_us=_instant(first(pairs, "requested_datetime")),
    )
    if faults:
        raise FormError(400, *faults)
    return filing


def _description(pairs: Pairs, faults: list[Fault]) -> str:
    raw = first(pairs, "description")
    if len(raw.replace("\r\n", "\n")) > DESCRIPTION_CHARS_MAX:
        faults.append(bad("description", "has more than 4000 characters", "4000자를 넘습니다"))
        return ""
    text = clean(raw, limit=DESCRIPTION_CHARS_MAX)
    if not text:
        faults.append(bad("description", "was not provided", "내용이 없습니다"))
    return text


def _position(pairs: Pairs, faults: list[Fault]) -> tuple[float | None, float | None]:
    lat, long = first(pairs, "lat"), first(pairs, "long")
    if not lat and not long:
        return None, None
    values = (_number(lat), _number(long))
    for name, value, limit in (("lat", values[0], 90.0), ("long", values[1], 180.0)):
        if value is None or abs(value) > limit:
            text = "is not a WGS84 coordinate; lat and long come together"
            faults.append(bad(name, text, "위도와 경도가 맞지 않습니다"))
    return values


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


_CONTACT = ("email", "device_id", "account_id", "first_name", "last_name", "phone")


def _contact(pairs: Pairs) -> Pairs:
    found = ((name, clean_line(first(pairs, name), limit=LINE_CHARS_MAX)) for name in _CONTACT)
    return tuple((name, value) for name, value in found if value)


def _media(pairs: Pairs, faults: list[Fault]) -> tuple[str, ...]:
    urls = tuple(dict.fromkeys(value.strip() for name, value in pairs if name in ("media_url", "media_url[]")))
    if len(urls) > MEDIA_MAX:
        faults.append(bad("media_url", f"was given more than {MEDIA_MAX} times", f"{MEDIA_MAX}개를 넘습니다"))
    if not all(_is_web(url) for url in urls):
        faults.append(bad("media_url", "is not an http(s) address", "http(s) 주소가 아닙니다"))
    return urls


def _is_web(url: str) -> bool:
    if len(url) > URL_CHARS_MAX or clean_line(url, limit=URL_CHARS_MAX) != url or " " in url:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _attributes(pairs: Pairs, service: Service, faults: list[Fault]) -> Pairs:
    given = tuple(
        (_attribute_code(name), clean(value, limit=ATTRIBUTE_CHARS_MAX + 1))
        for name, value in pairs
        if name.startswith("attribute[")
    )
    if len(given) > ATTRIBUTES_MAX or any(len(v) > ATTRIBUTE_CHARS_MAX or not 0 < len(c) <= 60 for c, v in given):
        faults.append(bad("attribute", "has too many or too long values", "추가 항목이 너무 많거나 깁니다"))
        return ()
    for attribute in service.attributes:
        values = [value for code, value in given if code == attribute.code and value]
        if attribute.required and not values:
            faults.append(bad(f"attribute[{attribute.code}]", "was not provided", f"없습니다: {attribute.description}"))
        elif values and not _fits(attribute, values):
            text = f"is not a {attribute.datatype} of the service definition"
            faults.append(bad(f"attribute[{attribute.code}]", text, f"맞지 않습니다: {attribute.description}"))
    return tuple((code, value) for code, value in given if value)


def _attribute_code(name: str) -> str:
    return clean_line(name.removeprefix("attribute[").partition("]")[0], limit=61)


def _fits(attribute: Attribute, values: list[str]) -> bool:
    if attribute.datatype != "multivaluelist" and len(values) > 1:
        return False
    if attribute.datatype == "number":
        return _number(values[0]) is not None
    if attribute.datatype == "datetime":
        return _instant(values[0]) is not None
    if attribute.values:
        return {key for key, _ in attribute.values}.issuperset(values)
    return True


def _instant(text: str) -> int | None:
    return read_instant(text) if text else None


def read_instant(text: str) -> int | None:
    """UTC microseconds of a W3C date-time with a zone (``Z`` or ``+09:00``), or None when it is not one.

    A space where the plus sign stood is what an unescaped ``+`` in a URL becomes; it is read as the plus it was.
    """
    try:
        at = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    try:
        return round(at.timestamp() * SECOND)
    except (OverflowError, ValueError):
        return None
