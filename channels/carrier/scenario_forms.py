"""What may stand in a scenario, as data: the parts of the file, and each step's fields and what they hold.

One table is what a file is checked against before anything is played, and what the published schema (docs/schema) is
made from. ``{examples}``: where an example's value stands in (``<name>``), anything may.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]
_SPAN = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, None: 1.0}
_STAND_IN = re.compile(r"<[a-z_]+>")
STAND_IN: Schema = {"$ref": "#/$defs/stand_in"}


def span(value: Any) -> float:
    """Seconds, of ``35s``, ``500ms``, ``2m`` or a number. Raises ValueError."""
    found = _SPAN.fullmatch(str(value).strip())
    if found is None:
        raise ValueError(f"not a time: {value}")
    return float(found[1]) * _UNITS[found[2]]


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _time(value: Any) -> bool:
    return _plain(value) and _SPAN.fullmatch(str(value).strip()) is not None


@dataclass(frozen=True, slots=True)
class Kind:
    """What one field holds: ``is_one`` says whether a value is, ``name`` what it should have been."""

    name: str
    is_one: Callable[[Any], bool]
    schema: Schema


TEXT = Kind("text", _plain, {"type": ["string", "number"]})
ADDRESS = Kind("an address (a number in E.164, client:, sip:, app:)", lambda v: isinstance(v, str), {"type": "string"})
SPAN = Kind("a time (35s, 500ms, 2m)", _time, {"type": ["string", "number"], "pattern": f"^{_SPAN.pattern}$"})
NUMBER = Kind("a number", lambda v: isinstance(v, int | float) and not isinstance(v, bool), {"type": "number"})
COUNT = Kind("a count", lambda v: isinstance(v, int) and not isinstance(v, bool), {"type": "integer"})
SHARE = Kind("a share from 0 to 1", lambda v: NUMBER.is_one(v) and 0 <= v <= 1,
             {"type": "number", "minimum": 0, "maximum": 1})  # fmt: skip
FLAG = Kind("true or false", lambda v: isinstance(v, bool), {"type": "boolean"})
ANYTHING = Kind("anything", lambda v: True, {})
NAMES = Kind("a list of names", _names, {"type": "array", "items": {"type": "string"}})


# What the schema calls them, where it says them once for all fields.
_NAMED = {"text": TEXT, "address": ADDRESS, "time": SPAN, "number": NUMBER, "count": COUNT, "share": SHARE,
          "flag": FLAG, "names": NAMES}  # fmt: skip


def choice(*words: str) -> Kind:
    """One of these words."""
    return Kind(f"one of {', '.join(words)}", lambda v: v in words, {"enum": list(words)})


@dataclass(frozen=True, slots=True)
class Form:
    """One step, or one part. ``main``: the field that a bare value is, "" where there is none. ``rest``: what any other
    name holds (``hear: {citizen: [desk]}``). ``bare``: whether it may stand without anything."""

    main: str = ""
    fields: Mapping[str, Kind] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    rest: Kind | None = None
    bare: bool = False

    def faults(self, value: Any) -> Iterable[tuple[str, str, str]]:
        """(field or "", Korean, English) of what is wrong with a value."""
        if value is None:
            if not self.bare:
                yield "", "값이 없습니다.", f"it needs {self._wanted()}"
            return
        if not isinstance(value, Mapping):
            kind = self.fields.get(self.main)
            if kind is None or not fits(kind, value):
                yield "", f"쓸 수 없는 값입니다: {value}", f"{value} is not {kind.name if kind else self._wanted()}"
            return
        for name in value:
            kind = self.fields.get(name, self.rest)
            if kind is None:
                near = nearest(str(name), self.fields)
                yield name, f"모르는 이름입니다: {name}{near[0]}", f"unknown: {name}{near[1]}"
            elif not fits(kind, value[name]):
                yield name, f"쓸 수 없는 값입니다: {name}: {value[name]}", f"{name}: {value[name]} is not {kind.name}"
        for name in self.needs:
            if name not in value:
                yield "", f"{name}이(가) 있어야 합니다.", f"{name} is missing"

    def _wanted(self) -> str:
        return "{" + ", ".join(self.fields) + "}"

    def schema(self) -> Schema:
        """As a JSON schema."""
        shapes: list[Schema] = []
        if self.main:
            shapes.append(_shape(self.fields[self.main]))
        whole: Schema = {"type": "object", "properties": {k: _shape(v) for k, v in self.fields.items()}}
        whole["additionalProperties"] = _shape(self.rest) if self.rest else False
        if self.needs:
            whole["required"] = list(self.needs)
        shapes.append(whole)
        if self.bare:
            shapes.append({"type": "null"})
        return {"anyOf": [*shapes, STAND_IN]}


def fits(kind: Kind, value: Any) -> bool:
    """Whether a value is of that kind, or stands in for one that an example gives."""
    return kind.is_one(value) or (isinstance(value, str) and _STAND_IN.fullmatch(value) is not None)


def _shape(kind: Kind) -> Schema:
    name = next((name for name, one in _NAMED.items() if one is kind), "")
    return {"$ref": f"#/$defs/{name}"} if name else _open(kind.schema)


def _open(schema: Schema) -> Schema:
    return {"anyOf": [schema, STAND_IN]}


def nearest(name: str, names: Iterable[str]) -> tuple[str, str]:
    """The name that was meant, as the end of a Korean and of an English sentence; "" when none is near."""
    near = difflib.get_close_matches(name, sorted(names), 1, 0.5)
    return (f" ({near[0]}?)", f" (did you mean {near[0]}?)") if near else ("", "")


# -- the parts of a file

ON_RING = choice("answer", "wait", "busy", "reject", "absent")
SMS = choice("delivered", "undelivered", "failed", "silent")
HABIT = {"on_ring": ON_RING, "after": SPAN, "machine": FLAG, "sms": SMS}
PHONE = Form("at", {"at": ADDRESS, **HABIT}, ("at",))
COUNSELOR = Form(
    "", {**HABIT, "presence": choice("AVAILABLE", "AWAY"), "signed_in": FLAG}, bare=True
)  # what her telephone does is a phone's habit
CHAOS = Form("", {"drop": SHARE, "duplicate": SHARE, "reorder": SHARE, "delay": SPAN})
PARTS: dict[str, Schema] = {
    "name": {"type": "string"},
    "about": {"type": "string"},
    "seed": _open({"type": "integer"}),
    "phones": {"type": "object", "additionalProperties": PHONE.schema()},
    "counselors": {"type": "object", "additionalProperties": COUNSELOR.schema()},
    "settings": {"type": "object", "additionalProperties": {"type": "string"}},
    "examples": {"type": "array", "minItems": 1, "items": {"type": "object"}},
    "chaos": CHAOS.schema(),
}


def schema(steps: Mapping[str, tuple[str, Form]], steps_max: int) -> Schema:
    """The format's JSON schema; ``steps``: name -> (what it means, its form)."""
    bare = [name for name, (_, form) in steps.items() if form.bare]
    one: list[Schema] = [
        {
            "type": "object",
            "description": about,
            "properties": {name: form.schema()},
            "required": [name],
            "additionalProperties": False,
        }
        for name, (about, form) in sorted(steps.items())
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "a scenario of the stand-in telephone network",
        "$defs": {
            "stand_in": {"type": "string", "pattern": f"^{_STAND_IN.pattern}$"},
            **{name: _open(kind.schema) for name, kind in _NAMED.items()},
        },
        "type": "object",
        "properties": {
            **PARTS,
            "steps": {
                "type": "array",
                "minItems": 1,
                "maxItems": steps_max,
                "items": {"anyOf": [*one, {"enum": sorted(bare)}]},
            },
        },
        "required": ["steps"],
        "additionalProperties": False,
    }
