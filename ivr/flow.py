"""From files to a flow: read, check, pin.

A flow is its main document and every subflow that it reaches. Its ref is its name and the SHA-256 of their canonical
source (plain data, keys sorted, no layout, no comments), so it changes exactly when a caller could notice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from dasan.core.errors import ConfigWrong, Problem
from ivr.check import faults
from ivr.model import LANGUAGE_VERSION, Document
from ivr.nodes import AnyNode
from ivr.units import Unit, reached, read

__all__ = ["Flow", "Unit", "compile_flow", "reached", "read", "ref_of"]


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


def ref_of(units: Mapping[str, Unit], main: str) -> str:
    """``name@sha256:…`` of the canonical source of a flow and its subflows."""
    source = {name: units[name].source.data for name in reached(units, main)}
    text = json.dumps({"language": LANGUAGE_VERSION, "flows": source}, ensure_ascii=False, sort_keys=True)
    return f"{main}@sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def compile_flow(texts: Mapping[str, str], main: str) -> Flow:
    """The flow named ``main`` in ``texts`` (file name to text), checked. Raises ConfigWrong with all its problems."""
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
