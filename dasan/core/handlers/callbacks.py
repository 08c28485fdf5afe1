"""A callback asked for in the menu or by a counselor, moved, and taken back; handlers/attempts makes the calls.

While it is open there is one for each session, and a second wish gives the first: the same address and service lead to
the same session. It keeps the place its citizen had, and waits for hours in which people may be called.
"""

from __future__ import annotations

from typing import Any

from dasan.core import callback as callbacks
from dasan.core import callback_events as e
from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.address import e164
from dasan.core.callback import Callback
from dasan.core.errors import BadInput, Refused
from dasan.core.handlers.release import drop_offers, free_slot
from dasan.core.ids import CALLBACK
from dasan.core.leg import Leg
from dasan.core.policy import Queue
from dasan.core.session import Session
from dasan.core.session_events import LegEnded
from dasan.core.text import as_code
from dasan.core.time import DAY, SECOND, wall
from dasan.core.work import Work
from dasan.core.work_events import WorkAborted, WorkConverted, WorkRequeued
from dasan.core.workitem import WorkItem

Reply = dict[str, Any]
TURNS_MAX = 8
NEVER = "+8260"  # 060 numbers cost whoever calls them
HOME = "+82"
AHEAD_US_MAX = 14 * DAY


# -- asking for one


def wish_callback(w: Work, s: Session, leg: Leg, wish: c.WishCallback) -> Reply:
    """The menu's wish. A waiting item becomes the callback and its place is kept (I10); while the call is up nobody
    is dialled. Reply: callback ("" where there is no number that may be called, or the time is weeks away), state,
    due_us, existing."""
    if (standing := _to_come(s)) is not None:
        return _told(standing, existing=True)
    number = dialable(w, s, wish.number) if wish.at_us <= w.now_us + AHEAD_US_MAX else ""
    if not number:
        return {"callback": "", "state": "", "due_us": 0, "existing": False}
    item = in_line(s)
    return _request(w, s, at_us=wish.at_us, number=number, queue=item.queue if item is not None else wish.queue)


def request(w: Work, command: c.RequestCallback) -> Reply:
    """A counselor's. Reply as :func:`wish_callback`. Raises Refused(not_yours | number_needed | no_such_queue) and
    BadInput for a time more than two weeks ahead."""
    s = w.session(command.session)
    if w.principal.at_least(c.SUPERVISOR):
        w.supervisor()
    else:
        s, _ = w.assigned(command.session)
    if s.closed_at_us:
        raise Refused("session_closed")
    if command.queue and w.policy.queue(command.queue) is None:
        raise Refused("no_such_queue", known=", ".join(w.policy.queues))
    if command.mode and command.mode not in callbacks.MODES:
        raise Refused("not_now", state=command.mode)
    if (standing := _to_come(s)) is not None:
        return _told(standing, existing=True)
    _not_too_far(w, command.at_us)
    number = dialable(w, s, command.number)
    if not number:
        raise Refused("number_needed")
    by = w.principal.id if w.principal.role != c.SYSTEM else ""
    return _request(w, s, at_us=command.at_us, number=number, queue=command.queue, by=by, mode=command.mode)


def _not_too_far(w: Work, at_us: int) -> None:
    if at_us > w.now_us + AHEAD_US_MAX:
        raise BadInput("malformed", field="at")


def dialable(w: Work, s: Session, number: str) -> str:
    """The content of the number to call: ``number`` as it was given, else the session's own; "" where none may be
    called. Numbers abroad and those that cost are not called: whoever asks could be anybody."""
    told = e164(number) if number else w.words(s.number_content) if not s.erased else ""
    if told.startswith("+"):
        told = told if told.startswith(HOME) and not told.startswith(NEVER) else ""
    elif number or not told.startswith(("sip:", "client:")):
        told = ""
    if not told:
        return ""
    return w.seal(s.id, "number", told) if number else s.number_content


