"""What a counselor does all day, with the real console over a real socket."""

from __future__ import annotations

from agent_tui.screens.panel import Confirm, Menu, Notice
from agent_tui.screens.ticket import TicketPanel
from agent_tui.state import LinkState
from agent_tui.urgency import next_urgent
from agent_tui.widgets.transcript import Transcript
from dasan.wire import desk_views as view
from tests.agent_tui.fake_server import HITS, Centre
from tests.agent_tui.stage import at_the_desk, painted


async def test_enter_accepts_an_offer_and_puts_the_session_on_the_screen() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.offer("정OO", "집 앞에 불법 주차가 있습니다.")
        await stage.seen("Enter 수락")
        await stage.press("enter")
        await stage.until(lambda: stage.desk.current == session)
        await stage.until(lambda: stage.sent("opened"))
        await stage.seen("집 앞에 불법 주차가 있습니다.")


async def test_enter_sends_what_is_written_and_never_accepts_by_accident() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("박OO", "안녕하세요")
        await stage.until(lambda: stage.desk.current == session)
        await stage.write("잠시만요")
        await centre.offer("정OO", "문의")
        await stage.seen("F5 Enter 수락")
        await stage.press("enter")
        await stage.until(lambda: stage.sent("say"))
        assert stage.sent("say")[0].text == "잠시만요"
        assert not stage.sent("accept")


async def test_with_a_draft_f5_goes_to_the_offer_and_then_enter_accepts() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "안녕하세요")
        await stage.until(lambda: stage.desk.current)
        await stage.write("쓰던 글")
        session = await centre.offer("정OO", "문의")
        await stage.seen("F5 Enter 수락")
        await stage.press("f5", "enter")
        await stage.until(lambda: stage.desk.current == session)
        assert stage.desk.composer.text == ""


async def test_escape_declines_only_with_nothing_written() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "안녕하세요")
        await stage.until(lambda: stage.desk.current)
        await stage.write("글")
        await centre.offer("정OO", "문의")
        await stage.seen("F5 Enter 수락")
        await stage.press("escape")
        assert not stage.sent("decline")
        await stage.press("backspace", "escape")
        await stage.until(lambda: stage.sent("decline"))


async def test_an_answer_from_a_suggestion_takes_two_keys() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("이OO", "여권을 잃어버렸어요")
        await centre.suggest(session)
        await stage.seen("여권 분실 재발급")
        stage.presses = 0
        await stage.press("f2", "enter")
        await stage.until(lambda: stage.sent("say"))
        assert stage.presses <= 3
        said = stage.sent("say")[0]
        assert (said.text, said.article, said.edited) == (HITS[0].answer, "a-passport", False)


async def test_a_suggestion_that_was_changed_is_sent_as_edited() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("이OO", "여권을 잃어버렸어요")
        await centre.suggest(session)
        await stage.seen("여권 분실 재발급")
        await stage.press("f3")
        await stage.write(" 감사합니다.")
        await stage.press("enter")
        await stage.until(lambda: stage.sent("say"))
        said = stage.sent("say")[0]
        assert said.article == "a-office"
        assert said.edited


async def test_a_suggestion_key_pressed_again_sends_where_that_is_set() -> None:
    centre = Centre()
    async with at_the_desk(centre, again_sends=True) as stage:
        session = await centre.live("이OO", "여권을 잃어버렸어요")
        await centre.suggest(session)
        await stage.seen("여권 분실 재발급")
        await stage.press("f2", "f2")
        await stage.until(lambda: stage.sent("say"))
        assert stage.desk.composer.text == ""


async def test_a_suggestion_key_pressed_again_does_nothing_by_default() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("이OO", "여권을 잃어버렸어요")
        await centre.suggest(session)
        await stage.seen("여권 분실 재발급")
        await stage.press("f2", "f2")
        assert stage.desk.composer.text == HITS[0].answer
        assert not stage.sent("say")


async def test_wrap_up_takes_two_keys_when_the_citizen_has_left() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("이OO", "여권을 잃어버렸어요")
        await stage.until(lambda: stage.desk.current == session)
        await centre.leave(session)
        await stage.seen("상담이 끝났습니다")
        stage.presses = 0
        await stage.press("ctrl+e")
        await stage.seen("여권 재발급 방법을 안내함")
        await stage.press("enter")
        await stage.until(lambda: stage.sent("wrap"))
        assert stage.presses <= 2
        wrap = stage.sent("wrap")[0]
        assert (wrap.disposition, wrap.category, wrap.summary) == ("resolved", "civil", "여권 재발급 방법을 안내함")
        await stage.until(lambda: not stage.app.state.talks and stage.desk.wrap is None)
        assert stage.desk.composer.has_focus


