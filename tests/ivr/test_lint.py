"""The lint: every rule has one flow that breaks it and nothing else, and a section that explains it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasan.core.errors import ConfigWrong
from dasan.core.policy import Policy
from ivr.lint import RULES, Context, Finding, lint, mains
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


# Where each fixture's findings stand: the line an author would change.
LINES: dict[str, set[int]] = {
    "S01": {8}, "S02": {21}, "S03": {38}, "S04": {38}, "S05": {7}, "S06": {26}, "S07": {22},
    "L01": {16}, "L02": {20}, "L03": {18}, "L04": {18}, "L05": {25}, "L06": {17}, "L07": {16}, "L08": {24}, "L09": {9},
    "L10": {18}, "L11": {18}, "L12": {25}, "L13": {40}, "A01": {10, 20, 34}, "A02": {6}, "A03": {6}, "A04": {6},
    "A05": {32}, "A06": {24}, "A07": {8}, "A08": {18}, "A09": {2}, "A10": {17}, "U01": {14}, "U02": {16}, "U03": {27},
    "U04": {12}, "U05": {13}, "U06": {25}, "U07": {12}, "U08": {19}, "U09": {24}, "U10": {19}, "T01": {16}, "T02": {19},
    "T03": {8}, "T04": {19}, "T05": {7}, "T06": {22}, "T07": {24},
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_a_finding_stands_at_the_line_that_an_author_would_change(rule: str) -> None:
    assert {finding.line for finding in broken(rule)} == LINES[rule]


def test_every_rule_has_a_section_that_explains_it_in_korean_and_english() -> None:
    page = (ROOT / "docs" / "ivr-lint.md").read_text("utf-8")
    sections = dict(re.findall(r"^### ([A-Z]\d\d)\n\n(.+?)(?=^#|\Z)", page, re.M | re.S))
    assert list(sections) == list(RULES)
    for rule in RULES.values():
        korean, english = sections[rule.id].strip().split("\n\n")
        assert korean.startswith(f"**{rule.wants_ko}.**")
        assert english.lower().startswith(f"**{rule.wants_en}.**".lower())
        assert min(len(korean), len(english)) > 40


def patched(*changes: tuple[str, str], rule: str = "clean", context: Context | None = None) -> list[str]:
    text = (FIXTURES / f"{rule}.yaml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return [finding.rule for finding in lint({"it.yaml": text}, "menu", context or CENTRE)]


def test_the_worse_form_of_a_warning_is_an_error() -> None:
    many = "".join(f"      - {{key: {key}, label: {{ko: 일}}, to: water}}\n" for key in range(3, 10))
    text = (FIXTURES / "clean.yaml").read_text("utf-8")
    options = "      - {key: 2, label: {ko: 수도}, to: water}\n"
    found = lint({"it.yaml": text.replace(options, options + many)}, "menu")
    assert [(f.rule, f.severity) for f in found if f.rule == "U01"] == [("U01", "warn")]
    more = many + "      - {key: 10, label: {ko: 일}, to: water}\n"
    found = lint({"it.yaml": text.replace(options, options + more)}, "menu")
    assert [f.severity for f in found if f.rule == "U01"] == ["error"]


def test_a_map_of_another_version_is_an_error() -> None:
    text = (FIXTURES / "clean.yaml").read_text("utf-8")
    found = lint({"it.yaml": text}, "menu", Context(maps={"menu": "판: menu@sha256:0000"}))
    assert [(f.rule, f.severity) for f in found] == [("A09", "error")]


def test_telling_a_cost_in_every_language_satisfies_the_guideline() -> None:
    told = ("다누리콜센터에 연결합니다.", "통화료가 듭니다. 다누리콜센터에 연결합니다.")
    assert patched(told, rule="A08", context=ASKED["A08"]) == []


def test_an_open_number_that_ends_with_star_and_says_so_is_good_and_one_that_does_not_say_so_is_not() -> None:
    star = ("    min: 6\n", '    terminator: "*"\n    min: 6\n')
    assert patched(star, rule="T02") == ["T02"]
    assert patched(star, ("번호를 눌러 주십시오.", "번호를 누르고 별표를 눌러 주십시오."), rule="T02") == []
    assert patched(("    min: 6\n", "    min: 9\n"), rule="T02") == []


def test_a_variable_that_is_asked_for_on_every_way_is_set() -> None:
    assert patched(("{ko: 교통}, to: said}", "{ko: 교통}, to: water}"), rule="L08") == []
    assert (
        patched(
            ("variables:\n  place: {type: text}", 'variables:\n  place: {type: text, default: "강남구"}'), rule="L08"
        )
        == []
    )


def test_a_ring_through_a_subflow_is_seen_and_one_that_asks_is_none() -> None:
    main = (FIXTURES / "clean.yaml").read_text("utf-8")
    main = main.replace("water: {kind: goto, to: person}", "water: {kind: subflow, flow: part, on: {again: water}}")
    part = "flow: part\ntitle: {ko: 부분}\nstart: first\nnodes:\n"
    silent = part + "  first: {kind: say, to: out, say: {ko: 네.}}\n  out: {kind: return, exit: again}\n"
    asks = part + (
        "  first:\n    kind: menu\n    no_input: {to: out}\n    no_match: {to: out}\n"
        "    options: [{key: 1, label: {ko: 네}, to: out}]\n  out: {kind: return, exit: again}\n"
    )
    assert [f.rule for f in lint({"a": main, "b": silent}, "menu")] == ["L04"]
    assert "L04" not in [f.rule for f in lint({"a": main, "b": asks}, "menu")]


def test_many_ways_to_the_first_menu_are_looked_at_in_no_time() -> None:
    """Thirty branches in a row have 2^30 ways through them."""
    text = (FIXTURES / "clean.yaml").read_text("utf-8").replace("start: hello", "start: b0")
    rows = "".join(
        f"  b{at}: {{kind: branch, cases: [{{if: slow, to: s{at}}}], else: t{at}}}\n"
        f"  s{at}: {{kind: goto, to: b{at + 1}}}\n  t{at}: {{kind: goto, to: b{at + 1}}}\n"
        for at in range(30)
    )
    rows += "  b30: {kind: goto, to: hello}\n"
    assert lint({"it.yaml": text + rows}, "menu") == ()


def test_a_flow_that_is_not_there_is_said_so() -> None:
    with pytest.raises(ConfigWrong, match="1"):
        lint({"clean.yaml": (FIXTURES / "clean.yaml").read_text("utf-8")}, "other")


def test_the_flows_that_calls_begin_in_are_those_that_nothing_runs() -> None:
    texts = {path.name: path.read_text("utf-8") for path in FLOWS.glob("*.yaml")}
    assert set(mains(texts)) == {"dasan120", "assurance", "happycall"}


CLEAN_LINES = (FIXTURES / "clean.yaml").read_text("utf-8").splitlines()


@given(
    st.lists(st.tuples(st.integers(0, len(CLEAN_LINES) - 1), st.sampled_from(["drop", "twice", "half"])), max_size=4)
)
def test_a_file_that_was_spoilt_anywhere_is_told_of_and_never_a_crash(spoilt: list[tuple[int, str]]) -> None:
    lines = list(CLEAN_LINES)
    for at, how in spoilt:
        lines[at] = {"drop": "", "twice": f"{lines[at]}\n{lines[at]}", "half": lines[at][: len(lines[at]) // 2]}[how]
    try:
        found = lint({"it.yaml": "\n".join(lines)}, "menu")
    except ConfigWrong:
        assert not any(line.strip() == "flow: menu" for line in lines)
        return
    assert {finding.rule for finding in found} <= set(RULES)


def test_what_a_flow_asks_must_be_what_the_centre_answers() -> None:
    ask = "water: {{kind: {}, timeout: 2s, on: {{ok: person, error: person, timeout: person}}}}"
    known = Context(lookups=frozenset({"ticket"}), services=frozenset({"weather"}))
    for written, found in (
        ("lookup, name: ticket", []), ("lookup, name: tickets", ["S07"]),
        ("http, service: weather", []), ("http, service: ticket", ["S07"]),
    ):  # fmt: skip
        assert patched(("water: {kind: goto, to: person}", ask.format(written)), context=known) == found
