"""Twilio behind the port to a telephone network (dasan/telephony.py), through Twilio's own package.

Every failure leaves as ProviderFailed by the table in errors.py. What may be repeated without harm is: a label that is
taken answers with the call that has it, and ending what is over is no error.

Rooms are asked for by their friendly name, which Twilio knows only as a filter: the sid that was found is remembered,
a bounded number of them, and forgotten when Twilio no longer knows it. Recording and transcription send people's
voices abroad: they are refused here (``not_accepted``) unless the operator has accepted them by name.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from channels.twilio import account, shapes
from channels.twilio.errors import GONE, LABEL_TAKEN, NOT_ACCEPTED
from channels.twilio.exchange import AtOnce, Exchange, Runner, Threads, connect
from dasan.core.errors import ProviderFailed
from dasan.telephony import Account, CallSeen, Outgoing, Ring, RoomSeen, Seen, Set

__all__ = ["Addresses", "AtOnce", "Ears", "Exchange", "Runner", "Speech", "Threads", "TwilioVoice", "connect"]

T = TypeVar("T")

ROOMS_MAX = 2_000
CALLS_MAX = 5_000
SIDS_KEPT = 10_000
LISTED_AT_ONCE = 8  # rooms whose participants are asked for at the same time
TRANSCRIPTION = "dasan"

RECORDING, TRANSCRIBING, STREAMS = "recording", "transcription", "streams"


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
        return [shapes.call(row) for row in found if shapes.not_before(row, since)]

    async def hang_up(self, call: str) -> None:
        """As the port says; what is over stays over."""
        await self._ending(lambda c: c.calls(call).update(status="completed"))

    async def call(self, call: str) -> CallSeen | None:
        """As the port says."""
        return await _if_there(self._exchange.read(lambda c: shapes.call(c.calls(call).fetch())))

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
        seen = await self._in_room(room, _participants)
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
        await self._in_room(room, lambda c, sid: c.conferences(sid).participants(call).delete(), wrote=True)

    async def rooms(self) -> Sequence[RoomSeen]:
        """As the port says: the rooms in two requests, then each room's participants, a few at once."""
        rows: list[Any] = []
        for status in ("in-progress", "init"):
            rows += await self._exchange.read(partial(_listed, "conferences", status, ROOMS_MAX))
        gate = asyncio.Semaphore(LISTED_AT_ONCE)
        return await asyncio.gather(*(self._room_seen(row, gate) for row in rows))

    async def _room_seen(self, row: Any, gate: asyncio.Semaphore) -> RoomSeen:
        sid = str(row.sid)
        async with gate:
            seen = await _if_there(self._exchange.read(lambda c: _participants(c, sid))) or []
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
        done = self._exchange.write(
            lambda c: c.calls(call).recordings("Twilio.CURRENT").update(status=status, **silence)
        )
        await (_if_there(done) if wish == "stop" else done)

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

    async def _ending(self, work: Callable[[Any], Any]) -> None:
        await _if_there(self._exchange.write(work))

    async def _participant(self, room: str, call: str, wish: dict[str, Any]) -> None:
        done = await self._in_room(
            room, lambda c, sid: c.conferences(sid).participants(call).update(**wish), wrote=True
        )
        if done is None:
            raise ProviderFailed(GONE, retryable=False, detail="not in the room")

    async def _in_room(self, room: str, work: Callable[[Any, str], T], *, wrote: bool = False) -> T | None:
        """``work`` with the room's sid; once more with a fresh one when a remembered one is no longer known. None when
        there is no such room, or no such participant in it."""
        ask = self._exchange.write if wrote else self._exchange.read
        known = self._sids.get(room)
        if known is not None:
            done = await _if_there(ask(lambda c: work(c, known)))
            if done is not None:
                return done
            self._sids.pop(room, None)
        found = await self._resolve(room)
        if found is None or found == known:
            return None
        return await _if_there(ask(lambda c: work(c, found)))

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


async def _if_there(asked: Awaitable[T]) -> T | None:
    """The answer; None when the network knows no such thing, or not any more."""
    try:
        return await asked
    except ProviderFailed as failed:
        if failed.code != GONE:
            raise
        return None


def _listed(what: str, status: str, most: int, client: Any) -> list[Any]:
    return list(getattr(client, what).list(status=status, limit=most, page_size=1_000))


def _participants(client: Any, sid: str) -> list[Seen]:
    return [shapes.seen(row) for row in client.conferences(sid).participants.list(limit=250, page_size=250)]
