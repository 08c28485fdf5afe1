"""Simulated citizens: they come, write, wait, lose the network, lose patience, answer, fall silent, leave and rate.

A citizen knows only what a page would know: replies to her own commands, and the events of her session that she may
see. Every line she writes carries ``PRIVATE``, so that the proof that no event holds words has something to find.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dasan.core import commands as c
from dasan.core.events import Event

if TYPE_CHECKING:
    from dasan.sim.world import World

PRIVATE = "010-4242-4242"
QUESTION = f"집 앞 가로등이 꺼졌습니다. 제 번호는 {PRIVATE}입니다."
MORE = f"네, 그리고 하나 더 여쭤볼게요. {PRIVATE}"
EDGE = c.Principal(c.SYSTEM, "edge")
Reply = Mapping[str, Any] | BaseException


class Citizen:
    """One person with one need. ``session`` is empty until the first reply has come."""

    __slots__ = (
        "address",
        "answered",
        "leg",
        "lines",
        "offline",
        "over",
        "principal",
        "queue",
        "session",
        "silent",
        "world",
    )

    def __init__(self, world: World, number: int, queue: str) -> None:
        self.world, self.queue = world, queue
        self.principal = c.Principal(c.CITIZEN, f"p_{number}")
        self.address = world.keyed(f"browser:{number}")
        self.session = self.leg = ""
        self.lines = 0
        self.answered = self.over = self.offline = self.silent = False

    def arrive(self) -> None:
        """Open the page and write the first line."""
        language = "en" if self.queue == "english" else "ko"
        who, where = self.principal.id, self.address
        command = c.OpenSession(who, where, "chat", language, self.queue, "120", QUESTION, self._line_id())
        self.world.ask(self.principal, command, self._opened)

    def _line_id(self) -> str:
        """Her page's own id of a line; never the same twice."""
        self.lines += 1
        return f"m{self.lines}"

    def _opened(self, reply: Reply) -> None:
        if isinstance(reply, BaseException):
            return
        world, luck, weather = self.world, self.world.luck, self.world.weather
        if self.session and reply["session"] != self.session:
            world.citizens.pop(self.session, None)
        self.session, self.leg = reply["session"], reply["leg"]
        self.over = self.answered = False
        world.citizens[self.session] = self
        world.after(luck.expovariate(1 / world.habits.patience_s), self._tired, self.session)
        if weather.citizen_drops and luck.random() < weather.citizen_drops:
            world.after(luck.uniform(1, 150), self._drop)

    def _tired(self, session: str) -> None:
        if not self.answered and session == self.session:
            self.leave()

    def leave(self) -> None:
        """End it."""
        if not self.over:
            self.over = True
            self.world.ask(self.principal, c.LeaveSession(self.session, self.leg))

    def _drop(self) -> None:
        if self.over:
            return
        self.offline = True
        self.world.injected("citizen_drop")
        self.world.ask(EDGE, c.SuspendLeg(self.session, self.leg))
        if self.world.luck.random() < 0.85:
            self.world.after(self.world.luck.uniform(2, 90), self._back)

    def _back(self) -> None:
        self.offline = False
        if self.over:
            return
        self.world.ask(self.principal, c.ResumeLeg(self.session, self.leg))
        if self.world.luck.random() < 0.2:  # a second tab opens the page again: the same session
            self.arrive()

    def hear(self, event: Event) -> None:
        """An event of her session."""
        _EARS[event.type](self, event)

    def _active(self, event: Event) -> None:
        self.answered = True

    def _entry(self, event: Any) -> None:
        if event.role != "COUNSELOR" or not event.shown or self.over or self.silent or self.offline:
            return
        world, luck, habits = self.world, self.world.luck, self.world.habits
        if luck.random() < habits.marks:
            world.after(luck.uniform(0.5, 4), self._mark, event.shown)
        roll = luck.random()
        if roll < habits.silent:
            self.silent = True
            if luck.random() < 0.5:
                world.after(luck.uniform(200, 900), self._say)
        elif roll < habits.silent + habits.lines_more:
            world.after(2 + luck.expovariate(1 / habits.citizen_types_s), self._say)
        elif luck.random() < 0.5:
            world.after(luck.uniform(3, 12), self.leave)

    def _mark(self, upto: int) -> None:
        if not self.over:
            self.world.ask(self.principal, c.MarkEntries(self.session, upto, read=True))

    def _say(self) -> None:
        if self.over or self.offline:
            return
        self.silent = False
        self.world.ask(self.principal, c.ReceiveText(self.session, self.leg, MORE, self._line_id()))

    def _ended(self, event: Any) -> None:
        self.over = True
        world, luck = self.world, self.world.luck
        if luck.random() < world.habits.rates:
            world.after(luck.uniform(1, 20), self._rate, self.session)
        if luck.random() < 0.01:  # something came to mind at once: a new session, while the old one is wrapped up
            world.after(luck.uniform(1, 15), self.arrive)

    def _rate(self, session: str) -> None:
        self.world.ask(self.principal, c.RateSession(session, self.world.luck.choice((3, 4, 5, 5, 5))))

    def _closed(self, event: Any) -> None:
        self.over = True
        if self.world.citizens.get(self.session) is self:
            del self.world.citizens[self.session]


_EARS = {
    "work.active": Citizen._active,
    "entry.added": Citizen._entry,
    "leg.ended": Citizen._ended,
    "session.closed": Citizen._closed,
}
HEARD = frozenset(_EARS)
