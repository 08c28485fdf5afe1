"""What a citizen sees, as pure functions of the session's state, its events and their words.

Nothing internal passes: entries that are not ``shown`` (notes) make no frame, counselors appear under the name that
``Teller.counselor`` gives them, and of the state only what a waiting person can use. System lines are spoken here in
the reader's language. Sequences are the stream's; ``prev`` is the caller's to chain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.chat.catalogue import Catalogue
from channels.chat.ports import Place, TopicView
from dasan.core import handoff as handoffs
from dasan.core import session as sessions
from dasan.core import workitem as items
from dasan.core.errors import Arg
from dasan.core.events import Recorded
from dasan.core.handoff import Handoff
from dasan.core.session import Session
from dasan.core.session_events import EntryAdded
from dasan.core.time import MINUTE, SECOND, seoul
from dasan.core.workitem import WorkItem

Frame = dict[str, Any]
Words = Mapping[str, bytes]

# A supervisor stands on the counselor's side of the page, under the name of her role.
_WHO = {"CITIZEN": "citizen", "COUNSELOR": "counselor", "SUPERVISOR": "counselor", "BOT": "bot"}
# What the citizen may be told of a ticket; the rest is between the house and Eung-Dap-So.
_TICKET_LINES = {
    **{stage: stage for stage in handoffs.NOTICES},
    **dict.fromkeys((handoffs.COMMITTED, handoffs.SUBMITTING, handoffs.SUBMITTED, handoffs.RETRY_WAIT), "COMMITTED"),
    **dict.fromkeys((handoffs.REJECTED, handoffs.DEAD_LETTER), "CHECKING"),
}


@dataclass(frozen=True, slots=True)
class Teller:
    """How one reader is spoken to."""

    catalogue: Catalogue
    counselor: Callable[[str, str], str]
    queue: Callable[[str, str], str]

    def name(self, counselor: str) -> str:
        """A counselor's name for this reader; "" for nobody."""
        return self.counselor(counselor, self.catalogue.language) if counselor else ""


def visible(recorded: Recorded) -> bool:
    """Whether this event is an entry that the citizen sees."""
    return isinstance(recorded.event, EntryAdded) and recorded.event.shown > 0


def content_of(recorded: Recorded) -> str:
    """The content that a visible entry needs, or ""."""
    event = recorded.event
    return event.content if isinstance(event, EntryAdded) and event.shown else ""


def entry(recorded: Recorded, prev: int, words: Words, teller: Teller) -> Frame:
    """The entry frame of a visible event. Words that are missing were erased."""
    event = recorded.event
    assert isinstance(event, EntryAdded)
    who = _WHO.get(event.role, "system")
    body = words.get(event.content) if event.content else b""
    args = dict(event.args or {})
    frame: Frame = {"t": "entry", "seq": recorded.seq, "prev": prev, "n": event.shown, "at": recorded.at_us, "who": who}
    frame["kind"] = event.kind
    if who == "system":
        frame |= {"text": _system(event, args, body, teller), "code": event.code, "args": args}
    else:
        frame["text"] = "" if body is None else body.decode()
    if who == "counselor":
        supervisor = event.role == "SUPERVISOR"
        frame["name"] = teller.catalogue.say("people", "supervisor") if supervisor else teller.name(event.author)
    if event.blob:
        frame["photo"] = event.blob
    if who == "citizen":
        frame["id"] = event.client_id
    if body is None:
        frame |= {"erased": True, "photo": ""}
    return frame


def _system(event: EntryAdded, args: dict[str, Any], body: bytes | None, teller: Teller) -> str:
    spoken = dict(args)
    if "queue" in spoken:
        spoken["queue"] = teller.queue(str(spoken["queue"]), teller.catalogue.language)
    if "opens" in spoken:
        spoken["opens"] = teller.catalogue.when(datetime.fromisoformat(str(spoken["opens"])))
    known = teller.catalogue.has("system", event.code) or (
        teller.catalogue.fallback is not None and teller.catalogue.fallback.has("system", event.code)
    )
    line = teller.catalogue.say("system", event.code if known else "unknown", spoken)
    return f"{line}\n{body.decode()}" if body else line


# -- state


def state(s: Session, seq: int, prev: int, place: Place | None, teller: Teller) -> Frame:
    """The state frame; ``place`` only counts while she waits."""
    line, args = _line(s, place, teller)
    item = s.live_item
    waiting = sessions.phase(s) == sessions.WAITING and item is not None and item.state == items.QUEUED
    frame: Frame = {
        "t": "state",
        "seq": seq,
        "prev": prev,
        "session": s.id,
        "number": s.number,
        "phase": sessions.phase(s).lower() if not over(s) else "closed",
        "line": teller.catalogue.say("state", line, args),
        "can": _can(s),
        "rated": s.rating > 0,
    }
    if waiting and place is not None:
        frame |= {"position": place.position, "wait_s": place.wait_s}
    if item is not None and item.state == items.SCHEDULED:
        frame["opens"] = item.open_at_us
    if item is not None and item.state in items.ASSIGNED:
        frame["counselor"] = teller.name(item.counselor)
    return frame


