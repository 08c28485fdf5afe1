"""Simulated counselors: a person at a console that can crash, with shifts, breaks, hesitation and forgetting.

What a console had on its way when it crashed may still arrive under its old epoch; it must have no effect (I17). A new
console reads its work from the server, as a real one does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core import workitem as items
from dasan.core.handlers.tickets import PHOTOS_MAX
from dasan.core.time import HOUR, SECOND
from dasan.sim.scenario import MIDNIGHT_US

if TYPE_CHECKING:
    from dasan.sim.world import World

ANSWER = "네, 확인해 보겠습니다. 담당 부서에 전해 드리겠습니다."
CASE = c.CaseForm("road", "가로등 고장", "집 앞 가로등이 꺼져 있다고 합니다. 010-4242-4242", "중구 세종대로 110")
BY_PHONE = frozenset({"voice", "callback"})
CATEGORIES = {queue: queue for queue in ("traffic", "water", "welfare", "tax")}  # the other queues: general
Reply = Mapping[str, Any] | BaseException
SYSTEM = c.Principal(c.SYSTEM, "edge")


Stretches = tuple[tuple[float, float], ...]


@dataclass(slots=True)
class Talk:
    """One session in her hands. ``due`` is set while an answer is being typed."""

    session: str
    item: str
    due: bool = False
    answers: int = 0
    ending: bool = False
    wrapping: bool = False
    photos: tuple[str, ...] = ()


class SimCounselor:
    """``up`` while her console runs; ``epoch`` of the newest one. ``talks`` by item."""

    def __init__(self, world: World, number: int, skills: dict[str, int], shift: Stretches) -> None:
        self.world, self.skills, self.shift = world, skills, shift
        self.id = f"k_{number:04d}"
        self.epoch = self.said = 0
        self.up = self.on_duty = False
        self.talks: dict[str, Talk] = {}
        self.last: tuple[c.Principal, c.Command] | None = None  # what a dying console may still have on its way

    @property
    def me(self) -> c.Principal:
        """Who asks: she, at her newest console."""
        return c.Principal(c.COUNSELOR, self.id, self.epoch)

    # -- the day

    def start(self) -> None:
        """Register, and plan the shift's beginnings and ends."""
        self.world.ask(SYSTEM, c.RegisterCounselor(self.id, self.skills))
        world = self.world
        for begin, end in self.shift:
            base = MIDNIGHT_US + (world.scenario.start_us - MIDNIGHT_US) // (24 * HOUR) * 24 * HOUR
            begin_us, end_us = base + round(begin * HOUR), base + round(end * HOUR)
            if end_us <= world.scenario.start_us:
                continue
            late = world.luck.uniform(0, 300)
            world.at(max(begin_us + round(late * SECOND), world.scenario.start_us + SECOND), self.come)
            world.at(end_us + round(late * SECOND), self.go)
            if world.habits.breaks:
                middle = (begin_us + end_us) // 2 + round(world.luck.uniform(-5400, 5400) * SECOND)
                world.at(max(middle, world.scenario.start_us + 600 * SECOND), self._rest)

    def come(self) -> None:
        """Her shift begins."""
        self.on_duty = True
        self._attach()
        if self.world.weather.console_crashes:
            self._plan_crash()

    def _attach(self) -> None:
        self.world.ask(c.Principal(c.COUNSELOR, self.id), c.AttachConsole(self.id), self._attached)

    def _attached(self, reply: Reply) -> None:
        if isinstance(reply, BaseException):
            self.world.after(3, self._attach)
            return
        self.epoch, self.up = reply["epoch"], True
        if self.on_duty:
            self.presence(counselors.AVAILABLE)
        self._read_work()

    def presence(self, presence: str, reason: str = "") -> None:
        """Her own word."""
        if self.up:
            self.world.ask(self.me, c.SetPresence(self.id, presence, reason))

    def _rest(self) -> None:
        if self.up and self.on_duty:
            self.presence(counselors.AWAY, "meal")
            self.world.after(self.world.luck.uniform(20 * 60, 50 * 60), self.return_)

    def return_(self) -> None:
        """Back at the desk."""
        if self.on_duty:
            self.presence(counselors.AVAILABLE)

    def go(self) -> None:
        """Her shift ends: finish what she has, then sign out."""
        self.on_duty = False
        self.presence(counselors.DRAINING)
        self.world.after(20, self._sign_out)

    def _sign_out(self) -> None:
        if not self.up or self.on_duty:
            return
        state = self.world.state(self.id)
        if state.slots:
            self.world.after(30, self._sign_out)
        elif state.lease != counselors.ABSENT:
            self.up = False
            self.world.ask(self.me, c.DetachConsole(self.id))

    # -- a console dies

    def _plan_crash(self) -> None:
        self.world.after(self.world.luck.expovariate(self.world.weather.console_crashes / 3600), self._crash)

    def _crash(self) -> None:
        if not self.on_duty:
            return
        self._plan_crash()
        if not self.up:
            return
        self.world.injected("console_crash")
        luck, epoch = self.world.luck, self.epoch
        self.up = False
        self.talks.clear()
        away_s = luck.choice((luck.uniform(2, 11), luck.uniform(14, 40), luck.uniform(50, 180)))
        blip = luck.random() < 0.4
        if self.last is not None and luck.random() < self.world.weather.old_epoch:
            self.world.after(luck.uniform(20, 200), self.world.late, *self.last, self)
        if away_s > 12:
            self.world.after(12, self._silent, epoch)
        self.world.after(away_s, self.heard_again if blip else self._attach, *((epoch,) if blip else ()))

    def _silent(self, epoch: int) -> None:
        self.world.ask(SYSTEM, c.MissBeat(self.id, epoch, 33))

    def heard_again(self, epoch: int) -> None:
        """The same console is heard again; after the grace it has to attach anew."""
        state = self.world.state(self.id)
        if state.lease == counselors.ABSENT or state.epoch != epoch:
            self._attach()
            return
        self.up = True
        self.world.ask(SYSTEM, c.RestoreBeat(self.id, epoch))
        self._read_work()

    def _read_work(self) -> None:
        """What a console does when it comes up: take its work from the server's picture."""
        self.talks.clear()
        for slot in self.world.state(self.id).slots:
            item = self.world.state(slot.session).item(slot.item)
            if slot.kind == counselors.PENDING:
                self.offered(slot.session, item.id, slot.offer)
                continue
            talk = self.talks[item.id] = Talk(slot.session, item.id)
            if item.state == items.WRAPPING:
                self._wrap(talk)
            elif item.state == items.CONNECTING:
                self._show(talk)
            elif item.state == items.ACTIVE:
                self._answer_soon(talk)

    def while_up(self, epoch: int, what: Any, *args: Any) -> None:
        """A thing she meant to do: done if her console still runs; a crashed one's may arrive late all the same."""
        if self.up and epoch == self.epoch:
            what(*args)

    def later(self, seconds: float, what: Any, *args: Any) -> None:
        """Plan something for this console."""
        self.world.after(seconds, self.while_up, self.epoch, what, *args)

    def command(self, command: c.Command, then: Any = None) -> None:
        """Send it from the newest console."""
        self.last = (self.me, command)
        self.world.ask(self.me, command, then)

    # -- offers and talks

    def offered(self, session: str, item: str, offer: str) -> None:
        """An offer rings at her console."""
        if not self.up:
            return
        luck, habits = self.world.luck, self.world.habits
        roll = luck.random()
        if roll < habits.ignores:
            return
        wait_s = 0.6 + luck.expovariate(1 / habits.accept_s) if habits.accept_s else 0
        if roll < habits.ignores + habits.declines:
            self.later(wait_s, self.command, c.DeclineOffer(offer, session, "busy"))
        else:
            self.later(wait_s, self.command, c.AcceptOffer(offer, session))

    def assigned(self, session: str, item: str) -> None:
        """It is hers."""
        talk = self.talks[item] = Talk(session, item)
        if self.up and self.world.luck.random() > self.world.habits.ignores / 4:
            self._show(talk)

    def _show(self, talk: Talk) -> None:
        self.later(0.2, self.command, c.ConfirmMedia(talk.session, talk.item))

    def talking(self, item: str, channel: str = "chat") -> None:
        """The talk has begun."""
        talk = self.talks.get(item)
        if talk is None:
            return
        if channel in BY_PHONE and not self.world.habits.fixed_service_s:
            self._speak(talk)
            return
        fixed = self.world.habits.fixed_service_s
        if fixed:
            self.later(self.world.luck.expovariate(1 / fixed), self._release, talk)
        else:
            self._answer_soon(talk)

    def _speak(self, talk: Talk) -> None:
        """A talk on the telephone: sometimes with a hold or a colleague asked, sometimes it is passed on."""
        world, luck, habits = self.world, self.world.luck, self.world.habits
        lasts_s = 8 + luck.expovariate(1 / habits.talk_s)
        roll = luck.random()
        if roll < habits.holds:
            self.later(lasts_s / 3, self.command, c.HoldItem(talk.session, talk.item))
            self.later(lasts_s / 3 + 20, self.command, c.UnholdItem(talk.session, talk.item))
        elif roll < habits.holds + habits.transfers:
            self.later(lasts_s / 2, self._pass_on, talk)
        elif roll < habits.holds + habits.transfers + habits.consults:
            other = luck.choice(world.crew_ids)
            self.later(lasts_s / 3, self.command, c.Consult(talk.session, talk.item, counselor=other))
            self.later(lasts_s / 3 + 40, self.command, c.EndConsult(talk.session, talk.item))
            lasts_s += 45
        self.later(lasts_s, self._release, talk)

    def heard_line(self, item: str, photo: str = "") -> None:
        """The citizen wrote, or showed a photo."""
        talk = self.talks.get(item)
        if talk is not None and photo:
            talk.photos = (*talk.photos, photo)[-PHOTOS_MAX:]
        if talk is not None and not self.world.habits.fixed_service_s:
            self._answer_soon(talk)

    def _answer_soon(self, talk: Talk) -> None:
        if talk.due or talk.wrapping or talk.ending:
            return
        talk.due = True
        habits, luck = self.world.habits, self.world.luck
        mean = habits.answer_s if talk.answers else habits.first_answer_s
        self.later(3 + luck.expovariate(1 / mean), self._answer, talk)

    def _answer(self, talk: Talk) -> None:
        talk.due = False
        if self.talks.get(talk.item) is not talk or talk.wrapping:
            return
        talk.answers += 1
        self.said += 1  # a console's ids for its lines never come twice, not even after a crash
        luck, habits = self.world.luck, self.world.habits
        self.command(c.SendReply(talk.session, ANSWER, f"{self.id}-{self.said}", "A-1", edited=False))
        if self.said % 50 == 5:
            self._told_who_she_is(talk)
        roll = luck.random()
        if roll < habits.tickets:
            talk.ending = True
            self.later(8 + luck.expovariate(1 / 10), self._file, talk)
            self.later(40, self._release, talk)
        elif roll < habits.tickets + habits.transfers:
            talk.ending = True
            self.later(4, self._pass_on, talk)
        elif talk.answers >= 6 or luck.random() < 0.97:
            self.later(luck.uniform(14, 40), self._end_if_quiet, talk, talk.answers)

    def _told_who_she_is(self, talk: Talk) -> None:
        """The citizen says that another of the talks here is hers too; every second time it was not so after all."""

        def told(reply: Reply) -> None:
            if not isinstance(reply, BaseException) and reply["link"] % 2:
                self.later(20, self.command, c.UnmergeCitizens(talk.session, reply["link"], "다른 사람임"))

        other = next((one for one in self.talks.values() if one is not talk and not one.wrapping), None)
        if other is not None:
            self.command(c.MergeCitizens(talk.session, talk.item, other.session), told)

    def _file(self, talk: Talk) -> None:
        """A ticket, with the photos that she has seen."""
        self.command(c.FileTicket(talk.session, talk.item, replace(CASE, blobs=talk.photos)))

    def _pass_on(self, talk: Talk) -> None:
        luck = self.world.luck
        if luck.random() < 0.3:
            other = luck.choice(self.world.crew_ids)
            self.command(c.TransferItem(talk.session, talk.item, counselor=other, note="이어서 부탁드립니다"))
        else:
            self.command(c.TransferItem(talk.session, talk.item, queue=luck.choice(("general", "traffic", "welfare"))))

    def _end_if_quiet(self, talk: Talk, answers: int) -> None:
        if not talk.due and talk.answers == answers:
            self._release(talk)

    def _release(self, talk: Talk) -> None:
        if self.talks.get(talk.item) is talk and not talk.wrapping:
            self.command(c.ReleaseItem(talk.session, talk.item))

    def wrapping(self, item: str) -> None:
        """The talk is over; wrap-up stands."""
        talk = self.talks.get(item)
        if talk is not None and not talk.wrapping:
            self._wrap(talk)

    def _wrap(self, talk: Talk) -> None:
        talk.wrapping = True
        luck, habits = self.world.luck, self.world.habits
        if not habits.wrap_up_s:
            self._finish(talk)
            return
        roll = luck.random()
        if roll < habits.wrap_forgotten:
            return
        if roll < habits.wrap_forgotten * 2:
            self.later(10, self.command, c.ExtendWrapUp(talk.session, talk.item))
        self.later(2 + min(25.0, luck.expovariate(1 / habits.wrap_up_s)), self._finish, talk)

    def _finish(self, talk: Talk) -> None:
        if self.talks.pop(talk.item, None) is None:
            return
        session = self.world.state(talk.session)
        filed = any(self.world.state(h).item == talk.item for h, _ in session.handoffs)
        result = "ticket" if filed else self.world.luck.choice(("answered", "answered", "guided"))
        category = "road" if filed else CATEGORIES.get(session.item(talk.item).queue, "general")
        done = c.CompleteWrapUp(talk.session, talk.item, result, category, "가로등 문의")
        if not filed and self.world.luck.random() < self.world.habits.slips:
            slip = replace(done, disposition="ticket")  # there is none, so it must be refused
            self.command(slip, lambda reply: self.command(done) if isinstance(reply, BaseException) else None)
        else:
            self.command(done)

    def gone(self, item: str) -> None:
        """It is no longer hers."""
        self.talks.pop(item, None)
