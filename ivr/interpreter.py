"""The interpreter: ``(flow, state, event, facts) -> (state, actions)``, and nothing else.

``start`` and ``step`` are total over checked flows: every event in every state gives a turn. A turn that does not wait
for something is impossible; one that would walk in a ring ends at a person. What was never understood by the author's
exits ends there too: no caller is dropped by a flow's mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from dasan.core.errors import ConfigWrong, Problem
from ivr import asking, inline
from ivr.actions import Action, End, Say
from ivr.doing import DONE, ENTER
from ivr.events import Digits, Event, Hangup, NoInput, Result, Speech, Waiting
from ivr.facts import Facts
from ivr.flow import Flow
from ivr.run import NODES_MAX, Run
from ivr.state import Frame, State
from ivr.values import first_values


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the caller is now, and what shall happen. No actions: the event meant nothing here; go on waiting.

    ``path``: the places (document, node) that this turn came to, in order; for coverage, never needed to go on.
    """

    state: State
    actions: tuple[Action, ...] = ()
    path: tuple[tuple[str, str], ...] = ()


def start(flow: Flow, facts: Facts) -> Turn:
    """A call comes in. Its language is the one kept for the address when the flow has it, else the flow's first."""
    main = flow.main
    language = facts.language if facts.language in main.languages else main.languages[0]
    frame = Frame(flow.name, main.start, first_values(main))
    run = Run(flow, facts, State(flow.ref, step=1, frames=(frame,), language=language, slow=facts.slow))
    _walk(run, main.start)
    return Turn(run.state, tuple(run.actions), tuple(run.path))


def step(flow: Flow, state: State, event: Event, facts: Facts) -> Turn:
    """What ``event`` leads to. Raises ConfigWrong when ``state`` belongs to another flow or version."""
    _belongs(flow, state)
    if state.done:
        return Turn(state, (End(state.done, state.phase == "done"),))
    run = Run(flow, facts, replace(state, step=state.step + 1))
    if isinstance(event, Hangup):
        run.finish("hangup", hang_up=False)
        return Turn(run.state, tuple(run.actions))
    hears = _HEARS.get(state.phase)
    if hears is None or not hears[0](run, event):
        return Turn(state)
    target = hears[1](run, run.node, event)
    if target is not None:
        _walk(run, target)
    return Turn(run.state, tuple(run.actions), tuple(run.path))


def _walk(run: Run, target: str) -> None:
    """From node to node until the turn waits for something."""
    going: str | None = target
    while going is not None:
        run.budget -= 1
        if run.budget < 0:
            going = _rescue(run)
            if going is None:
                return
        run.move(going)
        node = run.node
        going = ENTER[node.kind](run, node)
    assert run.waits


def _rescue(run: Run) -> str | None:
    """The flow goes round in a ring: to a person, once; if even that is a ring, the call ends."""
    if run.rescued:
        run.finish("lost")
        return None
    run.actions = [action for action in run.actions if not isinstance(action, Say)]
    run.do(Say(run.shared("trouble", "error")))
    run.rescued, run.budget = True, NODES_MAX
    return run.operator()


def _result(run: Run, node: Any, event: Event) -> str | None:
    assert isinstance(event, Result)
    return DONE[node.kind](run, node, event)


def _answers(_run: Run, event: Event) -> bool:
    return isinstance(event, Digits | Speech | NoInput)


def _concerns_line(_run: Run, event: Event) -> bool:
    return isinstance(event, Waiting | Digits) or (isinstance(event, Result) and event.kind == "queue")


def _awaited(run: Run, event: Event) -> bool:
    return isinstance(event, Result) and event.kind == run.node.kind


# Phase -> (whether an event belongs there, what it leads to).
_HEARS: dict[str, tuple[Callable[[Run, Event], bool], Callable[[Run, Any, Any], str | None]]] = {
    "ask": (_answers, asking.answer),
    "confirm": (_answers, asking.answer),
    "queue": (_concerns_line, inline.hear),
    "result": (_awaited, _result),
}


def _belongs(flow: Flow, state: State) -> None:
    if state.ref != flow.ref:
        ko = f"이 통화는 다른 판({state.ref})에서 시작되었습니다. 그 판으로 계속하거나 상담사에게 연결하십시오."
        en = f"This call began in another version ({state.ref}); go on with that one or hand it to a person."
        raise ConfigWrong((Problem("ref", ko, en),))
