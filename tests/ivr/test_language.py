"""What may be written: every fault has its rule, its line, and a sentence in both languages."""

import json
from pathlib import Path

import pytest

from dasan.core.errors import ConfigWrong, Problem
from ivr.check import faults
from ivr.flow import compile_flow, read, ref_of
from ivr.graph import edges
from ivr.schema import text as schema_text
from tests.ivr.phone import HEAD, flow, shipped, source

GOOD = "go: {kind: goto, to: person}"


def problems(nodes: str, head: str = "", **subflows: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigWrong) as caught:
        flow(nodes, head, **subflows)
    for problem in caught.value.problems:
        assert problem.message_ko
        assert problem.message_en
        assert problem.line > 0
    return caught.value.problems


def rules(nodes: str, head: str = "", **subflows: str) -> list[str]:
    return [problem.key.split()[0] for problem in problems(nodes, head, **subflows)]


MENU = """
go:
  kind: menu
  options: [{key: 1, label: {ko: 하나}, to: person}]
"""


@pytest.mark.parametrize(
    ("nodes", "head", "rule"),
    [
        ("go: {kind: goto, to: persn}", "", "L01"),
        ("go: {kind: goto}", "", "L05"),
        (MENU, "", "L05"),
        (MENU + "  no_input: {to: person}", "", "L05"),
        ("go: {kind: branch, cases: [{if: 'true', to: bye}]}", "", "L05"),
        ("go: {kind: hours, queue: water, on: {open: bye}}", "", "L05"),
        ("go: {kind: queue, queue: water, on: {full: bye, closed: bye}}", "", "L05"),
        ("go: {kind: queue, queue: w, keys: {1: callback}, on: {full: bye, closed: bye, error: bye}}", "", "L05"),
        ("go: {kind: queue, queue: w, max_wait: 9, on: {full: bye, closed: bye, error: bye}}", "", "L05"),
        ("go: {kind: transfer, line: '119', on: {}}", "", "L05"),
        ("go: {kind: lookup, name: x, on: {ok: bye, error: bye, timeout: bye}}", "", "L11"),
        ("go: {kind: lookup, name: x, timeout: 2, on: {ok: bye}}", "", "L05"),
        ("go: {kind: branch, cases: [{if: a.b, to: bye}], else: bye}", "", "S02"),
        ("go: {kind: branch, cases: [{if: caler == 1, to: bye}], else: bye}", "", "S04"),
        ("go: {kind: branch, cases: [{if: \"open('x')\", to: bye}], else: bye}", "", "S04"),
        ("go: {kind: say, say: {ko: '{{ a.b }}'}, to: bye}", "", "S03"),
        ("go: {kind: say, say: {ko: '{{ nobody }}'}, to: bye}", "", "S04"),
        ("go: {kind: say, say: nobody, to: bye}", "", "S04"),
        ("go: {kind: set, set: {x: 1}, to: bye}", "", "S04"),
        ("go: {kind: sms, text: {ko: a}, number: x, on: {sent: bye, failed: bye, no_number: bye}}", "", "S04"),
        ("go: {kind: hours, calendar: x, on: {open: bye, closed: bye}}", "", "S04"),
        ("go: {kind: hours, on: {open: bye, closed: bye}}", "", "S06"),
        ("go: {kind: transfer, line: '119', on: {failed: bye, failled: bye}}", "", "S04"),
        ("go: {kind: subflow, flow: nobody, on: {}}", "", "S04"),
        ("go: {kind: return}", "", "S06"),
        (GOOD, "calendars: {x: {week: {mon-fri: 9 to 5}}}", "S05"),
        (GOOD, "calendars: {x: {week: {fri-mon: all}}}", "S05"),
        (GOOD, "calendars: {x: {week: {mon: all}, days: {soon: all}}}", "S05"),
        (GOOD, "variables: {caller: {}}", "S04"),
        (GOOD, "prompts: {a: [b], b: {ko: b}}", "S04"),
    ],
)
def test_each_fault_is_told_by_its_rule(nodes: str, head: str, rule: str) -> None:
    found = rules(nodes, head)
    assert set(found) == {rule}


def test_an_input_must_be_possible() -> None:
    nodes = "go: {kind: input, slot: x, %s, no_input: {to: bye}, no_match: {to: bye}, to: bye}"
    for fields in ("type: digits", "type: digits, min: 3, max: 2", "type: speech"):
        assert rules(nodes % fields, "variables: {x: {}}") == ["S06"]


def test_a_misspelt_target_is_told_with_its_line_and_the_nearest_name() -> None:
    (problem,) = problems("go:\n  kind: say\n  say: {ko: a}\n  to: persn")
    assert (problem.file, problem.line, problem.nearest) == ("test.yaml", 12, "person")
    assert source("go:\n  kind: say\n  say: {ko: a}\n  to: persn").split("\n")[11].strip() == "to: persn"


@pytest.mark.parametrize(
    ("change", "key", "nearest"),
    [
        ("go: {kind: say, say: {ko: a}, too: bye}", "nodes.go.too", "to"),
        ("go: {kind: sey, say: {ko: a}, to: bye}", "nodes.go", ""),
        ("go: {kind: say, say: {korean: a}, to: bye}", "nodes.go.say", ""),
        ("go: {kind: say, say: {ko: 1}, to: bye}", "nodes.go.say.ko", ""),
        ("go: {say: {ko: a}, to: bye}", "nodes.go", ""),
        ("go: {kind: http, url: 'ftp://x', timeout: 2, on: {}}", "nodes.go.url", ""),
        ("go: {kind: lookup, name: x, timeout: 4s, on: {}}", "nodes.go.timeout", ""),
        ("Go: {kind: goto, to: person}", "nodes.Go", ""),
        (MENU.replace("key: 1", "key: x"), "nodes.go.options.0.key", ""),
    ],
)
def test_a_wrong_shape_is_told_where_it_is(change: str, key: str, nearest: str) -> None:
    found = problems(change)
    assert key in {problem.key for problem in found}
    assert nearest in {problem.nearest for problem in found}


