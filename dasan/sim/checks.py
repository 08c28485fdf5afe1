"""The invariants that a state shows by itself, as pure functions: each yields (name, what is wrong)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dasan.core import counselor as counselors
from dasan.core import handoff as handoffs
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.counselor import Counselor
from dasan.core.handoff import Handoff
from dasan.core.identity import Citizen
from dasan.core.ids import CITIZEN
from dasan.core.policy import POOL_LIVE, POOL_TEXT, POOL_UNITS, Policy
from dasan.core.session import Session
from dasan.core.time import SECOND
from dasan.core.workitem import WorkItem
from dasan.ports import Head

SESSION_NAMES = ("I1", "I5", "I11", "I12", "I13", "I18")
COUNSELOR_NAMES = ("I4", "I7", "I18")
HANDOFF_NAMES = ("I20",)
CITIZEN_NAMES = ("I26",)
TOGETHER_NAMES = ("I5", "I9", "I18", "I21", "I26", "I28")
OVERDUE_S = 30  # a storage fault may hold a deadline back for some seconds
# What an item's log says it is doing while it is in a state (I22).
DOING = {
    **{items.CREATED: "before", items.SCHEDULED: "before", items.QUEUED: "queue"},
    **{items.OFFERED: "ring", items.CONNECTING: "ring", items.ACTIVE: "talk", items.HELD: "hold"},
    **{items.CONSULTING: "consult", items.PAUSED: "paused", items.WRAPPING: "wrap"},
    **dict.fromkeys(items.TERMINAL, ""),
}
# Written out and not taken from the core, so that a mistake there shows here (DOMAIN §4, §7 I12).
SETTLED = frozenset({"ACKNOWLEDGED", "IN_PROGRESS", "ANSWERED", "CLOSED", "WITHDRAWN", "RELEASED"})
Found = Iterator[tuple[str, str]]
Wrong = list[tuple[str, str]]
_ASSIGNED = frozenset(items.ASSIGNED)
_QUIET = frozenset({items.CREATED, items.HELD, items.CONSULTING, items.ACTIVE, items.PAUSED})  # no timer of their own
_TO_SEND = frozenset({handoffs.COMMITTED, handoffs.SUBMITTING, handoffs.SUBMITTED, handoffs.RETRY_WAIT})


def session(s: Session) -> Wrong:
    """What one session shows."""
    wrong: Wrong = []
    live = 0
    for item in s.items:
        live += item.state in items.LIVE and not item.consult_of
        bad = _item(item)
        if bad:
            wrong.append(bad)
    if live > 1:
        wrong.append(("I1", f"{live} live work items"))
    connected = s.live_leg is not None or any(p.state in legs.LIVE for p in s.parties)
    later = s.callback is not None and s.callback.open  # she need not be there to be called back
    if s.live_leg is None and not later and any(i.state in items.BEFORE for i in s.items):
        wrong.append(("I11", "a work item waits for a citizen who has left"))
    if s.closed_at_us:
        wrong += _closed(s, connected)
    for leg in (*s.legs, *s.parties):
        if leg.state == legs.SUSPENDED and not leg.until_us:
            wrong.append(("I18", f"{leg.id} is suspended without a deadline"))
        if leg.state in legs.CALLED and leg.role != legs.OF_CITIZEN and not leg.until_us:
            wrong.append(("I18", f"{leg.id} is rung without a deadline"))
    return wrong


def _item(i: WorkItem) -> tuple[str, str] | None:
    if (i.state == items.OFFERED) != bool(i.offers):
        return "I5", f"{i.id} is {i.state} with {len(i.offers)} offers"
    if (i.state in _ASSIGNED or i.state == items.WRAPPING) and not i.counselor:
        return "I5", f"{i.id} is {i.state} without a counselor"
    if i.state in items.BEFORE and i.counselor:
        return "I5", f"{i.id} is {i.state} with a counselor"
    if not _timed(i):
        return "I18", f"{i.id} is {i.state} without a deadline"
    return None


def _timed(i: WorkItem) -> bool:
    """Whether every timer of the state stands in it."""
    if i.state == items.QUEUED:
        return i.expires_at_us > 0
    if i.state == items.OFFERED:
        return all(o.deadline_us for o in i.offers)
    if i.state == items.CONNECTING:
        return i.connect_by_us > 0
    if i.state == items.WRAPPING:
        return i.wrap_by_us > 0
    return i.state in _QUIET or i.state in items.TERMINAL or i.open_at_us > 0


def _stored(s: Session) -> Iterator[tuple[str, int]]:
    """Every deadline that lies in the state itself, whatever the core makes of it."""
    for leg in (*s.legs, *s.parties):
        if leg.state == legs.SUSPENDED or (leg.state in legs.CALLED and leg.until_us):
            yield leg.id, leg.until_us
    for i in s.items:
        if i.state == items.QUEUED:
            yield i.id, min(i.step_by_us or i.expires_at_us, i.expires_at_us)
        elif i.state == items.OFFERED:
            yield from ((o.id, o.deadline_us) for o in i.offers)
        elif i.state == items.CONNECTING:
            yield i.id, i.connect_by_us
        elif i.state == items.WRAPPING:
            yield i.id, i.wrap_by_us
        elif i.state == items.ACTIVE and i.reply_by_us:
            yield i.id, i.reply_by_us


def _closed(s: Session, connected: bool) -> Found:
    open_items = [i.id for i in s.items if i.state not in items.TERMINAL]
    unsettled = [h for h, stage in s.handoffs if stage not in SETTLED]
    if connected or open_items or unsettled:
        yield "I12", f"closed with leg {connected}, items {open_items}, handoffs {unsettled}"
    if not s.close_reason or not all(i.outcome for i in s.items):
        yield "I13", "closed without a reason"
    if s.close_reason == "ticket" and not s.handoffs:
        yield "I13", "closed as filed, without a ticket"


def counselor(k: Counselor, policy: Policy) -> Wrong:
    """What one counselor shows."""
    wrong: Wrong = []
    units = {POOL_LIVE: 0, POOL_TEXT: 0}
    counts: dict[str, int] = {}
    pending = text_offered = in_call = False
    for slot in k.slots:
        units[slot.pool] += slot.units
        if slot.units:
            counts[slot.channel] = counts.get(slot.channel, 0) + 1
        offered = slot.kind == counselors.PENDING
        pending = pending or offered
        text_offered = text_offered or (offered and slot.pool == POOL_TEXT)
        in_call = in_call or (not offered and slot.pool == POOL_LIVE)
    for pool, taken in units.items():
        if taken > POOL_UNITS:
            wrong.append(("I4", f"{taken} units of pool {pool}"))
    for channel, count in counts.items():
        if count > policy.cost(channel).at_once_max:
            wrong.append(("I4", f"{count} sessions at once on {channel}"))
    if text_offered and in_call and not policy.text_while_live:
        wrong.append(("I4", "text is offered during a call"))
    if pending and (k.lease != counselors.LIVE or k.presence != counselors.AVAILABLE):
        wrong.append(("I7", f"a pending offer while {k.lease} and {k.presence}"))
    if k.lease == counselors.SUSPECT and not k.lost_at_us:
        wrong.append(("I18", "suspect without a deadline"))
    return wrong


def handoff(h: Handoff) -> Wrong:
    """What one handoff shows."""
    if h.state in {handoffs.ACKNOWLEDGED, handoffs.IN_PROGRESS, handoffs.ANSWERED, handoffs.CLOSED} and not h.ticket_no:
        return [("I20", f"{h.state} without a ticket number")]
    return []


def citizen(c: Citizen, links: Mapping[int, tuple[str, str]]) -> Wrong:
    """What one citizen shows, beside the links that the journal says stand."""
    told = {no for no, ends in links.items() if c.id in ends}
    held = {link.no for link in c.links if c.id in {link.a, link.b}}
    return [] if held == told and len(c.links) == len(held) else [("I26", f"holds links {held}, told of {told}")]


def reached(one: str, links: Mapping[int, tuple[str, str]]) -> set[str]:
    """Everybody who is one person with ``one``, said here once more so that a mistake in the core shows."""
    found, before = {one}, 0
    while len(found) > before:
        before = len(found)
        found.update(x for ends in links.values() if not found.isdisjoint(ends) for x in ends)
    return found


def place(i: WorkItem) -> tuple[int, int, str]:
    """Where an item stands in the line (DOMAIN §2), said here once more so that a mistake in the core shows."""
    return (0 if i.emergency else 1, i.rank_at_us, i.id)


def eligible(i: WorkItem, k: Counselor, policy: Policy, now_us: int) -> bool:
    """Whether ``k`` may be offered ``i`` now (DOMAIN §5), likewise."""
    if k.lease != counselors.LIVE or k.presence != counselors.AVAILABLE:
        return False
    step, cost = i.needs, policy.cost(i.channel)
    if step.only not in {"", k.id} or any(who == k.id and now_us < until for who, until in i.excluded):
        return False
    if any(k.skills.get(need.skill, 0) < need.level_min for need in step.needs):
        return False
    taken = {pool: sum(s.units for s in k.slots if s.pool == pool) for pool in (POOL_LIVE, POOL_TEXT)}
    if cost.pool == POOL_TEXT and taken[POOL_LIVE] and not policy.text_while_live:
        return False
    held = sum(1 for s in k.slots if s.channel == i.channel and s.units)
    return taken[cost.pool] + cost.units <= POOL_UNITS and held < cost.at_once_max


def without_slot(k: Counselor, item: str) -> Counselor:
    """The counselor as she was before that offer."""
    return replace(k, slots=tuple(slot for slot in k.slots if slot.item != item))


def together(
    heads: Mapping[str, Sequence[Head]], now_us: int, promised: Mapping[str, int], touched: Mapping[str, int]
) -> Iterator[tuple[str, str, str]]:
    """What sessions, counselors, handoffs and citizens show side by side: (name, stream, what is wrong).

    ``touched`` is when each stream was last written: a deadline that was past already when a state took it up (a step
    that ended while an offer stood) counts from there.
    """
    sessions = {head.stream: head.state for head in heads["s"]}
    crew = [head.state for head in heads["k"]]
    yield from _slots(sessions, crew)
    yield from _looks(sessions, crew)
    yield from _merges(heads[CITIZEN])
    for head in (*heads["s"], *heads["k"]):
        if head.due_us is None:
            continue
        late_us = now_us - max(head.due_us, touched.get(head.stream, 0))
        if late_us > OVERDUE_S * SECOND:
            yield "I18", head.stream, f"overdue since {late_us / SECOND:.0f} s"
    for stream, s in sessions.items():
        yield from _waiting(stream, s, now_us, touched.get(stream, 0))
    for head in heads["h"]:
        h = head.state
        if h.state in _TO_SEND and h.id not in promised:
            yield "I21", h.id, f"{h.state}, and no promise stands"


def _looks(sessions: Mapping[str, Session], crew: Sequence[Counselor]) -> Iterator[tuple[str, str, str]]:
    """Both sides of every look know of it, its supervisor has a console, and she does not serve what she looks at."""
    seen = {(look.supervisor, s.id) for s in sessions.values() for look in s.supervisions}
    known = {(k.id, session) for k in crew for session in k.looks}
    for supervisor, session in sorted(seen ^ known):
        yield "I28", session, f"only one side knows that {supervisor} looks"
    for k in crew:
        if k.looks and k.lease == counselors.ABSENT:
            yield "I28", k.id, "looks without a console"
        for slot in k.slots:
            if slot.session in k.looks and slot.kind != counselors.PENDING:
                yield "I28", k.id, f"looks at {slot.session}, which is hers"


def _merges(heads: Sequence[Head]) -> Iterator[tuple[str, str, str]]:
    """Both sides know of every link that stands."""
    known = {(head.stream, link.no) for head in heads for link in head.state.links}
    for head in heads:
        for link in head.state.links:
            if {(link.a, link.no), (link.b, link.no)} - known:
                yield "I26", head.stream, f"only one side knows of link {link.no}"


def _waiting(stream: str, s: Session, now_us: int, touched_us: int) -> Iterator[tuple[str, str, str]]:
    for what, due_us in _stored(s):
        if now_us - max(due_us, touched_us) > OVERDUE_S * SECOND:
            yield "I18", stream, f"{what} is past its deadline"
    item = s.live_item
    if item is not None and item.state == items.QUEUED and item.expires_at_us < now_us - OVERDUE_S * SECOND:
        yield "I9", stream, f"{item.id} waits beyond its queue's time"
    stuck = s.live_leg is None and all(i.state in items.TERMINAL for i in s.items)
    later = s.callback is not None and s.callback.open
    if stuck and not later and not any(stage not in SETTLED for _, stage in s.handoffs):
        yield "I18", stream, "nothing is open, and the session is not closed"


def _slots(sessions: Mapping[str, Session], crew: Sequence[Counselor]) -> Iterator[tuple[str, str, str]]:
    """Every slot has its item in the fitting place, and every assignment its slot (I5)."""
    held = {(slot.item, k.id): slot for k in crew for slot in k.slots}
    for (item_id, who), slot in held.items():
        s = sessions.get(slot.session)
        item = s.item(item_id) if s else None
        if item is None or not _fits(slot, item, who):
            yield "I5", who, f"slot {slot.kind} of {item_id}, which is {item.state if item else 'gone'}"
    for stream, s in sessions.items():
        for item in s.items:
            holder = item.counselor if item.state in _ASSIGNED or item.state == items.WRAPPING else ""
            if holder and (item.id, holder) not in held:
                yield "I5", stream, f"{item.id} is {item.state} with {holder}, who has no slot for it"


def _fits(slot: counselors.Slot, item: WorkItem, who: str) -> bool:
    if slot.kind == counselors.PENDING:
        return item.state == items.OFFERED and any(o.id == slot.offer and o.counselor == who for o in item.offers)
    if item.counselor != who:
        return False
    if slot.kind == counselors.WRAPPING:
        return item.state == items.WRAPPING
    if slot.kind == counselors.PAUSED:
        return item.state == items.PAUSED
    return item.state in _ASSIGNED and item.state != items.PAUSED
