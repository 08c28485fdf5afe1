"""What is said in a call, as the network transcribes it: put in order, finals kept, partials only shown.

Pieces come over separate requests, late, doubled and overtaking one another. A transcription numbers its pieces from 1;
order is promised within a track only. A final waits until everything numbered before it is here, at most ``PATIENCE_S``
and ``HELD_MAX`` pieces long: then what is missing counts as lost. A piece that comes after its turn is still taken.
"""

from __future__ import annotations

import asyncio
import json
import logging
from bisect import insort
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from channels.twilio.webhook import Form
from channels.voice.links import Hop
from dasan.core import leg as legs
from dasan.core.commands import PROVIDER, Envelope, HearSpeech
from dasan.core.errors import DasanError
from dasan.core.session import Session
from dasan.core.text import clean

if TYPE_CHECKING:
    from channels.voice.door import VoicePorts

_log = logging.getLogger("dasan.voice")
PATIENCE_S = 1.0
HELD_MAX = 32
STREAMS_MAX = 4_000
SEEN_MAX = 512
INBOUND, OUTBOUND = "inbound_track", "outbound_track"


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """A final piece: its number, its track, what was said, how sure (percent; 0 unknown)."""

    seq: int
    track: str
    text: str
    confidence_pct: int = 0


@dataclass(slots=True)
class Order:
    """Puts one transcription's pieces in order; pure. ``upto``: everything up to that number is here or given up."""

    upto: int = 0
    early: set[int] = field(default_factory=set)
    held: list[Piece] = field(default_factory=list)
    taken: OrderedDict[tuple[str, int], None] = field(default_factory=OrderedDict)

    def seen(self, seq: int) -> list[Piece]:
        """A number that says nothing final has come; what may be told by it."""
        self._mark(seq)
        return self._due()

    def add(self, piece: Piece) -> list[Piece]:
        """A final piece has come; what may be told now, in order. A repeat tells nothing."""
        key = (piece.track, piece.seq)
        if key in self.taken:
            return []
        self.taken[key] = None
        if len(self.taken) > SEEN_MAX:
            self.taken.popitem(last=False)
        insort(self.held, piece)
        self._mark(piece.seq)
        due = self._due()
        while len(self.held) > HELD_MAX:
            due += self.give_up()
        return due

    def give_up(self) -> list[Piece]:
        """What the first held piece waits for is lost."""
        if not self.held:
            return []
        self.upto = max(self.upto, self.held[0].seq)
        self._advance()
        return self._due()

    def _mark(self, seq: int) -> None:
        if seq > self.upto and len(self.early) < SEEN_MAX:
            self.early.add(seq)
        self._advance()

    def _advance(self) -> None:
        self.early = {seq for seq in self.early if seq > self.upto}
        while self.upto + 1 in self.early:
            self.upto += 1
            self.early.discard(self.upto)

    def _due(self) -> list[Piece]:
        due = [piece for piece in self.held if piece.seq <= self.upto]
        self.held = self.held[len(due) :]
        return due


@dataclass(slots=True)
class _Stream:
    session: str
    leg: str
    order: Order = field(default_factory=Order)
    timer: asyncio.TimerHandle | None = None
    tail: asyncio.Task[None] | None = None


