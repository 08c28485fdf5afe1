"""What a counselor sees: the right article first, why it matched, and never a stale one unmarked."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from knowledge_base.analysis.morphemes import KiwiReader, MorphemeReader
from knowledge_base.build import build
from knowledge_base.desk import Desk
from knowledge_base.explain import PASSAGE_CHARS, passage_of
from knowledge_base.index.live import LiveIndex
from knowledge_base.model import Filters, Hit, Why, Wording, is_stale
from knowledge_base.search import search
from knowledge_base.starter import load_starter
from knowledge_base.store import Database, gaps, put_articles, stored_by_external_id
from knowledge_base.suggest import writing_language
from tests.knowledge_base.conftest import TODAY, an_article, caught_up

ASKED = [
    ("여권을 잃어버렸는데 다시 만들려면 어디로 가야 하나요?", "example-civil-passport-lost"),
    ("장롱 버리려고요", "example-waste-bulky"),
    ("가로등이 나갔어요", "example-roads-streetlight"),
    ("재산새 고지서가 왔는데 집을 팔았거든요", "example-taxes-property"),
    ("층간소음땜에 미치겠어요", "example-housing-noise-upstairs"),
    ("포트홀 신고", "example-roads-pothole"),
    ("따릉이 반납 안됨", "example-traffic-bike-share"),
    ("거주자우선주차 신청", "example-traffic-resident-parking"),
    ("주차 위반 과태료 이이신청", "example-traffic-parking-fine-objection"),
    ("쓰레기분리수거요일", "example-waste-recycling"),
    ("I lost my passport", "example-civil-passport-lost"),
    ("my car was towed", "example-traffic-towed-car"),
]


@pytest.fixture(params=["kiwi", "grams"])
def reader(request: pytest.FixtureRequest) -> MorphemeReader | None:
    found: KiwiReader | None = request.getfixturevalue("kiwi") if request.param == "kiwi" else None
    return found


@pytest.fixture
def desk(database: Database, tmp_path: Path, reader: MorphemeReader | None) -> Desk:
    load_starter(database, at_us=1)
    made = Desk(database, tmp_path / "index", reader)
    caught_up(made.index)
    return made


def ids(database: Database, hits: list[Hit]) -> list[str]:
    known = {item.id: item.article.external_id for item in database_articles(database)}
    return [known[hit.article_id] for hit in hits]


def database_articles(database: Database):  # type: ignore[no-untyped-def]
    from knowledge_base.store import all_articles

    return all_articles(database)


def index_of(database: Database, tmp_path: Path) -> LiveIndex:
    return caught_up(LiveIndex(database, tmp_path / "index", None))


def test_callers_questions_find_their_article_with_and_without_the_analyser(desk: Desk, database: Database) -> None:
    wrong = {}
    for question, expected in ASKED:
        found = ids(database, desk.suggest([question], language="ko", today=TODAY))
        if found[:1] != [expected]:
            wrong[question] = found
    assert wrong == {}


def test_the_same_articles_are_found_from_a_generation_on_disk(
    database: Database, tmp_path: Path, reader: MorphemeReader | None
) -> None:
    load_starter(database, at_us=1)
    build(database, tmp_path / "index", reader)
    desk = Desk(database, tmp_path / "index", reader)
    assert desk.index.waiting == 0
    for question, expected in ASKED:
        assert ids(database, desk.suggest([question], language="ko", today=TODAY))[:1] == [expected]


@pytest.mark.parametrize(
    "turns", [["안녕하세요"], ["네 감사합니다"], [], [""], ["12345"], ["ㅋㅋㅋ"], ["\x00"], ["我丢了护照"]]
)
def test_what_asks_nothing_or_nothing_we_know_gets_no_suggestion(desk: Desk, turns: list[str]) -> None:
    assert desk.suggest(turns, language="ko", today=TODAY) == []


def test_a_follow_up_is_understood_by_the_turn_before(desk: Desk, database: Database) -> None:
    hits = desk.suggest(["여권을 잃어버렸어요", "네", "얼마예요?"], language="ko", today=TODAY)
    assert ids(database, hits)[0] == "example-civil-passport-lost"


def test_a_suggestion_follows_the_conversation_to_its_new_subject(desk: Desk, database: Database) -> None:
    turns = ["여권을 잃어버렸어요", "그리고 하나 더요", "집 앞 가로등이 꺼져서 어두운데 어디에 신고하나요"]
    assert ids(database, desk.suggest(turns, language="ko", today=TODAY))[0] == "example-roads-streetlight"


def test_an_english_reader_sees_the_english_wording_and_others_the_korean(desk: Desk) -> None:
    english = desk.suggest(["여권 분실"], language="en", today=TODAY)[0]
    assert (english.language, english.question) == ("en", "I lost my passport. How do I get a new one?")
    assert desk.suggest(["여권 분실"], language="vi", today=TODAY)[0].language == "ko"


@pytest.mark.parametrize(
    ("turns", "page", "read"),
    [
        (["I lost my passport, what should I do?"], "ko", "en"),
        (["여권을 잃어버렸어요"], "en", "ko"),
        (["여권을 잃어버렸어요", "PCR?"], "ko", "ko"),
        (["my passport is gone", "ok"], "ko", "en"),
        (["hi"], "ko", "ko"),
        (["toi mat ho chieu roi"], "vi", "vi"),
        (["护照丢了怎么办请告诉我"], "ko", "zh"),
        ([], "en", "en"),
    ],
)
def test_a_citizen_reads_the_language_she_writes(turns: list[str], page: str, read: str) -> None:
    assert writing_language(turns, page) == read


def test_who_writes_english_on_the_korean_page_gets_the_english_answer(desk: Desk) -> None:
    hit = desk.suggest(["hello", "I lost my passport, what should I do?"], language="ko", today=TODAY)[0]
    assert (hit.language, hit.question) == ("en", "I lost my passport. How do I get a new one?")


def test_a_talk_about_the_weather_gets_no_suggestion_and_a_bare_verb_ending_is_no_reason(desk: Desk) -> None:
    turns = [
        "수고 많으십니다 감사합니다",
        "어 잠깐만요",
        "비트코인 지금 사도 될까요",
        "노트북이 안 켜지는데 어떻게 고쳐요",
    ]
    for turn in turns:
        assert desk.suggest([turn], language="ko", today=TODAY) == [], turn


def test_an_everyday_word_finds_the_article_that_uses_the_offices_word_and_says_so(
    desk: Desk, database: Database
) -> None:
    hits = desk.suggest(["지갑째 잃어버려서 민증이 없어요"], language="ko", today=TODAY)
    assert ids(database, hits)[0] == "example-civil-id-card-lost"
    assert "'민증'→'주민등록증'" in hits[0].why.sentence("ko")


def test_every_hit_says_why_in_two_languages_and_where_it_comes_from(desk: Desk) -> None:
    hit = desk.suggest(["가로등이 나갔어요"], language="ko", today=TODAY)[0]
    assert hit.why.words == ("가로등",)
    assert hit.why.sentence("ko") == "질문에 '가로등'"
    assert hit.why.sentence("en") == "in the question: '가로등'"
    assert (hit.department, hit.phone, hit.example) == ("구청 도로조명 담당 부서", "120", True)
    assert hit.source
    assert hit.stale  # nobody has checked the examples
    assert 0 < hit.score <= 1
    assert hit.passage
    assert hit.passage in hit.answer.replace("\n", " ")


def test_a_mended_word_is_named(database: Database, tmp_path: Path, kiwi: KiwiReader) -> None:
    load_starter(database, at_us=1)
    desk = Desk(database, tmp_path / "index", kiwi)
    caught_up(desk.index)
    whys = [hit.why for hit in desk.suggest(["가로둥이 꺼졌어요"], language="ko", today=TODAY)]
    assert ("가로둥", "가로등") in whys[0].corrected
    assert "바꿔 읽음 '가로둥'→'가로등'" in whys[0].sentence("ko")


def test_a_match_by_letters_alone_says_so() -> None:
    assert Why().sentence("ko") == "비슷한 글자"
    assert Why().sentence("en") == "similar spelling"


def test_ties_go_to_the_exact_question_then_the_later_check_then_use(database: Database, tmp_path: Path) -> None:
    put_articles(
        database,
        [
            an_article("old", "도서관 대출 연장 안내", "같은 답입니다.", checked_on=date(2026, 1, 1)),
            an_article("new", "도서관 대출 연장 안내", "같은 답입니다.", checked_on=date(2026, 9, 1)),
            an_article("used", "도서관 대출 연장 안내", "같은 답입니다.", checked_on=date(2026, 1, 1)),
            an_article("exact", "도서관 대출 연장", "다른 이야기를 길게 적어 점수가 낮은 글입니다. " * 5),
        ],
        at_us=1,
    )
    index = index_of(database, tmp_path)
    used = stored_by_external_id(database, "t-used")
    assert used is not None
    index.count_uses(used.id, 1)
    hits = search(index, [("도서관 대출 연장", 1.0)], today=TODAY)
    assert ids(database, hits) == ["t-exact", "t-new", "t-used", "t-old"]


def test_filters_narrow_by_district_category_and_language(database: Database, tmp_path: Path) -> None:
    both = {"ko": Wording("주차 안내", "답"), "en": Wording("parking guide", "answer")}
    put_articles(
        database,
        [
            an_article("city", "주차 안내 하나", category="traffic"),
            an_article("gangnam", "주차 안내 둘", category="traffic", district="강남구"),
            an_article("mapo", "주차 안내 셋", category="welfare", district="마포구"),
            an_article("both", "", wordings=both, category="traffic"),
        ],
        at_us=1,
    )
    index = index_of(database, tmp_path)

    def found(**filters: str) -> set[str]:
        hits = search(index, [("주차 안내", 1.0)], today=TODAY, filters=Filters(**filters))  # type: ignore[arg-type]
        return set(ids(database, hits))

    assert found() == {"t-city", "t-gangnam", "t-mapo", "t-both"}
    assert found(district="강남구") == {"t-city", "t-gangnam", "t-both"}
    assert found(category="welfare") == {"t-mapo"}
    assert found(category="traffic", district="마포구") == {"t-city", "t-both"}
    assert found(language="en") == set()
    assert found(district="없는구") == {"t-city", "t-both"}
    parking = search(index, [("parking", 1.0)], today=TODAY, filters=Filters(language="en"))
    assert ids(database, parking) == ["t-both"]


def test_an_expired_article_is_never_suggested_and_is_marked_where_asked_for(
    database: Database, tmp_path: Path
) -> None:
    put_articles(
        database,
        [
            an_article("past", "한시 지원금 신청", expires_on=TODAY - timedelta(days=1), checked_on=TODAY),
            an_article("now", "한시 지원금 신청 안내", expires_on=TODAY, checked_on=TODAY),
        ],
        at_us=1,
    )
    index = index_of(database, tmp_path)
    assert ids(database, search(index, [("한시 지원금 신청", 1.0)], today=TODAY)) == ["t-now"]
    both = search(index, [("한시 지원금 신청", 1.0)], today=TODAY, filters=Filters(expired=True))
    assert ids(database, both) == ["t-now", "t-past"]  # last, though its question is the exact one
    assert [(hit.expired, hit.stale) for hit in both] == [(False, False), (True, True)]


@pytest.mark.parametrize(
    ("checked", "expires", "stale"),
    [
        (TODAY, None, False),
        (TODAY - timedelta(days=365), None, False),
        (TODAY - timedelta(days=366), None, True),
        (None, None, True),
        (TODAY, TODAY, False),
        (TODAY, TODAY - timedelta(days=1), True),
    ],
)
def test_an_answer_is_stale_when_expired_or_long_unchecked(
    checked: date | None, expires: date | None, stale: bool
) -> None:
    assert is_stale(checked, expires, TODAY) is stale


def test_the_passage_begins_where_the_answer_fits(database: Database, tmp_path: Path) -> None:
    answer = "인사말입니다. 시설 안내입니다. 수수료는 창구에서 확인해 주십시오. 끝말입니다."
    put_articles(database, [an_article(1, "여권 안내", answer)], at_us=1)
    hit = search(index_of(database, tmp_path), [("여권 수수료", 1.0)], today=TODAY)[0]
    assert hit.passage == "수수료는 창구에서 확인해 주십시오. 끝말입니다."


def test_a_passage_is_bounded_even_without_sentences() -> None:
    assert len(passage_of("가" * 5_000, {}, syllabic=False)) <= 2 * PASSAGE_CHARS
    assert passage_of("", {}, syllabic=False) == ""


def test_hits_in_a_list_are_ordered_and_scored_between_nothing_and_one(desk: Desk) -> None:
    scores = [hit.score for hit in search(desk.index, [("쓰레기 버리는 방법", 1.0)], today=TODAY)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


def test_a_search_that_finds_nothing_good_is_a_gap_only_when_committed(desk: Desk, database: Database) -> None:
    request = {
        "op": "search",
        "query": "드론 비행 허가 010-1234-5678",
        "today": TODAY.isoformat(),
        "limit": 10,
        "at_us": 5,
    }
    for change in ({"committed": False}, {"committed": True}, {"committed": True, "query": "포트홀 신고"}):
        desk.answer(request | change)
        desk.finish()
        if not change["committed"]:
            assert gaps(database) == []
    assert [(gap.query, gap.times) for gap in gaps(database)] == [("드론 비행 허가 ###-####-####", 1)]
