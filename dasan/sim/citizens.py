"""Simulated citizens: they come, write, wait, lose the network, lose patience, answer, fall silent, leave and rate.

A citizen knows only what a page would know: replies to her own commands, and the events of her session that she may
see. Every line she writes carries ``PRIVATE``, so that the proof that no event holds words has something to find.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dasan.core import commands as c
from dasan.core.errors import Refused
from dasan.core.events import Event

if TYPE_CHECKING:
    from dasan.sim.world import World

PRIVATE = "010-4242-4242"
QUESTION = f"집 앞 가로등이 꺼졌습니다. 제 번호는 {PRIVATE}입니다."
MORE = f"네, 그리고 하나 더 여쭤볼게요. {PRIVATE}"
PHOTO = b"a photo of a street lamp"
EDGE = c.Principal(c.SYSTEM, "edge")
Reply = Mapping[str, Any] | BaseException


class Citizen:
    """One person with one need. ``session`` is empty until the first reply has come."""

    __slots__ = (
        "address",
        "answered",
        "later",
        "leg",
        "lines",
        "marking",
        "marks",
        "offline",
        "over",
        "principal",
        "queue",
        "seen",
        "session",
        "silent",
        "world",
    )

    def __init__(self, world: World, number: int, queue: str) -> None:
        self.world, self.queue = world, queue
        self.principal = c.Principal(c.CITIZEN, f"p_{number}")
        self.address = world.keyed(f"browser:{number}")
        self.session = self.leg = ""
        self.lines = self.seen = 0
        self.answered = self.over = self.offline = self.silent = self.marking = self.later = False
        self.marks = world.luck.random() < world.habits.marks

    def arrive(self, *, later: bool = False) -> None:
        """Open the page and write the first line; ``later`` leaves it for the opening of a closed queue."""
        language = "en" if self.queue == "english" else "ko"
        who, where = self.principal.id, self.address
        self.later, line = later, self._line_id()
        command = c.OpenSession(who, where, "chat", language, self.queue, "120", QUESTION, line, later=later)
        self.world.ask(self.principal, command, self._opened)

    def _line_id(self) -> str:
        """Her page's own id of a line; never the same twice."""
        self.lines += 1
        return f"m{self.lines}"

    def _opened(self, reply: Reply) -> None:
        if isinstance(reply, Refused) and reply.code == "queue_closed":
            self._closed_queue()
        if isinstance(reply, BaseException):
            return
        world, luck, weather = self.world, self.world.luck, self.world.weather
        if self.session and reply["session"] != self.session:
            world.citizens.pop(self.session, None)
        self.session, self.leg = reply["session"], reply["leg"]
        self.over = self.answered = False
        self.seen = max(self.seen, 1) if not reply["opened"] else 1
        world.citizens[self.session] = self
        if self.later:
            world.after(luck.uniform(5, 60), self._close_page)
        elif luck.random() >= world.habits.stays:
            world.after(luck.expovariate(1 / world.habits.patience_s), self._tired, self.session)
        if weather.citizen_drops and luck.random() < weather.citizen_drops:
            world.after(luck.uniform(1, 150), self._drop)

    def _closed_queue(self) -> None:
        """She is told so, and leaves a message or comes with the matter in general."""
        stays = self.world.luck.random() < self.world.habits.leaves_message
        if not stays:
            self.queue = "general"
        self.arrive(later=stays)

    def _close_page(self) -> None:
        """Half of those who left a message wait for no answer before they go."""
        if not (self.over or self.offline) and self.world.luck.random() < 0.5:
            self.offline = True
            self.world.ask(EDGE, c.SuspendLeg(self.session, self.leg))

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
        self._mark_soon()
        if self.world.luck.random() < 0.2:  # a second tab opens the page again: the same session
            self.arrive()

    def hear(self, event: Event) -> None:
        """An event of her session."""
        _EARS[event.type](self, event)

    def _active(self, event: Event) -> None:
        self.answered = True

    def _entry(self, event: Any) -> None:
        if event.role == "CITIZEN" or not event.shown or self.over:
            return
        self.seen = event.shown
        if self.offline:
            return
        self._mark_soon()
        if event.role == "COUNSELOR" and not self.silent:
            self._read()

    def _read(self) -> None:
        """She has an answer: she says thanks and goes, asks on, or forgets the page."""
        world, luck, habits = self.world, self.world.luck, self.world.habits
        roll = luck.random()
        if roll < habits.silent:
            self.silent = True
            if luck.random() < 0.5:
                world.after(luck.uniform(200, 900), self._say)
        elif roll < habits.silent + habits.lines_more:
            world.after(2 + luck.expovariate(1 / habits.citizen_types_s), self._say)
        elif luck.random() < 0.5:
            world.after(luck.uniform(3, 12), self.leave)

    def _mark_soon(self) -> None:
        """As the page does: what has come is marked in a moment, several lines at once. What was there before anybody
        had joined is marked with the first line after it."""
        if self.marks and not self.marking:
            self.marking = True
            self.world.after(self.world.luck.uniform(0.3, 2.3), self._mark, self.session)

    def _mark(self, session: str) -> None:
        self.marking = False
        if not (self.over or self.offline) and session == self.session:
            self.world.ask(self.principal, c.MarkEntries(session, self.seen, read=not self.silent))

    def _say(self) -> None:
        if self.over or self.offline:
            return
        self.silent = False
        world, line = self.world, self._line_id()
        if world.luck.random() < world.habits.photos:
            blob = world.blobs.put(self.session, PHOTO, "image/jpeg")
            world.ask(self.principal, c.ReceivePhoto(self.session, self.leg, blob, line, MORE))
        else:
            world.ask(self.principal, c.ReceiveText(self.session, self.leg, MORE, line))

    def _ended(self, event: Any) -> None:
        self.over = True
        world, luck = self.world, self.world.luck
        if luck.random() < world.habits.rates:
            world.after(luck.uniform(1, 20), self._rate, self.session)
        if luck.random() < 0.01:  # something came to mind at once: a new session, while the old one is wrapped up
            world.after(luck.uniform(1, 15), self.arrive)
        elif luck.random() < world.habits.returns:  # or later, with the same or with something else
            world.after(luck.uniform(600, 7200), self._come_again, luck.random() < 0.5)

    def _come_again(self, with_the_same: bool) -> None:
        if not with_the_same:
            self.queue = self.world.topic()
        self.arrive()

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
