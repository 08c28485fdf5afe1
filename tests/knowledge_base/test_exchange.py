"""Files in and out: whole or not at all, with every mistake named by row and column in two languages."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from knowledge_base.exchange import import_file, read, read_articles, write_export
from knowledge_base.exchange.problems import _SENTENCES, Problem
from knowledge_base.model import Wording
from knowledge_base.store import Database, all_articles, current_revision, put_articles
from tests.knowledge_base.conftest import an_article

KOREAN_CSV = (
    "번호,질문,답변,분류,자치구,담당부서,확인일\nk1,여권 신청,구청에서 합니다.,증명·민원,강남구,여권팀,2026.3.1\n"
)


def write(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_a_csv_is_read_in_every_encoding_that_korean_offices_use(tmp_path: Path, encoding: str) -> None:
    articles, problems = read_articles(write(tmp_path / "a.csv", KOREAN_CSV, encoding))
    assert problems == []
    (article,) = articles
    assert article.category == "civil"
    assert (article.district, article.department) == ("강남구", "여권팀")
    assert article.checked_on == date(2026, 3, 1)
    assert article.wordings == {"ko": Wording("여권 신청", "구청에서 합니다.")}


def test_an_xlsx_with_real_dates_and_numbers_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "question", "answer", "category", "checked_on", "phone"])
    sheet.append([7.0, "누수 신고", "수도사업소에 알립니다.", "water", datetime.fromisoformat("2026-05-02"), 120])
    sheet.append([None, None, None, None, None, None])
    book.save(tmp_path / "a.xlsx")
    articles, problems = read_articles(tmp_path / "a.xlsx")
    assert problems == []
    assert [(a.external_id, a.checked_on, a.phone) for a in articles] == [("7", date(2026, 5, 2), "120")]


def test_rows_of_one_article_in_several_languages_are_put_together(tmp_path: Path) -> None:
    rows = [
        {"id": "p", "question": "여권", "answer": "구청", "category": "civil", "department": "여권팀"},
        {"id": "p", "language": "en", "question": "Passport", "answer": "District office", "category": "civil"},
    ]
    lines = "\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    articles, problems = read_articles(write(tmp_path / "a.jsonl", lines))
    assert problems == []
    assert list(articles[0].wordings) == ["ko", "en"]
    assert articles[0].department == "여권팀"


def test_every_mistake_is_named_with_row_column_and_advice(tmp_path: Path) -> None:
    content = (
        "id,question,answer,category,district,language,checked_on,expires_on,status\n"
        "1,,답,civil,,,,,\n"
        "2,질문,답,없는분류,강남,xx,어제,,열림\n"
        "3,질문,답,civil,,,2026-05-01,2026-04-01,\n"
        "3,질문,답,civil,,,2026-05-01,,\n"
        f"4,{'가' * 301},답,water,,,,,\n"
    )
    _, problems = read_articles(write(tmp_path / "a.csv", content))
    found = {(problem.row, problem.column, problem.code) for problem in problems}
    assert found == {
        (2, "question", "empty"),
        (3, "category", "unknown_category"),
        (3, "district", "unknown_district"),
        (3, "language", "unknown_language"),
        (3, "checked_on", "bad_date"),
        (3, "status", "unknown_status"),
        (4, "expires_on", "expires_before_check"),
        (5, "language", "doubled_wording"),
        (6, "question", "too_long"),
    }
    district = next(problem for problem in problems if problem.column == "district")
    assert district.sentence("ko").startswith("3행 'district' 열: 모르는 자치구 '강남'입니다.")
    assert "강남구" in district.sentence("ko")
    assert district.sentence("en").startswith("row 3, column 'district': Unknown district '강남'.")


def test_a_column_that_is_misspelt_or_missing_is_named_with_the_nearest_name(tmp_path: Path) -> None:
    _, problems = read_articles(write(tmp_path / "a.csv", "qestion,answer,category\n질문,답,civil\n"))
    assert {(problem.code, problem.column, problem.hint) for problem in problems} >= {
        ("unknown_column", "qestion", "question")
    }
    assert any(problem.code == "missing_column" and problem.column == "question" for problem in problems)


def test_facts_of_one_article_must_agree_in_all_its_rows(tmp_path: Path) -> None:
    content = (
        "id,language,question,answer,category,department\n"
        "1,ko,질문,답,civil,가팀\n1,en,Question,Answer,civil,\n1,ja,質問,答え,civil,나팀\n"
    )
    _, problems = read_articles(write(tmp_path / "a.csv", content))
    assert [(problem.row, problem.column, problem.code) for problem in problems] == [(4, "department", "facts_differ")]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"\xff\xff\x81\x00", "not_text"),
        ("a.csv", b'question,answer\n"open,1\n', "bad_csv"),
        ("a.csv", b"question,question\n1,2\n", "doubled_column"),
        ("a.csv", b"question,answer,category\n", "no_rows"),
        ("a.jsonl", b"[1, 2]\n", "not_json"),
        ("a.jsonl", b"[" * 100_000, "not_json"),
        ("a.xlsx", b"PK\x03\x04 not a zip", "not_xlsx"),
        ("a.hwp", b"", "unknown_kind"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    articles, problems = read_articles(tmp_path / name)
    assert articles == []
    assert [problem.code for problem in problems] == [code]


def test_a_file_over_the_limits_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.csv", KOREAN_CSV)
    monkeypatch.setattr(read, "FILE_BYTES_MAX", 10)
    assert [problem.code for problem in read_articles(path)[1]] == ["too_large"]
    monkeypatch.setattr(read, "FILE_BYTES_MAX", 10_000)
    monkeypatch.setattr(read, "ROWS_MAX", 0)
    assert [problem.code for problem in read_articles(path)[1]] == ["too_many_rows"]
    book = openpyxl.Workbook()
    book.save(tmp_path / "a.xlsx")
    monkeypatch.setattr(read, "UNPACKED_BYTES_MAX", 10)
    assert [problem.code for problem in read_articles(tmp_path / "a.xlsx")[1]] == ["too_large"]


def test_a_file_with_one_mistake_stores_nothing(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", KOREAN_CSV + "k2,질문,답,모름,,,\n")
    report = import_file(database, path, at_us=1)
    assert not report.ok
    assert "1건" in report.sentence("ko")
    assert all_articles(database) == []
    assert current_revision(database) == 0


def test_the_same_file_twice_changes_nothing(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", KOREAN_CSV)
    first = import_file(database, path, at_us=1)
    again = import_file(database, path, at_us=2)
    assert (first.created, again.created, again.changed, again.unchanged) == (1, 0, 0, 1)
    assert again.revision == first.revision == 1


def test_a_dry_run_stores_nothing(database: Database, tmp_path: Path) -> None:
    report = import_file(database, write(tmp_path / "a.csv", KOREAN_CSV), at_us=1, dry_run=True)
    assert report.ok
    assert all_articles(database) == []


def test_hostile_text_is_cleaned_on_its_way_in(tmp_path: Path) -> None:
    row = {"id": "x\u202e", "question": "제목\x1b[31m\u202e끝\n둘", "answer": "a\x07b\u200bc", "category": "civil"}
    articles, problems = read_articles(write(tmp_path / "a.jsonl", json.dumps(row)))
    assert problems == []
    assert articles[0].external_id == "x"
    assert articles[0].wordings["ko"] == Wording("제목끝 둘", "abc")


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl"])
def test_what_is_exported_can_be_imported_unchanged(database: Database, tmp_path: Path, kind: str) -> None:
    both = {"ko": Wording("=합계는 얼마인가요", '-답\n둘째 줄, "따옴표"'), "en": Wording("+Sum?", "@answer")}
    facts = {"district": "중구", "phone": "120", "checked_on": date(2026, 1, 2), "expires_on": date(2027, 1, 2)}
    put_articles(
        database,
        [
            an_article(1, "", wordings=both, **facts),
            an_article(2, "폐기", status="retired"),
            an_article(3, "예", example=True),
        ],
        at_us=1,
    )
    path = tmp_path / f"out.{kind}"
    assert write_export(database, path) == 4
    report = import_file(database, path, at_us=2)
    assert report.problems == ()
    assert (report.unchanged, report.changed, report.created) == (3, 0, 0)


def test_a_spreadsheet_never_sees_a_formula(database: Database, tmp_path: Path) -> None:
    put_articles(database, [an_article(1, "=HYPERLINK(1)", "@cmd")], at_us=1)
    write_export(database, tmp_path / "out.csv")
    assert ",'=HYPERLINK(1),'@cmd," in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")


def test_an_unknown_kind_of_export_is_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.csv, \.xlsx or \.jsonl"):
        write_export(database, tmp_path / "out.pdf")


def test_every_problem_has_a_sentence_in_both_languages() -> None:
    for code in _SENTENCES:
        problem = Problem(3, "question", code, "값", "힌트")
        assert "3행" in problem.sentence("ko")
        assert "row 3" in problem.sentence("en")
