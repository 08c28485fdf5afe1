"""From files to a flow: read, check, pin.

A flow is its main document and every subflow that it reaches, and the recordings that their prompts name. Its ref is
its name and the SHA-256 of their canonical source (plain data, keys sorted, no layout, no comments) and of what the
recordings sound like, so it changes exactly when a caller could notice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from dasan.core.errors import ConfigWrong, Problem
from ivr.check import faults, prompts
from ivr.model import LANGUAGE_VERSION, Document
from ivr.nodes import AnyNode
from ivr.units import Unit, reached, read

__all__ = ["Flow", "Unit", "compile_flow", "is_address", "reached", "read", "recordings_named", "ref_of"]


@dataclass(frozen=True, slots=True)
class Flow:
    """A checked flow that calls can run. ``units``: the main document (under ``name``) and its subflows.
    ``recordings``: the name that a prompt gives one to the name of its bytes (their hash), for those that are there."""

    ref: str
    name: str
    version: int
    units: Mapping[str, Unit]
    recordings: Mapping[str, str] = field(default_factory=dict)

    @property
    def main(self) -> Document:
        """The main document."""
        return self.units[self.name].document

    def node(self, unit: str, name: str) -> AnyNode:
        """A node by its place."""
        return self.units[unit].document.nodes[name]


def is_address(audio: str) -> bool:
    """Whether a prompt's audio is an address somewhere else, and not the name of a recording of ours."""
    return audio.startswith(("http://", "https://"))


def recordings_named(units: Mapping[str, Unit], main: str) -> frozenset[str]:
    """The recordings of ours that the prompts of a flow and its subflows name."""
    return frozenset(
        audio
        for name in reached(units, main)
        for _, prompt in prompts(units[name].document)
        for audio in prompt.audio.values()
        if not is_address(audio)
    )


def ref_of(units: Mapping[str, Unit], main: str, recordings: Mapping[str, str] | None = None) -> str:
    """``name@sha256:…`` of the canonical source of a flow and its subflows, and of its recordings if it has any."""
    source = {name: units[name].source.data for name in reached(units, main)}
    whole = {"language": LANGUAGE_VERSION, "flows": source, **({"recordings": dict(recordings)} if recordings else {})}
    text = json.dumps(whole, ensure_ascii=False, sort_keys=True)
    return f"{main}@sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def compile_flow(texts: Mapping[str, str], main: str, recordings: Mapping[str, str] | None = None) -> Flow:
    """The flow named ``main`` in ``texts`` (file name to text), checked, with those ``recordings`` (a name to the name
    of its bytes) that it names. Raises ConfigWrong with all its problems."""
    units = read(texts)
    if main not in units:
        nearest = "".join(get_close_matches(main, units, 1))
        ko, en = f"{main} 흐름이 없습니다.", f"There is no flow named {main}."
        raise ConfigWrong((Problem("flow", ko, en, nearest=nearest),))
    found = faults(units, main)
    if found:
        raise ConfigWrong(tuple(fault.problem() for fault in found))
    named = recordings_named(units, main)
    kept = {name: body for name, body in (recordings or {}).items() if name in named}
    own = {name: units[name] for name in reached(units, main)}
    return Flow(ref_of(units, main, kept), main, units[main].document.version, own, kept)
