"""The gate as everybody is given it: the same, but a write that the disk refused is noted for the alarm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

from dasan.core.commands import Envelope
from dasan.core.errors import StorageFull

T = TypeVar("T")


class Gate(Protocol):
    """A part of dasan.gate.WriterGate."""

    def submit(self, envelope: Envelope) -> Awaitable[Mapping[str, Any]]: ...

    def call(self, what: Callable[[], T]) -> Awaitable[T]: ...


class WatchedGate:
    """``full`` is called when a command was refused for lack of storage."""

    def __init__(self, gate: Gate, full: Callable[[], None]) -> None:
        self._gate, self._full = gate, full

    async def submit(self, envelope: Envelope) -> Mapping[str, Any]:
        """As the gate's."""
        try:
            return await self._gate.submit(envelope)
        except StorageFull:
            self._full()
            raise

    async def call(self, what: Callable[[], Any]) -> Any:
        """As the gate's."""
        try:
            return await self._gate.call(what)
        except StorageFull:
            self._full()
            raise