def test_all_problems_come_at_once() -> None:
    assert rules("a: {kind: goto, to: x}\nb: {kind: goto, to: y}\nc: {kind: set, set: {z: 1}, to: bye}") == [
        "L01", "L01", "S04",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a",
        "a: &x 1",
        "a: *x",
        "a: 1\na: 2",
        "%YAML 1.1\n---\na: 1",
        "a: !!python/name:os 1",
        "a: [",
        "{",
        "a: " + "[" * 60 + "]" * 60,
    ],
)
def test_what_is_no_flow_file_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ConfigWrong) as caught:
        compile_flow({"x.yaml": text}, "x")
    assert all(problem.file == "x.yaml" and problem.message_ko for problem in caught.value.problems)


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(ConfigWrong, match="problem"):
        compile_flow({"x.yaml": "#" * 400_001}, "x")


def test_subflows_must_not_call_each_other_in_a_ring() -> None:
    ring = """
flow: {name}
title: {{ko: 고리}}
start: go
nodes:
  go: {{kind: subflow, flow: {other}, on: {{done: end}}}}
  end: {{kind: return}}
"""
    main = "go: {kind: subflow, flow: one, on: {done: bye}}"
    found = rules(main, one=ring.format(name="one", other="two"), two=ring.format(name="two", other="one"))
    assert set(found) == {"L10"}


def test_every_return_of_a_subflow_has_an_exit() -> None:
    sub = "flow: sub\ntitle: {ko: 하위}\nstart: a\nvariables: {v: {}}\nnodes:\n  a: {kind: return, exit: found}\n"
    assert rules("go: {kind: subflow, flow: sub, on: {}}", sub=sub) == ["L05"]
    assert rules("go: {kind: subflow, flow: sub, on: {found: bye, lost: bye}}", sub=sub) == ["S04"]
    assert rules("go: {kind: subflow, flow: sub, args: {w: 1}, on: {found: bye}}", sub=sub) == ["S04"]
    flow("go: {kind: subflow, flow: sub, args: {v: 1}, on: {found: bye}}", sub=sub)


def test_a_main_flow_needs_a_person_behind_zero() -> None:
    text = source(GOOD).replace("operator: person\n", "")
    with pytest.raises(ConfigWrong) as caught:
        compile_flow({"test.yaml": text}, "test")
    assert caught.value.problems[0].key == "L05 test.operator"


def test_two_files_with_one_flow_and_a_flow_that_is_not_there() -> None:
    text = source(GOOD)
    with pytest.raises(ConfigWrong):
        read({"a.yaml": text, "b.yaml": text})
    with pytest.raises(ConfigWrong) as caught:
        compile_flow({"a.yaml": text}, "tset")
    assert caught.value.problems[0].nearest == "test"


def test_the_ref_changes_with_what_callers_could_notice_and_only_then() -> None:
    ref = flow(GOOD).ref
    assert ref.startswith("test@sha256:")
    assert len(ref) == len("test@sha256:") + 64
    same = source(GOOD).replace("title:", "# a comment\ntitle:  ")
    assert compile_flow({"other-name.yaml": same}, "test").ref == ref
    assert (
        compile_flow(
            {"a": source(GOOD), "b": HEAD.replace("test", "spare") + "start: a\nnodes: {a: {kind: end}}"}, "test"
        ).ref
        == ref
    )
    assert flow("go: {kind: goto, to: bye}").ref != ref


def test_the_ref_covers_subflows() -> None:
    sub = (
        "flow: sub\ntitle: {ko: 하위}\nstart: a\nnodes:\n  a: {kind: say, say: {ko: %s}, to: b}\n  b: {kind: return}\n"
    )
    nodes = "go: {kind: subflow, flow: sub, on: {done: bye}}"
    assert flow(nodes, sub=sub % "하나").ref != flow(nodes, sub=sub % "둘").ref


def test_edges_name_every_exit_with_its_place() -> None:
    made = flow(MENU + "  no_input: {to: person}\n  no_match: {to: bye}")
    assert [(edge.name, edge.target) for edge in edges(made.main) if edge.node == "go"] == [
        ("1", "person"), ("no_input", "person"), ("no_match", "bye"),
    ]  # fmt: skip
    lines = made.units["test"].source
    assert all(edge.path in lines.lines for edge in edges(made.main))


def test_the_shipped_flows_have_no_fault() -> None:
    units = read(shipped())
    assert units
    for name, unit in units.items():
        returns = any(node.kind == "return" for node in unit.document.nodes.values())
        if not returns and unit.document.operator is not None:
            assert faults(units, name) == ()
            assert ref_of(units, name) == compile_flow(shipped(), name).ref


def test_the_published_schema_is_what_the_models_make() -> None:
    published = Path(__file__).parents[2] / "docs" / "schema" / "ivr.json"
    assert published.read_text(encoding="utf-8") == schema_text(), "run `make docs`"
    assert json.loads(schema_text())["properties"]["nodes"]


def test_the_shipped_flows_are_valid_by_the_published_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    from ivr.source import parse

    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    for file, text in shipped().items():
        assert [error.message for error in validator.iter_errors(parse(text, file).data)] == []
