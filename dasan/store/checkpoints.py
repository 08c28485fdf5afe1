"""SQLite's write-ahead log is moved into the file beside the writer, not by it.

Left to itself SQLite moves the log within the commit that makes it too long; that commit, and everybody who waits for
it, then pays for writing every page of the file that changed. Here a thread with a connection of its own does it with
PASSIVE checkpoints, which wait for nobody and let nobody wait (https://sqlite.org/wal.html#ckpt). While commits keep
coming there is always a little that it has not moved, and the log only starts anew when all of it has been; so once the
log is long, the writer is asked to move that little rest between two units. A failure here loses nothing: the log
stays, and the next round tries again.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable

EVERY_S = 4.0
# Pages of 4 KiB: from here on the writer moves the rest. A restart after a crash reads at most about this much again.
LONG_PAGES = 8_000


class Checkpoints:
    """``open_`` gives a connection to the file. The thread starts with the first commit and ends with :meth:`close`."""

    def __init__(
        self, open_: Callable[[], sqlite3.Connection], *, every_s: float = EVERY_S, long_pages: int = LONG_PAGES
    ) -> None:
        self._open, self._every_s, self._long_pages = open_, every_s, long_pages
        self._written = threading.Event()
        self._closing = threading.Event()
        self._alone = threading.Lock()
        self._thread: threading.Thread | None = None
        self._connection: sqlite3.Connection | None = None
        self._long = False

    def committed(self, writer: sqlite3.Connection) -> None:
        """The writer's unit is over; called by its thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
            self._thread.start()
        self._written.set()
        if self._long and self._alone.acquire(blocking=False):
            self._long = False
            try:
                move(writer)
            finally:
                self._alone.release()

    def scrub(self, writer: sqlite3.Connection) -> None:
        """Move everything and empty the log, so that nothing erased lingers there. Raises sqlite3.Error."""
        with self._alone:
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self) -> None:
        """End the thread; the last connection to close moves what is left."""
        self._closing.set()
        self._written.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._written.wait()
            self._written.clear()
            with self._alone, contextlib.suppress(sqlite3.Error):  # no room, no file handle: the next round tries again
                self._round()
            self._closing.wait(self._every_s)
        if self._connection is not None:
            self._connection.close()

    def _round(self) -> None:
        if self._connection is None:
            self._connection = self._open()
        self._long = move(self._connection) > self._long_pages


def move(connection: sqlite3.Connection) -> int:
    """Move what can be moved; how many pages the log holds. 0 when the disk or another connection refused."""
    try:
        _, pages, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except sqlite3.Error:
        return 0
    return int(pages)
