"""A callback that is due: offered, dialled, repeated, given up (DOMAIN §4, Callback).

It turns in one place. :func:`follow` is asked by the broker after every command, whatever it was, and goes by what the
session has become: it dials when the counselor stands in the room, notes that the citizen is there, tries again or
gives up when her leg has ended. So a lost, late or doubled word of the network cannot lead to a second ring. What is
owed to whoever cannot be reached is done at once: a short message, else a ticket.
"""

from __future__ import annotations

from collections.abc import Callable

from dasan.core import callback as callbacks
from dasan.core import callback_events as e
from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.callback import Callback
from dasan.core.counselor_events import SlotTurned
from dasan.core.due import on_the_line
from dasan.core.handlers import texts
from dasan.core.handlers.addresses import address_of
from dasan.core.handlers.callbacks import allowed_us, put_off, queue_of, take_back, withdraw
from dasan.core.handlers.release import end_legs, free_slot
from dasan.core.handlers.tickets import file_for
from dasan.core.ids import ITEM, LEG
from dasan.core.leg import Leg
from dasan.core.message import Message
from dasan.core.policy import POOL_UNITS, VOICE, Queue
from dasan.core.session import Session
from dasan.core.session_events import LegAdded, LegEnded
from dasan.core.text import as_code
from dasan.core.time import SECOND, wall
from dasan.core.work import Work
from dasan.core.work_events import WorkAborted, WorkCreated, WorkExpired, WorkLegAdded, WorkRouted
from dasan.core.workitem import WorkItem

TURNS_MAX = 8
_LOST = frozenset({"text.failed", "text.undelivered"})


# -- its time


def fall_due(w: Work, s: Session) -> None:
    """Its time has come. The number may be called now, or later, or not at all any more."""
    cb = s.callback
    if cb is None or cb.state not in callbacks.WAITS:
        return
    if w.now_us >= cb.give_up_at_us:
        w.emit(s.id, e.CallbackExpired(cb.id, _instead(w, s, cb)))
        return
    queue = queue_of(w, cb.queue)
    if allowed_us(w, queue, w.now_us) > w.now_us:
        put_off(w, s, w.now_us, "later")
        return
    if cb.mode == callbacks.CITIZEN_FIRST:
        w.emit(s.id, e.CallbackDue(cb.id))
        _dial(w, w.session(s.id))
        return
    w.emit(s.id, e.CallbackDue(cb.id, _queue_item(w, s, cb, queue, callbacks.CHANNEL)))


def _queue_item(w: Work, s: Session, cb: Callback, queue: Queue, channel: str) -> str:
    """A work item at the callback's place; it waits until the quiet hours, or until it is of no use any more."""
    item = w.ids.new(ITEM)
    # A place that she gave up before she asked to be called is not taken up again (I10).
    before = s.items[-1].id if s.items and s.items[-1].rank_at_us >= cb.rank_at_us else ""
    w.emit(s.id, WorkCreated(item, queue.code, channel, before, cb.emergency, sticky=cb.by))
    quiet_us = callbacks.quiet_from_us(w.policy.quiet, w.now_us)
    until = min(cb.give_up_at_us, quiet_us) if quiet_us else cb.give_up_at_us
    if channel == VOICE:  # she waits on the line
        until = w.now_us + queue.waiting_max_s * SECOND
    w.emit(s.id, WorkRouted(item, w.now_us, min(cb.rank_at_us, w.now_us), queue.steps, until))
    return item


def item_expired(w: Work, s: Session, item: WorkItem) -> None:
    """Nobody could take it before the quiet hours, or in time: it waits on, or is given up."""
    cb = s.callback
    assert cb is not None
    take_back(w, s, item)
    if w.now_us >= cb.give_up_at_us:
        w.emit(s.id, e.CallbackExpired(cb.id, _instead(w, w.session(s.id), cb)))
        return
    put_off(w, w.session(s.id), w.now_us, "later")


# -- she is there, and nobody comes


def waits_for_us(s: Session, item: WorkItem) -> bool:
    """Whether ``item`` is the wait of whom we called and have given nobody yet; no menu of hers says what follows."""
    cb, leg = s.callback, s.live_leg
    if cb is None or leg is None or cb.state != callbacks.CONNECTED or cb.leg != leg.id:
        return False
    return not item.consult_of and (s.flow is None or s.flow.leg != leg.id)


