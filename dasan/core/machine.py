"""A state machine as data: arrows by (state, event). The same table decides, folds, and draws the diagram in docs/.

``next`` gives None where there is no arrow; callers turn that into a refusal (deciding) or a defect (folding).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dasan.core.errors import Refused


@dataclass(frozen=True, slots=True)
class Machine:
    """``arrows``: (state, event type) -> next state. ``start`` lists the events that make one."""

    name: str
    start: Mapping[str, str]
    arrows: Mapping[tuple[str, str], str]
    terminal: frozenset[str]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order the table first names it."""
        seen = dict.fromkeys(self.start.values())
        for (source, _), target in self.arrows.items():
            seen[source] = seen[target] = None
        return tuple(seen)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Every event the table knows, in order."""
        return tuple(dict.fromkeys([*self.start, *(event for _, event in self.arrows)]))

    def next(self, state: str, event: str) -> str | None:
        """Where ``event`` leads from ``state``, or None."""
        return self.arrows.get((state, event))

    def require(self, state: str, event: str) -> str:
        """As :meth:`next`; raises Refused("not_now") where there is no arrow."""
        target = self.arrows.get((state, event))
        if target is None:
            raise Refused("not_now", state=state)
        return target


def machine(
    name: str, start: Mapping[str, str], table: Iterable[tuple[Iterable[str], str, str]], terminal: Iterable[str]
) -> Machine:
    """A machine from rows (states, event, next state); a next state of "=" stays where it is."""
    arrows: dict[tuple[str, str], str] = {}
    for sources, event, target in table:
        for source in sources:
            assert (source, event) not in arrows, (source, event)
            arrows[source, event] = source if target == "=" else target
    ends = frozenset(terminal)
    assert not any(source in ends for source, _ in arrows), "a terminal state absorbs"
    return Machine(name, MappingProxyType(dict(start)), MappingProxyType(arrows), ends)
