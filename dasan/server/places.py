"""A guess at the place that a text speaks of: one of Seoul's 25 districts, and what looks like a road or a number.

For a form that a person checks before it is sent, and for the district on the card. No gazetteer: the district's name,
a dong, a road name (로, 길) with its number, a station or an exit, as they are written. Nothing is invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

DISTRICTS: dict[str, str] = {
    "강남구": "Gangnam-gu",
    "강동구": "Gangdong-gu",
    "강북구": "Gangbuk-gu",
    "강서구": "Gangseo-gu",
    "관악구": "Gwanak-gu",
    "광진구": "Gwangjin-gu",
    "구로구": "Guro-gu",
    "금천구": "Geumcheon-gu",
    "노원구": "Nowon-gu",
    "도봉구": "Dobong-gu",
    "동대문구": "Dongdaemun-gu",
    "동작구": "Dongjak-gu",
    "마포구": "Mapo-gu",
    "서대문구": "Seodaemun-gu",
    "서초구": "Seocho-gu",
    "성동구": "Seongdong-gu",
    "성북구": "Seongbuk-gu",
    "송파구": "Songpa-gu",
    "양천구": "Yangcheon-gu",
    "영등포구": "Yeongdeungpo-gu",
    "용산구": "Yongsan-gu",
    "은평구": "Eunpyeong-gu",
    "종로구": "Jongno-gu",
    "중구": "Jung-gu",
    "중랑구": "Jungnang-gu",
}
# Said without 구, these are also other words or other places' names, so they need it.
_NEED_GU = frozenset({"중구", "종로구", "동작구"})
_SHORT = {name[:-1]: name for name in DISTRICTS if name not in _NEED_GU}
_ENGLISH = {english.lower(): korean for korean, english in DISTRICTS.items()}
_NAMES = "|".join(sorted([*DISTRICTS, *_SHORT], key=len, reverse=True))
_AFTER = "(?=[^가-힣]|$|구청|에|의|은|는|이|가|을|를|쪽|도|인)"
_DISTRICT = re.compile(f"(?<![가-힣])(?:서울(?:특별)?시?\\s*)?({_NAMES}){_AFTER}")
_ENGLISH_DISTRICT = re.compile("|".join(re.escape(name) for name in _ENGLISH), re.IGNORECASE)
_DETAIL = re.compile(
    r"(?<![가-힣])"
    r"(?:[가-힣]{1,8}\d{0,3}(?:로|길)(?:\d{1,4}(?:번|가)?길)?\s?\d{1,4}(?:-\d{1,4})?"  # 세종대로 110, 학동로4길 15-2
    r"|[가-힣]{1,6}\d{0,2}동\s?\d{1,4}-\d{1,4}"  # 역삼동 123-4
    r"|[가-힣]{2,8}역(?:\s?\d{1,2}번\s?출구)?"  # 강남역 11번 출구
    r"|[가-힣]{2,8}(?:초등학교|중학교|고등학교|주민센터|공원|시장|사거리|삼거리|교차로))"
    r"(?:\s?(?:앞|옆|근처|맞은편|뒤))?"
)
_DONG = re.compile(r"(?<![가-힣])([가-힣]{1,5}\d?동)(?=[^가-힣]|$|에|의|은|는|이|가|을|를|쪽|도|인|입|주민)")
_NOT_DONG = frozenset(re.findall(r"\S+", "행동 운동 이동 활동 자동 수동 진동 소동 노동 아동 변동 작동 공동"))
PLACE_CHARS_MAX = 120


def district_in(texts: Iterable[str]) -> str:
    """The last district named in ``texts`` (oldest first), with 구; "" when there is none."""
    found = ""
    for text in texts:
        for match in _DISTRICT.finditer(text):
            found = _SHORT.get(match[1], match[1])
        if "gu" in text.lower():  # every English name ends so, and looking for all of them in Korean text costs more
            for match in _ENGLISH_DISTRICT.finditer(text):
                found = _ENGLISH[match[0].lower()]
    return found


def place_in(texts: Iterable[str]) -> str:
    """The most telling place of ``texts``: district, dong and the last road, station or landmark; "" for none."""
    lines = list(texts)
    parts = [district_in(lines)]
    joined = "\n".join(lines)
    dongs = [m[1] for m in _DONG.finditer(joined) if m[1] not in _NOT_DONG]
    details = [m[0].strip() for m in _DETAIL.finditer(joined)]
    detail = details[-1] if details else ""
    if dongs and not detail.startswith(dongs[-1]):
        parts.append(dongs[-1])
    parts.append(detail)
    return " ".join(part for part in parts if part)[:PLACE_CHARS_MAX]