def over(s: Session) -> bool:
    """Whether the talk is over for the citizen: closed, or without a connection that could come back."""
    return bool(s.closed_at_us) or (bool(s.items) and s.live_leg is None)


def is_waiting(s: Session) -> bool:
    """Whether a place in line can be told."""
    item = s.live_item
    return item is not None and item.state == items.QUEUED and not over(s)


def _can(s: Session) -> list[str]:
    if not over(s):
        return ["say", "photo", "leave"]
    return ["start"] if s.rating or s.live_item is not None or not _talked(s) else ["rate", "start"]


def _talked(s: Session) -> bool:
    """Only a talk can be rated, not a wait."""
    return any(item.active_at_us for item in s.items)


def _line(s: Session, place: Place | None, teller: Teller) -> tuple[str, dict[str, Arg]]:
    """Which sentence says what happens next, and its figures."""
    if over(s):
        return _over_line(s), {}
    item = s.live_item
    if item is None:
        return "greeting", {}
    if item.state == items.SCHEDULED:
        return "scheduled", {"opens": teller.catalogue.when(seoul(item.open_at_us))}
    if item.state == items.QUEUED:
        return _waiting_line(item, place)
    if item.state == items.ACTIVE:
        return ("answering" if s.owed_since_us or not s.last_counselor_us else "your_turn"), {}
    return _ITEM_LINES.get(item.state, "waiting"), {}


_ITEM_LINES = {
    items.CREATED: "waiting",
    items.OFFERED: "offered",
    items.CONNECTING: "connecting",
    items.HELD: "held",
    items.CONSULTING: "consulting",
    items.PAUSED: "paused",
}
_FILED = frozenset({handoffs.ACKNOWLEDGED, handoffs.IN_PROGRESS, handoffs.ANSWERED, handoffs.CLOSED})
_OUTCOMES = {"abandoned": "abandoned", "no_route": "no_route", "expired": "expired"}


def _waiting_line(item: WorkItem, place: Place | None) -> tuple[str, dict[str, Arg]]:
    if place is None:
        return ("waiting_again" if item.active_at_us else "waiting"), {}
    if place.wait_s is None:
        return "waiting_place", {"position": place.position}
    if place.wait_s < MINUTE // SECOND:
        return "waiting_soon", {"position": place.position}
    return "waiting_time", {"position": place.position, "minutes": -(-place.wait_s // 60)}


def _over_line(s: Session) -> str:
    if any(stage not in handoffs.SETTLED for _, stage in s.handoffs):
        return "awaiting_agency"
    if not _talked(s) and s.items:
        if any(stage in _FILED for _, stage in s.handoffs):
            return "filed"
        return _OUTCOMES.get(s.items[-1].outcome, "abandoned")
    return "over_rated" if s.rating else "over"


def marks(s: Session, seq: int, prev: int) -> Frame:
    """How far the counselor's side has her entries, in her own numbering."""
    delivered = sessions.shown_of(s, s.counselor_delivered)
    read = sessions.shown_of(s, s.counselor_read)
    return {"t": "marks", "seq": seq, "prev": prev, "delivered": max(delivered, read), "read": read}


# -- tickets and topics


def ticket(h: Handoff, words: Words, teller: Teller) -> Frame | None:
    """The ticket as its citizen is told of it, or None while there is nothing to tell."""
    line = _TICKET_LINES.get(h.state)
    if line is None:
        return None
    answer = words.get(h.answer, b"").decode() if h.answer else ""
    return {
        "t": "ticket",
        "handoff": h.id,
        "number": h.ticket_no,
        "stage": h.state,
        "line": teller.catalogue.say("ticket", line, {"number": h.ticket_no}),
        "answer": answer,
        "at": h.last_at_us,
        "heard": h.state in h.told or h.state not in handoffs.NOTICES,
    }


def topic(view: TopicView, language: str) -> Frame:
    """A queue to choose, in the reader's language."""
    name = view.names.get(language) or view.names.get("en") or view.code
    frame: Frame = {"code": view.code, "name": name, "waiting": view.waiting, "open": view.open}
    if view.opens_us:
        frame["opens"] = view.opens_us
    if view.usual:
        frame["usual"] = True
    return frame
