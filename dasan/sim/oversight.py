"""The simulated supervisor: mends rejected tickets, sends dead letters again or lets the session go, and says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core import handoff as handoffs
from dasan.sim.crew import CASE, SYSTEM

if TYPE_CHECKING:
    from dasan.sim.world import World

ID = "k_supervisor"


class Supervisor:
    """One person with a console and no routing: she is signed in and never available."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.epoch = 0
        self.up = False
        self.acts = 0

    @property
    def me(self) -> c.Principal:
        """Who asks."""
        return c.Principal(c.SUPERVISOR, ID, self.epoch)

    def start(self) -> None:
        """Sign in."""
        self.world.ask(SYSTEM, c.RegisterCounselor(ID, {}))
        self.world.after(2, self._attach)

    def _attach(self) -> None:
        self.world.ask(c.Principal(c.SUPERVISOR, ID), c.AttachConsole(ID), self._attached)

    def _attached(self, reply: Mapping[str, Any] | BaseException) -> None:
        if isinstance(reply, BaseException):
            self.world.after(5, self._attach)
            return
        self.epoch, self.up = reply["epoch"], True

    def heard_again(self, epoch: int) -> None:
        """After a restart of the server."""
        if self.world.state(ID).lease == counselors.ABSENT:
            self._attach()
        else:
            self.world.ask(SYSTEM, c.RestoreBeat(ID, epoch))

    def ticket(self, handoff: str, event: str) -> None:
        """A ticket needs a person."""
        self.world.after(self.world.luck.uniform(30, 300), self._look, handoff)

    def _look(self, handoff: str) -> None:
        h = self.world.state(handoff)
        if h.state == handoffs.REJECTED:
            self.acts += 1
            case = replace(CASE, blobs=h.blobs)  # mended in its words; the photos stay
            self.world.ask(self.me, c.AmendHandoff(handoff, case), lambda reply: self._amended(handoff, reply))
        elif h.state == handoffs.DEAD_LETTER and not h.released:
            self.acts += 1
            if self.world.luck.random() < 0.5:
                self.world.ask(self.me, c.RetryHandoff(handoff))
            else:
                self.world.ask(self.me, c.ReleaseHandoff(handoff, "응답소 장애로 따로 안내함"))

    def _amended(self, handoff: str, reply: Mapping[str, Any] | BaseException) -> None:
        if isinstance(reply, BaseException):
            self.world.after(20, self._look, handoff)
        else:
            self._commit(handoff)

    def _commit(self, handoff: str) -> None:
        def then(reply: Mapping[str, Any] | BaseException) -> None:
            if isinstance(reply, BaseException) and self.world.state(handoff).state == handoffs.DRAFTED:
                self.world.after(20, self._commit, handoff)

        self.world.ask(self.me, c.CommitHandoff(handoff), then)
