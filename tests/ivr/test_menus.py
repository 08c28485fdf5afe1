"""Menus: keys, words, silence, misunderstanding, and the three commands that work everywhere."""

import pytest

from ivr.actions import Ask, End, Queue, Say
from ivr.events import Digits, Hangup, Result, Waiting
from ivr.facts import Facts
from ivr.interpreter import step
from tests.ivr.phone import NOW_US, WORLD, Call, flow

MENU = """
hello: {kind: say, say: {ko: 다산콜입니다.}, again: false, to: top}
top:
  kind: menu
  say: {ko: 무엇을 도와 드릴까요?}
  speech: true
  options:
    - {key: 1, label: {ko: 교통, en: traffic}, phrases: {ko: [버스, 지하철 막차]}, to: traffic}
    - {key: 2, label: {ko: 수도, en: water}, to: person}
    - {key: 7, label: {ko: 숨김}, hidden: true, to: bye}
  no_input: {say: [{ko: 못 들었습니다.}], to: person}
  no_match: {say: [{ko: 다시 눌러 주십시오.}, {ko: 두 번째입니다.}], max: 3, to: person}
traffic:
  kind: menu
  help: full
  say: {ko: 교통입니다.}
  options:
    - {key: 1, label: {ko: 버스}, to: bye}
    - {key: 2, label: {ko: 지하철}, to: bye}
  no_input: {to: person}
  no_match: {to: person}
"""


@pytest.fixture
def call() -> Call:
    return Call(flow(MENU))


def test_an_option_is_named_before_its_key(call: Call) -> None:
    assert call.said == (
        "다산콜입니다. 무엇을 도와 드릴까요? 교통은 1번. 수도는 2번. 상담사 연결은 0번을 눌러 주십시오."
    )


def test_a_key_may_be_pressed_while_the_greeting_is_spoken(call: Call) -> None:
    assert len(call.actions) == 1
    assert call.ask.barge_in
    assert call.ask.prompts[0].text == "다산콜입니다."


def test_a_notice_that_must_be_heard_stays_before_the_question() -> None:
    call = Call(flow(MENU.replace("again: false", "barge_in: false")))
    assert [type(action) for action in call.actions] == [Say, Ask]


def test_a_menu_ends_its_input_at_the_first_key(call: Call) -> None:
    assert (call.ask.num_digits, call.ask.terminator) == (1, "")


def test_a_key_leads_where_the_menu_says(call: Call) -> None:
    assert call.press("1").node == "traffic"


@pytest.mark.parametrize("words", ["버스", "버스 노선 좀 알려 주세요", "지하철막차 언제예요", "1번", "일번이요"])
def test_words_lead_there_too(call: Call, words: str) -> None:
    assert call.hear(words).node == "traffic"


def test_words_for_two_options_at_once_are_not_guessed(call: Call) -> None:
    assert call.hear("교통 아니 수도").node == "top"
    assert call.turn.state.no_match == 1


def test_words_heard_badly_are_asked_back(call: Call) -> None:
    call.hear("수도요", 0.4)
    assert call.turn.state.phase == "confirm"
    assert call.said == "수도, 맞으시면 1번, 아니면 2번을 눌러 주십시오."
    assert call.hear("네, ", 0.9).node == "person"


def test_words_asked_back_and_denied_bring_the_question_again(call: Call) -> None:
    call.hear("수도요", 0.4).press("2")
    assert (call.node, call.turn.state.phase, call.turn.state.no_match) == ("top", "ask", 1)


def test_words_that_the_recogniser_hardly_believes_are_not_believed(call: Call) -> None:
    assert call.hear("수도요", 0.2).turn.state.no_match == 1


def test_silence_is_answered_once_and_then_leads_on(call: Call) -> None:
    call.silence()
    assert call.said.startswith("못 들었습니다. 교통은 1번.")
    assert call.silence().node == "person"


def test_misunderstanding_has_its_own_count_and_its_own_words(call: Call) -> None:
    call.silence()
    assert call.press("9").said.startswith("다시 눌러 주십시오.")
    assert call.press("9").said.startswith("두 번째입니다.")
    assert isinstance(call.press("9").last, Queue)


