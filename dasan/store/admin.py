"""What an operator does to the database: upgrade, go back, copy, put back, prove, and change the master key.

Promises: nothing here needs the settings object; functions take the database's URL and say what they did. Whatever
changes the schema is refused while a server runs (on SQLite by the server's own lock, on PostgreSQL by its
connections); :func:`backup` and :func:`verify` only read and may run beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dasan.core.errors import ConfigWrong, Problem
from dasan.store import copies, proof, schema, vocabulary
from dasan.store.engine import SQLITE, FileLock, backend, reading, sqlite_file
from dasan.store.link import translated
from dasan.store.rekey import rewrap, wrapped_under
from dasan.store.schema import OutOfReach
from dasan.store.sealing import Keyring
from dasan.store.tables import REVISION

__all__ = [
    "OutOfReach", "backup", "current", "downgrade", "journal_hash", "other_version", "restore", "rotate", "upgrade",
    "verify", "wrapped_under",
]

backup = copies.backup
restore = copies.restore
verify = proof.verify
journal_hash = proof.journal_hash
other_version = schema.other_version


def upgrade(url: str, revision: str = "head") -> str:
    """Bring the schema up; the revision reached. Raises ConfigWrong while a server runs, OutOfReach."""
    with _alone(url):
        schema.move_up(url, revision)
    return schema.revision_of(url)


def downgrade(url: str, revision: str) -> str:
    """Take the schema back; the revision reached ("" below the first).

    Raises ConfigWrong while a server runs, for an unknown revision, and where the journal holds events that the program
    of that revision cannot read; OutOfReach.
    """
    with _alone(url):
        _readable(url, revision)
        schema.move_down(url, revision)
    return schema.revision_of(url)


def current(url: str) -> tuple[str, str]:
    """(the revision there is, "" for none; the revision this program needs). Raises OutOfReach."""
    return schema.revision_of(url), REVISION


def now_us(url: str) -> int | None:
    """The time that a database server has, in UTC microseconds; None for a file, which has none. Raises StorageFull."""
    if url.startswith(SQLITE):
        return None
    made = reading(url)
    link = made.reader()
    try:
        row = link.row("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        return int(row[0]) if row else None
    finally:
        link.close()
        made.close()


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
    """While this lasts no server has the SQLite file; on PostgreSQL none is connected when it begins."""
    if not url.startswith(SQLITE):
        copies.refuse_beside_servers(url)
        yield
        return
    file = sqlite_file(url)
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    try:
        yield
    finally:
        lock.close()


def _readable(url: str, revision: str) -> None:
    if schema.revision_of(url) not in schema.known():
        return  # nothing there, or nothing that this program could read either: the move itself says so
    made = reading(url)
    link = made.reader()
    try:
        with translated():
            strange = vocabulary.unreadable_at(link, revision)
    finally:
        link.close()
        made.close()
    if strange:
        raise ConfigWrong((_not_back(revision, strange),))


def _not_back(revision: str, strange: list[str]) -> Problem:
    named = ", ".join(strange[:5])
    return Problem(
        key="revision",
        message_ko=(
            f"올린 뒤에 쓴 사건({named})을 {revision}판의 프로그램이 읽지 못하므로 되돌리지 않았습니다. "
            "지금 프로그램을 계속 쓰십시오. 그 뒤에 받은 것을 잃어도 되면 "
            "올리기 전의 백업을 'dasan db restore'로 되돌리십시오."
        ),
        message_en=(
            f"Events written since ({named}) cannot be read by the program of revision {revision}; "
            "nothing was changed. Stay with this program, or put back the backup made before the upgrade with "
            "'dasan db restore' and lose what came since."
        ),
    )
