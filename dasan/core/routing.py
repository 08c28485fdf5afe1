"""Who is offered what (DOMAIN §2): a pure match of waiting items and counselors, and the reasons behind it.

Items go by ``(class, rank_at, id)``; a counselor is chosen by step eligibility, then a wish for the one who knows the
case, then proficiency in the scarcest needed skill, then load, then longest idle, then id. :func:`passed_over` gives
the one reason why a counselor may not be offered an item, or "" when she may; deciding an offer, planning it and
explaining it (``dasan why``) all ask the same function.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dasan.core import counselor as counselors
from dasan.core.counselor import Counselor
from dasan.core.policy import POOL_LIVE, POOL_TEXT, POOL_UNITS, Policy, SkillNeed
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
    return _has(k, item.needs.needs)


def _has(k: Counselor, needs: tuple[SkillNeed, ...]) -> bool:
    return all(k.skills.get(need.skill, 0) >= need.level_min for need in needs)


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

    __slots__ = ("counselor", "counts", "units", "version")

    def __init__(self, k: Counselor) -> None:
        self.counselor = k
        self.units = {POOL_LIVE: k.units(POOL_LIVE), POOL_TEXT: k.units(POOL_TEXT)}
        self.counts: dict[str, int] = {}
        self.version = 0

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
        self.version += 1

    def _count(self, channel: str) -> int:
        if channel not in self.counts:
            self.counts[channel] = self.counselor.count(channel)
        return self.counts[channel]


def match(
    waiting: Iterable[Waiting], crew: Iterable[Counselor], policy: Policy, now_us: int, *, most: int = 1000
) -> list[Plan]:
    """Offers to make now, at most one an item and ``most`` in all, none beyond anybody's room. Deterministic.

    ``waiting`` need not be sorted. Items that nobody may take now cost one look at each distinct need, not one at each
    counselor, so that a long line in front of a full house is cheap.
    """
    line = sorted((w for w in waiting if w.item.state == QUEUED and not w.item.parked), key=lambda w: order(w.item))
    return match_line(line, crew, policy, now_us, most=most)


def match_line(
    line: Iterable[Waiting], crew: Iterable[Counselor], policy: Policy, now_us: int, *, most: int = 1000
) -> list[Plan]:
    """As :func:`match`, for a line that is in order already and holds only items that may be offered."""
    rooms = [_Room(k) for k in crew if k.lease == counselors.LIVE and k.presence == counselors.AVAILABLE]
    if not rooms:
        return []
    groups = _Groups(rooms, policy)
    plans: list[Plan] = []
    for w in line:
        if not groups.any_room() or len(plans) >= most:
            break
        if not groups.some_room(w.item.channel):
            continue
        chosen = groups.choose(w.item, now_us)
        if chosen is not None:
            groups.take(chosen, w.item.channel)
            plans.append(Plan(w.session, w.item.id, chosen.counselor.id))
    return plans


Entry = tuple[Any, ...]  # (preference…, room version, room); the counselor's id in it keeps rooms from being compared
Need = tuple[str, tuple[SkillNeed, ...]]


class _Groups:
    """Counselors with room, by (channel, needs), each group a heap by preference: the best is at hand.

    An entry carries the version of its room; a room that was taken from is put back under its new preference, and its
    old entries are passed over when they are met. Exclusions and a wish for one counselor are looked at one by one.
    """

    def __init__(self, rooms: list[_Room], policy: Policy) -> None:
        self.policy = policy
        self.rooms = {r.counselor.id: r for r in rooms}
        self.heaps: dict[Need, list[Entry]] = {}
        self.rarity = _rarity(rooms)
        self.with_room = {ch: sum(r.fits(ch, policy) for r in rooms) for ch in policy.channels}

    def some_room(self, channel: str) -> bool:
        return self.with_room.get(channel, 0) > 0

    def any_room(self) -> bool:
        return any(self.with_room.values())

    def take(self, room: _Room, channel: str) -> None:
        before = {ch for ch in self.with_room if room.fits(ch, self.policy)}
        room.take(channel, self.policy)
        for ch in before:
            if not room.fits(ch, self.policy):
                self.with_room[ch] -= 1
        for (ch, needs), heap in self.heaps.items():
            if room.fits(ch, self.policy) and _has(room.counselor, needs):
                heapq.heappush(heap, self._entry(room, ch, needs))

    def choose(self, item: WorkItem, now_us: int) -> _Room | None:
        wish = self.rooms.get(item.needs.only or item.sticky)
        if wish is not None and self._may(wish, item, now_us):
            return wish
        return None if item.needs.only else self._best(item, now_us)

    def _may(self, room: _Room, item: WorkItem, now_us: int) -> bool:
        if not room.fits(item.channel, self.policy) or item.excludes(room.counselor.id, now_us):
            return False
        return meets(item, room.counselor)

    def _best(self, item: WorkItem, now_us: int) -> _Room | None:
        heap = self._heap(item)
        passed: list[Entry] = []
        best = None
        while heap:
            entry = heap[0]
            room = entry[-1]
            if entry[-2] != room.version or not room.fits(item.channel, self.policy):
                heapq.heappop(heap)
            elif item.excludes(room.counselor.id, now_us):
                passed.append(heapq.heappop(heap))
            else:
                best = room
                break
        for entry in passed:
            heapq.heappush(heap, entry)
        return best

    def _heap(self, item: WorkItem) -> list[Entry]:
        need = (item.channel, item.needs.needs)
        heap = self.heaps.get(need)
        if heap is None:
            able = (r for r in self.rooms.values() if meets(item, r.counselor) and r.fits(item.channel, self.policy))
            heap = self.heaps[need] = [self._entry(room, *need) for room in able]
            heapq.heapify(heap)
        return heap

    def _entry(self, room: _Room, channel: str, needs: tuple[SkillNeed, ...]) -> Entry:
        return (*_preference(room, self.scarcest(needs), channel, self.policy), room.version, room)

    def scarcest(self, needs: tuple[SkillNeed, ...]) -> str:
        return min((n.skill for n in needs), key=lambda skill: (self.rarity.get(skill, 0), skill)) if needs else ""


def _rarity(rooms: list[_Room]) -> dict[str, int]:
    """How many of the present counselors have each skill."""
    have: dict[str, int] = {}
    for room in rooms:
        for skill, level in room.counselor.skills.items():
            have[skill] = have.get(skill, 0) + (level > 0)
    return have


def _preference(room: _Room, scarcest: str, channel: str, policy: Policy) -> tuple[int, int, int, str]:
    k = room.counselor
    level = k.skills.get(scarcest, 0) if scarcest else 0
    return (-level, room.units[policy.cost(channel).pool], k.idle_since_us, k.id)


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
    scarcest = _Groups(present, policy).scarcest(item.needs.needs)
    eligible = sorted(
        (k for k in people if not reasons[k.id]),
        key=lambda k: (k.id != item.sticky, _preference(rooms[k.id], scarcest, item.channel, policy)),
    )
    ranked = [Verdict(k.id, k.number, "", n) for n, k in enumerate(eligible, 1)]
    return ranked + [Verdict(k.id, k.number, reasons[k.id]) for k in people if reasons[k.id]]
