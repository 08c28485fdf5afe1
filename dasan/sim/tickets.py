"""The outbox at work in virtual time: due promises are attempted, the peer is polled; sometimes we die in between."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dasan.core.commands import Envelope, SubmissionResult
from dasan.core.errors import DasanError, ProviderFailed
from dasan.outbox import AT_ONCE_MAX, Outbox
from dasan.sim.desk import stepped

if TYPE_CHECKING:
    from dasan.sim.world import World

POLL_S = 60


class _Died(Exception):
    """The process ended between sending and hearing."""


class Tickets:
    """Drives dasan.outbox.Outbox, one attempt at a time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.attempts = 0

    async def submit(self, envelope: Envelope) -> Mapping[str, Any]:
        """The Gate port as the outbox sees it; with bad luck the process dies before the outcome is written."""
        world = self._world
        world.commands += 1
        dies = world.weather.ticket_faults and isinstance(envelope.command, SubmissionResult)
        if dies and world.luck.random() < world.weather.ticket_faults / 20:
            raise _Died
        return world.gate.handle(envelope)

    def _outbox(self) -> Outbox:
        world = self._world
        return Outbox(self, world.desk, world.store.reads, world.blobs, world.policy, world.promises)

    def carry_out(self, now_us: int) -> None:
        """Attempt what is due."""
        due_us = self._world.promises.next_us()
        if due_us is None or due_us > now_us:
            return
        for handoff in self._world.promises.due(now_us, AT_ONCE_MAX):
            self.attempts += 1
            try:
                stepped(self._outbox().attempt(handoff))
            except _Died:
                self._world.injected("died_while_sending")
                self._world.die()
                return
            except DasanError:
                self._world.promises.again(handoff, now_us + 5_000_000)

    def poll(self) -> None:
        """Ask for progress."""
        with suppress(ProviderFailed):
            stepped(self._outbox().poll())
        self._world.after(POLL_S, self._world.tickets.poll)
