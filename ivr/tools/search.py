"""Every key at every question, to a depth: how far a caller can ever be from a person, and whether she can be lost.

Breadth first over the interpreter itself: at a question every key that is bound, the commands, a wrong key and
silence; in line every key and the end of the wait; for what is awaited from outside, every outcome that has an exit.
A step is something the caller does or leaves undone; an outcome from outside is none. Two moments count as one when the
caller could not tell them apart: same places, values, language, failures and line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ivr import graph
from ivr.actions import Action, Ask, End, Hold, Queue, Transfer
from ivr.events import Digits, Event, NoInput, Result, Speech, Waiting
from ivr.facts import Facts
from ivr.flow import Flow
from ivr.interpreter import Turn, start, step
from ivr.state import State
from ivr.timing import silent_s
from ivr.tools.trace import Seen

MOMENTS_MAX = 200_000
FOREVER_S = 86_400.0
PEOPLE = (Queue, Hold, Transfer)


@dataclass(frozen=True, slots=True)
class Found:
    """``moments``: different ones seen; ``whole``: nothing was left out at ``depth``. ``farthest``: the most steps that
    lie between any moment and a person, and the keys that lead to such a moment (``by``). ``lost``: the keys after
    which everything was tried and nothing leads to a person."""

    moments: int
    depth: int
    whole: bool
    farthest: int
    by: str
    lost: tuple[str, ...]
    ended: int
    seen: Seen = field(repr=False)


@dataclass(slots=True)
class _Moment:
    keys: str
    steps: int
    before: list[tuple[int, int]] = field(default_factory=list)  # (moment, cost of the step here)
    person: bool = False
    end: bool = False
    open: bool = False  # what may follow was not tried: the depth was reached


def search(flow: Flow, facts: Facts, depth: int = 6, moments_max: int = MOMENTS_MAX) -> Found:
    """Try everything that takes at most ``depth`` steps."""
    seen, first = Seen(), start(flow, facts)
    seen.add(flow, None, None, first)
    moments = [_moment("", 0, first)]
    known = {_alike(first): 0}
    waiting = deque([(0, first)])
    while waiting:
        number, turn = waiting.popleft()
        here = moments[number]
        if here.end or here.steps >= depth:
            here.open = not here.end
            continue
        for event, sign, cost in _events(flow, turn):
            made = step(flow, turn.state, event, facts)
            seen.add(flow, turn.state, event, made)
            if not made.actions:
                continue
            after = known.get(_alike(made))
            if after is None and len(moments) < moments_max:
                after = known[_alike(made)] = len(moments)
                moments.append(_moment(here.keys + sign, here.steps + cost, made))
                (waiting.append if cost else waiting.appendleft)((after, made))
            if after is None:
                here.open = True
            else:
                moments[after].before.append((number, cost))
    return _judged(moments, depth, seen)


def _moment(keys: str, steps: int, turn: Turn) -> _Moment:
    last = turn.actions[-1]
    ended = isinstance(last, End)
    return _Moment(keys, steps, person=isinstance(last, PEOPLE), end=ended)


def _alike(turn: Turn) -> tuple[object, ...]:
    state = turn.state
    places = tuple((frame.unit, frame.node, tuple(sorted(frame.vars.items(), key=str))) for frame in state.frames)
    counted = (state.no_input, state.no_match, min(state.replays, 1), state.left_line, state.line is not None)
    return state.phase, places, state.language, state.slow, counted, state.done


def _judged(moments: list[_Moment], depth: int, seen: Seen) -> Found:
    steps = _back(moments, [n for n, moment in enumerate(moments) if moment.person])
    unknown = _back(moments, [n for n, moment in enumerate(moments) if moment.open])
    inner = [n for n, moment in enumerate(moments) if not moment.end]
    lost = tuple(moments[n].keys or "·" for n in inner if n not in steps and n not in unknown)
    far = max((steps[n] for n in inner if n in steps), default=0)
    by = next((moments[n].keys for n in inner if steps.get(n) == far), "")
    whole = not any(moment.open for moment in moments)
    return Found(len(moments), depth, whole, far, by, lost, sum(m.end for m in moments), seen)


def _back(moments: list[_Moment], targets: list[int]) -> dict[int, int]:
    """The fewest steps from every moment that leads to one of ``targets``, walked backward."""
    steps = dict.fromkeys(targets, 0)
    waiting = deque(targets)
    while waiting:
        number = waiting.popleft()
        for before, cost in moments[number].before:
            if steps.get(before, MOMENTS_MAX) > steps[number] + cost:
                steps[before] = steps[number] + cost
                (waiting.append if cost else waiting.appendleft)(before)
    return steps


def _events(flow: Flow, turn: Turn) -> Iterator[tuple[Event, str, int]]:
    """What may happen next, how it is written, and whether it is a step of the caller's."""
    last, state = turn.actions[-1], turn.state
    node: Any = flow.node(state.unit, state.node)
    if isinstance(last, Ask):
        yield from _answers(flow, node, last, state)
    elif isinstance(last, Queue | Hold):
        yield from ((Digits(key), key, 1) for key in last.keys)
        yield Waiting(FOREVER_S, 1, 60.0), "…", 1
        yield from ((Result("queue", word), f"<{word}>", 0) for word in ("full", "closed", "error"))
    elif not isinstance(last, End):
        yield from ((Result(node.kind, word), f"<{word}>", 0) for word in _outcomes(node, last))


def _answers(flow: Flow, node: Any, asked: Ask, state: State) -> Iterator[tuple[Event, str, int]]:
    keys = [choice.key for choice in asked.choices] or [_sample(node)]
    if node.kind == "input" and node.skip is not None:
        keys.append(node.skip.key)
    wrong = next((key for key in "123456789" if key not in keys), "")
    for key in dict.fromkeys([*keys, *flow.main.globals, wrong]):
        if key:
            yield Digits(key), key, 1
    if asked.speech:
        yield Speech("…", 0.0), "?", 1
    yield NoInput(), "-", 1


def _sample(node: Any) -> str:
    """A right answer to a question without choices."""
    values = getattr(node, "values", ())
    kind = getattr(node, "type", "")
    samples = {"phone": "01012345678", "date": "1224", "digits": "1" * (getattr(node, "min", 1) or 1)}
    return (values[0] if values else samples.get(kind, "")) + getattr(node, "terminator", "")


def _outcomes(node: Any, last: Action) -> list[str]:
    words = [way.name for way in graph.exits("", node) if way.name != "no_number"]
    return [*dict.fromkeys(words), *(["connected"] if isinstance(last, Transfer) else [])]


def to_person_s(flow: Flow, facts: Facts, turns_max: int = 40) -> tuple[float, str]:
    """Seconds until a caller who presses nothing stands in line or rings at a partner's, and where; (inf, node) when
    the flow ends or goes on asking."""
    turn, total = start(flow, facts), 0.0
    for _ in range(turns_max):
        total += silent_s(turn.actions)
        last = turn.actions[-1]
        if isinstance(last, PEOPLE):
            return total, turn.state.node
        if not isinstance(last, Ask):
            break
        turn = step(flow, turn.state, NoInput(), facts)
    return float("inf"), turn.state.node
