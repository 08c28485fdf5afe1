"""A supervisor who looks at a call hears it too: silently, heard by the counselor alone, or heard by everybody.

Her leg is a party of the call as any other, and ends with her look (I28, settle_call). What she may be heard by follows
from ``ear`` in one place, dasan/core/call.py: places. The steps of the look itself are never taken back; the ear is.
"""

from __future__ import annotations

from typing import Any

from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core import supervision
from dasan.core.call_events import LegEar
from dasan.core.counselor import Counselor
from dasan.core.errors import Refused
from dasan.core.handlers.parties import TALKING, let_go, of, ring
from dasan.core.handlers.supervision import supervisor, tell_if_due, tells
from dasan.core.policy import POOL_LIVE, VOICE
from dasan.core.session import Session
from dasan.core.session_events import SupervisionBarged, SupervisionWhispered
from dasan.core.work import Work

Reply = dict[str, Any]
EARS = (legs.LISTEN, legs.WHISPER, legs.BARGE)


def set_ear(w: Work, command: c.SetEar) -> Reply:
    """Reply: leg ("" once hung up). Raises Refused(not_looking | no_call | not_now | capacity_full)."""
    k, s = supervisor(w), w.session(command.session)
    if supervision.of(s.supervisions, k.id) is None:
        raise Refused("not_looking")
    leg = of(s, legs.OF_SUPERVISOR, who=k.id)
    if not command.ear:
        if leg is not None:
            let_go(w, s.id, leg.id)
        return {"leg": ""}
    if command.ear not in EARS:
        raise Refused("not_now", state="ear")
    item = s.live_item
    if item is None or item.channel != VOICE:
        raise Refused("no_call")
    if item.state not in TALKING:
        raise Refused("not_now", state=item.state)
    _step(w, s, k, command.ear)
    if leg is not None:
        if leg.ear != command.ear:
            w.emit(s.id, LegEar(leg.id, command.ear))
        return {"leg": leg.id}
    if k.units(POOL_LIVE) or of(s, legs.OF_COUNSELOR, who=k.id) is not None:
        raise Refused("capacity_full")
    return {"leg": ring(w, s.id, legs.OF_SUPERVISOR, k.id, w.policy.timing.ring_s, ear=command.ear)}


def _step(w: Work, s: Session, k: Counselor, ear: str) -> None:
    """The look goes on to the step that this ear is; the citizen is told as of any other step."""
    now = supervision.of(s.supervisions, k.id)
    assert now is not None
    if ear == legs.WHISPER and now.step == supervision.MONITOR:
        tell_if_due(w, s, k, SupervisionWhispered(k.id, tells(w, now, supervision.WHISPER)), "supervisor_looking")
    elif ear == legs.BARGE and now.step in {supervision.MONITOR, supervision.WHISPER}:
        tell_if_due(w, s, k, SupervisionBarged(k.id, tells(w, now, supervision.BARGE)), "supervisor_joined")


HANDLERS: dict[type[c.Command], Any] = {c.SetEar: set_ear}