async def test_wrap_up_takes_two_keys_when_the_counselor_ends_the_talk() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("이OO", "여권을 잃어버렸어요")
        await stage.until(lambda: stage.desk.current == session)
        stage.presses = 0
        await stage.press("ctrl+e", "enter")
        await stage.until(lambda: stage.sent("wrap"))
        assert stage.presses <= 2
        assert [c.t for c in centre.commands if c.t in {"release", "wrap"}] == ["release", "wrap"]
        assert stage.sent("wrap")[0].summary == "여권 재발급 방법을 안내함"


async def test_a_slip_on_the_finish_key_ends_nothing() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("이OO", "여권을 잃어버렸어요")
        await stage.until(lambda: stage.desk.current == session)
        await stage.press("ctrl+e")
        await stage.until(lambda: stage.desk.wrap is not None)
        await stage.press("escape")
        await stage.until(lambda: stage.desk.wrap is None)
        assert not stage.sent("release")
        assert stage.desk.composer.has_focus


async def test_a_ticket_takes_at_most_twelve_keys_besides_its_text() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("정OO", "집 앞 가로등이 며칠째 꺼져 있습니다")
        await stage.until(lambda: stage.desk.current == session)
        stage.presses = 0
        await stage.press("f9")
        await stage.until(lambda: isinstance(stage.app.screen, TicketPanel))
        await stage.press("tab", "tab")
        stage.app.screen.query_one("#place").value = "강남구 예시로 1"
        await stage.press("f9")
        await stage.until(lambda: stage.sent("ticket_file"))
        assert stage.presses <= 12
        form = stage.sent("ticket_file")[0].form
        assert (form.summary, form.place) == ("집 앞 가로등이 며칠째 꺼져 있습니다", "강남구 예시로 1")
        await stage.seen("120-2026-000123")


async def test_what_happens_elsewhere_never_moves_the_focus_or_the_view() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("박OO", *(f"{n}번째 줄" for n in range(80)))
        await stage.until(lambda: stage.desk.current == session and stage.desk.talk.last_n == 80)
        transcript = stage.desk.query_one("#transcript", Transcript)
        await stage.press("pageup")
        await stage.until(lambda: not transcript.following)
        place, focused = transcript.scroll_y, stage.app.focused
        await centre.citizen(session, "새 글")
        await centre.live("이OO", "다른 상담")
        await centre.offer("정OO", "제안")
        await stage.until(lambda: transcript.unseen == 1 and stage.app.state.offers())
        assert (transcript.scroll_y, stage.app.focused, stage.desk.current) == (place, focused, session)
        await stage.press("ctrl+end")
        await stage.until(lambda: transcript.following and transcript.unseen == 0)
        await stage.seen("새 글")


async def test_only_what_was_seen_at_the_end_is_marked_read() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        one = await centre.live("박OO", "하나")
        await stage.until(lambda: centre.sessions[one].read_n == 1)
        two = await centre.live("이OO", "다른 상담")
        await stage.seen("이OO")
        assert stage.app.state.talks[two].unread == 1
        await stage.press("ctrl+n")
        await stage.until(lambda: centre.sessions[two].read_n == 1)
        await stage.until(lambda: stage.app.state.talks[two].unread == 0)


async def test_each_session_keeps_its_own_draft_and_the_server_keeps_them_all() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        one = await centre.live("박OO", "하나")
        two = await centre.live("이OO", "둘")
        await stage.until(lambda: len(stage.app.state.talks) == 2)
        stage.desk.select(one)
        await stage.write("첫째에게 쓰던 글")
        stage.desk.select(two)
        await stage.write("둘째에게 쓰던 글")
        stage.desk.select(one)
        assert stage.desk.composer.text == "첫째에게 쓰던 글"
        await stage.until(lambda: centre.drafts == {one: "첫째에게 쓰던 글", two: "둘째에게 쓰던 글"})


