"""Suggestions follow the talk and never hold it up."""

from __future__ import annotations

import asyncio
from typing import Any

from dasan.server.outcomes import Outcomes
from dasan.wire import desk_views as view
from tests.server.world import World


async def test_every_line_of_a_served_citizen_brings_new_suggestions(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk, "안녕하세요")
    world.say("여권을 잃어버렸어요")
    await world.settle()
    first = desk.last(view.Suggest)
    assert [hit.article for hit in first.hits] == ["a-passport"]
    world.say("그리고 대형폐기물은요?")
    await world.settle()
    second = desk.last(view.Suggest)
    assert [hit.article for hit in second.hits] == ["a-waste"]
    assert second.n > first.n
    shown = [r.event.articles for r in world.store.reads.events(session) if r.event.type == "suggestions.shown"]
    assert shown == [("a-passport",), ("a-waste",)]


async def test_nobody_is_asked_for_a_citizen_who_still_waits(world: World):
    world.say("여권을 잃어버렸어요")
    await world.settle()
    assert world.shelf.asked == []


async def test_a_slow_knowledge_base_holds_nothing_up_and_only_the_newest_line_is_asked(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk, "안녕하세요")
    world.shelf.asked.clear()
    world.shelf.delay = asyncio.Event()
    for n in range(5):
        world.say(f"여권 {n}")
        await world.settle()
    assert [e.text for e in desk.all(view.Entry)][-1] == "여권 4"
    assert len(world.shelf.asked) == 1
    reply = await desk.done("say", session=session, text="찾아보겠습니다")
    assert reply.ok
    world.shelf.delay.set()
    world.shelf.delay = None
    await world.settle()
    assert [turns[-1] for _, turns in world.shelf.asked] == ["여권 0", "여권 4"]
    newest = next(e.n for e in desk.all(view.Entry) if e.text == "여권 4")
    assert desk.last(view.Suggest).n == newest


async def counted(world: World) -> dict[str, tuple[int, ...]]:
    """A server that begins anew and counts; (accepted, edited, ignored) by article."""
    outcomes = Outcomes(world.store.reads, world.shelf, world.threads, lambda: True)
    for _ in range(3):
        await outcomes.step()
    return world.shelf.counts


async def test_what_became_of_a_suggestion_is_counted_once_the_talk_is_over(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk, "여권이랑 폐기물이요")
    await desk.done("say", session=session, text="구청에서요", article="a-passport", edited=True)
    assert await counted(world) == {}
    await desk.done("release", session=session, item=item)
    assert await counted(world) == {"a-passport": (0, 1, 0), "a-waste": (0, 0, 1)}


async def test_outcomes_are_counted_once_however_often_a_server_dies_and_whoever_counts_beside_it(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk, "여권이랑 폐기물이요")
    await desk.done("say", session=session, text="구청에서요", article="a-passport")
    await desk.done("say", session=session, text="다시 말씀드리면 구청입니다", article="a-passport", edited=True)
    await desk.done("release", session=session, item=item)
    counts = await counted(world)
    assert counts == {"a-passport": (1, 1, 0), "a-waste": (0, 0, 1)}
    world.restart()
    await asyncio.gather(counted(world), counted(world), counted(world))
    assert world.shelf.counts == counts


async def test_each_counselors_talk_has_outcomes_of_its_own(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk, "여권이요")
    other = await world.on_duty("lee", tax=3)
    await desk.done("transfer", session=session, item=item, queue="tax")
    offer = other.last(view.Me).offers[0]
    await other.done("accept", offer=offer.offer, session=session)
    await other.done("opened", session=session, item=offer.item)
    await other.done("say", session=session, text="구청에서요", article="a-passport")
    await other.done("release", session=session, item=offer.item)
    assert await counted(world) == {"a-passport": (1, 0, 1)}


async def test_a_knowledge_base_that_is_away_is_asked_again_and_nothing_is_lost(world: World, monkeypatch):
    desk = await world.on_duty()
    session, item = await world.serving(desk)
    await desk.done("release", session=session, item=item)
    outcomes = Outcomes(world.store.reads, world.shelf, world.threads, lambda: True)
    count = world.shelf.count

    async def away(*_: object) -> None: ...

    async def half_done(*asked: Any) -> None:
        await count(*asked)  # it was counted, but the answer is lost

    for answer in (away, count, half_done, away, count, count):
        monkeypatch.setattr(world.shelf, "count", answer)
        await outcomes.step()
    assert world.shelf.counts == {"a-passport": (0, 0, 1)}


