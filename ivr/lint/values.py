"""L08 and L12: variables along the paths of a document, and where personal ones come out.

L08 is a forward analysis of "surely set": what holds at a node is what holds on every way to it. A variable with a
default is set from the beginning; in a subflow one that every caller passes is too. ``has(name)`` asks whether it is
set, so it is no use of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from ivr import expr, graph, template
from ivr.check import formulas, prompt_rows
from ivr.flow import Unit
from ivr.lint.finding import Finding, at
from ivr.lint.places import Places
from ivr.lint.reading import nodes_of, prompts_of
from ivr.source import Path
from ivr.words import Prompt

Names = frozenset[str]


def unset(flow: Places) -> Iterator[Finding]:
    """L08."""
    for unit in flow.units.values():
        surely = _surely_set(unit, _given(flow, unit))
        for name, node in unit.document.nodes.items():
            if name not in surely:
                continue  # never reached: L02 tells
            for path, used in _uses(unit, name, node):
                for variable in sorted((used & set(unit.document.variables)) - surely[name]):
                    ko, en = f"{variable}: 값이 없는 길이 있습니다.", f"On some way here {variable} has no value."
                    yield at(unit, "L08", path, ko, en)


def _given(flow: Places, unit: Unit) -> Names:
    variables = unit.document.variables
    made = {name for name, variable in variables.items() if variable.default is not None}
    passed = [frozenset(node.args) for _, _, node in nodes_of(flow, "subflow") if node.flow == unit.name]
    return frozenset(made) | (frozenset.intersection(*passed) if passed else frozenset())


def _surely_set(unit: Unit, given: Names) -> dict[str, Names]:
    document = unit.document
    begin = [name for name in (document.start, document.operator) if name in document.nodes]
    found: dict[str, Names] = dict.fromkeys(begin, given)
    waiting = list(begin)
    while waiting:
        name = waiting.pop()
        for way in graph.exits(name, document.nodes[name]):
            if way.target not in document.nodes:
                continue
            after = found[name] | _sets(document.nodes[name], way.name)
            before = found.get(way.target)
            now = after if before is None else before & after
            if now != before:
                found[way.target] = now
                waiting.append(way.target)
    return found


def _sets(node: Any, exit_name: str) -> Names:
    """What is set once a node was left by that exit."""
    if node.kind == "set":
        return frozenset(node.set)
    if node.kind == "input" and exit_name == "to":
        return frozenset({node.slot})
    if node.kind in {"http", "lookup"} and exit_name not in {"error", "timeout"}:
        return frozenset(node.into)
    return frozenset(node.into) if node.kind == "subflow" else frozenset()


def _uses(unit: Unit, name: str, node: Any) -> Iterator[tuple[Path, Names]]:
    """Every variable that a node reads, with where."""
    here: Path = ("nodes", name)
    for path, text in formulas(unit.document):
        if path[:2] == here:
            yield path, _read(text)
    for path, item in _spoken(here, node):
        yield from ((path, _holes(prompt)) for prompt in prompts_of(unit, (item,)))
    if getattr(node, "number", None):
        yield (*here, "number"), frozenset({node.number})


def _spoken(here: Path, node: Any) -> Iterator[tuple[Path, Any]]:
    for path, row in prompt_rows(node):
        yield from (((*here, *path), item) for item in row)


def _read(text: str) -> Names:
    """The names of an expression outside of ``has(…)``."""
    try:
        tree = expr.compiled(text).tree
    except ValueError:
        return frozenset()  # S02 tells
    asked = {
        id(arg)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "has"
        for arg in call.args
    }
    return frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in asked)


def _holes(prompt: Prompt) -> Names:
    made: set[str] = set()
    for language, text in prompt.texts.items():
        try:
            made |= template.compiled(text, language).names
        except ValueError:
            continue  # S03 tells
    return frozenset(made)


def personal(flow: Places) -> Iterator[Finding]:
    """L12: spoken outside the question that asks back, told to an outside service, or shown beside the call."""
    for unit in flow.units.values():
        secret = {name for name, variable in unit.document.variables.items() if variable.pii}
        for name, node in unit.document.nodes.items() if secret else ():
            for path, used in _leaks(unit, name, node):
                for variable in sorted(used & secret):
                    ko = f"개인정보 {variable}이(가) 여기서 밖으로 나갑니다."
                    yield at(unit, "L12", path, ko, f"The personal variable {variable} gets out here.")


def _leaks(unit: Unit, name: str, node: Any) -> Iterator[tuple[Path, Names]]:
    here: Path = ("nodes", name)
    for path, item in _spoken(here, node):
        if "confirm_say" not in path:
            yield from ((path, _holes(prompt)) for prompt in prompts_of(unit, (item,)))
    if node.kind == "http":
        for key, text in node.args.items():
            yield (*here, "args", key), _read(text)
    yield from (((*here, "details", index), frozenset({key})) for index, key in enumerate(getattr(node, "details", ())))
