"""Golden text frames: the desk as it looks at three sizes, on a clock that stands still.

A frame that changed shows itself in the diff. ``GOLDEN=write pytest tests/agent_tui/test_frames.py`` writes them anew;
whoever does looks at them before committing.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rich.cells import cell_len

from agent_tui.screens.ticket import TicketPanel
from tests.agent_tui.call_centre import CallCentre
from tests.agent_tui.fake_server import HITS, SECOND, Centre
from tests.agent_tui.stage import NOON, Stage, at_the_desk, painted

FRAMES = Path(__file__).parent / "frames"
SIZES = ((80, 24), (110, 32), (200, 50))


SAID = {
    "ko": (
        "주차 단속에 이의가 있어요.",
        "여권을 잃어버렸는데 다시 만들려면 어디로 가야 하나요?",
        "분리수거 요일이 궁금합니다",
        "분실 신고와 재발급을 같은 날 하실 수 있습니다. 거주하시는 구가 어디신가요?",
        "강남구요. 수수료도 알려주세요.",
        "집 앞에 며칠째 불법 주차가 있습니다. 어디에 신고하나요?",
    ),
    "en": (
        "I do not agree with my parking fine.",
        "I lost my passport. Where do I go to get a new one?",
        "On which day is recycling collected?",
        "You can report the loss and apply on the same day. Which district do you live in?",
        "Gangnam. What does it cost?",
        "A car has been parked in front of our door for days. Where can I report it?",
    ),
}
ENGLISH = tuple(
    hit.model_copy(update={"title": title, "answer": answer, "source": "Example", "language": "en"})
    for hit, title, answer in (
        (HITS[0], "A lost passport", "Report the loss at any district office and apply for a new one there.\nBring "
         "an identity card and one passport photograph."),
        (HITS[1], "Where passports are issued", "Every district office in Seoul takes applications."),
        (HITS[2], "Reporting illegal parking", "Take two photographs one minute apart."),
    )
)  # fmt: skip


async def a_busy_desk(centre: Centre, stage: Stage) -> str:
    """Three sessions, one past its promise, suggestions, something half written, and an offer."""
    said = SAID[centre.language]
    one = await centre.live("박OO", said[0], waited_s=108)
    await stage.until(lambda: stage.desk.current == one and stage.app.state.talks[one].unread == 0)
    two = await centre.live("이OO", said[1], waited_s=31)
    await centre.live("최OO", said[2], waited_s=5, queue="general")
    await centre._change(
        one,
        waiting_since=NOON - 108 * SECOND,
        item=centre._item(one, "ACTIVE", reply_by=NOON - SECOND),
    )
    await stage.until(lambda: len(stage.app.state.talks) == 3)
    stage.desk.select(two)
    await stage.write(said[3])
    await stage.press("enter")
    await stage.until(lambda: stage.app.state.talks[two].last_n == 2)
    await centre.marks(two, 2)
    await centre.citizen(two, said[4])
    await centre.suggest(two, *(ENGLISH if centre.language == "en" else ()))
    await stage.until(lambda: stage.app.state.talks[two].suggest and centre.sessions[two].read_n == 3)
    return two


async def check(stage: Stage, name: str) -> None:
    """The screen comes to look like the golden frame; what has not settled yet may settle."""
    path = FRAMES / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        await stage.pilot.pause(0.5)
        FRAMES.mkdir(exist_ok=True)
        path.write_text(painted(stage.app) + "\n", "utf-8")
    golden = path.read_text("utf-8")
    for _ in range(100):
        if painted(stage.app) + "\n" == golden:
            return
        await stage.pilot.pause(0.02)
    assert painted(stage.app) + "\n" == golden


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_the_busy_desk(width: int, height: int, language: str) -> None:
    centre = Centre(lambda: NOON, language)
    centre.lost, centre.doubled = 0, 0
    async with at_the_desk(centre, (width, height), frozen=True, language=language) as stage:
        await a_busy_desk(centre, stage)
        await centre.offer("정OO", SAID[language][5], seconds=12)
        await stage.until(stage.app.state.offers)
        await stage.seen("Enter")
        await check(stage, f"busy-{language}-{width}x{height}")
        assert all(cell_len(line) <= width for line in painted(stage.app).split("\n"))


@pytest.mark.parametrize(("width", "height"), [(60, 20), (80, 24)])
async def test_the_desk_in_a_small_terminal_with_its_wrap_up(width: int, height: int) -> None:
    centre = Centre(lambda: NOON)
    async with at_the_desk(centre, (width, height), frozen=True) as stage:
        two = await a_busy_desk(centre, stage)
        await centre.leave(two)
        await stage.seen("상담이 끝났습니다")
        await stage.press("ctrl+e")
        await stage.seen("여권 재발급 방법을 안내함")
        await check(stage, f"wrap-{width}x{height}")


async def test_the_ticket_form() -> None:
    centre = Centre(lambda: NOON)
    async with at_the_desk(centre, (110, 32), frozen=True) as stage:
        two = await a_busy_desk(centre, stage)
        await centre.citizen(two, "사진입니다", kind="photo", photo="b_1")
        await stage.until(lambda: stage.app.state.talks[two].last_n == 4 and not stage.app.state.talks[two].unread)
        await stage.press("f9")
        await stage.until(lambda: isinstance(stage.app.screen, TicketPanel))
        await check(stage, "ticket-110x32")


async def test_the_lost_connection() -> None:
    centre = Centre(lambda: NOON)
    async with at_the_desk(centre, (80, 24), frozen=True) as stage:
        await a_busy_desk(centre, stage)
        stage.app.state.link.state = type(stage.app.state.link.state).DOWN
        stage.app.state.link.since = NOON - 12 * SECOND
        stage.desk.paint(frozenset())
        await stage.pilot.pause()
        assert "연결 끊김 12초" in painted(stage.app)
        await check(stage, "lost-80x24")
        stage.app.state.link.state = type(stage.app.state.link.state).UP


async def a_call_and_three_chats(centre: CallCentre, stage: Stage) -> str:
    """A call that is being recorded, with speech that is final and speech that is not; three chats wait beside it."""
    said = SAID[centre.language]
    call = await centre.ring("박OO", talked_s=192, waited_s=24, recording="on")
    await stage.until(lambda: stage.desk.current == call)
    await centre.speech(call, said[1])
    await centre.speech(call, said[3], "counselor", name="김상담", mine=True)
    for name, text, waited in (("최OO", said[2], 5), ("이OO", said[0], 31), ("한OO", said[5], 12)):
        chat = await centre.live(name, text, waited_s=waited, queue="general")
        await centre._change(chat, waiting_since=NOON - waited * SECOND)
    await centre.suggest(call, *(ENGLISH if centre.language == "en" else ()))
    await centre.saying(call, said[4])
    await stage.until(lambda: len(stage.app.state.talks) == 4 and stage.app.state.talks[call].speaking)
    await stage.until(lambda: centre.sessions[call].read_n == 2 and stage.app.state.talks[call].suggest)
    return call


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_call_with_three_chats(width: int, height: int, language: str) -> None:
    centre = CallCentre(lambda: NOON, language)
    async with at_the_desk(centre, (width, height), frozen=True, language=language) as stage:
        await a_call_and_three_chats(centre, stage)
        await check(stage, f"call-{language}-{width}x{height}")
        assert all(cell_len(line) <= width for line in painted(stage.app).split("\n"))


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_a_chat_beside_a_call_in_which_somebody_is_asked(width: int, height: int) -> None:
    centre = CallCentre(lambda: NOON)
    async with at_the_desk(centre, (width, height), frozen=True) as stage:
        call = await a_call_and_three_chats(centre, stage)
        await stage.press("f8")
        await stage.seen("협의할 사람")
        await stage.press("down", "down", "down", "enter")
        await stage.seen("이상담 부르는 중")
        await centre.answers(call)
        await stage.seen("F7 넘기고 나가기")
        await check(stage, f"consult-{width}x{height}")
        await stage.press("ctrl+n")
        await stage.seen("Ctrl+A 통화로")
        await stage.until(lambda: stage.desk.talk and not stage.desk.talk.unread)
        await stage.write(SAID["ko"][3])
        await check(stage, f"beside-{width}x{height}")
