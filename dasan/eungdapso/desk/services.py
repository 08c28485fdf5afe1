"""What can be reported: the desk's list of services, as data.

Field reports (a thing at a place) are realtime, run on wall-clock hours, and may be read by everybody. Complaints,
questions and proposals speak of persons: they are read only with a key, and run on working days. A service of type
``batch`` gives a token until somebody has found the department. Names are Korean; ``group`` and ``keywords`` carry the
English beside it, because Open311 knows one name only. Terms are this project's examples after
민원처리법 시행령, not the city's official list.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dasan.eungdapso.desk.due import Term


@dataclass(frozen=True, slots=True)
class Attribute:
    """One extra question. ``datatype``: string, number, datetime, text, singlevaluelist or multivaluelist."""

    code: str
    datatype: str
    description: str
    required: bool = False
    hint: str = ""
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """One kind of report. ``public``: description and place may be read without a key."""

    code: str
    name: str
    name_en: str
    description: str
    group: str
    keywords: str
    term: Term
    agency: str
    kind: str = "realtime"
    public: bool = False
    needs_place: bool = False
    attributes: tuple[Attribute, ...] = ()


H3, H24, D5 = Term(hours=3), Term(hours=24), Term(hours=120)
W7, W14 = Term(working_days=7), Term(working_days=14)

PLATE = Attribute("PLATE", "string", "차량 번호 / Plate number", hint="예: 12가 3456")
PLATE_NEEDED = Attribute("PLATE", "string", "차량 번호 / Plate number", required=True, hint="예: 12가 3456")
SPOT = Attribute(
    "SPOT",
    "singlevaluelist",
    "장소의 종류 / Kind of place",
    values=(
        ("crosswalk", "횡단보도 / crosswalk"),
        ("school", "어린이보호구역 / school zone"),
        ("hydrant", "소화전 주변 / fire hydrant"),
        ("pavement", "보도 / pavement"),
        ("other", "그 밖 / other"),
    ),
)
SINCE = Attribute("SINCE", "datetime", "시작된 때 / Since when", hint="2026-11-21T09:00:00+09:00")
DAYTIMES = Attribute(
    "DAYTIME",
    "multivaluelist",
    "주로 언제 / When mostly",
    values=(("morning", "아침 / morning"), ("day", "낮 / day"), ("evening", "저녁 / evening"), ("night", "밤 / night")),
)
COUNT = Attribute("COUNT", "number", "수량 / How many")
WANTED = Attribute("WANTED", "text", "바라는 처리 / What should happen")


_AT_A_PLACE = (
    Service(
        "POTHOLE",
        "도로 파손",
        "Damaged road",
        "차도나 보도가 패이거나 깨진 곳",
        "도로 / Roads",
        "도로, 포트홀, 보도블록, road, pothole, pavement",
        H24,
        "도로관리과",
    ),
    Service(
        "PARK",
        "불법 주정차",
        "Illegal parking",
        "세워서는 안 되는 곳에 세운 차",
        "교통 / Traffic",
        "주차, 주정차, 견인, parking, towing",
        H3,
        "주차관리과",
        attributes=(
            PLATE,
            SPOT,
        ),
    ),
    Service(
        "CAR",
        "방치 차량",
        "Abandoned car",
        "오래 버려진 차",
        "교통 / Traffic",
        "방치차량, 폐차, abandoned car",
        D5,
        "교통행정과",
        attributes=(PLATE_NEEDED,),
    ),
    Service(
        "SIGNAL",
        "신호등·표지 고장",
        "Signal or sign fault",
        "꺼지거나 잘못 켜진 신호등, 쓰러진 표지",
        "교통 / Traffic",
        "신호등, 표지판, traffic light, sign",
        H3,
        "교통운영과",
    ),
    Service(
        "LIGHT",
        "가로등·보안등 고장",
        "Street light out",
        "꺼졌거나 낮에도 켜진 등",
        "도로 / Roads",
        "가로등, 보안등, street light",
        H24,
        "도로조명과",
        attributes=(COUNT,),
    ),
    Service(
        "WASTE",
        "쓰레기 무단투기",
        "Dumped rubbish",
        "수거일이 아닌데 쌓인 쓰레기, 무단투기",
        "청소 / Waste",
        "쓰레기, 무단투기, 청소, rubbish, dumping",
        H24,
        "청소행정과",
        attributes=(DAYTIMES,),
    ),
    Service(
        "BULKY",
        "대형폐기물 미수거",
        "Bulky waste not collected",
        "신고했는데 가져가지 않은 대형폐기물",
        "청소 / Waste",
        "대형폐기물, 수거, bulky waste",
        D5,
        "청소행정과",
        attributes=(COUNT,),
    ),
    Service(
        "WATER",
        "상수도 누수·단수",
        "Water leak or cut",
        "물이 새거나 나오지 않는 곳",
        "수도 / Water",
        "수도, 누수, 단수, 탁수, water leak",
        H3,
        "수도사업소",
        attributes=(SINCE,),
    ),
    Service(
        "DRAIN",
        "하수·빗물받이 막힘",
        "Blocked drain",
        "막힌 빗물받이, 넘치거나 냄새나는 하수구",
        "수도 / Water",
        "하수도, 빗물받이, 악취, drain, sewer",
        H24,
        "치수과",
    ),
    Service(
        "TREE",
        "가로수·공원 불편",
        "Tree or park trouble",
        "부러진 가지, 고장 난 공원 시설",
        "환경 / Environment",
        "가로수, 공원, 놀이터, tree, park",
        D5,
        "공원녹지과",
    ),
)

_CASES = (
    Service(
        "NOISE",
        "소음·먼지·악취",
        "Noise, dust, smell",
        "공사장이나 사업장의 소음, 먼지, 냄새",
        "환경 / Environment",
        "소음, 공사장, 먼지, 악취, noise, dust, odour",
        W7,
        "환경과",
        needs_place=True,
        attributes=(DAYTIMES, SINCE),
    ),
    Service(
        "HOUSING",
        "주택·건축 민원",
        "Housing and building",
        "공동주택 관리, 불법 건축, 임대주택",
        "주택 / Housing",
        "주택, 건축, 임대, 아파트, housing, building",
        W7,
        "주택과",
        attributes=(WANTED,),
    ),
    Service(
        "WELFARE",
        "복지·돌봄 상담 요청",
        "Welfare and care",
        "생계, 돌봄, 장애, 어르신, 아동 복지",
        "복지 / Welfare",
        "복지, 기초생활, 돌봄, 장애인, 어르신, welfare, care",
        W7,
        "복지정책과",
        attributes=(WANTED,),
    ),
    Service(
        "TAX",
        "지방세·과태료 이의",
        "Local tax and fines",
        "지방세 부과, 과태료에 대한 질의와 이의",
        "세금 / Taxes",
        "지방세, 과태료, 이의, tax, fine",
        W7,
        "세무과",
        attributes=(WANTED,),
    ),
    Service(
        "HEALTH",
        "보건·위생 민원",
        "Health and hygiene",
        "식품 위생, 감염병, 보건소 이용",
        "보건 / Health",
        "보건소, 위생, 식품, 감염병, health, food",
        W7,
        "보건위생과",
        attributes=(WANTED,),
    ),
    Service(
        "CULTURE",
        "문화·체육시설 민원",
        "Culture and sports",
        "도서관, 공연장, 체육시설 이용",
        "문화 / Culture",
        "도서관, 체육관, 공연, library, sports",
        W7,
        "문화체육과",
        attributes=(WANTED,),
    ),
    Service(
        "DOCUMENT",
        "민원서류 질의",
        "Civil documents",
        "증명서 발급과 신고 절차에 대한 질의",
        "민원서류 / Documents",
        "등본, 증명서, 발급, certificate, document",
        W7,
        "민원여권과",
        attributes=(WANTED,),
    ),
    Service(
        "GRIEVANCE",
        "고충민원",
        "Grievance",
        "부당하거나 늦은 처리로 겪은 불편",
        "일반 / General",
        "고충, 부당, 지연, grievance, delay",
        W7,
        "통합접수",
        "batch",
        attributes=(WANTED,),
    ),
    Service(
        "LAW",
        "법령 질의",
        "Question on a rule",
        "법령이나 제도의 뜻을 묻는 질의",
        "일반 / General",
        "법령, 해석, 제도, law, rule",
        W14,
        "통합접수",
        "batch",
        attributes=(WANTED,),
    ),
    Service(
        "PROPOSAL",
        "시정 건의·제안",
        "Proposal",
        "더 나은 서울을 위한 건의와 제안",
        "일반 / General",
        "건의, 제안, proposal, idea",
        W14,
        "통합접수",
        "batch",
        attributes=(WANTED,),
    ),
    Service(
        "GENERAL",
        "일반 민원",
        "General complaint",
        "위 분류에 들지 않는 민원",
        "일반 / General",
        "일반, 기타, general, other",
        W7,
        "통합접수",
        attributes=(WANTED,),
    ),
)

SERVICES: tuple[Service, ...] = (
    *(replace(service, public=True, needs_place=True) for service in _AT_A_PLACE),
    *_CASES,
)

CATALOGUE = {service.code: service for service in SERVICES}
# Sortable mark of the last change of the list and its definitions: clients refresh what they keep when it differs.
CHANGESET = "2026-11-21T00:00:00Z"
