"""The words of the knowledge base: an article in its languages, a document in the index, a hit on the desk.

An article is one answer of the city to one kind of question. Its facts (department, phone, source, dates) stand once;
its question and answer stand once for each language. All text in here has passed ``dasan.core.text.clean``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

CATEGORIES: dict[str, tuple[str, str]] = {
    "traffic": ("교통·주차", "Traffic and parking"),
    "water": ("수도", "Water"),
    "waste": ("청소·쓰레기", "Waste"),
    "housing": ("주택", "Housing"),
    "welfare": ("복지", "Welfare"),
    "taxes": ("세금", "Taxes"),
    "civil": ("증명·민원", "Civil documents"),
    "culture": ("문화·체육", "Culture"),
    "health": ("보건", "Health"),
    "roads": ("도로", "Roads"),
    "environment": ("환경", "Environment"),
    "general": ("일반", "General"),
}
LANGUAGES = ("ko", "en", "zh", "ja", "vi", "mn")
_DISTRICTS = """
종로구 중구 용산구 성동구 광진구 동대문구 중랑구 성북구 강북구 도봉구 노원구 은평구 서대문구 마포구 양천구
강서구 구로구 금천구 영등포구 동작구 관악구 서초구 강남구 송파구 강동구
"""
DISTRICTS = tuple(_DISTRICTS.split())
Status = Literal["published", "draft", "retired"]
STATUSES: tuple[Status, ...] = ("published", "draft", "retired")
QUESTION_CHARS_MAX = 300
ANSWER_CHARS_MAX = 6_000
QUERY_CHARS_MAX = 300
STALE_AFTER = timedelta(days=365)  # an answer nobody has checked for a year is shown with a warning


@dataclass(frozen=True, slots=True)
class Wording:
    """Question and answer in one language."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Article:
    """One answer of the city. ``wordings`` maps a language of ``LANGUAGES`` to its text; Korean should be there.

    ``district`` is empty for the whole city. ``example`` marks the starter set.
    """

    external_id: str
    category: str
    wordings: dict[str, Wording]
    district: str = ""
    department: str = ""
    phone: str = ""
    source: str = ""
    owner: str = ""
    checked_on: date | None = None
    expires_on: date | None = None
    status: Status = "published"
    example: bool = False

    def content_hash(self) -> str:
        """SHA-256 (hex) of everything a reader could see; equal content has an equal hash."""
        body = asdict(self) | {"checked_on": iso_or_blank(self.checked_on), "expires_on": iso_or_blank(self.expires_on)}
        return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Stored:
    """An article in the store. ``version`` counts its own changes from 1; ``revision`` is the store's counter."""

    id: str
    article: Article
    version: int
    revision: int
    content_hash: str
    uses: int = 0


_PLACES = {True: ("질문에", "in the question:"), False: ("본문에", "in the answer:")}


@dataclass(frozen=True, slots=True)
class Why:
    """Why a hit matched. ``words`` stand in the article as asked; ``corrected`` are (typed, read as) pairs."""

    words: tuple[str, ...] = ()
    in_question: bool = False
    corrected: tuple[tuple[str, str], ...] = ()
    views: tuple[str, ...] = ()

    def sentence(self, language: str) -> str:
        """One short line for the desk, e.g. ``질문에 '여권', '재발급'``."""
        ko = language == "ko"
        parts: list[str] = []
        if self.words:
            place = _PLACES[self.in_question][0 if ko else 1]
            parts.append(place + " " + ", ".join(f"'{word}'" for word in self.words))
        if self.corrected:
            label = "바꿔 읽음" if ko else "read as"
            parts.append(label + " " + ", ".join(f"'{typed}'→'{read}'" for typed, read in self.corrected))
        if not parts:
            parts.append("비슷한 글자" if ko else "similar spelling")
        return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Hit:
    """One article offered to a counselor, in the language asked for where that exists, else in Korean.

    ``score`` is 0 to 1: the place among the hits times how much of the question the best hit covers. ``passage`` is
    the part of the answer that fits best, whole sentences, at most about 200 characters. ``stale``: expired, never
    checked, or not checked for ``STALE_AFTER``.
    """

    article_id: str
    language: str
    question: str
    answer: str
    passage: str
    score: float
    why: Why
    category: str
    district: str
    department: str
    phone: str
    source: str
    checked_on: date | None
    expires_on: date | None
    stale: bool
    expired: bool = False
    example: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """What the counselor narrowed the search to; empty means anything. A district also admits city-wide articles."""

    category: str = ""
    district: str = ""
    language: str = ""
    expired: bool = False


class Hits(list[Hit]):
    """A list of hits and how it came about: ``ok``, ``nothing`` (no question in it), ``superseded`` by a newer turn,
    ``busy`` (queue full), ``late`` (time-out) or ``down`` (no child process)."""

    def __init__(self, hits: list[Hit] | None = None, state: str = "ok", took_ms: float = 0.0) -> None:
        super().__init__(hits or [])
        self.state = state
        self.took_ms = took_ms


def is_stale(checked_on: date | None, expires_on: date | None, today: date) -> bool:
    """Whether an answer must carry a warning on ``today``."""
    if expires_on is not None and expires_on < today:
        return True
    return checked_on is None or today - checked_on > STALE_AFTER


def iso_or_blank(day: date | None) -> str:
    """``2026-11-21``, or ``""`` for no date."""
    return day.isoformat() if day else ""


def day_or_none(text: str) -> date | None:
    """The reverse of :func:`iso_or_blank`."""
    return date.fromisoformat(text) if text else None


def hit_to_wire(hit: Hit) -> dict[str, Any]:
    """``hit`` as JSON values, for the pipe."""
    return asdict(hit) | {"checked_on": iso_or_blank(hit.checked_on), "expires_on": iso_or_blank(hit.expires_on)}


def hit_from_wire(values: dict[str, Any]) -> Hit:
    """The reverse of :func:`hit_to_wire`."""
    why = values["why"]
    read = Why(
        words=tuple(why["words"]),
        in_question=why["in_question"],
        corrected=tuple((typed, meant) for typed, meant in why["corrected"]),
        views=tuple(why["views"]),
    )
    days = {key: day_or_none(values[key]) for key in ("checked_on", "expires_on")}
    return Hit(**(values | {"why": read} | days))


@dataclass(frozen=True, slots=True)
class ArticleView:
    """A whole article in one language, as the desk's preview shows it; ``languages`` are those it exists in."""

    id: str
    language: str
    question: str
    answer: str
    category: str
    district: str
    department: str
    phone: str
    source: str
    owner: str
    checked_on: date | None
    expires_on: date | None
    stale: bool
    version: int
    example: bool
    languages: tuple[str, ...] = field(default=())


def view_of(stored: Stored, language: str, today: date) -> ArticleView:
    """``stored`` in ``language``, or in Korean, or in whatever it has."""
    article = stored.article
    spoken = pick_language(article.wordings, language)
    wording = article.wordings[spoken]
    return ArticleView(
        id=stored.id, language=spoken, question=wording.question, answer=wording.answer, category=article.category,
        district=article.district, department=article.department, phone=article.phone, source=article.source,
        owner=article.owner, checked_on=article.checked_on, expires_on=article.expires_on,
        stale=is_stale(article.checked_on, article.expires_on, today), version=stored.version,
        example=article.example, languages=tuple(article.wordings),
    )  # fmt: skip


def pick_language(wordings: dict[str, Wording], language: str) -> str:
    """The language of ``wordings`` to show to a reader of ``language``."""
    if language in wordings:
        return language
    return "ko" if "ko" in wordings else next(iter(wordings))
