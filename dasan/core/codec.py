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
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from dasan.core.errors import BadInput

T = TypeVar("T")
Convert = Callable[[Any], Any]

_SCALARS = (str, int, float, bool, type(None))


def encode(value: Any) -> dict[str, Any]:
    """The dataclass ``value`` as a dict of JSON values, every field written out."""
    made = _encoders.get(type(value)) or _encoder(type(value))
    data: dict[str, Any] = made(value)
    return data


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


def quick(encoder: json.JSONEncoder) -> Callable[[Any], str]:
    """``encoder.encode``, without building its machinery anew for each value: nearly twice as fast for small ones."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # no C accelerator in this Python
        return encoder.encode
    chunks = make(
        None, encoder.default, json.encoder.encode_basestring, None, encoder.key_separator, encoder.item_separator,
        encoder.sort_keys, encoder.skipkeys, encoder.allow_nan,
    )  # fmt: skip
    return lambda value: "".join(chunks(value, 0))


_dumps = quick(json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False))


_encoders: dict[type[Any], Convert] = {}
_decoders: dict[type[Any], tuple[tuple[str, Convert | None, bool], ...]] = {}


def _encoder(cls: type[Any]) -> Convert:
    """A function written once for the class: every event is encoded at least once, so this is where time goes."""
    hints = get_type_hints(cls)
    scope: dict[str, Any] = {f"to_{f.name}": _encode_plan(hints[f.name]) for f in fields(cls)}
    parts = [
        f"{f.name!r}: value.{f.name}" if scope[f"to_{f.name}"] is None else f"{f.name!r}: to_{f.name}(value.{f.name})"
        for f in fields(cls)
    ]
    made: Convert = eval(f"lambda value: {{{', '.join(parts)}}}", scope)  # noqa: S307 - field names of our own classes
    _encoders[cls] = made
    return made


def _decoder(cls: type[Any]) -> tuple[tuple[str, Convert | None, bool], ...]:
    plan = _decoders.get(cls)
    if plan is None:
        hints = get_type_hints(cls)
        plan = _decoders[cls] = tuple((f.name, _decode_plan(hints[f.name]), _required(f)) for f in fields(cls))
    return plan


def _required(f: Field[Any]) -> bool:
    return f.default is MISSING and f.default_factory is MISSING


def _inner(hint: Any) -> tuple[str, Any]:
    """The kind of a type hint ("plain", "data", "either", "tuple", "map", "maybe") and what is inside it."""
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        return _union(hint, [a for a in get_args(hint) if a is not type(None)])
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


def _union(hint: Any, rest: list[Any]) -> tuple[str, Any]:
    if len(rest) == 1:
        return "maybe", rest[0]
    return ("either", {cls.__name__: cls for cls in rest}) if all(map(is_dataclass, rest)) else ("plain", hint)


def _maybe(one: Convert) -> Convert:
    return lambda v: None if v is None else one(v)


def _either(known: Mapping[str, type[Any]]) -> Convert:
    """One of several classes, told by the name that :func:`_named` wrote."""

    def one(v: Any) -> Any:
        cls = known.get(v.get("kind", "")) if isinstance(v, dict) else None
        if cls is None:
            raise BadInput("malformed", field="kind")
        return decode(cls, v)

    return one


def _named(v: Any) -> dict[str, Any]:
    return {"kind": type(v).__name__, **encode(v)}


def _each(one: Convert, make: Convert) -> Convert:
    return lambda v: make([one(item) for item in v])


def _values(one: Convert) -> Convert:
    return lambda v: {k: one(item) for k, item in v.items()}


def _encode_plan(hint: Any) -> Convert | None:  # noqa: PLR0911 - a table of kinds, one return each
    kind, inner = _inner(hint)
    if kind == "data":
        return encode
    if kind == "either":
        return _named
    if kind == "enum":
        return lambda v: v.value
    if kind == "maybe":
        one = _encode_plan(inner)
        return one and _maybe(one)
    if kind == "tuple":
        one = _encode_plan(inner)
        return _each(one, list) if one else list
    if kind == "row":
        plans = [_encode_plan(a) for a in inner]
        return lambda v: [x if p is None else p(x) for p, x in zip(plans, v, strict=True)]
    if kind == "map":
        one = _encode_plan(inner)
        return _values(one) if one else dict
    return None


def _decode_plan(hint: Any) -> Convert | None:  # noqa: PLR0911 - a table of kinds, one return each
    kind, inner = _inner(hint)
    if kind == "data":
        return lambda v: decode(inner, v)
    if kind == "either":
        return _either(inner)
    if kind == "enum":
        return inner  # type: ignore[no-any-return]
    if kind == "maybe":
        one = _decode_plan(inner)
        return one and _maybe(one)
    if kind == "tuple":
        one = _decode_plan(inner)
        return _each(one, tuple) if one else tuple
    if kind == "row":
        plans = [_decode_plan(a) for a in inner]
        return lambda v: tuple(x if p is None else p(x) for p, x in zip(plans, v, strict=True))
    if kind == "map":
        one = _decode_plan(inner)
        return _values(one) if one else dict
    return None
