"""What citizens do: begin, write, show a photo, read, lose and find the connection, leave, rate."""

from __future__ import annotations

from typing import Any

from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core import session as sessions
from dasan.core import workitem as items
from dasan.core.errors import Refused
from dasan.core.handlers.release import citizen_gone, drop_offers, free_slot, unpause_slot
from dasan.core.handlers.routing import queue_item, schedule_item
from dasan.core.ids import ITEM, LEG, SESSION
from dasan.core.session import FROM_CITIZEN, FROM_COUNSELOR, Session
from dasan.core.session_events import (
    EntriesDelivered,
    EntriesRead,
    EntryAdded,
    LegAdded,
    LegConnected,
    LegResumed,
    LegSuspended,
    SessionOpened,
    SessionRated,
)
from dasan.core.time import SECOND
from dasan.core.work import Work
from dasan.core.work_events import WorkCreated, WorkRequeued, WorkReturned, WorkUnparked, WorkUnpaused

Reply = dict[str, Any]


def open_session(w: Work, command: c.OpenSession) -> Reply:
    """Find or open the session of this address (R-IN1), and take its first line if there is one.

    Reply: session, leg, opened (False when it was there already), and n and seq of the line.
    """
    found = w.loader.session_at(command.address, command.service)
    if found is not None and not w.session(found).closed_at_us:
        s = w.own_session(found)
        leg = s.live_leg
        if leg is not None:
            said = _say(w, s, leg.id, command.text, command.client_id) if command.text else {}
            return {"session": found, "leg": leg.id, "opened": False, **said}
        # She has left that one, and it is being wrapped up: the address belongs to her new need from here on.
        w.addresses_closed.append((command.address, command.service, found))
    return _open(w, command)


def _open(w: Work, command: c.OpenSession) -> Reply:
    queue = w.policy.queue(command.queue or w.policy.default_queue)
    if queue is None:
        raise Refused("no_such_queue", known=", ".join(w.policy.queues))
    closed = not command.emergency and not w.policy.is_open(queue, w.now_us)
    if closed and not command.later:
        raise Refused("queue_closed")
    stream, leg, item = w.ids.new(SESSION), w.ids.new(LEG), w.ids.new(ITEM)
    w.new_keys.append(stream)
    number = w.numbers("session")
    w.emit(stream, SessionOpened(number, command.service, command.language, command.citizen, command.channel))
    w.emit(stream, LegAdded(leg, command.channel, command.address))
    w.emit(stream, LegConnected(leg))
    w.addresses_open.append((command.address, command.service, stream))
    w.say(stream, "welcome")
    said = _say(w, w.session(stream), leg, command.text, command.client_id) if command.text else {}
    credit_us = min(command.credit_s, w.policy.credit_max_s) * SECOND
    w.emit(stream, WorkCreated(item, queue.code, command.channel, emergency=command.emergency, credit_us=credit_us))
    if closed:
        schedule_item(w, stream, item, queue)
    else:
        queue_item(w, stream, item)
    return {"session": stream, "leg": leg, "opened": True, **said}


def receive_text(w: Work, command: c.ReceiveText) -> Reply:
    """Reply: n (in the citizen's numbering) and seq."""
    return _say(w, w.own_session(command.session), command.leg, command.text, command.client_id)


def receive_photo(w: Work, command: c.ReceivePhoto) -> Reply:
    """Reply as receive_text."""
    s = w.own_session(command.session)
    return _say(w, s, command.leg, command.caption, command.client_id, blob=command.blob)


def _say(w: Work, s: Session, leg_id: str, text: str, client_id: str, *, blob: str = "") -> Reply:
    _open_leg(s, leg_id)
    if not text and not blob:
        raise Refused("empty")
    if s.entry_n >= w.policy.entries_per_session_max:
        raise Refused("too_many")
    content = w.seal(s.id, "photo" if blob else "text", text)
    shown = s.shown_n + 1
    entry = EntryAdded(
        s.entry_n + 1,
        "photo" if blob else "text",
        FROM_CITIZEN,
        s.citizen,
        shown=shown,
        leg=leg_id,
        client_id=client_id,
        content=content,
        blob=blob,
    )
    s = w.emit(s.id, entry)
    seq = w.seqs[s.id]
    item = s.live_item
    if item is not None and item.state == items.PAUSED:
        _back_from_pause(w, s, item)
    return {"n": shown, "seq": seq}


