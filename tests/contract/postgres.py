"""A private PostgreSQL for the tests: its own cluster in a folder of its own, on a Unix socket, gone at the end.

PostgreSQL refuses to run as root, so the cluster belongs to the user `postgres` when root runs the tests.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from dasan.store.admin import upgrade
from dasan.store.tables import metadata

ROOMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda room: float(room.parent.name))
_databases = count(1)
_RESTART = "ALTER SEQUENCE journal_position RESTART; ALTER SEQUENCE deliveries_ordinal_seq RESTART"


def why_not() -> str:
    """Why there is no PostgreSQL to test with; "" when there is."""
    if not ROOMS or not (ROOMS[-1] / "initdb").exists():
        return "PostgreSQL's server programs are not under /usr/lib/postgresql/*/bin"
    if os.geteuid() == 0 and not _user():
        return "PostgreSQL refuses to run as root and there is no user 'postgres'"
    return ""


def _user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


class Cluster:
    """A running PostgreSQL server; ``fresh()`` gives the URL of an empty database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.user = "dasan"
        self._used = ""

    def run(self, program: str, *args: str) -> str:
        """Run one of PostgreSQL's programs as a user it accepts."""
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        command = [*as_user, str(ROOMS[-1] / program), *args]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder, timeout=120)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def init(self) -> None:
        self.run("initdb", "-D", str(self.data), "-U", self.user, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        self.start()

    def start(self) -> None:
        # Durability is the disk's own here; nothing is turned off that the service would have on.
        options = f"-k {self.folder} -c listen_addresses= -c max_connections=80 -c shared_buffers=32MB"
        options += " -c recovery_init_sync_method=syncfs"
        log = str(self.folder / "log")
        self.run("pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        self.run("pg_ctl", "-D", str(self.data), "-w", "-m", mode, "stop")

    def fresh(self) -> str:
        """The URL of a database with our tables and nothing in them. One at a time: the next call empties it again."""
        if not self._used:
            self._used = self.bare()
            upgrade(self._used)
        empty(self._used)
        return self._used

    def bare(self) -> str:
        """The URL of a new database without any table."""
        name = f"dasan{next(_databases)}"
        self.run("createdb", "-h", str(self.folder), "-U", self.user, name)
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://{self.user}@/{name}?host={self.folder}"


def plain(url: str) -> str:
    """The URL as psycopg takes it."""
    return url.replace("postgresql+psycopg", "postgresql")


def empty(url: str) -> None:
    """Leave the tables and nothing in them: many times as fast as a new database a test, which writes little."""
    tables = [table.name for table in metadata.sorted_tables]
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(";".join([*(f"DELETE FROM {name}" for name in tables), _RESTART]))


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A cluster for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="dasan-pg-", dir="/tmp"))
    user = _user()
    if os.geteuid() == 0 and user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    made = Cluster(folder)
    try:
        made.init()
        yield made
    finally:
        if (made.data / "postmaster.pid").exists():
            made.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
