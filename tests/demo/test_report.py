"""The demonstration fails when a promise is broken, and says which."""

from __future__ import annotations

import pytest

from dasan.demo.citizen import Citizen
from dasan.demo.colleague import Colleague
from dasan.demo.ledger import Ledger
from dasan.demo.report import LINES, Report
from dasan.demo.stories import CLARIFY, FILED, GOODBYE, REPORTS, STORIES, THANKS


def _good() -> Report:
    ledger = Ledger()
    ledger.promise("s", 1, "a")
    ledger.show("s", 1, "안녕하세요", "a")
    citizen = Citizen("ws://x", "http://x", STORIES["ko"][2], "ko", ledger, 1)
    citizen.told.session, citizen.told.done = "s", True
    citizen.told.tickets["26-1"] = "ANSWERED"
    colleague = Colleague("ws://x", "kim", "", "ko", ledger)
    colleague.done.answers, colleague.done.tickets = 3, 1
    colleague.done.articles["a_1"] = 1
    return Report([citizen], [colleague], ledger, kills=1, starts=2, sound=True)


def test_a_day_without_a_fault_breaks_nothing() -> None:
    report = _good()
    report.judge(tickets_wanted=True)
    assert report.broken == []


@pytest.mark.parametrize(
    ("spoil", "broken"),
    [
        (lambda r: r.ledger.promise("s", 0, "b"), "lost"),
        (lambda r: r.ledger.show("s", 1, "다른 글"), "doubled"),
        (lambda r: setattr(r, "kills", 0), "no_kill"),
        (lambda r: setattr(r, "starts", 1), "no_restart"),
        (lambda r: setattr(r, "sound", False), "journal"),
        (lambda r: r.citizens[0].told.tickets.clear(), "no_receipt"),
        (lambda r: r.colleagues[0].done.articles.clear(), "no_article"),
        (lambda r: setattr(r.citizens[0].told, "done", False), "unfinished"),
    ],
)
def test_each_broken_promise_is_named(spoil: object, broken: str) -> None:
    report = _good()
    spoil(report)  # type: ignore[operator]
    report.judge(tickets_wanted=True)
    assert broken in report.broken


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_summary_is_whole_in_both_languages(language: str) -> None:
    report = _good()
    lines = list(report.lines(language))
    assert any("26-1" in line for line in lines)
    assert LINES[language]["good"] in lines


def test_every_story_ends_with_thanks_and_reports_say_so() -> None:
    for language, stories in STORIES.items():
        assert language in CLARIFY
        assert language in FILED
        assert language in GOODBYE
        for story in stories:
            assert any(word in story.lines[-1].lower() for word in THANKS), story.name
            reports = any(word in story.lines[0].lower() for word in REPORTS)
            assert reports == story.ticket, story.name
