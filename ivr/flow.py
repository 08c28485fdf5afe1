"""From files to a flow: read, check, pin.

A flow is its main document and every subflow that it reaches. Its ref is its name and the SHA-256 of their canonical
source (plain data, keys sorted, no layout, no comments), so it changes exactly when a caller could notice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError

from dasan.core.errors import ConfigWrong, Problem
from ivr.model import LANGUAGE_VERSION, Document, shape
from ivr.nodes import AnyNode
from ivr.source import Path, Source, parse


@dataclass(frozen=True, slots=True)
class Unit:
    """One document with its source."""

    name: str
    document: Document
    source: Source


@dataclass(frozen=True, slots=True)
class Flow:
    """A checked flow that calls can run. ``units``: the main document (under ``name``) and its subflows."""

    ref: str
    name: str
    version: int
    units: Mapping[str, Unit]

    @property
    def main(self) -> Document:
        """The main document."""
        return self.units[self.name].document

    def node(self, unit: str, name: str) -> AnyNode:
        """A node by its place."""
        return self.units[unit].document.nodes[name]


def read(texts: Mapping[str, str]) -> dict[str, Unit]:
    """The documents in ``texts`` (file name to text) by flow name; shape only, nothing of their meaning is checked.

    Raises ConfigWrong with every problem of every file.
    """
    units: dict[str, Unit] = {}
    problems: list[Problem] = []
    for file, text in texts.items():
        try:
            unit = _unit(file, text)
        except ConfigWrong as error:
            problems += error.problems
            continue
        if unit.name in units:
            ko, en = f"{unit.name} 흐름이 두 파일에 있습니다.", f"Two files hold a flow named {unit.name}."
            problems.append(Problem("flow", ko, en, file=file, line=unit.source.line(("flow",))))
        units[unit.name] = unit
    if problems:
        raise ConfigWrong(tuple(problems))
    return units


def _unit(file: str, text: str) -> Unit:
    source = parse(text, file)
    try:
        document = shape(source.data)
    except ValidationError as error:
        raise ConfigWrong(tuple(_problems(source, error))) from error
    return Unit(document.flow, document, source)


def _problems(source: Source, error: ValidationError) -> Iterable[Problem]:
    seen: set[Path] = set()
    for one in error.errors(include_url=False, include_input=False):
        path = _path_in(source, one["loc"])
        if path in seen and one["type"] != "missing":  # one wrong value fails every member of a union
            continue
        seen.add(path)
        key = ".".join(str(part) for part in path)
        ko, en, nearest = _sentence(one["type"], one["msg"], path, tuple(one["loc"]))
        yield Problem(key, ko, en, file=source.file, line=source.line(path), nearest=nearest)


def _path_in(source: Source, loc: tuple[int | str, ...]) -> Path:
    """The part of pydantic's location that exists in the file: it names a node's kind and the members of unions too."""
    path: Path = ()
    if len(loc) > 2 and loc[0] == "nodes":
        loc = (*loc[:2], *loc[3:])
    for part in loc:
        if (*path, part) in source.lines:
            path = (*path, part)
    return path


_KO = {
    "missing": "'{last}' 항목이 빠졌습니다.",
    "extra_forbidden": "'{last}'은(는) 없는 항목입니다.",
    "union_tag_invalid": "없는 종류(kind)입니다.",
    "union_tag_not_found": "종류(kind)가 빠졌습니다.",
    "literal_error": "쓸 수 있는 값이 아닙니다.",
    "string_type": "글이어야 합니다. 숫자나 true는 따옴표로 묶습니다.",
    "string_pattern_mismatch": "정해진 모양이 아닙니다.",
    "string_too_long": "너무 깁니다.",
    "bool_type": "true나 false여야 합니다.",
    "bool_parsing": "true나 false여야 합니다.",
    "float_type": "숫자여야 합니다.",
    "float_parsing": "숫자나 30s, 2m 같은 시간이어야 합니다.",
    "int_type": "정수여야 합니다.",
    "int_parsing": "정수여야 합니다.",
    "greater_than": "너무 작습니다.",
    "greater_than_equal": "너무 작습니다.",
    "less_than_equal": "너무 큽니다.",
    "too_short": "하나 이상 있어야 합니다.",
    "too_long": "너무 많습니다.",
    "dict_type": "'이름: 값' 꼴이어야 합니다.",
    "model_type": "'이름: 값' 꼴이어야 합니다.",
    "tuple_type": "목록이어야 합니다.",
}


def _sentence(kind: str, message: str, path: Path, loc: tuple[int | str, ...]) -> tuple[str, str, str]:
    last = str(loc[-1]) if loc else ""
    where = f": {last}" if kind == "missing" else ""
    ko = _KO.get(kind, "값이 맞지 않습니다.").format(last=last)
    nearest = _nearest_key(last, path) if kind == "extra_forbidden" else ""
    return ko, f"{message.removeprefix('Value error, ')}{where}", nearest


def _nearest_key(key: str, path: Path) -> str:
    from_models = _NODE_KEYS if path and path[0] == "nodes" else tuple(Document.model_fields)
    found = get_close_matches(key, from_models, 1, 0.6)
    return found[0] if found else ""


_NODE_KEYS = (
    "kind", "note", "say", "to", "barge_in", "again", "options", "key", "label", "phrases", "in", "hidden", "when",
    "no_input", "no_match", "repeat", "max", "timeout", "inter_digit", "speech", "confidence", "help", "slot", "type",
    "min", "terminator", "values", "choices", "skip", "confirm", "confirm_say", "past", "future", "cases", "if", "else",
    "calendar", "queue", "on", "set", "prefer", "args", "into", "method", "url", "name", "flow", "exit", "skills",
    "priority", "emergency", "announce", "offer_callback_after", "max_wait", "keys", "details", "number", "after",
    "line", "text", "reason",
)  # fmt: skip


def reached(units: Mapping[str, Unit], main: str) -> tuple[str, ...]:
    """The flows that ``main`` runs, itself first; a subflow that is not there is left out (:mod:`ivr.check` tells)."""
    made: list[str] = []
    waiting = [main]
    while waiting:
        name = waiting.pop(0)
        if name in units and name not in made:
            made.append(name)
            waiting += [n.flow for n in units[name].document.nodes.values() if n.kind == "subflow"]
    return tuple(made)


def ref_of(units: Mapping[str, Unit], main: str) -> str:
    """``name@sha256:…`` of the canonical source of a flow and its subflows."""
    source = {name: units[name].source.data for name in reached(units, main)}
    text = json.dumps({"language": LANGUAGE_VERSION, "flows": source}, ensure_ascii=False, sort_keys=True)
    return f"{main}@sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def compile_flow(texts: Mapping[str, str], main: str) -> Flow:
    """The flow named ``main`` in ``texts`` (file name to text), checked. Raises ConfigWrong with all its problems."""
    from ivr.check import faults  # noqa: PLC0415 - the checks read units, which stand here

    units = read(texts)
    if main not in units:
        nearest = "".join(get_close_matches(main, units, 1))
        ko, en = f"{main} 흐름이 없습니다.", f"There is no flow named {main}."
        raise ConfigWrong((Problem("flow", ko, en, nearest=nearest),))
    found = faults(units, main)
    if found:
        raise ConfigWrong(tuple(fault.problem() for fault in found))
    names = reached(units, main)
    return Flow(ref_of(units, main), main, units[main].document.version, {name: units[name] for name in names})
