"""A frozen value with some fields changed: what ``dataclasses.replace`` does, many times as fast.

States are folded by the million, and most of a fold is copying slots. For each class and set of names a plain function
is written once that sets every slot from the old value or from the argument. Storing into a frozen class costs a call
for each slot, into an open one next to nothing; so the copy is filled as a twin of the class, which has the same slots
and is not frozen, and becomes the class when it is complete. Only for slotted dataclasses without ``__post_init__``; an
unknown name raises TypeError.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")
_made: dict[tuple[Any, ...], Callable[..., Any]] = {}


def changed(value: T, **new: Any) -> T:
    """``value`` with the fields named in ``new``; raises TypeError for a name it does not have."""
    key = (type(value), *new)
    make = _made.get(key)
    if make is None:
        make = _made[key] = _maker(type(value), tuple(new))
    return make(value, *new.values())  # type: ignore[no-any-return]


def _maker(cls: type[Any], names: tuple[str, ...]) -> Callable[..., Any]:
    known = [f.name for f in fields(cls)]
    if not set(names) <= set(known) or hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls.__name__} cannot change {sorted(set(names) - set(known))}")
    same = {"__slots__": cls.__dict__["__slots__"], "__setattr__": object.__setattr__}
    twin = type(cls.__name__, cls.__bases__, same)
    sets = [f"    made.{name} = {f'new_{name}' if name in names else f'value.{name}'}" for name in known]
    head = f"def make(value, {', '.join(f'new_{name}' for name in names)}):"
    lines = [head, "    made = new(twin)", *sets, "    made.__class__ = cls", "    return made"]
    scope: dict[str, Any] = {"cls": cls, "twin": twin, "new": object.__new__}
    exec("\n".join(lines), scope)  # noqa: S102 - field names of our own classes, as dataclasses does
    made: Callable[..., Any] = scope["make"]
    return made
