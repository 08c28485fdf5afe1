"""Handing a case to Eung-Dap-So: draft, commit, the outcome of every attempt, the peer's progress, the citizen's
notice.

Deliveries are given to the work as dicts of the Delivery port's fields; dasan/broker.py makes them whole.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from dasan.core import codec
from dasan.core import commands as c
from dasan.core import handoff as handoffs
from dasan.core import handoff_events as e
from dasan.core.errors import Arg, Refused
from dasan.core.handoff import Handoff
from dasan.core.ids import HANDOFF
from dasan.core.session import Session
from dasan.core.session_events import HandoffNoted
from dasan.core.text import as_code
from dasan.core.time import SECOND
from dasan.core.work import Work
from dasan.core.workitem import TERMINAL, WorkItem

Reply = dict[str, Any]
ENDPOINT = "eungdapso"
PHOTOS_MAX = 10
# The peer's words (Open311 with its usual extension) -> ours.
STATUS = {
    "open": "in_progress",
    "received": "in_progress",
    "routed": "in_progress",
    "assigned": "in_progress",
    "in_progress": "in_progress",
    "investigating": "in_progress",
    "action_scheduled": "in_progress",
    "extended": "in_progress",
    "awaiting_citizen": "in_progress",
    "coordination": "in_progress",
    "transferred": "in_progress",
    "reopened": "in_progress",
    "answered": "answered",
    "answered_instantly": "answered",
    "fixed": "answered",
    "closed": "closed",
    "merged": "closed",
    "duplicate": "closed",
    "closed_repeat": "closed",
    "withdrawn": "closed",
}


def _seal_case(w: Work, session: str, case: c.CaseForm) -> str:
    if w.policy.category(case.category) is None:
        raise Refused("category_needed")
    if not case.summary or not case.description:
        raise Refused("empty")
    if len(case.blobs) > PHOTOS_MAX:
        raise Refused("too_many")
    words = codec.encode(case)
    del words["blobs"], words["category"]
    if not case.attributes:  # a case without them reads as it always did, also after a rollback
        del words["attributes"]
    return w.seal(session, "case", json.dumps(words, ensure_ascii=False, sort_keys=True))


def draft(w: Work, command: c.DraftHandoff) -> Reply:
    """Reply: handoff."""
    return {"handoff": _draft(w, command.session, command.item, command.case)}


def _draft(w: Work, session: str, item_id: str, case: c.CaseForm) -> str:
    return _drafted(w, *w.assigned(session, item_id), case)


def _drafted(w: Work, s: Session, item: WorkItem, case: c.CaseForm) -> str:
    content = _seal_case(w, s.id, case)
    stream = w.ids.new(HANDOFF)
    w.emit(stream, e.HandoffDrafted(s.id, item.id, s.citizen, item.counselor, case.category, content, case.blobs))
    note(w, stream)
    return stream


def file(w: Work, command: c.FileTicket) -> Reply:
    """Draft and commit at once. Reply: handoff."""
    stream = _draft(w, command.session, command.item, command.case)
    commit_case(w, stream)
    return {"handoff": stream}


def file_for(w: Work, s: Session, item: WorkItem, case: c.CaseForm) -> None:
    """Draft and commit what no counselor could take (DOMAIN §3, the mandatory fallback)."""
    commit_case(w, _drafted(w, s, item, case))


def amend(w: Work, command: c.AmendHandoff) -> Reply:
    """Mend what the peer would not take (or a draft)."""
    h = _owned(w, command.handoff)
    content = _seal_case(w, h.session, command.case)
    w.emit(h.id, e.HandoffAmended(command.case.category, content, command.case.blobs))
    note(w, h.id)
    return {}


def commit(w: Work, command: c.CommitHandoff) -> Reply:
    """From here on it is our duty."""
    _owned(w, command.handoff)
    commit_case(w, command.handoff)
    return {"handoff": command.handoff}


def commit_case(w: Work, handoff: str) -> None:
    """The case is fixed, and the promise to send it is written beside it (one transaction)."""
    h = w.handoff(handoff)
    fixed = json.dumps([h.category, h.content, list(h.blobs)], separators=(",", ":"))
    give_up = w.now_us + w.policy.timing.handoff_dead_letter_s * SECOND
    w.emit(handoff, e.HandoffCommitted(hashlib.sha256(fixed.encode()).hexdigest(), give_up))
    note(w, handoff)
    promise(w, handoff, w.now_us)
    say(w, handoff, "ticket_filing")


def promise(w: Work, handoff: str, due_us: int) -> None:
    """Put it into the outbox; a further promise for the same handoff moves the one that stands."""
    row = {"id": handoff, "due_us": due_us, "attempts": w.handoff(handoff).attempts}
    known = w.loader.delivery(handoff) is not None
    (w.delivery_changes if known else w.deliveries).append(row)


def _owned(w: Work, handoff: str) -> Handoff:
    h = w.handoff(handoff)
    k = w.console()
    if h.counselor != k.id and not w.principal.at_least(c.SUPERVISOR):
        raise Refused("not_yours")
    return h


def note(w: Work, handoff: str) -> None:
    """The session learns the stage, since it decides whether it may close."""
    h = w.handoff(handoff)
    s = w.session(h.session)
    if not s.closed_at_us:
        w.emit(h.session, HandoffNoted(handoff, h.noted))


def say(w: Work, handoff: str, code: str, args: dict[str, Arg] | None = None, *, content: str = "") -> None:
    """Tell the citizen in the talk while it is open; afterwards the notices of her page tell her."""
    h = w.handoff(handoff)
    s = w.session(h.session)
    if not s.closed_at_us:
        w.say(h.session, code, args, content=content)


def begin(w: Work, command: c.BeginSubmission) -> Reply:
    """An attempt starts. Reply: ask_first (the attempt before may have done it), token."""
    h = w.handoff(command.handoff)
    if command.attempt != h.attempts + 1:  # another sender has begun this attempt since
        raise Refused("not_now", state=h.state)
    ask_first = h.ask_first or h.state == handoffs.SUBMITTING
    w.emit(h.id, e.HandoffSubmitting(command.attempt))
    note(w, h.id)
    return {"ask_first": ask_first, "token": h.token}


def result(w: Work, command: c.SubmissionResult) -> Reply:
    """How the attempt ended; a late result of an older attempt has no effect."""
    h = w.handoff(command.handoff)
    if h.state != handoffs.SUBMITTING or h.attempts != command.attempt:
        return {"late": True}
    _OUTCOMES[command.outcome](w, h, command)
    note(w, h.id)
    return {}


def _acknowledged(w: Work, h: Handoff, r: c.SubmissionResult) -> None:
    w.emit(h.id, e.HandoffAcknowledged(r.ticket_no, r.sent_sha256))
    _delivered(w, h.id, "done")
    say(w, h.id, "ticket_acknowledged", {"number": r.ticket_no})


def _submitted(w: Work, h: Handoff, r: c.SubmissionResult) -> None:
    """A token now, the number later: ask again until it has become one."""
    token, sent = (h.token, h.sent_sha256) if h.token else (r.token, r.sent_sha256)
    w.emit(h.id, e.HandoffSubmitted(token, sent))
    if w.now_us >= h.give_up_at_us:
        _refused(w, h, r)
        return
    promise(w, h.id, w.now_us + w.policy.timing.handoff_poll_s * SECOND)


def _retry(w: Work, h: Handoff, r: c.SubmissionResult) -> None:
    if w.now_us >= h.give_up_at_us:
        _refused(w, h, r)
        return
    timing = w.policy.timing
    step = min(timing.handoff_retry_first_s * 2 ** min(h.attempts, 20), timing.handoff_retry_max_s)
    wait_s = max(r.after_s, step * (1 + w.ids.jitter() / 4))
    next_at = w.now_us + round(wait_s * SECOND)
    w.emit(h.id, e.HandoffRetryWait(r.code, next_at, r.outcome == "unclear"))
    promise(w, h.id, next_at)


def _rejected(w: Work, h: Handoff, r: c.SubmissionResult) -> None:
    w.emit(h.id, e.HandoffRejected(tuple(as_code(f.lower()) for f in r.fields)))
    _delivered(w, h.id, "done")


def _refused(w: Work, h: Handoff, r: c.SubmissionResult) -> None:
    """The peer will never take it (wrong key, unknown service), or has not for too long: a person must look."""
    w.emit(h.id, e.HandoffDeadLettered(r.code))
    _delivered(w, h.id, "dead")


_OUTCOMES = {
    "acknowledged": _acknowledged,
    "submitted": _submitted,
    "retry": _retry,
    "unclear": _retry,
    "rejected": _rejected,
    "refused": _refused,
}
OUTCOMES = tuple(_OUTCOMES)


def _delivered(w: Work, handoff: str, state: str) -> None:
    if w.loader.delivery(handoff) is None:  # withdrawn before it was ever promised
        return
    w.delivery_changes.append({"id": handoff, "state": state, "attempts": w.handoff(handoff).attempts})


def progress(w: Work, command: c.TicketProgress) -> Reply:
    """A step of the peer. A repeat, an older one, an unknown word, or one after the end changes nothing."""
    h = w.handoff(command.handoff)
    if command.update in h.updates or command.at_us < h.update_at_us:
        return {"late": True}
    what = STATUS.get(command.status.lower())
    if what is None or handoffs.MACHINE.next(h.state, f"handoff.{what}") is None:
        return {"late": True}
    s = w.session(h.session)
    content = w.seal(h.session, "answer", command.text) if not s.erased else ""
    if what == "answered":
        w.emit(h.id, e.HandoffAnswered(command.update, command.at_us, content))
        say(w, h.id, "ticket_answered", {"number": h.ticket_no}, content=content)
    elif what == "closed":
        w.emit(h.id, e.HandoffClosed(command.update, command.at_us))
    else:
        w.emit(h.id, e.HandoffInProgress(command.status.lower(), command.update, command.at_us, content))
        say(w, h.id, "ticket_progress", {"number": h.ticket_no, "stage": command.status.lower()}, content=content)
    note(w, h.id)
    return {}


def withdraw(w: Work, command: c.WithdrawHandoff) -> Reply:
    """Only before the peer has it."""
    h = _owned(w, command.handoff)
    if not command.reason:
        raise Refused("reason_needed")
    w.emit(h.id, e.HandoffWithdrawn(w.seal(h.session, "reason", command.reason)))
    note(w, h.id)
    _delivered(w, h.id, "done")
    return {}


def drop_drafts(w: Work, session: str) -> None:
    """Withdraw drafts whose item has ended and that never became our duty: nobody holds them any more (I18)."""
    s = w.session(session)
    for handoff, stage in s.handoffs:
        if stage == handoffs.DRAFTED:
            h = w.handoff(handoff)
            item = s.item(h.item)
            if item is not None and item.state in TERMINAL and not h.attempts:
                w.emit(handoff, e.HandoffWithdrawn(""))
                note(w, handoff)


def release(w: Work, command: c.ReleaseHandoff) -> Reply:
    """A supervisor's recorded act; sending goes on if it can, but the session may close."""
    w.supervisor()
    if not command.reason:
        raise Refused("reason_needed")
    h = w.handoff(command.handoff)
    w.emit(h.id, e.HandoffReleased(w.principal.id, w.seal(h.session, "reason", command.reason)))
    note(w, h.id)
    return {}


