"""The SQL store: SQLite for one server, PostgreSQL for several; the same code (dasan.ports.Store).

Promises: what :meth:`SqlStore.unit` committed is on disk. The store holds what outlives a unit: the connections, the
cache of states, the open data keys and the journal's last position. Named reads are in ``reads``, accounts and
tokens in ``people``, what only one server does in ``leases``.
"""

from __future__ import annotations

from dasan.store import rekey
from dasan.store import statements as sql
from dasan.store.caches import Cached, Keys, Recent
from dasan.store.engine import Backend
from dasan.store.leases import SqlLeases
from dasan.store.link import Link, translated
from dasan.store.pending import Pending
from dasan.store.people import SqlPeople, writing
from dasan.store.rows import Folding
from dasan.store.sealing import Keyring
from dasan.store.sql_reads import SqlReads
from dasan.store.unit import SqlUnit
from dasan.store.vault import Vault
from dasan.store.views import Evolve, States
from dasan.store.writing import Written

CACHED_STREAMS = 4_000
CACHED_KEYS = 8_000


class SqlStore:
    """Where the truth is kept. ``states`` and ``evolve`` come from dasan.core.fold."""

    def __init__(
        self, backend: Backend, keyring: Keyring, states: States, evolve: Evolve, *, cached: int = CACHED_STREAMS
    ) -> None:
        self.backend = backend
        self.folding = Folding(states, evolve)
        self.cache: Recent[Cached] = Recent(cached)
        self.keys = Keys(keyring, CACHED_KEYS)
        self.reads = SqlReads(backend, self.folding, self.keys, self.cache)
        self.people = SqlPeople(backend)
        self.leases = SqlLeases(backend)
        self.position = self.reads.last_position()
        self.uncertain = False  # after a failed write: where the journal ends is to be asked again

    def unit(self) -> SqlUnit:
        """A fresh transaction; leaving it without commit forgets everything."""
        return SqlUnit(self)

    def keyed(self, value: str) -> str:
        """An HMAC of ``value`` as 64 hex digits, for comparing addresses."""
        return self.keys.keyring.keyed(value)

    def masters(self) -> tuple[str, ...]:
        """What the master keys given here are called in the database, the current one first."""
        return self.keys.keyring.names

    def rewrap(self, after: str = "") -> tuple[int, str]:
        """One step to a new master key (dasan/store/rekey.py)."""
        return rekey.rewrap(self.backend, self.keys.keyring, after)

    def number(self, name: str) -> int:
        """PostgreSQL: the next of a series, in a transaction of its own, so that no server waits for another's."""
        link = self.backend.reader()
        try:
            with translated():
                row = link.row(sql.NUMBER_NEXT, (name,))
                link.commit()
        finally:
            link.close()
        assert row is not None
        return int(row[0])

    def prune(self, before_us: int) -> int:
        """Forget replies and finished promises older than that; how many there were."""
        with writing(self.backend) as link:
            return link.run(sql.PRUNE_REQUESTS, (before_us,)) + link.run(sql.PRUNE_DELIVERIES, (before_us,))

    def believe(self, pending: Pending, written: Written, vault: Vault, link: Link) -> None:
        """A unit was committed: its states and keys are the truth now."""
        self.position = max(self.position, written.first + len(pending.events))
        for stream, head in pending.heads.items():
            before = self.cache.get(stream)
            snapshot_seq = written.snapshots.get(stream) or (before.snapshot_seq if before else 0)
            self.cache.put(stream, Cached(pending.states[stream], head, snapshot_seq))
        for key_id, (wrapped, key) in vault.made.items():
            self.keys.put(key_id, wrapped, key)
        for key_id in pending.destroyed:
            self.keys.drop(key_id)
        if pending.destroyed:
            self.backend.scrub(link)

    def distrust(self, pending: Pending) -> None:
        """A unit failed: what it touched is read again."""
        self.uncertain = True
        for stream in pending.base:
            self.cache.drop(stream)

    def broken(self) -> None:
        """The database was out of reach: pooled connections are not to be trusted."""
        lost = getattr(self.backend, "lost", None)
        if lost is not None:
            lost()

    def close(self) -> None:
        """Let go of the database."""
        self.backend.close()
