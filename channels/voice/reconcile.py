"""What the network forgot to tell is found by asking it: every half minute, and before anything is done at a start.

The rooms and calls are listed, and what is missing goes to the broker as the facts that the lost webhooks would have
been. A fact is only told when the session said the same before and after the listing, so that a webhook that overtakes
the listing is never contradicted by it. Participants that stand in a room of ours under a label of ours, whose session
is over, are hung up; calls that are not known to be ours are never touched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from channels.voice.hands import LIVE, cause_of
from channels.voice.switchboard import Switchboard
from dasan.core import leg as legs
from dasan.core.call import has_call
from dasan.core.commands import PROVIDER, Envelope, LegFact
from dasan.core.errors import DasanError, ProviderFailed
from dasan.core.ids import LEG, SESSION, is_id
from dasan.core.leg import Leg
from dasan.core.session import Session
from dasan.telephony import CallSeen, RoomSeen, Seen

if TYPE_CHECKING:
    from channels.voice.door import VoicePorts, VoiceSettings

FIRST_WITHIN_S = 10.0
_log = logging.getLogger("dasan.voice")


@dataclass(frozen=True, slots=True)
class Listing:
    """The network at one instant: participants by room and call, live calls."""

    rooms: Mapping[str, Mapping[str, Seen]]
    calls: Mapping[str, CallSeen]

    def participant(self, room: str, call: str) -> Seen | None:
        """That call in that room."""
        return self.rooms.get(room, {}).get(call)


def listed(rooms: list[RoomSeen], calls: list[CallSeen]) -> Listing:
    """Two answers of the network as one picture."""
    return Listing({r.room: {p.call: p for p in r.participants} for r in rooms}, {c.call: c for c in calls})


class Reconciler:
    """``rounds`` and ``found`` are figures for whoever watches."""

    def __init__(
        self,
        ports: VoicePorts,
        settings: VoiceSettings,
        switchboard: Switchboard,
        fault: Callable[[str, BaseException], None],
    ) -> None:
        self._p, self._every_s = ports, settings.reconcile_s
        self._board, self._fault = switchboard, fault
        self._task: asyncio.Task[None] | None = None
        self.rounds = 0
        self.found = 0

    def start(self) -> None:
        """The first round lets the switchboard begin, whether it succeeded or not."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End, in the middle of a round if need be."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        within = FIRST_WITHIN_S
        never = asyncio.Event()
        while True:
            try:
                async with asyncio.timeout(within):
                    await self.round()
            except TimeoutError:
                _log.warning("the network did not say in time what is true")
            except ProviderFailed as failed:
                _log.warning("the network could not be asked what is true", extra={"code": failed.code})
            except DasanError as error:
                _log.warning("a fact found by asking could not be recorded", extra={"code": error.code})
            except Exception as error:  # the named edge: the next round begins from the truth again
                self._fault("the reconciler", error)
            self._board.ready()
            within = max(self._every_s, FIRST_WITHIN_S)
            try:
                async with asyncio.timeout(self._every_s):
                    await never.wait()
            except TimeoutError:
                continue

    async def round(self) -> None:
        """Ask once and tell what was missed. Raises ProviderFailed."""
        if not self._p.duty():
            return
        before = {s.id: s for s in self._p.sessions.open() if has_call(s)}
        listing = listed(list(await self._p.provider.rooms()), list(await self._p.provider.calls()))
        self.rounds += 1
        for session in before.values():
            now = self._p.sessions.get(session.id)
            if now is not None:
                await self._compare(session, now, listing)
        await self._orphans(listing)

    async def _compare(self, before: Session, now: Session, listing: Listing) -> None:
        sight = self._board.sight(now)
        for leg in (*now.legs, *now.parties):
            was = before.party(leg.id)
            if not leg.call or was is None or leg.state == legs.SUSPENDED:  # she has hung up, and we know it
                continue
            participant = listing.participant(now.id, leg.call)
            if participant is not None:
                sight.correct(leg.id, participant)
            if leg.state == legs.ENDED:
                known = sight.of(leg.id)
                known.over = known.over or (was.state == legs.ENDED and leg.call not in listing.calls)
            elif was == leg:
                await self._tell(now, leg, participant, listing)
        latest = self._p.sessions.get(now.id)  # what was told just now, or meanwhile, may have closed it
        if latest is not None:
            self._board.wake(latest)

    async def _tell(self, s: Session, leg: Leg, participant: Seen | None, listing: Listing) -> None:
        if leg.call not in listing.calls:
            found = await self._p.provider.call(leg.call)
            if found is None or found.status not in LIVE:
                self._board.over(s.id, leg.id)
                await self._fact(s, leg, "ended", cause_of(leg, found))
            return
        there = participant is not None and participant.status == "connected"
        up = listing.calls[leg.call].status == "in-progress"
        if leg.state in legs.CALLED and (up or there):
            await self._fact(s, leg, "connected")
        if there and not leg.joined:
            await self._fact(s, leg, "joined")
        elif participant is None and leg.joined:
            await self._fact(s, leg, "left")

    async def _fact(self, s: Session, leg: Leg, fact: str, cause: str = "") -> None:
        self.found += 1
        _log.info("found by asking", extra={"session": s.id, "leg": leg.id, "fact": fact})
        command = LegFact(s.id, leg.id, fact, leg.call, cause)
        await self._p.gate.submit(Envelope(PROVIDER, self._p.ids.new("e"), command))

    async def _orphans(self, listing: Listing) -> None:
        """Ours by room and label, and wanted by nobody any more."""
        for room, participants in listing.rooms.items():
            if not is_id(room, SESSION) or self._p.sessions.get(room) is not None:
                continue
            s = await self._p.reads.load(room)
            if s is None or not s.closed_at_us:
                continue  # another installation's, or one that has just been opened
            for seen in participants.values():
                if is_id(seen.label, LEG) and s.party(seen.label) is not None:
                    self.found += 1
                    await self._p.provider.hang_up(seen.call)
