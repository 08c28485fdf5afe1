"""The board: every queue, how many are there, and the promise over the last hour; told to consoles once a second."""

from __future__ import annotations

from dasan.core import counselor as counselors
from dasan.core.policy import Policy
from dasan.hub import Hub
from dasan.server.project import queue_name
from dasan.wire import desk_views as view


def board(hub: Hub, policy: Policy, now_us: int, language: str) -> view.Board:
    """The present board in ``language``."""
    since = hub.index.waiting_since()
    available = engaged = 0
    for k in hub.index.counselors():
        busy = any(slot.kind == counselors.ACTIVE for slot in k.slots)
        engaged += busy
        available += k.lease == counselors.LIVE and k.presence == counselors.AVAILABLE and not busy
    due = [cb.due_us for _, cb in hub.index.callbacks()]
    return view.Board(
        now=now_us,
        queues=tuple(
            view.QueueLine(
                queue=q.code,
                name=queue_name(policy, q.code, language),
                channel=q.channel,
                waiting=hub.index.waiting(q.code),
                longest_since=since.get(q.code, 0),
            )
            for q in policy.queues.values()
        ),
        available=available,
        engaged=engaged,
        callbacks=len(due),
        callback_due=min(due, default=0),
        service_level=hub.level.now(now_us).percent,
        lost=hub.ledger.lost,
        doubled=hub.ledger.doubled,
    )


def differs(one: view.Board | None, other: view.Board) -> bool:
    """Whether there is anything to tell: the clock alone is not."""
    return one is None or one.model_copy(update={"now": other.now}) != other
