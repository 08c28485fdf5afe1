"""How rules read a flow: its nodes by kind, and rows of prompts with the shared ones in their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ivr.flow import Unit
from ivr.lint.places import Places
from ivr.words import Prompt


def nodes_of(flow: Places, *kinds: str) -> Iterator[tuple[Unit, str, Any]]:
    """Every node of those kinds with its document and name, in the order of the files."""
    for unit in flow.units.values():
        yield from ((unit, name, node) for name, node in unit.document.nodes.items() if node.kind in kinds)


def prompts_of(unit: Unit, row: Any) -> Iterator[Prompt]:
    """A row as prompts. A shared name that is not there is left out (S04 tells)."""
    for item in row:
        shared = unit.document.prompts.get(item, ()) if isinstance(item, str) else (item,)
        yield from (prompt for prompt in shared if isinstance(prompt, Prompt))


def said_of(unit: Unit, row: Any) -> dict[str, str]:
    """All that a row says, by language."""
    made: dict[str, str] = {}
    for prompt in prompts_of(unit, row):
        for language, text in prompt.texts.items():
            made[language] = f"{made.get(language, '')} {text}".strip()
    return made