def _to_come(s: Session) -> Callback | None:
    """The callback that she still waits for; the one by which she is on the line now has kept its promise."""
    cb = s.callback
    return cb if cb is not None and cb.open and cb.state != callbacks.CONNECTED else None


def _request(w: Work, s: Session, *, at_us: int, number: str, queue: str = "", by: str = "", mode: str = "") -> Reply:
    if s.callback is not None and s.callback.open:
        w.emit(s.id, e.CallbackDone(s.callback.id))
    item = in_line(s)
    line = queue_of(w, queue or (s.items[-1].queue if s.items else ""))
    callback = w.ids.new(CALLBACK)
    rank = _rank_us(w, item, line, at_us)
    give_up = allowed_us(w, line, max(at_us, w.now_us)) + w.policy.timing.callback_ttl_s * SECOND
    emergency = item.emergency if item is not None else line.emergency
    asked = e.CallbackRequested(
        callback,
        line.code,
        mode or w.policy.callback_mode,
        number,
        rank,
        give_up,
        by,
        item.id if item is not None else "",
        emergency,
    )
    w.emit(s.id, asked)
    if item is not None:
        if item.state == items.OFFERED:
            drop_offers(w, s.id, item, reason="converted")
            w.emit(s.id, WorkRequeued(item.id, "converted"))
        w.emit(s.id, WorkConverted(item.id, callback))
    put_off(w, w.session(s.id), max(at_us, w.now_us), "asked")
    made = w.session(s.id).callback
    assert made is not None
    w.say(s.id, "callback_asked", {"at": wall(made.due_us)})
    return _told(made, existing=False)


def _told(cb: Callback, *, existing: bool) -> Reply:
    return {"callback": cb.id, "state": cb.state, "due_us": cb.due_us, "existing": existing}


def in_line(s: Session) -> WorkItem | None:
    """The item that she waits with, on the line; a callback's waits without her."""
    item = s.live_item
    waits = item is not None and item.state in {items.QUEUED, items.OFFERED} and item.channel != callbacks.CHANNEL
    return item if waits else None


def queue_of(w: Work, code: str) -> Queue:
    """That queue, or the usual one where it is no longer there."""
    return w.policy.queue(code) or w.policy.queue(w.policy.default_queue) or next(iter(w.policy.queues.values()))


def _rank_us(w: Work, item: WorkItem | None, queue: Queue, at_us: int) -> int:
    """The place it keeps. As soon as it is her turn: the one she had. For an appointment: a bounded head start before
    its time, so that a call promised for five does not pass everybody who came since noon (I9)."""
    credit_us = min(queue.priority_credit_s, w.policy.credit_max_s) * SECOND
    rank = item.rank_at_us if item is not None else w.now_us - credit_us
    if at_us <= w.now_us:
        return rank
    return max(rank, at_us - w.policy.credit_max_s * SECOND)


# -- its time


def allowed_us(w: Work, queue: Queue, at_us: int) -> int:
    """The first instant from ``at_us`` on outside the quiet hours at which its queue is open."""
    for _ in range(TURNS_MAX):
        awake = callbacks.quiet_until_us(w.policy.quiet, at_us)
        opening = w.policy.opening_us(queue, awake)
        if opening is None or opening == at_us:
            return awake
        at_us = opening
    return at_us


def put_off(w: Work, s: Session, at_us: int, reason: str, give_up_at_us: int = 0) -> None:
    cb = s.callback
    assert cb is not None
    due_us = allowed_us(w, queue_of(w, cb.queue), at_us)
    why = reason if due_us == at_us else "later"
    w.emit(s.id, e.CallbackScheduled(cb.id, due_us, why, give_up_at_us))


