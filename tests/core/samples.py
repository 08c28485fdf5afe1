"""One event of every type, with plausible values; a name given by keyword wins where the event has that field."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, get_type_hints

import dasan.core.fold  # noqa: F401 - registers every event
from dasan.core.events import Event, event_types
from dasan.core.policy import RoutingStep, SkillNeed

AT = 1_800_000_000_000_000
_BY_HINT: list[tuple[str, Any]] = [
    ("tuple[dasan.core.policy.RoutingStep", (RoutingStep((SkillNeed("tax", 3),), 15), RoutingStep())),
    ("tuple[str", ("a-1", "a-2")),
    ("tuple[int", (0, 4)),
    ("Mapping[str, int]", {"general": 3, "tax": 1}),
    ("Mapping", {"queue": "general", "n": 3}),
]


def sample(type_: str, **named: Any) -> Event:
    """An event of the stored name ``type_``."""
    cls = event_types()[type_]
    hints = get_type_hints(cls)
    given = {f.name: named.get(f.name, _value(f.name, hints[f.name])) for f in fields(cls)}
    assert all(f.default is MISSING or f.name in given for f in fields(cls))
    return cls(**given)


def _value(name: str, hint: Any) -> Any:
    if hint is int:
        return AT if name.endswith("_us") else 1
    if hint is bool:
        return True
    if hint is str:
        return {"presence": "AVAILABLE", "stage": "ACKNOWLEDGED"}.get(name, f"{name[:1]}_1")
    text = str(hint)
    return next(value for start, value in _BY_HINT if start in text)
