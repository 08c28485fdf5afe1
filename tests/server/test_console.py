"""What a counselor's console is told, from sign-in to the end of wrap-up."""

from __future__ import annotations

from dasan.wire import desk_views as view
from tests.server.world import World


async def test_signing_in_brings_the_whole_picture(world: World):
    world.counselor("kim", "김상담", general=3)
    desk = world.desk()
    await desk.hello("kim")
    assert desk.welcome.me.name == "김상담"
    assert desk.welcome.me.presence == "OFFLINE"
    assert desk.welcome.me.lease == "LIVE"
    assert desk.welcome.token
    assert [q.code for q in desk.welcome.centre.queues] == list(world.policy.queues)


async def test_a_waiting_citizen_is_offered_with_a_preview_and_nothing_else(world: World):
    desk = await world.on_duty()
    session = world.say("여권을 잃어버렸어요")
    await world.settle()
    (offer,) = desk.last(view.Me).offers
    assert offer.session == session
    assert offer.preview == "여권을 잃어버렸어요"
    assert not desk.all(view.Session)
    refused = await desk.ask("older", session=session, before=9)
    assert refused.code == "not_yours"


async def test_an_accepted_session_comes_with_its_transcript_and_suggestions(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    shown = desk.last(view.Session)
    assert (shown.session, shown.mine, shown.item.state) == (session, "live", "ACTIVE")
    assert [e.text for e in desk.all(view.Entry) if e.who == "citizen"] == ["여권을 잃어버렸어요"]
    assert desk.last(view.Suggest).hits[0].article == "a-passport"


async def test_a_reply_comes_back_as_an_entry_under_its_own_id(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    reply = await desk.done(
        "say", session=session, text="구청에서 신청하시면 됩니다.", article="a-passport", id="my-own-id-1"
    )
    entry = desk.last(view.Entry)
    assert (entry.id, entry.mine, entry.who, entry.n) == ("my-own-id-1", True, "counselor", reply.data["n"])
    assert ("a-passport", "accepted") in world.shelf.recorded


async def test_wrap_up_arrives_prefilled_and_the_session_is_gone_after_it(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk)
    await desk.done("say", session=session, text="구청에서 신청합니다.", article="a-passport")
    await desk.done("release", session=session, item=item)
    shown = desk.last(view.Session)
    assert shown.mine == "wrapping"
    assert shown.prefill == {
        "category": "civil",
        "summary": "문의: 여권을 잃어버렸어요 / 안내 자료: 여권 재발급",
        "disposition": "answered",
    }
    await desk.done("wrap", session=session, item=item, **shown.prefill)
    assert (desk.last(view.Gone).session, desk.last(view.Gone).why) == (session, "done")
