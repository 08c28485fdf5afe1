"""What may be written: every fault has its rule, its line, and a sentence in both languages."""

import json
import random
from pathlib import Path

import pytest

from dasan.core.errors import ConfigWrong, Problem
from ivr.check import faults
from ivr.flow import compile_flow, read, ref_of
from ivr.graph import edges
from ivr.interpreter import start
from ivr.schema import text as schema_text
from tests.ivr.phone import HEAD, WORLD, flow, shipped, source

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
        (GOOD, "variables: {n: {type: number, default: many}}", "S06"),
        (GOOD, "variables: {n: {values: [a, b], default: c}}", "S06"),
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
        ("go: {kind: http, service: x, url: 'https://x.kr/', timeout: 2, on: {}}", "nodes.go.url", ""),
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


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000, "a: " + "{" * 5_000, "- " * 3_000, "? " * 2_000, "\n".join(" " * i + "a:" for i in range(300)),
        "a: " + "9" * 100_000, "<<: {a: 1}", "\x00", "a: \ud800", "flow: .nan", "? {a: 1}\n: 2", "--- a\n--- b",
    ],
    ids=range(12),
)  # fmt: skip
def test_a_hostile_file_is_refused_at_once(text: str) -> None:
    with pytest.raises(ConfigWrong, match="problem"):
        compile_flow({"x.yaml": text}, "x")


CHANGED = source(
    """
    go:
      kind: menu
      say: {ko: "무엇을 {{ topic|josa('을/를') }} 도와 드릴까요?"}
      speech: true
      options:
        - {key: 1, label: {ko: 교통}, phrases: {ko: [버스, 지하철]}, to: ask}
        - {key: "2", label: {ko: 수도}, when: "queue_open('water')", to: bye}
      no_input: {say: [{ko: 못 들었습니다.}], to: person}
      no_match: {to: person}
    ask: {kind: input, slot: topic, type: digits, max: 4, no_input: {to: go}, no_match: {to: go}, to: find}
    find: {kind: lookup, name: x, timeout: 2s, into: {topic: a.b}, on: {ok: bye, error: bye, timeout: bye}}
    """,
    "variables: {topic: {pii: true}}",
).split("\n")
ODD = ("null", "[]", "{}", "1", "true", "x", "-1", "1.5", "[a, b]", "{a: b}", "'{{'", "a.b", "bye", "2001-12-14")


@pytest.mark.parametrize("seed", range(150))
def test_a_file_with_a_slip_is_a_flow_or_told_with_a_line(seed: int) -> None:
    dice, lines = random.Random(seed), list(CHANGED)
    for _ in range(dice.randint(1, 3)):
        at, slip = dice.randrange(len(lines)), dice.randrange(5)
        line = lines[at]
        lines[at] = (
            line.replace(dice.choice(line or " "), dice.choice(": {}[]\"'0a#*&!|>-%@`,?"), 1),
            line + "\n" + dice.choice(lines),
            " " + line,
            line.partition(":")[0] + ": " + dice.choice(ODD),
            "",
        )[slip]
    told: tuple[Problem, ...] = ()
    made = None
    try:
        made = compile_flow({"test.yaml": "\n".join(lines)}, "test")
    except ConfigWrong as error:
        told = error.problems
    assert made is not None or told
    assert all(p.message_ko and p.message_en and (p.line or p.key == "flow") for p in told)
    assert made is None or start(made, WORLD).actions


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
