"""The keepers' report names what to mend, worst first."""

from __future__ import annotations

from datetime import timedelta

from knowledge_base.report import knowledge_report
from knowledge_base.store import Database, count_outcomes, put_articles, record_gap, stored_by_external_id
from tests.knowledge_base.conftest import TODAY, an_article


def test_the_report_names_unused_stale_expiring_and_missing_articles(database: Database) -> None:
    put_articles(
        database,
        [
            an_article("never", "확인한 적 없음"),
            an_article("old", "오래됨", checked_on=TODAY - timedelta(days=500)),
            an_article("fresh", "최근", checked_on=TODAY),
            an_article("ending", "곧 끝남", checked_on=TODAY, expires_on=TODAY + timedelta(days=3)),
            an_article("ended", "끝남", checked_on=TODAY, expires_on=TODAY - timedelta(days=3)),
            an_article("gone", "폐기", status="retired"),
        ],
        at_us=1,
    )
    fresh, ending = (stored_by_external_id(database, f"t-{name}") for name in ("fresh", "ending"))
    assert fresh is not None
    assert ending is not None
    count_outcomes(database, 0, 1, {fresh.id: (1, 0, 9), ending.id: (0, 5, 5)}, at_us=2)
    record_gap(database, "드론 허가", 0.1, at_us=3)

    report = knowledge_report(database, TODAY)

    assert (report.articles, report.accepted, report.edited, report.ignored) == (5, 1, 5, 14)
    assert [(line.question, line.figure) for line in report.poor] == [("최근", 0.1)]
    assert [(line.question, line.figure) for line in report.reworded] == [("곧 끝남", 1.0)]
    assert [(line.question, line.figure) for line in report.stale] == [("확인한 적 없음", -1.0), ("오래됨", 500.0)]
    assert [(line.question, line.figure) for line in report.expiring] == [("끝남", -3.0), ("곧 끝남", 3.0)]
    assert [gap.query for gap in report.gaps] == ["드론 허가"]
    korean, english = ("\n".join(report.sentences(language)) for language in ("ko", "en"))
    assert "쓰인 비율 10% · 최근" in korean
    assert "used 10% · 최근" in english
    assert "3 days past · 끝남" in english
    assert "확인한 적 없음 · 확인한 적 없음" in korean
    assert "3일 남음 · 곧 끝남" in korean
    assert "1× · 드론 허가" in korean


def test_an_empty_knowledge_base_has_an_empty_report(database: Database) -> None:
    report = knowledge_report(database, TODAY)
    assert (report.articles, report.ignored, report.poor, report.stale, report.gaps) == (0, 0, (), (), ())
