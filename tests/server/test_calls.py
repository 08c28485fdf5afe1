"""A call on the console's real protocol: what is shown of it, what may be done, and what the suggestions hear."""

from __future__ import annotations

import pytest

from agent_tui.state import DeskState
from dasan.core import commands as c
from dasan.core.errors import sentence
from dasan.timers import tick
from dasan.wire import desk_views as view
from dasan.wire.call_views import Callbacks, Partial
from tests.server.phoning import SWITCHBOARD, call_in, rung, shown, talking, tell
from tests.server.test_supervision import boss_at
from tests.server.world import Desk, World


async def test_a_call_is_shown_with_its_parties_and_clocks(world: World) -> None:
    session = call_in(world).id
    world.clock.us += 24_000_000
    kim = await world.on_duty()
    offer = kim.last(view.Me).offers[0]
    assert (offer.channel, offer.session) == ("voice", session)
    await kim.done("accept", offer=offer.offer, session=session)
    assert shown(kim, session).item.state == "CONNECTING"
    assert "opened" not in shown(kim, session).can
    rung(world, session)
    await world.settle()
    s = shown(kim, session)
    assert (s.item.state, s.mine, s.channel, s.call.caller) == ("ACTIVE", "live", "voice", "e164")
    assert [(p.role, p.name, p.joined, p.mine) for p in s.call.parties] == [
        ("CITIZEN", "", True, False),
        ("COUNSELOR", "김상담", True, True),
    ]
    assert s.call.talk_since == world.clock.us
    assert s.call.waited_s == 24
    assert (s.waiting_since, s.item.reply_by) == (0, 0)
    assert "+8210" not in "\n".join(frame.model_dump_json() for frame in kim.wire.frames)


async def test_the_number_she_calls_from_is_masked_and_unmasked_for_a_reason(world: World) -> None:
    kim = await world.on_duty()
    session, _ = await talking(world, kim)
    assert shown(kim, session).citizen.contact == "010-****-5678"
    reply = await kim.done("unmask", session=session, field="contact", reason="회신 약속")
    assert reply.data["value"] == "01012345678"


async def test_hold_and_its_end(world: World) -> None:
    kim = await world.on_duty()
    session, item = await talking(world, kim)
    world.clock.us += 5_000_000
    await kim.done("hold", session=session, item=item)
    s = shown(kim, session)
    assert (s.item.state, s.call.held_since) == ("HELD", world.clock.us)
    assert "unhold" in s.can
    assert s.cannot["hold"]
    await kim.done("unhold", session=session, item=item)
    assert shown(kim, session).call.held_since == 0


async def test_nothing_is_written_to_a_citizen_on_the_telephone(world: World) -> None:
    kim = await world.on_duty()
    session, _ = await talking(world, kim)
    s = shown(kim, session)
    assert "say" not in s.can
    assert s.cannot["say"] == sentence("no_text_in_call", "ko")
    await kim.done("note", session=session, text="신분증 없음")


async def test_muting_is_seen_when_it_is_true(world: World) -> None:
    kim = await world.on_duty()
    session, _ = await talking(world, kim)
    mine = next(p for p in shown(kim, session).call.parties if p.mine)
    await kim.done("mute", session=session, leg=mine.leg, muted=True)
    assert next(p for p in shown(kim, session).call.parties if p.mine).muted


async def test_a_consult_is_shown_to_both_and_ends_as_either_wishes(world: World) -> None:
    kim, lee = await world.on_duty(), await world.on_duty("lee", shown="이상담", general=1)
    session, item = await talking(world, kim)
    asked = await kim.done("consult", session=session, item=item, counselor=world.people.named("lee").id)
    await world.settle()
    s = shown(kim, session)
    assert (s.call.consult.kind, s.call.consult.name, s.call.consult.ready) == ("counselor", "이상담", False)
    assert s.call.held_since
    assert s.cannot["consult_complete"] == sentence("consult_waits", "ko")
    offer = lee.last(view.Me).offers[0]
    await lee.done("accept", offer=offer.offer, session=session)
    rung(world, session)
    await world.settle()
    assert shown(kim, session).call.consult.ready
    hers = shown(lee, session)
    assert (hers.call.asked_by, hers.item.item) == ("김상담", asked.data["item"])
    assert "consult_end" in hers.can
    assert not {"hold", "transfer", "release", "hand_over", "abuse", "consult_complete"} & set(hers.can)
    await kim.done("consult_join", session=session, item=item)
    assert shown(kim, session).call.consult.joined
    assert shown(kim, session).call.held_since == 0
    await lee.done("consult_end", session=session, item=hers.item.item)
    await world.settle()
    assert shown(kim, session).call.consult is None
    assert shown(kim, session).item.state == "ACTIVE"


