"""Making call control true (docs/adr/0006): one task a session, woken by its commits, comparing until nothing is left.

Level-triggered: a round looks at what shall be (places) and what is seen, and does the differences; whatever went wrong
is found by the next round. The network's failures wait and grow (``BACKOFF_S``), per session; at most ``AT_ONCE``
sessions speak to the network at a time. What has no level (a warning that is to be played, a line's answerer who is to
be told) is done once, on the commit that asks for it, and tried a few times.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from channels.voice import plan as p
from channels.voice.beside import Besides
from channels.voice.hands import Hands, Whose
from channels.voice.links import Links
from channels.voice.plan import plan
from channels.voice.seen import Sight
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.call import FLOW, ROOM, Place, has_call, places
from dasan.core.errors import DasanError, ProviderFailed
from dasan.core.session import Session
from dasan.core.time import SECOND
from dasan.ports import Committed

if TYPE_CHECKING:
    from channels.voice.door import VoicePorts, VoiceSettings

AT_ONCE = 32
ROUNDS_MAX = 20
ELSEWHERE_S = 5.0  # another server has the duty: look again now and then
BACKOFF_S = (0.5, 1.0, 2.0, 4.0, 8.0)
_log = logging.getLogger("dasan.voice")


@dataclass(slots=True)
class _Work:
    """A session that is being looked after."""

    state: Session
    sight: Sight = field(default_factory=Sight)
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    failures: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)  # (what, leg) to be announced


class Switchboard:
    """Every call of this server."""

    def __init__(
        self, ports: VoicePorts, settings: VoiceSettings, links: Links, whose: Whose,
        fault: Callable[[str, BaseException], None],
    ) -> None:  # fmt: skip
        self._p, self._fault = ports, fault
        self.hands = Hands(ports, settings, links, whose)
        self._besides = Besides(ports, settings, links)
        self._works: dict[str, _Work] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._ready = asyncio.Event()
        self._stopped = False

    # -- waking

    def heard(self, batch: Sequence[Committed]) -> None:
        """A listener of commits."""
        for commit in batch:
            for head in commit.heads.values():
                if isinstance(head.state, Session) and has_call(head.state):
                    self.wake(head.state)
            for recorded in commit.events:
                work = self._works.get(recorded.stream)
                if work is not None and recorded.event.type == "caller.warned":
                    work.asked.append(("warning", ""))
                    work.bell.set()

    def wake(self, state: Session) -> None:
        """Look after this session, in this state or a newer one."""
        work = self._works.get(state.id)
        if work is None:
            if state.closed_at_us:  # nothing of it was left to do when it closed
                return
            work = self._works[state.id] = _Work(state)
        work.state = state
        work.sight.take(state)
        if work.task is None and not work.asked and _in_menu(state) and work.sight.still:
            return  # most commits of most calls: there is nothing to compare
        work.bell.set()
        self._go(state.id, work)

    def sight(self, session: Session) -> Sight:
        """What is seen of a session's legs; for the reconciler, which corrects it."""
        work = self._works.get(session.id)
        if work is None:
            work = self._works[session.id] = _Work(session)
            work.sight.take(session)
        return work.sight

    def over(self, session: str, leg: str, call: str = "") -> None:
        """The network has said that ``call`` ("": the one that carries it now) of this leg is over. A late word of an
        attempt before it says nothing of the one that is up."""
        work = self._works.get(session)
        now = work.state.party(leg) if work is not None else None
        if work is not None and (now is None or not call or now.call in {"", call}):
            work.sight.of(leg).over = True

    def ready(self) -> None:
        """What is true has been asked for (or could not be): the work may begin."""
        self._ready.set()

    # -- the life

    def start(self) -> None:
        """Look after what is open; nothing is done before :meth:`ready`."""
        for session in tuple(self._p.sessions.open()):
            if has_call(session):
                self.wake(session)

    async def stop(self) -> None:
        """What is under way may be heard and not noted: the next start asks."""
        self._stopped = True
        tasks = [work.task for work in self._works.values() if work.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def kept(self) -> int:
        """Sessions that are looked after: those with a call that are open, and those whose end is being carried out."""
        return len(self._works)

    # -- working

    def _go(self, session: str, work: _Work) -> None:
        if work.task is None and not self._stopped:
            work.task = asyncio.get_running_loop().create_task(self._work(session, work))

    async def _work(self, session: str, work: _Work) -> None:
        try:
            await self._ready.wait()
            while True:
                work.bell.clear()
                wait_s = await self._careful(work)
                if wait_s is None:
                    if work.bell.is_set():
                        continue
                    break
                await _rest(work.bell, wait_s, early=work.failures == 0)
        finally:
            work.task = None
            if work.state.closed_at_us and self._works.get(session) is work and not work.bell.is_set():
                del self._works[session]
        if work.bell.is_set():
            self._go(session, work)

    async def _careful(self, work: _Work) -> float | None:
        """One round; seconds until the next, None when nothing is left to do."""
        if not self._p.duty():
            work.asked.clear()  # who has the duty plays them; taking it over later, we should play them once more
            return ELSEWHERE_S if not work.state.closed_at_us else None
        try:
            async with self._slots:
                wait_s = await self._round(work)
        except ProviderFailed as failed:
            return self._later(work, failed.after_s)
        except DasanError as error:  # full, busy, or overtaken: the next comparison begins from what is true then
            _log.info("a fact of the network was not recorded", extra={"code": error.code})
            return self._later(work, None)
        except Exception as error:  # the named edge: one call's fault is not the others'
            self._fault("the switchboard", error)
            return self._later(work, None)
        work.failures = 0
        return wait_s

    def _later(self, work: _Work, after_s: float | None) -> float | None:
        work.failures += 1
        if work.failures > len(BACKOFF_S) and work.state.closed_at_us:
            return None  # the reconciler finds what is left of it
        usual = BACKOFF_S[min(work.failures, len(BACKOFF_S)) - 1]
        return max(after_s or 0.0, usual * (0.75 + self._p.ids.jitter() / 2))

    async def _all(self, ops: Sequence[p.Op], due: Mapping[str, Place], state: Session, work: _Work) -> None:
        """One after another; what fails keeps none of the others from being done. Raises the first failure."""
        failed: ProviderFailed | None = None
        for op in ops:
            if work.state is not state and isinstance(op, p.RingLeg | p.SendToRoom | p.SendToLine):
                break  # what is wanted has changed meanwhile: compare again
            try:
                await self.hands.do(op, due[op.leg], state, work.sight)
            except ProviderFailed as error:
                failed = failed or error
        if failed is not None:
            raise failed

    async def _round(self, work: _Work) -> float | None:
        for _ in range(ROUNDS_MAX):
            state = work.state
            now_us = self._p.clock.now_us()
            due = {place.leg: place for place in wanted(state)}
            ops = plan(tuple(due.values()), work.sight.seen(state, now_us))
            if not ops:
                break
            await self._all(ops, due, state, work)
        await self._besides.round(work.state, work.sight, work.asked)
        wake_us = work.sight.wake_us(self._p.clock.now_us())
        return None if wake_us is None else max(0.05, (wake_us - self._p.clock.now_us()) / SECOND + 0.05)


def wanted(s: Session) -> tuple[Place, ...]:
    """The places, save that who stands in the room already stays there while a counselor is on her way in; and that
    nothing is done about a caller who has hung up and may come back."""
    away = {leg.id for leg in s.legs if leg.state == legs.SUSPENDED}
    found = tuple(one for one in places(s) if one.leg not in away)
    item = s.live_item
    if item is None or item.state != items.CONNECTING:
        return found
    inside = {leg.id for leg in s.legs if leg.joined}
    return tuple(replace(one, at=ROOM, hold=True) if one.at == FLOW and one.leg in inside else one for one in found)


def _in_menu(s: Session) -> bool:
    """Whether the citizen hears the menu, and nobody else has a part in it: her call is where it shall be."""
    alone = not s.parties and s.live_item is None and not s.closed_at_us
    return alone and all(leg.state in legs.UP and not leg.joined for leg in s.legs)


async def _rest(bell: asyncio.Event, seconds: float, *, early: bool) -> None:
    """So many seconds; ``early``: or until the bell rings. After a failure it is waited for to the end."""
    waited = bell if early else asyncio.Event()
    try:
        async with asyncio.timeout(seconds):
            await waited.wait()
    except TimeoutError:
        return
