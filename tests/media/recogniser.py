"""A recogniser that says what it was told to, and how sound reaches one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Found = tuple[str, bool, int]


@dataclass(frozen=True, slots=True)
class Line:
    """``text`` is understood once ``at_s`` seconds have been heard."""

    at_s: float
    text: str
    final: bool = True
    confidence: int = 90


class Scripted:
    """Says its lines as the sound goes by, whatever it is; without lines it understands nothing."""

    def __init__(self, *lines: Line) -> None:
        self._left = sorted(lines, key=lambda line: line.at_s)
        self._heard_s = 0.0

    def feed(self, pcm16: bytes, rate: int) -> Sequence[Found]:
        self._heard_s += len(pcm16) / 2 / rate
        return self._due(lambda line: line.at_s <= self._heard_s)

    def end(self) -> Sequence[Found]:
        return self._due(lambda line: line.final)

    def _due(self, wanted: Callable[[Line], bool]) -> Sequence[Found]:
        due = [line for line in self._left if wanted(line)]
        self._left = [line for line in self._left if line not in due]
        return [(line.text, line.final, line.confidence) for line in due]
