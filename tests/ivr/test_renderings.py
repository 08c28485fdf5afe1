"""The same flow on a screen, and what the flows that come with the project promise."""

import pytest

from ivr import text
from ivr.actions import Ask, End, Queue
from ivr.events import Digits, NoInput, Speech
from ivr.facts import Facts
from ivr.flow import compile_flow
from ivr.timing import silent_s
from tests.ivr.phone import NOW_US, Call, at, flow, shipped

MENU = """
go:
  kind: menu
  say: {ko: 무엇을 도와 드릴까요?}
  help: full
  speech: true
  options:
    - {key: 1, label: {ko: 교통, en: Traffic}, to: person}
    - {key: 2, label: {ko: 수도, en: Water}, say: {ko: 수도는 이번입니다.}, to: bye}
  no_input: {to: person}
  no_match: {to: person}
"""


def test_a_menu_is_a_question_with_numbered_lines() -> None:
    page = text.page(Call(flow(MENU)).actions)
    assert page.lines == ("무엇을 도와 드릴까요?", "1. 교통", "2. 수도", "0 상담사 · # 이전 · * 다시")
    assert [(choice.key, choice.label) for choice in page.choices] == [("1", "교통"), ("2", "수도")]
    assert text.sms(page).count("\n") == 3


def test_a_screen_speaks_the_citizens_language() -> None:
    page = text.page(Call(flow(MENU), Facts(NOW_US, language="en", channel="chat")).actions)
    assert page.lines[1:] == ("1. Traffic", "2. Water", "0 counselor · # back · * again")
    assert page.language == "en"


@pytest.mark.parametrize(
    ("typed", "event"),
    [
        ("1", Digits("1")),
        ("1번", Digits("1")),
        ("１．", Digits("1")),
        ("1)", Digits("1")),
        ("#", Digits("#")),
        ("010-1234-5678", Digits("01012345678")),
        ("수도", Digits("2")),
        ("수도 요금이 너무 많이 나왔어요", Speech("수도 요금이 너무 많이 나왔어요", None)),
        ("  ", NoInput()),
        ("", NoInput()),
    ],
)
def test_what_is_typed_becomes_what_is_pressed_or_said(typed: str, event: object) -> None:
    assert text.event(typed, Call(flow(MENU)).ask) == event


def test_typed_words_answer_as_spoken_ones_do() -> None:
    call = Call(flow(MENU))
    typed = text.event("교통 카드 문의요", call.last)
    assert typed is not None
    assert call.do(typed).node == "person"


def test_in_line_only_the_keys_that_mean_something_are_the_menus() -> None:
    call = Call(flow(MENU)).press("1")
    assert isinstance(call.last, Queue)
    assert text.event("1", call.last) == Digits("1")
    assert text.event("언제쯤 될까요?", call.last) is None
    assert text.page(call.actions).lines == ("상담사에게 연결합니다.",)


def test_a_page_tells_when_the_flow_is_over() -> None:
    page = text.page(Call(flow(MENU)).press("2").actions)
    assert (page.lines, page.ended) == (("감사합니다.",), "done")
    assert text.event("1", End("done")) is None


# -- what the shipped menu of 120 promises

MAIN = "dasan120"


@pytest.mark.parametrize("language", ["", "en", "zh", "ja", "vi", "mn"])
def test_a_caller_who_presses_nothing_reaches_the_queue_within_25_seconds(language: str) -> None:
    call = Call(compile_flow(shipped(), MAIN), Facts(at("2026-11-23T10:00:00"), language=language))
    seconds = 0.0
    for _ in range(10):
        seconds += silent_s(call.actions)
        if isinstance(call.last, Queue):
            break
        assert isinstance(call.last, Ask)
        call.silence()
    assert isinstance(call.last, Queue)
    assert seconds < 25


def test_a_caller_who_is_never_understood_reaches_a_person() -> None:
    call = Call(compile_flow(shipped(), MAIN))
    for _ in range(10):
        if isinstance(call.last, Queue):
            break
        call.hear("음냐 음냐")
    assert isinstance(call.last, Queue)


def test_zero_reaches_a_person_from_every_first_menu() -> None:
    made = compile_flow(shipped(), MAIN)
    for option in Call(made).ask.choices:
        call = Call(made).press(option.key)
        if isinstance(call.last, Ask):
            assert isinstance(call.press("0").last, Queue), option.label