def test_blank_and_strange_input_is_silence_and_misunderstanding(call: Call) -> None:
    assert call.press("").turn.state.no_input == 1
    assert call.press("1a").turn.state.no_match == 1
    assert call.hear("  \u200b ").node == "person"


def test_zero_reaches_a_person_at_every_level(call: Call) -> None:
    assert call.press("0").node == "person"
    assert Call(call.flow).press("1").press("0").node == "person"
    assert Call(call.flow).hear("상담사 바꿔 주세요").node == "person"


def test_pound_goes_back_and_at_the_first_question_says_it_again(call: Call) -> None:
    assert call.press("1").press("#").node == "top"
    assert call.press("#").node == "top"
    assert call.press("1").hear("이전").node == "top"


def test_star_says_it_again_without_what_is_said_once(call: Call) -> None:
    again = call.press("*")
    assert again.said == "무엇을 도와 드릴까요? 교통은 1번. 수도는 2번. 상담사 연결은 0번을 눌러 주십시오."


def test_star_repeats_what_was_told_before_the_question() -> None:
    call = Call(flow(MENU.replace("again: false, ", "")))
    assert call.press("*").said.startswith("다산콜입니다. 무엇을")


def test_star_for_ever_ends_at_a_person(call: Call) -> None:
    pressed = 0
    while call.node == "top" and pressed < 50:
        call.press("*")
        pressed += 1
    assert call.node == "person"
    assert pressed == 11


def test_help_names_back_only_where_there_is_something_to_go_back_to() -> None:
    call = Call(flow(MENU, start_at="traffic"))
    assert "다시 듣기는 별표" in call.said
    assert "우물 정자" not in call.said
    assert "우물 정자" in Call(flow(MENU)).press("1").said


def test_a_hidden_option_works_and_is_not_told(call: Call) -> None:
    assert "숨김" not in call.said
    assert [choice.key for choice in call.ask.choices] == ["1", "2"]
    assert call.press("7").node == "bye"


def test_an_option_can_depend_on_the_caller() -> None:
    nodes = MENU.replace("hidden: true", "when: caller == 'e164'")
    assert Call(flow(nodes)).press("7").node == "bye"
    nobody = Call(flow(nodes), Facts(NOW_US, caller="withheld"))
    assert "숨김" not in nobody.said
    assert nobody.press("7").node == "top"


def test_slow_callers_have_longer() -> None:
    call, slow = Call(flow(MENU)), Call(flow(MENU), Facts(NOW_US, slow=True))
    assert call.ask.timeout_s == 6.0
    assert slow.ask.timeout_s == 12.0
    assert all(said.slow for said in slow.ask.prompts)


def test_a_kept_language_is_spoken_where_the_flow_has_it() -> None:
    assert "For traffic, press 1." in Call(flow(MENU), Facts(NOW_US, language="en")).said
    assert Call(flow(MENU), Facts(NOW_US, language="fr")).turn.state.language == "ko"


def test_a_prompt_without_a_translation_is_spoken_in_the_flows_first_language() -> None:
    spoken = Call(flow(MENU), Facts(NOW_US, language="en")).ask.prompts
    assert (spoken[0].text, spoken[0].language) == ("다산콜입니다.", "ko")


def test_hanging_up_ends_it_anywhere_and_for_good(call: Call) -> None:
    call.do(Hangup())
    assert call.last == End("hangup", hang_up=False)
    ended = call.turn.state
    assert call.press("1").turn.state == ended
    assert call.last == End("hangup", hang_up=False)


def test_what_does_not_belong_here_changes_nothing(call: Call) -> None:
    before = call.turn.state
    for event in (Waiting(3.0), Result("http", "ok"), Result("queue", "answered")):
        turn = step(call.flow, before, event, WORLD)
        assert (turn.state, turn.actions) == (before, ())


def test_a_caller_asked_a_hundred_and_fifty_times_gets_a_person(call: Call) -> None:
    for _ in range(200):
        if isinstance(call.last, Queue):
            break
        call.do(Digits("1" if call.node == "top" else "#"))
    assert call.node == "person"
    assert call.turn.state.asked == 150
    assert "문제가 있어" in call.said
