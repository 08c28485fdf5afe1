"""What an operator does to the database: upgrade, go back, copy, put back, prove, and change the master key.

Promises: nothing here needs the settings object; functions take the database's URL and say what they did. Whatever
changes a SQLite file first takes the server's own lock, so it is refused while a server runs; :func:`backup` and
:func:`verify` only read and may run beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dasan.store import copies, proof, schema
from dasan.store.engine import SQLITE, FileLock, backend, sqlite_file
from dasan.store.rekey import rewrap, wrapped_under
from dasan.store.schema import OutOfReach
from dasan.store.sealing import Keyring
from dasan.store.tables import REVISION

__all__ = [
    "OutOfReach", "backup", "current", "downgrade", "journal_hash", "restore", "rotate", "upgrade", "verify",
    "wrapped_under",
]

backup = copies.backup
restore = copies.restore
verify = proof.verify
journal_hash = proof.journal_hash


def upgrade(url: str, revision: str = "head") -> str:
    """Bring the schema up; the revision reached. Raises ConfigWrong while a server runs, OutOfReach."""
    with _alone(url):
        schema.move_up(url, revision)
    return schema.revision_of(url)


def downgrade(url: str, revision: str) -> str:
    """Take the schema back; the revision reached ("" below the first). Raises ConfigWrong, OutOfReach."""
    with _alone(url):
        schema.move_down(url, revision)
    return schema.revision_of(url)


def current(url: str) -> tuple[str, str]:
    """(the revision there is, "" for none; the revision this program needs). Raises OutOfReach."""
    return schema.revision_of(url), REVISION


def rotate(url: str, keyring: Keyring) -> int:
    """Wrap every data key under the keyring's first master key; how many were under another.

    The keyring must also hold the former master key. Afterwards that one opens nothing any more. May be stopped and
    begun again. Raises ConfigWrong while a SQLite server runs (which then does it, dasan/server/wishes.py).
    """
    made = backend(url)
    try:
        done, after = rewrap(made, keyring)
        while after:
            more, after = rewrap(made, keyring, after)
            done += more
        return done
    finally:
        made.close()


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """While this lasts no server has the SQLite file. PostgreSQL keeps its own locks around schema changes."""
    if not url.startswith(SQLITE):
        yield
        return
    file = sqlite_file(url)
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    try:
        yield
    finally:
        lock.close()
