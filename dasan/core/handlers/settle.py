"""What must hold for every touched session after any command, whichever it was."""

from __future__ import annotations

from dasan.core import leg as legs
from dasan.core import session as sessions
from dasan.core import workitem as items
from dasan.core.handlers.parties import settle_call
from dasan.core.handlers.release import end_look
from dasan.core.handlers.tickets import drop_drafts
from dasan.core.session import Session
from dasan.core.session_events import SessionClosed
from dasan.core.work import Work
from dasan.core.work_events import WorkParked
from dasan.core.workitem import WorkItem


def settle(w: Work) -> None:
    """What must hold for every touched session after any command.

    Drafts of ended items are withdrawn; a supervisor who has come to take part looks no more; who has nothing more to
    do with a call is let go; whose citizen is out of reach is not offered to anybody; and a session in which nothing is
    open any more is closed (I12), its address free.
    """
    closed: list[Session] = []
    for stream in tuple(w.touched):
        state = w.states[stream]
        if not isinstance(state, Session):
            continue
        if state.handoffs:
            drop_drafts(w, stream)
            state = w.session(stream)
        for look in state.supervisions:
            if any(i.counselor == look.supervisor and i.state not in items.TERMINAL for i in state.items):
                end_look(w, stream, look.supervisor, "takes_part")
        state = w.session(stream)
        if state.parties or state.consult is not None:
            state = settle_call(w, stream)
        item = state.live_item
        if item is not None:
            _park(w, state, item)
            continue
        reason = sessions.close_reason(state)
        if reason is not None:
            for look in state.supervisions:
                end_look(w, stream, look.supervisor, "closed")
            w.emit(stream, SessionClosed(reason))
            closed.append(state)
    for state in closed:
        _free(w, state)


def _free(w: Work, s: Session) -> None:
    """The addresses of a closed session are free, or another's of the same number that is still open."""
    older = next((stream for stream in s.beside if not w.session(stream).closed_at_us), "")
    for address in dict.fromkeys(leg.address for leg in s.legs if leg.address):
        if older and w.loader.session_at(address, s.service) == s.id:
            w.addresses_open.append((address, s.service, older))
        w.addresses_closed.append((address, s.service, s.id))


def _park(w: Work, s: Session, item: WorkItem) -> None:
    """An item that comes back to the queue while its citizen's connection is gone waits for her first; a message left
    after hours is answered without her."""
    if item.state == items.QUEUED and not item.parked and not sessions.left_message(s):
        leg = s.live_leg
        if leg is not None and leg.state == legs.SUSPENDED:
            w.emit(s.id, WorkParked(item.id))
