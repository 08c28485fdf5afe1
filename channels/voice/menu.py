"""Driving the flow of one call: an event in, a recorded turn out.

A turn is computed (pure), recorded by StepFlow, and only then said. A token that is behind the recorded one answers
from the record; one that was recorded by somebody else meanwhile answers from what they recorded. What the flow wishes
travels with its turn in the same command. Results that are known at once (a callback that was committed, a line without
a number) are stepped in the same hop, a bounded number of times; lookups run beside the hops, which poll for them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from channels.voice.bare import REF as BARE
from channels.voice.bare import Bare
from channels.voice.ports import Callers, Driver, Flows, Known, Line, Lookups, Reads, Said, Sessions
from channels.voice.shared import Shared
from channels.voice.turns import Memory, decode
from channels.voice.wishes import answered, refused, wishes_of
from dasan.core import leg as legs
from dasan.core.change import changed
from dasan.core.commands import PROVIDER, Envelope, FirstTurn, StepFlow
from dasan.core.errors import BadInput, ConfigWrong, DasanError, Refused
from dasan.core.leg import Leg
from dasan.core.policy import VOICE
from dasan.core.session import Session
from dasan.ports import Clock, Gate, Ids
from ivr import actions as a
from ivr.events import Event, Result
from ivr.facts import Facts
from ivr.state import State

AT_ONCE_MAX = 6
LOOKUPS_MAX = 2_000
TOLD_MAX = 2_000
KEEP_S = 30.0  # an answer is kept so long after its time-out, for the hop that asks for it
_OVER = frozenset({"leg_over", "session_closed", "no_such_session", "busy"})
_log = logging.getLogger("dasan.voice")


@dataclass(frozen=True, slots=True)
class Turn:
    """A recorded turn: its number and what was said."""

    step: int
    said: Said


@dataclass(frozen=True, slots=True)
class Opening:
    """A first turn that was made before its call was recorded."""

    said: Said
    first: FirstTurn


@dataclass(frozen=True, slots=True)
class MenuPorts:
    """``facts``: what a flow may know besides the caller (queues, holidays, the clock). ``dial``: a line's number."""

    gate: Gate
    ids: Ids
    clock: Clock
    sessions: Sessions
    reads: Reads
    flows: Flows
    callers: Callers
    line: Line
    lookups: Lookups
    facts: Callable[[Session], Facts]
    dial: Callable[[str], str]
    default_queue: str = "general"
    voicemail: bool = False


