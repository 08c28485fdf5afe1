"""What a flow must have before a call may run it: its faults, each with a rule's id, file, line and sentences.

These are the rules without which the interpreter could not go on: every target is there (L01), every exit is written
(L05), subflows do not call each other in a ring (L10), http and lookup have a time-out (L11), and whatever is written
can be read: expressions (S02), prompts (S03), names (S04), calendars (S05), values (S06). What makes a menu good for
people is the lint's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from dasan.core.errors import Problem
from ivr import expr, graph, hours, template
from ivr.model import Document
from ivr.nodes import AnyNode
from ivr.scope import BUILTINS, IN_LINE
from ivr.source import Path
from ivr.units import Unit, reached
from ivr.values import fit
from ivr.words import Prompt


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: ``rule`` (stable), where (file, line, flow, node, path), and both sentences."""

    rule: str
    unit: str
    node: str
    path: Path
    file: str
    line: int
    ko: str
    en: str
    nearest: str = ""

    def problem(self) -> Problem:
        """As the operator reads it."""
        key = f"{self.rule} {self.unit}." + ".".join(str(part) for part in self.path)
        return Problem(key, self.ko, self.en, file=self.file, line=self.line, nearest=self.nearest)


def faults(units: Mapping[str, Unit], main: str) -> tuple[Fault, ...]:
    """Every fault of the flow ``main`` and the subflows it reaches, in the order of the files."""
    made: list[Fault] = []
    for name in reached(units, main):
        made += sorted(_of_unit(units[name], units, name == main), key=lambda fault: fault.line)
    return (*made, *_rings(units, main))


def _fault(unit: Unit, rule: str, path: Path, ko: str, en: str, nearest: str = "") -> Fault:
    node = str(path[1]) if len(path) > 1 and path[0] == "nodes" else ""
    return Fault(rule, unit.name, node, path, unit.source.file, unit.source.line(path), ko, en, nearest)


def _of_unit(unit: Unit, units: Mapping[str, Unit], main: bool) -> Iterator[Fault]:
    document = unit.document
    yield from _places(unit, main)
    for name, node in document.nodes.items():
        yield from _exits(unit, name, node)
        yield from _names(unit, name, node, units)
        if node.kind in {"http", "lookup"} and getattr(node, "timeout", None) is None:
            yield _fault(unit, "L11", ("nodes", name), "시간 제한(timeout)이 없습니다.", "There is no timeout.")
        if node.kind == "return" and main:
            ko, en = "return은 하위 흐름에서만 씁니다.", "Only a subflow can return."
            yield _fault(unit, "S06", ("nodes", name, "kind"), ko, en)
    for path, text in formulas(document):
        yield from _formula(unit, path, text)
    for path, prompt in prompts(document):
        yield from _prompt(unit, path, prompt)
    for path, name in shared_names(document):
        if name not in document.prompts or path[0] == "prompts":  # a shared prompt names no other: no rings
            yield _missing(unit, path, "공통 문구", "shared prompt", name, document.prompts)
    yield from _calendars(unit)
    yield from _own_variables(unit)


def _calendars(unit: Unit) -> Iterator[Fault]:
    for name, calendar in unit.document.calendars.items():
        for where, why in hours.wrong(calendar):
            yield _fault(unit, "S05", ("calendars", name, *where), "운영 시간이 맞지 않습니다.", why)


def _own_variables(unit: Unit) -> Iterator[Fault]:
    for name, variable in unit.document.variables.items():
        if variable.default is not None and fit(variable, variable.default) is None:
            ko, en = "처음 값(default)이 이 변수의 값이 아닙니다.", "The default is no value of this variable."
            yield _fault(unit, "S06", ("variables", name, "default"), ko, en)
        if name in {*BUILTINS, *IN_LINE, *expr.CONSTANTS, "heard"}:
            ko, en = f"{name}은(는) 이미 뜻이 있는 이름입니다.", f"{name} already means something."
            yield _fault(unit, "S04", ("variables", name), ko, en)


def _places(unit: Unit, main: bool) -> Iterator[Fault]:
    document = unit.document
    if document.start not in document.nodes:
        yield _unknown(unit, ("start",), document.start, document.nodes)
    if document.operator is not None and document.operator not in document.nodes:
        yield _unknown(unit, ("operator",), document.operator, document.nodes)
    if document.operator is None and main:
        ko, en = "0번이 갈 곳(operator)이 없습니다.", "There is no operator: the node that 0 leads to."
        yield _fault(unit, "L05", ("operator",), ko, en)


