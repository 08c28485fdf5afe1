"""A small centre for tests: the production broker and gate over any store, virtual time, the way into every state."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from dasan.broker import Broker
from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core import handoff as handoffs
from dasan.core import workitem as items
from dasan.core.errors import DasanError
from dasan.core.hours import Hours
from dasan.core.policy import Policy, Queue, RoutingStep
from dasan.core.time import SECOND
from dasan.gate import InlineGate
from dasan.sim.sources import SeededIds, VirtualClock
from dasan.store.memory import MemoryStore

NOON = 1_800_000_000_000_000
CASE = c.CaseForm("road", "가로등 고장", "집 앞 가로등이 꺼졌습니다", "세종대로 110")
K1, K2, BOSS = "k_1", "k_2", "k_boss"
# Closed at NOON, a Friday afternoon; it opens on Monday at nine.
OFFICE = Queue("office", "창구", "Office", (RoutingStep(),), hours=Hours((((540, 960),),) * 5 + ((), ())))
EVERYTHING = {"general": 5, "traffic": 5, "water": 5, "welfare": 5, "tax": 5, "english": 5}


class Stage:
    """The counselors ``K1`` and ``K2`` and the supervisor ``BOSS``, all signed in. Defects raise at once."""

    def __init__(self, store: Any = None, policy: Policy | None = None, seed: int = 1) -> None:
        self.clock = VirtualClock(NOON)
        self.policy = policy or Policy(queues={**Policy().queues, "office": OFFICE})
        self.store = store or MemoryStore()
        self.broker = Broker(self.policy, self.clock, SeededIds(self.clock, Random(seed)))
        self.gate = InlineGate(self.store, self.broker, self._defect)
        self.requests = 0
        self.epochs: dict[str, int] = {}
        for who in (K1, K2, BOSS):
            self.do(c.BROKER, c.RegisterCounselor(who, EVERYTHING))
            self.attach(who)
        for who in (K1, K2):
            self.do(self.at_desk(who), c.SetPresence(who, counselors.AVAILABLE))

    def _defect(self, what: str, error: BaseException) -> None:
        raise error

    def do(self, principal: c.Principal, command: c.Command, request: str | None = None) -> Any:
        """The reply; raises what refused it. An empty request id means: not remembered."""
        self.requests += 1
        return self.gate.handle(c.Envelope(principal, f"r{self.requests}" if request is None else request, command))

    def refused(self, principal: c.Principal, command: c.Command) -> str:
        """The code of the refusal; fails when it was done."""
        try:
            reply = self.do(principal, command)
        except DasanError as error:
            return error.code
        raise AssertionError(f"{command} was done: {reply}")

    def attach(self, who: str) -> None:
        self.epochs[who] = self.do(self.person(who), c.AttachConsole(who))["epoch"]

    def person(self, who: str) -> c.Principal:
        return c.Principal(c.SUPERVISOR if who == BOSS else c.COUNSELOR, who)

    def at_desk(self, who: str) -> c.Principal:
        return c.Principal(c.SUPERVISOR if who == BOSS else c.COUNSELOR, who, self.epochs[who])

    def wait(self, seconds: float) -> None:
        """Time passes; every deadline on the way falls due in its order."""
        end = self.clock.at_us + round(seconds * SECOND)
        for _ in range(500):
            due_us = self.store.reads.next_due()
            if due_us is None or due_us > end:
                break
            self.clock.at_us = max(self.clock.at_us, due_us)
            for due, stream in self.store.reads.due(self.clock.at_us, 100):
                self.do(c.TIMERS, c.Tick(stream, due), "")
        self.clock.at_us = end

    def state(self, stream: str) -> Any:
        return self.store.reads.load(stream).state

    def journal(self) -> list[Any]:
        return [recorded for _, recorded in self.store.reads.journal()]

    def types(self, stream: str) -> list[str]:
        return [r.event.type for r in self.store.reads.events(stream)]


class Talk:
    """One session on a stage, and the way to every state of its item, its leg and its handoff."""

    def __init__(self, stage: Stage, citizen: str = "p_1", queue: str = "general", *, later: bool = False) -> None:
        self.stage = stage
        self.citizen = c.Principal(c.CITIZEN, citizen)
        self.address = f"address of {citizen}"
        text = "여쭤볼 게 있습니다"
        opening = c.OpenSession(citizen, self.address, "chat", queue=queue, text=text, client_id="1", later=later)
        reply = stage.do(self.citizen, opening)
        self.session, self.leg = reply["session"], reply["leg"]
        self.first = self.item.id
        self.offer = self.handoff = ""

    @property
    def state(self) -> Any:
        return self.stage.state(self.session)

    @property
    def item(self) -> Any:
        found = self.state.live_item
        return found if found is not None else self.state.items[-1]

    def offered(self, who: str = K1) -> Talk:
        reply = self.stage.do(c.DISPATCHER, c.MakeOffer(self.session, self.item.id, who), "")
        self.offer = reply["offer"]
        return self

    def accepted(self, who: str = K1) -> Talk:
        if self.item.state != items.OFFERED:
            self.offered(who)
        self.stage.do(self.stage.at_desk(who), c.AcceptOffer(self.offer, self.session))
        return self

    def active(self, who: str = K1) -> Talk:
        if self.item.state != items.CONNECTING:
            self.accepted(who)
        self.stage.do(self.stage.at_desk(who), c.ConfirmMedia(self.session, self.item.id))
        return self

    def replied(self, who: str = K1) -> Talk:
        if self.item.state != items.ACTIVE:
            self.active(who)
        self.stage.do(self.stage.at_desk(who), c.SendReply(self.session, "네, 말씀하세요", "k1"))
        return self

    def paused(self) -> Talk:
        self.active()
        self.stage.do(self.stage.at_desk(K1), c.PauseItem(self.session, self.item.id))
        return self

    def wrapping(self) -> Talk:
        self.active()
        self.stage.do(self.stage.at_desk(K1), c.ReleaseItem(self.session, self.first))
        return self

    def completed(self) -> Talk:
        self.wrapping()
        self.stage.do(self.stage.at_desk(K1), c.CompleteWrapUp(self.session, self.first, "answered", "general"))
        return self

    def cancelled(self) -> Talk:
        self.stage.do(self.citizen, c.LeaveSession(self.session, self.leg))
        return self

    # -- its ticket

    def drafted(self) -> Talk:
        self.active()
        reply = self.stage.do(self.stage.at_desk(K1), c.DraftHandoff(self.session, self.first, CASE))
        self.handoff = reply["handoff"]
        return self

    def committed(self) -> Talk:
        self.drafted()
        self.stage.do(self.stage.at_desk(K1), c.CommitHandoff(self.handoff))
        return self

    def submitting(self) -> Talk:
        if not self.handoff:
            self.committed()
        attempts = self.stage.state(self.handoff).attempts
        self.stage.do(c.OUTBOX, c.BeginSubmission(self.handoff, attempts + 1), "")
        return self

    def result(self, outcome: str, **more: Any) -> Talk:
        self.submitting()
        attempt = self.stage.state(self.handoff).attempts
        self.stage.do(c.OUTBOX, c.SubmissionResult(self.handoff, attempt, outcome, **more), "")
        return self

    def acknowledged(self) -> Talk:
        return self.result("acknowledged", ticket_no="SM-1", sent_sha256="0" * 64)

    def progress(self, status: str, update: str = "") -> Talk:
        if not self.handoff:
            self.acknowledged()
        command = c.TicketProgress(self.handoff, update or f"u-{status}", status, self.stage.clock.at_us, "답변입니다")
        self.stage.do(c.OUTBOX, command, "")
        return self

    def dead(self) -> Talk:
        self.result("refused", code="wrong_key")
        return self


ITEM_STATES: dict[str, Callable[[Talk], Talk]] = {
    items.SCHEDULED: lambda t: Talk(t.stage, "p_2", "office", later=True),
    items.QUEUED: lambda t: t,
    items.OFFERED: Talk.offered,
    items.CONNECTING: Talk.accepted,
    items.ACTIVE: Talk.active,
    items.PAUSED: Talk.paused,
    items.WRAPPING: Talk.wrapping,
    items.COMPLETED: Talk.completed,
    items.CANCELLED: Talk.cancelled,
}
HANDOFF_STATES: dict[str, Callable[[Talk], Talk]] = {
    handoffs.DRAFTED: Talk.drafted,
    handoffs.COMMITTED: Talk.committed,
    handoffs.SUBMITTING: Talk.submitting,
    handoffs.SUBMITTED: lambda t: t.result("submitted", token="t-1"),
    handoffs.RETRY_WAIT: lambda t: t.result("unclear", code="time_out"),
    handoffs.REJECTED: lambda t: t.result("rejected", fields=("address_string",)),
    handoffs.DEAD_LETTER: Talk.dead,
    handoffs.ACKNOWLEDGED: Talk.acknowledged,
    handoffs.IN_PROGRESS: lambda t: t.progress("in_progress"),
    handoffs.ANSWERED: lambda t: t.progress("answered"),
    handoffs.CLOSED: lambda t: t.progress("closed"),
    handoffs.WITHDRAWN: lambda t: _withdrawn(t.drafted()),
}


def _withdrawn(talk: Talk) -> Talk:
    talk.stage.do(talk.stage.at_desk(K1), c.WithdrawHandoff(talk.handoff, "잘못 적음"))
    return talk
