"""The in-memory twin: the same contract as the SQL stores, without a disk.

Promises: everything dasan/ports.py and dasan/store/views.py promise, clashes included (two units may be open at once
and race), so that the simulator and the tests run the code that serves callers. States are kept as they are and never
serialised; words lie in the clear in this process and are forgotten when their key is destroyed.
Left out: surviving the process.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from types import TracebackType

from dasan.core.errors import Clash, Refused
from dasan.core.events import Recorded, encode
from dasan.core.ids import kind_of
from dasan.ports import Aggregate, Decision, Delivery, Remembered
from dasan.store.leases import MemoryLeases
from dasan.store.lines import line_of
from dasan.store.memory_reads import MemoryReads, Shelves
from dasan.store.pending import Pending
from dasan.store.people import MemoryPeople


def journal_line(recorded: Recorded) -> bytes:
    """The event's line in the journal's hash."""
    event, stream, seq = recorded.event, recorded.stream, recorded.seq
    place = (stream, seq, event.type, event.version, recorded.at_us, recorded.actor, recorded.cause)
    return line_of(place, encode(event))


class MemoryStore:
    """A store for simulations and tests. ``secret`` keys :meth:`keyed`."""

    def __init__(self, secret: bytes = b"in memory") -> None:
        self._shelves = Shelves()
        self._secret = secret
        self._lock = threading.Lock()
        self.reads = MemoryReads(self._shelves)
        self.people = MemoryPeople()
        self.leases = MemoryLeases()

    def unit(self) -> MemoryUnit:
        """A fresh transaction; leaving it without commit forgets everything."""
        return MemoryUnit(self._shelves, self._lock)

    def keyed(self, value: str) -> str:
        """An HMAC of ``value`` as 64 hex digits, for comparing addresses."""
        return hmac.new(self._secret, value.encode(), hashlib.sha256).hexdigest()

    def usable(self, key: str) -> None:
        """Raises Refused("erased") or Refused("no_key") where nothing can be sealed under that key."""
        if key in self._shelves.destroyed:
            raise Refused("erased")
        if key not in self._shelves.keys:
            raise Refused("no_key")

    def journal_hash(self) -> str:
        """SHA-256 over every event's canonical line, in order."""
        total = hashlib.sha256()
        for recorded in self._shelves.journal:
            total.update(journal_line(recorded))
        return total.hexdigest()

    def prune(self, before_us: int) -> int:
        """Forget replies and finished promises older than that; how many there were."""
        return self._shelves.prune(before_us)

    def close(self) -> None:
        """Nothing to let go of."""


_NOTHING = Pending()  # stands where a unit is over; never written


class MemoryUnit:
    """One transaction of the twin (dasan.ports.Unit)."""

    __slots__ = ("_lock", "_pending", "_shelves", "positions")

    def __init__(self, shelves: Shelves, lock: threading.Lock) -> None:
        self._shelves = shelves
        self._lock = lock
        self._pending = Pending()
        self.positions: list[int] = []  # after commit: the journal's position after each recorded decision

    def __enter__(self) -> MemoryUnit:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pending = _NOTHING

    def prefetch(self, requests: object = (), streams: object = ()) -> None:
        """Nothing to fetch: everything is here."""

    def replied(self, principal: str, request_id: str) -> Remembered | None:
        key = (principal, request_id)
        found = self._pending.replies.get(key) or self._shelves.replies.get(key)
        return found[0] if found else None

    def load(self, stream: str) -> Aggregate | None:
        return self._pending.states.get(stream) or self._shelves.states.get(stream)

    def session_at(self, address: str, service: str) -> str | None:
        key = (address, service)
        if key in self._pending.addresses:
            return self._pending.addresses[key]
        found = self._shelves.addresses.get(key)
        return None if found is None or (*key, found) in self._pending.address_gone else found

    def delivery(self, delivery_id: str) -> Delivery | None:
        pending = self._pending
        return (
            pending.deliveries.get(delivery_id)
            or pending.changed.get(delivery_id)
            or self._shelves.deliveries.get(delivery_id)
        )

    def sealed(self, content_id: str) -> bytes | None:
        content = self._pending.contents.get(content_id) or self._shelves.contents.get(content_id)
        if content is None or content.key in self._pending.destroyed or content.key in self._shelves.destroyed:
            return None
        return content.body

    def next_number(self, name: str) -> int:
        numbers = self._gathering().numbers
        value = numbers.get(name) or self._shelves.numbers.get(name, 0)
        numbers[name] = value + 1
        return value + 1

    def record(self, decision: Decision) -> None:
        """Gather a decision. Raises Clash, or Refused("erased", "no_key") where its words cannot be sealed."""
        pending = self._gathering()
        if not decision.repeated:
            _sealable(decision, pending, self._shelves)
        pending.add(decision)

    def _gathering(self) -> Pending:
        if self._pending is _NOTHING:
            self._pending = Pending()
        return self._pending

    def commit(self) -> int:
        """Take everything over at once; the journal's last position. Raises Clash and changes nothing then."""
        pending, shelves = self._pending, self._shelves
        with self._lock:
            _check(pending, shelves)
            start = len(shelves.journal)
            _take_streams(pending, shelves)
            _take_words(pending, shelves)
            _take_promises(pending, shelves)
            self.positions = [start + end for end in pending.ends]
        self._pending = _NOTHING
        return len(shelves.journal)


def _check(pending: Pending, shelves: Shelves) -> None:
    states = shelves.states
    for stream, base in pending.base.items():
        held = states.get(stream)
        if (0 if held is None else held.seq) != base:
            raise Clash(stream)
    for (address, service), session in pending.addresses.items():
        there = shelves.addresses.get((address, service))
        freed = there is None or (address, service, there) in pending.address_gone
        if session is not None and there != session and not freed:
            raise Clash(session)
    for key in pending.replies:
        if key in shelves.replies:
            raise Clash(key[1])


def _sealable(decision: Decision, pending: Pending, shelves: Shelves) -> None:
    needed = [content.key for content in decision.contents]
    needed += [session for _, session, text in decision.drafts if text]
    for key in (*needed, *decision.new_keys):
        if key in shelves.destroyed or key in pending.destroyed:
            raise Refused("erased")
    for key in needed:
        if key not in shelves.keys and key not in pending.new_keys and key not in decision.new_keys:
            raise Refused("no_key")


def _take_streams(pending: Pending, shelves: Shelves) -> None:
    shelves.journal += pending.events
    for recorded in pending.events:
        shelves.by_stream.setdefault(recorded.stream, []).append(recorded)
    shelves.states.update(pending.states)
    for stream, head in pending.heads.items():
        shelves.place(kind_of(stream), head, pending.created_us.get(stream, 0), pending.updated_us[stream])
    shelves.replies.update(pending.replies)
    shelves.numbers.update(pending.numbers)


def _take_words(pending: Pending, shelves: Shelves) -> None:
    shelves.keys.update(pending.new_keys)
    shelves.contents.update(pending.contents)
    for (counselor, session), text in pending.drafts.items():
        if text:
            shelves.drafts[counselor, session] = text
        else:
            shelves.drafts.pop((counselor, session), None)
    for key in pending.destroyed:
        shelves.forget(key)


def _take_promises(pending: Pending, shelves: Shelves) -> None:
    for address, service, session in pending.address_gone:
        if shelves.addresses.get((address, service)) == session:
            del shelves.addresses[address, service]
    for key, opened in pending.addresses.items():
        if opened is not None:
            shelves.addresses[key] = opened
    for delivery in (*pending.deliveries.values(), *pending.changed.values()):
        shelves.promise(delivery)