def _unknown(unit: Unit, path: Path, target: str, known: Iterable[str]) -> Fault:
    nearest = "".join(get_close_matches(target, list(known), 1))
    return _fault(unit, "L01", path, f"{target}(이)라는 곳이 없습니다.", f"There is no node {target}.", nearest)


def _exits(unit: Unit, name: str, node: AnyNode) -> Iterator[Fault]:
    allowed = graph.OPTIONAL.get(node.kind)
    for way in graph.exits(name, node):
        if way.target is None:
            ko, en = f"{way.name} 출구가 없습니다.", f"The exit {way.name} is missing."
            yield _fault(unit, "L05", way.path, ko, en)
        elif way.target not in unit.document.nodes:
            yield _unknown(unit, way.path, way.target, unit.document.nodes)
        if not way.required and allowed is not None and way.name not in allowed:
            ko, en = f"{node.kind}에는 {way.name} 출구가 없습니다.", f"A {node.kind} has no exit {way.name}."
            yield _fault(unit, "S04", way.path, ko, en)


def _names(unit: Unit, name: str, node: Any, units: Mapping[str, Unit]) -> Iterator[Fault]:
    """Variables, shared prompts, calendars and flows that are named and not there."""
    at: Path = ("nodes", name)
    document = unit.document
    for path, variable in _variables(node):
        if variable not in document.variables:
            yield _missing(unit, (*at, *path), "변수", "variable", variable, document.variables)
    if node.kind == "hours" and (node.calendar is None) == (node.queue is None):
        ko, en = "calendar와 queue 가운데 하나만 씁니다.", "Name a calendar or a queue, one of them."
        yield _fault(unit, "S06", at, ko, en)
    if node.kind == "hours" and node.calendar is not None and node.calendar not in document.calendars:
        yield _missing(unit, (*at, "calendar"), "달력", "calendar", node.calendar, document.calendars)
    if node.kind == "input":
        yield from _input(unit, at, node)
    if node.kind == "subflow":
        yield from _subflow(unit, at, node, units)


def _variables(node: Any) -> Iterator[tuple[Path, str]]:
    if node.kind == "input":
        yield ("slot",), node.slot
    for field in ("set", "into"):
        yield from (((field, key), key) for key in getattr(node, field, {}))
    yield from ((("details", index), key) for index, key in enumerate(getattr(node, "details", ())))
    if getattr(node, "number", None) is not None:
        yield ("number",), node.number


def _missing(unit: Unit, path: Path, ko: str, en: str, name: str, known: Iterable[str]) -> Fault:
    nearest = "".join(get_close_matches(name, list(known), 1))
    return _fault(unit, "S04", path, f"{name}(이)라는 {ko}이(가) 없습니다.", f"There is no {en} {name}.", nearest)


def _input(unit: Unit, at: Path, node: Any) -> Iterator[Fault]:
    if node.max is not None and node.max < node.min:
        yield _fault(unit, "S06", (*at, "max"), "max가 min보다 작습니다.", "max is below min.")
    if node.type == "digits" and node.max is None:
        yield _fault(unit, "S06", at, "몇 자리까지인지(max) 적습니다.", "Digits need a max: how many at most.")
    if node.type == "speech" and not node.speech:
        yield _fault(unit, "S06", at, "speech: true가 필요합니다.", "A spoken slot needs speech: true.")


def _subflow(unit: Unit, at: Path, node: Any, units: Mapping[str, Unit]) -> Iterator[Fault]:
    if node.flow not in units:
        yield _missing(unit, (*at, "flow"), "하위 흐름", "flow", node.flow, units)
        return
    callee = units[node.flow].document
    for variable in (*node.args, *node.into.values()):
        if variable not in callee.variables:
            field = "args" if variable in node.args else "into"
            yield _missing(
                unit, (*at, field), f"{node.flow}의 변수", f"variable of {node.flow}", variable, callee.variables
            )
    said = {n.exit for n in callee.nodes.values() if n.kind == "return"}
    for word in sorted(said - set(node.on)):
        ko, en = f"{word} 출구가 없습니다.", f"The exit {word}, which {node.flow} returns by, is missing."
        yield _fault(unit, "L05", (*at, "on"), ko, en)
    for word in sorted(set(node.on) - said):
        yield _missing(unit, (*at, "on", word), "출구", f"return of {node.flow} named", word, said)


