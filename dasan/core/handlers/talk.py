"""The counselor's work on a session: answers, notes, pausing, passing on, ending, wrapping up."""

from __future__ import annotations

from typing import Any

from dasan.core import commands as c
from dasan.core import handoff as handoffs
from dasan.core import leg as legs
from dasan.core import session as sessions
from dasan.core import workitem as items
from dasan.core.counselor_events import SlotPaused
from dasan.core.errors import Refused
from dasan.core.handlers.parties import back
from dasan.core.handlers.release import (
    drop_offers,
    end_legs,
    free_slot,
    start_wrap_up,
    to_wrap_up,
    unpause_slot,
)
from dasan.core.handlers.routing import queue_item
from dasan.core.ids import ITEM
from dasan.core.policy import TEXT_CHANNELS, RoutingStep
from dasan.core.session import FROM_COUNSELOR, Session
from dasan.core.session_events import CitizenUnmasked, EntryAdded, SuggestionsShown
from dasan.core.text import as_code
from dasan.core.time import SECOND
from dasan.core.work import Work
from dasan.core.work_events import (
    WorkAborted,
    WorkCompleted,
    WorkCreated,
    WorkHeld,
    WorkPaused,
    WorkResumed,
    WorkTransferred,
    WorkUnpaused,
    WrapExtended,
)
from dasan.core.workitem import WorkItem

Reply = dict[str, Any]


def send_reply(w: Work, command: c.SendReply) -> Reply:
    """A line to the citizen. Reply: n and seq. A paused talk goes on with it."""
    s, item = w.assigned(command.session)
    if item.state not in {items.ACTIVE, items.PAUSED}:
        raise Refused("not_now", state=item.state)
    if not any(leg.channel in TEXT_CHANNELS and leg.state in legs.LIVE for leg in s.legs):
        raise Refused("nobody_reads")
    if not command.text:
        raise Refused("empty")
    if item.state == items.PAUSED:
        _unpause(w, s, item)
    _entry(w, s, "text", command.text, command.client_id, article=command.article, edited=command.edited)
    return {"n": w.session(s.id).entry_n, "seq": w.seqs[s.id]}


def add_note(w: Work, command: c.AddNote) -> Reply:
    """A line for colleagues. Reply: n and seq."""
    s, _ = _held(w, command.session)
    if not command.text:
        raise Refused("empty")
    _entry(w, s, "note", command.text, command.client_id)
    return {"n": w.session(s.id).entry_n, "seq": w.seqs[s.id]}


def noted(w: Work, s: Session, text: str) -> None:
    """A line for colleagues that goes along with a wish."""
    _entry(w, s, "note", text, "")


def _held(w: Work, session: str) -> tuple[Session, WorkItem]:
    """The item she holds: assigned, or still in wrap-up."""
    k = w.console()
    s = w.session(session)
    found = next((i for i in reversed(s.items) if i.counselor == k.id and i.state not in items.TERMINAL), None)
    if found is None:
        raise Refused("not_yours")
    return s, found


def _entry(
    w: Work, s: Session, kind: str, text: str, client_id: str, *, article: str = "", edited: bool = False
) -> None:
    if s.entry_n >= w.policy.entries_per_session_max:
        raise Refused("too_many")
    content = w.seal(s.id, kind, text)
    shown = 0 if kind == "note" else s.shown_n + 1
    w.emit(
        s.id,
        EntryAdded(
            s.entry_n + 1,
            kind,
            FROM_COUNSELOR,
            w.principal.id,
            shown=shown,
            client_id=client_id,
            content=content,
            article=article,
            edited=edited,
        ),
    )


def show_suggestions(w: Work, command: c.ShowSuggestions) -> Reply:
    """The record behind "suggestion use"; nothing when the session has moved on."""
    s = w.session(command.session)
    item = s.live_item
    if s.closed_at_us or item is None or not item.counselor or not command.articles:
        return {}
    w.emit(s.id, SuggestionsShown(command.n, item.counselor, command.articles))
    return {}


