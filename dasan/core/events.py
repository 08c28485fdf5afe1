"""The vocabulary of what has happened. Events are facts: past tense, ids and codes only.

No event carries text, a name, an address or a coordinate (ARCHITECTURE §5): what people say lies in sealed content
rows and is named here by ``content``. ``type`` and ``version`` are the stored names; a changed shape gets a new version
and an upcaster, never a silent edit. Instants end in ``_us``. The stream an event belongs to, its sequence, time, actor
and cause stand in the :class:`Recorded` envelope around it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, dataclass_transform

from dasan.core import codec
from dasan.core.errors import BadInput


@dataclass(frozen=True, slots=True)
class Event:
    """The base of all events."""

    type: ClassVar[str] = ""
    version: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event in its place: ``stream`` and ``seq`` (from 1, gapless), when, by whom (a principal), because of what.

    ``cause`` is the request id of the command that led to it.
    """

    stream: str
    seq: int
    at_us: int
    actor: str
    cause: str
    event: Event


_REGISTRY: dict[str, type[Event]] = {}
# (type, version) -> the same event's data one version later; applied until the present version is reached.
UPCASTERS: dict[tuple[str, int], Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {}


E = TypeVar("E", bound=Event)


@dataclass_transform(frozen_default=True)
def event(type_: str, version: int = 1) -> Callable[[type[E]], type[E]]:
    """Make a class an event of the stored name ``type_``: frozen, slotted, registered."""

    def make(cls: type[E]) -> type[E]:
        made = dataclass(frozen=True, slots=True)(cls)
        made.type, made.version = type_, version
        assert type_ not in _REGISTRY, type_
        _REGISTRY[type_] = made
        return made

    return make


def event_types() -> Mapping[str, type[Event]]:
    """Every known event by its stored name."""
    return _REGISTRY


def encode(value: Event) -> dict[str, Any]:
    """The event's data as JSON values (its type and version are stored beside it)."""
    return codec.encode(value)


def decode(type_: str, version: int, data: Mapping[str, Any]) -> Event:
    """The event of that stored name; older versions are brought up first. Raises BadInput for an unknown one."""
    cls = _REGISTRY.get(type_)
    if cls is None or version > cls.version:
        raise BadInput("malformed", field=f"{type_}/{version}")
    while version < cls.version:
        data = UPCASTERS[type_, version](data)
        version += 1
    return codec.decode(cls, data)
