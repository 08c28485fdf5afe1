"""What the desk writes for the counselor, to be read and corrected."""

from dasan.core.policy import Policy
from dasan.server.prefill import Said, category_of, first_question, ticket_form, wrap_up

POLICY = Policy()
TALK = [
    Said("citizen", "안녕하세요"),
    Said("citizen", "안녕하세요. 강남구 역삼동 123-4 앞 대형폐기물은 어떻게 버리나요? 제 번호는 010-1234-5678입니다"),
    Said("counselor", "대형폐기물은 신고 뒤에 내놓으시면 됩니다.", article="대형폐기물 배출 방법"),
    Said("citizen", "감사합니다"),
]


def test_the_summary_is_the_first_question_and_the_article_that_answered_it():
    filled = wrap_up(TALK, "general", POLICY, (), "ko")
    assert filled["summary"].startswith("문의: 강남구 역삼동 123-4 앞 대형폐기물은 어떻게 버리나요?")
    assert filled["summary"].endswith("안내 자료: 대형폐기물 배출 방법")
    assert filled["category"] == "waste"
    assert filled["disposition"] == "answered"


def test_no_telephone_number_comes_into_a_summary_or_a_form():
    summary, form = wrap_up(TALK, "general", POLICY, (), "ko")["summary"], ticket_form(TALK, "general", POLICY)
    for text in (summary, form.description):
        assert "1234-5678" not in text
        assert "010-****-5678" in text


def test_a_talk_without_an_answer_is_prefilled_as_no_reply():
    assert wrap_up([Said("citizen", "여보세요?")], "general", POLICY, (), "ko")["disposition"] == "no_reply"


def test_a_filed_ticket_is_the_result():
    filled = wrap_up(TALK, "general", POLICY, ("ACKNOWLEDGED",), "en")
    assert filled["disposition"] == "ticket"
    assert filled["summary"].endswith("Filed with Eung-Dap-So")


def test_the_queue_decides_when_the_words_say_nothing():
    assert category_of([Said("citizen", "문의가 있습니다")], "tax", POLICY) == "tax"
    assert category_of([Said("citizen", "문의가 있습니다")], "general", POLICY) == "general"


def test_the_words_outweigh_the_queue():
    assert category_of([Said("citizen", "여권을 잃어버려서 여권 재발급이 필요해요")], "traffic", POLICY) == "civil"


def test_a_greeting_is_not_a_question():
    lines = [Said("citizen", "안녕하세요~"), Said("counselor", "네"), Said("citizen", "수도가 안 나와요")]
    assert first_question(lines) == "수도가 안 나와요"


def test_the_form_holds_place_words_and_photos_of_the_citizen_only():
    form = ticket_form([*TALK, Said("citizen", "", photo="b_1"), Said("counselor", "", photo="b_2")], "general", POLICY)
    assert form.place == "강남구 역삼동 123-4 앞"
    assert form.photos == ("b_1",)
    assert "신고 뒤에" not in form.description
    assert "감사합니다" not in form.description


def test_everything_prefilled_is_bounded():
    long = [Said("citizen", "아주 긴 이야기입니다 " * 500), Said("counselor", "답 " * 2000)]
    filled, form = wrap_up(long, "general", POLICY, (), "ko"), ticket_form(long, "general", POLICY)
    assert len(filled["summary"]) <= 200
    assert len(form.summary) <= 80
    assert len(form.description) <= 3000