def hold_item(w: Work, command: c.HoldItem) -> Reply:
    """Only what can be held: a talk by voice or video."""
    s, item = w.assigned(command.session, command.item)
    if item.channel in TEXT_CHANNELS:
        raise Refused("not_now", state=item.channel)
    not_consulted(item)
    w.emit(s.id, WorkHeld(item.id))
    w.say(s.id, "held")
    return {}


def unhold_item(w: Work, command: c.UnholdItem) -> Reply:
    """Back from hold."""
    s, item = w.assigned(command.session, command.item)
    w.emit(s.id, WorkResumed(item.id))
    w.say(s.id, "unheld")
    return {}


def not_consulted(item: WorkItem) -> None:
    """Raises Refused: who is only asked for advice does not decide about the citizen."""
    if item.consult_of:
        raise Refused("consulted_only")


def pause_item(w: Work, command: c.PauseItem) -> Reply:
    """Text only: the citizen is away for a while; the capacity is free for others."""
    s, item = w.assigned(command.session, command.item)
    pause(w, s, item, command.reason)
    return {}


def pause(w: Work, s: Session, item: WorkItem, reason: str) -> None:
    """ACTIVE to PAUSED."""
    if item.channel not in TEXT_CHANNELS:
        raise Refused("not_now", state=item.channel)
    w.emit(s.id, WorkPaused(item.id, reason))
    w.emit(item.counselor, SlotPaused(item.id))


def unpause_item(w: Work, command: c.UnpauseItem) -> Reply:
    """Raises Refused("capacity_full")."""
    s, item = w.assigned(command.session, command.item)
    _unpause(w, s, item)
    return {}


def _unpause(w: Work, s: Session, item: WorkItem) -> None:
    if not unpause_slot(w, item.counselor, item):
        raise Refused("capacity_full")
    w.emit(s.id, WorkUnpaused(item.id))


def transfer_item(w: Work, command: c.TransferItem) -> Reply:
    """On to a queue or a counselor, in one step: refused whole or done whole (R-AS9). Reply: item (the successor)."""
    s, item = w.assigned(command.session, command.item)
    not_consulted(item)
    if bool(command.queue) == bool(command.counselor):
        raise Refused("not_now", state="target")
    queue = w.policy.queue(command.queue or item.queue)
    if queue is None:
        raise Refused("no_such_queue", known=", ".join(w.policy.queues))
    if command.queue and not w.policy.is_open(queue, w.now_us):
        raise Refused("transfer_closed")
    first: tuple[RoutingStep, ...] = ()
    if command.counselor:
        if command.counselor == item.counselor:
            raise Refused("not_now", state="target")
        w.counselor(command.counselor)
        first = (RoutingStep((), w.policy.timing.sticky_s * 2, command.counselor),)
    if command.note:
        noted(w, s, command.note)
    if item.state == items.CONSULTING:
        back(w, s, item)
    successor = w.ids.new(ITEM)
    kind = "counselor" if command.counselor else "queue"
    to_wrap_up(w, s.id, item, lambda by: WorkTransferred(item.id, successor, kind, by))
    w.emit(s.id, WorkCreated(successor, queue.code, item.channel, previous=item.id, emergency=item.emergency))
    keep = item.rank_at_us if w.policy.transfer_keeps_rank else None
    queue_item(w, s.id, successor, rank_at_us=keep, first=first)
    w.say(s.id, "transferred", {"queue": queue.code})
    return {"item": successor}


def release_item(w: Work, command: c.ReleaseItem) -> Reply:
    """The counselor ends the talk; the citizen is told and may rate; wrap-up begins."""
    s, item = w.assigned(command.session, command.item)
    not_consulted(item)
    if item.state not in {items.ACTIVE, items.PAUSED, items.HELD, items.CONSULTING}:
        raise Refused("not_now", state=item.state)
    w.say(s.id, "ended")
    start_wrap_up(w, s.id, item, "released")
    end_legs(w, s.id, "normal")
    return {}


