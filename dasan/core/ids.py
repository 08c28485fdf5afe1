"""The shape of identifiers: a prefix that names the kind, and 26 time-ordered characters.

Making one needs a clock and randomness and is the ``Ids`` port's work (dasan/ports.py); reading one is here.
"""

from __future__ import annotations

import re

SESSION, LEG, ITEM, OFFER, COUNSELOR, HANDOFF = "s", "l", "w", "o", "k", "h"
CONTENT, CITIZEN, EVENT, TOKEN, BLOB = "c", "p", "e", "t", "b"
CALLBACK, ADDRESS, CARE, TEXT = "d", "a", "r", "m"  # a later call; what holds for an address; care calls; a message

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: no i, l, o, u, so that nobody reads 1 for l
_REST = re.compile(f"[{_ALPHABET}]{{26}}")
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_SHIFTS = range(120, -1, -10)


def make(kind: str, at_us: int, random_80: int) -> str:
    """An id of ``kind`` for the instant ``at_us`` (UTC microseconds) and 80 random bits; sorts by time."""
    number = ((at_us // 1000) << 80) | (random_80 & ((1 << 80) - 1))
    return kind + "_" + "".join([_PAIRS[(number >> shift) & 1023] for shift in _SHIFTS])


def spelled(kind: str, number: int) -> str:
    """An id of ``kind`` made of 128 bits that somebody else's secret has already mixed (an address' HMAC)."""
    return kind + "_" + "".join([_PAIRS[(number >> shift) & 1023] for shift in _SHIFTS])


def kind_of(identifier: str) -> str:
    """The kind prefix of ``identifier`` ("" when it has none)."""
    head, sep, _ = identifier.partition("_")
    return head if sep else ""


def is_id(value: str, kind: str) -> bool:
    """Whether ``value`` has the shape of an id of ``kind``; nothing is said about its existence."""
    head, _, rest = value.partition("_")
    return head == kind and _REST.fullmatch(rest) is not None
