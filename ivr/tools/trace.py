"""Where calls went: the nodes that they came to and the exits that they took, out of all there are.

An exit is named as ivr/graph.py names it, so that "every edge" means every written way out: each key of a menu, its
silence and its mistakes, each outcome of a queue. Commands (0, #, *) are not edges; they work at every question.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ivr import graph
from ivr.events import Digits, Event, NoInput, Result, Waiting
from ivr.flow import Flow
from ivr.interpreter import Turn
from ivr.state import State

Place = tuple[str, str]
Edge = tuple[str, str, str]  # document, node, exit


@dataclass(slots=True)
class Seen:
    """What a number of calls came through."""

    nodes: set[Place] = field(default_factory=set)
    edges: set[Edge] = field(default_factory=set)

    def add(self, flow: Flow, before: State | None, event: Event | None, turn: Turn) -> None:
        """One turn. ``before``: the state that it began in, None for the first."""
        self.nodes |= set(turn.path)
        self.edges |= set(taken(flow, before, event, turn.path))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a flow was seen; what was not, in the order of the files."""

    nodes: int
    edges: int
    nodes_unseen: tuple[Place, ...]
    edges_unseen: tuple[Edge, ...]

    @property
    def whole(self) -> bool:
        """Whether everything was seen."""
        return not self.nodes_unseen and not self.edges_unseen


def coverage(flow: Flow, seen: Seen) -> Coverage:
    """What was seen of ``flow``."""
    nodes = [(name, node) for name, unit in flow.units.items() for node in unit.document.nodes]
    edges = [(name, way.node, way.name) for name, unit in flow.units.items() for way in graph.edges(unit.document)]
    return Coverage(
        len(nodes),
        len(edges),
        tuple(place for place in nodes if place not in seen.nodes),
        tuple(edge for edge in edges if edge not in seen.edges),
    )


def taken(flow: Flow, before: State | None, event: Event | None, path: Iterable[Place]) -> list[Edge]:
    """The exits that a turn took. Where two exits of a node lead to one place, the event tells them apart; between
    cases of a branch nothing does, and the first is counted."""
    made: list[Edge] = []
    stack = [(frame.unit, frame.node) for frame in before.frames[:-1]] if before else []
    at = (before.unit, before.node) if before else None
    for place in path:
        if at is not None:
            edge = _edge(flow, stack, at, place, event)
            made += [edge] if edge else []
        at, event = place, None
    return made


def _edge(flow: Flow, stack: list[Place], at: Place, to: Place, event: Event | None) -> Edge | None:
    node: Any = flow.node(*at)
    if node.kind == "subflow" and to == (node.flow, flow.units[node.flow].document.start):
        stack.append(at)
        return None
    if node.kind == "return" and stack:
        caller = stack.pop()
        return (*caller, node.exit) if caller[0] == to[0] else None
    names = [way.name for way in graph.exits(at[1], node) if at[0] == to[0] and way.target == to[1]]
    if not names:  # a command, or a rescue: the frames were cut
        stack.clear()
        return None
    wanted = _names(node, event)
    return (*at, next((name for name in wanted if name in names), names[0]))


def _names(node: Any, event: Event | None) -> tuple[str, ...]:
    """The exits that an event may take, likeliest first."""
    match event:
        case Digits(digits=keys):
            bound = getattr(node, "keys", {}).get(keys[:1])
            return (bound,) if bound else (keys, "to", "no_match")
        case NoInput():
            return ("no_input",)
        case Result(outcome=outcome):
            return outcome, "error", "failed"
        case Waiting():
            return ("max_wait",)
        case _:
            return ()
