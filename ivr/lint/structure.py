"""L rules: that a call can go on, ends, and always finds a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import networkx as nx

from ivr.check import Fault, prompts
from ivr.flow import Unit
from ivr.lint.finding import Finding, at
from ivr.lint.places import ASKING, PASSING, PEOPLE, Place, Places


def retold(fault: Fault, units: Mapping[str, Unit]) -> Finding:
    """A fault of the reader as the lint tells it: a way on that is missing is a dead end (L03), any other exit L05."""
    rule = fault.rule
    if rule == "L05" and fault.path and fault.path[-1] == "to" and "no_" not in str(fault.path[-2]):
        rule = "L03"
    if rule == "L05" and fault.node and units[fault.unit].document.nodes[fault.node].kind in {"http", "lookup"}:
        rule = "L11"
    return Finding(rule, "error", fault.unit, fault.node, fault.file, fault.line, fault.ko, fault.en, fault.nearest)


def unreachable(flow: Places) -> Iterator[Finding]:
    """L02: walked from the start and from where 0 leads."""
    begin = [flow.start(), *(place for name in flow.units if (place := flow.operator(name)))]
    seen = {place for one in begin if one in flow.net for place in ({one} | nx.descendants(flow.net, one))}
    for unit, name in flow.all():
        if (unit, name) not in seen:
            ko, en = f"{name}에 이르는 길이 없습니다.", f"No way leads to {name}."
            yield at(flow.units[unit], "L02", ("nodes", name), ko, en)


def spinning(flow: Places) -> Iterator[Finding]:
    """L04: a ring of nodes that needs neither the caller nor time; a call in it would spin until the budget is gone.

    Looked for in one document at a time: a subflow counts as a step to those of its exits that come at once, which is
    exact since subflows do not run each other in a ring (L10).
    """
    sums: dict[str, frozenset[str]] = {}
    for name in reversed(_callers_first(flow)):
        unit, fast = flow.units[name], _fast(flow, name, sums)
        sums[name] = _exits_at_once(unit, fast)
        for ring in nx.strongly_connected_components(fast):
            first = min(ring, key=lambda node: unit.source.line(("nodes", node)))
            if len(ring) > 1 or fast.has_edge(first, first):
                names = ", ".join(sorted(ring))
                ko, en = f"입력 없이 맴돕니다: {names}", f"These nodes go round without input: {names}"
                yield at(unit, "L04", ("nodes", first), ko, en)


def _callers_first(flow: Places) -> list[str]:
    runs = nx.DiGraph()
    runs.add_nodes_from(flow.units)
    for name, unit in flow.units.items():
        nodes = unit.document.nodes.values()
        runs.add_edges_from((name, node.flow) for node in nodes if node.kind == "subflow" and node.flow in flow.units)
    return list(nx.topological_sort(runs)) if nx.is_directed_acyclic_graph(runs) else []


def _fast(flow: Places, name: str, sums: Mapping[str, frozenset[str]]) -> Any:
    """The steps within a document that come at once."""
    unit, fast = flow.units[name], nx.DiGraph()
    fast.add_nodes_from(unit.document.nodes)
    for (_, a), (to, b), waits in flow.net.out_edges([(name, n) for n in unit.document.nodes], data="waits"):
        if to == name and not waits:
            fast.add_edge(a, b)
    for at_node, node in unit.document.nodes.items():
        if node.kind == "subflow":
            ways = (node.on.get(word) for word in sums.get(node.flow, ()))
            fast.add_edges_from((at_node, to) for to in ways if to in unit.document.nodes)
    return fast


def _exits_at_once(unit: Unit, fast: Any) -> frozenset[str]:
    start = unit.document.start
    reached = {start, *nx.descendants(fast, start)} if start in fast else set()
    nodes = (unit.document.nodes[name] for name in reached)
    return frozenset(node.exit for node in nodes if node.kind == "return")


def untranslated(flow: Places) -> Iterator[Finding]:
    """L09: every prompt, label and title in every language of the main flow; what has ``in`` in that one."""
    wanted = flow.units[flow.main].document.languages
    for unit in flow.units.values():
        for path, texts, only in _texts(unit):
            needed = (only,) if only else wanted
            missing = [language for language in needed if not texts.get(language, "").strip()]
            if missing:
                words = ", ".join(missing)
                yield at(unit, "L09", path, f"없는 언어: {words}", f"Languages that are missing: {words}")


def _texts(unit: Unit) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, str], str | None]]:
    yield ("title",), unit.document.title, None
    for path, prompt in prompts(unit.document):
        yield path, prompt.texts, prompt.in_
    for name, node in unit.document.nodes.items():
        for field in ("options", "choices"):
            for index, item in enumerate(getattr(node, field, ())):
                yield ("nodes", name, field, index, "label"), item.label, getattr(item, "in_", None)


def without_person(flow: Places) -> Iterator[Finding]:
    """L13: from every question a person is reached, and no call ends before a person could be asked for."""
    people = {place for place in flow.all() if flow.kind(place) in PEOPLE}
    saved = set(people)
    for place in people:
        saved |= nx.ancestors(flow.net, place)
    for place in flow.all():
        if flow.kind(place) in ASKING and place not in saved and not _by_operator(flow, place, saved):
            ko, en = "여기에서는 사람에게 갈 수 없습니다.", "No way leads from here to a person."
            yield at(flow.units[place[0]], "L13", ("nodes", place[1]), ko, en)
    passed = flow.after(flow.start(), through=(PASSING | {"voicemail"}) - PEOPLE)
    for unit, name in sorted(passed):
        if flow.kind((unit, name)) == "end":
            ko, en = "사람을 청할 기회 없이 끝납니다.", "The call ends here before a person could be asked for."
            yield at(flow.units[unit], "L13", ("nodes", name), ko, en)


def _by_operator(flow: Places, place: Place, saved: set[Place]) -> bool:
    operator = flow.operator(place[0])
    return "operator" in flow.globals.values() and operator is not None and operator in saved
