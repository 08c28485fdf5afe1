"""One call on paper: the interpreter driven by hand, with its own clock, its transcript and its trace.

Time passes by what is said (ivr/timing.py) and by what the caller lets pass. What the network or the broker would
answer is told by whoever drives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ivr.actions import WAITING, Action, Ask, End, Hold, Queue, Say, Sms
from ivr.events import Event, NoInput, Waiting
from ivr.facts import Facts
from ivr.flow import Flow
from ivr.interpreter import Turn, start, step
from ivr.state import State
from ivr.timing import said_s
from ivr.tools.trace import Seen

SECOND_US = 1_000_000


@dataclass(slots=True)
class Call:
    """A call in progress. ``heard``: everything that was said, a line an utterance."""

    flow: Flow
    facts: Facts
    seen: Seen = field(default_factory=Seen)
    seconds: float = 0.0
    heard: list[str] = field(default_factory=list)
    turn: Turn = field(init=False)
    waited_s: float = 0.0

    def __post_init__(self) -> None:
        self.turn = start(self.flow, self.facts)
        self._after(None, None)

    @property
    def state(self) -> State:
        """Where the caller is."""
        return self.turn.state

    @property
    def waits_for(self) -> Action:
        """The action that waits for an event."""
        return self._waiting

    _waiting: Action = field(init=False)

    @property
    def over(self) -> bool:
        """Whether the flow is done with this call."""
        return isinstance(self._waiting, End)

    def send(self, event: Event) -> tuple[Action, ...]:
        """Something happens; what the flow does then. No actions: it meant nothing here."""
        before = self.turn.state
        self._pass_time(event)
        facts = replace(self.facts, now_us=self.facts.now_us + int(self.seconds * SECOND_US))
        self.turn = step(self.flow, before, event, facts)
        self._after(before, event)
        return self.turn.actions

    def _pass_time(self, event: Event) -> None:
        if isinstance(event, NoInput) and isinstance(self._waiting, Ask):
            self.seconds += self._waiting.timeout_s
        if isinstance(event, Waiting):
            self.seconds += max(0.0, event.waited_s - self.waited_s)
            self.waited_s = event.waited_s

    def _after(self, before: State | None, event: Event | None) -> None:
        self.seen.add(self.flow, before, event, self.turn)
        for action in self.turn.actions:
            if isinstance(action, Say | Ask | Hold):
                self.heard += [said.text for said in action.prompts]
                self.seconds += said_s(action.prompts)
            if isinstance(action, Sms):
                self.heard.append(action.text)
            if isinstance(action, Queue):
                self.waited_s = 0.0
            if isinstance(action, WAITING):
                self._waiting = action


def words(actions: Iterable[Action]) -> list[str]:
    """What one turn says, a line an utterance; a text message too."""
    made: list[str] = []
    for action in actions:
        if isinstance(action, Say | Ask | Hold):
            made += [said.text for said in action.prompts]
        if isinstance(action, Sms):
            made.append(action.text)
    return made
