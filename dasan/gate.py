"""The seam (ARCHITECTURE §5): asynchronous edges submit commands, one writer thread decides and commits batches.

A reply always means "on disk". While one batch is being written, what arrives meanwhile becomes the next, so the
price of a synchronous commit is shared by everybody waiting. When the write of a batch fails, each of its commands is
tried again alone, so that one that cannot be written never poisons another; a clash with another server means
deciding again from fresh state, a bounded number of times. Listeners are told in the event loop's thread, in commit
order, before the replies are awaited. The queue is bounded: beyond it a command is refused as busy, and nothing is
lost.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from dasan.broker import Broker
from dasan.core.commands import Envelope
from dasan.core.errors import Broken, Clash, DasanError, Refused, StorageFull
from dasan.ports import Committed, Decision, Listener, Store, Unit

T = TypeVar("T")
Defect = Callable[[str, BaseException], None]
CLASHES_MAX = 8
# A commit costs the same for one command as for twenty. Waiting this long for company, unless a good company is there
# already, was measured to halve the slowest acknowledgements at 1,000 messages a second and to answer a third more
# webhooks for the same work, because the writer takes less of the processor from the sockets.
LINGER_S, COMPANY = 0.002, 32


@dataclass(slots=True)
class _Asked:
    """A command and whoever waits for it; or, with ``call``, something else for the writer thread."""

    envelope: Envelope | None
    future: asyncio.Future[Any]
    call: Callable[[], Any] | None = None


Result = Mapping[str, Any] | BaseException


def decide_batch(
    store: Store, broker: Broker, envelopes: Sequence[Envelope], defect: Defect
) -> tuple[list[Result], list[Committed]]:
    """Decide ``envelopes`` in order and commit them together, or one by one where together fails.

    One result for each (its reply, or the error that refused it), and what was committed, in order.
    """
    try:
        return _together(store, broker, envelopes, defect)
    except (Clash, StorageFull) as error:
        if len(envelopes) == 1:
            return _alone(store, broker, envelopes[0], defect, error)
    except Exception as error:  # the named edge: one command must not poison the others
        defect("the batch could not be written", error)
        if len(envelopes) == 1:
            return [Broken()], []
    results: list[Result] = []
    committed: list[Committed] = []
    for envelope in envelopes:
        one, told = decide_batch(store, broker, [envelope], defect)
        results += one
        committed += told
    return results, committed


def _alone(
    store: Store, broker: Broker, envelope: Envelope, defect: Defect, error: DasanError
) -> tuple[list[Result], list[Committed]]:
    for _ in range(CLASHES_MAX):
        if not isinstance(error, Clash):
            break
        try:
            return _together(store, broker, [envelope], defect)
        except (Clash, StorageFull) as again:
            error = again
    return [error], []


def _together(
    store: Store, broker: Broker, envelopes: Sequence[Envelope], defect: Defect
) -> tuple[list[Result], list[Committed]]:
    results: list[Result] = []
    decisions: list[Decision] = []
    with store.unit() as unit:
        _prefetch(unit, envelopes)
        for envelope in envelopes:
            try:
                decision = broker.handle(unit, envelope)
            except Clash:
                raise
            except DasanError as refused:
                results.append(refused)
            except Exception as error:  # the named edge: that command fails, the process lives
                defect(type(envelope.command).__name__, error)
                results.append(Broken())
            else:
                results.append(decision.reply)
                if not decision.repeated:
                    decisions.append(decision)
        if not decisions:
            return results, []
        unit.commit()
        positions = unit.positions
    return results, [committed_of(d, p) for d, p in zip(decisions, positions, strict=True)]


def _prefetch(unit: Unit, envelopes: Sequence[Envelope]) -> None:
    if len(envelopes) < 2:
        return
    streams = [getattr(e.command, "session", "") for e in envelopes] + [e.principal.id for e in envelopes]
    unit.prefetch([(e.principal.name, e.request_id) for e in envelopes if e.request_id], [s for s in streams if s])


def committed_of(decision: Decision, position: int) -> Committed:
    """What the world may know of a written decision."""
    return Committed(
        position,
        tuple(decision.events),
        decision.heads,
        {content.id: content.body for content in decision.contents},
        (*decision.deliveries, *decision.delivery_changes),
    )


class WriterGate:
    """The gate of a server: a bounded queue, one thread, batches (dasan.ports.Gate).

    ``defect(what, error)`` is told of our own faults, ``full()`` when something was refused for want of storage. Start
    and stop it in the event loop that submits.
    """

    def __init__(
        self,
        store: Store,
        broker: Broker,
        defect: Defect,
        full: Callable[[], None] = lambda: None,
        *,
        batch_max: int = 256,
        waiting_max: int = 8192,
    ) -> None:
        self._store, self._broker, self._defect, self._full = store, broker, defect, full
        self._batch_max, self._waiting_max = batch_max, waiting_max
        self._queue: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._listeners: list[Listener] = []
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    def listen(self, listener: Listener) -> None:
        """Be told of every commit, in order, in the event loop's thread."""
        self._listeners.append(listener)

    @property
    def waiting(self) -> int:
        """Commands not yet taken up by the writer."""
        return self._queue.qsize()

    async def start(self) -> None:
        """Start the writer thread."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._write, name="gate", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Write what was accepted, then end. Later submissions are refused."""
        self._stopping = True
        self._queue.put(None)
        if self._thread is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join, 30)

    def submit(self, envelope: Envelope) -> asyncio.Future[Mapping[str, Any]]:
        """The command's reply, once it is on disk."""
        return self._put(_Asked(envelope, self._future()))

    def call(self, what: Callable[[], T]) -> asyncio.Future[T]:
        """Run ``what`` on the writer thread, between batches: for accounts and other rows beside the journal."""
        return self._put(_Asked(None, self._future(), what))

    def _future(self) -> asyncio.Future[Any]:
        assert self._loop is not None, "the gate is not started"
        return self._loop.create_future()

    def _put(self, asked: _Asked) -> asyncio.Future[Any]:
        if self._stopping or self._queue.qsize() >= self._waiting_max:
            asked.future.set_exception(Refused("busy", after_s=2))
        else:
            self._queue.put(asked)
        return asked.future

    # -- the writer thread

    def _write(self) -> None:
        while True:
            batch = self._take()
            if batch is None:
                return
            self._run(batch)

    def _take(self) -> list[_Asked] | None:
        first = self._queue.get()
        if first is None:
            return None
        batch = [first]
        if self._queue.qsize() < COMPANY - 1:
            time.sleep(LINGER_S)
        while len(batch) < self._batch_max:
            try:
                asked = self._queue.get_nowait()
            except queue.Empty:
                break
            if asked is None:
                self._queue.put(None)  # finish this batch first
                break
            batch.append(asked)
        return batch

    def _run(self, batch: list[_Asked]) -> None:
        """Runs of commands together, calls in their place between them."""
        start = 0
        for n, asked in enumerate(batch):
            if asked.call is not None:
                self._commands(batch[start:n])
                self._tell([asked], [self._called(asked.call)], [])
                start = n + 1
        self._commands(batch[start:])

    def _called(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except DasanError as error:
            return error
        except Exception as error:  # the named edge: the caller fails, the writer lives
            self._defect("a call on the writer thread", error)
            return Broken()

    def _commands(self, asked: list[_Asked]) -> None:
        if not asked:
            return
        envelopes = [one.envelope for one in asked if one.envelope is not None]
        results, committed = decide_batch(self._store, self._broker, envelopes, self._defect)
        self._tell(asked, results, committed)

    def _tell(self, asked: list[_Asked], results: Sequence[Any], committed: list[Committed]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._told, asked, results, committed)
        except RuntimeError:  # the loop is gone: the process is ending, and what is on disk is on disk
            self._stopping = True

    def _told(self, asked: list[_Asked], results: Sequence[Any], committed: list[Committed]) -> None:
        for one, result in zip(asked, results, strict=True):
            if one.future.done():  # the waiter gave up; the effect stands
                continue
            if isinstance(result, BaseException):
                one.future.set_exception(result)
            else:
                one.future.set_result(result)
        if any(isinstance(result, StorageFull) for result in results):
            self._full()
        if not committed:
            return
        for listener in self._listeners:
            try:
                listener(committed)
            except Exception as error:  # the named edge: one listener must not silence the others
                self._defect("a listener of commits", error)


class InlineGate:
    """The gate without a thread, for the simulator and tests: commands are decided and committed where they stand."""

    def __init__(self, store: Store, broker: Broker, defect: Defect) -> None:
        self._store, self._broker, self._defect = store, broker, defect
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """As WriterGate.listen, in the caller's thread."""
        self._listeners.append(listener)

    def now(self, *envelopes: Envelope) -> list[Result]:
        """The results of ``envelopes``, committed together."""
        results, committed = decide_batch(self._store, self._broker, envelopes, self._defect)
        if committed:
            for listener in self._listeners:
                listener(committed)
        return results

    def handle(self, envelope: Envelope) -> Mapping[str, Any]:
        """The reply of one command. Raises what refused it."""
        result = self.now(envelope)[0]
        if isinstance(result, BaseException):
            raise result
        return result

    async def submit(self, envelope: Envelope) -> Mapping[str, Any]:
        """The Gate port, decided at once."""
        return self.handle(envelope)
