"""What the desk writes for the counselor: wrap-up and ticket form, made from the transcript by rules anyone can read.

No model guesses here. The summary is the citizen's first question and what answered it; the category follows from the
article used, the words said and the queue, in that order of weight. Telephone and resident numbers are hidden. A person
reads and corrects everything before it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dasan.core.policy import Policy
from dasan.core.text import clean_line, mask
from dasan.server.places import place_in

SUMMARY_CHARS_MAX = 200
LINE_CHARS_MAX = 120
DESCRIPTION_CHARS_MAX = 3_000
FORM_SUMMARY_CHARS_MAX = 80


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a transcript: ``who`` is citizen or counselor. ``article`` is the title of what it came from."""

    who: str
    text: str
    article: str = ""
    photo: str = ""


# Words that tell a subject, by category code; longer ones tell more.
SIGNS: Mapping[str, tuple[str, ...]] = {
    code: tuple(words.split())
    for code, words in {
        "traffic": "주차 불법주정차 단속 견인 버스 지하철 신호등 교통 과태료 택시 따릉이 parking bus",
        "water": "수도 상수도 누수 단수 수돗물 계량기 수도요금 녹물 water leak",
        "waste": "쓰레기 폐기물 분리수거 재활용 음식물 종량제 대형폐기물 무단투기 trash garbage waste",
        "housing": "주택 임대 전세 건축 층간소음 재개발 아파트 불법건축 housing rent",
        "welfare": "복지 돌봄 기초생활 장애인 어르신 노인 아동수당 지원금 바우처 welfare care",
        "tax": "세금 지방세 재산세 자동차세 주민세 취득세 납부 체납 tax",
        "civil": "여권 등본 초본 인감 가족관계 주민등록 전입신고 증명서 passport certificate",
        "culture": "문화 관광 공연 도서관 박물관 축제 한강공원 체육 library festival tour",
        "health": "보건소 예방접종 병원 약국 감염 건강검진 금연 clinic vaccin health",
        "road": "도로 포트홀 보도블록 가로등 맨홀 싱크홀 파손 보도 빗물받이 road pothole",
        "environment": "소음 악취 미세먼지 공사장 대기 매연 하천 벌레 noise smell dust",
    }.items()
}
_GREETINGS = "안녕하세요 안녕하십니까 수고하십니다 수고하세요 여보세요 저기요 문의드립니다 hello hi hey"
_GREETING = re.compile(f"^(?:{'|'.join(_GREETINGS.split())})[\\s.,!~?]*", re.IGNORECASE)
_THANKS = re.compile(r"^(네|예|아|감사합니다|고맙습니다|알겠습니다|ok|thanks?|thank you)[\s.,!~]*$", re.IGNORECASE)


def first_question(lines: Iterable[Said]) -> str:
    """The citizen's first line that says something, without its greeting; "" when there is none."""
    for line in lines:
        if line.who != "citizen":
            continue
        text = _GREETING.sub("", clean_line(line.text, limit=LINE_CHARS_MAX * 4)).strip()
        if len(text) >= 2 and not _THANKS.match(text):
            return _cut(mask(text), LINE_CHARS_MAX)
    return ""


def category_of(lines: Sequence[Said], queue: str, policy: Policy, *, usual: str = "general") -> str:
    """The category code that fits best; ``usual`` (if the policy has it, else its last) when nothing tells."""
    scores = {category.code: 0 for category in policy.categories}
    if queue in scores:
        scores[queue] += 3
    for line in lines:
        weight = {"citizen": 2, "counselor": 1}.get(line.who, 0)
        text, title = line.text.lower(), line.article.lower()
        for code, words in SIGNS.items():
            if code in scores:
                scores[code] += sum(weight * min(len(word), 4) for word in words if word in text)
                scores[code] += sum(4 * min(len(word), 4) for word in words if word in title)
    best = max(scores, key=lambda code: scores[code], default="")
    if best and scores[best]:
        return best
    return usual if usual in scores else next(reversed(scores), "")


def wrap_up(lines: Sequence[Said], queue: str, policy: Policy, tickets: Sequence[str], language: str) -> dict[str, str]:
    """``disposition``, ``category`` and ``summary`` of a wrap-up. ``tickets`` are the stages of filed ones."""
    return {
        "category": category_of(lines, queue, policy),
        "summary": summary(lines, bool(tickets), language),
        "disposition": _disposition(lines, bool(tickets), policy),
    }


def _disposition(lines: Sequence[Said], filed: bool, policy: Policy) -> str:
    known = {d.code for d in policy.dispositions}
    answered = any(line.who == "counselor" for line in lines)
    wish = "ticket" if filed else "answered" if answered else "no_reply"
    return wish if wish in known else next(iter(known), "")


def summary(lines: Sequence[Said], filed: bool, language: str) -> str:
    """Question and answer in one or two short lines, in the console's language, without personal data."""
    question = first_question(lines)
    article = next((line.article for line in reversed(lines) if line.who == "counselor" and line.article), "")
    last = next((line.text for line in reversed(lines) if line.who == "counselor" and line.text), "")
    answer = article or _cut(mask(clean_line(last, limit=LINE_CHARS_MAX * 4)), LINE_CHARS_MAX)
    korean = language == "ko"
    parts = []
    if question:
        parts.append(f"문의: {question}" if korean else f"Asked: {question}")
    if answer:
        guide = ("안내 자료: " if article else "답변: ") if korean else ("From: " if article else "Answer: ")
        parts.append(guide + answer)
    if filed:
        parts.append("응답소에 접수함" if korean else "Filed with Eung-Dap-So")
    return _cut(" / ".join(parts), SUMMARY_CHARS_MAX)


@dataclass(frozen=True, slots=True)
class Form:
    """A ticket's first draft. ``photos`` are those that the citizen sent, for the counselor to pick from."""

    category: str
    summary: str
    description: str
    place: str
    photos: tuple[str, ...]


def ticket_form(lines: Sequence[Said], queue: str, policy: Policy) -> Form:
    """The form from what the citizen said; what the counselor said is not the citizen's complaint."""
    own = [line for line in lines if line.who == "citizen"]
    words = [text for line in own if (text := mask(line.text).strip()) and not _THANKS.match(text)]
    return Form(
        category=category_of(own, queue, policy),
        summary=_cut(first_question(lines), FORM_SUMMARY_CHARS_MAX),
        description=_newest("\n".join(words), DESCRIPTION_CHARS_MAX),
        place=place_in(line.text for line in own),
        photos=tuple(line.photo for line in own if line.photo),
    )


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _newest(text: str, limit: int) -> str:
    """Of too long a text the end, from a whole line on: people come to their point after its story."""
    if len(text) <= limit:
        return text
    return text[-limit:].partition("\n")[2] or text[-limit:]
