"""The menu that needs no flow: straight to a person.

It takes over where nothing is published, where a call's version is no longer here (rolled away with its file), and
where a recorded turn cannot be read. Its turns are recorded and rendered as any other's. ``0``, ``#`` and ``*`` mean
nothing here: she is on the way to a person already.
"""

from __future__ import annotations

from dataclasses import replace

from channels.voice.ports import Said
from channels.voice.words import say, standing
from ivr import actions as a
from ivr.events import Event, Hangup, Result, Waiting
from ivr.facts import Facts
from ivr.state import Line, State

REF = "bare"
EVERY_S = 30.0


class Bare:
    """A driver (ports.Driver) that queues at ``queue`` and says where she stands."""

    ref = REF

    def __init__(self, queue: str) -> None:
        self._queue = queue

    def start(self, facts: Facts, queue: str = "") -> Said:
        """A sentence, and into the line (that of ``queue``, when she stands there already)."""
        language, queue = facts.language or "ko", queue or self._queue
        state = State(REF, 1, "queue", language=language, line=Line(queue))
        return Said(state, (self._say("connecting", language), a.Queue(queue, language)))

    def step(self, state: State, event: Event, facts: Facts) -> Said:
        """Position and music as long as she waits; an end when the line has ended."""
        if state.done:
            return Said(state, (a.End(state.done, hang_up=state.done != "answered"),))
        match event:
            case Waiting(position=position, eta_s=eta_s):
                prompts = tuple(a.Utterance(t, state.language) for t in standing(state.language, position, eta_s))
                return Said(replace(state, step=state.step + 1), (a.Hold(prompts, state.language, EVERY_S),))
            case Result(kind="queue", outcome="answered"):
                return Said(replace(state, step=state.step + 1, done="answered"), (a.End("answered", hang_up=False),))
            case Result() | Hangup():
                ended = replace(state, step=state.step + 1, done="unreachable")
                return Said(ended, (self._say("nobody", state.language), a.End("unreachable")))
            case _:
                return Said(state, ())

    def _say(self, code: str, language: str) -> a.Say:
        return a.Say((a.Utterance(say(code, language), language),))
