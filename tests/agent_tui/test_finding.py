"""Getting about: jump mode, the switcher, the list of everything, clicks, and taking back what was just sent."""

from __future__ import annotations

from agent_tui.screens.jump import Jump, Sign
from agent_tui.screens.panel import Menu
from agent_tui.screens.transfer import TransferPanel
from agent_tui.widgets.suggestions import Suggestions
from tests.agent_tui.fake_server import HITS, Centre
from tests.agent_tui.stage import Stage, at_the_desk, painted


def signs(stage: Stage) -> dict[str, str]:
    return {sign.target.key: sign.target.goal for sign in stage.app.screen.query(Sign)}


async def jump_mode(stage: Stage) -> None:
    await stage.press("ctrl+o")
    await stage.until(lambda: isinstance(stage.app.screen, Jump))


async def test_jump_mode_shows_a_digit_on_each_session_and_pressing_it_goes_there() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        one = await centre.live("박OO", "하나")
        two = await centre.live("이OO", "둘", waited_s=500)
        await stage.until(lambda: len(stage.app.state.talks) == 2 and stage.desk.current)
        await jump_mode(stage)
        goals = signs(stage)
        assert {goals["1"], goals["2"]} == {f"session:{one}", f"session:{two}"}
        other = next(key for key, goal in goals.items() if goal == f"session:{two}")
        row = painted(stage.app).split("\n")[stage.app.screen.query(Sign)[int(other) - 1].target.y]
        assert "이OO" in row
        await stage.press(other)
        await stage.until(lambda: stage.desk.current == two and stage.app.screen is stage.desk)
        assert stage.desk.composer.has_focus


async def test_jump_mode_takes_the_letter_that_korean_mode_delivers() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        await jump_mode(stage)
        assert signs(stage)["t"] == "place:transcript"
        await stage.press("ㅅ")
        await stage.until(lambda: stage.desk.query_one("#transcript").has_focus)
        await jump_mode(stage)
        await stage.press("c")
        await stage.until(lambda: stage.desk.composer.has_focus)


async def test_in_a_small_terminal_jump_mode_opens_the_tabs_of_the_side_column() -> None:
    centre = Centre()
    async with at_the_desk(centre, (80, 24)) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        await jump_mode(stage)
        await stage.press("p")
        await stage.seen("010-****-4821")
        assert stage.desk.side == "card"


async def test_any_other_key_leaves_jump_mode_and_types_nothing() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        for key in ("escape", "x", "ㅋ"):
            await jump_mode(stage)
            await stage.press(key)
            await stage.until(lambda: stage.app.screen is stage.desk)
        assert stage.desk.composer.text == ""


async def test_an_offer_can_be_jumped_to_only_while_there_is_one() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        await jump_mode(stage)
        assert "o" not in signs(stage)
        await stage.press("escape")
        await centre.offer("정OO", "문의")
        await stage.until(stage.app.state.offers)
        await jump_mode(stage)
        await stage.press("o")
        await stage.until(lambda: stage.desk.query_one("#offer").has_focus)


async def test_the_switcher_finds_sessions_queues_and_people() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        two = await centre.live("이OO", "둘")
        await stage.until(lambda: len(stage.app.state.talks) == 2)
        await stage.press("ctrl+g")
        for words in ("박OO", "복지·돌봄", "이상담"):
            await stage.seen(words)
        stage.app.screen.query_one("#filter").value = "이OO"
        await stage.pilot.pause()
        await stage.press("enter")
        await stage.until(lambda: stage.desk.current == two)


async def test_a_queue_or_a_person_that_was_found_is_where_the_session_can_be_passed() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current == session)
        await stage.press("ctrl+g")
        await stage.seen("이상담")
        stage.app.screen.query_one("#filter").value = "이상담"
        await stage.pilot.pause()
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, TransferPanel))
        await stage.press(*"hi", "enter")
        await stage.until(lambda: stage.sent("transfer"))
        assert (stage.sent("transfer")[0].counselor, stage.sent("transfer")[0].note) == ("k_lee", "hi")


async def test_the_list_of_everything_finds_articles_as_one_types() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        await stage.press("ctrl+t")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        stage.app.screen.query_one("#filter").value = "/여권"
        await stage.seen("지식 여권 분실 재발급")
        await stage.press("enter")
        await stage.until(lambda: stage.desk.composer.text == HITS[0].answer)


