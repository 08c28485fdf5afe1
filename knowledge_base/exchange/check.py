"""Rows into articles: names of columns understood, cells cleaned and checked, rows of one article put together.

Column names may be Korean or English. One row is one wording; rows with the same id are one article in several
languages, and the facts (department, dates, …) must agree in all of them or stand only in the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import cast

from dasan.core.text import clean, clean_line
from knowledge_base.exchange.problems import Problem
from knowledge_base.exchange.read import Row
from knowledge_base.model import (
    ANSWER_CHARS_MAX,
    CATEGORIES,
    DISTRICTS,
    LANGUAGES,
    QUESTION_CHARS_MAX,
    STATUSES,
    Article,
    Status,
    Wording,
    iso_or_blank,
)

# our name: other names that files use
COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("번호", "문서번호", "아이디", "external_id", "_id"),
    "language": ("언어", "lang"),
    "question": ("질문", "제목", "title"),
    "answer": ("답변", "내용", "text", "body"),
    "category": ("분류", "분야"),
    "district": ("자치구", "지역", "구"),
    "department": ("담당부서", "부서"),
    "phone": ("전화", "전화번호", "연락처"),
    "source": ("출처", "근거"),
    "owner": ("담당자", "관리자"),
    "checked_on": ("확인일", "최종확인일"),
    "expires_on": ("만료일", "유효기한"),
    "status": ("상태",),
    "example": ("예시",),
}
_REQUIRED = ("question", "answer", "category")
_NAMES = {name: ours for ours, others in COLUMNS.items() for name in (ours, *others)}
_LINES = {"department": 120, "phone": 60, "source": 400, "owner": 120, "id": 120}
_STATUS_NAMES = {"게시": "published", "초안": "draft", "폐기": "retired", "": "published"}
_CATEGORY_NAMES = {spoken.lower(): code for code, names in CATEGORIES.items() for spoken in (code, *names)}
_FACTS = ("category", "district", "department", "phone", "source", "owner", "checked_on", "expires_on", "status")
_TRUE = frozenset({"1", "true", "yes", "y", "o", "예"})
_DATE_FORMATS = ("%Y-%m-%d", "%Y.%m.%d", "%Y/%m/%d", "%Y%m%d", "%Y. %m. %d", "%Y.%m.%d.", "%Y. %m. %d.")


def articles_of(rows: Sequence[Row]) -> tuple[list[Article], list[Problem]]:
    """The articles in ``rows`` and every problem found; the articles are of use only when there is none."""
    if not rows:
        return [], [Problem(0, "", "no_rows")]
    problems = _column_problems(rows)
    if problems:
        return [], problems
    drafts: dict[str, _Draft] = {}
    for number, raw in rows:
        cells = {_NAMES[name.strip().lower()]: _armed(value) for name, value in raw.items() if name.strip()}
        row = _read_row(number, cells, problems)
        if not row.facts["category"] and row.id not in drafts:  # a further wording has the facts of the first
            problems.append(Problem(number, "category", "empty"))
        _join(drafts, row, problems)
    return [draft.article() for draft in drafts.values()], problems


def _armed(value: str) -> str:
    """Take off the apostrophe that the export puts before what a spreadsheet would calculate."""
    return value[1:] if value[:1] == "'" and value[1:2] in {"=", "+", "-", "@", "\t"} else value


def _column_problems(rows: Sequence[Row]) -> list[Problem]:
    seen = dict.fromkeys(name.strip() for _, row in rows for name in row if name.strip())
    known = ", ".join(COLUMNS)
    problems = []
    for name in seen:
        if name.lower() not in _NAMES:
            near = get_close_matches(name.lower(), _NAMES, n=1)
            problems += [Problem(1, name, "unknown_column", value=name, hint=near[0] if near else known)]
    have = {_NAMES.get(name.lower()) for name in seen}
    problems += [Problem(1, name, "missing_column", value=name, hint=known) for name in _REQUIRED if name not in have]
    return problems


@dataclass(slots=True)
class _Row:
    number: int
    id: str
    language: str
    wording: Wording
    facts: dict[str, str]
    example: bool


@dataclass(slots=True)
class _Draft:
    """One article on its way: its first row, and where each of its languages stood."""

    first: _Row
    wordings: dict[str, Wording]
    places: dict[str, int]

    def article(self) -> Article:
        facts = self.first.facts
        return Article(
            external_id=self.first.id,
            category=facts["category"],
            wordings=self.wordings,
            district=facts["district"],
            department=facts["department"],
            phone=facts["phone"],
            source=facts["source"],
            owner=facts["owner"],
            checked_on=_day(facts["checked_on"]),
            expires_on=_day(facts["expires_on"]),
            status=cast("Status", facts["status"]),
            example=self.first.example,
        )


def _read_row(number: int, cells: dict[str, str], problems: list[Problem]) -> _Row:
    def bad(column: str, code: str, value: str = "", hint: str = "") -> None:
        problems.append(Problem(number, column, code, value[:60], hint))

    facts = {name: clean_line(cells.get(name, ""), limit=400) for name in _FACTS}
    question, answer = clean_line(cells.get("question", ""), limit=20_000), clean(cells.get("answer", ""), limit=20_000)
    for name, text, limit in (
        ("question", question, QUESTION_CHARS_MAX),
        ("answer", answer, ANSWER_CHARS_MAX),
        *((name, facts[name], limit) for name, limit in _LINES.items() if name in facts),
    ):
        if len(text) > limit:
            bad(name, "too_long", str(len(text)), str(limit))
    for name in (name for name, text in (("question", question), ("answer", answer)) if not text):
        bad(name, "empty")
    language = clean_line(cells.get("language", "")).lower() or "ko"
    if language not in LANGUAGES:
        bad("language", "unknown_language", language, ", ".join(LANGUAGES))
    _check_facts(facts, bad)
    # without an id of its own, an article is known by its question: a changed question is then a new article
    identity = clean_line(cells.get("id", ""), limit=_LINES["id"]) or f"q:{question[: _LINES['id'] - 2]}"
    example = cells.get("example", "").strip().lower() in _TRUE
    return _Row(number, identity, language, Wording(question, answer), facts, example)


def _check_facts(facts: dict[str, str], bad) -> None:  # type: ignore[no-untyped-def]
    """Put the facts into our words, in place; ``bad(column, code, value, hint)`` takes what cannot be."""
    category = _CATEGORY_NAMES.get(facts["category"].lower())
    if facts["category"] and category is None:
        bad("category", "unknown_category", facts["category"], ", ".join(names[0] for names in CATEGORIES.values()))
    facts["category"] = category or facts["category"]
    if facts["district"] in {"서울", "서울시", "서울특별시", "전체"}:
        facts["district"] = ""
    if facts["district"] and facts["district"] not in DISTRICTS:
        near = get_close_matches(facts["district"], DISTRICTS, n=1, cutoff=0.3)
        bad("district", "unknown_district", facts["district"], near[0] if near else DISTRICTS[0])
    facts["status"] = _STATUS_NAMES.get(facts["status"], facts["status"].lower())
    if facts["status"] not in STATUSES:
        bad("status", "unknown_status", facts["status"], ", ".join(STATUSES))
    for name in ("checked_on", "expires_on"):
        day = _day(facts[name])
        if facts[name] and day is None:
            bad(name, "bad_date", facts[name])
        facts[name] = iso_or_blank(day)
    if facts["expires_on"] and facts["checked_on"] and facts["expires_on"] < facts["checked_on"]:
        bad("expires_on", "expires_before_check", facts["checked_on"])


def _day(text: str) -> date | None:
    for form in _DATE_FORMATS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            continue
    return None


def _join(drafts: dict[str, _Draft], row: _Row, problems: list[Problem]) -> None:
    draft = drafts.get(row.id)
    if draft is None:
        drafts[row.id] = _Draft(row, {row.language: row.wording}, {row.language: row.number})
        return
    if row.language in draft.places:
        problems.append(Problem(row.number, "language", "doubled_wording", value=str(draft.places[row.language])))
        return
    # a later row may leave a fact out; "published" is what an empty status means
    left_out = {"status": "published"}
    first = draft.first.facts
    for name in (name for name in _FACTS if row.facts[name] not in {first[name], left_out.get(name, "")}):
        problems += [Problem(row.number, name, "facts_differ", value=row.id[:60], hint=name)]
    draft.wordings[row.language] = row.wording
    draft.places[row.language] = row.number
