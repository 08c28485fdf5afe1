"""What the lint says, and what it is told beside the flow itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ivr.flow import Unit
from ivr.lint.rules import RULES
from ivr.source import Path

Severity = Literal["error", "warn"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend: ``rule`` (its id), where, and both sentences. ``nearest``: a name that may have been meant."""

    rule: str
    severity: Severity
    unit: str
    node: str
    file: str
    line: int
    ko: str
    en: str
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What a flow's text does not tell. None: not asked.

    ``maps``: the published service map of a main flow, by its name (None in the map: none was published).
    ``used``: how often each key of a menu was pressed, ``{"flow.node": {"1": 240, …}}``.
    ``queues``, ``lines``, ``lookups``, ``services``: the codes that the centre has.
    ``recordings``: what lies in the folder of recordings, a name to why it cannot be played (Korean, English; None: it
    can).
    ``charged``: lines of the directory that cost the caller more than the call that she makes.
    """

    maps: Mapping[str, str | None] | None = None
    used: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    queues: frozenset[str] | None = None
    lines: frozenset[str] | None = None
    lookups: frozenset[str] | None = None
    services: frozenset[str] | None = None
    recordings: Mapping[str, tuple[str, str] | None] | None = None
    charged: frozenset[str] = frozenset()


def at(unit: Unit, rule: str, path: Path, ko: str, en: str, *, error: bool = False) -> Finding:
    """A finding at a path of a document, as severe as its rule, or an error."""
    node = str(path[1]) if len(path) > 1 and path[0] == "nodes" else ""
    line = unit.source.line(path)
    return Finding(rule, "error" if error else RULES[rule].severity, unit.name, node, unit.source.file, line, ko, en)
