"""Our duty towards a case that leaves the house (DOMAIN §4, Handoff), until the other side's receipt and answer.

From COMMITTED on the case is fixed, and the promise to send it stands in the outbox under the handoff's id. An unknown
outcome means: ask before sending again (``ask_first``), so that a peer that honours our key makes at most one ticket
(I20). A session closes only when its handoffs are acknowledged, withdrawn, or released by a supervisor's recorded act.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dasan.core.change import changed
from dasan.core.machine import machine

DRAFTED, COMMITTED, SUBMITTING, SUBMITTED = "DRAFTED", "COMMITTED", "SUBMITTING", "SUBMITTED"
ACKNOWLEDGED, IN_PROGRESS, ANSWERED, CLOSED = "ACKNOWLEDGED", "IN_PROGRESS", "ANSWERED", "CLOSED"
RETRY_WAIT, REJECTED, DEAD_LETTER, WITHDRAWN = "RETRY_WAIT", "REJECTED", "DEAD_LETTER", "WITHDRAWN"

_OPEN = (COMMITTED, SUBMITTING, SUBMITTED, RETRY_WAIT)
_TAKEN = (ACKNOWLEDGED, IN_PROGRESS, ANSWERED)
_BEFORE_RECEIPT = (DRAFTED, *_OPEN, REJECTED, DEAD_LETTER)

MACHINE = machine(
    "handoff",
    {"handoff.drafted": DRAFTED},
    [
        ([DRAFTED, REJECTED], "handoff.amended", DRAFTED),
        ([DRAFTED], "handoff.committed", COMMITTED),
        # SUBMITTING again: a crash between sending and hearing leaves it here, and the next attempt asks first.
        ([COMMITTED, RETRY_WAIT, SUBMITTING, SUBMITTED], "handoff.submitting", SUBMITTING),
        ([SUBMITTING], "handoff.submitted", SUBMITTED),
        ([SUBMITTING, SUBMITTED], "handoff.acknowledged", ACKNOWLEDGED),
        ([SUBMITTING, SUBMITTED], "handoff.retry_wait", RETRY_WAIT),
        ([SUBMITTING], "handoff.rejected", REJECTED),
        ([SUBMITTING, RETRY_WAIT, SUBMITTED], "handoff.dead_lettered", DEAD_LETTER),
        ([ACKNOWLEDGED, IN_PROGRESS, ANSWERED], "handoff.in_progress", IN_PROGRESS),
        ([ACKNOWLEDGED, IN_PROGRESS, ANSWERED], "handoff.answered", ANSWERED),
        ([ACKNOWLEDGED, IN_PROGRESS, ANSWERED], "handoff.closed", CLOSED),
        ([DRAFTED, REJECTED, DEAD_LETTER], "handoff.withdrawn", WITHDRAWN),
        (_BEFORE_RECEIPT, "handoff.released", "="),
        ([*_TAKEN, CLOSED], "handoff.told", "="),
        ([DEAD_LETTER], "handoff.revived", RETRY_WAIT),
    ],
    [WITHDRAWN],
)
# The session may close over a handoff in one of these (or one that was released).
SETTLED = frozenset({ACKNOWLEDGED, IN_PROGRESS, ANSWERED, CLOSED, WITHDRAWN, "RELEASED"})
UPDATES_KEPT_MAX = 64
# What the citizen is told of, once each.
NOTICES = (ACKNOWLEDGED, IN_PROGRESS, ANSWERED, CLOSED)
_DIGITS_MAX = 18  # what a column of numbers holds


def spoken(ticket_no: str) -> str:
    """A receipt's number as people say it: letters and digits, in one case."""
    return "".join(filter(str.isalnum, ticket_no)).casefold()


def digits(ticket_no: str) -> int | None:
    """By what a receipt is looked for: its last 18 digits; None when it has none."""
    found = "".join(filter(str.isdecimal, ticket_no))[-_DIGITS_MAX:]
    return int(found) if found else None


