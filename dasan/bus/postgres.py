"""The bus between servers on one PostgreSQL: NOTIFY as a wake-up.

Promises: the writer never waits for it (a thread of its own tells, another listens); a broken connection is made anew
with bounded back-off, and after each new one the journal's end is asked for, because what was told meanwhile is gone.
LISTEN needs a connection of its own: it does not work through a pooler in transaction mode.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

import psycopg
from sqlalchemy.engine import make_url

CHANNEL = "dasan_journal"
BACK_OFF_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
LISTEN_S = 0.25  # how often the listener looks whether it should end


class PostgresBus:
    """One server's end (dasan.ports.Bus). ``node`` names the server; ``wake`` is called in the listener's thread."""

    def __init__(self, url: str, node: str, wake: Callable[[], None] | None = None) -> None:
        self._conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._node = node
        self._wake = wake
        self._heard = 0
        self._to_tell = 0
        self._lock = threading.Lock()
        self._tell = threading.Event()
        self._closing = threading.Event()
        self.listening = threading.Event()  # set while the listener is connected
        self._threads = [
            threading.Thread(target=work, name=f"bus-{work.__name__.strip('_')}", daemon=True)
            for work in (self._listen, self._speak)
        ]
        for thread in self._threads:
            thread.start()

    def publish(self, position: int) -> None:
        """Tell the others that the journal reaches ``position``; returns at once."""
        with self._lock:
            self._to_tell = max(self._to_tell, position)
        self._tell.set()

    def positions(self) -> Iterable[int]:
        """The highest position told since the last call, if any."""
        with self._lock:
            found, self._heard = self._heard, 0
        return (found,) if found else ()

    def close(self) -> None:
        """End both threads."""
        self._closing.set()
        self._tell.set()
        for thread in self._threads:
            thread.join(10)

    # -- the listener

    def _listen(self) -> None:
        self._again(self._listen_once)

    def _listen_once(self, joined: Callable[[], None]) -> None:
        with psycopg.connect(self._conninfo, autocommit=True, connect_timeout=5, application_name="dasan bus") as link:
            link.execute(f"LISTEN {CHANNEL}")
            row = link.execute("SELECT COALESCE(MAX(position), 0) FROM journal").fetchone()
            self._hear(int(row[0]) if row else 0)
            joined()
            self.listening.set()
            try:
                self._hear_all(link)
            finally:
                self.listening.clear()

    def _hear_all(self, link: psycopg.Connection) -> None:
        while not self._closing.is_set():
            for notice in link.notifies(timeout=LISTEN_S):
                node, _, position = notice.payload.rpartition(" ")
                if node != self._node and position.isdecimal():
                    self._hear(int(position))
                if self._closing.is_set():
                    return

    def _hear(self, position: int) -> None:
        with self._lock:
            self._heard = max(self._heard, position)
        if self._wake is not None:
            self._wake()

    # -- the teller

    def _speak(self) -> None:
        self._again(self._speak_once)

    def _speak_once(self, joined: Callable[[], None]) -> None:
        with psycopg.connect(self._conninfo, autocommit=True, connect_timeout=5, application_name="dasan bus") as link:
            joined()
            while True:
                self._tell.wait()
                if self._closing.is_set():
                    return
                self._tell.clear()
                with self._lock:
                    position = self._to_tell
                try:
                    link.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{self._node} {position}"))
                except psycopg.Error:
                    self._tell.set()  # tell it again on the next connection
                    raise

    def _again(self, once: Callable[[Callable[[], None]], None]) -> None:
        """Run until closing; after a broken connection wait a little longer each time, up to the last step."""
        tries = 0

        def joined() -> None:
            nonlocal tries
            tries = 0

        while not self._closing.is_set():
            try:
                once(joined)
            except psycopg.Error:
                self._closing.wait(BACK_OFF_S[min(tries, len(BACK_OFF_S) - 1)])
                tries += 1