def complete_wrap_up(w: Work, command: c.CompleteWrapUp) -> Reply:
    """Result and category are needed; "ticket filed" only when there is one."""
    s, item = w.assigned(command.session, command.item)
    disposition = w.policy.disposition(command.disposition)
    if disposition is None:
        raise Refused("disposition_needed")
    if w.policy.category(command.category) is None:
        raise Refused("category_needed")
    if disposition.needs_handoff and not any(_of_item(w, h, item.id) for h, _ in s.handoffs):
        raise Refused("no_such_handoff")
    content = w.seal(s.id, "summary", command.summary)
    w.emit(s.id, WorkCompleted(item.id, disposition.code, command.category, content))
    free_slot(w, item.counselor, item.id, "completed")
    return {}


def _of_item(w: Work, handoff: str, item: str) -> bool:
    h = w.handoff(handoff)
    return h.item == item and h.state not in {handoffs.DRAFTED, handoffs.WITHDRAWN}


def extend_wrap_up(w: Work, command: c.ExtendWrapUp) -> Reply:
    """Once. Reply: wrap_by_us."""
    s, item = w.assigned(command.session, command.item)
    if item.extended:
        raise Refused("extension_used")
    by = item.wrap_by_us + w.policy.timing.wrap_extension_s * SECOND
    w.emit(s.id, WrapExtended(item.id, by))
    return {"wrap_by_us": by}


def abort_session(w: Work, command: c.AbortSession) -> Reply:
    """An administrator or the abuse rule ends everything at once; the reason is needed."""
    w.supervisor()
    if not command.reason:
        raise Refused("reason_needed")
    abort(w, command.session, as_code(command.reason))
    return {}


def abort(w: Work, session: str, reason: str) -> None:
    """Cancel whatever is not terminal, free what it held, end the legs."""
    s = w.session(session)
    if s.closed_at_us:
        raise Refused("session_closed")
    w.say(session, "aborted")
    for item in s.items:
        if item.state in items.TERMINAL:
            continue
        drop_offers(w, session, item, reason=reason)
        w.emit(session, WorkAborted(item.id, reason))
        if item.counselor:
            free_slot(w, item.counselor, item.id, "aborted")
    end_legs(w, session, "system")


def unmask(w: Work, command: c.Unmask) -> Reply:
    """The audit entry; the edge shows the value only after it is on disk."""
    if not command.reason:
        raise Refused("reason_needed")
    k, s = w.console(), w.session(command.session)
    if not sessions.may_read(s, k.id):
        raise Refused("not_yours")
    if s.erased:
        raise Refused("erased")
    w.emit(s.id, CitizenUnmasked(w.principal.id, command.field, w.seal(s.id, "reason", command.reason)))
    return {}


def save_draft(w: Work, command: c.SaveDraft) -> Reply:
    """Kept beside the journal, sealed; a draft for a session that is no longer hers is dropped silently."""
    k = w.console()
    s = w.session(command.session)
    mine = any(i.counselor == k.id and i.state not in items.TERMINAL for i in s.items)
    w.drafts.append((k.id, s.id, command.text if mine and not s.erased else ""))
    return {}


HANDLERS: dict[type[c.Command], Any] = {
    c.SendReply: send_reply,
    c.AddNote: add_note,
    c.ShowSuggestions: show_suggestions,
    c.HoldItem: hold_item,
    c.UnholdItem: unhold_item,
    c.PauseItem: pause_item,
    c.UnpauseItem: unpause_item,
    c.TransferItem: transfer_item,
    c.ReleaseItem: release_item,
    c.CompleteWrapUp: complete_wrap_up,
    c.ExtendWrapUp: extend_wrap_up,
    c.AbortSession: abort_session,
    c.Unmask: unmask,
    c.SaveDraft: save_draft,
}
