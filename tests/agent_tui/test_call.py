"""A counselor on the telephone: each control in as few keys as it deserves, and no speech in the way of her hands."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from agent_tui.screens.handing import HandPanel
from agent_tui.screens.panel import Menu
from agent_tui.screens.transfer import TransferPanel
from agent_tui.widgets.callbar import CallBar
from agent_tui.widgets.transcript import Transcript
from dasan.wire import desk_views as view
from tests.agent_tui.call_centre import CallCentre
from tests.agent_tui.fake_server import HITS, SECOND
from tests.agent_tui.stage import Stage, at_the_desk, painted


async def in_a_call(centre: CallCentre, stage: Stage, **more: object) -> str:
    session = await centre.ring("박OO", **more)  # type: ignore[arg-type]
    await stage.until(lambda: stage.desk.current == session)
    await stage.seen("통화 중")
    stage.presses = 0
    return session


# -- keys, counted


async def test_hold_is_one_key_and_so_is_its_end() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        session = await in_a_call(centre, stage)
        await stage.press("f6")
        await stage.seen("F6 보류 해제")
        assert [c.session for c in stage.sent("hold")] == [session]
        assert "민원인(보류)" in painted(stage.app)
        await stage.press("f6")
        await stage.until(lambda: stage.sent("unhold"))
        assert stage.presses == 2


async def test_a_transfer_is_two_keys_besides_the_name() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        await in_a_call(centre, stage)
        await stage.press("f7")
        await stage.until(lambda: isinstance(stage.app.screen, TransferPanel))
        stage.app.screen.query_one("#filter").insert_text_at_cursor("이상")
        await stage.pilot.pause()
        await stage.press("enter")
        await stage.until(lambda: stage.sent("transfer"))
        assert stage.sent("transfer")[0].counselor == "k_lee"
        assert stage.presses <= 3


async def test_a_consult_is_two_keys_besides_the_name_and_each_of_its_ends_is_one() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        session = await in_a_call(centre, stage)
        await stage.press("f8")
        await stage.until(lambda: isinstance(stage.app.screen, TransferPanel))
        stage.app.screen.query_one("#filter").insert_text_at_cursor("이상")
        await stage.pilot.pause()
        await stage.press("enter")
        await stage.seen("이상담 부르는 중")
        assert stage.presses <= 3
        asked = stage.sent("consult")[0]
        assert (asked.counselor, asked.queue, asked.line) == ("k_lee", "", "")
        await stage.press("f7")  # she has not answered yet: nobody is left alone
        await stage.seen("협의 상대가 아직 받지 않았습니다.")
        assert not stage.sent("consult_complete")
        await centre.answers(session)
        await stage.seen("이상담 통화 중")
        await stage.press("f8")
        await stage.seen("3자 통화")
        await stage.press("f8")
        await stage.seen("이상담 통화 중")
        assert [c.joined for c in stage.sent("consult_join")] == [True, False]
        stage.presses = 0
        await stage.press("f7")
        await stage.until(lambda: stage.sent("consult_complete"))
        await stage.until(lambda: stage.app.state.talks[session].mine == "wrapping")
        assert stage.presses == 1


async def test_back_to_the_citizen_alone_is_one_key() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        await in_a_call(centre, stage)
        await stage.press("f8")
        await stage.until(lambda: isinstance(stage.app.screen, TransferPanel))
        await stage.press("enter")
        await stage.seen("일반 상담 부르는 중")
        await stage.press("f6")
        await stage.until(lambda: stage.sent("consult_end"))
        await stage.seen("F6 보류")


async def test_119_is_at_most_four_keys_away_with_place_and_summary() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        session = await in_a_call(centre, stage)
        await centre.speech(session, "사람이 쓰러졌어요")
        await stage.seen("사람이 쓰러졌어요")
        await stage.press("ctrl+d")
        await stage.until(lambda: isinstance(stage.app.screen, HandPanel))
        await stage.press("enter", "enter")  # the line, the place as it was told
        await stage.until(lambda: stage.sent("hand_over"))
        assert stage.presses <= 4
        handed = stage.sent("hand_over")[0]
        assert (handed.line, handed.place, handed.summary) == ("119", "역삼로 1길", "사람이 쓰러졌어요")
        await stage.seen("119 소방·구급(울리는 중)")


async def test_a_chat_is_handed_over_in_the_same_way_and_from_the_transfer_too() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("최OO", "도와주세요")
        await centre._change(session, can=("say", "transfer", "hand_over"))
        await stage.until(lambda: stage.desk.talk and stage.desk.talk.can("hand_over"))
        await stage.press("f7")
        await stage.until(lambda: isinstance(stage.app.screen, TransferPanel))
        stage.app.screen.query_one("#filter").insert_text_at_cursor("1330")
        await stage.pilot.pause()
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, HandPanel))
        await stage.press("enter")
        await stage.until(lambda: stage.sent("hand_over"))
        assert stage.sent("hand_over")[0].line == "1330"
        assert not stage.sent("transfer")


async def test_a_line_that_asks_for_the_place_does_not_go_without_it() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("최OO", "도와주세요")
        await centre._change(session, can=("say", "hand_over"))
        await stage.until(lambda: stage.desk.talk and stage.desk.talk.can("hand_over"))
        await stage.press("ctrl+d")
        await stage.until(lambda: isinstance(stage.app.screen, HandPanel))
        await stage.press("enter", "enter")
        await stage.seen("민원인이 있는 곳을 알려야 합니다")
        assert not stage.sent("hand_over")
        stage.app.screen.query_one("#place").insert_text_at_cursor("시청역 2번 출구")
        await stage.press("enter")
        await stage.until(lambda: stage.sent("hand_over"))
        assert stage.sent("hand_over")[0].place == "시청역 2번 출구"


async def test_the_warning_is_one_key_and_the_end_asks_once() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        await in_a_call(centre, stage)
        await stage.press("ctrl+y")
        await stage.seen("경고 1회")
        assert stage.presses == 1
        await stage.press("ctrl+w")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press("escape")
        assert not stage.sent("abuse")
        await stage.press("ctrl+w")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press("down", "enter")
        await stage.until(lambda: stage.sent("abuse"))
        assert stage.sent("abuse")[0].kind == "threat"


async def test_muting_is_one_key_and_shows_on_the_bar() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        await in_a_call(centre, stage)
        await stage.press("ctrl+u")
        await stage.seen("나(음소거)")
        await stage.seen("Ctrl+U 음소거 해제")
        await stage.press("ctrl+u")
        await stage.until(lambda: [c.muted for c in stage.sent("mute")] == [True, False])


async def test_the_talk_is_ended_as_any_other() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        session = await in_a_call(centre, stage)
        await stage.press("ctrl+e", "ctrl+e")
        await stage.until(lambda: stage.sent("release"))
        await stage.until(lambda: stage.app.state.talks[session].mine == "wrapping")
        await stage.until(lambda: not stage.desk.query_one(CallBar).display)


async def test_somebody_else_in_the_call_can_be_let_go() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        session = await in_a_call(centre, stage)
        await stage.press("ctrl+d")
        await stage.until(lambda: isinstance(stage.app.screen, HandPanel))
        await stage.press("down", "down", "enter")
        await stage.seen("1330 관광통역안내(울리는 중)")
        await centre.answers(session)
        stage.desk.action_do("party")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press("down", "enter")
        await stage.until(lambda: stage.sent("drop"))
        assert stage.sent("drop")[0].leg == "l_line"


async def test_a_card_number_is_not_recorded() -> None:
    centre = CallCentre()
    async with at_the_desk(centre, (200, 50)) as stage:
        await in_a_call(centre, stage, recording="on")
        await stage.seen("Ctrl+] 녹음 멈춤")
        await stage.press("ctrl+right_square_bracket")
        await stage.seen("[녹음 멈춤]")
        await stage.seen("Ctrl+] 녹음 계속")
        await stage.press("ctrl+right_square_bracket")
        await stage.until(lambda: [c.state for c in stage.sent("recording")] == ["paused", "on"])
        assert stage.presses == 2


@pytest.mark.parametrize("where", ["another session", "a panel", "mid-sentence"])
async def test_the_recording_is_paused_with_one_key_from_wherever_she_is(where: str) -> None:
    centre = CallCentre()
    async with at_the_desk(centre, (80, 24)) as stage:
        call = await in_a_call(centre, stage, recording="on")
        if where == "another session":
            chat = await centre.live("최OO", "분리수거 요일")
            await stage.until(lambda: stage.app.state.talk(chat))
            stage.desk.select(chat)
            await stage.seen("Ctrl+] 녹음 멈춤")
        elif where == "a panel":
            await stage.press("f7")
            await stage.until(lambda: isinstance(stage.app.screen, TransferPanel))
        else:
            await stage.write("신분증")
        await stage.press("ctrl+right_square_bracket")
        await stage.until(lambda: stage.sent("recording"))
        assert (stage.sent("recording")[0].session, stage.sent("recording")[0].state) == (call, "paused")
        assert stage.desk.composer.text == ("신분증" if where == "mid-sentence" else "")


async def test_without_a_recording_its_key_says_why_it_does_nothing() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        await stage.press("ctrl+right_square_bracket")
        await stage.seen(stage.app.say("why.no_call"))
        assert not stage.sent("recording")


async def test_with_another_line_in_the_call_the_third_party_key_mutes_it_or_lets_it_go() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        session = await in_a_call(centre, stage)
        await stage.press("ctrl+d")
        await stage.until(lambda: isinstance(stage.app.screen, HandPanel))
        await stage.press("down", "down", "enter")
        await stage.seen("F8 참가자")
        await centre.answers(session)
        stage.presses = 0
        await stage.press("f8")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press("enter")
        await stage.seen("1330 관광통역안내(음소거)")
        assert stage.presses == 2
        await stage.press("f8")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press("down", "enter")
        await stage.until(lambda: stage.sent("drop"))
        await stage.seen("F8 협의")


async def test_every_word_of_the_bar_can_be_clicked() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        await in_a_call(centre, stage)
        bar = stage.desk.query_one(CallBar)
        row, start, _, action = next(spot for spot in bar._spots if spot[3] == "hold")
        assert action == "hold"
        await stage.pilot.click(CallBar, offset=(start, row))
        await stage.until(lambda: stage.sent("hold"))


# -- writing, reading, and other sessions


async def test_what_is_written_in_a_call_is_a_note_and_says_so() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        await in_a_call(centre, stage)
        await stage.seen("통화 중에 쓴 글은 메모입니다")
        await stage.seen("Enter 메모 저장 (동료만 봅니다)")
        await stage.write("신분증 없음")
        await stage.press("enter")
        await stage.until(lambda: stage.sent("note"))
        assert stage.sent("note")[0].text == "신분증 없음"
        assert not stage.sent("say")
        assert not centre.typing


async def test_a_suggestion_is_first_read_aloud_and_then_put_into_the_note() -> None:
    centre = CallCentre()
    async with at_the_desk(centre, (132, 50)) as stage:
        session = await in_a_call(centre, stage)
        await centre.speech(session, "여권을 잃어버렸어요")
        await centre.suggest(session)
        await stage.seen("여권 발급 기관 찾기")
        await stage.press("f3")
        await stage.seen("서울의 모든 구청에서")
        assert stage.desk.composer.text == ""
        await stage.press("f3")
        assert stage.desk.composer.text == HITS[1].answer


async def test_a_call_that_rings_never_takes_the_keys_from_a_half_written_answer() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        chat = await centre.live("최OO", "분리수거 요일이 궁금합니다")
        await stage.until(lambda: stage.desk.current == chat)
        await stage.write("목요일")
        offer = view.Offer(
            offer="o_call", session="s_call", item="w_call", number=1, channel="voice", queue="traffic",
            queue_name="교통·주차", waiting_since=centre.now - 9 * SECOND, deadline=centre.now + 20 * SECOND,
        )  # fmt: skip
        await centre._me(offers=(offer,))
        await stage.seen("문의: 음성")
        await stage.seen("F5 Enter 수락")
        assert stage.desk.composer.has_focus
        await stage.press("enter")
        await stage.until(lambda: stage.sent("say"))
        assert not stage.sent("accept")
        await stage.seen("Enter 수락")
        await stage.press("enter")
        await stage.until(lambda: stage.sent("accept"))


async def test_a_call_begins_on_the_telephone_and_not_by_the_screen() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        session = await in_a_call(centre, stage)
        item = centre._item(session, "CONNECTING")
        await centre._change(session, item=item)
        await stage.seen("연결 중")
        await stage.pilot.pause(0.2)
        assert not stage.sent("opened")


async def test_the_call_stays_in_sight_while_a_chat_is_open_and_one_key_goes_back() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        call = await in_a_call(centre, stage)
        chats = [await centre.live(f"{name}OO", "안녕하세요") for name in "최이한"]
        await stage.until(lambda: len(stage.app.state.talks) == 4)
        stage.desk.select(chats[0])
        await stage.until(lambda: stage.desk.query_one(CallBar).size.height == 1)
        await stage.seen("Ctrl+A 통화로")
        assert painted(stage.app).split("\n")[1].startswith(" 음 박OO")
        assert "통화 중" in painted(stage.app).split("\n")[1]
        await stage.press("ctrl+a")
        await stage.until(lambda: stage.desk.current == call)
        first = stage.desk.query_one("#sessions")
        assert first is not None
        assert stage.desk.composer.has_focus


async def test_speech_moves_neither_what_is_read_nor_what_is_written() -> None:
    centre = CallCentre()
    async with at_the_desk(centre, (110, 32)) as stage:
        session = await in_a_call(centre, stage)
        for n in range(60):
            await centre.speech(session, f"{n}번째 말입니다")
        await stage.seen("59번째")
        await stage.write("쓰던 메모")
        await stage.press("pageup")
        transcript = stage.desk.query_one(Transcript)
        at = transcript.scroll_y
        for n in range(10):
            await centre.saying(session, "지금 하는 말 " * n)
            await centre.speech(session, f"새 말 {n}")
        await stage.seen("새 메시지 10")
        assert transcript.scroll_y == at
        assert stage.desk.composer.text == "쓰던 메모"
        assert stage.desk.composer.has_focus


async def test_what_is_being_said_replaces_itself_and_what_was_said_stays() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        session = await in_a_call(centre, stage)
        for piece in ("강남", "강남구", "강남구요. 수수료"):
            await centre.saying(session, piece)
        await centre.saying(session, "네, 확인하겠습니다", "l_kim", "counselor", "김상담")
        await stage.seen("민원인 말하는 중: 강남구요. 수수료")
        await stage.seen("김상담 말하는 중: 네, 확인하겠습니다")
        assert painted(stage.app).count("말하는 중") == 2
        await centre.speech(session, "강남구요. 수수료도 알려주세요.")
        await stage.seen("민원인   강남구요. 수수료도 알려주세요.")
        await stage.until(lambda: "민원인 말하는 중" not in painted(stage.app))
        assert "김상담 말하는 중" in painted(stage.app)
        await centre.saying(session, "", "l_kim", "counselor", "김상담")
        await stage.until(lambda: "말하는 중" not in painted(stage.app))


async def test_keys_that_the_caller_pressed_are_shown() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        session = await in_a_call(centre, stage)
        await centre.saying(session, "네")
        await centre.saying(session, "1 2 #", kind="keys")
        await stage.seen("민원인 [번호판] 1 2 #")
        await stage.seen("민원인 말하는 중: 네")
        await centre.citizen(session, "4 5", kind="keys")
        await stage.seen("민원인   [번호판] 4 5")


async def test_hostile_speech_and_names_leave_the_call_standing() -> None:
    centre = CallCentre()
    bad = "\x1b]52;c;eA==\x07[@click=app.quit]눌러[/] [/] \x9b31m \u202e뒤집기"
    async with at_the_desk(centre, (200, 50)) as stage:
        session = await in_a_call(centre, stage)
        other = (
            centre.call(session).parties[1].model_copy(update={"leg": "l_x", "mine": False, "name": bad, "who": "k_x"})
        )
        await centre.alter(session, parties=(*centre.call(session).parties, other), asked_by="")
        await centre.saying(session, bad)
        await centre.speech(session, bad)
        await centre.saying(session, bad, "l_x", "counselor", bad)
        await stage.seen("말하는 중")
        shown = painted(stage.app)
        assert not {ch for ch in shown if ch != "\n" and (ord(ch) < 32 or 0x7F <= ord(ch) < 0xA0 or ch == "\u202e")}
        assert "[@click=app.quit]" in shown
        await stage.press("f6")
        await stage.until(lambda: stage.sent("hold"))


async def test_a_colleague_who_is_asked_sees_who_asks_and_can_step_out() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        session = await centre.ring("박OO", asked_by="이상담")
        await centre._change(session, can=("consult_end", "mute", "note"))
        await stage.until(lambda: stage.desk.current == session)
        await stage.seen("이상담 상담사가 협의를 청했습니다.")
        await stage.seen("F6 협의에서 나가기")
        await stage.press("f6")
        await stage.until(lambda: stage.sent("consult_end"))


async def test_in_a_chat_the_keys_of_a_call_say_why_not() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        await centre.live("최OO", "하나")
        await stage.until(lambda: stage.desk.current)
        await stage.press("f8")
        await stage.seen("전화 상담에서만 됩니다.")
        for action, why in (("mute", "전화 상담에서만"), ("abuse", "전화 상담에서만"), ("to_call", "통화가 없습니다.")):
            stage.app.passing = type(stage.app.passing)()
            stage.desk.action_do(action)
            await stage.seen(why)
        assert not stage.desk.query_one(CallBar).display


async def test_without_a_call_its_keys_edit_the_answer_as_ever() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        chat = await centre.live("최OO", "하나")
        await stage.until(lambda: stage.desk.current == chat)
        await stage.write("one two three")
        await stage.press("ctrl+w")
        assert stage.desk.composer.text == "one two "
        await stage.press("ctrl+z")
        assert stage.desk.composer.text == "one two three"
        await stage.press("ctrl+y")
        assert stage.desk.composer.text == "one two "
        await stage.press("ctrl+a")
        assert stage.desk.composer.cursor_location == (0, 0)
        await stage.press("end", "ctrl+u")
        assert stage.desk.composer.text == ""
        assert not stage.app.passing.text
        for kind in ("warn", "abuse", "mute"):
            assert not stage.sent(kind)
        await centre.ring("박OO")
        await stage.until(lambda: stage.desk.query_one(CallBar).display and stage.desk.current == chat)
        await stage.write("답")
        await stage.press("ctrl+y", "ctrl+u")  # the call goes on, and still nobody is warned from a chat
        assert not stage.sent("warn")
        assert not stage.sent("mute")


async def test_the_bar_of_a_call_beside_another_session_is_one_line_in_a_terminal_made_narrower_too() -> None:
    centre = CallCentre()
    async with at_the_desk(centre, (140, 40)) as stage:
        call = await in_a_call(centre, stage)
        chat = await centre.live("최OO", "분리수거 요일")
        await stage.until(lambda: stage.app.state.talk(chat))
        stage.desk.select(chat)
        await stage.seen("Ctrl+A 통화로")
        for width in (100, 80, 120):
            await stage.pilot.resize_terminal(width, 30)
            await stage.until(lambda: stage.desk.query_one(CallBar).size.width == width)  # noqa: B023 - asked at once
            assert stage.desk.query_one(CallBar).size.height == 1, width
        stage.desk.select(call)
        await stage.until(lambda: stage.desk.query_one(CallBar).size.height == 2)


# -- what was offered beside it


async def test_an_offer_that_goes_with_a_call_she_takes_leaves_with_its_reason() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        for name in ("최OO", "이OO"):
            await centre.offer(name, "여쭤볼 게 있어요")
        await stage.seen("+1")
        numbers = [offer.number for offer in centre.me.offers]
        for offer in centre.me.offers:
            await centre._send(
                view.OfferOver(session=offer.session, number=offer.number, channel="chat", why="in_call")
            )
        await centre._me(offers=())
        for number in numbers:  # each is told of, one after the other
            await stage.seen(f"통화를 받아 {number}번 문의는 다른 상담사에게 갑니다.")


# -- calling back, and my telephone (the list of callbacks: test_callbacks.py)


async def test_a_citizen_is_called_back_when_it_is_her_turn() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        session = await in_a_call(centre, stage)
        stage.desk.action_do("callback_ask")
        await stage.seen("차례가 되면 바로")
        await stage.press("enter")
        await stage.until(lambda: stage.sent("callback_ask"))
        assert (stage.sent("callback_ask")[0].session, stage.sent("callback_ask")[0].at) == (session, 0)


async def test_a_telephone_that_does_not_answer_is_told_with_what_to_do() -> None:
    centre = CallCentre()
    centre.me = centre.me.model_copy(update={"phone": "client:c7"})
    async with at_the_desk(centre) as stage:
        await centre._me(presence="AWAY", presence_reason="phone_no_answer")
        await stage.seen("내 전화가 닿지 않습니다. 살핀 뒤 Ctrl+R로 돌아오십시오.")


async def test_which_telephone_rings_is_shown_and_changed() -> None:
    centre = CallCentre()
    centre.me = centre.me.model_copy(update={"phone": "client:c7"})
    async with at_the_desk(centre) as stage:
        stage.desk.action_do("phone")
        await stage.seen("내 전화: client:c7")
        await stage.press(*"app:desk7", "enter")
        await stage.until(lambda: stage.sent("phone"))
        assert stage.sent("phone")[0].phone == "app:desk7"
        await stage.seen("app:desk7")


# -- at every size


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (110, 32), (200, 50)])
@pytest.mark.parametrize("glyphs", ["unicode", "ascii"])
async def test_nothing_of_a_call_is_wider_than_the_screen(size: tuple[int, int], glyphs: str) -> None:
    centre = CallCentre()
    async with at_the_desk(centre, size, glyphs=glyphs) as stage:
        session = await in_a_call(centre, stage, recording="on", warned=2, strikes=3, caller="withheld")
        await centre.saying(session, "말하는 중인 말이 " * 20)
        for press in ((), ("f6",), ("f6",), ("f8",)):
            await stage.press(*press)
            await stage.pilot.pause(0.12)
            assert all(cell_len(line) <= size[0] for line in painted(stage.app).split("\n"))
        await stage.press("enter")
        await stage.seen("협의")
        await centre.answers(session)
        await stage.seen("F8 함께 통화")
        assert all(cell_len(line) <= size[0] for line in painted(stage.app).split("\n"))
