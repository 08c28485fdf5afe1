"""Who is offered what (DOMAIN §2): a pure match of waiting items and counselors, and the reasons behind it.

Items go by ``(class, rank_at, id)``; a counselor is chosen by step eligibility, then a wish for the one who knows the
case, then proficiency in the scarcest needed skill, then load, then longest idle, then id. :func:`passed_over` gives the
one reason why a counselor may not be offered an item, or "" when she may; deciding an offer, planning it and explaining
it (``dasan why``) all ask the same function.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dasan.core import counselor as counselors
from dasan.core.counselor import Counselor
from dasan.core.policy import POOL_LIVE, POOL_TEXT, POOL_UNITS, Policy
from dasan.core.workitem import QUEUED, WorkItem

# reason -> sentence (Korean, English), for people who ask why.
REASONS: Mapping[str, tuple[str, str]] = {
    "absent": ("콘솔이 연결되어 있지 않음", "no console attached"),
    "suspect": ("콘솔 신호가 끊김", "console silent"),
    "offline": ("근무 중 아님", "off duty"),
    "away": ("자리 비움", "away"),
    "draining": ("마무리 중", "finishing up"),
    "excluded": ("방금 거절했거나 응답하지 않음", "declined or let it go just now"),
    "reserved": ("이 단계에서는 지정 상담사만", "reserved for one counselor at this step"),
    "skill": ("필요한 기술이나 숙련도가 모자람", "lacks a skill or its level at this step"),
    "no_room": ("처리량이 가득 참", "no capacity left"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued item and where it stands."""

    session: str
    item: WorkItem


@dataclass(frozen=True, slots=True)
class Plan:
    """Offer ``item`` of ``session`` to ``counselor``."""

    session: str
    item: str
    counselor: str


def order(item: WorkItem) -> tuple[int, int, str]:
    """The place in the line: class 0 for emergency, then rank, then id."""
    return (0 if item.emergency else 1, item.rank_at_us, item.id)


def meets(item: WorkItem, k: Counselor) -> bool:
    """Whether her skills meet the item's present step."""
    return all(k.skills.get(need.skill, 0) >= need.level_min for need in item.needs.needs)


def passed_over(item: WorkItem, k: Counselor, policy: Policy, now_us: int) -> str:
    """Why ``k`` may not be offered ``item`` now: a key of REASONS, or ""."""
    if k.lease != counselors.LIVE:
        return "absent" if k.lease == counselors.ABSENT else "suspect"
    if k.presence != counselors.AVAILABLE:
        return k.presence.lower()
    if item.excludes(k.id, now_us):
        return "excluded"
    if item.needs.only and item.needs.only != k.id:
        return "reserved"
    if not meets(item, k):
        return "skill"
    return "" if counselors.has_room(k, item.channel, policy.cost(item.channel), policy) else "no_room"


class _Room:
    """What is left of each counselor while one match is planned."""

    __slots__ = ("counselor", "counts", "units")

    def __init__(self, k: Counselor) -> None:
        self.counselor = k
        self.units = {POOL_LIVE: k.units(POOL_LIVE), POOL_TEXT: k.units(POOL_TEXT)}
        self.counts: dict[str, int] = {}

    def fits(self, channel: str, policy: Policy) -> bool:
        cost = policy.cost(channel)
        if self.units[cost.pool] + cost.units > POOL_UNITS:
            return False
        if self._count(channel) >= cost.at_once_max:
            return False
        return policy.text_while_live or cost.pool != POOL_TEXT or self.units[POOL_LIVE] == 0

    def take(self, channel: str, policy: Policy) -> None:
        cost = policy.cost(channel)
        self.counts[channel] = self._count(channel) + 1
        self.units[cost.pool] += cost.units

    def _count(self, channel: str) -> int:
        if channel not in self.counts:
            self.counts[channel] = self.counselor.count(channel)
        return self.counts[channel]


