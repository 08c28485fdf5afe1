"""A supervisor at her desk: the floor by key and by name, looking, writing, taking over, a dead letter's acts."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from agent_tui.keys import ACTIONS
from agent_tui.screens import acts_floor
from agent_tui.screens.desk import Desk
from agent_tui.screens.floor import Floor
from agent_tui.screens.looking import Looking
from agent_tui.screens.panel import AskLine, Menu, Notice
from agent_tui.screens.ticket import TicketPanel
from agent_tui.widgets.composer import Composer
from dasan.wire import desk
from dasan.wire import desk_views as view
from dasan.wire.call_views import Call, Party
from tests.agent_tui.call_centre import CITIZEN, Calls
from tests.agent_tui.fake_server import SECOND, Centre
from tests.agent_tui.floor_centre import CAN_LOOK, FloorCentre
from tests.agent_tui.stage import NOON, Stage, at_the_desk, painted
from tests.agent_tui.test_frames import SIZES, check


async def open_floor(stage: Stage) -> Floor:
    await stage.press("ctrl+f")
    await stage.until(lambda: isinstance(stage.app.screen, Floor) and stage.app.state.floor)
    screen = stage.app.screen
    assert isinstance(screen, Floor)
    await stage.until(lambda: screen.row)  # the list is drawn a moment after it has come, and has its cursor then
    return screen


async def look_at(stage: Stage, place: int) -> Looking:
    """Look at the session in that place of the list."""
    await stage.press(*["down"] * place, "enter")
    await stage.until(lambda: isinstance(stage.app.screen, Looking))
    await stage.seen("주차 단속에 이의가")
    screen = stage.app.screen
    assert isinstance(screen, Looking)
    return screen


def test_every_action_of_the_floor_does_something() -> None:
    assert set(acts_floor.ACTS) == {action.id for action in ACTIONS if action.screen in {"floor", "list"}}


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_the_floor(width: int, height: int, language: str) -> None:
    async with at_the_desk(
        FloorCentre(lambda: NOON, language), (width, height), frozen=True, language=language
    ) as stage:
        await open_floor(stage)
        await stage.seen("1007")
        await check(stage, f"floor-{language}-{width}x{height}")
        lines = painted(stage.app).split("\n")
        assert all(cell_len(line) <= width for line in lines)
        assert "정OO" not in painted(stage.app)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (110, 32)])
async def test_what_is_looked_at(width: int, height: int) -> None:
    async with at_the_desk(FloorCentre(lambda: NOON), (width, height), frozen=True) as stage:
        await open_floor(stage)
        screen = await look_at(stage, 1)
        screen.query_one(Composer).insert("분실 신고부터 안내하세요")
        await stage.press("enter")
        await stage.seen("[귓속말] 분실 신고부터")
        await stage.press("f8")
        await stage.seen("민원인에게 보입니다")
        await check(stage, f"looking-{width}x{height}")


class CallFloor(Calls, FloorCentre):
    """A floor whose second session is a call."""

    async def with_call(self) -> str:
        """Session 1005 is talked about by telephone."""
        lee = Party(leg="l_lee", role="COUNSELOR", name="박상담", who="k_lee", state="CONNECTED", joined=True)
        call = Call(caller="e164", parties=(CITIZEN, lee), talk_since=self.now - 90 * SECOND)
        self.sessions["s_1005"] = self.sessions["s_1005"].model_copy(update={"call": call})
        await self.change(1005, call=True, channel="voice", doing="held")
        return "s_1005"

    async def _on_look(self, c: desk.Look) -> dict[str, Any]:
        done = await super()._on_look(c)
        await self._change(c.session, can=(*CAN_LOOK, "ear"))
        return done


@pytest.mark.parametrize(
    ("key", "ear"),
    [("l", "LISTEN"), ("ㅣ", "LISTEN"), ("f2", "LISTEN"), ("w", "WHISPER"), ("ㅈ", "WHISPER"), ("f3", "WHISPER"),
     ("b", "BARGE"), ("ㅠ", "BARGE"), ("f4", "BARGE")],
)  # fmt: skip
async def test_one_key_on_the_floor_hears_a_call(key: str, ear: str) -> None:
    centre = CallFloor()
    async with at_the_desk(centre) as stage:
        await open_floor(stage)
        session = await centre.with_call()
        await stage.seen("음")
        await stage.until(lambda: any(row.call for row in stage.app.state.floor.sessions))
        at = [row.number for row in stage.app.state.floor.sessions].index(1005)
        await stage.press(*["down"] * at, key)
        await stage.until(lambda: stage.sent("ear"))
        assert [(c.session, c.ear) for c in stage.sent("ear")] == [(session, ear)]
        assert len(stage.sent("look")) == 1
        await stage.until(lambda: isinstance(stage.app.screen, Looking))
        await stage.seen("통화 " + {"LISTEN": "듣기", "WHISPER": "귓속말", "BARGE": "끼어들기"}[ear])
        await stage.seen("통화 중 01:3")


@pytest.mark.parametrize(("width", "height"), [(80, 24), (110, 32)])
async def test_a_call_that_is_heard(width: int, height: int) -> None:
    centre = CallFloor(lambda: NOON)
    async with at_the_desk(centre, (width, height), frozen=True) as stage:
        await open_floor(stage)
        session = await centre.with_call()
        await stage.until(lambda: any(row.call for row in stage.app.state.floor.sessions))
        await check(stage, f"floor-call-{width}x{height}")
        at = [row.number for row in stage.app.state.floor.sessions].index(1005)
        await stage.press(*["down"] * at, "w")
        await stage.seen("통화 귓속말")
        await centre.speech(session, "과태료를 왜 내야 하나요?")
        await centre.saying(session, "저는 억울해요", "l_citizen")
        await stage.seen("말하는 중")
        await check(stage, f"looking-call-{width}x{height}")


async def test_while_she_looks_the_keys_turn_her_ear_and_the_same_key_hangs_up() -> None:
    centre = CallFloor()
    async with at_the_desk(centre) as stage:
        await open_floor(stage)
        await centre.with_call()
        await stage.until(lambda: any(row.call for row in stage.app.state.floor.sessions))
        at = [row.number for row in stage.app.state.floor.sessions].index(1005)
        await stage.press(*["down"] * at, "enter")
        await stage.until(lambda: isinstance(stage.app.screen, Looking))
        for key, word in (("f2", "통화 듣기"), ("f3", "통화 귓속말"), ("f4", "통화 끼어들기")):
            await stage.press(key)
            await stage.seen(word)
        await stage.press("f4")
        await stage.until(lambda: [c.ear for c in stage.sent("ear")] == ["LISTEN", "WHISPER", "BARGE", ""])
        stage.app.screen.query_one(Composer).insert("blw")  # what is typed is typed
        assert stage.app.screen.query_one(Composer).text == "blw"
        assert len(stage.sent("ear")) == 4


@pytest.mark.parametrize("how", ["out of reach", "she hangs up"])
async def test_a_telephone_that_rings_in_vain_is_told_of_and_one_she_hangs_up_is_not(how: str) -> None:
    centre = CallFloor()
    async with at_the_desk(centre) as stage:
        await open_floor(stage)
        session = await centre.with_call()
        await stage.until(lambda: any(row.call for row in stage.app.state.floor.sessions))
        at = [row.number for row in stage.app.state.floor.sessions].index(1005)
        await stage.press(*["down"] * at, "f2")
        await stage.until(lambda: isinstance(stage.app.screen, Looking))
        parties = centre.call(session).parties
        rung = [p.model_copy(update={"state": "RINGING", "joined": False}) if p.mine else p for p in parties]
        await centre.alter(session, parties=tuple(rung))
        await stage.seen("울리는 중")
        if how == "out of reach":
            await centre.alter(session, parties=tuple(p for p in parties if not p.mine))
            await stage.seen("내 전화(-)에 닿지 않았습니다")
        else:
            await stage.press("f2")
            await stage.until(lambda: "나(" not in painted(stage.app))
            assert "닿지 않았습니다" not in painted(stage.app)
        await stage.seen("살펴보는 중")


async def test_a_chat_cannot_be_heard_and_says_so() -> None:
    centre = CallFloor()
    async with at_the_desk(centre) as stage:
        await open_floor(stage)
        await stage.press("down", "l")
        await stage.seen("전화 상담에서만 됩니다.")
        assert not stage.sent("look")


async def test_a_counselor_is_told_why_the_floor_is_not_hers() -> None:
    async with at_the_desk(Centre()) as stage:
        await stage.press("ctrl+f")
        await stage.seen("감독 권한이 필요합니다")
        assert isinstance(stage.app.screen, Desk)
        assert not stage.sent("floor")


async def test_the_floor_is_found_by_name_in_the_list_of_everything() -> None:
    async with at_the_desk(FloorCentre()) as stage:
        await stage.press("ctrl+t")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press(*"현황", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, Floor))
        assert "살펴보기를 시작" not in painted(stage.app)


async def test_the_switcher_finds_the_floor_for_a_supervisor_only() -> None:
    async with at_the_desk(FloorCentre()) as stage:
        await stage.press("ctrl+g")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press(*"현황", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, Floor))
    async with at_the_desk(Centre()) as stage:
        await stage.press("ctrl+g")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        assert "현황" not in painted(stage.app)


async def test_leaving_the_floor_ends_the_list() -> None:
    centre = FloorCentre()
    async with at_the_desk(centre) as stage:
        await open_floor(stage)
        await stage.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, Desk) and not centre.following)
        assert stage.app.state.floor is None


async def test_the_cursor_stays_with_its_session_when_the_order_changes() -> None:
    centre = FloorCentre()
    async with at_the_desk(centre) as stage:
        floor = await open_floor(stage)
        await stage.press("down")
        assert floor.row is not None
        assert floor.row.number == 1007
        await centre.change(1011, trouble="waiting", trouble_since=1)
        await stage.until(lambda: stage.app.state.floor.sessions[0].number == 1011)
        assert floor.row.number == 1007


async def test_a_look_is_read_only_until_something_is_written_and_ends_with_escape() -> None:
    centre = FloorCentre()
    async with at_the_desk(centre) as stage:
        await open_floor(stage)
        screen = await look_at(stage, 1)
        assert [c.session for c in stage.sent("look")] == ["s_1007"]
        await centre.citizen("s_1007", "제 차가 아닌데요")
        await stage.seen("제 차가 아닌데요")
        assert not stage.sent("mark"), "what a supervisor reads is not what the counselor has read"
        screen.query_one(Composer).insert("사진을 먼저 보세요")
        await stage.press("enter")
        await stage.until(lambda: stage.sent("whisper"))
        await stage.seen("[귓속말] 사진을 먼저 보세요")
        assert not stage.sent("barge")
        await stage.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, Floor) and stage.sent("look_away"))
        await stage.until(lambda: "s_1007" not in stage.app.state.talks)


async def test_writing_to_the_citizen_takes_a_key_of_its_own_and_says_so_first() -> None:
    async with at_the_desk(FloorCentre()) as stage:
        await open_floor(stage)
        screen = await look_at(stage, 1)
        await stage.seen("이상담 상담사에게만 보입니다")
        await stage.press("f8")
        await stage.seen("! Enter: 민원인에게 보입니다")
        screen.query_one(Composer).insert("팀장 정감독입니다")
        await stage.press("enter")
        await stage.until(lambda: [c.text for c in stage.sent("barge")] == ["팀장 정감독입니다"])
        await stage.press("escape")
        await stage.seen("이상담 상담사에게만 보입니다")
        assert not stage.sent("look_away"), "the first Escape only turns the line back"


async def test_what_is_refused_is_not_lost() -> None:
    centre = FloorCentre()
    centre.refuse["whisper"] = ("not_looking", "이 상담을 살펴보고 있지 않습니다.")
    async with at_the_desk(centre) as stage:
        await open_floor(stage)
        screen = await look_at(stage, 1)
        screen.query_one(Composer).insert("긴 조언")
        await stage.press("enter")
        await stage.seen("살펴보고 있지 않습니다")
        assert screen.query_one(Composer).text == "긴 조언"


async def test_a_look_that_ends_by_itself_closes_its_screen_and_says_so() -> None:
    centre = FloorCentre()
    async with at_the_desk(centre) as stage:
        await open_floor(stage)
        await look_at(stage, 1)
        await centre.gone("s_1007", "look_over")
        await stage.seen("1007번 상담 살펴보기가 끝났습니다")
        assert isinstance(stage.app.screen, Floor)


async def test_taking_over_asks_once_and_the_session_is_on_the_desk() -> None:
    async with at_the_desk(FloorCentre()) as stage:
        await open_floor(stage)
        await look_at(stage, 1)
        await stage.press("f7")
        await stage.seen("이상담 상담사에게 알립니다")
        assert not stage.sent("take_over")
        await stage.press("enter")
        await stage.until(lambda: [c.item for c in stage.sent("take_over")] == ["w_s_1007"])
        await stage.until(lambda: isinstance(stage.app.screen, Floor))
        await stage.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, Desk))
        assert stage.app.state.talks["s_1007"].mine == "live"


async def test_a_dead_letter_is_sent_again_or_released_with_a_reason_from_the_floor() -> None:
    async with at_the_desk(FloorCentre()) as stage:
        await open_floor(stage)
        await stage.press("f9")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press("enter")
        await stage.until(lambda: [c.handoff for c in stage.sent("ticket_retry")] == ["h_1002"])
        await stage.until(lambda: isinstance(stage.app.screen, Floor))
        await stage.press("f9")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press("down", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, AskLine))
        await stage.press(*"phone", "enter")
        await stage.until(lambda: stage.sent("ticket_release"))
        (released,) = stage.sent("ticket_release")
        assert (released.handoff, released.reason) == ("h_1002", "phone")


async def test_what_is_not_possible_says_why() -> None:
    async with at_the_desk(FloorCentre()) as stage:
        await open_floor(stage)
        for key, told in (("f7", "맡은 상담사가 없는"), ("f6", "기다리는 상담이 아닙니다"), ("f8", "먼저 상담을")):
            await stage.press(key)
            await stage.seen(told)
        await stage.press("down", "f9")
        await stage.seen("정해야 할 접수가 없는")
        await stage.press("down", "f6")
        await stage.until(lambda: isinstance(stage.app.screen, Notice))
        await stage.seen("이상담: 자리 비움")


async def test_enter_writes_where_one_looks_and_does_not_look_again() -> None:
    async with at_the_desk(FloorCentre()) as stage:
        await open_floor(stage)
        await look_at(stage, 1)
        await stage.press("enter")
        assert len(stage.sent("look")) == 1
        assert "Enter 살펴보기" not in painted(stage.app)


async def test_the_floor_has_its_own_help() -> None:
    async with at_the_desk(FloorCentre()) as stage:
        await open_floor(stage)
        await stage.press("f12")
        await stage.seen("감독 화면입니다")
        assert "제안 넣기" not in painted(stage.app)


async def test_the_floor_comes_back_after_a_lost_connection() -> None:
    centre = FloorCentre()
    async with at_the_desk(centre) as stage:
        await open_floor(stage)
        before = len(stage.sent("floor"))
        await centre.cut()
        await stage.until(lambda: len(stage.sent("floor")) > before and stage.app.state.floor)
        await stage.seen("1007")


async def test_a_counselor_is_told_that_her_session_was_taken_over() -> None:
    centre = Centre()
    async with at_the_desk(centre) as stage:
        session = await centre.live("박OO", "하나")
        await stage.until(lambda: stage.desk.current == session)
        number = stage.app.state.talks[session].session.number
        await centre.gone(session, "taken_over")
        await stage.seen(f"감독이 {number}번 상담을 맡아 갔습니다")


async def test_a_ticket_that_came_back_is_mended_where_one_looks() -> None:
    centre = FloorCentre()
    async with at_the_desk(centre) as stage:
        await open_floor(stage)
        await look_at(stage, 1)
        await centre.change(1007, trouble="rejected", trouble_since=1, handoff="h_1007")
        back = view.Ticket(handoff="h_1007", stage="REJECTED", category="traffic", fields=("address",))
        await centre._change("s_1007", tickets=(back,), can=(*CAN_LOOK, "ticket_amend", "ticket_prefill"))
        await stage.until(lambda: stage.app.state.talks["s_1007"].can("ticket_amend"))
        await stage.press("f9")
        await stage.seen("고쳐서 다시 접수")
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, TicketPanel))
