"""A supervisor in somebody else's session: looking, whispering, barging in, taking over (dasan/core/supervision.py).

Every step is in the session's stream under her name. Whoever has not the role is refused; what is written needs a look
that is under way, so that nobody writes into what she does not read.
"""

from __future__ import annotations

from typing import Any

from dasan.core import commands as c
from dasan.core import counselor as counselors
from dasan.core import leg as legs
from dasan.core import session as sessions
from dasan.core import supervision
from dasan.core import workitem as items
from dasan.core.counselor import Counselor
from dasan.core.counselor_events import LookOpened, SlotHeld
from dasan.core.errors import Refused
from dasan.core.events import Event
from dasan.core.handlers.parties import BY_PHONE, TALKING, back, let_go, of, ring
from dasan.core.handlers.release import end_look, free_slot, slot_live
from dasan.core.policy import TEXT_CHANNELS
from dasan.core.session import FROM_SUPERVISOR, Session
from dasan.core.session_events import (
    EntryAdded,
    SupervisionBarged,
    SupervisionBegan,
    SupervisionTakenOver,
    SupervisionWhispered,
)
from dasan.core.work import Work
from dasan.core.work_events import WorkTakenOver
from dasan.core.workitem import WorkItem

Reply = dict[str, Any]
HEARD = (*items.ASSIGNED, items.WRAPPING)  # a counselor is there to read a whisper


def look(w: Work, command: c.Look) -> Reply:
    """OFF to MONITOR; looking already is looking. Reply: step."""
    k, s = supervisor(w), w.session(command.session)
    if s.closed_at_us:
        raise Refused("session_closed")
    now = supervision.of(s.supervisions, k.id)
    if now is not None:
        return {"step": now.step}
    if sessions.may_read(s, k.id):
        raise Refused("not_now", state="yours")
    if len(k.looks) >= supervision.LOOKS_MAX:
        raise Refused("looks_full", limit=supervision.LOOKS_MAX)
    if len(s.supervisions) >= supervision.LOOKERS_MAX:
        raise Refused("looked_at", limit=supervision.LOOKERS_MAX)
    _begin(w, s, k)
    return {"step": supervision.MONITOR}


def _begin(w: Work, s: Session, k: Counselor) -> None:
    told = supervision.told_at(supervision.MONITOR, w.policy.citizen_told_from)
    w.emit(s.id, SupervisionBegan(k.id, told))
    w.emit(k.id, LookOpened(s.id))
    if told:
        w.say(s.id, "supervisor_looking", {"counselor": k.number})


def look_away(w: Work, command: c.LookAway) -> Reply:
    """To OFF; not looking is done already."""
    k, s = supervisor(w), w.session(command.session)
    if supervision.of(s.supervisions, k.id) is not None:
        end_look(w, s.id, k.id, "left")
    return {}


def whisper(w: Work, command: c.Whisper) -> Reply:
    """A line that only the counselor sees. Reply: n and seq."""
    k, s = _looking(w, command.session, command.text)
    item = next((i for i in reversed(s.items) if i.state in HEARD), None)
    if item is None:
        raise Refused("not_now", state=sessions.phase(s))
    now = supervision.of(s.supervisions, k.id)
    if now is not None and now.step == supervision.MONITOR:
        tell_if_due(w, s, k, SupervisionWhispered(k.id, tells(w, now, supervision.WHISPER)), "supervisor_looking")
    return _entry(w, s.id, "whisper", command.text, command.client_id)


def barge(w: Work, command: c.Barge) -> Reply:
    """A line to the citizen, in her own name. Reply: n and seq."""
    k, s = _looking(w, command.session, command.text)
    item = s.live_item
    if item is None or item.state not in {items.ACTIVE, items.PAUSED} or item.channel not in TEXT_CHANNELS:
        raise Refused("not_now", state=item.state if item else sessions.phase(s))
    now = supervision.of(s.supervisions, k.id)
    if now is not None and now.step != supervision.BARGE:
        tell_if_due(w, s, k, SupervisionBarged(k.id, tells(w, now, supervision.BARGE)), "supervisor_joined")
    return _entry(w, s.id, "text", command.text, command.client_id)


def tells(w: Work, now: supervision.Supervision, step: str) -> bool:
    """Whether the citizen is told of that step now; of a barge even if she knew of the look."""
    return (step == supervision.BARGE or not now.told) and supervision.told_at(step, w.policy.citizen_told_from)