def retry(w: Work, command: c.RetryHandoff) -> Reply:
    """A dead letter once more, asking first."""
    w.supervisor()
    h = w.handoff(command.handoff)
    w.emit(h.id, e.HandoffRevived(w.now_us + w.policy.timing.handoff_dead_letter_s * SECOND))
    note(w, h.id)
    promise(w, h.id, w.now_us)
    return {}


def heard(w: Work, command: c.HearTicket) -> Reply:
    """The citizen has seen a notice; once a stage."""
    h = w.handoff(command.handoff)
    if w.principal.role == c.CITIZEN and h.citizen != w.principal.id:
        raise Refused("no_such_handoff")
    if command.stage in h.told or command.stage not in handoffs.NOTICES:
        return {}
    w.emit(h.id, e.CitizenTold(command.stage, command.channel))
    return {}


HANDLERS: dict[type[c.Command], Any] = {
    c.DraftHandoff: draft,
    c.AmendHandoff: amend,
    c.CommitHandoff: commit,
    c.FileTicket: file,
    c.BeginSubmission: begin,
    c.SubmissionResult: result,
    c.TicketProgress: progress,
    c.WithdrawHandoff: withdraw,
    c.ReleaseHandoff: release,
    c.RetryHandoff: retry,
    c.HearTicket: heard,
}
