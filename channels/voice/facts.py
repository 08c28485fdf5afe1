"""What the network tells without asking for a document: states of calls, rooms, recordings, speech and messages.

Each becomes a command; the broker lets a leg move only forward, so that doubled and late words are harmless. Words of a
room go to and fro, and are numbered: an older number than the last one of that call is passed over. What is lost is
found by the reconciler.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from channels.twilio.webhook import Form
from channels.voice.door import VoiceDoor
from channels.voice.hands import CAUSES
from channels.voice.hops import is_machine
from channels.voice.links import Hop
from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core.commands import PROVIDER, Envelope
from dasan.core.errors import BadInput
from dasan.core.ids import LEG, SESSION, TEXT, is_id
from dasan.core.session import Session

KEPT = 20_000
_CALL = re.compile(r"CA[0-9a-f]{32}")
_ROOM = re.compile(r"CF[0-9a-f]{32}")
STATES: Final = {"ringing": "ringing", "in-progress": "connected", "answered": "connected"}
ROOM_FACTS: Final = {
    "participant-join": "joined",
    "participant-leave": "left",
    "participant-hold": "held",
    "participant-unhold": "unheld",
}
# A message's state at the network -> the broker's fact.
TEXT_FACTS: Final = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "undelivered",
    "failed": "failed",
}


class Facts:
    """One method a route; each may raise DasanError, and answers nothing."""

    def __init__(self, door: VoiceDoor) -> None:
        self._d, self._p = door, door.ports
        self._rooms: OrderedDict[tuple[str, str], int] = OrderedDict()

    async def status(self, form: Form, hop: Hop) -> None:
        """A call has moved."""
        call, status = form.get("CallSid"), form.get("CallStatus")
        if not _CALL.fullmatch(call):
            raise BadInput("malformed", field="CallSid")
        if hop.what == "line":  # a line that the menu dialled: its Dial tells what came of it
            return
        session, leg = self._whose(call, hop)
        if not session or not leg:
            self._d.counts["unknown_call"] += 1
            return
        if is_machine(form):
            await self._fact(c.LegFact(session, leg, "ended", call, "no_answer"), f"{call}:machine")
        elif status in CAUSES:
            self._d.switchboard.over(session, leg, call)
            cause = await self._cause(session, leg, status)
            await self._fact(c.LegFact(session, leg, "ended", call, cause), f"{call}:{status}")
        elif status in STATES:
            await self._fact(c.LegFact(session, leg, STATES[status], call), f"{call}:{status}")

    async def room(self, form: Form, hop: Hop) -> None:
        """Somebody has come into a room, gone, been put on hold."""
        fact = ROOM_FACTS.get(form.get("StatusCallbackEvent"))
        room, call = form.get("ConferenceSid"), form.get("CallSid")
        if fact is None:
            return
        if not _ROOM.fullmatch(room) or not _CALL.fullmatch(call):
            raise BadInput("malformed", field="ConferenceSid, CallSid")
        session = hop.session or form.get("FriendlyName")
        label = form.get("ParticipantLabel")
        leg = label if is_id(label, LEG) else self._whose(call, Hop(session))[1]
        if not is_id(session, SESSION) or not leg:
            self._d.counts["unknown_call"] += 1
            return
        number = form.number("SequenceNumber")
        if self._late(room, call, number):
            return
        await self._fact(c.LegFact(session, leg, fact, call), f"{room}:{number}:{call}" if number else "")

    async def recording(self, form: Form, hop: Hop) -> None:
        """A recording is complete."""
        self._d.keeper.heard(form, hop)

    async def transcript(self, form: Form, hop: Hop) -> None:
        """Somebody's words."""
        if not hop.session or not hop.leg or not form.get("TranscriptionSid"):
            raise BadInput("malformed", field="s, l, TranscriptionSid")
        self._d.transcripts.heard(form, hop)

    async def message(self, form: Form, hop: Hop) -> None:
        """What became of a short message. ``n`` in the address is its id."""
        status, text = form.get("MessageStatus") or form.get("SmsStatus"), hop.line
        if status not in TEXT_FACTS or not is_id(text, TEXT):
            return
        sid, code = form.get("MessageSid")[:64], form.get("ErrorCode")
        command = c.TextFact(text, TEXT_FACTS[status], sid, code if code.isascii() and code.isdigit() else "")
        await self._fact(command, f"{sid}:{status}")

    # -- what several of them need

    def _whose(self, call: str, hop: Hop) -> tuple[str, str]:
        session, leg = hop.session, hop.leg
        if leg and not session:
            session = self._d.registry.of_leg(leg)
        if not leg:
            found = self._d.registry.of_call(call)
            if found is not None and session in {"", found[0]}:
                session, leg = found
        return session, leg

    async def _cause(self, session: str, leg_id: str, status: str) -> str:
        """Who hangs up an answered call is its own side: the citizen has left, anybody else ended normally."""
        s: Session | None = self._p.sessions.get(session)
        leg = s.party(leg_id) if s is not None else None
        if s is None or leg is None or status != "completed" or leg.role != legs.OF_CITIZEN or leg.state not in legs.UP:
            return CAUSES[status]
        told_bye = s.flow is not None and s.flow.leg == leg.id and s.flow.outcome == "ended"
        return "normal" if told_bye else "citizen_left"

    def _late(self, room: str, call: str, number: int) -> bool:
        """Whether a later word of that call in that room was heard already."""
        last = self._rooms.get((room, call), 0)
        if number and number < last:
            return True
        self._rooms[room, call] = max(number, last)
        self._rooms.move_to_end((room, call))
        if len(self._rooms) > KEPT:
            self._rooms.popitem(last=False)
        return False

    async def _fact(self, command: c.Command, key: str) -> None:
        await self._p.gate.submit(Envelope(PROVIDER, key or self._p.ids.new("e"), command))


Method = Callable[[Facts, Form, Hop], Awaitable[None]]
TELLS: Final[Mapping[str, Method]] = {
    "voice/status": Facts.status,
    "voice/room": Facts.room,
    "voice/recording": Facts.recording,
    "voice/transcript": Facts.transcript,
    "sms/status": Facts.message,
}
