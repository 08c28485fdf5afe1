"""Documents as they are read: text to data to a checked shape, each with its source, and which of them a flow reaches.

Shape only: that every target is there and every exit written is asked by :mod:`ivr.check`. All problems of all files
are told at once, in Korean and English, with file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from pydantic import ValidationError

from dasan.core.errors import ConfigWrong, Problem
from ivr.model import Document, shape
from ivr.source import Path, Source, parse

FILES_KEPT = 32


@dataclass(frozen=True, slots=True)
class Unit:
    """One document with its source."""

    name: str
    document: Document
    source: Source


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


@lru_cache(maxsize=FILES_KEPT)
def _unit(file: str, text: str) -> Unit:
    """Read once for as long as it is the same: the three menus share their parts, and reading costs 50 ms a file."""
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
    "kind", "note", "say", "to", "barge_in", "again", "warns", "options", "key", "label", "phrases", "in", "hidden",
    "when", "no_input", "no_match", "repeat", "max", "timeout", "speech", "confidence", "help", "slot", "type",
    "min", "terminator", "values", "choices", "skip", "confirm", "confirm_say", "past", "future", "cases", "if", "else",
    "calendar", "queue", "on", "set", "prefer", "args", "into", "service", "name", "flow", "exit", "skills",
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
