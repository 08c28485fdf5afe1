"""The menus of a centre (channels.voice.ports.Flows): those that come with the program, and what was published here.

Compiling takes a good part of a second, so the shipped flows are compiled once a process, and a published version when
it is first asked for. A publication needs no restart; a call that runs finishes on its own version.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from channels.voice import ports
from dasan.core.errors import ConfigWrong, Problem
from dasan.core.time import SECOND
from dasan.ports import Clock
from dasan.server.flowshelf import FlowShelf
from ivr import interpreter
from ivr import registry as versions
from ivr.events import Event
from ivr.facts import Facts, Spans
from ivr.flow import Flow, compile_flow, reached, read
from ivr.hours import parse_overrides
from ivr.state import State

FLOWS = Path(interpreter.__file__).parent / "flows"
# The flow that a number of ours begins with; a line without a row has a flow of its own name.
FLOW_OF = {"120": "dasan120"}
LOOK_EVERY_S = 1
FOLDER = "flows"  # of the data folder: versions published here
_log = logging.getLogger("dasan.menu")


@dataclass(frozen=True, slots=True)
class Driven:
    """One version of a flow (ports.Driver)."""

    flow: Flow

    @property
    def ref(self) -> str:
        return self.flow.ref

    def start(self, facts: Facts) -> ports.Said:
        turn = interpreter.start(self.flow, facts)
        return ports.Said(turn.state, turn.actions)

    def step(self, state: State, event: Event, facts: Facts) -> ports.Said:
        turn = interpreter.step(self.flow, state, event, facts)
        return ports.Said(turn.state, turn.actions)


class Menus:
    """ports.Flows: what has been published at this centre, and the flows that come with the program.

    The shelf is read again within LOOK_EVERY_S of a change, so a publication needs no restart.
    """

    def __init__(self, shelf: FlowShelf | None = None, clock: Clock | None = None) -> None:
        self._shelf, self._stamp, self._published = shelf, (0, 0), versions.Registry()
        self._clock, self._look_at_us = clock, 0
        self._kept: dict[str, Driven] = {}
        self._own: dict[str, str] = {}
        for name, made in _shipped().items():
            self._kept[made.ref] = made
            self._own[name] = made.ref

    def current(self, line: str) -> Driven | None:
        """What a new call to that line begins with."""
        name = FLOW_OF.get(line, line)
        self._look()
        published = self._published.published.get(name, ())
        ref = published[-1] if published else self._own.get(name, "")
        return self.get(ref) if ref else None

    def get(self, ref: str) -> Driven | None:
        """That very version."""
        found = self._kept.get(ref)
        if found is None:
            self._look()
        if found is None and ref in self._published.versions:
            found = self._kept[ref] = Driven(self._with_recordings(versions.flow(self._published, ref)))
        return found

    def _with_recordings(self, flow: Flow) -> Flow:
        """Only those recordings that lie here: for any other the words are spoken, so that nobody hears silence."""
        there = {
            name: body
            for name, body in flow.recordings.items()
            if self._shelf is not None and self._shelf.has_recording(body)
        }
        for name in flow.recordings.keys() - there.keys():
            _log.error("a recording of a menu is not here any more", extra={"flow": flow.ref, "recording": name})
        return replace(flow, recordings=there)

    def _look(self) -> None:
        """Read the shelf when it was not looked at for LOOK_EVERY_S and has changed: a disk is no part of a hop."""
        now_us = self._clock.now_us() if self._clock is not None else 0
        if self._shelf is None or now_us < self._look_at_us:
            return
        self._look_at_us = now_us + LOOK_EVERY_S * SECOND
        stamp = self._shelf.stamp()
        if stamp != self._stamp:
            self._published, self._stamp = self._shelf.read(), stamp


def special_days_of(path: Path | None) -> Mapping[tuple[str, date], Spans]:
    """The days on which calendars keep other hours. Raises ConfigWrong for a file that cannot be read."""
    if path is None:
        return {}
    try:
        return parse_overrides(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as wrong:
        ko, en = "파일을 읽을 수 없습니다.", f"The file cannot be read: {type(wrong).__name__}."
        raise ConfigWrong((Problem("voice.special_days", ko, en, file=str(path)),)) from wrong


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Driven]:
    """The flows that come with the program, compiled once a process: they never change while it runs."""
    texts = {path.name: path.read_text("utf-8") for path in sorted(FLOWS.glob("*.yaml"))}
    return {name: Driven(compile_flow(texts, name)) for name in _mains(texts)}


def _mains(texts: Mapping[str, str]) -> list[str]:
    """The flows that a call may begin with: those that no other one calls."""
    units = read(texts)
    called = {part for name in units for part in reached(units, name) if part != name}
    return sorted(units.keys() - called)