async def test_a_new_console_finds_sessions_unread_marks_and_drafts_again() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        one = await centre.live("박OO", "하나", "둘")
        await stage.until(lambda: stage.desk.current == one)
        await stage.write("반쯤 쓴 글")
        await stage.until(lambda: centre.drafts.get(one) == "반쯤 쓴 글")
    await centre.citizen(one, "자리에 계신가요?")
    assert (centre.sessions[one].last_n, centre.sessions[one].read_n) == (3, 2)
    async with at_the_desk(centre) as stage:
        assert stage.desk.composer.text == "반쯤 쓴 글"
        await stage.seen("자리에 계신가요?")


async def test_a_refused_message_comes_back_into_the_composer() -> None:
    centre = Centre()
    centre.refuse["say"] = ("leg_over", "연결이 이미 끝났습니다.")
    async with at_the_desk(centre) as stage:
        session = await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current == session)
        await stage.write("늦은 답")
        await stage.press("enter")
        await stage.until(lambda: stage.desk.composer.text == "늦은 답")
        await stage.seen("연결이 이미 끝났습니다.")


async def test_a_message_on_its_way_is_shown_as_such_until_it_has_come_back() -> None:
    centre = Centre()
    centre.hold.add("say")
    async with at_the_desk(centre) as stage:
        session = await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current == session)
        await stage.write("보내는 글")
        await stage.press("enter")
        await stage.seen("보내는 중: 보내는 글")
        centre.hold.clear()
        await centre.cut()
        await stage.until(lambda: not stage.app.state.sending(session))
        assert [e.text for e in centre.entries[session]] == ["하나", "보내는 글"]
        await stage.until(lambda: "보내는 중" not in painted(stage.app))


async def test_a_slash_searches_in_place_and_keeps_the_draft() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current == session)
        await stage.write("/여권")
        await stage.seen("지식 검색")
        await stage.until(stage.desk.hits)
        await stage.press("f3")
        assert stage.desk.composer.text == "서울의 모든 구청에서 신청하실 수 있습니다."
        assert not stage.sent("say")


async def test_a_slash_with_enter_never_sends_the_search_to_the_citizen() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        await stage.write("/없는말")
        await stage.press("enter")
        assert not stage.sent("say")


async def test_the_knowledge_search_puts_an_answer_into_the_composer() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        await stage.press("ctrl+k")
        stage.app.screen.query_one("#query").value = "여권"
        await stage.seen("여권 분실 재발급")
        await stage.press("enter")
        await stage.until(lambda: stage.desk.composer.text == HITS[0].answer)


async def test_a_session_is_passed_to_a_queue_with_a_note() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current == session)
        await stage.press("f7")
        await stage.seen("복지·돌봄")
        await stage.press(*"q")
        stage.app.screen.query_one("#filter").value = "복지"
        stage.app.screen.query_one("#note").value = "이어 주세요"
        await stage.pilot.pause()
        await stage.press("enter")
        await stage.until(lambda: stage.sent("transfer"))
        assert (stage.sent("transfer")[0].queue, stage.sent("transfer")[0].note) == ("welfare", "이어 주세요")


async def test_unmasking_asks_for_a_reason_and_shows_the_value_once() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current == session)
        stage.desk.action_do("unmask")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press("enter")
        await stage.seen("기록에 남습니다")
        await stage.press("enter")
        await stage.seen("사유를 적어야 합니다")
        await stage.press(*"why", "enter")
        await stage.seen("010-1234-4821")
        await stage.press("enter")
        assert "010-1234-4821" not in painted(stage.app)
        assert stage.sent("unmask")[0].reason == "why"


async def test_hold_and_take_up_again() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        await stage.press("f6")
        await stage.seen("보류")
        await stage.press("f6")
        await stage.until(lambda: stage.sent("unpause"))


async def test_a_note_is_for_colleagues_only() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        await stage.press("ctrl+b")
        await stage.write("동료에게")
        await stage.press("enter")
        await stage.until(lambda: stage.sent("note"))
        assert not stage.sent("say")
        await stage.seen("메모")


async def test_a_disabled_action_says_why() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current == session)
        await centre._change(session, can=("say",), cannot={"transfer": "감독이 보고 있어 넘길 수 없습니다."})
        await stage.until(lambda: not stage.desk.talk.can("transfer"))
        await stage.press("f7")
        await stage.seen("감독이 보고 있어 넘길 수 없습니다.")
        await stage.press("f8")
        await stage.seen("전화 상담에서만 됩니다.")


