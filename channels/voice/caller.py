"""Who is calling, as the network says it: a number, a client, a SIP address, or nobody in particular.

``From`` is never assumed to be a number. Networks also write a withheld number as a "number" (ANONYMOUS, RESTRICTED
and others spelt on a keypad). Korea's special numbers (119, 112, 1330, 1577-1366) have no area code: phonenumbers calls
some of them invalid, so they stand in a rule of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import phonenumbers

from dasan.core.text import clean_line

REGION, KOREA = "KR", 82
SUBSCRIBERS_FROM = 10_000_000  # below are special numbers: nobody of their own calls from them
ADDRESS_CHARS_MAX = 256
# ANONYMOUS, RESTRICTED, UNKNOWN, UNAVAILABLE on the letters of a keypad.
_ALIASES = frozenset({"266696687", "7378742833", "8566696", "86282452253"})
_NOBODY = frozenset({"", "anonymous", "unknown", "restricted", "unavailable", "private", "withheld", "payphone"})
_MOBILE = re.compile(r"\+8210[0-9]{8}")
_SHORT = re.compile(r"1\d{2,3}")  # 112, 119, 120, 1330, ...
_NATIONWIDE = re.compile(r"1[5-8]\d{2}\d{4}")  # 1577-1366 and its like


@dataclass(frozen=True, slots=True)
class E164:
    """A number that can be called back."""

    number: str
    kind = "e164"


@dataclass(frozen=True, slots=True)
class Client:
    """A browser or app of ours."""

    name: str
    kind = "client"


@dataclass(frozen=True, slots=True)
class Sip:
    """A SIP address."""

    address: str
    kind = "sip"


@dataclass(frozen=True, slots=True)
class Withheld:
    """No number; ``raw`` is what the network wrote instead."""

    raw: str
    kind = "withheld"


Caller = E164 | Client | Sip | Withheld


def caller(said: str) -> Caller:
    """``said`` is the network's ``From``. Never fails: what cannot be read is withheld."""
    text = clean_line(said, limit=ADDRESS_CHARS_MAX)
    scheme, _, rest = text.partition(":")
    scheme = scheme.strip().lower()
    if scheme == "client" and rest:
        return Client(rest)
    if scheme in {"sip", "sips"} and "@" in rest:
        return _from_sip(text, rest)
    if text.strip().lower() in _NOBODY or re.sub(r"\D", "", text) in _ALIASES:
        return Withheld(text)
    number = e164(text)
    return E164(number) if number else Withheld(text)


def _from_sip(text: str, rest: str) -> Caller:
    """A trunk writes ``sip:+82…@carrier``: such a user part is the number."""
    user = rest.partition("@")[0].partition(";")[0]
    if user.lower() in _NOBODY or user.lstrip("+") in _ALIASES:
        return Withheld(text)
    number = e164(user) if user.startswith("+") else ""
    return E164(number) if number else Sip(f"{text.partition(':')[0].lower()}:{rest}")


def e164(text: str) -> str:
    """A number in E.164, read as in Korea when it has no country; "" for what is none, short numbers among it."""
    if _MOBILE.fullmatch(text):  # most calls; what is below says the same of them, for a hundred times the price
        return text
    try:
        parsed = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    if parsed.country_code == KOREA and (parsed.national_number or 0) < SUBSCRIBERS_FROM:
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def dialled(number: str) -> str:
    """A number of the directory as it is dialled through the network: ``119`` as ``+82119``, ``1577-1366`` as
    ``+8215771366``; a ``sip:`` or ``client:`` address as it is. "" when it is nothing that can be dialled."""
    text = clean_line(number, limit=ADDRESS_CHARS_MAX)
    if text.partition(":")[0].lower() in {"sip", "sips", "client"}:
        return text
    digits = re.sub(r"[^\d+]", "", text)
    if _SHORT.fullmatch(digits) or _NATIONWIDE.fullmatch(digits):
        return "+82" + digits
    return e164(text)


def key_of(who: Caller, call: str) -> str:
    """What her keyed address and her identity are made from: the same number is the same person; somebody without a
    number is somebody new in every call."""
    match who:
        case E164(number):
            return f"tel:{number}"
        case Client(name):
            return f"client:{name}"
        case Sip(address):
            return address.lower()
        case _:
            return f"call:{call}"


def written(who: Caller) -> str:
    """The address as it is sealed; "" when withheld."""
    match who:
        case E164(number):
            return number
        case Client(name):
            return f"client:{name}"
        case Sip(address):
            return address
        case _:
            return ""


def line_of(to: str, forwarded_from: str, lines: Mapping[str, str], usual: str) -> str:
    """Which of our numbers was dialled: the number itself, or, behind a forwarding, what the network says of it. A
    carrier may pass nothing, so ``usual`` is the last word. ``lines``: number in E.164 -> code."""
    for said in (to, forwarded_from):
        if said in lines:
            return lines[said]
        digits = re.sub(r"[^\d+]", "", said)
        for spelt in (e164(said), digits, dialled(digits)):
            if spelt and spelt in lines:
                return lines[spelt]
    return "120" if re.sub(r"\D", "", forwarded_from) in {"120", "02120", "8202120", "822120"} else usual