async def test_a_warm_transfer_leaves_the_citizen_with_whom_she_talks(world: World) -> None:
    kim, lee = await world.on_duty(), await world.on_duty("lee", shown="이상담", general=1)
    session, item = await talking(world, kim)
    await kim.done("consult", session=session, item=item, counselor=world.people.named("lee").id)
    await world.settle()
    await lee.done("accept", offer=lee.last(view.Me).offers[0].offer, session=session)
    rung(world, session)
    await world.settle()
    await kim.done("consult_complete", session=session, item=item)
    await world.settle()
    assert shown(kim, session).mine == "wrapping"
    taken = shown(lee, session)
    assert (taken.mine, taken.item.state, taken.call.asked_by) == ("live", "ACTIVE", "")
    assert {"hold", "transfer", "release"} <= set(taken.can)


async def test_a_line_is_rung_with_place_and_summary_and_named_by_the_directory(world: World) -> None:
    kim = await world.on_duty()
    session, item = await talking(world, kim)
    assert [line.code for line in kim.welcome.centre.lines][:2] == ["119", "112"]
    assert next(line for line in kim.welcome.centre.lines if line.code == "care").rings is False
    reply = await kim.ask("hand_over", session=session, item=item, line="119")
    assert reply.code == "place_needed"
    await kim.done("hand_over", session=session, item=item, line="119", place="시청역 2번 출구", summary="쓰러짐")
    line = shown(kim, session).call.parties[-1]
    assert (line.role, line.name, line.state) == ("THIRD_PARTY", "119 소방·구급", "NEW")
    rung(world, session)
    await world.settle()
    assert shown(kim, session).mine == "wrapping"


async def test_a_chat_is_handed_to_a_line_as_well(world: World) -> None:
    kim = await world.on_duty()
    session, item = await world.serving(kim)
    assert "hand_over" in shown(kim, session).can
    await kim.done("hand_over", session=session, item=item, line="1330")
    await world.settle()
    assert any(e.code == "line_card" for e in kim.all(view.Entry))


async def test_the_warning_is_counted_and_the_end_for_abuse_leaves_a_strike_that_the_next_call_shows(
    world: World,
) -> None:
    kim = await world.on_duty()
    session, item = await talking(world, kim)
    await kim.done("warn", session=session, item=item)
    assert shown(kim, session).call.warned == 1
    await kim.done("abuse", session=session, item=item, kind="verbal")
    await world.settle()
    assert shown(kim, session).mine == "wrapping"
    await kim.done("wrap", session=session, item=item, disposition="abuse", category="general")
    again, _ = await talking(world, kim)
    assert again != session
    assert shown(kim, again).call.strikes == 1


@pytest.mark.parametrize("t", ["hold", "mute", "consult", "warn", "abuse", "recording", "consult_end"])
async def test_in_a_chat_what_belongs_to_calls_is_refused_with_its_reason(world: World, t: str) -> None:
    kim = await world.on_duty()
    session, _ = await world.serving(kim)
    assert t not in shown(kim, session).can
    assert shown(kim, session).cannot[t] == sentence("calls_only", "ko")


async def test_what_is_shown_after_many_turns_is_what_a_fresh_console_sees(world: World) -> None:
    kim, lee = await world.on_duty(), await world.on_duty("lee", shown="이상담", general=1)
    session, item = await talking(world, kim)
    consult = {"counselor": world.people.named("lee").id}
    for t, more in (("hold", {}), ("unhold", {}), ("warn", {}), ("consult", consult)):
        await kim.done(t, session=session, item=item, **more)
    await world.settle()
    await lee.done("accept", offer=lee.last(view.Me).offers[0].offer, session=session)
    rung(world, session)
    tell(world, c.HearSpeech(session, world.hub.index.session(session).legs[0].id, "여권을 잃어버렸어요"))
    await world.settle()
    followed = DeskState()
    for frame in kim.wire.frames:
        if not isinstance(frame, view.Reply | view.Bye):
            followed.apply(frame, 0)
    again = world.desk()
    await again.hello("kim")
    fresh = next(s for s in again.welcome.sessions if s.session == session)
    mine = followed.talks[session].session
    moved = {"seq": 0, "prev": 0, "last_n": 0, "last_at": 0, "read_n": 0}
    assert mine.model_copy(update=moved) == fresh.model_copy(update=moved)