async def test_help_tells_about_what_has_the_focus() -> None:
    async with at_the_desk(Centre()) as stage:
        await stage.press("f12")
        await stage.until(lambda: isinstance(stage.app.screen, Notice))
        await stage.seen("답변을 쓰는 곳입니다")


async def test_presence_is_chosen_from_a_menu() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await stage.press("ctrl+r", "down", "enter")
        await stage.until(lambda: stage.sent("presence"))
        await stage.seen("자리 비움")


async def test_quitting_asks_first() -> None:
    async with at_the_desk(Centre()) as stage:
        await stage.press("ctrl+q")
        await stage.until(lambda: isinstance(stage.app.screen, Confirm))
        await stage.press("escape")
        await stage.until(lambda: not isinstance(stage.app.screen, Confirm))
        assert stage.app.is_running
        assert stage.app.screen is stage.desk


async def test_a_lost_connection_is_told_and_mended() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current == session)
        hellos = len(centre.hellos)
        async with centre.away():
            await stage.until(lambda: stage.app.state.link.state is LinkState.DOWN)
            await stage.seen("연결 끊김")
        await stage.until(lambda: len(centre.hellos) > hellos and stage.app.state.link.state is LinkState.UP)
        assert centre.hellos[-1].have[session] > 0
        assert centre.hellos[-1].token == "token-of-kim"
        await stage.seen("연결됨")


async def test_a_console_that_was_replaced_says_so_and_stops() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.bye("stale_console")
        await stage.until(lambda: stage.app.state.link.state is LinkState.OVER)
        await stage.seen("더 새로운 콘솔")
        assert len(centre.hellos) == 1
        await stage.press("enter")


async def test_a_wrong_password_leads_back_to_the_sign_in() -> None:
    centre = Centre()
    from tests.agent_tui.fake_server import running

    async with running(centre) as url:
        from agent_tui.app import DeskApp, Options
        from tests.agent_tui.stage import Stage

        app = DeskApp(Options(url=url, name="kim", password="wrong"))
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            stage = Stage(app, pilot, centre)
            await stage.seen("이름이나 비밀번호가 맞지 않습니다.")
            await stage.press(*"pass-word", "enter")
            await stage.until(lambda: app.state.link.state is LinkState.UP)
            app.client.stop()


async def test_the_demo_hangs_a_hook_on_its_key_and_a_line_on_top() -> None:
    called: list[int] = []
    centre = Centre()
    centre.lost, centre.doubled = 0, 0
    options = {"on_key": {"demo_kill": lambda: called.append(1)}, "notice": "시민 페이지: http://127.0.0.1:8120"}
    async with at_the_desk(centre, **options) as stage:
        await stage.seen("시민 페이지: http://127.0.0.1:8120")
        await stage.seen("유실 0")
        await stage.press("ctrl+x")
        assert called == [1]


async def test_without_the_demo_its_key_does_nothing() -> None:
    async with at_the_desk(Centre()) as stage:
        await stage.press("ctrl+x")
        await stage.seen("시연에서만")


async def test_the_bell_rings_for_an_offer_and_a_broken_promise_and_not_for_a_message() -> None:
    centre = Centre()
    rings: list[int] = []
    async with at_the_desk(centre) as stage:
        stage.app.bell = lambda: rings.append(1)  # type: ignore[method-assign]
        session = await centre.live("박OO", "하나")
        await centre.citizen(session, "둘")
        await stage.until(lambda: stage.desk.talk and stage.desk.talk.last_n == 2)
        assert rings == []
        await centre.offer("정OO", "문의")
        await centre.offer("김OO", "문의")
        await stage.until(lambda: len(stage.app.state.offers()) == 2)
        await stage.pilot.pause(0.15)
        assert rings == [1]


