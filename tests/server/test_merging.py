"""A counselor says at her desk that two citizens are one person: what cards show then, and what nobody pries out."""

from __future__ import annotations

from dasan.wire import desk_views as view
from dasan.wire.person_views import Citizen, Merge
from tests.server.world import Desk, World


async def over(desk: Desk, session: str, item: str) -> None:
    """The talk and its wrap-up are done."""
    await desk.done("release", session=session, item=item)
    await desk.done("wrap", session=session, item=item, disposition="answered", category="civil")


def card(desk: Desk, session: str) -> Citizen:
    found: Citizen = next(f for f in reversed(desk.all(view.Session)) if f.session == session).citizen
    return found


def numbers(desk: Desk, session: str) -> list[int]:
    return [row[0] for row in card(desk, session).history]


async def pair(world: World, desk: Desk) -> tuple[tuple[str, str], tuple[str, str]]:
    """Session 1 of p_two is over; her sessions 2 (p_one) and 3 (p_two) are both at this desk."""
    await over(desk, *await world.serving(desk, "쓰레기는 언제 버려요?", "p_two"))
    return await world.serving(desk), await world.serving(desk, "저예요", "p_two")


async def test_two_sessions_of_one_desk_are_one_persons_and_the_next_one_tells_of_all(world: World):
    desk = await world.on_duty()
    (one, item), (two, second) = await pair(world, desk)
    assert "merge" in desk.last(view.Session).can
    reply = await desk.done("merge", session=one, item=item, other=two)
    await world.settle()
    made = Merge(link=reply.data["link"], evidence="word", at=world.clock.us, by=desk.welcome.me.counselor)
    assert card(desk, one).merges == card(desk, two).merges == (made,)
    lines = [(e.session, e.code, e.args) for e in desk.all(view.Entry) if e.code == "merged"]
    assert lines == [(one, "merged", {"number": 3, "link": 1}), (two, "merged", {"number": 2, "link": 1})]
    await over(desk, one, item)
    await over(desk, two, second)
    await world.later(1)
    again, _ = await world.serving(desk, "또 왔어요")
    assert numbers(desk, again) == [3, 2, 1]
    assert card(desk, again).others == (3, 1)
    assert card(desk, again).sessions == 4


async def test_a_merge_shows_nobody_contacts_of_the_other_while_the_talk_lasts(world: World):
    desk = await world.on_duty()
    (one, item), (two, _) = await pair(world, desk)
    before = [numbers(desk, session) for session in (one, two)]
    assert before == [[], [1]]
    await desk.done("merge", session=one, item=item, other=two)
    await world.settle()
    assert [numbers(desk, session) for session in (one, two)] == before
    fresh = world.desk()
    await fresh.hello()
    shown = sorted(fresh.welcome.sessions, key=lambda s: s.number)
    assert [[row[0] for row in s.citizen.history] for s in shown] == before
    assert all(s.citizen.merges for s in shown)


async def test_it_is_taken_back_with_a_reason_and_the_histories_are_as_before(world: World):
    desk = await world.on_duty()
    (one, item), (two, second) = await pair(world, desk)
    link = (await desk.done("merge", session=one, item=item, other=two)).data["link"]
    assert (await desk.ask("unmerge", session=one, link=link, reason=" ")).code == "reason_needed"
    assert (await desk.ask("unmerge", session=one, link=99, reason="없음")).code == "not_supervisor"
    await desk.done("unmerge", session=two, link=link, reason="동생이었음")
    await world.settle()
    assert card(desk, two).merges == ()
    await over(desk, one, item)
    await over(desk, two, second)
    await world.later(1)
    again, _ = await world.serving(desk, "또 왔어요")
    assert (numbers(desk, again), card(desk, again).others, card(desk, again).merges) == ([2], (), ())


async def test_a_receipt_is_found_as_it_is_said_and_tells_nothing_of_whose_it_is(world: World):
    desk = await world.on_duty()
    first, item = await world.serving(desk, "가로등이 꺼졌어요", "p_two")
    form = {"category": "road", "summary": "가로등", "description": "꺼졌습니다"}
    handoff = (await desk.done("ticket_file", session=first, item=item, form=form)).data["handoff"]
    world.ticket(handoff, "acknowledged", ticket_no="26-1121-00042-7", sent_sha256="0" * 64)
    await over(desk, first, item)
    session, item = await world.serving(desk)
    seen = card(desk, session)
    for wrong in ("26-1121-00042-8", "00042", "번호", ""):
        assert (await desk.ask("merge", session=session, item=item, receipt=wrong)).code == "no_such_receipt"
    both = await desk.ask("merge", session=session, item=item, other=first, receipt="26-1121-00042-7")
    assert both.code == "malformed"
    reply = await desk.done("merge", session=session, item=item, receipt="26 1121 00042 7")
    await world.settle()
    assert reply.data == {"link": 1}
    assert card(desk, session).merges[0].evidence == "receipt"
    assert card(desk, session).model_copy(update={"merges": ()}) == seen
    assert desk.last(view.Entry).args == {"number": "26-1121-00042-7", "link": 1}
    await over(desk, session, item)
    await world.later(1)
    assert numbers(desk, (await world.serving(desk, "또 왔어요"))[0]) == [2, 1]


async def test_who_takes_no_part_merges_nothing_and_who_supervises_takes_it_back(world: World):
    desk = await world.on_duty()
    (one, item), (two, _) = await pair(world, desk)
    world.counselor("lee", "이상담")
    other = world.desk()
    await other.hello("lee")
    assert (await other.ask("merge", session=one, item=item, other=two)).code == "not_yours"
    link = (await desk.done("merge", session=one, item=item, other=two)).data["link"]
    assert (await other.ask("unmerge", session=one, link=link, reason="아님")).code == "not_supervisor"
    world.counselor("boss", "정팀장", roles=("counselor", "supervisor"))
    boss = world.desk()
    await boss.hello("boss")
    await boss.done("look", session=one)
    await world.settle()
    shown = boss.last(view.Session)
    assert ("merge" in shown.can, "unmerge" in shown.can, numbers(boss, one)) == (False, True, [])
    await boss.done("unmerge", session=one, link=link, reason="목소리가 다름")
    await world.settle()
    assert card(boss, one).merges == card(desk, one).merges == ()


async def test_taken_back_where_its_contacts_stand_they_go_at_once(world: World):
    desk = await world.on_duty()
    (one, item), (two, second) = await pair(world, desk)
    link = (await desk.done("merge", session=one, item=item, other=two)).data["link"]
    await over(desk, one, item)
    await over(desk, two, second)
    await world.later(1)
    again, _ = await world.serving(desk, "또 왔어요")
    assert numbers(desk, again) == [3, 2, 1]
    await desk.done("unmerge", session=again, link=link, reason="동생이었음")
    await world.settle()
    assert (numbers(desk, again), card(desk, again).others, card(desk, again).sessions) == ([2], (), 2)