def _rings(units: Mapping[str, Unit], main: str) -> Iterator[Fault]:
    """Subflows that reach themselves: a call could go round in them for ever."""
    for name in reached(units, main):
        for node_name, node in units[name].document.nodes.items():
            if node.kind == "subflow" and node.flow in units and name in reached(units, node.flow):
                ko, en = f"{node.flow}이(가) 다시 {name}을(를) 부릅니다.", f"{node.flow} leads back to {name}."
                yield _fault(units[name], "L10", ("nodes", node_name, "flow"), ko, en)


def formulas(document: Document) -> Iterator[tuple[Path, str]]:
    """Every expression of a document with its path."""
    for name, node in document.nodes.items():
        yield from _formulas_of(("nodes", name), node)
    for path, prompt in prompts(document):
        if prompt.when is not None:
            yield (*path, "when"), prompt.when


def _formulas_of(at: Path, node: Any) -> Iterator[tuple[Path, str]]:
    for index, case in enumerate(getattr(node, "cases", ())):
        yield (*at, "cases", index, "if"), case.if_
    for field in ("set", "args"):
        yield from (((*at, field, key), text) for key, text in getattr(node, field, {}).items())
    if node.kind == "set":
        for field in ("language", "slow"):
            if (text := getattr(node.prefer, field)) is not None:
                yield (*at, "prefer", field), text
    if node.kind == "callback" and node.after is not None:
        yield (*at, "after"), node.after
    for index, option in enumerate(getattr(node, "options", ())):
        if option.when is not None:
            yield (*at, "options", index, "when"), option.when


def prompts(document: Document) -> Iterator[tuple[Path, Prompt]]:
    """Every prompt of a document with its path, shared ones where they are defined."""
    for name, given in document.prompts.items():
        yield from _row(("prompts", name), given)
    for name, node in document.nodes.items():
        for path, given in prompt_rows(node):
            yield from _row(("nodes", name, *path), given)


def _row(at: Path, given: Any) -> Iterator[tuple[Path, Prompt]]:
    yield from ((path, prompt) for path, prompt in _items(at, given) if isinstance(prompt, Prompt))


def _items(at: Path, given: Any) -> Iterator[tuple[Path, Prompt | str]]:
    """A single prompt in the file became a row of one; a path with a 0 that is not in the file finds its parent."""
    yield from (((*at, index), item) for index, item in enumerate(given))


def prompt_rows(node: Any) -> Iterator[tuple[Path, Any]]:
    """Every row of prompts of a node with its path in it."""
    for field in ("say", "confirm_say"):
        if getattr(node, field, ()):
            yield (field,), getattr(node, field)
    for field in ("no_input", "no_match"):
        if (retry := getattr(node, field, None)) is not None:
            yield from (((field, "say", index), row) for index, row in enumerate(retry.say))
    for index, option in enumerate(getattr(node, "options", ())):
        if option.say:
            yield ("options", index, "say"), option.say
    if node.kind == "queue" and node.announce.say:
        yield ("announce", "say"), node.announce.say
    if node.kind == "sms":
        yield ("text",), (node.text,)


def _formula(unit: Unit, path: Path, text: str) -> Iterator[Fault]:
    try:
        made = expr.compiled(text)
    except ValueError as error:
        yield _fault(unit, "S02", path, f"식을 읽을 수 없습니다: {text}", f"{error}: {text}")
        return
    variables = unit.document.variables
    for name in sorted(made.names - {*variables, *BUILTINS}):
        yield _missing(unit, path, "변수", "variable", name, (*variables, *BUILTINS))
    for function, given in made.calls:
        if function == "open" and given is not None and given not in unit.document.calendars:
            yield _missing(unit, path, "달력", "calendar", given, unit.document.calendars)


def _prompt(unit: Unit, path: Path, prompt: Prompt) -> Iterator[Fault]:
    known = {*unit.document.variables, *BUILTINS}
    if "announce" in path:
        known |= {*IN_LINE}
    if "confirm_say" in path:
        known |= {"heard"}
    for language, text in prompt.texts.items():
        try:
            made = template.compiled(text, language)
        except ValueError as error:
            yield _fault(unit, "S03", (*path, language), "문구를 읽을 수 없습니다.", str(error))
            continue
        for name in sorted(made.names - known):
            yield _missing(unit, (*path, language), "변수", "variable", name, known)


def shared_names(document: Document) -> Iterator[tuple[Path, str]]:
    """Every use of a shared prompt with its path."""
    rows = [(("nodes", name, *path), row) for name, node in document.nodes.items() for path, row in prompt_rows(node)]
    for at, row in (*rows, *((("prompts", name), row) for name, row in document.prompts.items())):
        yield from ((path, item) for path, item in _items(at, row) if isinstance(item, str))
