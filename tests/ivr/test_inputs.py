"""Inputs: what callers enter or say, and what it becomes."""

from datetime import date

import pytest

from ivr.actions import Choice
from ivr.hearing import Dates, bare, choose, command, day, phone, spoken_key
from tests.ivr.phone import Call, flow

RETRIES = """
  no_input: {to: person}
  no_match: {to: person}
  to: told
told: {kind: say, say: {ko: "{{ got }}"}, to: bye}
"""
HEAD = "variables: {got: {type: text}}"


def asking(fields: str, head: str = HEAD) -> Call:
    return Call(
        flow(
            f"ask:\n  kind: input\n  slot: got\n  say: {{ko: 말씀하십시오.}}\n  {fields}\n{RETRIES.strip(chr(10))}",
            head,
        )
    )


def test_digits_of_fixed_length_end_by_themselves() -> None:
    call = asking("type: digits\n  min: 4\n  max: 4")
    assert (call.ask.num_digits, call.ask.max_digits) == (4, 4)
    assert call.press("1234").vars["got"] == "1234"
    assert call.said.startswith("1234 ")


@pytest.mark.parametrize("keys", ["123", "12345", "12a4"])
def test_digits_of_another_length_are_asked_again(keys: str) -> None:
    assert asking("type: digits\n  min: 4\n  max: 4").press(keys).turn.state.no_match == 1


def test_a_question_without_options_is_asked_again_itself() -> None:
    call = asking("type: digits\n  min: 4\n  max: 4").press("12")
    assert call.said.startswith("잘못 누르셨거나 알아듣지 못했습니다. 말씀하십시오.")


def test_digits_can_be_said() -> None:
    call = asking("type: digits\n  min: 4\n  max: 4\n  speech: true")
    assert call.hear("일 이 공 영").vars["got"] == "1200"


def test_digits_of_variable_length_end_by_a_pause() -> None:
    call = asking("type: digits\n  min: 2\n  max: 6")
    assert (call.ask.num_digits, call.ask.max_digits, call.ask.terminator) == (0, 6, "")
    assert call.press("987").vars["got"] == "987"


def test_a_terminator_is_not_part_of_the_number_and_no_command_after_digits() -> None:
    call = asking('type: digits\n  min: 2\n  max: 6\n  terminator: "#"')
    assert call.press("987#").vars["got"] == "987"


def test_pound_after_digits_gives_up_entering() -> None:
    call = asking("type: digits\n  min: 2\n  max: 6")
    assert (call.press("98#").node, call.turn.state.no_match) == ("ask", 0)
    assert call.press("0").node == "person"


def test_only_listed_numbers_are_right() -> None:
    call = asking("type: digits\n  min: 1\n  max: 2\n  values: ['0', '12']")
    assert call.press("13").turn.state.no_match == 1
    assert call.press("0").vars["got"] == "0"


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("010-1234-5678", "+821012345678"),
        ("공일공", None),
        ("공일공 일이삼사 오육칠팔", "+821012345678"),
        ("제 번호는 010 1234 5678이에요", "+821012345678"),
        ("02 731 2120", "+8227312120"),
        ("7312120", "+8227312120"),
        ("0315551234", "+82315551234"),
        ("+82 10 1234 5678", "+821012345678"),
        ("15771366", "+8215771366"),
        ("0701234", None),
        ("0101234567890", None),
        ("120", None),
        ("", None),
    ],
)
def test_korean_telephone_numbers(said: str, number: str | None) -> None:
    assert phone(said) == number


def test_a_phone_is_kept_in_one_shape_and_said_back_digit_by_digit() -> None:
    call = asking("type: phone\n  confirm: always")
    call.press("01012345678")
    assert "공 일 공 일 이 삼 사 오 육 칠 팔, 맞으시면" in call.said
    assert call.press("1").vars["got"] == "+821012345678"


def test_a_number_without_an_area_code_is_said_back_without_a_zero_before_it() -> None:
    call = asking("type: phone\n  confirm: always")
    call.press("15771366")
    assert call.said.startswith("일 오 칠 칠 일 삼 육 육, 맞으시면")


TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("said", "past", "future", "made"),
    [
        ("1121", True, True, "2026-11-21"),
        ("0105", False, True, "2027-01-05"),
        ("1231", True, False, "2025-12-31"),
        ("261224", True, True, "2026-12-24"),
        ("20261224", True, True, "2026-12-24"),
        ("11월 30일이요", True, True, "2026-11-30"),
        ("2027년 3월 1일", True, True, "2027-03-01"),
        ("내일 오전", True, True, "2026-11-22"),
        ("yesterday", False, True, None),
        ("0230", True, True, None),
        ("99999999", True, True, None),
        ("아무 때나", True, True, None),
    ],
)
def test_dates_by_key_and_by_word(said: str, past: bool, future: bool, made: str | None) -> None:
    found = day(said, Dates(TODAY, past, future))
    assert (found.isoformat() if found else None) == made


def test_the_29th_of_february_is_found_in_the_next_leap_year_only_by_name() -> None:
    assert day("0229", Dates(TODAY)) is None
    assert day("20280229", Dates(TODAY)) == date(2028, 2, 29)


