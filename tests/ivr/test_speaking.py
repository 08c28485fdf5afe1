"""Expressions and prompts: a small safe language each, and Korean as it is spoken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import expr, korean, template
from ivr.actions import Ask, Say, Utterance
from ivr.sayings import COMMANDS, SPOKEN_KEYS, TABLE
from ivr.timing import SLOW, silent_s, spoken_s
from ivr.words import LANGUAGES


def say(text: str, language: str = "ko", **scope: object) -> str:
    return template.rendered(template.compiled(text, language), scope)  # type: ignore[arg-type]


def evaluate(text: str, **scope: object) -> object:
    functions = {"has": bool, "length": lambda x: len(str(x))}
    return expr.value(expr.compiled(text), scope, functions)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a == 3 and s in ['강남', 'x']", True),
        ("a < 5 < 9", True),
        ("s + '구'", "강남구"),
        ("s + 1", None),
        ("a // 0", None),
        ("a % 2", 1),
        ("-a", -3),
        ("-s", None),
        ("not n", True),
        ("'y' if a else 'n'", "y"),
        ("n < 3", False),
        ("s < 3", False),
        ("nobody", None),
        ("has(s) and length(s) == 2", True),
        ("true != false", True),
        ("'남' in s", True),
        ("a not in (1, 2)", True),
        ("1000000 * 1000000 * 1000000", None),
        ("(1, 2)", None),
    ],
)
def test_an_expression_is_what_it_says_and_never_fails(text: str, made: object) -> None:
    assert evaluate(text, a=3, s="강남", n=None) == made


@pytest.mark.parametrize(
    "text",
    [
        "a.b", "__import__('os')", "a ** 2", "[x for x in a]", "lambda: 1", "a[0]", "f'{a}'", "(x := 1)", "", "a b",
        "has()", "has(1, 2)", "has(x=1)", "1e999", "9" * 400, "(" * 300 + ")" * 300, "b'x'", "...", "1j", "a if b",
        "print(1)", "a.b()", "{1: 2}", "{1}", "await a", "*a", "a is b", "a @ b", "~a", "a << 9", " + ".join("a" * 100),
    ],
)  # fmt: skip
def test_what_is_not_in_the_language_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        expr.compiled(text)


@given(st.text(max_size=60))
def test_no_text_makes_the_expression_compiler_fail_otherwise(text: str) -> None:
    try:
        evaluate_safely = expr.compiled(text)
    except ValueError:
        return
    expr.value(evaluate_safely, {}, {name: lambda *_: 1 for name in expr.FUNCTIONS})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{{ d|josa("은/는") }} {{ e|josa("이/가") }} {{ f|josa("으로/로") }}', "강남구는 시청이 서울로"),
        ('{{ d|josa("이라면") }}', "강남구이라면"),
        ("{{ n|digits }}", "공 일 공, 일 이 삼 사"),
        ("{{ w|won }}", "3,500원"),
        ("{{ day|date }}", "11월 21일 토요일"),
        ('{{ "15:05"|time }} {{ "00:00"|time }}', "오후 3시 5분 오전 12시"),
        ('{{ 3|counter("명") }} {{ 20|counter("건") }} {{ 21|counter("건") }} {{ 120|counter("명") }}',
         "세 명 스무 건 스물한 건 120명"),
        ("{{ 20|span }} {{ 61|span }} {{ 121|span }} {{ 0|span }}", "30초 1분 30초 3분 30초"),
        ("{{ nope }}{{ nope|won }}{{ none|date }}", ""),
        ("{% if w == 3500 %}예{% else %}아니오{% endif %} {{ 'x' if not d else 'y' }}", "예 y"),
        ("{{ d|won }} {{ d|date }} {{ d|time }}", "강남구 강남구 강남구"),
        ("{{ d|digits }} {{ d|counter('명') }} {{ d|span }}", "강남구 강남구 강남구"),
    ],
)  # fmt: skip
def test_prompts_speak_korean(text: str, said: str) -> None:
    scope = {"d": "강남구", "e": "시청", "f": "서울", "n": "010-1234", "w": 3500, "day": "2026-11-21", "none": None}
    assert say(text, "ko", **scope) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "0 1 0 Saturday, November 21 3:05 p.m. 3,500 won 2 minutes"),
        ("zh", "0 1 0 11月21日星期六 下午3点5分 3,500韩元 2分钟"),
        ("ja", "0 1 0 11月21日土曜日 午後3時5分 3,500ウォン 2分"),
        ("vi", "0 1 0 thứ Bảy, ngày 21 tháng 11 15 giờ 05 3,500 won 2 phút"),
        ("mn", "0 1 0 11-р сарын 21, Бямба 15 цаг 05 минут 3,500 вон 2 минут"),
    ],
)
def test_prompts_speak_the_other_languages(language: str, said: str) -> None:
    text = "{{ n|digits }} {{ d|date }} {{ t|time }} {{ w|won }} {{ s|span }}"
    assert say(text, language, n="010", d="2026-11-21", t="15:05", w=3500, s=120) == said


@pytest.mark.parametrize(
    "text",
    [
        "{{ a.b }}", "{{ a() }}", "{% for x in a %}{% endfor %}", "{{ a|foo }}", "{{ 9 ** 9 }}", "{{ a[0] }}",
        "{% set a = 1 %}", "{{", "{{ a|won(2) }}", "{{ a|josa }}", "{{ self }}", "{{ 'a' ~ 'b' }}", "{{ a < 1 }}",
        "{% include 'x' %}", "{% macro m() %}{% endmacro %}", "{{ a|join }}", "{{ a is defined }}", "{{ [1] }}",
        "{{ 1 + 1 }}", "{% raw %}{{ a }", "{{ a|map('x') }}", "x" * 4_001,
    ],
)  # fmt: skip
def test_a_prompt_cannot_do_more_than_speak(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        template.compiled(text, "ko")


@given(st.text(max_size=80), st.sampled_from(LANGUAGES))
def test_no_text_makes_the_prompt_compiler_fail_otherwise(text: str, language: str) -> None:
    try:
        made = template.compiled(text, language)
    except ValueError:
        return
    template.rendered(made, {})


@given(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    st.sampled_from(LANGUAGES),
    st.sampled_from(sorted(korean.FILTERS)),
)
def test_every_filter_takes_every_value(value: object, language: str, name: str) -> None:
    function, takes_word = korean.FILTERS[name]
    assert isinstance(function(value, "은/는", language) if takes_word else function(value, language), str)


def test_a_rendered_prompt_is_one_line_of_bounded_length() -> None:
    assert say("가\n  나") == "가 나"
    assert len(say("{{ x }}", x="가" * 5_000)) == template.SPOKEN_MAX


def test_shared_sentences_stand_in_every_language_and_can_be_read() -> None:
    for name, row in TABLE.items():
        assert tuple(row) == LANGUAGES, name
        for language, text in row.items():
            assert template.compiled(text, language).names <= {"label", "key", "heard", "ahead", "eta"}
    assert all(tuple(row) == LANGUAGES for row in COMMANDS.values())
    assert all(sorted(row.values()) == sorted("0123456789") for row in SPOKEN_KEYS.values())


def test_spoken_seconds_are_near_what_a_voice_takes() -> None:
    """What espeak-ng 1.51 took for the same words at its usual speed, in seconds."""
    taken = {
        ("ko", "서울시 120다산콜입니다. 통화는 녹음됩니다."): 4.75,
        ("ko", "차례를 지키며 전화를 돌려받으시려면 1번을 눌러 주십시오."): 5.19,
        ("en", "For traffic, press 1. To speak to a counselor, press 0."): 4.39,
        ("vi", "Gặp tư vấn viên, bấm phím 0. Quay lại, bấm phím thăng."): 3.76,
    }
    for (language, text), seconds in taken.items():
        assert spoken_s(text, language) == pytest.approx(seconds, rel=0.12)
    assert spoken_s("") == 0


def test_a_silent_turn_takes_what_is_said_and_the_time_out() -> None:
    said = Utterance("가나다라", "ko")
    slow = Utterance("가나다라", "ko", slow=True)
    one = spoken_s("가나다라")
    assert silent_s((Say((said,)), Ask((said,), "ko", timeout_s=5))) == pytest.approx(2 * one + 5)
    assert silent_s((Say((slow,)),)) == pytest.approx(one * SLOW)
