"""The desk line by line does in a call all that the screen does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dasan.wire.call_views import Callback
from tests.agent_tui.call_centre import CallCentre
from tests.agent_tui.fake_server import SECOND
from tests.agent_tui.test_plain import Lines, signed_in


@pytest.fixture
async def lines() -> AsyncIterator[Lines]:
    async with signed_in(CallCentre()) as one:
        yield one


async def in_a_call(lines: Lines) -> str:
    session = await lines.centre.ring("박OO")
    await lines.desk.until(lambda: session in lines.desk.state.talks, 5)
    lines.desk.current = session
    return session


async def test_a_call_from_hold_to_the_warm_transfer(lines: Lines) -> None:
    session = await in_a_call(lines)
    assert await lines.desk.do("hold")
    await lines.desk.until(lambda: any("민원인(보류), 나" in line for line in lines.said), 5)
    assert await lines.desk.do("hold")
    assert lines.sent("unhold")
    assert await lines.desk.do("mute")
    assert await lines.desk.do("consult counselor k_lee")
    await lines.desk.until(lambda: any("이상담 부르는 중" in line for line in lines.said), 5)
    await lines.centre.answers(session)
    await lines.desk.until(lambda: any("이상담 통화 중" in line for line in lines.said), 5)
    assert await lines.desk.do("join")
    assert await lines.desk.do("join")
    assert [c.joined for c in lines.sent("consult_join")] == [True, False]
    assert await lines.desk.do("call")
    assert await lines.desk.do("complete")
    assert lines.sent("consult_complete")[0].session == session


async def test_a_line_is_reached_with_place_and_summary(lines: Lines) -> None:
    await in_a_call(lines)
    assert await lines.desk.do("lines")
    assert any("line 119: 119 소방·구급" in line for line in lines.said)
    assert await lines.desk.do("line 119 시청역 2번 출구 | 사람이 쓰러짐")
    handed = lines.sent("hand_over")[0]
    assert (handed.line, handed.place, handed.summary) == ("119", "시청역 2번 출구", "사람이 쓰러짐")
    await lines.desk.until(lambda: any("119 소방·구급(울리는 중)" in line for line in lines.said), 5)
    assert await lines.desk.do("drop 119")
    assert lines.sent("drop")[0].leg == "l_line"


async def test_warning_ending_recording_and_the_consults_other_end(lines: Lines) -> None:
    session = await in_a_call(lines)
    await lines.centre.alter(session, recording="on")
    await lines.desk.until(lambda: lines.desk.state.talks[session].session.call.recording == "on", 5)
    for command in ("recording", "warn", "consult queue traffic", "end_consult", "abuse threat"):
        assert await lines.desk.do(command), lines.said[-1]
    assert lines.sent("recording")[0].state == "paused"
    assert lines.sent("consult_end")
    assert lines.sent("abuse")[0].kind == "threat"


async def test_callbacks_and_the_telephone(lines: Lines) -> None:
    session = await in_a_call(lines)
    lines.centre.callbacks = [
        Callback(callback="b_1", session=session, number=812, state="SCHEDULED", due=lines.centre.now + 600 * SECOND)
    ]
    assert await lines.desk.do("callbacks")
    assert any("#812" in line and "예약" in line for line in lines.said)
    assert await lines.desk.do("callback 30")
    assert lines.sent("callback_ask")[0].session == session
    assert await lines.desk.do("callback_set 812 10")
    assert await lines.desk.do("callback_drop 812 solved")
    assert (lines.sent("callback_drop")[0].session, lines.sent("callback_drop")[0].reason) == (session, "solved")
    assert not await lines.desk.do("callback_drop 999 solved")
    assert await lines.desk.do("phone app:desk7")
    await lines.desk.until(lambda: lines.desk.state.me.phone == "app:desk7", 5)


async def test_speech_is_read_once_when_it_is_final(lines: Lines) -> None:
    session = await in_a_call(lines)
    for piece in ("여", "여권", "여권을"):
        await lines.centre.saying(session, piece)
    await lines.centre.speech(session, "여권을 잃어버렸어요")
    await lines.desk.until(lambda: lines.desk.state.talks[session].last_n == 1, 5)
    assert sum("여권" in line for line in lines.said) == 1


async def test_what_needs_a_call_says_so_in_a_chat(lines: Lines) -> None:
    session = await lines.centre.live("최OO", "하나")
    await lines.desk.until(lambda: session in lines.desk.state.talks, 5)
    lines.desk.current = session
    for command in ("mute", "consult counselor k_lee", "join", "complete", "warn", "abuse threat", "drop x"):
        assert not await lines.desk.do(command)
        assert "전화 상담에서만 됩니다." in lines.said[-1]
    assert not await lines.desk.do("call")
