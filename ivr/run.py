"""One turn being made: the state so far, the actions so far, and the few things that every node kind does.

The object lives within one call of ``start`` or ``step``; what leaves is a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from ivr import expr, template
from ivr.actions import WAITING, Action, Ask, End, Say, Utterance, Value
from ivr.facts import Facts
from ivr.flow import Flow, is_address
from ivr.model import Document
from ivr.sayings import TABLE
from ivr.scope import functions, names, world
from ivr.state import Frame, Mark, State
from ivr.values import fit
from ivr.words import Prompt

# A turn that walks more nodes than this goes round in a ring; the caller is handed to a person instead.
NODES_MAX = 200
# A caller who answered so many questions gets a person, and after twice as many the call ends.
ASKED_MAX = 150
HISTORY_MAX = 20
TRAIL_MAX = 10
_NAMED = frozenset({"frames", "language", "slow"})  # what of the state an expression can see


@dataclass(slots=True)
class Run:
    """The working copy of one turn. ``state`` is a copy that is this run's alone until the turn is over; ``path``: the
    nodes that it came to, in order."""

    flow: Flow
    facts: Facts
    state: State
    actions: list[Action] = field(default_factory=list)
    path: list[tuple[str, str]] = field(default_factory=list)
    budget: int = NODES_MAX
    rescued: bool = False
    _world: dict[str, Value] | None = None
    _calls: dict[str, dict[str, expr.Call]] = field(default_factory=dict)  # by document
    _values: dict[str, Value] = field(default_factory=dict)  # what expressions are, until the state changes

    @property
    def document(self) -> Document:
        """The document that the caller is in."""
        return self.flow.units[self.state.unit].document

    @property
    def node(self) -> Any:
        """The node that the caller is at."""
        return self.document.nodes[self.state.node]

    @property
    def language(self) -> str:
        """What the caller hears."""
        return self.state.language

    def change(self, **fields: Any) -> None:
        """Set fields of the state. It is this turn's own copy and nobody has seen it yet; copying it for every change
        took two thirds of a turn."""
        for name, value in fields.items():
            object.__setattr__(self.state, name, value)
        if not _NAMED.isdisjoint(fields):
            self._values.clear()

    def do(self, action: Action) -> None:
        """Wish for something; what was said just before a question, and may be interrupted, becomes part of it."""
        if isinstance(action, Ask) and action.barge_in:
            lead: tuple[Utterance, ...] = ()
            while self.actions and isinstance(last := self.actions[-1], Say) and last.barge_in:
                lead = last.prompts + lead
                self.actions.pop()
            action = replace(action, prompts=lead + action.prompts)
        self.actions.append(action)

    @property
    def waits(self) -> bool:
        """Whether the turn is complete."""
        return bool(self.actions) and isinstance(self.actions[-1], WAITING)

    # -- variables, expressions, prompts

    def scope(self, extra: Mapping[str, Value] | None = None) -> dict[str, Value]:
        """What can be named here and now."""
        if self._world is None:
            self._world = world(self.facts)
        made = names(self._world, self.state.frames[-1].vars, self.language, self.state.slow)
        return {**made, **extra} if extra else made

    def value(self, formula: str) -> Value:
        """What an expression is here and now."""
        if formula not in self._values:
            made = expr.compiled(formula)
            self._values[formula] = expr.value(made, self.scope() if made.names else {}, self._functions())
        return self._values[formula]

    def _functions(self) -> Mapping[str, expr.Call]:
        unit = self.state.unit
        if unit not in self._calls:
            self._calls[unit] = functions(self.document, self.facts)
        return self._calls[unit]

    def holds(self, formula: str | None) -> bool:
        """Whether a condition holds; no condition does."""
        return formula is None or bool(self.value(formula))

    def assign(self, values: Mapping[str, Value]) -> None:
        """Give variables of this document values, each made what its type says."""
        if not values:
            return
        kinds = self.document.variables
        frame = self.state.frames[-1]
        made = {name: fit(kinds[name], value) for name, value in values.items() if name in kinds}
        self.change(frames=(*self.state.frames[:-1], replace(frame, vars={**frame.vars, **made})))

    def details(self, wanted: tuple[str, ...]) -> dict[str, Value]:
        """Variables for the counselor; personal ones never."""
        kinds, given = self.document.variables, self.state.frames[-1].vars
        return {name: given.get(name) for name in wanted if not kinds[name].pii}

    def speak(self, row: Any, role: str = "say", extra: Mapping[str, Value] | None = None) -> tuple[Utterance, ...]:
        """A row of prompts as it is said now."""
        made: list[Utterance] = []
        for item in row:
            for prompt in self.document.prompts[item] if isinstance(item, str) else (item,):
                if isinstance(prompt, Prompt) and self.holds(prompt.when):
                    made += self._prompt(prompt, role, extra)
        return tuple(made)

    def _prompt(self, prompt: Prompt, role: str, extra: Mapping[str, Value] | None) -> tuple[Utterance, ...]:
        texts = prompt.texts
        wanted = (prompt.in_ or self.language, self.flow.main.languages[0], *texts)
        language = next(one for one in wanted if one in texts)
        audio = prompt.audio.get(language, "")
        if not is_address(audio):  # a recording of ours, as long as this version has it; else the words are spoken
            audio = self.flow.recordings.get(audio, "")
        return self._said(texts[language], language, audio, role, extra)

    def _said(
        self, text: str, language: str, audio: str, role: str, extra: Mapping[str, Value] | None
    ) -> tuple[Utterance, ...]:
        made = template.compiled(text, language)
        words = template.rendered(made, self.scope(extra) if made.names else {})
        voice = self.flow.main.defaults.voice.get(language, "")
        if not words and not audio:
            return ()
        return (Utterance(words, language, audio, voice, role, self.state.node, self.state.slow),)

    def shared(
        self, name: str, role: str, extra: Mapping[str, Value] | None = None, language: str = ""
    ) -> tuple[Utterance, ...]:
        """One of the sentences that all flows share."""
        wanted = language or self.language
        spoken = wanted if wanted in TABLE[name] else "en"
        voice = self.flow.main.defaults.voice.get(spoken, "")
        heard = extra is not None and "heard" in extra  # what a caller said stays in no cache
        make = _shared.__wrapped__ if heard else _shared
        return make(name, spoken, tuple((extra or {}).items()), voice, role, self.state.node, self.state.slow)

    # -- places

    def move(self, name: str) -> None:
        """Stand at another node of the same document."""
        frame = self.state.frames[-1]
        self.change(frames=(*self.state.frames[:-1], Frame(frame.unit, name, frame.vars)))
        self.path.append((frame.unit, name))

    def leave_question(self) -> None:
        """A question is answered (or given up): # leads back to it, and what was said before it is not said again."""
        mark = Mark(len(self.state.frames), self.state.unit, self.state.node)
        history = (*self.state.history, mark)[-HISTORY_MAX:]
        self.change(history=history, trail=(), no_input=0, no_match=0, replays=0, pending=None)

    def back(self) -> str | None:
        """Stand where the last question was asked; its node, or None when there is none."""
        history = self.state.history
        while history:
            *rest, mark = history
            history = tuple(rest)
            frames = self.state.frames[: mark.depth]
            if len(frames) == mark.depth and frames[-1].unit == mark.unit:
                self.change(history=history, frames=frames, trail=(), no_input=0, no_match=0, replays=0, pending=None)
                return mark.node
        return None

    def operator(self) -> str:
        """The node of a person: this document's, else the main flow's (subflows are left)."""
        own = self.document.operator
        if own is not None:
            return own
        history = tuple(mark for mark in self.state.history if mark.depth == 1)
        self.change(frames=self.state.frames[:1], history=history, trail=())
        assert self.flow.main.operator is not None
        return self.flow.main.operator

    def finish(self, reason: str, *, hang_up: bool = True) -> None:
        """The flow is over."""
        self.change(done=reason, phase="done" if hang_up else "passed", line=None)
        self.do(End(reason, hang_up))


@lru_cache(maxsize=4096)
def _shared(
    name: str, language: str, values: tuple[tuple[str, Value], ...], voice: str, role: str, node: str, slow: bool
) -> tuple[Utterance, ...]:
    words = template.shared(name, language, dict(values))
    return (Utterance(words, language, "", voice, role, node, slow),)
