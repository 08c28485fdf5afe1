"""Who hears of what, in which order, and what a failing listener may not do."""

from __future__ import annotations

from dasan.core import commands as c
from dasan.core.commands import Envelope, Principal
from dasan.hub import Hub
from dasan.hub.hub import EVERYTHING
from dasan.ports import Committed
from tests.server.world import World


def seen(heard: list[Committed]) -> list[str]:
    return [r.event.type for commit in heard for r in commit.events]


async def test_a_listener_is_told_once_a_commit_however_many_of_its_streams_it_touched(world: World):
    desk = await world.on_duty()
    heard: list[Committed] = []
    session = world.say("여권을 잃어버렸어요")
    world.hub.subscribe(session, heard.append)
    world.hub.subscribe(desk.welcome.me.counselor, heard.append)
    await world.settle()
    assert seen(heard) == ["work.offered", "slot.held"]


async def test_nobody_hears_of_other_streams_or_after_the_end(world: World):
    heard: list[Committed] = []
    first = world.say("여권을 잃어버렸어요", "p_one")
    end = world.hub.subscribe(first, heard.append)
    world.say("다른 사람입니다", "p_two")
    assert heard == []
    world.say("한 가지 더", "p_one")
    end()
    end()
    world.say("그리고", "p_one")
    assert seen(heard) == ["entry.added"]


async def test_two_subscriptions_of_one_listener_end_one_by_one(world: World):
    heard: list[Committed] = []
    session = world.say("하나")
    one, two = world.hub.subscribe(session, heard.append), world.hub.subscribe(session, heard.append)
    one()
    world.say("둘")
    assert len(heard) == 1
    two()
    world.say("셋")
    assert len(heard) == 1


async def test_a_failing_listener_does_not_keep_the_others_from_hearing(world: World):
    heard: list[Committed] = []

    def fails(commit: Committed) -> None:
        raise ZeroDivisionError

    session = world.say("하나")
    end = world.hub.subscribe(session, fails)
    world.hub.subscribe(session, heard.append)
    world.say("둘")
    end()
    assert len(heard) == 1
    assert world.hub.failures == 1
    ((what, error),) = world.defects
    assert isinstance(error, ZeroDivisionError), what
    world.hub.failures = 0
    world.defects.clear()


async def test_a_commit_heard_twice_is_told_once(world: World):
    told: list[Committed] = []
    commits: list[Committed] = []
    world.gate.listen(commits.extend)
    world.hub.subscribe(EVERYTHING, told.append)
    world.say("하나")
    world.hub.committed(commits)
    world.hub.committed(commits)
    assert len(told) == len(commits) == 1


async def test_what_is_closed_is_told_and_then_forgotten(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk)
    heard: list[str] = []
    world.hub.subscribe(session, lambda commit: heard.extend(r.event.type for r in commit.events))
    await desk.done("release", session=session, item=item)
    await desk.done("wrap", session=session, item=item, disposition="answered", category="civil")
    assert "session.closed" in heard
    assert world.hub.index.session(session) is None
    assert world.hub.recent.turns(session) == (0, ())
    assert world.hub.index.handoffs(session) == []


async def test_places_follow_the_order_of_the_queue(world: World):
    sessions = []
    for n in range(4):
        sessions.append(world.say("기다립니다", f"p_{n}"))
        world.clock.us += 1_000_000
    items = [world.hub.index.session(s).live_item.id for s in sessions]
    assert [world.hub.index.position(i) for i in items] == [1, 2, 3, 4]
    s = world.hub.index.session(sessions[1])
    world.as_citizen(c.LeaveSession(s.id, s.live_leg.id), "p_1")
    assert [world.hub.index.position(i) for i in items] == [1, None, 2, 3]
    assert world.hub.index.waiting("general") == 3
    assert world.hub.index.waiting_since() == {"general": world.hub.index.session(sessions[0]).items[0].enqueued_at_us}


async def test_an_offered_item_still_waits_and_a_served_one_does_not(world: World):
    desk = await world.on_duty()
    session = world.say("여권을 잃어버렸어요")
    item = world.hub.index.session(session).live_item.id
    await world.settle()
    assert world.hub.index.session(session).live_item.state == "OFFERED"
    assert world.hub.index.position(item) == 1
    await desk.done("accept", offer=world.hub.index.session(session).live_item.offers[0].id, session=session)
    assert world.hub.index.position(item) is None


async def test_the_index_of_a_restart_is_the_index_that_was(world: World):
    desk = await world.on_duty()
    await world.serving(desk, citizen="p_a")
    for n in range(3):
        world.say("기다립니다", f"p_{n}")
    await world.settle()
    before = world.hub
    after = Hub(world.policy)
    for kind in ("s", "k", "h"):
        after.load(world.store.reads.open_heads(kind), world.store.reads.last_position())
    assert after.position == before.position
    assert {s.id: s for s in after.index.sessions()} == {s.id: s for s in before.index.sessions()}
    assert {k.id: k for k in after.index.counselors()} == {k.id: k for k in before.index.counselors()}
    assert after.index.waiting_since() == before.index.waiting_since()


async def test_a_handoff_concerns_its_author_and_a_dead_letter_the_supervisors(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk)
    case = c.CaseForm("civil", "요약", "설명")
    k = desk.console.principal
    heard: list[str] = []
    world.hub.subscribe(k.id, lambda commit: heard.extend(r.event.type for r in commit.events))
    world.gate.handle(Envelope(Principal(k.role, k.id, k.epoch), "", c.FileTicket(session, item, case)))
    assert "handoff.committed" in heard