# -- speech


def say(world: World, session: str, text: str, party: int | None = None) -> None:
    s = world.hub.index.session(session)
    leg = s.legs[-1] if party is None else s.parties[party]
    tell(world, c.HearSpeech(session, leg.id, text))


async def test_speech_becomes_lines_of_both_and_asks_the_knowledge_base(world: World) -> None:
    kim = await world.on_duty()
    session, _ = await talking(world, kim)
    say(world, session, "네, 말씀하세요", 0)
    say(world, session, "여권을 잃어버렸어요. 제 번호는 010-1234-5678이에요")
    await world.settle()
    lines = [e for e in kim.all(view.Entry) if e.kind == "speech"]
    assert [(e.who, e.mine, e.name) for e in lines] == [("counselor", True, "김상담"), ("citizen", False, "")]
    assert "1234" not in lines[1].text
    assert [hit.article for hit in kim.last(view.Suggest).hits] == ["a-passport"]
    assert world.shelf.asked[-1][1][-1].startswith("여권을 잃어버렸어요")


async def test_what_is_not_final_is_passed_on_a_few_times_a_second_masked_and_kept_nowhere(world: World) -> None:
    kim = await world.on_duty()
    session, _ = await talking(world, kim)
    s = world.hub.index.session(session)
    for text in ("제 번", "제 번호는", "제 번호는 010-1234-5678"):
        world.house.partials.heard(session, s.legs[0].id, text)
    world.house.partials.heard(session, s.parties[0].id, "네\x1b]0;x\x07 말씀하세요")
    world.house.partials.heard(session, "l_stranger", "누구")
    world.house.partials.pressed(session, s.legs[0].id, "12#")
    kim.console.book._tell_pieces()
    pieces = kim.all(Partial)
    assert [(p.who, p.name, p.kind) for p in pieces] == [
        ("citizen", "", "speech"),
        ("counselor", "김상담", "speech"),
        ("citizen", "", "keys"),
    ]
    assert pieces[2].text == "1 2 #"
    assert "1234" not in pieces[0].text
    assert pieces[1].text == "네 말씀하세요"
    assert world.hub.index.session(session).entry_n == s.entry_n
    assert not world.shelf.asked or "제 번호" not in str(world.shelf.asked[-1])


async def test_pieces_reach_nobody_who_may_not_read(world: World) -> None:
    kim, lee = await world.on_duty(), await world.on_duty("lee", general=1)
    boss = await boss_at(world)
    session, _ = await talking(world, kim)
    leg = world.hub.index.session(session).legs[0].id
    world.house.partials.heard(session, leg, "비밀")
    for desk in (kim, lee, boss):
        desk.console.book._tell_pieces() if desk.console.book._pieces else None
    assert kim.all(Partial)
    assert not lee.all(Partial)
    assert not boss.all(Partial)


async def test_a_wrap_up_and_a_ticket_are_filled_from_speech(world: World) -> None:
    kim = await world.on_duty()
    session, item = await talking(world, kim)
    say(world, session, "역삼로 1길에 가로등이 꺼졌어요")
    await world.settle()
    form = (await kim.done("ticket_prefill", session=session, item=item)).data["form"]
    assert "가로등" in form["description"]


# -- a supervisor's ears


async def test_a_supervisor_hears_a_call_in_steps_and_only_while_she_looks(world: World) -> None:
    kim, boss = await world.on_duty(), await boss_at(world)
    session, _ = await talking(world, kim)
    await boss.done("floor", on=True)
    row = boss.last(view.Floor).sessions[0]
    assert (row.call, row.doing, row.trouble) == (True, "", "")
    reply = await boss.ask("ear", session=session, ear="LISTEN")
    assert (reply.ok, reply.code) == (False, "not_looking")
    await boss.done("look", session=session)
    assert "ear" in shown(boss, session).can
    await boss.done("ear", session=session, ear="LISTEN")
    rung(world, session)
    await world.settle()
    mine = next(p for p in shown(boss, session).call.parties if p.mine)
    assert (mine.role, mine.ear) == ("SUPERVISOR", "LISTEN")
    assert all(p.role != "SUPERVISOR" for p in shown(kim, session).call.parties)
    await boss.done("ear", session=session, ear="WHISPER")
    whispering = next(p for p in shown(kim, session).call.parties if p.role == "SUPERVISOR")
    assert (whispering.name, whispering.ear) == ("정감독", "WHISPER")
    await boss.done("ear", session=session, ear="BARGE")
    assert shown(boss, session).look == "BARGE"
    await boss.done("look_away", session=session)
    await world.settle()
    assert all(p.role != "SUPERVISOR" or p.state == "ENDED" for p in shown(kim, session).call.parties)


