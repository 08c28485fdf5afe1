"""The tools beside the interpreter: cases, coverage, the search for a person, the map, the terminal's telephone."""

import json
from pathlib import Path

import pytest

from dasan.core.errors import ConfigWrong
from ivr.actions import Hold
from ivr.events import Digits, NoInput, Result, Speech, Waiting
from ivr.flow import Flow, compile_flow
from ivr.tools import cases, chart, phone
from ivr.tools.call import Call
from ivr.tools.search import search, to_person_s
from ivr.tools.trace import Seen, coverage
from tests.ivr.phone import WORLD, flow

CLEAN = Path(__file__).parent / "lint" / "clean.yaml"


def clean() -> Flow:
    return compile_flow({"clean.yaml": CLEAN.read_text("utf-8")}, "menu")


def ran(steps: str, world: str = "") -> cases.Report:
    text = f"flow: clean.yaml\ncases:\n  - name: 하나\n{world}    steps:\n{steps}"
    _, found = cases.read(text, "cases.yaml")
    return cases.run(clean(), found)


# -- cases


def test_a_case_that_goes_as_written_passes_and_one_that_does_not_names_its_line() -> None:
    assert ran("      - press: 1\n      - queue: general\n").failures == []
    (failure,) = ran("      - press: 1\n      - queue: water\n      - press: 9\n").failures
    assert (failure.case, failure.line) == ("하나", 6)
    assert failure.en == "queue: water; found: general"


@pytest.mark.parametrize(
    "step",
    [
        "say: 없는 말", "unsaid: 교통은", "at: water", "transfer: 119", "text: 문자", "end: completed", "within: 1s",
        "language: en", "comes: booked", "wait: 3",
    ],
)  # fmt: skip
def test_every_expectation_can_fail(step: str) -> None:
    assert len(ran(f"      - {step}\n").failures) == 1


def test_a_case_is_run_once_for_every_row_that_it_is_given() -> None:
    world = "    with:\n      - {key: 1, at: person}\n      - {key: 2, at: water}\n"
    report = ran('      - press: "{key}"\n      - at: "{at}"\n', world)
    assert report.ran == 2
    assert [failure.en for failure in report.failures] == ["at: water; found: person"]


def test_a_case_file_that_is_wrong_says_everything_that_is() -> None:
    text = "flow: x\nkind: y\ncases:\n  - {name: a, steps: [{push: 1}]}\n"
    text += "  - {name: b, at: gestern, steps: []}\n  - {steps: []}\n"
    with pytest.raises(ConfigWrong) as wrong:
        cases.read(text, "c.yaml")
    assert [(problem.line, bool(problem.message_ko)) for problem in wrong.value.problems] == [
        (2, True), (4, True), (5, True), (6, True)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "step",
    ["wait: {position: 3}", "within: soon", "say: /(/", "{speak: 교통, confidence: very}", "[press]", "press", "{}"],
)
def test_a_step_that_cannot_be_read_is_told_before_anything_runs(step: str) -> None:
    with pytest.raises(ConfigWrong) as wrong:
        ran(f"      - {step}\n")
    assert [problem.line for problem in wrong.value.problems] == [5]


def test_a_world_in_a_case_is_what_the_flow_meets() -> None:
    world = "    closed: [general]\n    language: ko\n    caller: withheld\n"
    report = ran("      - press: 1\n      - at: busy\n      - press: 2\n      - at: busy\n", world)
    assert report.failures == []


# -- coverage


def test_exits_that_lead_to_one_place_are_told_apart_by_what_happened() -> None:
    seen = Seen()
    call = Call(clean(), WORLD, seen)
    call.send(NoInput())
    call.send(NoInput())
    assert ("menu", "main", "no_input") in seen.edges
    assert ("menu", "main", "1") not in seen.edges
    Call(clean(), WORLD, seen).send(Digits("1"))
    assert ("menu", "main", "1") in seen.edges
    assert ("menu", "main", "no_match") not in seen.edges


def test_what_was_not_seen_is_listed() -> None:
    seen = Seen()
    call = Call(clean(), WORLD, seen)
    call.send(Digits("2"))
    found = coverage(clean(), seen)
    assert ("menu", "bye") in found.nodes_unseen
    assert ("menu", "water") not in found.nodes_unseen
    assert not found.whole


# -- the search