class Transcripts:
    """Every transcription that runs."""

    def __init__(self, ports: VoicePorts) -> None:
        self._p = ports
        self._streams: OrderedDict[str, _Stream] = OrderedDict()
        self.failed = 0

    def heard(self, form: Form, hop: Hop) -> None:
        """A request of the network: started, content, stopped or an error."""
        sid, event = form.get("TranscriptionSid")[:64], form.get("TranscriptionEvent")
        stream = self._stream(sid, hop)
        seq = form.number("SequenceId")
        if event == "transcription-content":
            self._content(form, sid, stream, seq)
        elif event == "transcription-error":  # two spellings of its fields are known; neither is kept
            self.failed += 1
        elif event == "transcription-stopped":
            while stream.order.held:
                self._tell(sid, stream, stream.order.give_up())
        else:
            self._tell(sid, stream, stream.order.seen(seq))

    def _content(self, form: Form, sid: str, stream: _Stream, seq: int) -> None:
        said = _json(form.get("TranscriptionData"))
        text = clean(str(said.get("transcript", "")))
        track = form.get("Track") or INBOUND
        leg = self._speaker(stream, track)
        if form.get("Final").lower() != "true":
            self._tell(sid, stream, stream.order.seen(seq))
            if text and leg:
                self._p.desk.partial(stream.session, leg, text)
            return
        if not text or not leg:
            self._tell(sid, stream, stream.order.seen(seq))
            return
        self._tell(sid, stream, stream.order.add(Piece(seq, track, text, _percent(said.get("confidence")))))
        self._arm(sid, stream)

    def _speaker(self, stream: _Stream, track: str) -> str:
        """Whose words they are. Inbound is the leg itself. What a citizen hears is the counselor, when nobody else is
        there and she has no transcription of her own; any other outbound track would be a second copy."""
        if track == INBOUND:
            return stream.leg
        s = self._p.sessions.get(stream.session)
        leg = s.leg(stream.leg) if s is not None else None
        if s is None or leg is None:
            return ""
        counselor = _counselor(s)
        alone = counselor and not any(one.leg == counselor for one in self._streams.values())
        return counselor if alone else ""

    def _tell(self, sid: str, stream: _Stream, pieces: list[Piece]) -> None:
        """Recorded one after the other: each waits for the one before."""
        for piece in pieces:
            speaker = self._speaker(stream, piece.track)
            if speaker:
                stream.tail = asyncio.get_running_loop().create_task(
                    self._record(f"{sid}:{piece.track}:{piece.seq}", stream, speaker, piece, stream.tail)
                )

    async def _record(
        self, key: str, stream: _Stream, speaker: str, piece: Piece, before: asyncio.Task[None] | None
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        command = HearSpeech(stream.session, speaker, piece.text, piece.confidence_pct)
        try:
            await self._p.gate.submit(Envelope(PROVIDER, key, command))
        except DasanError as error:
            self.failed += 1
            _log.warning("a piece of speech could not be recorded", extra={"code": error.code})

    async def close(self) -> None:
        """What was heard is recorded; what waits for its order is told now."""
        for sid, stream in self._streams.items():
            if stream.timer is not None:
                stream.timer.cancel()
            while stream.order.held:
                self._tell(sid, stream, stream.order.give_up())
        tails = [stream.tail for stream in self._streams.values() if stream.tail is not None]
        if tails:
            await asyncio.wait(tails, timeout=2.0)

    def _arm(self, sid: str, stream: _Stream) -> None:
        if stream.order.held and stream.timer is None:
            loop = asyncio.get_running_loop()
            stream.timer = loop.call_later(PATIENCE_S, self._impatient, sid, stream)

    def _impatient(self, sid: str, stream: _Stream) -> None:
        stream.timer = None
        self._tell(sid, stream, stream.order.give_up())
        self._arm(sid, stream)

    def _stream(self, sid: str, hop: Hop) -> _Stream:
        stream = self._streams.get(sid)
        if stream is None:
            stream = self._streams[sid] = _Stream(hop.session, hop.leg)
            if len(self._streams) > STREAMS_MAX:
                _, oldest = self._streams.popitem(last=False)
                if oldest.timer is not None:
                    oldest.timer.cancel()
        self._streams.move_to_end(sid)
        return stream


def _counselor(s: Session) -> str:
    there = [leg for leg in s.parties if leg.joined]
    return there[0].id if len(there) == 1 and there[0].role == legs.OF_COUNSELOR else ""


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _percent(value: object) -> int:
    return max(0, min(100, round(value * 100))) if isinstance(value, int | float) else 0