def schedule(w: Work, command: c.ScheduleCallback) -> Reply:
    """Another time. Reply: due_us. Raises Refused(no_such_callback | not_yours | not_now while she is being rung)."""
    s, cb = _hers(w, command.session)
    if cb.state not in callbacks.BEFORE:
        raise Refused("not_now", state=cb.state)
    item = s.item(cb.item) if cb.state == callbacks.DUE else None
    if item is not None and item.state in items.ASSIGNED:
        raise Refused("not_now", state=item.state)
    _not_too_far(w, command.at_us)
    at_us = max(command.at_us, w.now_us)
    give_up = allowed_us(w, queue_of(w, cb.queue), at_us) + w.policy.timing.callback_ttl_s * SECOND
    take_back(w, s, item)
    put_off(w, w.session(s.id), at_us, "moved", give_up)
    moved = w.session(s.id).callback
    assert moved is not None
    return {"due_us": moved.due_us}


def take_back(w: Work, s: Session, item: WorkItem | None) -> None:
    """The callback's item out of the queue, as it came: converted."""
    if item is None or item.state not in {items.QUEUED, items.OFFERED}:
        return
    if item.state == items.OFFERED:
        drop_offers(w, s.id, item, reason="converted")
        w.emit(s.id, WorkRequeued(item.id, "converted"))
    assert s.callback is not None
    w.emit(s.id, WorkConverted(item.id, s.callback.id))


# -- taking it back


def cancel(w: Work, command: c.CancelCallback) -> Reply:
    """Nobody is called. Raises Refused(no_such_callback | not_yours | not_now once she is there)."""
    s, cb = _hers(w, command.session)
    if callbacks.MACHINE.next(cb.state, "callback.cancelled") is None:
        raise Refused("not_now", state=cb.state)
    withdraw(w, s, as_code(command.reason, "asked"))
    return {}


def give_way(w: Work, s: Session) -> int | None:
    """She called in and wants to wait on the line: nobody calls her back, and the place that her callback kept is hers
    (rank_at_us). None where no callback was open."""
    cb = s.callback
    if cb is None or callbacks.MACHINE.next(cb.state, "callback.cancelled") is None:
        return None
    withdraw(w, s, "called_in")
    return cb.rank_at_us


def told_to(s: Session) -> Reply:
    """What a caller is told who calls in while a callback waits for her: callback ("" none), state, due_us."""
    cb = s.callback
    if cb is None or not cb.open:
        return {"callback": "", "state": "", "due_us": 0}
    return {"callback": cb.id, "state": cb.state, "due_us": cb.due_us}


def withdraw(w: Work, s: Session, reason: str) -> None:
    cb = s.callback
    assert cb is not None
    if callbacks.MACHINE.next(cb.state, "callback.cancelled") is None:
        return
    leg = s.leg(cb.leg) if cb.leg else None
    if leg is not None and leg.state in legs.CALLED:
        w.emit(s.id, LegEnded(leg.id, "system"))
    item = s.item(cb.item) if cb.state in {callbacks.DUE, callbacks.DIALING} else None
    if item is not None and item.state in items.LIVE:
        if item.state == items.OFFERED:
            drop_offers(w, s.id, item, reason="withdrawn")
        w.emit(s.id, WorkAborted(item.id, "withdrawn"))
        if item.counselor:
            free_slot(w, item.counselor, item.id, "withdrawn")
    w.emit(s.id, e.CallbackCancelled(cb.id, reason))


def _hers(w: Work, session: str) -> tuple[Session, Callback]:
    """The open callback, if the asker may change it: who asked for it, who holds the session, a supervisor, the
    citizen herself. Raises Refused."""
    s = w.own_session(session)
    cb = s.callback
    if cb is None or not cb.open:
        raise Refused("no_such_callback")
    if w.principal.role == c.COUNSELOR:
        k = w.console()
        holds = any(i.counselor == k.id and i.state not in items.TERMINAL for i in s.items)
        if cb.by != k.id and not holds:
            raise Refused("not_yours")
    return s, cb


HANDLERS: dict[type[c.Command], Any] = {
    c.RequestCallback: request,
    c.ScheduleCallback: schedule,
    c.CancelCallback: cancel,
}
