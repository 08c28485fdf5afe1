"""Photos and recordings, encrypted on disk (dasan.ports.Blobs).

Promises: a blob's row is written only after the file and its folder are on disk, so a row always has its file; a file
without a row (the process died between) is swept away at the next start. Files are sealed under their session's key and
read back only under it: erasing the session takes them, and :meth:`FileBlobs.sweep` removes what cannot be read any
more.
Left out: what a photo may be (channels.chat checks and re-encodes before it comes here).
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag

from dasan.core.errors import Refused, StorageFull
from dasan.core.ids import BLOB, make
from dasan.ports import Ids
from dasan.store import statements as sql
from dasan.store.caches import Keys
from dasan.store.engine import Backend
from dasan.store.link import Row, translated
from dasan.store.memory import MemoryStore
from dasan.store.people import writing
from dasan.store.sealing import DataKey, seal, unseal
from dasan.store.sql import SqlStore

_ROW = (
    "SELECT b.session, b.media_type, b.file, k.wrapped, k.master FROM blobs b"
    " LEFT JOIN content_keys k ON k.key_id = b.session WHERE b.id = ?"
)
_FADED = (
    "SELECT b.id, b.file FROM blobs b LEFT JOIN content_keys k ON k.key_id = b.session WHERE k.wrapped IS NULL"
)
_AGED = (
    "SELECT id, session, media_type, size FROM blobs WHERE media_type LIKE ? AND id > ? AND id < ? ORDER BY id LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class BlobLine:
    """What is known of a blob without opening it. ``size`` in bytes of the photo itself."""

    id: str
    session: str
    media_type: str
    size: int


class FileBlobs:
    """Blobs as files of ``folder``, their rows in the store's database."""

    def __init__(self, store: SqlStore, folder: Path, ids: Ids) -> None:
        self._backend: Backend = store.backend
        self._keys: Keys = store.keys
        self._folder = folder
        self._ids = ids
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, session: str, body: bytes, media_type: str) -> str:
        """Keep it; its id. Raises Refused("erased", "no_key") or StorageFull."""
        blob = self._ids.new(BLOB)
        sealed = seal(self._key(session), blob, body)
        name = f"{blob[-2:]}/{blob}"
        self._write(self._folder / name, sealed)
        row = (blob, session, media_type, len(body), hashlib.sha256(sealed).hexdigest(), name)
        with writing(self._backend) as link:
            link.run("INSERT INTO blobs (id, session, media_type, size, sha256, file) VALUES (?, ?, ?, ?, ?, ?)", row)
        return blob

    def get(self, blob: str) -> tuple[bytes, str] | None:
        """Body and media type; None when it is unknown, erased or not what was put there."""
        row = self._one(_ROW, blob)
        if row is None:
            return None
        session, media_type, name, wrapped, master = row
        key = self._keys.opened(session, wrapped, master) if wrapped is not None else None
        if key is None:
            return None
        try:
            return unseal(key, blob, (self._folder / name).read_bytes()), media_type
        except (FileNotFoundError, InvalidTag):
            return None

    def line(self, blob: str) -> BlobLine | None:
        """What is known of it without opening it."""
        row = self._one("SELECT id, session, media_type, size FROM blobs WHERE id = ?", blob)
        return None if row is None else BlobLine(*row)

    def of(self, session: str) -> Sequence[BlobLine]:
        """The session's blobs, by id."""
        rows = self._all("SELECT id, session, media_type, size FROM blobs WHERE session = ? ORDER BY id", session)
        return [BlobLine(*row) for row in rows]

    def aged(self, kind: str, before_us: int, after: str = "", limit: int = 100) -> Sequence[BlobLine]:
        """Blobs whose media type begins so and that were put before that instant, by id, those behind ``after``."""
        until = make(BLOB, before_us, 0)
        link = self._backend.reader()
        try:
            with translated():
                return [BlobLine(*row) for row in link.rows(_AGED, (f"{kind}%", after, until, limit))]
        finally:
            link.close()

    def drop(self, blob: str) -> None:
        """Delete it; what is gone already is. A file that is left by a crash in between is swept as a stray."""
        row = self._one("SELECT file FROM blobs WHERE id = ?", blob)
        if row is None:
            return
        with writing(self._backend) as link:
            link.run("DELETE FROM blobs WHERE id = ?", (blob,))
        (self._folder / row[0]).unlink(missing_ok=True)

    def sweep(self, *, strays: bool = True) -> int:
        """Remove files of erased sessions and, with ``strays``, files without a row; how many.

        Strays only at the start of a server that is alone: a photo that is just being put has no row yet.
        """
        faded = self._all(_FADED)
        for _, name in faded:
            (self._folder / name).unlink(missing_ok=True)
        if faded:
            with writing(self._backend) as link:
                for blob, _ in faded:
                    link.run("DELETE FROM blobs WHERE id = ?", (blob,))
        if not strays:
            return len(faded)
        known = {row[0] for row in self._all("SELECT file FROM blobs")}
        stray = [path for path in self._folder.glob("*/*") if str(path.relative_to(self._folder)) not in known]
        for path in stray:
            path.unlink(missing_ok=True)
        return len(faded) + len(stray)

    def _key(self, session: str) -> DataKey:
        row = self._one(sql.KEY, session)
        if row is None:
            raise Refused("no_key")
        key = self._keys.opened(session, *row)
        if key is None:
            raise Refused("erased")
        return key

    @staticmethod
    def _write(path: Path, body: bytes) -> None:
        """Write a file so that it is on disk under its name when this returns. Raises StorageFull."""
        try:
            path.parent.mkdir(exist_ok=True, mode=0o700)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            for folder in (path.parent, path.parent.parent):
                handle = os.open(folder, os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
        except OSError as error:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise StorageFull from error

    def _one(self, text: str, *params: str) -> Row | None:
        rows = self._all(text, *params)
        return rows[0] if rows else None

    def _all(self, text: str, *params: str) -> list[Row]:
        link = self._backend.reader()
        try:
            with translated():
                return link.rows(text, params)
        finally:
            link.close()


class MemoryBlobs:
    """Blobs of the in-memory twin."""

    def __init__(self, store: MemoryStore, ids: Ids) -> None:
        self._store = store
        self._ids = ids
        self._held: dict[str, tuple[str, bytes, str]] = {}
        self._lock = threading.Lock()

    def put(self, session: str, body: bytes, media_type: str) -> str:
        """Keep it; its id. Raises Refused("erased", "no_key")."""
        self._store.usable(session)
        blob = self._ids.new(BLOB)
        with self._lock:
            self._held[blob] = (session, body, media_type)
        return blob

    def get(self, blob: str) -> tuple[bytes, str] | None:
        """Body and media type, or None when it is unknown or erased."""
        held = self._held.get(blob)
        if held is None or self._store.reads.key_destroyed(held[0]):
            return None
        return held[1], held[2]

    def line(self, blob: str) -> BlobLine | None:
        """What is known of it without opening it."""
        held = self._held.get(blob)
        return None if held is None else BlobLine(blob, held[0], held[2], len(held[1]))

    def of(self, session: str) -> Sequence[BlobLine]:
        """The session's blobs, by id."""
        with self._lock:
            mine = sorted(blob for blob, held in self._held.items() if held[0] == session)
        return [line for blob in mine if (line := self.line(blob)) is not None]

    def aged(self, kind: str, before_us: int, after: str = "", limit: int = 100) -> Sequence[BlobLine]:
        """As FileBlobs.aged."""
        until = make(BLOB, before_us, 0)
        with self._lock:
            found = sorted(b for b, (_, _, media) in self._held.items() if media.startswith(kind) and after < b < until)
        return [line for blob in found[:limit] if (line := self.line(blob)) is not None]

    def drop(self, blob: str) -> None:
        """Delete it."""
        with self._lock:
            self._held.pop(blob, None)

    def sweep(self, *, strays: bool = True) -> int:
        """Forget what was erased; how many."""
        with self._lock:
            faded = [blob for blob, held in self._held.items() if self._store.reads.key_destroyed(held[0])]
            for blob in faded:
                del self._held[blob]
            return len(faded)