def _back_from_pause(w: Work, s: Session, item: items.WorkItem) -> None:
    """The citizen is back: to her counselor if there is room, else into the queue at her old rank."""
    if unpause_slot(w, item.counselor, item):
        w.emit(s.id, WorkUnpaused(item.id))
        return
    counselor = item.counselor
    w.emit(s.id, WorkReturned(item.id))
    free_slot(w, counselor, item.id, "returned")


def _open_leg(s: Session, leg_id: str) -> legs.Leg:
    if s.closed_at_us:
        raise Refused("session_closed")
    leg = s.leg(leg_id)
    if leg is None or leg.state == legs.ENDED:
        raise Refused("session_closed")
    return leg


def mark_entries(w: Work, command: c.MarkEntries) -> Reply:
    """Marks only move forward; a citizen counts what she sees, a console counts everything."""
    if w.principal.role == c.CITIZEN:
        s = w.own_session(command.session)
        role, upto = FROM_CITIZEN, sessions.n_of(s, command.upto)
    else:
        s, _ = w.assigned(command.session)
        role, upto = FROM_COUNSELOR, min(command.upto, s.entry_n)
    side = "citizen" if role == FROM_CITIZEN else "counselor"
    if s.closed_at_us or upto <= getattr(s, f"{side}_read" if command.read else f"{side}_delivered"):
        return {}
    w.emit(s.id, EntriesRead(role, upto) if command.read else EntriesDelivered(role, upto))
    return {}


def suspend_leg(w: Work, command: c.SuspendLeg) -> Reply:
    """The transport is gone: nothing is lost, but a waiting item is not offered to anybody meanwhile (R-IN8)."""
    s = w.session(command.session)
    leg = s.leg(command.leg)
    if leg is not None and leg.state == legs.CONNECTED:
        suspend(w, s, leg)
    return {}  # settle parks what waits


def suspend(w: Work, s: Session, leg: legs.Leg) -> None:
    """A leg is gone that may come back; what was offered goes back to its place."""
    s = w.emit(s.id, LegSuspended(leg.id, _resume_by_us(w, s, leg)))
    item = s.live_item
    if item is not None and item.state == items.OFFERED and not sessions.left_message(s):
        drop_offers(w, s.id, item, reason="leg_suspended")
        w.emit(s.id, WorkRequeued(item.id, "leg_suspended"))


def _resume_by_us(w: Work, s: Session, leg: legs.Leg) -> int:
    """Until when she may come back. Who left a message after hours has until a day after the opening to find the
    answer here, and keeps its place meanwhile."""
    timing = w.policy.timing
    if s.owed_since_us and sessions.left_message(s):
        opening_us = max(item.open_at_us for item in s.items)
        return max(w.now_us, opening_us) + timing.session_idle_max_s * SECOND
    grace_s = timing.resume_voice_s if leg.channel == "voice" else timing.resume_chat_s
    return w.now_us + grace_s * SECOND


def resume_leg(w: Work, command: c.ResumeLeg) -> Reply:
    """Back within the time: the same session, the same place."""
    s = w.own_session(command.session)
    leg = _open_leg(s, command.leg)
    if leg.state != legs.SUSPENDED:
        return {}
    s = w.emit(s.id, LegResumed(leg.id))
    item = s.live_item
    if item is not None and item.state == items.QUEUED and item.parked:
        w.emit(s.id, WorkUnparked(item.id))
    return {}


def leave_session(w: Work, command: c.LeaveSession) -> Reply:
    """The citizen ends it herself."""
    s = w.own_session(command.session)
    _open_leg(s, command.leg)
    w.say(s.id, "citizen_left")
    citizen_gone(w, s.id, command.leg, "citizen_left", "citizen_left")
    return {}


def rate_session(w: Work, command: c.RateSession) -> Reply:
    """Once a session, when the talk is over; also after it has closed."""
    s = w.own_session(command.session)
    if s.rating:
        raise Refused("rating_given")
    if s.live_item is not None:
        raise Refused("not_now", state=sessions.phase(s))
    score = min(5, max(1, command.score))
    w.emit(s.id, SessionRated(score, w.seal(s.id, "rating", command.text) if not s.erased else ""))
    return {}


HANDLERS: dict[type[c.Command], Any] = {
    c.OpenSession: open_session,
    c.ReceiveText: receive_text,
    c.ReceivePhoto: receive_photo,
    c.MarkEntries: mark_entries,
    c.SuspendLeg: suspend_leg,
    c.ResumeLeg: resume_leg,
    c.LeaveSession: leave_session,
    c.RateSession: rate_session,
}