@dataclass(frozen=True, slots=True)
class Handoff:
    """``sha256`` is of the case as committed, ``sent_sha256`` of the bytes the peer acknowledged.

    ``told`` lists the stages that the citizen has been shown; ``answer`` is the content of the peer's answer.
    """

    id: str
    session: str
    item: str
    citizen: str
    counselor: str
    category: str
    content: str
    blobs: tuple[str, ...] = ()
    state: str = DRAFTED
    sha256: str = ""
    give_up_at_us: int = 0
    attempts: int = 0
    ask_first: bool = False
    next_at_us: int = 0
    code: str = ""
    fields: tuple[str, ...] = ()
    token: str = ""
    ticket_no: str = ""
    sent_sha256: str = ""
    stage: str = ""
    answer: str = ""
    last_at_us: int = 0
    updates: tuple[str, ...] = ()
    committed_at_us: int = 0
    released: bool = False
    update_at_us: int = 0
    told: tuple[str, ...] = ()

    @property
    def noted(self) -> str:
        """The stage as the session's stream knows it."""
        return "RELEASED" if self.released and self.state not in SETTLED else self.state


def drafted(stream: str, e: Any, at_us: int) -> Handoff:
    """The state after handoff.drafted."""
    return Handoff(
        stream, e.session, e.item, e.citizen, e.counselor, e.category, e.content, tuple(e.blobs), last_at_us=at_us
    )


def evolve(h: Handoff, event: Any, at_us: int) -> Handoff:
    """The handoff after ``event``; raises Refused where the table has no arrow."""
    state = MACHINE.require(h.state, event.type)
    change = _CHANGES.get(event.type)
    fields = change(h, event) if change else {}
    if event.type == "handoff.committed":
        fields["committed_at_us"] = at_us
    return changed(h, state=state, last_at_us=at_us, **fields)


def _heard(h: Handoff, e: Any) -> dict[str, Any]:
    return {"updates": (*h.updates, e.update)[-UPDATES_KEPT_MAX:], "update_at_us": max(h.update_at_us, e.update_at_us)}


_CHANGES: dict[str, Callable[[Handoff, Any], dict[str, Any]]] = {
    "handoff.amended": lambda h, e: {
        "category": e.category,
        "content": e.content,
        "blobs": tuple(e.blobs),
        "fields": (),
        "code": "",
    },
    "handoff.committed": lambda h, e: {
        "sha256": e.sha256,
        "give_up_at_us": e.give_up_at_us,
        "ask_first": h.attempts > 0,
    },
    "handoff.submitting": lambda h, e: {"attempts": e.attempt, "next_at_us": 0},
    "handoff.submitted": lambda h, e: {"token": e.token, "sent_sha256": e.sent_sha256},
    "handoff.acknowledged": lambda h, e: {
        "ticket_no": e.ticket_no,
        "sent_sha256": e.sent_sha256 or h.sent_sha256,
        "code": "",
    },
    "handoff.retry_wait": lambda h, e: {
        "code": e.code,
        "next_at_us": e.next_at_us,
        "ask_first": h.ask_first or e.ask_first,
    },
    "handoff.rejected": lambda h, e: {"fields": tuple(e.fields), "ask_first": False},
    "handoff.in_progress": lambda h, e: {"stage": e.stage, **_heard(h, e)},
    "handoff.answered": lambda h, e: {"stage": "answered", "answer": e.content or h.answer, **_heard(h, e)},
    "handoff.closed": lambda h, e: {"stage": "closed", **_heard(h, e)},
    "handoff.dead_lettered": lambda h, e: {"code": e.code},
    "handoff.revived": lambda h, e: {"give_up_at_us": e.give_up_at_us, "next_at_us": 0, "ask_first": True},
    "handoff.released": lambda h, e: {"released": True},
    "handoff.told": lambda h, e: {"told": (*h.told, e.stage) if e.stage not in h.told else h.told},
}