def test_a_date_is_said_as_people_say_it() -> None:
    call = asking("type: date\n  confirm: always").press("1225")
    assert call.said.startswith("12월 25일 금요일, 맞으시면")


def test_yes_and_no_by_key_and_by_word() -> None:
    def fresh() -> Call:
        return asking("type: yes_no\n  speech: true")

    assert "네는 1번. 아니요는 2번." in fresh().said
    assert fresh().press("1").vars["got"] == "true"
    assert fresh().hear("아니요 괜찮아요").vars["got"] == "false"
    assert fresh().hear("네").vars["got"] == "true"
    assert fresh().hear("모르겠네요").turn.state.no_match == 1


SPOKEN = """type: speech
  speech: true
  choices:
    - {key: 1, value: gangnam, label: {ko: 강남구}, phrases: {ko: [강남]}}
    - {key: 2, value: jongno, label: {ko: 종로구}, phrases: {ko: [종로, 광화문]}}
  skip: {key: 9, to: bye}"""


def test_a_spoken_slot_has_a_key_for_every_value() -> None:
    assert asking(SPOKEN).hear("광화문 근처요").vars["got"] == "jongno"
    assert asking(SPOKEN).press("1").vars["got"] == "gangnam"
    assert asking(SPOKEN).press("9").node == "bye"
    assert "건너뛰려면 9번." in asking(SPOKEN).said


def test_free_speech_is_cleaned_kept_and_asked_back_when_unsure() -> None:
    call = asking("type: speech\n  speech: true")
    call.hear("불법\u202e 주차 \x1b[31m신고", 0.4)
    assert call.said == "불법 주차 신고, 맞으시면 1번, 아니면 2번을 눌러 주십시오."
    assert call.press("1").vars["got"] == "불법 주차 신고"


def test_words_about_people_are_an_answer_to_an_open_question() -> None:
    call = asking("type: speech\n  speech: true").hear("사람이 쓰러졌어요")
    assert call.vars["got"] == "사람이 쓰러졌어요"
    assert asking("type: speech\n  speech: true").hear("상담사").node == "person"


@pytest.mark.parametrize(
    ("words", "kept"),
    [("네 맞아요", True), ("아니 안 맞아요", False), ("1번", True), ("틀렸어요", False), ("글쎄요", False)],
)
def test_asking_back_understands_whole_sentences(words: str, kept: bool) -> None:
    call = asking("type: speech\n  speech: true\n  confirm: always").hear("신고")
    assert (call.hear(words).node == "bye") is kept


def test_asking_back_can_be_left_with_every_command() -> None:
    call = asking("type: speech\n  speech: true\n  confirm: always")
    assert call.hear("신고").press("#").turn.state.phase == "ask"
    call.hear("신고")
    assert call.press("*").said.startswith("신고, 맞으시면")
    assert call.turn.state.phase == "confirm"
    assert call.press("0").node == "person"


def test_silence_at_asking_back_asks_the_question_again_and_then_leads_on() -> None:
    call = asking("type: speech\n  speech: true\n  confirm: always").hear("신고")
    assert (call.silence().turn.state.phase, call.node) == ("ask", "ask")
    assert call.silence().node == "person"


def test_own_words_for_asking_back() -> None:
    call = asking("type: phone\n  confirm: always\n  confirm_say: {ko: '{{ heard }} 맞습니까?'}").press("01012345678")
    assert call.said == "공 일 공 일 이 삼 사 오 육 칠 팔 맞습니까?"


def test_a_number_variable_takes_numbers_only() -> None:
    head = "variables: {got: {type: number}}"
    assert asking("type: digits\n  max: 5", head).press("00420").vars["got"] == 420
    assert asking("type: speech\n  speech: true", head).hear("inf").vars["got"] is None


def test_a_variable_takes_only_its_values() -> None:
    head = "variables: {got: {values: [gangnam, jongno], default: jongno}}"
    assert asking("type: digits\n  max: 5", head).vars["got"] == "jongno"
    assert asking("type: digits\n  max: 5", head).press("12").vars["got"] is None


def test_keys_and_commands_as_they_are_spoken() -> None:
    assert [spoken_key(text, "ko") for text in ("3번", "삼번", "공번이요", "삼", "이번", "33번째")] == [
        "3",
        "3",
        "0",
        "",
        "2",
        "",
    ]
    assert spoken_key("Two.", "en") == "2"
    said = {
        "상담원": "operator", "상담사 연결해 주세요": "operator", "뒤로": "back", "다시 듣기": "replay", "네!": "yes",
        "아뇨": "no", "음": "",
    }  # fmt: skip
    assert {text: command(text, "ko") for text in said} == said


def test_the_longest_phrase_wins() -> None:
    choices = (Choice("1", "주차", ("불법 주차",)), Choice("2", "주차장"))
    assert choose("공영 주차장 어디예요", choices) == "2"
    assert choose("불법주차 신고", choices) == "1"
    assert choose("택시", choices) == ""
    assert bare(" Á-b 가.") == "áb가"
