"""What runs beside a talk: announcements, the recording and the transcription, where the operator has accepted them.

Recording is level-triggered as the legs are: the session says on or paused, the network is told the difference. It
begins when the citizen and somebody else are in the room; where no menu has said so in this call, she is told first.
Each human side is transcribed on its own call, so that the speaker is known by the leg: the citizen, counselors, and a
line of the directory once it was told so, from when they are there until they are gone. Without a counselor nothing is
recorded or written down. What fails here holds up no call: it waits half a minute before it is asked for again, and
what the network will never do is not asked for twice.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from channels.voice.bare import REF as BARE
from channels.voice.links import Hop, Links
from channels.voice.seen import Sight
from channels.voice.words import voice
from dasan.core import leg as legs
from dasan.core.call import attended, in_company
from dasan.core.commands import PROVIDER, Envelope, RecordingFact
from dasan.core.errors import ProviderFailed
from dasan.core.leg import Leg
from dasan.core.session import Session
from dasan.core.time import SECOND

if TYPE_CHECKING:
    from channels.voice.door import VoicePorts, VoiceSettings

RECORDING, TRANSCRIPTION = "recording", "transcription"
KEEPING = frozenset({RECORDING, TRANSCRIPTION})  # what keeps words of whoever is in a room
ON, PAUSED, OFF = "on", "paused", "off"
ANNOUNCE_TRIES = 3
AGAIN_US = 30 * SECOND
NEVER_US = 1 << 62
_OURS = frozenset({legs.OF_CITIZEN, legs.OF_COUNSELOR})
_log = logging.getLogger("dasan.voice")


class Besides:
    """Does it for one session at a time, after its legs are where they shall be."""

    def __init__(self, ports: VoicePorts, settings: VoiceSettings, links: Links) -> None:
        self._p, self._s, self._links = ports, settings, links

    async def round(self, s: Session, sight: Sight, asked: list[tuple[str, str]]) -> None:
        """Everything that is due; ``asked`` are announcements, which are taken from it."""
        if s.closed_at_us:
            asked.clear()
            return
        citizen = next((leg for leg in reversed(s.legs) if leg.joined and leg.call), None)
        for party in s.parties:
            known = sight.of(party.id)
            if party.role == legs.OF_LINE and party.joined and not known.whispered:
                known.whispered = True
                asked.append(("whisper", party.id))
        await self._announce(s, citizen, asked, sight)
        together = citizen is not None and in_company(s)
        if citizen is not None and together:
            await self._record(s, citizen, sight)
        await self._transcribe(s, sight, together and attended(s))

    # -- announcements

    async def _announce(self, s: Session, citizen: Leg | None, asked: list[tuple[str, str]], sight: Sight) -> None:
        while asked:
            what, leg_id = asked.pop(0)
            leg = s.party(leg_id) if leg_id else citizen
            if leg is None or not leg.joined:
                continue
            hop = Hop(s.id, leg.id, what=s.language)
            url = self._links.to("voice/whisper" if what == "whisper" else f"voice/announce/{what}", hop)
            if await self._tried(s.id, leg.call, url) and what == "whisper":
                sight.of(leg.id).told = True

    async def _tried(self, room: str, call: str, url: str) -> bool:
        for _ in range(ANNOUNCE_TRIES):
            try:
                await self._p.provider.announce(room, call, url)
            except ProviderFailed as failed:
                if not failed.retryable:
                    break
            else:
                return True
        _log.warning("an announcement was not played")
        return False

    # -- recording

    async def _record(self, s: Session, citizen: Leg, sight: Sight) -> None:
        if RECORDING not in self._s.accept or s.recording == OFF:
            return
        now = sight.recording or ""
        wanted = PAUSED if s.recording == PAUSED or not attended(s) else ON
        if not now and wanted == PAUSED:
            return
        wish = "start" if not now else ("pause" if wanted == PAUSED else "resume")
        if now == wanted or self._put_off(sight, wish):
            return
        if wish == "start" and not _told(s, citizen):
            await self._announce(s, citizen, [("recording", "")], sight)
        callback = self._links.to("voice/recording", Hop(s.id, citizen.id, what=RECORDING))
        if await self._quietly(self._p.provider.record(citizen.call, wish, callback), wish, sight):
            sight.recording = wanted
            if s.recording != wanted and wanted == ON:
                command = RecordingFact(s.id, wanted)
                await self._p.gate.submit(Envelope(PROVIDER, self._p.ids.new("e"), command))

    # -- transcription

    async def _transcribe(self, s: Session, sight: Sight, there: bool) -> None:
        if TRANSCRIPTION not in self._s.accept:
            return
        for leg in (*s.legs, *s.parties):
            known = sight.of(leg.id)
            wanted = there and leg.joined and (leg.role in _OURS or (leg.role == legs.OF_LINE and known.told))
            if wanted == known.transcribed or leg.state not in legs.UP or self._put_off(sight, leg.id):
                continue
            callback = self._links.to("voice/transcript", Hop(s.id, leg.id))
            language = voice(s.language).transcribe
            # A server before us may have begun one, which goes on: two would write everything down twice.
            await self._quietly(self._p.provider.transcribe(leg.call, "stop"), "stop", sight)
            known.transcribed = False
            if not wanted:
                continue
            begun = self._p.provider.transcribe(leg.call, "start", callback, language)
            known.transcribed = await self._quietly(begun, leg.id, sight)

    # -- what may fail

    def _put_off(self, sight: Sight, what: str) -> bool:
        return self._p.clock.now_us() < sight.put_off.get(what, 0)

    async def _quietly(self, doing: Awaitable[None], what: str, sight: Sight) -> bool:
        """Whether it was (or may have been) done: a second start would be a second recording."""
        try:
            await doing
        except ProviderFailed as failed:
            _log.warning("beside the call something was not done", extra={"what": what, "code": failed.code})
            again = failed.retryable or failed.unknown_outcome
            sight.put_off[what] = self._p.clock.now_us() + AGAIN_US if again else NEVER_US
            return failed.unknown_outcome
        return True


def _told(s: Session, citizen: Leg) -> bool:
    """Whether a menu has told her in this call, at its beginning, that it is recorded; the way to a person without
    one (channels/voice/bare.py) does not."""
    return s.flow is not None and s.flow.leg == citizen.id and s.flow.ref != BARE
