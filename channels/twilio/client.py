"""Twilio behind the port to a telephone network (dasan/telephony.py), through Twilio's own package.

The package blocks, so each request runs where :class:`Runner` says: in a bounded pool of threads under a time-out, or
at once when the network is a stand-in in this process. Every failure leaves as ProviderFailed by the table in
errors.py. What may be repeated without harm is: a label that is taken answers with the call that has it, and ending
what is over is no error.

Rooms are asked for by their friendly name, which Twilio knows only as a filter: the sid that was found is remembered,
a bounded number of them, and forgotten when Twilio no longer knows it. Recording and transcription send people's
voices abroad: they are refused here (``not_accepted``) unless the operator has accepted them by name.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.rest import Client

from channels.twilio import account, shapes
from channels.twilio.errors import BUSY, GONE, LABEL_TAKEN, NOT_ACCEPTED, of_exception, unanswered
from channels.twilio.pace import Pace
from dasan.core.errors import ProviderFailed
from dasan.telephony import Account, CallSeen, Outgoing, Ring, RoomSeen, Seen, Set

T = TypeVar("T")

ROOMS_MAX = 2_000
CALLS_MAX = 5_000
SIDS_KEPT = 10_000
AT_ONCE = 8
WAITING_MAX = 400
TRANSCRIPTION = "dasan"

RECORDING, TRANSCRIBING, STREAMS = "recording", "transcription", "streams"

_log = logging.getLogger("dasan.twilio")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the network tells us what became of a wish: absolute addresses of ours. ``leg`` of a ring (room, label),
    ``room`` of a room, ``call`` of an outgoing call (its key), ``wait`` what a leg hears alone in a room ("" for
    Twilio's own music)."""

    leg: Callable[[str, str], str]
    room: Callable[[str], str]
    call: Callable[[str], str]
    wait: Callable[[str], str] = lambda _room: ""


@dataclass(frozen=True, slots=True)
class Speech:
    """The recogniser of a transcription: ``engine`` google or deepgram, ``model`` one of that engine's."""

    engine: str = "google"
    model: str = "telephony"


class Ears(Protocol):
    """An engine on this side that understands calls from their streams (channels/media/ears.py)."""

    url: str

    def expect(self, call: str, callback: str, language: str) -> None:
        """A stream of that call will come."""
        ...

    def forget(self, call: str) -> None:
        """None will."""
        ...


class Runner(Protocol):
    """Where a blocking request is made."""

    async def __call__(self, work: Callable[[], T], *, wrote: bool) -> T:
        """``work``'s result."""
        ...


class Threads:
    """A bounded pool; a request that has not come back after ``within_s`` is given up as unanswered."""

    def __init__(self, within_s: float = 15.0, threads: int = AT_ONCE, waiting_max: int = WAITING_MAX) -> None:
        self._within_s = within_s
        self._waiting_max = waiting_max
        self._under_way = 0
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="twilio")

    async def __call__(self, work: Callable[[], T], *, wrote: bool) -> T:
        """Raises ProviderFailed: ``network_busy`` when too many wait already; for a time-out, after which it is not
        known whether the request was carried out."""
        if self._under_way >= self._waiting_max:
            raise ProviderFailed(BUSY, retryable=True, after_s=1.0, detail="too many requests wait")
        self._under_way += 1
        try:
            async with asyncio.timeout(self._within_s):
                return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        except TimeoutError as wrong:
            raise unanswered(wrote=wrote, sent=True, detail="time-out") from wrong
        finally:
            self._under_way -= 1

    def close(self) -> None:
        """Let go of the threads; what is under way ends by its own time-out."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class AtOnce:
    """On the caller's own stack, for a network in this process."""

    async def __call__(self, work: Callable[[], T], *, wrote: bool) -> T:
        """No waiting, no threads."""
        return work()


def connect(account_sid: str, auth_token: str, http: HttpClient, api_base: str = "") -> Any:
    """The package's client. ``api_base`` is another address of the REST interface; "" is Twilio's own.

    The package would read TWILIO_EDGE and the like from the environment without a word: it is given one of its own."""
    client = Client(account_sid, auth_token, http_client=http, environment={"": ""})
    if api_base:
        client.api.base_url = api_base.rstrip("/")
    return client