def match(waiting: Iterable[Waiting], crew: Iterable[Counselor], policy: Policy, now_us: int) -> list[Plan]:
    """Offers to make now, at most one an item, none beyond anybody's room. Deterministic.

    ``waiting`` need not be sorted. Items that nobody may take now cost one look at each distinct need, not one at each
    counselor, so that a long line in front of a full house is cheap.
    """
    rooms = [_Room(k) for k in crew if k.lease == counselors.LIVE and k.presence == counselors.AVAILABLE]
    if not rooms:
        return []
    line = sorted((w for w in waiting if w.item.state == QUEUED and not w.item.parked), key=lambda w: order(w.item))
    groups = _Groups(rooms, policy)
    plans: list[Plan] = []
    for w in line:
        if not groups.any_room():
            break
        chosen = groups.choose(w.item, now_us)
        if chosen is not None:
            chosen.take(w.item.channel, policy)
            plans.append(Plan(w.session, w.item.id, chosen.counselor.id))
    return plans


class _Groups:
    """Counselors with room, remembered by (channel, needs): who has become full is dropped as it is met."""

    def __init__(self, rooms: list[_Room], policy: Policy) -> None:
        self.policy = policy
        self.rooms = rooms
        self.by_need: dict[tuple[str, object], list[_Room]] = {}
        self.open = {r.counselor.id: r for r in rooms if any(r.fits(ch, policy) for ch in policy.channels)}
        self.rarity = _rarity(rooms)

    def any_room(self) -> bool:
        return bool(self.open)

    def choose(self, item: WorkItem, now_us: int) -> _Room | None:
        only = item.needs.only
        if only:
            candidates = [self.open[only]] if only in self.open and meets(item, self.open[only].counselor) else []
        else:
            candidates = self._candidates(item)
        best: _Room | None = None
        best_key: tuple[object, ...] = ()
        scarcest = self._scarcest(item)
        for room in candidates:
            if not room.fits(item.channel, self.policy) or item.excludes(room.counselor.id, now_us):
                continue
            key = _preference(item, room, scarcest, self.policy)
            if best is None or key < best_key:
                best, best_key = room, key
        return best

    def _candidates(self, item: WorkItem) -> list[_Room]:
        need = (item.channel, item.needs.needs)
        found = self.by_need.get(need)
        if found is None:
            found = [r for r in self.rooms if meets(item, r.counselor)]
        found = [r for r in found if r.fits(item.channel, self.policy)]
        self.by_need[need] = found
        return found

    def _scarcest(self, item: WorkItem) -> str:
        needs = item.needs.needs
        return min((n.skill for n in needs), key=lambda skill: (self.rarity.get(skill, 0), skill)) if needs else ""


def _rarity(rooms: list[_Room]) -> dict[str, int]:
    """How many of the present counselors have each skill."""
    have: dict[str, int] = {}
    for room in rooms:
        for skill, level in room.counselor.skills.items():
            have[skill] = have.get(skill, 0) + (level > 0)
    return have


def _preference(item: WorkItem, room: _Room, scarcest: str, policy: Policy) -> tuple[object, ...]:
    k = room.counselor
    pool = policy.cost(item.channel).pool
    level = k.skills.get(scarcest, 0) if scarcest else 0
    return (k.id != item.sticky, -level, room.units[pool], k.idle_since_us, k.id)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One counselor's line in the answer to "why": eligible, or the reason she was passed over; and her place."""

    counselor: str
    number: int
    reason: str
    rank: int = 0


def why(item: WorkItem, crew: Iterable[Counselor], policy: Policy, now_us: int) -> list[Verdict]:
    """Everybody, the eligible ones first in the order in which they would be chosen."""
    people = list(crew)
    rooms = {k.id: _Room(k) for k in people}
    reasons = {k.id: passed_over(item, k, policy, now_us) for k in people}
    present = [rooms[k.id] for k in people if k.lease == counselors.LIVE and k.presence == counselors.AVAILABLE]
    scarcest = _Groups(present, policy)._scarcest(item)
    eligible = sorted(
        (k for k in people if not reasons[k.id]), key=lambda k: _preference(item, rooms[k.id], scarcest, policy)
    )
    ranked = [Verdict(k.id, k.number, "", n) for n, k in enumerate(eligible, 1)]
    return ranked + [Verdict(k.id, k.number, reasons[k.id]) for k in people if reasons[k.id]]