def unserved(w: Work, s: Session, item: WorkItem) -> None:
    """She has waited as long as any caller may. She is told that she will be called again (``voice/bye``), and is: from
    the queue in which she waited, at her place, with a counselor ready first, also where attempts are used up. The
    promise runs anew, once."""
    cb = s.callback
    assert cb is not None
    w.emit(s.id, WorkExpired(item.id))
    w.say(s.id, "wait_over")
    queue = queue_of(w, item.queue)
    due_us = allowed_us(w, queue, w.now_us + _gap_us(w, 1))
    anew = due_us + w.policy.timing.callback_ttl_s * SECOND if cb.mode == callbacks.CITIZEN_FIRST else 0
    w.emit(
        s.id,
        e.CallbackRetryWait(cb.id, callbacks.UNSERVED, due_us, callbacks.COUNSELOR_FIRST, queue.code, anew),
    )
    w.say(s.id, "callback_asked", {"at": wall(due_us)})
    end_legs(w, s.id, "timeout")


# -- following what has become of the session


def follow(w: Work, command: c.Command) -> None:
    """Turn the callback of every touched session as far as its state says. Called once after each command."""
    for stream in tuple(w.touched):
        s = w.states[stream]
        if isinstance(s, Session) and s.callback is not None and s.callback.open and not s.closed_at_us:
            if isinstance(command, c.AbortSession):
                withdraw(w, s, as_code(command.reason))
            for _ in range(TURNS_MAX):
                before = w.session(stream).callback
                assert before is not None
                turn = _FOLLOWS.get(before.state)
                if turn is not None:
                    turn(w, w.session(stream), before)
                if w.session(stream).callback is before:
                    break
    for lost in [r.stream for r in w.events if r.event.type in _LOST]:
        _unread(w, w.state(lost))


def _unread(w: Work, m: Message) -> None:
    """She was written to because she could not be reached, and that did not arrive either."""
    s = w.session(m.session)
    if m.purpose in {texts.MISSED, texts.LATE} and s.callback is not None:
        file_missed(w, s, s.callback)


def _waits(w: Work, s: Session, cb: Callback) -> None:
    """Its time has passed while she was on the line, or busy with a counselor."""
    if cb.due_us <= w.now_us and s.live_item is None and not on_the_line(s):
        fall_due(w, s)


def _due(w: Work, s: Session, cb: Callback) -> None:
    item = s.item(cb.item)
    if item is None or item.state in items.TERMINAL:  # somebody ended it otherwise
        w.emit(s.id, e.CallbackCancelled(cb.id, as_code(item.outcome if item else "ended")))
    elif item.state == items.CONNECTING and _ready(s, item):
        here = _here(s)
        if here is None and callbacks.quiet_until_us(w.policy.quiet, w.now_us) > w.now_us:
            _let_go(w, s, item, "withdrawn")  # the quiet hours came between her acceptance and the ring
            put_off(w, w.session(s.id), w.now_us, "later")
        elif here is None:
            _dial(w, s)
        else:  # she called in herself, and is on the line
            _reached(w, s, cb, here)


def _ready(s: Session, item: WorkItem) -> bool:
    """Whether the counselor of ``item`` stands in the room."""
    return any(
        p.joined and p.role == legs.OF_COUNSELOR and p.who == item.counselor and p.item == item.id for p in s.parties
    )


def _here(s: Session) -> Leg | None:
    return next((leg for leg in s.legs if leg.channel == VOICE and leg.state in legs.UP), None)


def _dial(w: Work, s: Session) -> None:
    """Her leg shall be rung; call control makes it so (docs/adr/0006)."""
    cb = s.callback
    assert cb is not None
    leg = w.ids.new(LEG)
    w.emit(s.id, LegAdded(leg, VOICE, address_of(s)))
    w.emit(s.id, e.CallbackDialing(cb.id, leg, cb.attempts + 1))


def _dialing(w: Work, s: Session, cb: Callback) -> None:
    leg, item = s.leg(cb.leg), s.item(cb.item)
    assert leg is not None
    if leg.state in legs.UP:
        _reached(w, s, cb, leg)
    elif leg.state == legs.ENDED:
        _failed(w, s, cb, leg.cause)
    elif item is not None and cb.mode == callbacks.COUNSELOR_FIRST and not _attended(s, item):
        w.emit(s.id, LegEnded(leg.id, "system"))
        w.emit(s.id, e.CallbackInterrupted(cb.id))
    elif (here := _here(s)) is not None:  # she called in while we rang
        w.emit(s.id, LegEnded(leg.id, "system"))
        _reached(w, w.session(s.id), cb, here)


