"""Copies of the database: made while the server runs, put back while it does not.

Promises: a copy is complete and of one instant, readable by its owner only, checked before it gets its name, and
on disk when the function returns; putting one back replaces the database whole or not at all. What people said is
sealed in the copy as it is in the database: keep the master key elsewhere. Blobs are files of their own, never changed
after they are written; with ``blobs`` they are copied beside the database, those already there are left.
PostgreSQL is copied by its own pg_dump and pg_restore, found on the path or where Debian puts them.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from dasan.core.errors import ConfigWrong, Problem
from dasan.store.engine import SQLITE, FileLock, sqlite_file
from dasan.store.link import translated
from dasan.store.schema import OutOfReach

_TOOL_SECONDS = 6 * 3600
# After a copy is put back its rows carry transaction ids of another server's count.
_SETTLED = "UPDATE journal SET txid = '3' WHERE txid >= pg_current_xact_id()"


def backup(url: str, target: Path, blobs: Path | None = None) -> Path:
    """Copy the database to the new file ``target`` (and ``blobs`` to ``<target>.blobs``).

    Raises ConfigWrong when the copy does not check out or PostgreSQL's tools are missing, OSError when it cannot be
    written.
    """
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        if url.startswith(SQLITE):
            with translated():
                _copy_sqlite(sqlite_file(url), partial)
        else:
            _tool(url, "pg_dump", "--format=custom", f"--file={partial}")
        _on_disk(partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    _on_disk(target.parent)
    if blobs is not None:
        _copy_blobs(blobs, target.with_name(target.name + ".blobs"))
    return target


def restore(url: str, source: Path, blobs: Path | None = None) -> None:
    """Put a copy back in the place of the database. Raises ConfigWrong while a server runs or for a broken copy."""
    if url.startswith(SQLITE):
        _restore_sqlite(sqlite_file(url), source)
    else:
        _restore_postgres(url, source)
    beside = source.with_name(source.name + ".blobs")
    if blobs is not None and beside.is_dir():
        _copy_blobs(beside, blobs)


def _copy_sqlite(file: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)  # one read transaction: the writer goes on meanwhile
        new.execute("PRAGMA journal_mode = DELETE")
        said = new.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        raise _broken(target, str(said))


def _restore_sqlite(file: Path, source: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    try:
        fresh = file.with_name(file.name + ".restored")
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            _copy_sqlite(source, fresh)
        except sqlite3.DatabaseError as error:
            fresh.unlink(missing_ok=True)
            raise _broken(source, str(error)) from error
        _on_disk(fresh)
        # The old log belongs to the old file: it goes first, or it would be played into the new one.
        for rest in ("-wal", "-shm"):
            file.with_name(file.name + rest).unlink(missing_ok=True)
        fresh.replace(file)
        _on_disk(file.parent)
    finally:
        lock.close()


def _restore_postgres(url: str, source: Path) -> None:
    refuse_beside_servers(url)
    with _connected(url) as connection:
        _tool(url, "pg_restore", "--clean", "--if-exists", "--single-transaction", "--exit-on-error", "--no-owner",
              "--dbname={}", str(source))
        connection.execute(_SETTLED)


def refuse_beside_servers(url: str) -> None:
    """PostgreSQL: raises ConfigWrong while a server is connected, OutOfReach when the database does not answer."""
    query = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dasan'"
    with _connected(url) as connection:
        row = connection.execute(query).fetchone()
    if row is not None and row[0]:
        raise _running()


def _connected(url: str) -> psycopg.Connection:
    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        return psycopg.connect(conninfo, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        raise OutOfReach(str(error)) from error


def _tool(url: str, program: str, *args: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, where other users cannot read it."""
    path = shutil.which(program) or next(
        (str(found) for found in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)), None
    )
    if path is None:
        raise ConfigWrong((Problem(
            key="database.url",
            message_ko=f"PostgreSQL의 {program} 프로그램이 없습니다. postgresql-client를 설치하십시오.",
            message_en=f"PostgreSQL's program {program} is missing; install postgresql-client.",
        ),))
    parts = make_url(url).set(drivername="postgresql")
    name = parts.set(password=None).render_as_string()
    environment = {**os.environ, **({"PGPASSWORD": parts.password} if parts.password else {})}
    placed = [arg.format(name) if arg == "--dbname={}" else arg for arg in args]
    command = [path, *placed] if "--dbname={}" in args else [path, *placed, f"--dbname={name}"]
    done = subprocess.run(  # noqa: S603 - fixed programs, no shell
        command, env=environment, capture_output=True, text=True, check=False, timeout=_TOOL_SECONDS
    )
    if done.returncode != 0:
        raise _broken(Path(program), done.stderr.strip()[-500:])


def _copy_blobs(old: Path, new: Path) -> None:
    new.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in sorted(old.glob("*/*")):
        there = new / path.relative_to(old)
        if not there.exists():
            there.parent.mkdir(exist_ok=True, mode=0o700)
            partial = there.with_name(there.name + ".partial")
            shutil.copy2(path, partial)
            _on_disk(partial)
            partial.replace(there)
    _on_disk(new)


def _on_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _broken(file: Path, said: str) -> ConfigWrong:
    return ConfigWrong((Problem(
        key="backup",
        message_ko=f"사본이 온전하지 않아 쓰지 않았습니다: {said}",
        message_en=f"The copy is not sound and was not used: {said}",
        file=str(file),
    ),))


def _running() -> ConfigWrong:
    return ConfigWrong((Problem(
        key="database.url",
        message_ko="이 데이터베이스를 쓰는 서버가 돌고 있습니다. 모두 끈 뒤 다시 하십시오.",
        message_en="Servers are using this database. Stop them all and try again.",
    ),))