async def test_a_ticket_that_came_back_asks_to_be_mended_with_what_was_filed() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("정OO", "가로등이 꺼져 있습니다")
        await stage.until(lambda: stage.desk.current == session)
        await stage.press("f9")
        await stage.until(lambda: isinstance(stage.app.screen, TicketPanel))
        await stage.press("f9")
        await stage.until(lambda: stage.sent("ticket_file"))
        back = view.Ticket(handoff="h_1", stage="REJECTED", category="traffic", fields=("address_string",))
        await centre._change(session, mine="", phase="AWAITING_AGENCY", can=("ticket_amend",), tickets=(back,))
        await stage.seen("응답소 고쳐야 함")
        assert next_urgent(stage.app.state, stage.app.client.now(), "") is stage.desk.talk
        await stage.press("f9")
        await stage.seen("장소  ! 응답소가 받지 않은 칸입니다")
        assert stage.app.screen.query_one("#summary").value == "가로등이 꺼져 있습니다"
        stage.app.screen.query_one("#place").value = "강남구 예시로 1"
        await stage.press("f9")
        await stage.until(lambda: stage.sent("ticket_amend"))
        assert stage.sent("ticket_amend")[0].form.place == "강남구 예시로 1"


async def test_who_is_off_duty_is_told_how_to_begin() -> None:
    centre = Centre()
    centre.me = centre.me.model_copy(update={"presence": "OFFLINE"})
    async with at_the_desk(centre) as stage:
        await stage.seen("새 문의를 받지 않는")
        await stage.press("ctrl+r", "enter")
        await stage.until(lambda: stage.sent("presence"))
        await stage.seen("맡은 상담이 없습니다")


async def test_a_desk_may_begin_available() -> None:
    centre = Centre()
    centre.me = centre.me.model_copy(update={"presence": "OFFLINE"})
    async with at_the_desk(centre, available=True) as stage:
        await stage.until(lambda: stage.sent("presence"))
        assert len(stage.sent("presence")) == 1
        assert stage.sent("presence")[0].presence == "AVAILABLE"


async def test_alt_enter_breaks_the_line_and_enter_sends_both() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        await stage.write("첫 줄")
        await stage.press("alt+enter")
        await stage.write("둘째 줄")
        await stage.press("enter")
        await stage.until(lambda: stage.sent("say"))
        assert stage.sent("say")[0].text == "첫 줄\n둘째 줄"


async def test_an_offer_that_ends_while_it_has_the_focus_swallows_no_letter() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        session = await centre.offer("정OO", "문의")
        await stage.until(stage.app.state.offers)
        await stage.press("f5")
        await centre.end_offer(session)
        await stage.until(lambda: not stage.app.state.offers())
        await stage.press("a", "b")
        assert stage.desk.composer.text == "ab"


async def test_the_palette_finds_an_action_by_name() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        await stage.press("ctrl+t")
        await stage.seen("기능 목록")
        stage.app.screen.query_one("#filter").value = "보류"
        await stage.pilot.pause()
        await stage.press("enter")
        await stage.until(lambda: stage.sent("pause"))


async def test_older_lines_are_asked_for_at_the_top() -> None:
    centre = Centre()
    session = await centre.live("박OO", *(f"{n}번째" for n in range(260)))
    async with at_the_desk(centre) as stage:
        await stage.until(lambda: stage.desk.current == session)
        assert stage.desk.talk.entries[0].n == 61
        transcript = stage.desk.query_one("#transcript", Transcript)
        while transcript.scroll_y > 0 and stage.desk.talk.entries[0].n == 61:
            await stage.press("pageup")
        await stage.until(lambda: stage.desk.talk.entries[0].n == 1 and transcript.scroll_y == 60)
        assert not transcript.following
        await stage.seen(" 60번째")


async def test_a_session_that_leaves_by_itself_is_told_of_and_one_that_i_ended_is_not() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        one = await centre.live("박OO", "하나")
        two = await centre.live("이OO", "둘")
        await stage.until(lambda: len(stage.app.state.talks) == 2)
        number = centre.sessions[one].number
        await centre.gone(one, "lost")
        await stage.seen(f"{number}번 상담은 첫 답이 늦었거나")
        stage.app.passing = type(stage.app.passing)()
        await centre.gone(two)
        await stage.until(lambda: not stage.app.state.talks)
        assert not stage.app.passing.text


async def test_who_was_sent_away_for_missed_offers_is_told_so_and_how_to_come_back() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await centre._me(presence="AWAY", presence_reason="missed")
        await stage.seen("문의를 놓쳐 자리 비움입니다. Ctrl+R")
        await stage.press("ctrl+r", "enter")
        await stage.until(lambda: "놓쳐" not in painted(stage.app))
