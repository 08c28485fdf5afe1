"""How words are sealed: AES-256-GCM under a key of their own, and that key under the master key.

Promises: content of one session or citizen is sealed under one random data key; the data key lies in the database
wrapped under a key derived from the master key; whoever has the database and the blobs but not the master key reads
nothing, and a destroyed data key makes its content unreadable for ever. The content's id is authenticated with it, so
sealed rows cannot be exchanged. Several master keys may be given: the first wraps, the others still open (rotation).

``keyed`` turns an address into a value that can be compared and not read. It depends on the correlation key and not on
the master key, so that rotation does not make strangers of known citizens.

Left out: who may read (dasan.broker), and memory: keys in use stay in this process.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dasan.core.errors import ConfigWrong, Problem

DataKey = AESGCM

_FORM = b"\x01"  # the sealed form: this byte, 12 bytes nonce, ciphertext with its tag
_NONCE = 12
KEY_BYTES_MIN = 32


def derive(secret: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose from a secret of any length (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"dasan " + purpose.encode()).derive(secret)


def seal(key: DataKey, name: str, body: bytes) -> bytes:
    """``body`` sealed; it opens only under the same ``name``."""
    nonce = os.urandom(_NONCE)
    return _FORM + nonce + key.encrypt(nonce, body, name.encode())


def unseal(key: DataKey, name: str, sealed: bytes) -> bytes:
    """What :func:`seal` sealed. Raises cryptography's InvalidTag when row, name and key do not belong together."""
    if sealed[:1] != _FORM:
        raise InvalidTag
    return key.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], name.encode())


def draft_name(counselor: str, session: str) -> str:
    """Under which name a draft is sealed."""
    return f"draft:{counselor}:{session}"


class Keyring:
    """The master keys, and what is derived from them.

    ``master`` wraps new data keys; ``older`` ones only open. ``correlation`` (the settings' token_pepper) keys
    :meth:`keyed`; when it is empty the master key stands in for it. Raises ConfigWrong for a key under 32 bytes.
    """

    def __init__(self, master: bytes, older: Sequence[bytes] = (), correlation: bytes = b"") -> None:
        for key in (master, *older):
            _long_enough(key)
        self._wrapping = {_name_of(key): AESGCM(derive(key, "wrap data keys")) for key in (*older, master)}
        self.current = _name_of(master)
        self._keyed = hmac.new(derive(correlation or master, "correlate addresses"), None, hashlib.sha256)

    @property
    def names(self) -> tuple[str, ...]:
        """What the keys are called in the database, the current one first."""
        return (self.current, *(name for name in self._wrapping if name != self.current))

    def fresh(self, key_id: str) -> tuple[bytes, DataKey]:
        """A new random data key: wrapped under the current master key, and ready for use."""
        raw = AESGCM.generate_key(256)
        return seal(self._wrapping[self.current], key_id, raw), AESGCM(raw)

    def open(self, key_id: str, wrapped: bytes, master: str) -> DataKey:
        """The data key of a row. Raises ConfigWrong when no master key given here opens it."""
        return AESGCM(self._raw(key_id, wrapped, master))

    def rewrap(self, key_id: str, wrapped: bytes, master: str) -> bytes:
        """The same data key wrapped under the current master key."""
        return seal(self._wrapping[self.current], key_id, self._raw(key_id, wrapped, master))

    def keyed(self, value: str) -> str:
        """HMAC-SHA256 of ``value`` as 64 hex digits: the same for the same value, unreadable without the key."""
        mac = self._keyed.copy()
        mac.update(value.encode())
        return mac.hexdigest()

    def _raw(self, key_id: str, wrapped: bytes, master: str) -> bytes:
        wrapping = self._wrapping.get(master)
        if wrapping is None:
            raise _wrong_key()
        try:
            return unseal(wrapping, key_id, wrapped)
        except InvalidTag:
            raise _wrong_key() from None


def _name_of(master: bytes) -> str:
    """What a master key is called in the database; tells nothing about the key."""
    return derive(master, "name of the master key")[:6].hex()


def _long_enough(key: bytes) -> None:
    if len(key) < KEY_BYTES_MIN:
        raise ConfigWrong((Problem(
            key="secrets.master_key",
            message_ko=f"내용을 잠그는 열쇠는 {KEY_BYTES_MIN}바이트 이상이어야 합니다.",
            message_en=f"The key that seals content needs at least {KEY_BYTES_MIN} bytes.",
        ),))


def _wrong_key() -> ConfigWrong:
    return ConfigWrong((Problem(
        key="secrets.master_key",
        message_ko=(
            "이 데이터베이스의 내용을 잠근 열쇠가 아닙니다. "
            "이전 열쇠를 찾거나 백업과 함께 보관한 열쇠를 쓰십시오."
        ),
        message_en=(
            "This is not the key that sealed this database. "
            "Use the earlier key, or the one kept with the backup."
        ),
    ),))
