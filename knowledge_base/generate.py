"""Articles by the thousand, the same for the same seed: for benchmarks and tests, never for counselors.

Each is a plausible question of some district about some service, with an answer of several sentences, so that words
are shared and spread about as in a real collection. They say nothing true about any office.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from knowledge_base.model import CATEGORIES, DISTRICTS, Article, Wording

SEED = 120

_SUBJECTS: dict[str, tuple[str, ...]] = {
    "traffic": (
        "불법 주정차 단속",
        "거주자 우선 주차",
        "공영주차장 정기권",
        "견인 차량 반환",
        "교통 유발 부담금",
        "마을버스 노선",
    ),
    "water": ("수도 요금 감면", "계량기 동파 교체", "누수 탐지", "저수조 청소", "수질 검사", "단수 안내"),
    "waste": (
        "대형폐기물 배출",
        "음식물 쓰레기 수거",
        "재활용 분리배출",
        "종량제 봉투 판매소",
        "폐건전지 수거함",
        "무단투기 단속",
    ),
    "housing": ("전월세 신고", "공동주택 지원", "빈집 정비", "재개발 조합", "층간소음 조정", "위반 건축물"),
    "welfare": ("긴급복지", "기초연금", "장애인 활동 지원", "아동 수당", "노인 일자리", "한부모 가족 지원"),
    "taxes": ("재산세 고지", "자동차세 연납", "주민세 납부", "취득세 감면", "지방세 환급", "체납 상담"),
    "civil": ("여권 발급", "주민등록 등본", "인감 증명", "전입 신고", "가족관계 증명", "혼인 신고"),
    "culture": ("도서관 대출", "체육관 예약", "문화 강좌", "공원 행사", "박물관 관람", "캠핑장 추첨"),
    "health": ("예방접종", "건강진단 결과서", "치매 검사", "금연 클리닉", "영양 상담", "결핵 검진"),
    "roads": ("포트홀 보수", "가로등 고장", "제설 요청", "보도 정비", "도로 점용 허가", "빗물받이 청소"),
    "environment": ("공사장 소음", "미세먼지 경보", "악취 민원", "에너지 절약 마일리지", "유기 동물", "석면 해체"),
    "general": ("민원 접수 결과", "통역 상담", "무인 발급기", "정보 공개 청구", "자원봉사 신청", "구민 제안"),
}
_ASKS = (
    "{district} {subject} 신청 방법이 궁금합니다",
    "{district} {place}에서 {subject} 어떻게 하나요",
    "{subject} 담당 부서가 어디인가요 ({district} {place})",
    "{district} {subject} 필요한 서류를 알려주세요",
    "{district} {subject} 기간과 대상은 누구인가요",
    "{place} 근처 {subject} 문의드립니다",
    "{district} {subject} 온라인으로 할 수 있나요",
    "{district} {subject} 결과를 확인하고 싶어요",
    "{who}도 {district} {subject} 이용할 수 있나요",
)
_SAYS = (
    "{district}에 사시는 {who}이라면 {subject}을 신청하실 수 있습니다.",
    "{place} 주민센터를 방문하시거나 구청 누리집에서 접수하시면 됩니다.",
    "신분증과 {paper}을 준비해 주십시오.",
    "{subject} 담당자가 현장을 확인한 뒤 결과를 문자로 알려 드립니다.",
    "대리인이 오실 때에는 위임장과 {paper}이 함께 필요합니다.",
    "{who}에게는 수수료를 줄여 드리는 제도가 있습니다.",
    "처리에는 며칠이 걸리며 사정에 따라 늦어질 수 있습니다.",
    "자세한 기준은 {district} {team}에 문의해 주십시오.",
    "{place} 일대는 {when}에 신청이 몰리니 미리 예약하시는 편이 좋습니다.",
    "접수 번호를 적어 두시면 {subject}의 진행을 조회하실 수 있습니다.",
    "{when}에는 {team}에서 찾아가는 상담을 합니다.",
    "이미 신청하셨다면 {paper}만 다시 내시면 됩니다.",
)
_WHO = (
    "어르신",
    "청년",
    "신혼부부",
    "외국인 주민",
    "소상공인",
    "다자녀 가구",
    "장애인",
    "임차인",
    "건물 소유자",
    "학부모",
)
_PAPERS = (
    "임대차 계약서",
    "통장 사본",
    "가족관계 서류",
    "사진",
    "영수증",
    "소득 증빙",
    "위치도",
    "차량 등록증",
    "진단서",
    "동의서",
)
_TEAMS = (
    "생활민원팀",
    "주차관리팀",
    "복지정책팀",
    "청소행정팀",
    "세무관리팀",
    "도로관리팀",
    "환경지도팀",
    "건강증진팀",
    "문화예술팀",
)
_WHENS = ("이사철", "장마철", "겨울철", "학기 초", "명절 앞", "연말", "봄철", "휴가철")
_HEADS = "가나다라마바사아자차카타파하강남동서북중신구월일정화청백산수목금토천인성명은한별솔달빛샘들"


def generated_articles(count: int, seed: int = SEED) -> Iterator[Article]:
    """``count`` articles; the first n are the same whatever ``count`` is."""
    rng = Random(seed)  # noqa: S311 - the same articles every time
    for number in range(count):
        category = rng.choice(tuple(CATEGORIES))
        values = _values(rng, category)
        question = rng.choice(_ASKS).format(**values)
        answer = " ".join(line.format(**values) for line in rng.sample(_SAYS, rng.randint(3, 5)))
        yield Article(
            external_id=f"generated-{seed}-{number}",
            category=category,
            wordings={"ko": Wording(question, answer)},
            district=values["district"],
            department=values["team"],
            source="generated",
        )


def generated_turns(count: int, seed: int = SEED + 1) -> Iterator[str]:
    """What citizens might say about them, spoken or typed, not word for word the articles' questions."""
    rng = Random(seed)  # noqa: S311 - the same questions every time
    openings = ("저 {place} 사는데요 ", "안녕하세요 ", "{district}인데요 ", "혹시 ", "{who}인데 ", "")
    endings = (
        "{subject} 하려면 {paper} 있어야 하나요",
        "{subject} 언제까지 해야 돼요",
        "{subject} 좀 알려주세요",
        "{subject} 안 되나요",
    )
    for _ in range(count):
        values = _values(rng, rng.choice(tuple(CATEGORIES)))
        yield (rng.choice(openings) + rng.choice(endings)).format(**values)


def _values(rng: Random, category: str) -> dict[str, str]:
    place = "".join(rng.choice(_HEADS) for _ in range(2)) + rng.choice(("동", "로", "길", "시장", "공원", "역"))
    return {
        "district": rng.choice(DISTRICTS),
        "subject": rng.choice(_SUBJECTS[category]),
        "place": place,
        "who": rng.choice(_WHO),
        "paper": rng.choice(_PAPERS),
        "team": rng.choice(_TEAMS),
        "when": rng.choice(_WHENS),
    }