async def test_tab_opens_the_next_suggestion_and_goes_on_where_there_is_none() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("이OO", "여권")
        await stage.until(lambda: stage.desk.current == session)
        await stage.press("tab")
        assert not stage.desk.composer.has_focus
        await stage.press("escape")
        stage.desk.composer.focus()
        await centre.suggest(session)
        await stage.seen(HITS[0].answer[:10])
        await stage.press("tab")
        await stage.seen(HITS[1].answer[:10])
        assert stage.desk.composer.has_focus


async def test_a_click_takes_a_suggestion_and_opens_a_tab() -> None:
    centre = Centre()
    async with at_the_desk(centre, (80, 24)) as stage:
        session = await centre.live("이OO", "여권")
        await centre.suggest(session)
        await stage.seen("불법 주정차 신고")
        panel = stage.desk.query_one("#suggest", Suggestions)
        row = next(i for i, line in enumerate(painted(stage.app).split("\n")) if "불법 주정차 신고" in line)
        await stage.pilot.click(offset=(panel.region.x + 6, row))
        await stage.until(lambda: stage.desk.composer.text == HITS[2].answer)
        tabs = stage.desk.query_one("#tabs")
        await stage.pilot.click(offset=(tabs.region.x + 9, tabs.region.y))
        await stage.seen("010-****-4821")


async def test_a_message_that_waits_can_be_taken_back_and_is_a_draft_meanwhile() -> None:
    centre = Centre()
    async with at_the_desk(centre, hold_back_s=30) as stage:
        session = await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current == session)
        await stage.write("성급한 글")
        await stage.press("enter")
        await stage.seen("30초 뒤 보냄 (Ctrl+T 보내기 취소): 성급한 글")
        assert stage.desk.composer.text == ""
        await stage.until(lambda: centre.drafts.get(session) == "성급한 글")
        await stage.write("이어 쓰던 글")
        stage.desk.action_do("unsend")
        await stage.until(lambda: stage.desk.composer.text == "성급한 글\n이어 쓰던 글")
        assert not stage.sent("say")


async def test_what_waits_goes_out_in_order_by_itself_or_before_the_talk_ends() -> None:
    centre = Centre()
    async with at_the_desk(centre, hold_back_s=1) as stage:
        session = await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current == session)
        await stage.write("첫 글")
        await stage.press("enter")
        await stage.until(lambda: [say.text for say in stage.sent("say")] == ["첫 글"])
    async with at_the_desk(centre, hold_back_s=30) as stage:
        await stage.until(lambda: stage.desk.current == session)
        for text in ("둘째", "셋째"):
            await stage.write(text)
            await stage.press("enter")
        await stage.press("ctrl+e", "enter")
        await stage.until(lambda: stage.sent("wrap"))
        kinds = [(c.t, getattr(c, "text", "")) for c in centre.commands if c.t in {"say", "release", "wrap"}]
        assert [kind for kind, _ in kinds] == ["say", "say", "say", "release", "wrap"]
        assert [text for _, text in kinds[:3]] == ["첫 글", "둘째", "셋째"]


async def test_without_hold_back_taking_back_says_how_to_set_it() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current)
        stage.desk.action_do("unsend")
        await stage.seen("desk.hold_back_s")


async def test_an_inserted_suggestion_is_taken_back_with_undo() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("이OO", "여권")
        await centre.suggest(session)
        await stage.seen(HITS[0].title)
        await stage.write("안녕하세요.")
        await stage.press("f2")
        assert stage.desk.composer.text == f"안녕하세요.\n{HITS[0].answer}"
        await stage.press("ctrl+z")
        assert stage.desk.composer.text == "안녕하세요."


async def test_what_was_written_for_a_session_that_leaves_can_be_brought_back() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("이OO", "여권")
        await stage.until(lambda: stage.desk.current == session)
        await stage.write("공들여 쓴 글")
        await centre.gone(session, "lost")
        await stage.until(lambda: not stage.desk.current and not stage.desk.composer.text)
        await stage.press("ctrl+z")
        assert stage.desk.composer.text == "공들여 쓴 글"