async def test_a_counselor_has_no_ears_for_the_calls_of_others(world: World) -> None:
    kim, lee = await world.on_duty(), await world.on_duty("lee", general=1)
    session, _ = await talking(world, kim)
    reply = await lee.ask("ear", session=session, ear="LISTEN")
    assert not reply.ok
    assert (reply.code, reply.text) == ("not_supervisor", sentence("not_supervisor", "ko"))


# -- telephones, and being called back


async def test_a_counselor_chooses_her_telephone_inside_the_centre_only(world: World) -> None:
    kim = await world.on_duty()
    number = kim.last(view.Me).number
    assert kim.last(view.Me).phone == f"client:c{number}"
    assert (await kim.done("phone", phone="app:desk7")).data["phone"] == "app:desk7"
    assert kim.last(view.Me).phone == "app:desk7"
    assert world.people.named("kim").phone == "app:desk7"
    assert world.house.phones.endpoint(world.people.named("kim").id) == "app:desk7"
    for phone, code in (
        ("+821099998888", "not_supervisor"),
        ("sip:7@elsewhere", "not_supervisor"),
        ("120", "bad_phone"),
    ):
        reply = await kim.ask("phone", phone=phone)
        assert reply.code == code
    assert (await kim.done("phone", phone="")).data["phone"] == f"client:c{number}"


async def test_a_supervisor_may_be_rung_outside(world: World) -> None:
    boss = await boss_at(world)
    await boss.done("phone", phone="sip:101@pbx.seoul.go.kr")
    assert boss.last(view.Me).phone == "sip:101@pbx.seoul.go.kr"


async def test_whoever_takes_no_part_gets_no_view_of_a_call(world: World) -> None:
    kim, lee = await world.on_duty(), await world.on_duty("lee", general=1)
    session, item = await talking(world, kim)
    for t, more in (
        ("hold", {"item": item}),
        ("mute", {"leg": "l_x", "muted": True}),
        ("consult", {"item": item, "queue": "general"}),
        ("hand_over", {"item": item, "line": "1330"}),
        ("drop", {"leg": "l_x"}),
        ("warn", {"item": item}),
        ("abuse", {"item": item, "kind": "threat"}),
        ("recording", {"state": "paused"}),
    ):
        reply = await lee.ask(t, session=session, **more)
        assert not reply.ok, t
        assert reply.text
    assert not [f for f in lee.all(view.Session) if f.session == session]
    assert isinstance(lee, Desk)


async def test_a_callback_is_offered_rung_and_becomes_a_call(world: World) -> None:
    kim = await world.on_duty()
    session, item = await talking(world, kim)
    due = (await kim.done("callback_ask", session=session)).data["due_us"]
    tell(world, c.LegFact(session, world.hub.index.session(session).legs[-1].id, "ended", cause="normal"))
    await world.settle()
    await kim.done("wrap", session=session, item=item, disposition="answered", category="general")
    world.clock.us = due
    for stream, when in world.timers.due(world.clock.us):
        world.gate.now(tick(stream, when))
    await world.settle()
    offer = kim.last(view.Me).offers[0]
    assert (offer.channel, offer.session) == ("callback", session)
    await kim.done("accept", offer=offer.offer, session=session)
    assert "opened" not in shown(kim, session).can
    rung(world, session, citizen=False)  # her own telephone first; the citizen is rung when she stands in the room
    await world.settle()
    s = shown(kim, session)
    assert [(p.role, p.state) for p in s.call.parties] == [("CITIZEN", "NEW"), ("COUNSELOR", "CONNECTED")]
    await kim.done("callbacks", on=True)
    row = kim.last(Callbacks).rows[0].model_dump()
    assert (row["state"], row["attempts"], row["whose"]) == ("DIALING", 1, "김상담")
    citizen = world.hub.index.session(session).legs[-1]
    tell(world, c.DialLeg(session, citizen.id), SWITCHBOARD)
    rung(world, session)
    await world.settle()
    s = shown(kim, session)
    assert (s.item.state, s.channel, len(s.call.parties)) == ("ACTIVE", "voice", 2)
    assert {"hold", "consult", "hand_over", "callback_ask"} <= set(s.can)