class Menu:
    """The menus of all calls of this server."""

    def __init__(self, ports: MenuPorts) -> None:
        self._p = ports
        self.memory, self.shared = Memory(), Shared()
        self._name, self._marks = ports.ids.new("e"), count()
        self._bare = Bare(ports.default_queue)
        self._told: OrderedDict[tuple[str, int], Result] = OrderedDict()
        self._lookups: dict[tuple[str, int], asyncio.Task[Result]] = {}

    # -- turns

    def opening(self, address: str, caller: str, language: str, service: str) -> Opening | None:
        """The first turn of a call that is not recorded yet, as far as she is known here. None when it wishes for
        something: that needs the session to be there."""
        s = Session("", 0, service, language, "", VOICE, 0, caller=caller)
        known = self._p.callers.remembered(address) if address else Known()
        said = self._started(self._current(service), self._facts_of(s, known))
        if not isinstance(said.actions[-1], a.Ask) or wishes_of(said.actions, None, ()):
            return None
        turn = self.shared.kept(said)
        met = (known.language, known.slow, known.conduct)
        mark = f"{self._name}{next(self._marks)}"
        return Opening(said, FirstTurn(mark, said.state.ref, _node(said.state), turn, *met))

    def opened(self, reply: Mapping[str, Any], opening: Opening | None) -> Turn | None:
        """The opening, when it was this one that the broker has recorded."""
        if opening is None or reply.get("mark") != opening.first.mark:
            return None
        self.memory.put(str(reply["content"]), opening.said)
        return Turn(1, opening.said)

    async def begin(self, s: Session, leg: Leg) -> Turn:
        """The first turn of that leg, recorded now or before."""
        if s.flow is not None and s.flow.leg == leg.id:
            return await self.current(s)
        facts = await self._facts(s, leg)
        item = s.live_item
        said = None
        if s.flow is not None and item is not None and item.channel == VOICE:  # she hung up in line: her place is hers
            said, driver = await self._resumed(s), self._driver(s.flow.ref)
        if said is None:
            driver = self._current(facts.dialled)
            said = self._started(driver, facts)
        before = Turn(0, Said(State(driver.ref), ()))
        now = await self._record(s, leg, before, driver, said, None, facts)
        known = self._known(leg, now)
        return now if known is None else await self._step(s, leg, now, known, _says(now.said))

    async def _resumed(self, s: Session) -> Said | None:
        """The turn at which she hung up, as a first turn; in the line, the line again. None when it cannot be read."""
        assert s.flow is not None
        try:
            said = await self._kept(s.flow.content)
        except ConfigWrong as error:
            _log.error("a turn could not be read", extra={"flow": s.flow.ref, "code": error.code})
            return None
        line, item = said.state.line, s.live_item
        if line is None or item is None:
            return said
        return Said(said.state, (a.Queue(item.queue, said.state.language),))

    def _started(self, driver: Driver, facts: Facts) -> Said:
        try:
            return self.shared.start(driver, facts)
        except DasanError as error:
            _log.error("a flow could not begin", extra={"flow": driver.ref, "code": error.code})
            return self._bare.start(facts)

    async def current(self, s: Session) -> Turn:
        """The turn that was recorded last. Raises Refused when there is none."""
        if s.flow is None:
            raise Refused("not_now", state="no flow")
        return Turn(s.flow.step, await self._kept(s.flow.content))

    async def advance(self, s: Session, leg: Leg, token: int, event: Event | None) -> Turn:
        """The turn after ``token``, by ``event`` (None: whatever stands). Raises BadInput for a token that was never
        given, Refused when the leg is over."""
        s = await self._fresh(s, token)
        flow = s.flow
        if flow is None or flow.leg != leg.id or token > flow.step:
            raise BadInput("malformed", field="t")
        if leg.state == legs.ENDED:
            raise Refused("leg_over")
        if token < flow.step:
            return await self._older(s, token + 1)
        try:
            now = await self.current(s)
        except ConfigWrong as error:  # a recorded turn that cannot be read
            _log.error("a turn could not be read", extra={"flow": flow.ref, "code": error.code})
            said = self._bare.start(await self._facts(s, leg), s.live_item.queue if s.live_item is not None else "")
            return await self._submit(s, leg, Turn(flow.step, Said(State(BARE), ())), said, None)
        event = event or self._known(leg, now)
        return now if event is None else await self._step(s, leg, now, event)

    async def _step(self, s: Session, leg: Leg, now: Turn, event: Event, unheard: tuple[a.Say, ...] = ()) -> Turn:
        """``unheard``: what ``now`` says and nobody has heard, for it was answered at once; the next turn says it."""
        driver = self._driver(s.flow.ref if s.flow else BARE)
        for _ in range(AT_ONCE_MAX):
            facts = await self._facts(s, leg)
            said = self._asked(driver, now.said, event, facts)
            if said.state == now.said.state and not said.actions:
                return now  # the event does not belong here: the same again
            driver = self._driver(said.state.ref)
            said = Said(said.state, (*unheard, *said.actions)) if unheard else said
            now = await self._record(s, leg, now, driver, said, event, facts)
            known = self._known(leg, now)
            if known is None:
                return now
            event, unheard = known, _says(now.said)
        return now

    def _driver(self, ref: str) -> Driver:
        """The call's own version; when it is no longer here, or cannot be read, the way to a person."""
        if ref == BARE:
            return self._bare
        try:
            return self._p.flows.get(ref) or self._bare
        except DasanError as error:
            _log.error("a version of a menu cannot be read", extra={"flow": ref, "code": error.code})
            return self._bare

    def _current(self, line: str) -> Driver:
        """What new calls to that line begin with; the way to a person when there is nothing, or nothing readable."""
        try:
            return self._p.flows.current(line) or self._bare
        except DasanError as error:
            _log.error("the published menu cannot be read", extra={"line": line, "code": error.code})
            return self._bare

    def _asked(self, driver: Driver, said: Said, event: Event, facts: Facts) -> Said:
        """A flow that cannot go on (its version is gone, a fault in it) hands the caller to a person."""
        if driver.ref != said.state.ref:
            _log.error("a call's menu is no longer here", extra={"flow": said.state.ref})
            return self._bare.start(facts, _queue_of(said))
        try:
            return self.shared.step(driver, said, event, facts)
        except DasanError as error:
            _log.error("a flow could not go on", extra={"flow": driver.ref, "code": error.code})
            return self._bare.start(facts, _queue_of(said))

    async def _record(
        self, s: Session, leg: Leg, before: Turn, driver: Driver, said: Said, event: Event | None, facts: Facts
    ) -> Turn:
        """The turn on disk. What the broker refuses to do is told to the flow, and its next turn recorded instead."""
        for _ in range(AT_ONCE_MAX):
            try:
                return await self._submit(s, leg, before, said, event)
            except Refused as no:
                told = refused(said.actions[-1] if said.actions else None)
                if told is None or no.code in _OVER:
                    raise
                _log.warning("the broker refused a wish of the menu", extra={"code": no.code, "node": said.state.node})
                said, event = self._asked(driver, said, told, facts), told
        raise Refused("busy", after_s=1)

    async def _submit(self, s: Session, leg: Leg, before: Turn, said: Said, event: Event | None) -> Turn:
        state, step = said.state, before.step + 1
        wishes = wishes_of(said.actions, event, before.said.actions)
        command = StepFlow(s.id, leg.id, step, state.ref, _node(state), self.shared.kept(said), wishes)
        reply = await self._p.gate.submit(Envelope(PROVIDER, self._p.ids.new("e"), command))
        content = str(reply.get("content", ""))
        if reply.get("repeated"):
            return Turn(int(reply.get("step", step)), await self._kept(content))
        if content:
            self.memory.put(content, said)
        told = answered(said.actions[-1] if said.actions else None, reply)
        if told is not None:
            self._told[leg.id, step] = told
            if len(self._told) > TOLD_MAX:
                self._told.popitem(last=False)
        return Turn(step, said)

    # -- what is known without asking the caller

    def _known(self, leg: Leg, turn: Turn) -> Result | None:
        last = turn.said.actions[-1] if turn.said.actions else None
        told = self._told.get((leg.id, turn.step))
        if told is not None:
            return told
        if isinstance(last, a.Lookup | a.Fetch):
            return self._looked_up(leg, turn.step, last)
        return self._at_once(last)

    def _at_once(self, last: a.Action | None) -> Result | None:
        match last:
            case a.Callback():
                return Result("callback", "booked")  # it was committed with its turn
            case a.Sms():
                return Result("sms", "sent")  # and so was this: the outbox sends it
            case a.Transfer() if not self._p.dial(last.line):
                return Result("transfer", "failed")
            case a.Voicemail() if not self._p.voicemail:
                return Result("voicemail", "error")
            case _:
                return None

    def _looked_up(self, leg: Leg, step: int, asked: a.Lookup | a.Fetch) -> Result | None:
        """The answer, once it is there; asking begins with the first hop that wants it (again after a restart)."""
        kind = "http" if isinstance(asked, a.Fetch) else "lookup"
        task = self._lookups.get((leg.id, step))
        if task is None:
            if len(self._lookups) >= LOOKUPS_MAX:
                return Result(kind, "error")
            task = asyncio.get_running_loop().create_task(self._look_up(kind, asked, leg, step))
            self._lookups[leg.id, step] = task
            asyncio.get_running_loop().call_later(asked.timeout_s + KEEP_S, self._lookups.pop, (leg.id, step), None)
            return None
        return task.result() if task.done() and not task.cancelled() else None

    async def _look_up(self, kind: str, asked: a.Lookup | a.Fetch, leg: Leg, step: int) -> Result:
        lookups = self._p.lookups
        try:
            async with asyncio.timeout(asked.timeout_s):
                if isinstance(asked, a.Fetch):
                    found = lookups.fetch(asked.name, asked.args, f"{leg.id}:{step}")
                else:
                    found = lookups.lookup(asked.name, asked.args)
                outcome, values = await found
        except TimeoutError:
            return Result(kind, "timeout")
        except Exception:  # the named edge: a lookup is somebody else's code, and the caller still waits for us
            _log.exception("a lookup failed", extra={"place": asked.name})
            return Result(kind, "error")
        return Result(kind, outcome, values)

    # -- what is asked of the house

    async def _fresh(self, s: Session, token: int) -> Session:
        """Another server may have recorded the turn that this token is from."""
        if s.flow is not None and token <= s.flow.step:
            return s
        return await self._p.reads.load(s.id) or s

    async def _kept(self, content: str) -> Said:
        found = self.memory.get(content)
        if found is None:
            words = await self._p.reads.words([content])
            if content not in words:
                raise Refused("erased")
            found = decode(words[content])
            self.memory.put(content, found)
        return found

    async def _older(self, s: Session, step: int) -> Turn:
        """A turn that is behind the last one: a late repeat. Its content stands in the journal."""
        flow = s.flow
        assert flow is not None
        if step == flow.step:
            return await self.current(s)
        for recorded in await self._p.reads.events(s.id):
            e: Any = recorded.event
            if e.type == "flow.stepped" and e.leg == flow.leg and e.step == step:
                return Turn(step, await self._kept(e.content))
        raise BadInput("malformed", field="t")

    async def _facts(self, s: Session, leg: Leg) -> Facts:
        return self._facts_of(s, await self._p.callers.known(leg.address) if leg.address else Known())

    def _facts_of(self, s: Session, known: Known) -> Facts:
        facts = self._p.facts(s)
        return changed(
            facts,
            now_us=self._p.clock.now_us(),
            language=known.language or facts.language,
            slow=known.slow,
            conduct=known.conduct,
            caller=s.caller or "withheld",
            queues=self._p.line.queues(),
        )

    async def close(self) -> None:
        """No lookup outlives the server."""
        for task in self._lookups.values():
            task.cancel()
        await asyncio.gather(*self._lookups.values(), return_exceptions=True)
        self._lookups.clear()


def _node(state: State) -> str:
    return ".".join(part for part in (state.unit, state.node) if part) or state.phase


def _says(said: Said) -> tuple[a.Say, ...]:
    """What a turn says before whatever it waits for; that it warned her was recorded with it."""
    return tuple(replace(one, warns=False) for one in said.actions if isinstance(one, a.Say))


def _queue_of(said: Said) -> str:
    return said.state.line.queue if said.state.line is not None else ""
