"""Suggestions follow the talk and never hold it up."""

from __future__ import annotations

import asyncio

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


async def test_what_became_of_a_suggestion_is_told_to_the_knowledge_base(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk, "여권이랑 폐기물이요")
    await desk.done("say", session=session, text="구청에서요", article="a-passport", edited=True)
    await desk.done("release", session=session, item=item)
    assert sorted(world.shelf.recorded) == [("a-passport", "edited"), ("a-waste", "ignored")]


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
