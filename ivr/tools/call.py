"""One call on paper: the interpreter driven by hand, with its own clock, its transcript and its trace.

Time passes by what is said (ivr/timing.py) and by what the caller lets pass. What the network or the broker would
answer is told by whoever drives; what services answer may be told beforehand (``answers``), and is then there at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ivr.actions import WAITING, Action, Ask, End, Fetch, Hold, Lookup, Queue, Say, Sms
from ivr.answers import Answer
from ivr.events import Event, NoInput, Result, Waiting
from ivr.facts import Facts
from ivr.flow import Flow
from ivr.interpreter import Turn, start, step
from ivr.state import State
from ivr.timing import said_s
from ivr.tools.trace import Seen

SECOND_US = 1_000_000
ANSWERS_MAX = 50  # in a row: a flow that only asks goes no further by itself


@dataclass(slots=True)
class Call:
    """A call in progress. ``heard``: everything that was said, a line an utterance. ``answers``: what services answer,
    by the name of the question; where there is none, whoever drives tells it."""

    flow: Flow
    facts: Facts
    seen: Seen = field(default_factory=Seen)
    seconds: float = 0.0
    heard: list[str] = field(default_factory=list)
    turn: Turn = field(init=False)
    waited_s: float = 0.0
    answers: Mapping[str, Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.turn = start(self.flow, self.facts)
        self._after(None, None)
        self._answer()

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
        self._pass_time(event)
        self._step(event)
        self._answer()
        return self.turn.actions

    def _step(self, event: Event) -> None:
        before = self.turn.state
        facts = replace(self.facts, now_us=self.facts.now_us + int(self.seconds * SECOND_US))
        self.turn = step(self.flow, before, event, facts)
        self._after(before, event)

    def _answer(self) -> None:
        """What was asked and has its answer: the turns become one, as it is heard."""
        for _ in range(ANSWERS_MAX):
            asked, said = self._waiting, self.turn.actions
            if not isinstance(asked, Fetch | Lookup) or asked.name not in self.answers:
                return
            answer = self.answers[asked.name]
            self._step(Result(kind_of(asked), answer.outcome, answer.values))
            self.turn = replace(self.turn, actions=(*said, *self.turn.actions))

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


def kind_of(asked: Fetch | Lookup) -> str:
    """What the answer to that question is called among results."""
    return "http" if isinstance(asked, Fetch) else "lookup"


def words(actions: Iterable[Action]) -> list[str]:
    """What one turn says, a line an utterance; a text message too."""
    made: list[str] = []
    for action in actions:
        if isinstance(action, Say | Ask | Hold):
            made += [said.text for said in action.prompts]
        if isinstance(action, Sms):
            made.append(action.text)
    return made
