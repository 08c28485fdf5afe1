"""A supervisor line by line: the floor, looking, writing, taking over, a dead letter's acts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.agent_tui.fake_server import Centre
from tests.agent_tui.floor_centre import FloorCentre
from tests.agent_tui.test_plain import Lines, signed_in


@pytest.fixture
async def lines() -> AsyncIterator[Lines]:
    async with signed_in(FloorCentre()) as one:
        yield one


def said(lines: Lines, text: str) -> bool:
    return any(text in line for line in lines.said)


async def test_the_floor_is_read_with_the_oldest_trouble_first_and_not_followed(lines: Lines) -> None:
    assert await lines.desk.do("floor")
    rows = [line for line in lines.said if "번 " in line and "상담사" not in line]
    assert rows[0].startswith("1002번")
    assert "! 접수 실패" in rows[0]
    assert said(lines, "상담사 4번 최상담: 응대 중, 연결 끊김, 상담 1, 글 30%, 통화 0%")
    assert [c.on for c in lines.sent("floor")] == [True, False]


async def test_a_look_reads_the_transcript_and_writes_to_whom_it_says(lines: Lines) -> None:
    assert not await lines.desk.do("whisper 아직 아닙니다")
    assert await lines.desk.do("look 1007")
    assert said(lines, "1007번 상담을 살펴봅니다")
    assert await lines.desk.until(lambda: said(lines, "주차 단속에 이의가"), 5)
    assert await lines.desk.do("whisper 분실 신고부터")
    assert await lines.desk.until(lambda: said(lines, "[귓속말] 분실 신고부터"), 5)
    assert await lines.desk.do("barge 팀장입니다")
    assert [c.text for c in lines.sent("barge")] == ["팀장입니다"]
    assert await lines.desk.do("look_away")
    assert await lines.desk.until(lambda: "s_1007" not in lines.desk.state.talks, 5)
    assert not await lines.desk.do("barge 이제는 아닙니다")
    assert len(lines.sent("barge")) == 1


async def test_a_session_is_taken_over_by_its_number_or_from_the_look(lines: Lines) -> None:
    assert not await lines.desk.do("take_over 1009")
    assert said(lines, "맡은 상담사가 없는")
    assert await lines.desk.do("take_over #1005")
    assert await lines.desk.do("look 1007")
    assert await lines.desk.do("take_over")
    assert [c.session for c in lines.sent("take_over")] == ["s_1005", "s_1007"]
    assert lines.desk.current == "s_1007"


async def test_a_dead_letters_acts_name_its_session(lines: Lines) -> None:
    assert await lines.desk.do("retry_ticket 1002")
    assert not await lines.desk.do("release_ticket 1002")
    assert not await lines.desk.do("release_ticket 1007 사유")
    assert await lines.desk.do("release_ticket 1002 전화로 접수함")
    assert [c.handoff for c in lines.sent("ticket_retry")] == ["h_1002"]
    assert [(c.handoff, c.reason) for c in lines.sent("ticket_release")] == [("h_1002", "전화로 접수함")]


async def test_why_and_what_is_not_there(lines: Lines) -> None:
    assert await lines.desk.do("why 1009")
    assert said(lines, "이상담: 자리 비움")
    assert not await lines.desk.do("look 4711")
    assert said(lines, "4711")
    assert not await lines.desk.do("look")


async def test_a_counselor_is_refused_in_a_sentence_and_told_when_hers_is_taken() -> None:
    centre = Centre()
    centre.refuse["floor"] = ("not_supervisor", "감독 권한이 필요합니다.")
    async with signed_in(centre) as one:
        for line in ("floor", "look 1007", "take_over 1007", "retry_ticket 1002"):
            assert not await one.desk.do(line)
        assert said(one, "감독 권한이 필요합니다.")
        session = await centre.live("박OO", "하나")
        assert await one.desk.until(lambda: session in one.desk.state.talks, 5)
        await centre.gone(session, "taken_over")
        assert await one.desk.until(lambda: said(one, "감독이"), 5)


async def test_a_recording_is_heard_by_number_and_reason(lines: Lines) -> None:
    assert not await lines.desk.do("hear 1001")
    assert not await lines.desk.do("hear 1002 민원 확인")
    assert said(lines, "남은 녹음이 없습니다")
    assert await lines.desk.do("hear #1001 민원 확인")
    assert lines.said[-1] == "http://127.0.0.1:8120/desk/photos/k"
    assert [(c.session, c.recording, c.reason) for c in lines.sent("play")] == [("s_1001", "b_new", "민원 확인")]
