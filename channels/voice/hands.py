"""Carrying out one operation of the plan: a claim where one is needed, the wish to the network, and what is seen then.

Ringing and calling are not idempotent at the network: each is claimed by a committed command first, and what may have
been heard is asked for before it is said again. Everything else may be repeated. Raises ProviderFailed where the plan
shall be made again later; what can never succeed ends the leg with its cause instead.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from channels.voice import plan as p
from channels.voice.links import Hop, Links
from channels.voice.seen import Sight
from dasan.core import leg as legs
from dasan.core.call import Place
from dasan.core.commands import PROVIDER, SWITCHBOARD, Command, DialLeg, Envelope, LegDialled, LegFact, Principal
from dasan.core.errors import ProviderFailed
from dasan.core.leg import Leg
from dasan.core.session import Session
from dasan.core.time import SECOND
from dasan.telephony import CallSeen, Outgoing, Ring

if TYPE_CHECKING:
    from channels.voice.door import VoicePorts, VoiceSettings

GONE = "call_gone"  # channels/twilio/errors.py: the other side hung up while we spoke to the network
RING_S_MIN, RING_S_MAX = 5, 120
CLOCKS_US = 60 * SECOND  # how far the network's clock may stand behind ours when it is asked
LIVE = frozenset({"queued", "ringing", "in-progress", "initiated"})
# How a call that is over ended -> the cause of its leg's end.
CAUSES = {
    "completed": "normal",
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "network",
    "canceled": "timeout",
}
_REFUSED = {"bad_number": "rejected", "bad_sender": "network", "network_auth": "network", "no_coach": "network"}
_SOFT = frozenset({"abuse_ended", "timeout"})  # ends that are told to the caller before the call is over
Whose = Callable[[str], tuple[str, str] | None]  # (session, leg) that a call is known to carry


class Hands:
    """Does what the plan says, for one session at a time."""

    def __init__(self, ports: VoicePorts, settings: VoiceSettings, links: Links, whose: Whose) -> None:
        self._p, self._s, self._links, self._whose = ports, settings, links, whose

    async def do(self, op: p.Op, place: Place, session: Session, sight: Sight) -> None:
        """Carry out ``op`` for ``place``. Raises ProviderFailed."""
        leg = session.party(op.leg)
        assert leg is not None, op
        await _DOES[type(op)](self, op, place, session, leg, sight)

    async def _ring(self, op: p.RingLeg, place: Place, s: Session, leg: Leg, sight: Sight) -> None:
        to = await self.endpoint(s, leg)
        if not to:
            await self.ended(s, leg, "network", sight)
            return
        reply = await self.submit(SWITCHBOARD, DialLeg(s.id, leg.id))
        ring_s = max(RING_S_MIN, min(int(reply["ring_s"]), RING_S_MAX))
        sight.of(leg.id).claimed_us = int(reply["since_us"])
        call = await self._rung_already(s, leg, to, sight) if reply["ask_first"] else ""
        if call is None:
            return
        try:
            call = call or await self._ask_for(place, s, leg, to, ring_s, sight)
        except ProviderFailed as failed:
            if failed.retryable or failed.unknown_outcome:
                raise
            await self.ended(s, leg, _REFUSED.get(failed.code, "network"), sight)
            return
        await self.submit(SWITCHBOARD, LegDialled(s.id, leg.id, call))

    async def _ask_for(self, place: Place, s: Session, leg: Leg, to: str, ring_s: int, sight: Sight) -> str:
        provider = self._p.provider
        if leg.role == legs.OF_CITIZEN:
            url = self._links.to("voice/join", Hop(s.id, leg.id))
            machine = s.callback is None  # nobody hears a menu's question on a machine; a counselor hears that it is
            return await provider.dial(Outgoing(leg.id, to, self._s.caller_id, url, ring_s, machine))
        seen = sight.seen(s, self._p.clock.now_us())
        coach = seen[place.coach].call if place.coach in seen else ""
        muted = place.muted or bool(place.coach and not coach)
        supervisor = leg.role == legs.OF_SUPERVISOR
        ring = Ring(s.id, leg.id, to, self._s.caller_id, ring_s, muted, coach, starts_room=not supervisor)
        call = await provider.ring(ring)
        known = sight.of(leg.id)
        known.hold, known.muted, known.coach = False, muted, coach
        return call

    async def _rung_already(self, s: Session, leg: Leg, to: str, sight: Sight) -> str | None:
        """The call of an attempt that may have been heard; "" when there is none; None when it is over by now. Of the
        calls to her number those are left out that are known to carry another leg: a later attempt of ours, say."""
        if leg.role != legs.OF_CITIZEN:
            return await self._p.provider.find(s.id, leg.id) or ""
        dialled = await self._p.provider.dialled(to, sight.of(leg.id).claimed_us - CLOCKS_US)
        found = [one for one in dialled if self._whose(one.call) in {None, (s.id, leg.id)}]
        live = next((one for one in found if one.status in LIVE), None)
        if live is not None:
            return live.call
        if found:
            await self.submit(SWITCHBOARD, LegDialled(s.id, leg.id, found[0].call))
            await self.ended(s, leg, CAUSES.get(found[0].status, "network"), sight)
            return None
        return ""

    async def _to_room(self, op: p.SendToRoom, place: Place, s: Session, leg: Leg, sight: Sight) -> None:
        """Sending a call that is in the room would take it out, and end the room: a second time the room is asked."""
        known = sight.of(leg.id)
        if known.sent and await self._p.provider.find(s.id, leg.id) == leg.call:
            sight.send(leg.id, p.TO_ROOM, self._p.clock.now_us())
            await self.submit(PROVIDER, LegFact(s.id, leg.id, "joined", leg.call))
            return
        known.sent = True
        await self._redirect(s, leg, self._links.to("voice/join", Hop(s.id, leg.id)), p.TO_ROOM, sight)

    async def _to_line(self, op: p.SendToLine, place: Place, s: Session, leg: Leg, sight: Sight) -> None:
        await self._redirect(s, leg, self._links.to("voice/join", Hop(s.id, leg.id)), p.TO_LINE, sight)

    async def _redirect(self, s: Session, leg: Leg, url: str, where: str, sight: Sight) -> None:
        try:
            await self._p.provider.redirect(leg.call, url)
        except ProviderFailed as failed:
            if failed.code == GONE:
                await self.look(s, leg, sight)  # she hung up while we spoke to the network
                return
            if not failed.unknown_outcome:
                raise
        sight.send(leg.id, where, self._p.clock.now_us())

    async def _adjust(self, op: p.Adjust, place: Place, s: Session, leg: Leg, sight: Sight) -> None:
        change, known = op.change, sight.of(leg.id)
        if change.hold:
            change = replace(change, hold_url=self._links.to("voice/hold", Hop(s.id, leg.id, what="hold")))
        try:
            await self._p.provider.set(s.id, leg.call, change)
        except ProviderFailed as failed:
            if failed.code == GONE:
                await self.look(s, leg, sight)
                return
            raise
        known.hold = known.hold if change.hold is None else change.hold
        known.muted = known.muted if change.muted is None else change.muted
        known.coach = known.coach if change.coach is None else change.coach

    async def _hang_up(self, op: p.HangUp, place: Place, s: Session, leg: Leg, sight: Sight) -> None:
        known = sight.of(leg.id)
        if leg.role == legs.OF_CITIZEN and leg.cause in _SOFT and not known.ended_softly:
            known.ended_softly = True
            url = self._links.to("voice/bye", Hop(s.id, leg.id, what=leg.cause))
            await self._redirect(s, leg, url, p.TO_END, sight)
            return
        await self._p.provider.hang_up(leg.call)
        known.over = True

    async def _seek(self, op: p.Seek, place: Place, s: Session, leg: Leg, sight: Sight) -> None:
        to = await self.endpoint(s, leg)
        call = await self._rung_already(s, leg, to, sight) if to else None
        if call:
            await self._p.provider.hang_up(call)
        sight.of(leg.id).over = True

    # -- what several of them need

    async def endpoint(self, s: Session, leg: Leg) -> str:
        """Whom to ring for that leg; ""."""
        if leg.role == legs.OF_LINE:
            return self._p.endpoints.line(leg.who)
        if leg.role != legs.OF_CITIZEN:
            return self._p.endpoints.counselor(leg.who)
        asked = s.callback.number if s.callback is not None and s.callback.leg == leg.id else ""
        content = asked or s.number_content
        words = await self._p.reads.words([content]) if content else {}
        return words.get(content, b"").decode("utf-8", "replace")

    async def look(self, s: Session, leg: Leg, sight: Sight) -> None:
        """The network would not do it for this call: see whether it is over, or only out of the room."""
        found = await self._p.provider.call(leg.call)
        if found is None or found.status not in LIVE:
            await self.ended(s, leg, cause_of(leg, found), sight)
        elif leg.joined:
            await self.submit(PROVIDER, LegFact(s.id, leg.id, "left", leg.call))
        else:
            raise ProviderFailed("network_busy", retryable=True, after_s=2.0, detail="not where it was expected")

    async def ended(self, s: Session, leg: Leg, cause: str, sight: Sight) -> None:
        """The leg is over, as far as the network goes."""
        sight.of(leg.id).over = True
        await self.submit(PROVIDER, LegFact(s.id, leg.id, "ended", leg.call, cause))

    async def submit(self, who: Principal, command: Command) -> dict[str, Any]:
        """A command through the gate. Raises as the gate does."""
        return dict(await self._p.gate.submit(Envelope(who, self._p.ids.new("e"), command)))


def cause_of(leg: Leg, found: CallSeen | None) -> str:
    """The cause of an end that was found by asking."""
    if leg.role == legs.OF_CITIZEN and leg.state in legs.UP:
        return "citizen_left"
    return CAUSES.get(found.status, "network") if found is not None else "network"


_Does = Callable[[Hands, Any, Place, Session, Leg, Sight], Awaitable[None]]
_DOES: dict[type, _Does] = {
    p.RingLeg: Hands._ring,
    p.SendToRoom: Hands._to_room,
    p.SendToLine: Hands._to_line,
    p.Adjust: Hands._adjust,
    p.HangUp: Hands._hang_up,
    p.Seek: Hands._seek,
}
