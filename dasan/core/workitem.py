"""The routable unit (DOMAIN §3): from CREATED over the queue and an assignment to wrap-up and its end.

A retry queues the same item again at its ``rank_at_us``; a transfer makes a successor. Deadlines stand in the item, so
that a restart re-arms them by reading. ``rank_at_us`` never grows (I10). PAUSED releases the capacity of a text session
whose citizen is idle; an item queued again from there prefers its counselor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dasan.core import offer as offers
from dasan.core.change import changed
from dasan.core.errors import Refused
from dasan.core.machine import machine
from dasan.core.offer import Offer
from dasan.core.policy import UNSET, RoutingStep
from dasan.core.time import SECOND

CREATED, SCHEDULED, QUEUED, OFFERED = "CREATED", "SCHEDULED", "QUEUED", "OFFERED"
CONNECTING, ACTIVE, HELD, CONSULTING, PAUSED = "CONNECTING", "ACTIVE", "HELD", "CONSULTING", "PAUSED"
WRAPPING, COMPLETED, CANCELLED = "WRAPPING", "COMPLETED", "CANCELLED"

BEFORE = (CREATED, SCHEDULED, QUEUED, OFFERED)
ASSIGNED = (CONNECTING, ACTIVE, HELD, CONSULTING, PAUSED)
LIVE = frozenset(BEFORE + ASSIGNED)
TERMINAL = frozenset({COMPLETED, CANCELLED})

MACHINE = machine(
    "workitem",
    {"work.created": CREATED},
    [
        ([CREATED], "work.routed", QUEUED),
        ([CREATED], "work.scheduled", SCHEDULED),
        ([CREATED], "work.unroutable", CANCELLED),
        ([SCHEDULED], "work.due", QUEUED),
        ([QUEUED, OFFERED], "work.offered", OFFERED),
        ([QUEUED], "work.step_expired", QUEUED),
        ([QUEUED], "work.moved", QUEUED),
        ([QUEUED], "work.parked", QUEUED),
        ([QUEUED], "work.unparked", QUEUED),
        ([QUEUED], "work.converted", CANCELLED),
        ([QUEUED], "work.expired", CANCELLED),
        (BEFORE, "work.abandoned", CANCELLED),
        ([OFFERED], "work.accepted", CONNECTING),
        ([OFFERED], "work.requeued", QUEUED),
        ([CONNECTING], "work.active", ACTIVE),
        ([CONNECTING], "work.connect_failed", QUEUED),
        ([ACTIVE], "work.unanswered", QUEUED),
        ([ACTIVE], "work.held", HELD),
        ([HELD], "work.hold_reminded", HELD),
        ([HELD], "work.resumed", ACTIVE),
        ([ACTIVE, HELD], "work.consulting", CONSULTING),
        ([CONSULTING], "work.consult_ended", ACTIVE),
        (ASSIGNED, "work.transferred", WRAPPING),
        ([ACTIVE], "work.paused", PAUSED),
        ([PAUSED], "work.unpaused", ACTIVE),
        ([PAUSED], "work.returned", QUEUED),
        ([CONSULTING], "work.consult_joined", CONSULTING),
        (ASSIGNED, "work.consult_over", COMPLETED),
        (ASSIGNED, "work.promoted", "="),
        (ASSIGNED, "work.leg_added", "="),
        (ASSIGNED, "work.wrapping", WRAPPING),
        (ASSIGNED, "work.lost", QUEUED),
        (ASSIGNED, "work.taken_over", ACTIVE),
        ([WRAPPING], "work.wrap_extended", WRAPPING),
        ([WRAPPING], "work.completed", COMPLETED),
        ([WRAPPING], "work.wrap_expired", COMPLETED),
        ((*BEFORE, *ASSIGNED, WRAPPING), "work.aborted", CANCELLED),
        ([ACTIVE], "citizen.idle_warned", ACTIVE),
    ],
    [COMPLETED, CANCELLED],
)


@dataclass(frozen=True, slots=True)
class WorkItem:
    """``counselor`` is set from acceptance to the end of wrap-up; ``excluded`` pairs a counselor with an instant.

    ``step_by_us``, ``expires_at_us``, ``connect_by_us``, ``reply_by_us`` and ``wrap_by_us`` are deadlines (0: none).
    ``parked_at_us``: since when its citizen is out of reach; should she not come back, her wait ended there.
    ``open_at_us`` is the opening that a message left after hours is kept for (0: it was not left so).
    ``active_at_us`` is the first time it was ACTIVE, ``turned_us`` the last time it turned: to the talk,
    aside, on hold, to a consult, and back.
    ``outcome`` is a disposition or a reason, once terminal. ``consult_of`` is the item about which a colleague is
    asked by this one; ``joined`` (CONSULTING) says that the citizen hears the consulted too.
    """

    id: str
    queue: str
    channel: str
    state: str = CREATED
    previous: str = ""
    emergency: bool = False
    credit_us: int = 0
    sticky: str = ""
    enqueued_at_us: int = 0
    rank_at_us: int = 0
    steps: tuple[RoutingStep, ...] = ()
    step: int = 0
    step_by_us: int = 0
    expires_at_us: int = 0
    open_at_us: int = 0
    parked: bool = False
    parked_at_us: int = 0
    offers: tuple[Offer, ...] = ()
    excluded: tuple[tuple[str, int], ...] = ()
    counselor: str = ""
    connect_by_us: int = 0
    active_at_us: int = 0
    turned_us: int = 0
    reminded: int = 0
    reply_by_us: int = 0
    idle_warned: bool = False
    wrap_by_us: int = 0
    extended: bool = False
    unpaid_wrap: bool = False
    outcome: str = ""
    category: str = ""
    summary: str = ""
    consult_of: str = ""
    joined: bool = False

    @property
    def needs(self) -> RoutingStep:
        """Who may be offered it at its present step."""
        return self.steps[self.step] if self.steps else RoutingStep()

    def open_offer(self, offer: str) -> Offer | None:
        """The pending offer of that id."""
        return next((o for o in self.offers if o.id == offer), None)

    def excludes(self, counselor: str, now_us: int) -> bool:
        """Whether ``counselor`` is passed over for a while."""
        return any(k == counselor and now_us < until for k, until in self.excluded)


Change = Callable[[WorkItem, Any, int], dict[str, Any]]


def evolve(item: WorkItem, event: Any, at_us: int) -> WorkItem:
    """The item after ``event``; raises Refused where the table has no arrow."""
    if event.type in offers.ENDINGS:
        return _offer_ended(item, event, at_us)
    state = MACHINE.require(item.state, event.type)
    change = _CHANGES.get(event.type)
    fields = change(item, event, at_us) if change else {}
    if state in TERMINAL:
        fields |= {"offers": (), "step_by_us": 0, "expires_at_us": 0, "reply_by_us": 0, "wrap_by_us": 0}
    return changed(item, state=state, **fields)


def _offer_ended(item: WorkItem, event: Any, at_us: int) -> WorkItem:
    ended = item.open_offer(event.offer)
    if ended is None:
        raise Refused("offer_over", state="ENDED")
    left = tuple(o for o in item.offers if o.id != event.offer)
    until = event.exclude_until_us if event.type in offers.EXCLUDING else 0
    return changed(item, offers=left, excluded=_excluding(item, ended.counselor, at_us, until))


def _excluding(item: WorkItem, counselor: str, at_us: int, until_us: int) -> tuple[tuple[str, int], ...]:
    """Who is passed over, with ``counselor`` until ``until_us`` (0: no change); what is over is dropped."""
    if not until_us:
        return item.excluded
    kept = tuple(pair for pair in item.excluded if pair[0] != counselor and pair[1] > at_us)
    return (*kept, (counselor, until_us))


def step_end(steps: tuple[RoutingStep, ...], step: int, from_us: int) -> int:
    """When that step ends (0: it stands until the item's time is over)."""
    if step + 1 >= len(steps) or not steps[step].lasts_s:
        return 0
    return from_us + steps[step].lasts_s * SECOND


def _routed(item: WorkItem, e: Any, at: int) -> dict[str, Any]:
    return {
        "enqueued_at_us": e.enqueued_at_us,
        "rank_at_us": e.rank_at_us,
        "steps": e.steps,
        "step": 0,
        "step_by_us": step_end(e.steps, 0, at),
        "expires_at_us": e.expires_at_us,
    }


def _queued_again(item: WorkItem, e: Any, at: int) -> dict[str, Any]:
    """Back into the queue: the assignment is over, the rank stays, the sticky wish is for who knew the case. Whoever
    was in talk already waits as long as anybody may, however long ago she came."""
    waits = item.expires_at_us - item.enqueued_at_us
    return {
        "expires_at_us": at + waits if item.active_at_us else item.expires_at_us,
        "counselor": "",
        "sticky": item.counselor or item.sticky,
        "connect_by_us": 0,
        "reply_by_us": 0,
        "idle_warned": False,
        "step_by_us": step_end(item.steps, item.step, at),
    }


def _connect_failed(item: WorkItem, e: Any, at: int) -> dict[str, Any]:
    """Where her side failed she is not wished for: somebody else shall take it."""
    again = _queued_again(item, e, at)
    if not e.exclude_until_us:
        return again
    return {**again, "sticky": "", "excluded": _excluding(item, item.counselor, at, e.exclude_until_us)}


def _wrapping(item: WorkItem, e: Any, at: int) -> dict[str, Any]:
    return {"wrap_by_us": e.wrap_by_us, "connect_by_us": 0, "reply_by_us": 0, "unpaid_wrap": item.state == PAUSED}


_CHANGES: dict[str, Change] = {
    "work.routed": _routed,
    "work.scheduled": lambda i, e, at: {"open_at_us": e.open_at_us},
    "work.due": _routed,
    "work.offered": lambda i, e, at: {"offers": (*i.offers, Offer(e.offer, e.counselor, e.deadline_us))},
    "work.step_expired": lambda i, e, at: {"step": e.step, "step_by_us": step_end(i.steps, e.step, at)},
    "work.moved": lambda i, e, at: {
        "queue": e.queue,
        "steps": e.steps,
        "step": 0,
        "step_by_us": step_end(e.steps, 0, at),
    },
    "work.parked": lambda i, e, at: {"parked": True, "parked_at_us": at},
    "work.unparked": lambda i, e, at: {"parked": False, "parked_at_us": 0},
    "work.accepted": lambda i, e, at: {
        "offers": (),
        "counselor": e.counselor,
        "connect_by_us": e.connect_by_us,
        "step_by_us": 0,
    },
    "work.requeued": lambda i, e, at: {"step_by_us": i.step_by_us or step_end(i.steps, i.step, at)},
    "work.active": lambda i, e, at: {
        "connect_by_us": 0,
        "reply_by_us": e.first_reply_by_us,
        "active_at_us": i.active_at_us or at,
        "turned_us": at,
    },
    "work.connect_failed": _connect_failed,
    "work.unanswered": lambda i, e, at: {
        **_queued_again(i, e, at),
        "sticky": "",
        "excluded": _excluding(i, i.counselor, at, e.exclude_until_us),
    },
    "work.lost": _queued_again,
    "work.returned": _queued_again,
    "work.taken_over": lambda i, e, at: {
        "counselor": e.counselor,
        "connect_by_us": 0,
        "reply_by_us": 0,
        "idle_warned": False,
        "active_at_us": i.active_at_us or at,
        "turned_us": at,
    },
    "work.held": lambda i, e, at: {"turned_us": at, "reminded": 0},
    "work.resumed": lambda i, e, at: {"turned_us": at},
    "work.consulting": lambda i, e, at: {"joined": False, "turned_us": at},
    "work.consult_joined": lambda i, e, at: {"joined": e.joined},
    "work.consult_ended": lambda i, e, at: {"joined": False, "turned_us": at},
    "work.hold_reminded": lambda i, e, at: {"reminded": i.reminded + 1},
    "work.consult_over": lambda i, e, at: {"outcome": "consulted"},
    "work.leg_added": lambda i, e, at: {"channel": e.channel},
    "work.promoted": lambda i, e, at: {
        "consult_of": "",
        "previous": i.consult_of,
        "rank_at_us": min(i.rank_at_us, e.rank_at_us),
        "steps": e.steps,
        "step": 0,
        "expires_at_us": i.enqueued_at_us + e.waiting_us,
    },
    "work.transferred": _wrapping,
    "work.wrapping": _wrapping,
    "work.paused": lambda i, e, at: {"reply_by_us": 0, "turned_us": at},
    "work.unpaused": lambda i, e, at: {"idle_warned": False, "turned_us": at},
    "work.wrap_extended": lambda i, e, at: {"wrap_by_us": e.wrap_by_us, "extended": True},
    "work.completed": lambda i, e, at: {"outcome": e.disposition, "category": e.category, "summary": e.content},
    "work.wrap_expired": lambda i, e, at: {"outcome": UNSET},
    "work.converted": lambda i, e, at: {"outcome": "converted"},
    "work.expired": lambda i, e, at: {"outcome": "expired"},
    "work.abandoned": lambda i, e, at: {"outcome": "abandoned"},
    "work.unroutable": lambda i, e, at: {"outcome": "no_route"},
    "work.aborted": lambda i, e, at: {"outcome": e.reason},
    "citizen.idle_warned": lambda i, e, at: {"idle_warned": True},
}
