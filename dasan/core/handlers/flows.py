"""A step of the menu: recorded once, whatever is retried, with what it wishes of the centre.

The turn (the interpreter's state and what it said) lies sealed, and is what the same answer is made from again. A step
that was taken already changes nothing. Wishes are carried out in their order, in the same transaction, by one table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.call_events import FlowLeft, FlowStepped, LineAsked, LineOutcome
from dasan.core.callback import CHANNEL
from dasan.core.commands import calls as wishes
from dasan.core.errors import Refused
from dasan.core.handlers.addresses import prefer, warned
from dasan.core.handlers.callbacks import give_way, in_line, wish_callback, withdraw
from dasan.core.handlers.release import drop_offers
from dasan.core.handlers.routing import queue_item
from dasan.core.handlers.texts import wish_text
from dasan.core.ids import ITEM
from dasan.core.leg import Leg
from dasan.core.policy import VOICE
from dasan.core.session import Session
from dasan.core.session_events import LegConnected
from dasan.core.text import as_code
from dasan.core.time import SECOND
from dasan.core.work import Work
from dasan.core.work_events import WorkAbandoned, WorkAborted, WorkConverted, WorkCreated, WorkMoved

Reply = dict[str, Any]


def step_flow(w: Work, command: c.StepFlow) -> Reply:
    """Reply: step, content, repeated, and what came of the wishes.

    Raises Refused: session_closed or leg_over where nobody listens any more, out_of_step for a step that is not next.
    """
    s = w.session(command.session)
    leg = s.leg(command.leg)
    if s.closed_at_us:
        raise Refused("session_closed")
    if leg is None or leg.channel != VOICE or leg.state in {legs.ENDED, legs.SUSPENDED}:
        raise Refused("leg_over")
    flow = s.flow
    anew = flow is None or (flow.leg != leg.id and command.step == 1)
    taken = 0 if anew or flow is None else flow.step
    if command.step <= taken and flow is not None:
        return {"step": flow.step, "content": flow.content, "repeated": True}
    if command.step != taken + 1:
        raise Refused("out_of_step", step=taken + 1)
    if leg.state in legs.CALLED:  # who hears a menu has answered, whatever the network has told us so far
        w.emit(s.id, LegConnected(leg.id))
    came = taken_step(w, s.id, leg.id, command.step, command)
    for wish in command.wishes:
        came |= WISHES[type(wish)](w, w.session(s.id), leg, wish)
    return {**came, "repeated": False}


def taken_step(w: Work, session: str, leg: str, step: int, turn: c.StepFlow | c.FirstTurn) -> Reply:
    """Record a turn. Reply: step, content."""
    content = w.seal(session, "turn", turn.turn)
    w.emit(session, FlowStepped(leg, turn.flow, step, as_code(turn.node, "node"), content))
    return {"step": step, "content": content}


def _queue(w: Work, s: Session, leg: Leg, wish: wishes.WishQueue) -> Reply:
    """Came: item ("" where it is closed; then ``closed`` says so). Who waits already moves, and keeps her place."""
    queue = w.policy.queue(wish.queue)
    if queue is None:
        raise Refused("no_such_queue", known=", ".join(w.policy.queues))
    item = s.live_item
    if item is not None and item.channel != CHANNEL:  # a callback's item gives way
        if item.state == items.QUEUED and item.queue != queue.code:
            w.emit(s.id, WorkMoved(item.id, queue.code, queue.steps))
        return {"item": item.id}
    if not wish.emergency and not w.policy.is_open(queue, w.now_us):
        return {"item": "", "closed": True}
    made = w.ids.new(ITEM)
    rank = give_way(w, s)  # the place that a callback kept is hers
    credit_us = max(0, min(wish.credit_s, w.policy.credit_max_s)) * SECOND
    w.emit(s.id, WorkCreated(made, queue.code, VOICE, emergency=wish.emergency, credit_us=credit_us))
    queue_item(w, s.id, made, rank_at_us=rank)
    w.emit(s.id, FlowLeft(leg.id, "queued"))
    return {"item": made}


def _leave(w: Work, s: Session, leg: Leg, wish: wishes.WishLeave) -> Reply:
    """She goes back into the menu. For a callback her place goes along, which is that wish's business."""
    item, message = in_line(s), wish.why == "voicemail"
    if item is not None and wish.why != "callback":
        drop_offers(w, s.id, item, reason="left_queue")
        w.emit(s.id, WorkConverted(item.id, "") if message else WorkAbandoned(item.id))
    if message and s.flow is not None and s.flow.outcome != "voicemail":
        w.emit(s.id, FlowLeft(leg.id, "voicemail"))  # who hangs up on it has left a message (handlers/calls)
    return {}


def _line(w: Work, s: Session, leg: Leg, wish: wishes.WishLine) -> Reply:
    """The menu rings the line itself; first that it does, then what came of it."""
    line = w.policy.line(wish.line)
    if line is None:
        raise Refused("no_such_line", known=", ".join(one.code for one in w.policy.lines))
    if not wish.outcome:
        w.emit(s.id, LineAsked(line.code))
        return {"line": line.code, "number": line.number}
    outcome = as_code(wish.outcome, "failed")
    w.emit(s.id, LineOutcome(line.code, outcome))
    if outcome == "answered":
        w.emit(s.id, FlowLeft(leg.id, "line"))
    return {}


def _callback(w: Work, s: Session, leg: Leg, wish: wishes.WishCallback) -> Reply:
    came = wish_callback(w, s, leg, wish)
    if came["callback"]:
        w.emit(s.id, FlowLeft(leg.id, "callback"))
    return came


def _cancel(w: Work, s: Session, leg: Leg, wish: wishes.WishCancelCallback) -> Reply:
    if s.callback is not None:
        withdraw(w, s, "asked")
    return {}


def _text(w: Work, s: Session, leg: Leg, wish: wishes.WishText) -> Reply:
    return wish_text(w, s, wish)


def _prefer(w: Work, s: Session, leg: Leg, wish: wishes.WishPrefer) -> Reply:
    return prefer(w, s, wish)


def _warned(w: Work, s: Session, leg: Leg, wish: wishes.WishWarned) -> Reply:
    warned(w, s)
    return {}


def _end(w: Work, s: Session, leg: Leg, wish: wishes.WishEnd) -> Reply:
    """The menu says goodbye and hangs up: the network tells when she is gone. A wait ended so was ended by us."""
    item = in_line(s)
    reason = as_code(wish.reason, "ended")
    if item is not None:
        drop_offers(w, s.id, item, reason=reason)
        w.emit(s.id, WorkAborted(item.id, reason))
    w.emit(s.id, FlowLeft(leg.id, "ended", reason))
    return {}


WISHES: dict[type[wishes.Wish], Callable[[Work, Session, Leg, Any], Reply]] = {
    wishes.WishQueue: _queue,
    wishes.WishLeave: _leave,
    wishes.WishLine: _line,
    wishes.WishPrefer: _prefer,
    wishes.WishWarned: _warned,
    wishes.WishCallback: _callback,
    wishes.WishCancelCallback: _cancel,
    wishes.WishText: _text,
    wishes.WishEnd: _end,
}
HANDLERS: dict[type[c.Command], Any] = {c.StepFlow: step_flow}
