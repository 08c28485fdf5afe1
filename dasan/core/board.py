"""The board that offers are planned on (DOMAIN §2): waiting items by what they need, counselors by who is preferred.

Kept up to date one item and one counselor at a time, so that a round costs what has changed and not what is there.
Items with the same need (channel, skills, reserved counselor) stand in one sorted line, and each need has a heap of the
counselors who may take it, best first. A round walks the lines merged by rank and looks only at needs for which there
is room. A heap entry carries the version of its room; one whose room has changed since is passed over when met, and
put back under its new preference. :func:`match` is the same on a fresh board; a plan depends only on what is there.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import Any

from dasan.core import counselor as counselors
from dasan.core.counselor import Counselor
from dasan.core.policy import POOL_LIVE, POOL_TEXT, POOL_UNITS, ChannelCost, Policy, SkillNeed
from dasan.core.routing import Plan, Waiting, has, order, preference, scarcest
from dasan.core.workitem import QUEUED, WorkItem

CHANGES_MAX = 4096
HEAPS_MAX = 512
Key = tuple[tuple[int, int, str], str]  # (order of the item, session)
Need = tuple[str, tuple[SkillNeed, ...], str]  # channel, skills, the one counselor it is reserved for
Entry = tuple[Any, ...]  # (preference, room version, room); the id in the preference keeps rooms from being compared


class Room:
    """What is left of one counselor; while a round is planned, less what the round has given her."""

    __slots__ = ("counselor", "counts", "id", "live", "text", "version")

    def __init__(self, k: Counselor) -> None:
        self.id = k.id
        self.version = 0
        self._take_in(k)

    def set(self, k: Counselor) -> bool:
        """Her state as committed; whether she may be preferred more, or fit where she did not."""
        live, text, idle_us = self.live, self.text, self.counselor.idle_since_us
        self._take_in(k)
        return self.live < live or self.text < text or k.idle_since_us < idle_us

    def _take_in(self, k: Counselor) -> None:
        self.counselor = k
        self.live = self.text = 0
        self.counts: dict[str, int] = {}
        self.version += 1
        for slot in k.slots:
            if slot.pool == POOL_LIVE:
                self.live += slot.units
            else:
                self.text += slot.units
            if slot.units:
                self.counts[slot.channel] = self.counts.get(slot.channel, 0) + 1

    def fits(self, channel: str, cost: ChannelCost, policy: Policy) -> bool:
        """As counselor.has_room, with what the round has given her."""
        if self.units(cost.pool) + cost.units > POOL_UNITS or self.counts.get(channel, 0) >= cost.at_once_max:
            return False
        return policy.text_while_live or cost.pool != POOL_TEXT or self.live == 0

    def units(self, pool: str) -> int:
        """Units taken of ``pool``."""
        return self.live if pool == POOL_LIVE else self.text

    def take(self, channel: str, cost: ChannelCost) -> None:
        """Give her one more."""
        self.counts[channel] = self.counts.get(channel, 0) + 1
        if cost.pool == POOL_LIVE:
            self.live += cost.units
        else:
            self.text += cost.units
        self.version += 1


class _Heap:
    """The counselors for one need. ``seen`` is how much of the board's changes it has taken in."""

    __slots__ = ("channel", "cost", "entries", "needs", "only", "pushed", "seen", "wanted")

    def __init__(self, need: Need, cost: ChannelCost, wanted: str) -> None:
        self.channel, self.needs, self.only = need
        self.cost, self.wanted = cost, wanted
        self.entries: list[Entry] = []
        self.pushed: dict[str, int] = {}
        self.seen = 0

    def may(self, room: Room, policy: Policy) -> bool:
        return (
            (not self.only or room.id == self.only)
            and room.fits(self.channel, self.cost, policy)
            and has(room.counselor, self.needs)
        )

    def entry(self, room: Room) -> Entry:
        self.pushed[room.id] = room.version
        return (preference(room.counselor, self.wanted, room.units(self.cost.pool)), room.version, room)

    def push(self, room: Room, policy: Policy) -> None:
        """Put her in under her present preference, once a version."""
        if self.pushed.get(room.id) != room.version and self.may(room, policy):
            heapq.heappush(self.entries, self.entry(room))

    def top(self, policy: Policy) -> Room | None:
        """The best who has room."""
        entries = self.entries
        while entries:
            _, version, room = entries[0]
            if version == room.version and room.fits(self.channel, self.cost, policy):
                return room  # type: ignore[no-any-return]
            heapq.heappop(entries)
            if (
                version != room.version
                and self.pushed[room.id] != room.version
                and room.fits(self.channel, self.cost, policy)
            ):
                heapq.heappush(entries, self.entry(room))
        return None


