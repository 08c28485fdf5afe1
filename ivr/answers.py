"""What a service answers, as a flow takes it: flat names, plain values, bounded, whatever was sent.

``{"district": {"name": "강남구"}, "days": ["월"]}`` becomes ``{"district.name": "강남구", "days.0": "월"}``. What is
beyond a bound is left out, never an error: a flow that wants it finds null, as it does for what was not answered at
all. Texts are cleaned where a variable takes them (:mod:`ivr.values`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr.actions import Value
from ivr.expr import NUMBER_MAX
from ivr.values import TEXT_MAX

KEYS_MAX = 100
DEPTH_MAX = 6
ITEMS_MAX = 20
NAME_CHARS_MAX = 120
ONLY = "value"  # the name of an answer that is one plain value
_WORD = re.compile(r"[a-z0-9][a-z0-9_.-]{0,31}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question: ok, error, timeout or a word of the answer's own, and its values."""

    outcome: str = "ok"
    values: Mapping[str, Value] = field(default_factory=dict)


def flat(data: Any) -> dict[str, Value]:
    """``data`` (as JSON gives it) by dotted names; at most KEYS_MAX of them, the first ones."""
    made: dict[str, Value] = {}
    for name, value in _leaves(data, "", DEPTH_MAX):
        if len(made) == KEYS_MAX:
            break
        made[name or ONLY] = value
    return made


def _leaves(data: Any, name: str, depth: int) -> Iterator[tuple[str, Value]]:
    if isinstance(data, dict | list):
        pairs = data.items() if isinstance(data, dict) else enumerate(data[:ITEMS_MAX])
        for key, inner in pairs if depth else ():
            yield from _leaves(inner, f"{name}.{key}" if name else str(key), depth - 1)
    elif len(name) <= NAME_CHARS_MAX and _is_plain(data):
        yield name, data[:TEXT_MAX] if isinstance(data, str) else data


def _is_plain(value: Any) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return -NUMBER_MAX <= value <= NUMBER_MAX  # no nan, no infinity
    return value is None or isinstance(value, str | bool)


def read(given: Any) -> Answer | None:
    """An answer as an author writes it: ``timeout``, or ``{ok: {state: answered}}``. None: it is not one."""
    if isinstance(given, str):
        return Answer(given) if is_word(given) else None
    if not isinstance(given, dict) or len(given) != 1:
        return None
    ((word, values),) = given.items()
    return Answer(word, flat({} if values is None else values)) if is_word(word) else None


def is_word(text: Any) -> bool:
    """Whether that can be the name of an exit."""
    return isinstance(text, str) and _WORD.fullmatch(text) is not None
