"""What a counselor's console is told, from sign-in to the end of wrap-up."""

from __future__ import annotations

import asyncio
import json

import pytest

from dasan.core import commands as c
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
    sent = [r.event for r in world.store.reads.events(session) if r.event.type == "entry.added"][-1]
    assert (sent.article, sent.edited) == ("a-passport", False)


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


async def test_a_second_console_takes_over_and_the_first_is_told(world: World):
    first = await world.on_duty()
    session, _ = await world.serving(first)
    second = world.desk()
    await second.hello("kim")
    assert first.last(view.Bye).code == "stale_console"
    assert first.wire.closed is not None
    assert [s.session for s in second.welcome.sessions] == [session]


async def test_what_an_old_console_sends_has_no_effect(world: World):
    first = await world.on_duty()
    session, _ = await world.serving(first)
    before = world.store.reads.last_position()
    world.gate.handle(world.attach("kim"))
    await world.settle()
    first.raw(json.dumps({"t": "say", "id": "too-late-1", "session": session, "text": "늦은 말"}))
    await world.settle()
    texts = [e.body for e in world.store.reads.entries(session, 0, 99)]
    assert "늦은 말".encode() not in texts
    assert world.store.reads.last_position() > before


async def test_a_silent_console_is_suspect_and_then_lost_and_its_chat_goes_back_to_the_queue(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    desk.drop()
    await world.later(world.policy.timing.suspect_s + 1)
    k = world.hub.index.counselor(world.people.named("kim").id)
    assert k.lease == "SUSPECT"
    assert world.hub.index.session(session).live_item.state == "ACTIVE"
    await world.later(world.policy.timing.lost_s)
    assert world.hub.index.counselor(k.id).lease == "ABSENT"
    assert world.hub.index.session(session).live_item.state == "QUEUED"


async def test_a_console_that_beats_again_in_time_keeps_everything(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    await world.later(world.policy.timing.suspect_s + 2)
    await desk.send("beat")
    k = world.hub.index.counselor(world.people.named("kim").id)
    assert k.lease == "LIVE"
    await world.later(5)
    assert world.hub.index.session(session).live_item.counselor == k.id


async def test_a_lost_console_gets_its_session_back_when_nobody_took_it(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk)
    desk.drop()
    await world.later(world.policy.timing.lost_s + 3)
    back = world.desk()
    await back.hello("kim")
    shown = {s.session: s for s in back.welcome.sessions}
    assert shown[session].mine == "live"
    await back.done("opened", session=session, item=item)
    assert back.last(view.Session).item.state == "ACTIVE"


async def test_after_a_restart_sessions_unread_marks_and_drafts_are_there(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    n = desk.last(view.Session).last_n
    await desk.done("mark", session=session, n=n)
    await desk.done("draft", session=session, text="구청 여권과에 문의하")
    world.say("언제 나오나요?")
    await world.settle()
    world.restart()
    await world.settle()
    back = world.desk()
    await back.hello("", "", token=desk.welcome.token)
    (shown,) = back.welcome.sessions
    assert (shown.session, shown.read_n, shown.last_n) == (session, n, n + 1)
    assert back.welcome.drafts == {session: "구청 여권과에 문의하"}
    assert [e.text for e in back.welcome.entries if e.who == "citizen"][-1] == "언제 나오나요?"


async def test_a_restart_gives_live_consoles_their_full_grace(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    world.restart()
    await world.settle()
    k = world.hub.index.counselor(world.people.named("kim").id)
    assert k.lease == "SUSPECT"
    assert k.lost_at_us == world.clock.us + world.policy.timing.lost_s * 1_000_000
    await world.later(world.policy.timing.lost_s - 2)
    assert world.hub.index.session(session).live_item.counselor == k.id


async def test_a_console_that_comes_back_gets_only_what_followed(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    have = max(f.seq for f in desk.wire.frames if getattr(f, "session", "") == session and hasattr(f, "seq"))
    desk.drop()
    world.say("한 가지 더 있어요")
    world.say("수수료가 얼마인가요?")
    await world.settle()
    back = world.desk()
    await back.hello("", "", token=desk.welcome.token, have={session: have})
    assert back.welcome.resumed == (session,)
    assert [e.text for e in back.welcome.entries] == ["한 가지 더 있어요", "수수료가 얼마인가요?"]


async def test_a_transferred_session_is_gone_only_after_its_wrap_up(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk)
    await desk.done("transfer", session=session, item=item, queue="tax", note="지방세 문의")
    shown = desk.last(view.Session)
    assert shown.mine == "wrapping"
    await desk.done("wrap", session=session, item=item, disposition="guided", category="tax")
    assert (desk.last(view.Gone).session, desk.last(view.Gone).why) == (session, "transferred")


async def test_whoever_takes_a_transfer_over_reads_the_note_and_all_before_it(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk)
    other = await world.on_duty("lee", shown="이상담", tax=3)
    await desk.done("transfer", session=session, item=item, queue="tax", note="지방세 문의")
    offer = other.last(view.Me).offers[0]
    await other.done("accept", offer=offer.offer, session=session)
    assert [(e.who, e.text) for e in other.all(view.Entry) if e.who in {"citizen", "note"}] == [
        ("citizen", "여권을 잃어버렸어요"),
        ("note", "지방세 문의"),
    ]


async def test_a_taken_over_session_is_gone_at_once(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk)
    world.counselor("boss", "정팀장", roles=("counselor", "supervisor"))
    boss = world.desk()
    await boss.hello("boss")
    await boss.done("take_over", session=session, item=item)
    assert (desk.last(view.Gone).session, desk.last(view.Gone).why) == (session, "taken_over")
    assert (await desk.ask("older", session=session, before=99)).code == "not_yours"
    assert boss.last(view.Session).mine == "live"


async def test_a_counselor_may_not_read_what_she_does_not_serve(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk)
    world.counselor("lee", "이상담")
    other = world.desk()
    await other.hello("lee")
    for kind, more in [
        ("older", {"before": 9}),
        ("photo", {"photo": "b_1"}),
        ("ticket_prefill", {"item": item}),
        ("unmask", {"field": "text", "reason": "확인"}),
        ("say", {"text": "안녕하세요"}),
        ("note", {"text": "메모"}),
        ("why", {}),
    ]:
        reply = await other.ask(kind, session=session, **more)
        assert reply.code in {"not_yours", "session_closed"}, kind
    assert not other.all(view.Entry)


async def test_masked_words_are_shown_in_the_clear_only_with_a_reason_that_is_kept(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk, "연락처는 010-1234-5678이고 강남구 역삼동 123-4에 살아요")
    assert "1234-5678" not in desk.last(view.Entry).text
    assert desk.last(view.Session).citizen.contact == "010-****-5678"
    assert desk.last(view.Session).citizen.district == "강남구"
    assert (await desk.ask("unmask", session=session, field="contact", reason=" ")).code == "reason_needed"
    reply = await desk.done("unmask", session=session, field="contact", reason="다시 걸기로 함")
    assert reply.data["value"] == "010-1234-5678"
    looked = [r for r in world.store.reads.events(session) if r.event.type == "session.unmasked"]
    assert [(r.event.field, r.event.counselor) for r in looked] == [("contact", desk.welcome.me.counselor)]
    assert (await desk.done("unmask", session=session, field="address", reason="현장 확인")).data["value"] == (
        "강남구 역삼동 123-4"
    )


async def test_the_card_tells_of_earlier_sessions(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk)
    await desk.done("say", session=session, text="안내드립니다")
    await desk.done("release", session=session, item=item)
    await desk.done("wrap", session=session, item=item, disposition="answered", category="civil")
    again, _ = await world.serving(desk, "또 문의드립니다")
    card = next(f for f in reversed(desk.all(view.Session)) if f.session == again).citizen
    assert card.sessions == 2
    assert card.history == ((1, "2026-09-21", "여권·민원서류", "답변 완료"),)


async def test_a_repeated_frame_has_one_effect_and_the_same_reply(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    one = await desk.done("say", session=session, text="안내드립니다", id="same-frame-1")
    two = await desk.done("say", session=session, text="안내드립니다", id="same-frame-1")
    assert one.data == two.data
    assert len([e for e in desk.all(view.Entry) if e.id == "same-frame-1"]) == 1
    other = await desk.ask("say", session=session, text="다른 말", id="same-frame-1")
    assert other.code == "key_reused"


async def test_refusals_are_sentences_in_the_language_of_the_console(world: World):
    world.counselor("kim")
    for language, part in (("ko", "찾을 수 없습니다"), ("en", "no such session")):
        desk = world.desk()
        await desk.hello("kim", language=language)
        reply = await desk.ask("say", session="s_none", text="?")
        assert (reply.ok, reply.code) == (False, "no_such_session")
        assert part in reply.text


async def test_a_frame_that_cannot_be_read_is_answered_under_its_id(world: World):
    desk = await world.on_duty()
    reply = await desk.ask("say", sesion="s_1", text="오타")
    assert reply.code == "malformed"
    await desk.send("nonsense")
    assert desk.last(view.Bye).code == "malformed"


async def test_typing_reaches_the_other_side_and_is_kept_nowhere(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    heard: list[tuple[str, bool]] = []
    end = world.hub.subscribe(session, lambda commit: None, lambda role, on: heard.append((role, on)))
    before = world.store.reads.last_position()
    await desk.send("typing", session=session, on=True)
    world.hub.typing(session, "citizen", True)
    end()
    assert heard == [("counselor", True), ("citizen", True)]
    assert [(f.session, f.on) for f in desk.all(view.TypingNow)] == [(session, True)]
    assert world.store.reads.last_position() == before


async def test_a_ticket_form_comes_prefilled_and_its_progress_is_shown(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk, "강남구 역삼동 123-4 앞 가로등이 꺼졌어요")
    form = (await desk.done("ticket_prefill", session=session, item=item)).data["form"]
    assert (form["category"], form["place"]) == ("road", "강남구 역삼동 123-4 앞")
    reply = await desk.done("ticket_file", session=session, item=item, form=form)
    (ticket,) = desk.last(view.Session).tickets
    assert (ticket.handoff, ticket.stage) == (reply.data["handoff"], "COMMITTED")


async def test_a_ticket_that_came_back_can_be_mended_by_its_author_after_wrap_up(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk, "강남구 역삼동 123-4 앞 가로등이 꺼졌어요")
    form = (await desk.done("ticket_prefill", session=session, item=item)).data["form"]
    form |= {"summary": "가로등 고장", "contact": "010-1111-2222"}
    handoff = (await desk.done("ticket_file", session=session, item=item, form=form)).data["handoff"]
    await desk.done("release", session=session, item=item)
    await desk.done("wrap", session=session, item=item, disposition="ticket", category="road")
    assert desk.last(view.Gone).session == session
    world.ticket(handoff, "rejected", fields=("address",))
    await world.settle()
    shown = desk.last(view.Session)
    assert (shown.mine, shown.tickets[0].stage) == ("", "REJECTED")
    assert {"ticket_amend", "ticket_prefill"} <= set(shown.can)
    as_filed = (await desk.done("ticket_prefill", session=session, item=item)).data["form"]
    assert as_filed == {**form, "photos": []}
    await desk.done("ticket_amend", handoff=handoff, form={**form, "place": "강남구 역삼동 123-4"})
    assert desk.last(view.Gone).session == session


async def test_a_dead_letter_reaches_supervisors_and_only_they_may_release_it(world: World):
    desk = await world.on_duty()
    world.counselor("boss", "정팀장", roles=("counselor", "supervisor"))
    boss = world.desk()
    await boss.hello("boss")
    session, item = await world.serving(desk, "강남구 역삼동 123-4 앞 가로등이 꺼졌어요")
    form = (await desk.done("ticket_prefill", session=session, item=item)).data["form"]
    handoff = (await desk.done("ticket_file", session=session, item=item, form=form)).data["handoff"]
    world.ticket(handoff, "refused")
    await world.settle()
    shown = boss.last(view.Session)
    assert (shown.session, shown.tickets[0].stage) == (session, "DEAD_LETTER")
    assert {"ticket_release", "ticket_retry"} <= set(shown.can)
    assert (await desk.ask("ticket_release", handoff=handoff, reason="전화로 접수")).code == "not_supervisor"
    await boss.done("ticket_release", handoff=handoff, reason="전화로 접수")
    assert boss.last(view.Gone).session == session


async def test_a_ticket_that_no_counselor_filed_and_that_came_back_is_the_supervisors(world: World):
    session = world.say("강남구 역삼동 123-4 앞 가로등이 꺼졌어요")
    await world.later(1801)  # nobody was there, and her words were filed
    world.counselor("boss", "정팀장", roles=("counselor", "supervisor"))
    boss = world.desk()
    await boss.hello("boss")
    desk = await world.on_duty()
    ((handoff, _),) = world.hub.index.session(session).handoffs
    world.ticket(handoff, "rejected", fields=("address",))
    await world.settle()
    shown = boss.last(view.Session)
    assert (shown.session, shown.tickets[0].stage) == (session, "REJECTED")
    assert {"ticket_amend", "ticket_withdraw", "ticket_release"} <= set(shown.can)
    assert not desk.all(view.Session)
    await boss.done("ticket_withdraw", handoff=handoff, reason="전화로 접수")
    assert boss.last(view.Gone).session == session


async def test_a_console_that_says_nothing_is_told_why_it_is_closed(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("dasan.server.desk.console.HELLO_S", 0.01)
    desk = world.desk()
    async with asyncio.timeout(5):
        while desk.wire.closed is None:  # noqa: ASYNC110 - the loop's own timer is waited for
            await asyncio.sleep(0)
    bye = desk.last(view.Bye)
    assert (bye.code, desk.wire.closed[1]) == ("no_hello", "no_hello")
    assert "인사가 없어" in bye.text


async def test_a_frame_beyond_the_limit_is_answered_under_its_id_and_the_console_lives(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    refused = await desk.ask("say", session=session, text="가" * 30_000)
    assert (refused.ok, refused.code) == (False, "frame_too_big")
    assert "64KB" in refused.text
    await desk.done("say", session=session, text="구청에서 신청합니다.")


async def test_a_photo_opens_for_whoever_may_read_its_session_wherever_it_stands(world: World):
    desk = await world.on_duty()
    session, _ = await world.serving(desk)
    leg = world.hub.index.session(session).live_leg
    world.as_citizen(c.ReceivePhoto(session, leg.id, "b_early", "photo-0001"))
    for n in range(450):
        world.as_citizen(c.ReceiveText(session, leg.id, f"줄 {n}", f"line-{n:04d}x"))
    await world.settle()
    assert "/desk/photos/" in (await desk.done("photo", session=session, photo="b_early")).data["url"]
    assert (await desk.ask("photo", session=session, photo="b_other")).code == "no_such_entry"
    assert (await desk.ask("photo", session=session, photo="")).code in {"malformed", "no_such_entry"}


async def test_what_was_asked_while_it_was_hers_is_not_answered_when_it_no_longer_is(world: World):
    desk = await world.on_duty()
    session, item = await world.serving(desk)
    world.counselor("boss", "정팀장", roles=("counselor", "supervisor"))
    boss = world.desk()
    await boss.hello("boss")
    desk.raw(json.dumps({"t": "older", "id": "older-0001", "session": session, "before": 9}))
    await asyncio.sleep(0)  # it is being read
    world.gate.handle(c.Envelope(boss.console.principal, "", c.TakeOver(session, item)))
    await world.settle()
    assert next(f for f in desk.all(view.Reply) if f.id == "older-0001").code == "not_yours"
