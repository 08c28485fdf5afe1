"""Frozen dataclasses to plain JSON values and back, without a schema language beside the type hints.

``encode`` gives dicts, lists, strings, integers, booleans and None; ``decode`` takes them back and raises
:class:`~dasan.core.errors.BadInput` on a shape that does not fit. Known fields that are missing take their default, so
that an older snapshot still reads; unknown fields are ignored, so that a newer one does after a rollback. The plans are
made once a class. ``canonical`` is the byte form that hashes are taken of.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from dasan.core.errors import BadInput

T = TypeVar("T")
Convert = Callable[[Any], Any]

_SCALARS = (str, int, float, bool, type(None))


def encode(value: Any) -> dict[str, Any]:
    """The dataclass ``value`` as a dict of JSON values, every field written out."""
    return {name: (getattr(value, name) if to is None else to(getattr(value, name))) for name, to in _encoder(type(value))}


def decode(cls: type[T], data: Mapping[str, Any]) -> T:
    """An instance of ``cls`` from what :func:`encode` made. Raises BadInput("malformed", field=…)."""
    given: dict[str, Any] = {}
    for name, convert, required in _decoder(cls):
        if name in data:
            raw = data[name]
            given[name] = raw if convert is None else convert(raw)
        elif required:
            raise BadInput("malformed", field=name)
    return cls(**given)


def dumps(data: Any) -> str:
    """Compact JSON with letters as they are."""
    return _dumps(data)


def canonical(value: Any) -> bytes:
    """One byte form per value: sorted keys, UTF-8, no spaces; for hashes and signatures."""
    return json.dumps(encode(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


@lru_cache(maxsize=None)
def _encoder(cls: type) -> tuple[tuple[str, Convert | None], ...]:
    hints = get_type_hints(cls)
    return tuple((f.name, _encode_plan(hints[f.name])) for f in fields(cls))


@lru_cache(maxsize=None)
def _decoder(cls: type) -> tuple[tuple[str, Convert | None, bool], ...]:
    hints = get_type_hints(cls)
    return tuple(
        (f.name, _decode_plan(hints[f.name]), f.default is MISSING and f.default_factory is MISSING) for f in fields(cls)
    )


def _inner(hint: Any) -> tuple[str, Any]:
    """The kind of a type hint ("plain", "data", "tuple", "map", "maybe") and what is inside it."""
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        rest = [a for a in get_args(hint) if a is not type(None)]
        return ("maybe", rest[0]) if len(rest) == 1 else ("plain", hint)
    if origin is tuple:
        args = get_args(hint)
        return ("tuple", args[0]) if len(args) == 2 and args[1] is Ellipsis else ("row", args)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "map", get_args(hint)[1]
    if isinstance(hint, type) and is_dataclass(hint):
        return "data", hint
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "enum", hint
    return "plain", hint


def _encode_plan(hint: Any) -> Convert | None:
    kind, inner = _inner(hint)
    if kind == "data":
        return encode
    if kind == "enum":
        return lambda v: v.value
    if kind == "maybe":
        one = _encode_plan(inner)
        return None if one is None else lambda v: None if v is None else one(v)
    if kind == "tuple":
        one = _encode_plan(inner)
        return list if one is None else lambda v: [one(item) for item in v]
    if kind == "row":
        plans = [_encode_plan(a) for a in inner]
        return lambda v: [x if p is None else p(x) for p, x in zip(plans, v, strict=True)]
    if kind == "map":
        one = _encode_plan(inner)
        return dict if one is None else lambda v: {k: one(item) for k, item in v.items()}
    return None


def _decode_plan(hint: Any) -> Convert | None:
    kind, inner = _inner(hint)
    if kind == "data":
        return lambda v: decode(inner, v)
    if kind == "enum":
        return inner  # type: ignore[no-any-return]
    if kind == "maybe":
        one = _decode_plan(inner)
        return None if one is None else lambda v: None if v is None else one(v)
    if kind == "tuple":
        one = _decode_plan(inner)
        return tuple if one is None else lambda v: tuple(one(item) for item in v)
    if kind == "row":
        plans = [_decode_plan(a) for a in inner]
        return lambda v: tuple(x if p is None else p(x) for p, x in zip(plans, v, strict=True))
    if kind == "map":
        one = _decode_plan(inner)
        return dict if one is None else lambda v: {k: one(item) for k, item in v.items()}
    return None
