"""A supervisor's list of the floor: which sessions are in trouble, who is there, and never a word of anybody's.

Pure over the hub's index. The oldest trouble stands first, then what has lasted longest; both lists are bounded, so
that a frame stays small however full the floor is.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable

from dasan.core import counselor as counselors
from dasan.core import handoff as handoffs
from dasan.core import session as sessions
from dasan.core import workitem as items
from dasan.core.counselor import Counselor
from dasan.core.policy import POOL_LIVE, POOL_TEXT, TEXT_CHANNELS, Policy
from dasan.core.session import Session
from dasan.core.time import SECOND
from dasan.core.workitem import WorkItem
from dasan.hub import Hub, Index
from dasan.server import calls
from dasan.server.project import queue_name
from dasan.wire import desk_views as view
from dasan.wire.desk_views import FLOOR_MAX

Names = Callable[[str], str]
Trouble = tuple[str, int, str]  # code, since, handoff
NONE: Trouble = ("", 0, "")
_TICKETS = {handoffs.DEAD_LETTER: "dead_letter", handoffs.REJECTED: "rejected"}


def floor(hub: Hub, policy: Policy, names: Names, now_us: int, language: str) -> view.Floor:
    """The present floor in ``language``."""
    index = hub.index
    every = [(s, trouble(s, index, policy, now_us)) for s in index.sessions()]
    first = heapq.nsmallest(FLOOR_MAX, every, key=lambda pair: _urgency(*pair))
    there = [k for k in index.counselors() if k.lease != counselors.ABSENT or k.slots]
    crew = heapq.nsmallest(FLOOR_MAX, there, key=_standing)
    return view.Floor(
        now=now_us,
        sessions=tuple(_session(s, what, policy, names, language) for s, what in first),
        counselors=tuple(_counselor(k, names) for k in crew),
        more_sessions=len(every) - len(first),
        more_counselors=len(there) - len(crew),
    )


def differs(one: view.Floor | None, other: view.Floor) -> bool:
    """Whether there is anything to tell: the clock alone is not."""
    return one is None or one.model_copy(update={"now": other.now}) != other


def trouble(s: Session, index: Index, policy: Policy, now_us: int) -> Trouble:
    """What is wrong in ``s``: a ticket that waits for a person before a citizen who waits too long; NONE when nothing
    is."""
    if s.handoffs:
        for h in index.handoffs(s.id):
            if h.state in _TICKETS and not h.released:
                return _TICKETS[h.state], h.last_at_us or h.committed_at_us or s.last_us, h.id
    item = s.live_item
    if item is None:
        return NONE
    if item.state in items.BEFORE:
        return _late("waiting", item.enqueued_at_us + _target(item, policy) if item.enqueued_at_us else 0, now_us)
    if item.reply_by_us:
        return _late("first_reply", item.reply_by_us, now_us)
    if item.channel not in TEXT_CHANNELS:
        return NONE
    return _late("reply", s.owed_since_us + _target(item, policy) if s.owed_since_us else 0, now_us)


def _late(code: str, due_us: int, now_us: int) -> Trouble:
    return (code, due_us, "") if due_us and now_us >= due_us else NONE


def _target(item: WorkItem, policy: Policy) -> int:
    queue = policy.queue(item.queue)
    return queue.answer_target_s * SECOND if queue else 0


def _urgency(s: Session, what: Trouble) -> tuple[bool, int, str]:
    return (not what[0], what[1] if what[0] else since(s), s.id)


def shown_item(s: Session) -> WorkItem | None:
    """The item that says how the session stands: the live one, else one in wrap-up, else the last."""
    live = s.live_item
    if live is not None or not s.items:
        return live
    return next((i for i in reversed(s.items) if i.state == items.WRAPPING), s.items[-1])


def since(s: Session) -> int:
    """When the waiting began, or the talk once there is one."""
    item = shown_item(s)
    if item is None:
        return s.opened_at_us
    if item.state in items.BEFORE:
        return item.enqueued_at_us or s.opened_at_us
    return item.active_at_us or item.enqueued_at_us or s.opened_at_us


def _session(s: Session, what: Trouble, policy: Policy, names: Names, language: str) -> view.FloorSession:
    item = shown_item(s)
    code, begun, handoff = what
    held = item is not None and (item.state in items.ASSIGNED or item.state == items.WRAPPING)
    texts = item is not None and item.channel in TEXT_CHANNELS
    owed = s.owed_since_us + _target(item, policy) if item is not None and texts and s.owed_since_us else 0
    return view.FloorSession(
        session=s.id,
        number=s.number,
        channel=item.channel if item else s.channel,
        queue_name=queue_name(policy, item.queue, language) if item else "",
        phase=sessions.phase(s),
        item=item.id if item is not None and item.state in items.ASSIGNED else "",
        counselor=item.counselor if item is not None and held else "",
        counselor_name=names(item.counselor) if item is not None and held else "",
        since=since(s),
        last_at=max(s.last_citizen_us, s.last_counselor_us),
        reply_by=(item.reply_by_us or owed) if item is not None and item.state in items.ASSIGNED else 0,
        trouble=code,
        trouble_since=begun,
        handoff=handoff,
        call=calls.up(s),
        doing=_doing(s.live_item),
    )


def _doing(item: WorkItem | None) -> str:
    if item is not None and item.state == items.CONSULTING:
        return "consult"
    return "held" if calls.held(item) else ""


def _standing(k: Counselor) -> tuple[bool, int, int]:
    """Whose console is silent first, then who carries most."""
    return (k.lease == counselors.LIVE, -len(k.slots), k.number)


def _counselor(k: Counselor, names: Names) -> view.FloorCounselor:
    return view.FloorCounselor(
        counselor=k.id,
        number=k.number,
        name=names(k.id),
        presence=k.presence,
        presence_reason=k.presence_reason,
        lease=k.lease,
        sessions=_held(k.slots),
        text=k.units(POOL_TEXT),
        live=k.units(POOL_LIVE),
    )


def _held(slots: Iterable[counselors.Slot]) -> int:
    return sum(slot.kind != counselors.PENDING for slot in slots)
