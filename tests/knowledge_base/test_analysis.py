"""Text taken apart: scripts, languages, the three views, and the analyser where it is installed."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.analysis.grams import letter_grams, letters, syllables
from knowledge_base.analysis.morphemes import KiwiReader
from knowledge_base.analysis.script import detect_language, normalise, runs
from knowledge_base.analysis.views import VIEWS, analyse, analysis_version
from knowledge_base.noise import NOISES, mistyped
from knowledge_base.query import Vocabulary, make_query, words_of
from knowledge_base.suggest import question_in, weighed_turns

NOBODY = Vocabulary((), lambda _: True)


def test_full_width_and_decomposed_text_meets_plain_text() -> None:
    assert normalise("ＡＢＣ　１２０") == "abc 120"
    assert normalise("\u1112\u1161\u11ab") == "한"


def test_text_falls_into_runs_of_one_script() -> None:
    assert runs("t머니 카드123 漢字かな") == [
        ("latin", "t"), ("hangul", "머니"), ("hangul", "카드"), ("number", "123"), ("han", "漢字"), ("kana", "かな"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("여권 잃어버렸어요", "ko"),
        ("passport 어디서 만들어요", "ko"),
        ("Where can I park?", "en"),
        ("垃圾怎么分类", "zh"),
        ("ゴミの分別", "ja"),
        ("Tôi muốn gia hạn hộ chiếu ở đâu được", "vi"),
        ("Паспорт хаана авах вэ", "mn"),
        ("120 !!", "ko"),
    ],
)
def test_the_language_is_seen_from_the_letters(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_syllables_come_singly_and_in_pairs_within_a_word() -> None:
    assert syllables("주차장 go 12") == ["주", "차", "장", "주차", "차장", "go", "12"]


def test_letters_tell_an_initial_from_a_coda() -> None:
    assert letters("각") == "\u1100\u1161\u11a8"
    assert letter_grams("가") == ["\u1100\u1161"]
    assert letter_grams("park") == ["park"]
    assert letter_grams("parking") == ["park", "arki", "rkin", "king"]
    assert letter_grams("漢字") == []


@given(st.text(max_size=200))
def test_any_text_can_be_taken_apart(text: str) -> None:
    (terms,) = analyse([(text, text)], None)
    assert set(terms.question) == set(VIEWS)
    assert all(term and not term.isspace() and " " not in term for view in terms.question.values() for term in view)


def test_one_wrong_vowel_leaves_most_letter_groups_alone() -> None:
    right, wrong = set(letter_grams("주민등록등본")), set(letter_grams("쥬민등록등본"))
    assert len(right & wrong) > len(right) * 0.7
    assert len(set(syllables("주민등록등본")) & set(syllables("쥬민등록등본"))) < len(set(syllables("주민등록등본")))


def test_the_analyser_takes_off_particles_and_endings(kiwi: KiwiReader) -> None:
    assert kiwi.read("여권을 잃어버렸는데 어디로 가야 하나요") == ["여권", "잃어버리"]
    assert "과태료" in kiwi.read("주정차위반과태료이의신청")
    assert "기후동행카드" in kiwi.read("기후동행카드는 어디서 사나요")


def test_the_analyser_undoes_common_typing_errors(kiwi: KiwiReader) -> None:
    assert "재산세" in kiwi.read_typed("재산새 납부")
    assert "주민" in kiwi.read_typed("쥬민등록 등본")


def test_many_texts_are_read_as_one_by_one(kiwi: KiwiReader) -> None:
    texts = [("여권 신청", "구청에서 합니다"), ("passport", "apply"), ("", "")]
    many = list(analyse(texts, kiwi))
    assert [terms.question["words"] for terms in many] == [kiwi.read("여권 신청"), ["passport"], []]


def test_an_index_made_with_the_analyser_is_told_from_one_made_without(kiwi: KiwiReader) -> None:
    assert analysis_version(kiwi) != analysis_version(None)


def test_an_unknown_word_is_mended_to_the_nearest_known_one(kiwi: KiwiReader) -> None:
    parts = (["여권", "주차장"], ["재발급", "재개발", "a"])
    known = Vocabulary(tuple(map(words_of, parts)), lambda word: any(word in part for part in parts))
    query = make_query([("여권 가로둥 재발굽", 1.0)], kiwi, known)
    assert "여권" in query.views["words"]
    assert known.nearest("재발굽") == "재발급"
    assert known.nearest("주챠장") == "주차장"
    assert known.nearest("코끼리") is None


def test_without_the_analyser_a_query_has_the_other_two_views() -> None:
    query = make_query([("여권 재발급", 1.0)], None, NOBODY)
    assert query.views["words"] == {}
    assert query.views["syllables"]["여권"] == 1.0
    assert query.views["letters"]


def test_an_earlier_turn_weighs_less_and_never_lowers_a_word_of_the_newest() -> None:
    query = make_query([("수수료", 1.0), ("여권 수수료", 0.5)], None, NOBODY)
    assert query.views["syllables"]["수수"] == 1.0
    assert query.views["syllables"]["여권"] == 0.5


@pytest.mark.parametrize(
    "turn", ["안녕하세요", "네 감사합니다!!", "ㅎㅎ", "", "   ", "Hello, thanks", "1234", "...", "你好"]
)
def test_small_talk_asks_nothing(turn: str) -> None:
    assert question_in(turn) == ""


def test_a_question_is_found_behind_its_greeting() -> None:
    assert question_in("안녕하세요 여권 재발급이요") == "여권 재발급이요"


def test_a_long_story_is_read_from_its_end() -> None:
    assert question_in("아주 긴 이야기 " * 100 + "여권 재발급").endswith("여권 재발급")
    assert len(question_in("가" * 5_000)) <= 300


def test_a_short_turn_leans_on_the_one_before() -> None:
    turns = ["여권을 잃어버렸는데 다시 만들려면 어디로 가야 하나요?", "네", "수수료도요"]
    assert [weight for _, weight in weighed_turns(turns)] == [1.0, 0.5]
    assert weighed_turns(turns)[0][0] == "수수료도요"


def test_a_full_question_stands_alone() -> None:
    turns = ["여권을 잃어버렸어요", "불법 주정차 신고는 어디에 어떻게 하나요"]
    assert weighed_turns(turns) == [("불법 주정차 신고는 어디에 어떻게 하나요", 1.0)]


def test_typing_errors_repeat_with_their_seed_and_differ_from_the_text() -> None:
    text = "주민등록등본 발급 신청"
    print("seed 7")
    assert mistyped(text, Random(7)) == mistyped(text, Random(7))
    assert len({mistyped(text, Random(seed)) for seed in range(20)}) > 10
    assert sum(mistyped(text, Random(seed)) != text for seed in range(50)) >= 45
    assert mistyped("no hangul", Random(1)) == "no hangul"


@given(st.text(max_size=60), st.sampled_from(sorted(NOISES)), st.integers(0, 99))
def test_every_kind_of_typing_takes_any_text(text: str, noise: str, seed: int) -> None:
    assert isinstance(NOISES[noise](text, Random(seed)), str)
