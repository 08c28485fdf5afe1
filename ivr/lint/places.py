"""A flow as one graph of places, for questions that no single node can answer.

A place is a node of a document: ``(unit, node)``. An edge carries the exit's name and whether a caller's time or touch
is needed to take it (``waits``). A subflow's exits lead from its return nodes; which caller of a shared subflow a
return goes back to is not followed, so every one of them counts: the graph may have a path too many, never one too few.
Commands (0, #, *) are not edges: 0 is asked about by name, and the other two lead nowhere new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import networkx as nx

from ivr import graph
from ivr.flow import Unit, reached

Place = tuple[str, str]
# Somebody who can help: a counselor's line, a partner's line.
PEOPLE = frozenset({"queue", "transfer"})
# What a caller without a counselor may be left with.
HELP = frozenset({*PEOPLE, "callback", "voicemail", "sms"})
ASKING = frozenset(graph.ASKING)
# Exits that come at once, without the caller or the clock: walking only these would spin.
_AT_ONCE = {"queue": {"full", "closed", "error"}, "voicemail": {"error"}}
# What the caller does not choose or sit out: its exits come by themselves.
SILENT = frozenset({"say", "branch", "hours", "set", "cancel_callback", "subflow", "return", "goto"})
PASSING = frozenset({*SILENT, "http", "lookup", "callback", "sms", "transfer"})


@dataclass(frozen=True)
class Places:
    """The graph of ``main`` and its subflows. ``units``: those it reaches."""

    main: str
    units: Mapping[str, Unit]
    net: Any = field(repr=False)

    def node(self, place: Place) -> Any:
        """The node at a place."""
        return self.units[place[0]].document.nodes[place[1]]

    def kind(self, place: Place) -> str:
        """Its kind."""
        return str(self.node(place).kind)

    def all(self) -> Iterator[Place]:
        """Every place, in the order of the files."""
        for name, unit in self.units.items():
            yield from ((name, node) for node in unit.document.nodes)

    @property
    def globals(self) -> Mapping[str, str]:
        """The command keys: the main document's hold everywhere."""
        return self.units[self.main].document.globals

    def start(self) -> Place:
        """Where a call begins."""
        return self.main, self.units[self.main].document.start

    def operator(self, unit: str) -> Place | None:
        """Where 0 leads from a document, when that node is there."""
        for name in (unit, self.main):
            wanted = self.units[name].document.operator
            if wanted is not None:
                return (name, wanted) if wanted in self.units[name].document.nodes else None
        return None

    def after(self, place: Place, *, through: frozenset[str]) -> frozenset[Place]:
        """Every place reached from ``place``, itself included, walking on only from the kinds in ``through``."""
        seen, waiting = {place}, [place]
        while waiting:
            at = waiting.pop()
            if self.kind(at) in through:
                found = set(self.net.successors(at)) - seen
                seen |= found
                waiting += sorted(found)
        return frozenset(seen)

    def at_once(self, place: Place) -> frozenset[Place]:
        """Every place that a caller comes through or to before she is asked, parked or done."""
        return self.after(place, through=SILENT)


def places(units: Mapping[str, Unit], main: str) -> Places:
    """The graph of a flow. Targets that are not there are left out (L01 tells them)."""
    own = {name: units[name] for name in reached(units, main)}
    net: Any = nx.MultiDiGraph()
    for unit in own.values():
        net.add_nodes_from((unit.name, name) for name in unit.document.nodes)
    for unit in own.values():
        for name, node in unit.document.nodes.items():
            _join(net, own, unit, name, node)
    return Places(main, own, net)


def _join(net: Any, units: Mapping[str, Unit], unit: Unit, name: str, node: Any) -> None:
    here = (unit.name, name)
    if node.kind == "subflow":
        _join_subflow(net, units, unit, here, node)
        return
    for way in graph.exits(name, node):
        if way.target in unit.document.nodes:
            at_once = node.kind in PASSING or way.name in _AT_ONCE.get(node.kind, ())
            net.add_edge(here, (unit.name, way.target), exit=way.name, waits=not at_once)


def _join_subflow(net: Any, units: Mapping[str, Unit], unit: Unit, here: Place, node: Any) -> None:
    callee = units.get(node.flow)
    if callee is None or callee.document.start not in callee.document.nodes:
        return
    net.add_edge(here, (callee.name, callee.document.start), exit="run", waits=False)
    for name, inner in callee.document.nodes.items():
        if inner.kind == "return" and (target := node.on.get(inner.exit)) in unit.document.nodes:
            net.add_edge((callee.name, name), (unit.name, target), exit=inner.exit, waits=False)
