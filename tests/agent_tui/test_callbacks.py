"""The list of callbacks: live while it is open, times both ways, and only what its reader may do."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from agent_tui.callback_words import MINUTE, distance, moment, morning, typed
from agent_tui.screens.callbacks import CallbackList
from agent_tui.screens.panel import AskLine, Menu
from agent_tui.words import Words
from dasan.wire.call_views import Callback
from tests.agent_tui.call_centre import CallCentre
from tests.agent_tui.stage import NOON, Stage, at_the_desk, painted

HOUR = 60 * MINUTE
BOTH = ("callback_set", "callback_drop")
KEY = "ctrl+backslash"


def rows_of(centre: CallCentre) -> list[Callback]:
    return [
        Callback(callback="b_1", session="s_8", number=813, state="DUE", due=centre.now - 3 * MINUTE, can=BOTH),
        Callback(
            callback="b_2", session="s_9", number=812, state="RETRY_WAIT", queue_name="교통·주차", attempts=2,
            last="no_answer", due=centre.now + 10 * MINUTE, whose="이상담", can=BOTH,
        ),
        Callback(callback="b_3", session="s_7", number=811, state="SCHEDULED", due=centre.now + 2 * HOUR),
    ]  # fmt: skip


async def opened(stage: Stage) -> None:
    await stage.press(KEY)
    await stage.until(lambda: isinstance(stage.app.screen, CallbackList))
    await stage.seen("#812")


def line(stage: Stage, number: int) -> str:
    return next(text for text in painted(stage.app).split("\n") if f"#{number}" in text)


async def test_one_key_shows_who_is_to_be_called_back_with_both_times() -> None:
    centre = CallCentre()
    centre.callbacks = rows_of(centre)
    async with at_the_desk(centre) as stage:
        await opened(stage)
        assert stage.presses == 1
        for part in ("다시 걸 예정", "10분 뒤", "시도 2회 받지 않음", "교통·주차", "이상담"):
            assert part in line(stage, 812)
        assert moment(centre.callbacks[1].due, centre.now, stage.app.say) in line(stage, 812)
        assert "3분 지남" in line(stage, 813)
        assert "회신할 민원인 3명  시각 지남 1명" in painted(stage.app)


async def test_the_list_follows_and_the_cursor_stays_with_its_callback() -> None:
    centre = CallCentre()
    centre.callbacks = rows_of(centre)
    async with at_the_desk(centre) as stage:
        await opened(stage)
        await stage.press("down")
        assert stage.app.screen.session == "s_9"
        early = Callback(callback="b_0", session="s_6", number=810, state="DUE", due=centre.now - HOUR, can=BOTH)
        await centre.tell_callbacks(early, *rows_of(centre))
        await stage.seen("#810")
        assert stage.app.screen.session == "s_9"
        await centre.tell_callbacks(*(row for row in rows_of(centre) if row.session != "s_8"))
        await stage.until(lambda: "#813" not in painted(stage.app))
        assert stage.app.screen.session == "s_9"


async def test_a_callback_is_moved_and_the_list_is_there_again() -> None:
    centre = CallCentre()
    centre.callbacks = rows_of(centre)
    async with at_the_desk(centre) as stage:
        await opened(stage)
        await stage.press("down", "enter")
        await stage.seen("812번 회신")
        await stage.press("down", "down", "enter")  # now, in ten minutes, in thirty
        await stage.until(lambda: stage.sent("callback_set"))
        moved = stage.sent("callback_set")[0]
        assert moved.session == "s_9"
        assert 29 * MINUTE < moved.at - centre.now <= 30 * MINUTE
        await stage.until(lambda: isinstance(stage.app.screen, CallbackList))
        await stage.until(lambda: stage.app.screen.session == "s_9")
        await stage.until(lambda: "30분 뒤" in line(stage, 812) or "29분 뒤" in line(stage, 812))


async def test_call_now_is_two_keys_from_the_list_and_what_waits_in_the_queue_already_is_not_hastened() -> None:
    centre = CallCentre()
    centre.callbacks = rows_of(centre)
    async with at_the_desk(centre) as stage:
        await opened(stage)
        await stage.press("enter")
        await stage.seen("813번 회신")
        assert "지금 겁니다" not in painted(stage.app)
        await stage.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, CallbackList))
        await stage.press("down", "enter")
        await stage.seen("지금 겁니다")
        await stage.press("enter")
        await stage.until(lambda: stage.sent("callback_set"))
        assert (stage.sent("callback_set")[0].session, stage.sent("callback_set")[0].at) == ("s_9", 0)


async def test_it_is_cancelled_with_a_reason_and_leaves_the_list() -> None:
    centre = CallCentre()
    centre.callbacks = rows_of(centre)
    async with at_the_desk(centre) as stage:
        await opened(stage)
        await stage.press("enter")
        await stage.seen("취소: 해결됨")
        at = [row for row, _ in stage.app.screen._rows].index("drop:solved")
        await stage.press(*["down"] * at, "enter")
        await stage.until(lambda: stage.sent("callback_drop"))
        assert (stage.sent("callback_drop")[0].session, stage.sent("callback_drop")[0].reason) == ("s_8", "solved")
        await stage.until(lambda: isinstance(stage.app.screen, CallbackList) and "#813" not in painted(stage.app))


async def test_whose_it_is_not_is_told_who_may_change_it() -> None:
    centre = CallCentre()
    centre.callbacks = rows_of(centre)
    async with at_the_desk(centre) as stage:
        await opened(stage)
        await stage.press("down", "down", "enter")
        await stage.seen("예약한 상담사, 그 상담을 맡은 상담사, 감독만 바꿀 수 있습니다.")
        assert not stage.sent("callback_set")


async def test_a_time_is_typed_as_people_write_it_and_quiet_hours_are_said() -> None:
    centre = CallCentre()
    centre.callbacks = rows_of(centre)
    async with at_the_desk(centre) as stage:
        await opened(stage)
        for given, said in (("어제", "시각을 알 수 없습니다"), ("내일 9:00", "회신 시각을 바꿨습니다: 내일 09:00")):
            await stage.press("enter")
            await stage.until(lambda: isinstance(stage.app.screen, Menu))
            at = [row for row, _ in stage.app.screen._rows].index("typed")
            await stage.press(*["down"] * at, "enter")
            await stage.until(lambda: isinstance(stage.app.screen, AskLine))
            stage.app.screen.query_one("#line").insert_text_at_cursor(given)
            await stage.press("enter")
            await stage.seen(said)
            await stage.until(lambda: isinstance(stage.app.screen, CallbackList))
        assert stage.sent("callback_set")[0].at == morning(stage.app.client.now())
        centre.quiet_until = centre.now + 10 * HOUR
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, Menu))
        await stage.press("enter")
        await stage.seen("그때는 전화하지 않는 시간입니다. 회신 시각:")


async def test_closed_it_is_followed_no_more_and_after_a_lost_line_it_is_asked_for_again() -> None:
    centre = CallCentre()
    centre.callbacks = rows_of(centre)
    async with at_the_desk(centre) as stage:
        await opened(stage)
        await centre.cut()
        await stage.until(lambda: len(stage.sent("callbacks")) == 2)
        assert all(c.on for c in stage.sent("callbacks"))
        await stage.press("escape")
        await stage.until(lambda: len(stage.sent("callbacks")) == 3)
        assert not stage.sent("callbacks")[-1].on
        assert stage.app.state.callbacks is None


async def test_the_queues_say_how_many_wait_for_a_call_and_that_one_is_late() -> None:
    centre = CallCentre()
    async with at_the_desk(centre) as stage:
        await centre._send(centre.board(callbacks=4, callback_due=centre.now + 20 * MINUTE))
        await stage.seen("회신 4  다음")
        await centre._send(centre.board(callbacks=4, callback_due=centre.now - 2 * MINUTE))
        await stage.seen("회신 4  2분 지남")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (100, 30)])
async def test_no_row_is_wider_than_its_list_and_what_matters_stays(size: tuple[int, int]) -> None:
    centre = CallCentre()
    centre.callbacks = rows_of(centre)
    async with at_the_desk(centre, size) as stage:
        await opened(stage)
        assert all(cell_len(text) <= size[0] for text in painted(stage.app).split("\n"))
        assert "10분 뒤" in line(stage, 812)
        assert "다시 걸 예정" in line(stage, 812)


# -- times


KO, EN = Words("ko"), Words("en")


def test_an_instant_is_named_by_its_day_where_that_is_another() -> None:
    assert moment(NOON + 10 * MINUTE, NOON, KO) == "14:42"
    assert moment(NOON + 24 * HOUR, NOON, KO) == "내일 14:32"
    assert moment(NOON + 72 * HOUR, NOON, EN) == "11-24 14:32"
    assert moment(morning(NOON), NOON, KO) == "내일 09:00"


@pytest.mark.parametrize(
    ("minutes", "ko", "en"),
    [
        (0, "곧", "any moment"),
        (12, "12분 뒤", "in 12 min"),
        (65, "1시간 5분 뒤", "in 1 h 5 min"),
        (180, "3시간 뒤", "in 3 h"),
        (3000, "2일 뒤", "in 2 d"),
        (-3, "3분 지남", "3 min late"),
    ],
)
def test_how_far_off_it_is_in_words(minutes: int, ko: str, en: str) -> None:
    assert (distance(NOON + minutes * MINUTE, NOON, KO), distance(NOON + minutes * MINUTE, NOON, EN)) == (ko, en)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("15:30", "15:30"),
        ("9:00", "내일 09:00"),
        ("내일 9:00", "내일 09:00"),
        ("tomorrow 16:05", "내일 16:05"),
        ("11-23 14:00", "11-23 14:00"),
        ("11/23 14:00", "11-23 14:00"),
    ],
)
def test_times_as_people_type_them(text: str, meant: str) -> None:
    at = typed(text, NOON)
    assert at is not None
    assert moment(at, NOON, KO) == meant


@pytest.mark.parametrize("text", ["", "곧", "25:00", "9", "12-32 10:00", "02-29 10:00", "12-24 10:00", "9:00 내일"])
def test_what_is_no_time_within_two_weeks_is_none(text: str) -> None:
    assert typed(text, NOON) is None
