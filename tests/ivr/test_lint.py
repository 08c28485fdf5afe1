"""The lint: every rule has one flow that breaks it and nothing else, and a section that explains it."""

import re
from pathlib import Path

import pytest

from dasan.core.policy import Policy
from ivr.lint import RULES, Context, Finding, lint
from ivr.lint.rules import LINTED
from tests.docs.house import ROOT

FIXTURES = Path(__file__).parent / "lint"
FLOWS = ROOT / "ivr" / "flows"
POLICY = Policy()
CENTRE = Context(queues=frozenset(POLICY.queues), lines=frozenset(line.code for line in POLICY.lines))
# What a rule asks beside the flow itself.
ASKED = {
    "S07": CENTRE,
    "A08": Context(charged=frozenset({"danuri"})),
    "A09": Context(maps={"menu": None}),
    "A10": Context(used={"menu.main": {"1": 10, "2": 9, "9": 90}}),
}


def broken(rule: str) -> tuple[Finding, ...]:
    text = (FIXTURES / f"{rule}.yaml").read_text("utf-8")
    return lint({f"{rule}.yaml": text}, "menu", ASKED.get(rule, Context()))


@pytest.mark.parametrize("rule", RULES)
def test_a_flow_that_breaks_one_rule_breaks_only_that_one(rule: str) -> None:
    assert {finding.rule for finding in broken(rule)} == {rule}


@pytest.mark.parametrize("rule", RULES)
def test_a_finding_names_the_line_that_is_wrong_in_two_languages(rule: str) -> None:
    for finding in broken(rule):
        assert finding.file == f"{rule}.yaml"
        assert finding.line > 1
        assert re.search("[가-힣]", finding.ko)
        assert finding.en.isascii() or rule in {"S02", "L06"}  # these quote the author
        assert finding.severity == RULES[rule].severity


def test_every_rule_has_exactly_one_flow_that_breaks_it() -> None:
    assert {path.stem for path in FIXTURES.glob("*.yaml")} == {*RULES, "clean"}
    assert len(LINTED) == 40


def test_a_small_good_flow_breaks_no_rule() -> None:
    assert lint({"clean.yaml": (FIXTURES / "clean.yaml").read_text("utf-8")}, "menu", CENTRE) == ()
