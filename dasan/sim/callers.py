"""Simulated callers: people with a telephone who listen to the real menu, wait, talk, are called back, and hang up.

The menu is the centre's own flow, driven by its interpreter, and each of its turns is recorded as the telephone side
records it. A caller knows what she hears: the menu's questions, music, a voice.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from channels.voice.ports import Said
from channels.voice.wishes import answered, wishes_of
from dasan.core import commands as c
from dasan.core.events import Event
from dasan.sim.citizens import PRIVATE
from ivr import actions as a
from ivr import interpreter
from ivr.events import Digits, NoInput, Result, Waiting
from ivr.events import Event as Heard
from ivr.facts import Facts, QueueFacts
from ivr.flow import Flow, compile_flow
from ivr.state import State

if TYPE_CHECKING:
    from dasan.sim.world import World

FLOWS = Path(interpreter.__file__).parent / "flows"
# What people press for their matter; nothing at all leads to a person too.
KEYS = {"traffic": "11", "water": "12", "english": "91"}
Reply = Mapping[str, Any] | BaseException


class Menu:
    """The menu of 120 (channels.voice.ports.Driver)."""

    def __init__(self, flow: Flow) -> None:
        self.flow, self.ref = flow, flow.ref

    def start(self, facts: Facts) -> Said:
        turn = interpreter.start(self.flow, facts)
        return Said(turn.state, turn.actions)

    def step(self, state: State, event: Heard, facts: Facts) -> Said:
        turn = interpreter.step(self.flow, state, event, facts)
        return Said(turn.state, turn.actions)


@cache
def menu() -> Menu:
    """Compiled once."""
    texts = {path.name: path.read_text("utf-8") for path in sorted(FLOWS.glob("*.yaml"))}
    return Menu(compile_flow(texts, "dasan120"))


class Caller:
    """One person with one need and a telephone. ``session`` is empty until the first reply has come."""

    __slots__ = ("address", "called_back", "keys", "leg", "over", "queue", "said", "session", "step", "talked", "world")

    def __init__(self, world: World, number: int, queue: str) -> None:
        self.world, self.queue = world, queue
        self.address = world.keyed(f"phone:{number}")
        self.session = self.leg = ""
        self.step = 0
        self.said = Said(None, ())  # type: ignore[arg-type]  # nothing was said yet
        self.over = self.talked = self.called_back = False
        silent = world.luck.random() < world.habits.silent_in_menu
        self.keys = list("" if silent else KEYS.get(queue, "0"))

    def arrive(self) -> None:
        """Dial 120."""
        world = self.world
        who, call = f"p_{self.address[:12]}", world.switch.new_call()
        said = world.turns.start(menu(), self._facts())
        first = c.FirstTurn(call, said.state.ref, said.state.node, world.turns.kept(said))
        number = f"+8210{PRIVATE[4:8]}{PRIVATE[9:]}"
        command = c.BeginCall(call, who, self.address, "e164", number, first=first)
        world.ask(c.PROVIDER, command, partial(self._begun, said))

    def _begun(self, said: Said, reply: Reply) -> None:
        if isinstance(reply, BaseException):
            return
        if self.session and self.session != reply["session"]:
            self.world.callers.pop(self.session, None)
        self.session, self.leg, self.step = reply["session"], reply["leg"], int(reply["step"])
        self.world.callers[self.session] = self
        self.over = False
        if "mark" in reply:  # the menu's first turn was recorded with the call
            self._listen(said, None)
            self.said = said
            self._recorded(reply)
        else:
            self._take(said, None)

    def _facts(self) -> Facts:
        world = self.world
        waiting = {code: QueueFacts(waiting=world.waiting(code), limit=q.queue_len_max)
                   for code, q in world.policy.queues.items() if q.queue_len_max}  # fmt: skip
        return Facts(world.clock.at_us, queues=waiting)

    def hears(self, event: Heard) -> None:
        """The menu is told of a key, of silence, or of what became of something."""
        if self.over or not self.said.actions:
            return
        said = self.world.turns.step(menu(), self.said, event, self._facts())
        if said.state is not self.said.state or said.actions:
            self._take(said, event)

    def _listen(self, said: Said, event: Heard | None) -> None:
        """What is said to her, after that event: one who only wants to get on hears none of it."""

    def _take(self, said: Said, event: Heard | None) -> None:
        self._listen(said, event)
        wishes = wishes_of(said.actions, event, self.said.actions)
        self.said, self.step = said, self.step + 1
        state = said.state
        turn = self.world.turns.kept(said)
        command = c.StepFlow(self.session, self.leg, self.step, state.ref, state.node, turn, wishes)
        self.world.ask(c.PROVIDER, command, self._recorded)

    def _recorded(self, reply: Reply) -> None:
        if isinstance(reply, BaseException) or self.over:
            return
        last = self.said.actions[-1] if self.said.actions else None
        told = answered(last, reply)
        if told is not None:
            self.hears(told)
            return
        act = _ACTS.get(type(last))
        if act is not None:
            getattr(self, act)(last)

    # -- what a turn ends with

    def _ask(self, ask: a.Ask) -> None:
        world = self.world
        listens_s = world.luck.uniform(1.5, 5.0)
        if self.keys:
            world.after(listens_s, self.hears, Digits(self.keys.pop(0)))
        else:
            world.after(6 + ask.timeout_s, self.hears, NoInput())

    def _wait(self, queue: a.Queue | a.Hold) -> None:
        """In the line: she is patient for a while, asks to be called back, or hangs up."""
        world, luck, habits = self.world, self.world.luck, self.world.habits
        if isinstance(queue, a.Hold):
            return
        self.hears(Waiting(0, 1))
        if luck.random() < habits.calls_back:
            world.after(luck.uniform(35, 90), self._call_me)
        if luck.random() >= habits.stays:
            world.after(luck.expovariate(1 / habits.patience_s), self._tired)

    def _call_me(self) -> None:
        if not (self.over or self.talked):
            self.hears(Waiting(40, 1))
            self.hears(Digits("1"))

    def _tired(self) -> None:
        if not (self.over or self.talked or self.called_back):
            self.hang_up()

    def _booked(self, action: a.Callback) -> None:
        self.called_back = True
        self.hears(Result("callback", "booked"))

    def _end(self, end: a.End) -> None:
        self.world.after(2.0, self.hang_up)

    def hang_up(self) -> None:
        """She puts the telephone down."""
        if self.over:
            return
        self.over = True
        self.world.ask(c.PROVIDER, c.LegFact(self.session, self.leg, "ended", cause="citizen_left"))
        again = self.world.luck.random()
        if not self.talked and not self.called_back and again < self.world.habits.redials:
            self.world.after(self.world.luck.uniform(5, 55), self.arrive)

    # -- what she notices

    def hear(self, event: Event) -> None:
        """An event of her session."""
        getattr(self, _EARS[event.type])(event)

    def _active(self, event: Event) -> None:
        self.talked = True
        luck, habits = self.world.luck, self.world.habits
        if luck.random() < habits.hangs_up_first:
            self.world.after(5 + luck.expovariate(1 / habits.talk_s), self._had_enough, self.leg)

    def _had_enough(self, leg: str) -> None:
        if leg == self.leg:
            self.hang_up()

    def _new_leg(self, event: Any) -> None:
        """She is being called back: from now on that is her telephone."""
        if event.leg != self.leg and self.called_back:
            self.leg, self.over = event.leg, False

    def _ended(self, event: Any) -> None:
        if event.leg == self.leg:
            self.over = True

    def _closed(self, event: Any) -> None:
        self.over = True
        if self.world.callers.get(self.session) is self:
            del self.world.callers[self.session]


_ACTS = {a.Ask: "_ask", a.Queue: "_wait", a.Hold: "_wait", a.Callback: "_booked", a.End: "_end"}  # her method
_EARS = {"work.active": "_active", "leg.added": "_new_leg", "leg.ended": "_ended", "session.closed": "_closed"}
HEARD = frozenset(_EARS)
__all__ = ["HEARD", "Caller", "menu"]
