"""Several servers on one database: each hears of everything, in the order of each stream, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from dasan.core.policy import Policy
from dasan.hub import Hub
from dasan.hub.hub import EVERYTHING
from dasan.ports import Committed
from dasan.server.relay import Relay
from tests.server.world import World


class Latest:
    """A journal whose commits come with the newest heads there are, as the SQL stores give them."""

    def __init__(self, reads: Any) -> None:
        self._reads = reads

    def committed_since(self, position: int, limit: int = 1000) -> list[Committed]:
        return [
            replace(one, heads={stream: self._reads.head(stream) for stream in one.heads})
            for one in self._reads.committed_since(position, limit)
        ]


class Server:
    """The listening half of another server on the world's store."""

    def __init__(self, world: World) -> None:
        self.hub = Hub(Policy())
        self.told: list[tuple[str, int]] = []
        self.hub.subscribe(EVERYTHING, self._hear)
        self.relay = Relay(
            self.hub.index,
            Latest(world.store.reads),
            self.hub.committed,
            clock=world.clock,
            threads=ThreadPoolExecutor(1),
            alone=False,
        )

    def _hear(self, commit: Committed) -> None:
        for recorded in commit.events:
            head = commit.heads[recorded.stream]
            assert head.seq >= recorded.seq
            self.told.append((recorded.stream, recorded.seq))

    def read(self) -> None:
        self.relay.catch_up(self.relay.missed())


def in_order(told: list[tuple[str, int]]) -> bool:
    """Every stream's events from the first on, without a gap or a repeat."""
    last: dict[str, int] = {}
    for stream, seq in told:
        if seq != last.get(stream, 0) + 1:
            return False
        last[stream] = seq
    return True


async def test_another_server_hears_of_everything_once_and_in_order(world: World):
    other = Server(world)
    desk = await world.on_duty()
    session, item = await world.serving(desk)
    for n in range(5):
        world.say(f"여권 {n}")
    await desk.done("release", session=session, item=item)
    other.read()
    other.read()
    assert in_order(other.told)
    assert len(other.told) == len(list(world.store.reads.journal()))
    assert other.hub.index.counselor(desk.welcome.me.counselor) == world.hub.index.counselor(desk.welcome.me.counselor)


async def test_states_are_those_of_each_commit_although_the_journal_gives_the_newest(world: World):
    other = Server(world)
    seen: list[tuple[int, int]] = []
    session = world.say("하나")
    other.hub.subscribe(session, lambda commit: seen.append((commit.heads[session].seq, commit.events[-1].seq)))
    world.say("둘")
    world.say("셋")
    other.read()
    assert [state == last for state, last in seen] == [True, True, True]


async def test_a_commit_of_our_own_never_overtakes_one_of_theirs(world: World):
    other = Server(world)
    commits: list[Committed] = []
    world.gate.listen(commits.extend)
    world.say("하나")
    world.say("둘")
    world.say("셋")
    own, theirs = commits[2], commits[:2]
    other.relay.own([own])  # written here, while the first two were written elsewhere and are not read yet
    assert in_order(other.told)
    assert len(other.told) == sum(len(one.events) for one in (*theirs, own))
    other.read()
    other.relay.own([own])
    assert in_order(other.told)


async def test_a_server_that_starts_late_begins_where_the_others_are(world: World):
    desk = await world.on_duty()
    await world.serving(desk)
    other = Server(world)
    reads = world.store.reads
    for kind in ("s", "k", "h"):
        other.hub.load(reads.open_heads(kind), reads.last_position())
    other.relay.begin(reads.last_position())
    world.say("그리고")
    other.read()
    assert [seq for _, seq in other.told] == [other.hub.index.session(other.told[0][0]).entry_n and other.told[0][1]]
    assert other.hub.index.session(other.told[0][0]).entry_n == world.hub.index.session(other.told[0][0]).entry_n


async def test_a_late_reading_is_noticed(world: World):
    other = Server(world)
    assert other.relay.late_s() == 0.0
    await other.relay.step()
    world.clock.us += 7_000_000
    assert other.relay.late_s() > 5
