"""What a console is told of what is hers no more: why a session is gone, and how an offer ended without her. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dasan.core.session import Session
from dasan.ports import Committed
from dasan.wire import desk_views as view

_LOST = frozenset({"work.lost", "work.unanswered", "work.connect_failed", "work.returned"})
# How an offer ends that its counselor did not answer; one that was taken back says why itself.
_OVER = {"offer.expired": "expired", "offer.rescinded": "taken", "offer.failed": "failed", "offer.revoked": ""}
_REVOKED = {
    "in_call": "in_call",
    "presence": "presence",
    **dict.fromkeys(("citizen_left", "left_queue", "leg_suspended", "converted", "withdrawn"), "citizen_left"),
}


def why_gone(stream: str, counselor: str, commit: Committed, s: Session | None) -> str:
    """As in desk_views.Gone; ``s`` is the session, while it is open."""
    kinds = {recorded.event.type for recorded in commit.events if recorded.stream == stream}
    if "work.taken_over" in kinds:
        return "taken_over"
    if kinds & _LOST:
        return "lost"
    if "look.closed" in {recorded.event.type for recorded in commit.events if recorded.stream == counselor}:
        return "look_over"
    return "transferred" if s is not None and s.live_item is not None else "done"


def offers_over(offers: Iterable[view.Offer], commit: Committed) -> Iterator[view.OfferOver]:
    """Those of ``offers`` that ``commit`` ended, where it was not the counselor who did."""
    hers = {one.offer: one for one in offers}
    for recorded in commit.events if hers else ():
        event: Any = recorded.event
        if event.type in _OVER and event.offer in hers:
            one = hers[event.offer]
            why = _OVER[event.type] or _REVOKED.get(event.reason, "revoked")
            yield view.OfferOver(session=one.session, number=one.number, channel=one.channel, why=why)
