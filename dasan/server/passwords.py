"""Passwords, tokens and lock-out: how a counselor proves who she is.

Passwords are kept as argon2id; hashing takes tens of milliseconds on purpose and runs in threads, a few at a time. A
token is 256 random bits, shown once, kept as a keyed hash. A name that is not known costs as much time as one that is.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dasan.core.time import SECOND

TOKEN_BYTES = 32
# RFC 9106's second recommended parameters, less memory: 64 MiB at once for every sign-in of a shift is a lot.
_HASHER = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)


def hashed(password: str) -> str:
    """The argon2id form to keep."""
    return _HASHER.hash(password)


def verifies(kept: str, password: str) -> bool:
    """Whether ``password`` is the one; a ``kept`` of "" (no such account) takes as long and is never right."""
    try:
        return _HASHER.verify(kept or _nobody(), password) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Whether ``kept`` was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _HASHER.hash(secrets.token_urlsafe(16))


def new_token() -> str:
    """An opaque token."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_key(token: str, pepper: bytes) -> str:
    """What is kept of a token: an HMAC, useless without the pepper of the settings."""
    return hmac.new(pepper, b"token\0" + token.encode(), hashlib.sha256).hexdigest()


def locked_for_us(failed: int, tries_max: int, first_s: int, most_s: int) -> int:
    """How long the account is locked after its ``failed``-th wrong try in a row, in microseconds (0: not yet)."""
    if failed < tries_max:
        return 0
    doubled = first_s << min(failed - tries_max, 20)
    return min(doubled, most_s) * SECOND
