"""Asking a colleague or a line while the citizen listens to music, and passing the talk on once they have spoken.

A consult of a colleague is a work item of its own beside the talk's (I1): offered, accepted and connected as any other,
and never a talk with the citizen before it is promoted. A consult of a line is a party without an item. Who has left,
declined or was never found ends the consult, not the talk: settle_call turns the item back (DOMAIN §3).
"""

from __future__ import annotations

from typing import Any

from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.call_events import ConsultJoined, LineOutcome
from dasan.core.errors import Refused
from dasan.core.handlers import lines
from dasan.core.handlers.parties import back, counselors_leg, of
from dasan.core.handlers.release import to_wrap_up
from dasan.core.handlers.talk import not_consulted, noted
from dasan.core.ids import ITEM
from dasan.core.leg import Leg
from dasan.core.policy import VOICE, RoutingStep
from dasan.core.session import Session
from dasan.core.time import SECOND
from dasan.core.work import Work
from dasan.core.work_events import (
    ConsultPromoted,
    WorkConsulting,
    WorkCreated,
    WorkRouted,
    WorkTransferred,
)
from dasan.core.workitem import WorkItem

Reply = dict[str, Any]


def consult(w: Work, command: c.Consult) -> Reply:
    """The citizen goes on hold. Reply: item (of the consult) or leg (of the line); the other is "".

    Raises Refused(not_now | unreachable | no_such_queue | transfer_closed | no_such_line | line_without_number).
    """
    s, item = _talk(w, command.session, command.item)
    if item.state not in {items.ACTIVE, items.HELD} or of(s, legs.OF_LINE) is not None:
        raise Refused("not_now", state=item.state)
    if sum(map(bool, (command.counselor, command.queue, command.line))) != 1:
        raise Refused("not_now", state="target")
    if command.note:
        noted(w, s, command.note)
    if command.line:
        line = lines.find(w, command.line)
        w.emit(s.id, WorkConsulting(item.id))
        return {"item": "", "leg": lines.ring_line(w, s, item, line, summary=command.note)}
    queue, steps, wait_s = _target(w, item, command)
    w.emit(s.id, WorkConsulting(item.id))
    made = w.ids.new(ITEM)
    w.emit(s.id, WorkCreated(made, queue, VOICE, emergency=item.emergency, consult_of=item.id))
    # A citizen on hold goes before those who wait for the first time, as far as anybody may (I9).
    rank = w.now_us - w.policy.credit_max_s * SECOND
    w.emit(s.id, WorkRouted(made, w.now_us, rank, steps, w.now_us + wait_s * SECOND))
    return {"item": made, "leg": ""}


def _talk(w: Work, session: str, item: str) -> tuple[Session, WorkItem]:
    s, found = w.assigned(session, item)
    not_consulted(found)
    if found.channel != VOICE:
        raise Refused("no_call")
    return s, found


def _target(w: Work, item: WorkItem, command: c.Consult) -> tuple[str, tuple[RoutingStep, ...], int]:
    """The queue it counts in, who may be offered it, and how long she looks for somebody."""
    if command.counselor:
        if command.counselor == item.counselor:
            raise Refused("not_now", state="target")
        k = w.counselor(command.counselor)
        if k.lease != counselors.LIVE or k.presence != counselors.AVAILABLE:
            raise Refused("unreachable", counselor=k.number)
        return item.queue, (RoutingStep((), 0, k.id),), w.policy.timing.sticky_s * 2
    queue = w.policy.queue(command.queue)
    if queue is None:
        raise Refused("no_such_queue", known=", ".join(w.policy.queues))
    if not w.policy.is_open(queue, w.now_us):
        raise Refused("transfer_closed")
    return queue.code, queue.steps, queue.waiting_max_s


# -- the other side


def _other(s: Session, item: WorkItem) -> Leg | None:
    """The leg of who is being consulted, once it is in the room."""
    asked = s.consult
    if asked is not None:
        leg = counselors_leg(s, asked) if asked.state == items.ACTIVE else None
    else:
        leg = of(s, legs.OF_LINE, item=item.id)
    return leg if leg is not None and leg.joined else None


def _consulting(w: Work, session: str, item: str) -> tuple[Session, WorkItem]:
    s, found = _talk(w, session, item)
    if found.state != items.CONSULTING:
        raise Refused("not_now", state=found.state)
    return s, found


def join_consult(w: Work, command: c.JoinConsult) -> Reply:
    """All three talk, or the citizen goes back on hold. Raises Refused("not_joined")."""
    s, item = _consulting(w, command.session, command.item)
    if _other(s, item) is None:
        raise Refused("not_joined")
    if item.joined != command.joined:
        w.emit(s.id, ConsultJoined(item.id, command.joined))
    return {}


def complete_consult(w: Work, command: c.CompleteConsult) -> Reply:
    """She leaves into wrap-up, the other side has the citizen. Reply: item. Raises Refused("not_joined")."""
    s, item = _consulting(w, command.session, command.item)
    other, asked = _other(s, item), s.consult
    if other is None:
        raise Refused("not_joined")
    successor = asked.id if asked else ""
    to_wrap_up(w, s.id, item, lambda by: WorkTransferred(item.id, successor, "consult" if asked else "line", by))
    if asked is None:
        w.emit(s.id, LineOutcome(other.who, "answered"))
        w.say(s.id, "line_joined", {"line": other.who})
    else:
        _promote(w, s, item, asked)
        w.say(s.id, "joined", {"counselor": w.counselor(asked.counselor).number})
    return {"item": successor}


def _promote(w: Work, s: Session, item: WorkItem, asked: WorkItem) -> None:
    """What was said of looking for one colleague does not hold for the talk that it becomes."""
    queue = w.policy.queue(asked.queue)
    steps = queue.steps if queue else (RoutingStep(),)
    waiting_s = queue.waiting_max_s if queue else w.policy.timing.session_idle_max_s
    w.emit(s.id, ConsultPromoted(asked.id, item.rank_at_us, steps, waiting_s * SECOND))


def end_consult(w: Work, command: c.EndConsult) -> Reply:
    """Back to the citizen alone; the consulted colleague may end it as well."""
    s, item = w.assigned(command.session, command.item)
    talk = s.item(item.consult_of) if item.consult_of else item
    if talk is None or talk.state != items.CONSULTING:
        raise Refused("not_now", state=item.state)
    back(w, s, talk)
    return {}


HANDLERS: dict[type[c.Command], Any] = {
    c.Consult: consult,
    c.JoinConsult: join_consult,
    c.CompleteConsult: complete_consult,
    c.EndConsult: end_consult,
}
