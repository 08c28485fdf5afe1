"""Pictures that travel with a report: kept under the hash of their bytes.

An extension of ours (docs/eungdapso.md). The name says what is inside, so the same picture twice is one file and a
repeated upload is harmless. Only JPEG, PNG and WebP up to 10 MB, told by their first bytes, not by what the sender
says; they are served with a type that no browser runs. A file is complete and on disk before its row is written. All
media together have a limit, so that nobody fills the disk.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import dasan.eungdapso.desk.store_updates as log
from dasan.eungdapso.desk.form import Fault, FormError
from dasan.eungdapso.desk.store import Store

MEDIA_BYTES_MAX = 10 * 1024 * 1024
ALL_MEDIA_BYTES_MAX = 20 * 1024**3
SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


def kind_of(body: bytes) -> str:
    """The media type that the first bytes tell, "" when it is none of ours."""
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return ""


class MediaShelf:
    """Files in ``folder``, their rows in ``store``. ``now`` gives UTC microseconds."""

    def __init__(self, folder: Path, store: Store, now: Callable[[], int], *, all_bytes_max: int = ALL_MEDIA_BYTES_MAX):
        self._folder = folder
        self._store = store
        self._now = now
        self._all_bytes_max = all_bytes_max

    def put(self, body: bytes, media_type: str, sha256: str) -> str:
        """Keeps a picture; its file name. ``sha256`` (hex, may be "") must fit. Raises :class:`FormError`."""
        kind = kind_of(body)
        if not kind or kind != media_type:
            raise FormError(
                400, Fault(415, "media is not a JPEG, PNG or WebP picture of the type given / 사진이 아닙니다")
            )
        digest = hashlib.sha256(body).hexdigest()
        if sha256 and sha256.lower() != digest:
            raise FormError(
                400, Fault(400, "media does not have the SHA-256 given; send it again / 사진이 손상되었습니다")
            )
        name = f"{digest}.{SUFFIXES[kind]}"
        with self._store.read() as conn:
            if log.media_type_of(conn, digest):
                return name
            full = log.media_bytes(conn) + len(body) > self._all_bytes_max
        if full:
            raise FormError(
                400, Fault(507, "no room for more media; send the report without it / 사진 저장 공간이 없습니다")
            )
        self._write(name, body)
        with self._store.write() as conn:
            if not log.media_type_of(conn, digest):
                log.add_media(conn, digest, kind, len(body), self._now())
        return name

    def _write(self, name: str, body: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._folder / f"{name}.{os.getpid()}.part"
        with part.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def get(self, name: str) -> tuple[bytes, str] | None:
        """A kept picture and its media type; None when there is none of that name."""
        digest, _, suffix = name.partition(".")
        with self._store.read() as conn:
            kind = log.media_type_of(conn, digest)
        if kind is None or SUFFIXES[kind] != suffix:
            return None
        return (self._folder / name).read_bytes(), kind