def _reached(w: Work, s: Session, cb: Callback, leg: Leg) -> None:
    """The citizen is there: what was a callback is a call from here on, and costs its counselor what a call costs."""
    w.emit(s.id, e.CallbackConnected(cb.id, leg.id))
    item = s.item(cb.item)
    if cb.mode == callbacks.CITIZEN_FIRST:
        _queue_item(w, w.session(s.id), cb, queue_of(w, cb.queue), VOICE)
    elif item is not None and item.state in items.ASSIGNED:
        w.emit(s.id, WorkLegAdded(item.id, leg.id, VOICE))
        cost, k = w.policy.cost(VOICE), w.counselor(item.counselor)
        others = sum(slot.units for slot in k.slots if slot.pool == cost.pool and slot.item != item.id)
        w.emit(k.id, SlotTurned(item.id, VOICE, cost.pool, max(0, min(cost.units, POOL_UNITS - others))))


def _attended(s: Session, item: WorkItem) -> bool:
    return item.state == items.CONNECTING and _ready(s, item)


def _connected(w: Work, s: Session, cb: Callback) -> None:
    if not on_the_line(s):
        w.emit(s.id, e.CallbackDone(cb.id))


_FOLLOWS: dict[str, Callable[[Work, Session, Callback], None]] = {
    callbacks.SCHEDULED: _waits,
    callbacks.RETRY_WAIT: _waits,
    callbacks.DUE: _due,
    callbacks.DIALING: _dialing,
    callbacks.CONNECTED: _connected,
}


# -- she does not answer


def rung_out(w: Work, s: Session) -> None:
    """An attempt of which nothing was heard for too long is over."""
    cb = s.callback
    leg = s.leg(cb.leg) if cb is not None and cb.state == callbacks.DIALING else None
    if leg is not None and leg.state in legs.CALLED:
        w.emit(s.id, LegEnded(leg.id, "no_answer"))


def _failed(w: Work, s: Session, cb: Callback, cause: str) -> None:
    item = s.item(cb.item)
    if item is not None and item.state in items.ASSIGNED:
        _let_go(w, s, item, "no_answer")
    if cb.attempts >= w.policy.callback_attempts_max:
        w.emit(s.id, e.CallbackExhausted(cb.id, cause, _instead(w, w.session(s.id), cb)))
        return
    again = allowed_us(w, queue_of(w, cb.queue), w.now_us + _gap_us(w, cb.attempts))
    w.emit(s.id, e.CallbackRetryWait(cb.id, cause, again))


def _let_go(w: Work, s: Session, item: WorkItem, reason: str) -> None:
    """The counselor who stood ready for nobody has no wrap-up to do."""
    w.emit(s.id, WorkAborted(item.id, reason))
    free_slot(w, item.counselor, item.id, reason)


def _gap_us(w: Work, attempts: int) -> int:
    timing = w.policy.timing
    gaps = (timing.callback_gap_first_s, timing.callback_gap_second_s, timing.callback_gap_later_s)
    return gaps[min(attempts, len(gaps)) - 1] * SECOND


def _instead(w: Work, s: Session, cb: Callback) -> str:
    """What is done for whoever cannot be reached: she is written to, else a department hears of her."""
    if texts.notify(w, s, texts.MISSED if _missed(cb) else texts.LATE, content=cb.number):
        return "text"
    return "ticket" if file_missed(w, s, cb) else "none"


def _missed(cb: Callback) -> bool:
    """Whether it was she who was not there."""
    return cb.attempts > 0 and cb.last != callbacks.UNSERVED


def file_missed(w: Work, s: Session, cb: Callback) -> bool:
    """File that somebody waits for a call who could not be reached; False where her words are erased."""
    number = "" if s.erased else w.words(cb.number)
    if not number:
        return False
    category = w.policy.filed_under(cb.queue).code
    tried = f"{cb.attempts}회 걸었으나 연결되지 않았습니다" if _missed(cb) else "제때 걸지 못했습니다"
    words = f"민원인이 요청한 회신 전화를 {tried}. 담당 부서에서 민원인에게 연락해 주십시오."
    case = c.CaseForm(category, "[120 회신 전화 미연결]", words, contact=number)
    file_for(w, s, s.items[-1] if s.items else WorkItem("", cb.queue, callbacks.CHANNEL), case)
    return True
