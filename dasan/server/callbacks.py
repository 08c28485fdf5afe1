"""Who is to be called back, as a console follows it: what is due first in front, with what this reader may do. Pure.

No words and no numbers of anybody. A callback is moved and cancelled by whoever asked for it, whoever has its session
in hand, and a supervisor; the broker decides again when the command comes (core/handlers/callbacks).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator

from dasan.core import callback as callbacks
from dasan.core import workitem as items
from dasan.core.callback import Callback
from dasan.core.policy import Policy
from dasan.core.session import Session
from dasan.hub import Index
from dasan.server.project import queue_name
from dasan.server.rights import Viewer
from dasan.wire import call_views as view
from dasan.wire.call_views import CALLBACKS_MAX

Names = Callable[[str], str]


def listed(index: Index, policy: Policy, names: Names, viewer: Viewer, now_us: int) -> view.Callbacks:
    """The present list for ``viewer``, at most CALLBACKS_MAX rows."""
    every = list(index.callbacks())
    first = heapq.nsmallest(CALLBACKS_MAX, every, key=lambda pair: (pair[1].due_us, pair[0].id))
    rows = tuple(_row(s, cb, policy, names, viewer) for s, cb in first)
    return view.Callbacks(now=now_us, rows=rows, more=len(every) - len(first))


def differs(one: view.Callbacks | None, other: view.Callbacks) -> bool:
    """Whether there is anything to tell: the clock alone is not."""
    return one is None or one.model_copy(update={"now": other.now}) != other


def _row(s: Session, cb: Callback, policy: Policy, names: Names, viewer: Viewer) -> view.Callback:
    item = s.item(cb.item) if cb.item else None
    return view.Callback(
        callback=cb.id,
        session=s.id,
        number=s.number,
        state=cb.state,
        queue_name=queue_name(policy, cb.queue, viewer.language),
        asked_at=cb.asked_at_us,
        due=cb.due_us,
        attempts=cb.attempts,
        last=cb.last,
        whose=names(item.counselor) if item is not None and item.counselor else "",
        by=names(cb.by) if cb.by else "",
        can=tuple(_can(s, cb, viewer)),
    )


def _can(s: Session, cb: Callback, viewer: Viewer) -> Iterator[str]:
    holds = any(i.counselor == viewer.counselor and i.state not in items.TERMINAL for i in s.items)
    if not (viewer.supervises or cb.by == viewer.counselor or holds):
        return
    item = s.item(cb.item) if cb.state == callbacks.DUE else None
    if cb.state in callbacks.BEFORE and (item is None or item.state not in items.ASSIGNED):
        yield "callback_set"
    if callbacks.MACHINE.next(cb.state, "callback.cancelled") is not None:
        yield "callback_drop"