class Exchange:
    """One way to the network for calls and texts alike: where requests run, how fast, and what failed."""

    def __init__(self, client: Any, run: Runner, pace: Pace) -> None:
        self.client = client
        self.pace = pace
        self._run = run
        self.failed: Counter[str] = Counter()

    async def read(self, work: Callable[[Any], T]) -> T:
        """A request that changes nothing."""
        self.pace.ask()
        return await self._do(work, wrote=False)

    async def write(self, work: Callable[[Any], T], *, new_call: bool = False) -> T:
        """A request that changes something; ``new_call`` takes from the account's rate of new calls."""
        if new_call:
            self.pace.new_call()
        else:
            self.pace.ask()
        return await self._do(work, wrote=True)

    async def _do(self, work: Callable[[Any], T], *, wrote: bool) -> T:
        try:
            return await self._run(lambda: work(self.client), wrote=wrote)
        except ProviderFailed as failed:
            raise self._counted(failed) from None
        except TwilioException as wrong:  # its words hold addresses and numbers
            raise self._counted(of_exception(wrong, wrote=wrote)) from None
        except (ValueError, KeyError, TypeError) as wrong:  # an answer that is not what the package expects
            raise self._counted(unanswered(wrote=wrote, sent=True, detail=type(wrong).__name__)) from wrong

    def _counted(self, failed: ProviderFailed) -> ProviderFailed:
        self.failed[failed.code] += 1
        if failed.code != GONE:
            _log.warning("the network refused or did not answer", extra={"code": failed.code, "detail": failed.detail})
        return failed


