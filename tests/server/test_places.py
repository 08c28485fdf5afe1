"""Where a citizen's words say a thing is."""

import pytest

from dasan.server.places import DISTRICTS, district_in, place_in


def test_there_are_25_districts():
    assert len(DISTRICTS) == 25


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("강남구 역삼동에 불법 주차가 많아요", "강남구"),
        ("저는 송파 사는데요", "송파구"),
        ("서울시 중구 세종대로 110입니다", "중구"),
        ("강동구청에 가면 되나요?", "강동구"),
        ("I live in Mapo-gu.", "마포구"),
        ("중간에 끊겼어요", ""),
        ("동작이 느려요", ""),
        ("종로에서 뺨 맞고", ""),
        ("", ""),
    ],
)
def test_the_district_is_the_one_that_was_named(text, district):
    assert district_in([text]) == district


def test_the_last_named_district_counts():
    assert district_in(["강남구 살다가", "지금은 노원구로 왔어요", "노원구에 있어요"]) == "노원구"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("강남구 역삼동 123-4 앞에 쓰레기가 쌓였어요", "강남구 역삼동 123-4 앞"),
        ("중구 세종대로 110 앞 가로등", "중구 세종대로 110 앞"),
        ("강남역 11번 출구 근처 보도블록", "강남역 11번 출구 근처"),
        ("학동로4길 15-2 에서요", "학동로4길 15-2"),
        ("마포구 합정동 가로등이 나갔어요", "마포구 합정동"),
        ("운동을 하다가 다쳤어요", ""),
    ],
)
def test_a_place_is_taken_as_it_was_written(text, place):
    assert place_in([text]) == place


def test_a_place_in_a_form_is_bounded():
    assert len(place_in(["가나다라마바사아로123 " * 100])) <= 120