def tell_if_due(w: Work, s: Session, k: Counselor, step: SupervisionWhispered | SupervisionBarged, code: str) -> None:
    """Record a step of her look, and tell the citizen where the step says so."""
    w.emit(s.id, step)
    if step.told:
        w.say(s.id, code, {"counselor": k.number})


def take_over(w: Work, command: c.TakeOver) -> Reply:
    """A supervisor becomes the counselor of an assignment; a look that was not there begins and ends with it."""
    k = supervisor(w)
    s = w.session(command.session)
    item = w.item(s.id, command.item)
    if item.counselor == k.id:
        raise Refused("not_now", state="yours")
    cost = w.policy.cost(item.channel)
    if not counselors.has_room(k, item.channel, cost, w.policy):
        raise Refused("capacity_full")
    if item.channel in BY_PHONE:
        _ring_to_take_over(w, s, item, k)
    else:
        taken_over(w, s, item, k.id)
    return {}


def _ring_to_take_over(w: Work, s: Session, item: WorkItem, k: Counselor) -> None:
    """Her telephone is rung; the talk is hers when she is in the room, and until then the counselor stays."""
    if item.state not in TALKING or item.consult_of:
        raise Refused("not_now", state=item.state)
    if supervision.of(s.supervisions, k.id) is None:
        _begin(w, s, k)
    ear = of(s, legs.OF_SUPERVISOR, who=k.id)
    if ear is not None:  # one telephone rings once
        let_go(w, s.id, ear.id, "moved")
    if of(s, legs.OF_COUNSELOR, who=k.id, item=item.id) is None:
        ring(w, s.id, legs.OF_COUNSELOR, k.id, w.policy.timing.ring_s, item=item.id)


def taken_over(w: Work, s: Session, item: WorkItem, supervisor: str) -> None:
    """The assignment is hers from here on. Who has meanwhile no room for it (a call she took) is let go again."""
    k = w.counselor(supervisor)
    cost = w.policy.cost(item.channel)
    if not counselors.has_room(k, item.channel, cost, w.policy):
        hers = of(s, legs.OF_COUNSELOR, who=k.id, item=item.id)
        if hers is not None:
            let_go(w, s.id, hers.id, "system")
        return
    if item.state == items.CONSULTING:
        back(w, s, item)
    w.emit(s.id, WorkTakenOver(item.id, k.id))
    free_slot(w, item.counselor, item.id, "taken_over")
    w.emit(k.id, SlotHeld(item.id, s.id, "", item.channel, cost.pool, cost.units))
    slot_live(w, k.id, item.id)
    w.say(s.id, "joined", {"counselor": k.number})
    if supervision.of(s.supervisions, k.id) is None:
        w.emit(s.id, SupervisionBegan(k.id))
        w.emit(k.id, LookOpened(s.id))
    w.emit(s.id, SupervisionTakenOver(k.id))
    end_look(w, s.id, k.id, "taken_over")


def supervisor(w: Work) -> Counselor:
    """The asking supervisor, at her present console. Raises Refused."""
    w.supervisor()
    return w.console()


def _looking(w: Work, session: str, text: str) -> tuple[Counselor, Session]:
    k, s = supervisor(w), w.session(session)
    if supervision.of(s.supervisions, k.id) is None:
        raise Refused("not_looking")
    if not text:
        raise Refused("empty")
    if s.entry_n + 1 >= w.policy.entries_per_session_max:  # and the line that says she is there
        raise Refused("too_many")
    return k, s


def _entry(w: Work, session: str, kind: str, text: str, client_id: str) -> Reply:
    s = w.session(session)
    shown = 0 if kind == "whisper" else s.shown_n + 1
    event: Event = EntryAdded(
        s.entry_n + 1,
        kind,
        FROM_SUPERVISOR,
        w.principal.id,
        shown=shown,
        client_id=client_id,
        content=w.seal(session, kind, text),
    )
    w.emit(session, event)
    return {"n": s.entry_n + 1, "seq": w.seqs[session]}


HANDLERS: dict[type[c.Command], Any] = {
    c.Look: look,
    c.LookAway: look_away,
    c.Whisper: whisper,
    c.Barge: barge,
    c.TakeOver: take_over,
}