class TwilioVoice:
    """The VoiceProvider (dasan/telephony.py) that speaks to Twilio."""

    def __init__(
        self,
        exchange: Exchange,
        addresses: Addresses,
        *,
        accepted: Iterable[str] = (),
        speech: Speech | None = None,
        ears: Ears | None = None,
    ) -> None:
        self._exchange = exchange
        self._addresses = addresses
        self._accepted = frozenset(accepted)
        self._speech = speech or Speech()
        self._ears = ears
        self._sids: OrderedDict[str, str] = OrderedDict()

    # -- calls

    async def redirect(self, call: str, url: str) -> None:
        """As the port says; a call that is over raises ProviderFailed("call_gone")."""
        await self._exchange.write(lambda c: c.calls(call).update(url=url, method="POST"))

    async def dial(self, out: Outgoing) -> str:
        """As the port says."""
        wish = shapes.dialled(out, self._addresses.call(out.key))
        made = await self._exchange.write(lambda c: c.calls.create(**wish), new_call=True)
        return shapes.sid(made.sid)

    async def dialled(self, to: str, since_us: int) -> Sequence[CallSeen]:
        """As the port says. A call that waits to be started has no start yet, so its creation is compared."""
        found = await self._exchange.read(lambda c: c.calls.list(to=to, limit=50))
        since = shapes.instant(since_us)
        return [shapes.call(row) for row in found if _since(row.date_created, since)]

    async def hang_up(self, call: str) -> None:
        """As the port says; what is over stays over."""
        await self._ending(lambda c: c.calls(call).update(status="completed"))

    async def call(self, call: str) -> CallSeen | None:
        """As the port says."""
        try:
            return shapes.call(await self._exchange.read(lambda c: c.calls(call).fetch()))
        except ProviderFailed as failed:
            if failed.code == GONE:
                return None
            raise

    async def calls(self) -> Sequence[CallSeen]:
        """As the port says."""
        found: list[CallSeen] = []
        for status in ("in-progress", "ringing", "queued"):
            rows = await self._exchange.read(partial(_listed, "calls", status, CALLS_MAX))
            found += [shapes.call(row) for row in rows]
        return found

    # -- rooms

    async def ring(self, ring: Ring) -> str:
        """As the port says."""
        a = self._addresses
        wish = shapes.rung(ring, a.leg(ring.room, ring.label), a.room(ring.room), a.wait(ring.room))
        try:
            made = await self._exchange.write(
                lambda c: c.conferences(ring.room).participants.create(**wish), new_call=True
            )
        except ProviderFailed as failed:
            there = await self.find(ring.room, ring.label) if failed.code == LABEL_TAKEN else None
            if there is None:
                raise
            return there
        self._remember(ring.room, shapes.sid(made.conference_sid))
        return shapes.sid(made.call_sid)

    async def find(self, room: str, label: str) -> str | None:
        """As the port says. The room is looked up anew: one that is over still lists its (no) participants, and a label
        that is overlooked is rung twice."""
        self._sids.pop(room, None)
        seen = await self._in_room(room, _participants, None)
        return next((p.call for p in seen or () if p.label == label and shapes.is_there(p)), None)

    async def set(self, room: str, call: str, change: Set) -> None:
        """As the port says; a participant that has left raises ProviderFailed("call_gone")."""
        wish = shapes.changed(change)
        if wish:
            await self._participant(room, call, wish)

    async def announce(self, room: str, call: str, url: str) -> None:
        """As the port says."""
        await self._participant(room, call, {"announce_url": url, "announce_method": "POST"})

    async def remove(self, room: str, call: str) -> None:
        """As the port says; who has left has left."""
        await self._in_room(room, lambda c, sid: c.conferences(sid).participants(call).delete(), None, wrote=True)

    async def rooms(self) -> Sequence[RoomSeen]:
        """As the port says: the rooms in two requests, then each room's participants, a few at once."""
        rows: list[Any] = []
        for status in ("in-progress", "init"):
            rows += await self._exchange.read(partial(_listed, "conferences", status, ROOMS_MAX))
        gate = asyncio.Semaphore(AT_ONCE)
        return await asyncio.gather(*(self._room_seen(row, gate) for row in rows))

    async def _room_seen(self, row: Any, gate: asyncio.Semaphore) -> RoomSeen:
        sid = str(row.sid)
        async with gate:
            try:
                seen = await self._exchange.read(lambda c: _participants(c, sid))
            except ProviderFailed as failed:
                if failed.code != GONE:
                    raise
                seen = []
        self._remember(str(row.friendly_name), sid)
        return RoomSeen(str(row.friendly_name), sid, tuple(p for p in seen if shapes.is_there(p)))

    # -- beside a call

    async def record(self, call: str, wish: str, callback: str = "") -> None:
        """As the port says. A pause is silence, so that instants in the recording stay true."""
        self._accept(RECORDING)
        if wish == "start":
            told = {"recording_status_callback": callback} if callback else {}
            await self._exchange.write(
                lambda c: c.calls(call).recordings.create(recording_channels="dual", recording_track="both", **told)
            )
            return
        status = {"pause": "paused", "resume": "in-progress", "stop": "stopped"}[wish]
        silence = {"pause_behavior": "silence"} if wish == "pause" else {}
        await self._ending(
            lambda c: c.calls(call).recordings("Twilio.CURRENT").update(status=status, **silence), quiet=wish == "stop"
        )

    async def transcribe(self, call: str, wish: str, callback: str = "", language: str = "ko-KR") -> None:
        """As the port says; by the engine on this side where there is one, over a stream of the call."""
        if self._ears is not None:
            await self._listen(self._ears, call, wish, callback, language)
            return
        self._accept(TRANSCRIBING)
        if wish == "start":
            told = shapes.transcribed(callback, language, self._speech.engine, self._speech.model, TRANSCRIPTION)
            await self._exchange.write(lambda c: c.calls(call).transcriptions.create(**told))
            return
        await self._ending(lambda c: c.calls(call).transcriptions(TRANSCRIPTION).update(status="stopped"))

    async def _listen(self, ears: Ears, call: str, wish: str, callback: str, language: str) -> None:
        self._accept(STREAMS)
        if wish == "start":
            ears.expect(call, callback, language)  # first: the socket may come before the answer
            await self._exchange.write(
                lambda c: c.calls(call).streams.create(url=ears.url, track="inbound_track", name=TRANSCRIPTION)
            )
            return
        ears.forget(call)
        await self._ending(lambda c: c.calls(call).streams(TRANSCRIPTION).update(status="stopped"))

    async def account(self) -> Account:
        """As the port says."""
        return await self._exchange.read(account.read)

    # -- how

    def _accept(self, what: str) -> None:
        if what not in self._accepted:
            raise ProviderFailed(NOT_ACCEPTED, retryable=False, detail=what)

    async def _ending(self, work: Callable[[Any], Any], *, quiet: bool = True) -> None:
        try:
            await self._exchange.write(work)
        except ProviderFailed as failed:
            if failed.code != GONE or not quiet:
                raise

    async def _participant(self, room: str, call: str, wish: dict[str, Any]) -> None:
        done = await self._in_room(
            room, lambda c, sid: c.conferences(sid).participants(call).update(**wish), None, wrote=True
        )
        if done is None:
            raise ProviderFailed(GONE, retryable=False, detail="not in the room")

    async def _in_room(
        self, room: str, work: Callable[[Any, str], T], absent: T | None, *, wrote: bool = False
    ) -> T | None:
        """``work`` with the room's sid; once more with a fresh one when a remembered one is no longer known.
        ``absent`` when there is no such room, or no such participant in it."""
        ask = self._exchange.write if wrote else self._exchange.read
        known = self._sids.get(room)
        if known:
            try:
                return await ask(lambda c: work(c, known))
            except ProviderFailed as failed:
                if failed.code != GONE:
                    raise
                self._sids.pop(room, None)
        found = await self._resolve(room)
        if found is None or found == known:
            return absent
        try:
            return await ask(lambda c: work(c, found))
        except ProviderFailed as failed:
            if failed.code != GONE:
                raise
            return absent

    async def _resolve(self, room: str) -> str | None:
        rows = await self._exchange.read(lambda c: c.conferences.list(friendly_name=room, limit=20))
        sid = next((str(row.sid) for row in rows if str(row.status) != "completed"), None)
        if sid is not None:
            self._remember(room, sid)
        return sid

    def _remember(self, room: str, sid: str) -> None:
        self._sids[room] = sid
        self._sids.move_to_end(room)
        while len(self._sids) > SIDS_KEPT:
            self._sids.popitem(last=False)


def _listed(what: str, status: str, most: int, client: Any) -> list[Any]:
    return list(getattr(client, what).list(status=status, limit=most, page_size=1_000))


def _participants(client: Any, sid: str) -> list[Seen]:
    return [shapes.seen(row) for row in client.conferences(sid).participants.list(limit=250, page_size=250)]


def _since(created: datetime | None, since: datetime) -> bool:
    return created is None or created >= since


__all__ = ["Addresses", "AtOnce", "Exchange", "Runner", "Speech", "Threads", "TwilioVoice", "connect"]