def test_a_moment_without_any_way_to_a_person_is_found_with_the_keys_that_lead_there() -> None:
    trap = flow(
        """
        main:
          kind: menu
          no_input: {to: person}
          no_match: {to: person}
          options:
            - {key: 1, label: {ko: 함정}, to: trap}
        trap:
          kind: menu
          no_input: {to: trap}
          no_match: {to: trap}
          options:
            - {key: 1, label: {ko: 다시}, to: trap}
        """,
        head='globals: {"*": replay}',
    )
    found = search(trap, WORLD, 9)
    assert found.lost
    assert all(keys.startswith("1") for keys in found.lost)


def test_what_lies_behind_the_depth_is_unknown_and_not_lost() -> None:
    found = search(clean(), WORLD, 1)
    assert found.lost == ()
    assert not found.whole


def test_the_search_ends_by_itself_where_everything_was_tried() -> None:
    found = search(clean(), WORLD, 50)
    assert found.whole
    assert found.farthest == 1
    assert coverage(clean(), found.seen).nodes_unseen == ()


def test_who_presses_nothing_is_timed_and_a_flow_that_asks_for_ever_has_no_time() -> None:
    seconds, where = to_person_s(clean(), WORLD)
    assert where == "person"
    assert 12 < seconds < 30
    mute = flow(
        "main:\n  kind: menu\n  no_input: {to: main}\n  no_match: {to: person}\n"
        "  options: [{key: 1, label: {ko: 하나}, to: person}]"
    )
    assert to_person_s(mute, WORLD)[0] == float("inf")


# -- the map


def test_the_map_for_callers_says_what_each_key_does() -> None:
    text = chart.text(clean(), "ko", {("queue", "general"): "일반 상담"})
    assert "1 교통 → 상담사(일반 상담)" in text
    assert "0 상담사, # 이전, * 다시 듣기" in text
    assert "2 water" not in chart.text(clean(), "en")


def test_the_diagrams_hold_every_node_and_every_exit() -> None:
    made = clean()
    edges = list(chart.arrows(made))
    drawn = json.loads(chart.as_json(made))
    assert {node["node"] for node in drawn["nodes"]} == set(made.main.nodes)
    assert len(drawn["edges"]) == len(edges) == chart.mermaid(made).count("-->") == chart.dot(made).count("->")
    for name in made.main.nodes:
        assert f"menu__{name}" in chart.mermaid(made)
        assert f"menu__{name} [label=" in chart.dot(made)
    assert drawn["ref"] == made.ref


def test_a_note_cannot_break_a_diagram() -> None:
    made = flow("first: {kind: say, to: bye, say: {ko: 네}, note: '끝\"] --> x; { | }'}")
    line = next(line for line in chart.mermaid(made).splitlines() if "test__first[" in line)
    assert line.count('"') == 2
    assert "{" not in line


def test_a_flow_that_goes_round_is_drawn_too() -> None:
    ring = flow(
        """
        first:
          kind: say
          say: {ko: 네}
          to: second
        second:
          kind: branch
          cases: [{if: slow, to: bye}]
          else: first
        """
    )
    assert chart.text(ring)
    assert len(chart.mermaid(ring)) > 100


# -- the telephone


def test_keys_words_silence_and_outcomes_are_typed_each_in_their_way() -> None:
    call = Call(clean(), WORLD)
    assert phone.event("1", call) == Digits("1")
    assert phone.event('"교통', call) == Speech("교통", None)
    assert phone.event('"교통|0.4', call) == Speech("교통", 0.4)
    assert phone.event("", call) == NoInput()
    assert phone.event("교통", call) is None
    call.send(Digits("1"))
    assert phone.event("<full>", call) == Result("queue", "full")
    assert phone.event("", call) == Waiting(0.0, 3, 120.0)
    call.send(Waiting(0.0, 3, 120.0))
    assert isinstance(call.waits_for, Hold)
    assert phone.event("", call) == Waiting(30.0, 3, 120.0)
    call.send(Digits("1"))
    assert phone.event("", call) == Result("callback", "booked")


def test_a_turn_is_shown_as_it_is_heard() -> None:
    call = Call(clean(), WORLD)
    shown = phone.lines(call.turn.actions)
    assert "  안녕하십니까." in shown
    assert "  교통은 1번." in shown
    assert phone.asks(call).startswith("1=교통 2=수도")
    assert "* 대기열 / queue: general" in phone.lines(call.send(Digits("1")))