async def test_a_server_without_the_duty_leaves_the_counting_to_the_other(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk)
    await desk.done("release", session=session, item=item)
    mine = [False]
    outcomes = Outcomes(world.store.reads, world.shelf, world.threads, lambda: mine[0])
    await outcomes.step()
    assert world.shelf.counts == {}
    mine[0] = True
    await outcomes.step()
    assert world.shelf.counts == {"a-passport": (0, 0, 1)}


async def test_a_journal_from_a_backup_begins_to_count_at_its_own_end(world: World):
    desk = await world.on_duty()
    world.shelf.place = 1_000_000
    await counted(world)
    session, item = await world.serving(desk)
    await desk.done("release", session=session, item=item)
    assert await counted(world) == {"a-passport": (0, 0, 1)}


async def test_a_console_that_comes_back_sees_the_suggestions_again(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    desk.drop()
    back = world.desk()
    await back.hello("kim")
    (suggest,) = back.welcome.suggests
    assert (suggest.session, suggest.hits[0].article) == (session, "a-passport")


async def test_after_a_restart_the_suggestions_are_asked_for_again(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    world.restart()
    await world.settle()
    back = world.desk()
    await back.hello("kim")
    assert back.last(view.Suggest).session == session


async def test_after_a_restart_the_next_line_is_asked_together_with_what_was_said_before(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk, "여권을 잃어버렸어요")
    world.say("다음 주에 출국해야 해서요")
    await world.settle()
    world.restart()
    back = world.desk()
    await back.hello("kim", have={session: world.store.reads.head(session).seq})  # resumed: no transcript is read
    world.shelf.asked.clear()
    world.say("며칠이나 걸릴까요?")
    await world.settle()
    assert world.shelf.asked[-1] == (
        session,
        ("여권을 잃어버렸어요", "다음 주에 출국해야 해서요", "며칠이나 걸릴까요?"),
    )


async def test_a_line_that_comes_before_any_console_is_back_does_not_hide_the_earlier_ones(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk, "여권을 잃어버렸어요")
    world.restart()
    world.say("며칠이나 걸릴까요?")
    await world.settle()
    back = world.desk()
    await back.hello("kim")
    assert world.shelf.asked[-1] == (session, ("여권을 잃어버렸어요", "며칠이나 걸릴까요?"))


async def test_the_store_is_read_once_and_not_at_all_for_a_talk_heard_from_its_beginning(world: World, monkeypatch):
    desk = await world.on_duty()
    read: list[str] = []
    entries_before = type(world.store.reads).entries_before

    def counted(reads: object, session: str, *more: int):
        read.append(session)
        return entries_before(reads, session, *more)

    session, _ = await world.serving(desk)
    monkeypatch.setattr(type(world.store.reads), "entries_before", counted)
    world.say("그리고 폐기물은요?")
    await world.settle()
    assert read == []
    world.restart()
    for n in range(3):
        world.house.suggestions.watch(session, lambda _: None)
        world.say(f"폐기물 {n}")
        await world.settle()
    assert read == [session]


async def test_a_store_that_is_away_costs_the_earlier_turns_and_nothing_else(world: World, monkeypatch):
    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    world.restart()

    def away(*_: object):
        raise OSError("away")

    monkeypatch.setattr(type(world.store.reads), "entries_before", away)
    world.house.suggestions.watch(session, lambda _: None)
    world.say("폐기물은요?")
    await world.settle()
    assert world.shelf.asked[-1] == (session, ("폐기물은요?",))


async def test_a_colleague_who_takes_over_gets_suggestions_for_the_whole_talk(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk, "여권을 잃어버렸어요")
    world.restart()
    back = world.desk()
    await back.hello("kim")
    world.say("며칠이나 걸릴까요?")
    await world.settle()
    other = await world.on_duty("lee", tax=3)
    await back.done("transfer", session=session, item=item, queue="tax", note="급하십니다")
    offer = other.last(view.Me).offers[0]
    await other.done("accept", offer=offer.offer, session=session)
    await other.done("opened", session=session, item=offer.item)
    assert world.shelf.asked[-1] == (session, ("여권을 잃어버렸어요", "며칠이나 걸릴까요?"))