class Board:
    """Who waits and who could take it. Nothing here reads a clock; the policy is fixed."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._rooms: dict[str, Room] = {}
        self._have: dict[str, int] = {}  # skill -> how many of the present have it
        self._changes: list[Room] = []
        self._heaps: dict[Need, _Heap] = {}
        self._lines: dict[Need, list[Key]] = {}
        self._items: dict[str, tuple[Key, Need, Waiting]] = {}

    # -- what is there

    def __len__(self) -> int:
        return len(self._items)

    def waiting(self, session: str) -> Waiting | None:
        """The waiting item of a session."""
        found = self._items.get(session)
        return found[2] if found else None

    def line(self) -> Iterator[Waiting]:
        """Everybody who waits, in order."""
        return (self._items[session][2] for _, session in heapq.merge(*self._lines.values()))

    def counselor(self, k: Counselor) -> bool:
        """Her state as committed; whether she might take something now."""
        room = self._rooms.get(k.id)
        if k.lease != counselors.LIVE or k.presence != counselors.AVAILABLE:
            if room is not None:
                self._leave(room)
            return False
        if room is None:
            room = self._rooms[k.id] = Room(k)
            self._count(k, 1)
        elif room.counselor.skills != k.skills:
            self._count(room.counselor, -1)
            self._count(k, 1)
            self._heaps.clear()
            room.set(k)
        elif not room.set(k):  # preferred less than before: her old entries say so when they are met
            return True
        self._changed(room)
        return True

    def _leave(self, room: Room) -> None:
        del self._rooms[room.id]
        self._count(room.counselor, -1)
        self._changes.clear()
        self._heaps.clear()

    def _count(self, k: Counselor, one: int) -> None:
        for skill, level in k.skills.items():
            if level > 0:
                self._have[skill] = self._have.get(skill, 0) + one

    def _changed(self, room: Room) -> None:
        if len(self._changes) >= CHANGES_MAX:
            self._changes.clear()
            self._heaps.clear()
        self._changes.append(room)

    def put(self, session: str, item: WorkItem) -> bool:
        """An item that may be offered; whether anything about it is new."""
        before = self._items.get(session)
        if before is not None and before[2].item is item:
            return False
        key: Key = (order(item), session)
        need: Need = (item.channel, item.needs.needs, item.needs.only)
        if before is None or before[0] != key or before[1] != need:
            if before is not None:
                self._forget(before)
            insort(self._lines.setdefault(need, []), key)
        self._items[session] = (key, need, Waiting(session, item))
        return True

    def drop(self, session: str) -> None:
        """The session has nothing to offer."""
        before = self._items.pop(session, None)
        if before is not None:
            self._forget(before)

    def _forget(self, before: tuple[Key, Need, Waiting]) -> None:
        key, need, _ = before
        line = self._lines[need]
        del line[bisect_left(line, key)]
        if not line:
            del self._lines[need]
            if need[2]:  # a line reserved for one counselor does not come back
                self._heaps.pop(need, None)

    # -- a round

    def plan(self, now_us: int, most: int) -> list[Plan]:
        """Offers to make now, at most one an item and ``most`` in all, none beyond anybody's room."""
        plans: list[Plan] = []
        taken: dict[str, Room] = {}
        heads = [(line[0], 0, need) for need, line in self._lines.items() if self._heap(need).top(self._policy)]
        heapq.heapify(heads)
        while heads and len(plans) < most:
            key, n, need = heapq.heappop(heads)
            heap, line = self._heaps[need], self._lines[need]
            waiting = self._items[key[1]][2]
            room = self._choose(heap, waiting.item, now_us)
            if room is not None:
                room.take(heap.channel, heap.cost)
                taken[room.id] = room
                plans.append(Plan(waiting.session, waiting.item.id, room.id))
            if n + 1 < len(line) and heap.top(self._policy) is not None:
                heapq.heappush(heads, (line[n + 1], n + 1, need))
        for room in taken.values():  # only a commit takes from her; the plan may be refused
            room.set(room.counselor)
            self._changed(room)
        return plans

    def _heap(self, need: Need) -> _Heap:
        wanted = scarcest(need[1], self._have)
        heap = self._heaps.get(need)
        changes = self._changes
        if heap is None or heap.wanted != wanted or len(changes) - heap.seen > len(self._rooms):
            if len(self._heaps) >= HEAPS_MAX:
                self._heaps.clear()
            heap = self._heaps[need] = _Heap(need, self._policy.cost(need[0]), wanted)
            heap.entries = [heap.entry(room) for room in self._rooms.values() if heap.may(room, self._policy)]
            heapq.heapify(heap.entries)
        else:
            for room in changes[heap.seen :]:
                heap.push(room, self._policy)
        heap.seen = len(changes)
        return heap

    def _choose(self, heap: _Heap, item: WorkItem, now_us: int) -> Room | None:
        """The one who knows the case if she may, else the best who is not excluded."""
        wish = self._rooms.get(item.sticky) if item.sticky else None
        if wish is not None and heap.may(wish, self._policy) and not item.excludes(wish.id, now_us):
            return wish
        best = heap.top(self._policy)
        if best is None or not item.excludes(best.id, now_us):
            return best
        passed: list[Entry] = []
        while best is not None and item.excludes(best.id, now_us):
            passed.append(heapq.heappop(heap.entries))
            best = heap.top(self._policy)
        for entry in passed:
            heapq.heappush(heap.entries, entry)
        return best


def match(
    waiting: Iterable[Waiting], crew: Iterable[Counselor], policy: Policy, now_us: int, *, most: int = 1000
) -> list[Plan]:
    """As :meth:`Board.plan` on a fresh board. ``waiting`` need not be sorted; what may not be offered is left out."""
    board = Board(policy)
    for k in crew:
        board.counselor(k)
    for w in sorted(waiting, key=_place):  # in order, every insertion is at the end
        if w.item.state == QUEUED and not w.item.parked:
            board.put(w.session, w.item)
    return board.plan(now_us, most)


def _place(waiting: Waiting) -> tuple[int, int, str]:
    return order(waiting.item)
