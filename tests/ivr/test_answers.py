"""What services answer: plain, flat and bounded for a flow; told beforehand to a call that is tried."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dasan.core.errors import ConfigWrong
from ivr import answers
from ivr.answers import Answer, flat
from ivr.facts import Facts
from ivr.flow import Flow, compile_flow
from ivr.tools import cases, phone
from ivr.tools.call import Call

SOURCE = """
flow: state
title: {ko: 접수 조회}
operator: person
start: ask
variables: {state: {}, open: {type: flag}}
nodes:
  ask:
    kind: lookup
    name: ticket
    say: {ko: 찾고 있습니다.}
    args: {number: "'1'"}
    into: {state: detail.state, open: open}
    timeout: 2s
    on: {ok: told, unknown: nothing, error: person, timeout: person}
  told: {kind: say, say: {ko: "{{ state }}{% if open %}, 진행{% endif %}입니다."}, to: more}
  more: {kind: http, service: weather, timeout: 1s, on: {ok: bye, error: person, timeout: bye}}
  nothing: {kind: end, reason: nothing, say: {ko: 없는 번호입니다.}}
  bye: {kind: end, say: {ko: 고맙습니다.}}
  person: {kind: queue, queue: general, on: {full: bye, closed: bye, error: bye}}
"""
CASES = """
flow: state.yaml
answers: {ticket: {ok: {detail: {state: 처리 중}, open: true}}, weather: timeout}
cases:
  - name: 모두 적어 둔 답으로
    steps:
      - say: 찾고 있습니다. 처리 중, 진행입니다. 고맙습니다.
      - end: completed
  - name: 사례마다 다른 답
    answers: {ticket: unknown}
    steps: [{say: 없는 번호입니다.}, {end: nothing}]
"""
FACTS = Facts(1_764_000_000_000_000)


@pytest.fixture
def state() -> Flow:
    return compile_flow({"state.yaml": SOURCE}, "state")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=600),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=40), inner, max_size=30),
    max_leaves=60,
)


@given(JSON)
def test_whatever_is_answered_becomes_few_plain_values(data: object) -> None:
    made = flat(data)
    assert len(made) <= answers.KEYS_MAX
    assert all(len(name) <= answers.NAME_CHARS_MAX for name in made)
    assert all(value is None or isinstance(value, str | bool | int | float) for value in made.values())
    assert all(len(value) <= 500 for value in made.values() if isinstance(value, str))
    json.dumps(made, allow_nan=False)


def test_names_are_dotted_and_a_bare_value_has_one_too() -> None:
    assert flat({"a": {"b": [1, {"c": "x"}]}, "d": None}) == {"a.b.0": 1, "a.b.1.c": "x", "d": None}
    assert flat("비") == {"value": "비"}
    assert flat({"deep": {"1": {"2": {"3": {"4": {"5": {"6": 1}}}}}}, "huge": 10**40}) == {}


def test_what_was_written_beforehand_is_answered_at_once(state: Flow) -> None:
    call = Call(state, FACTS, answers={"ticket": Answer("ok", {"detail.state": "답변 완료"}), "weather": Answer()})
    assert call.heard == ["찾고 있습니다.", "답변 완료입니다.", "고맙습니다."]
    assert call.over


def test_a_file_of_cases_tells_what_services_answer(state: Flow) -> None:
    _, found = cases.read(CASES, "cases.yaml")
    report = cases.run(state, found)
    assert (report.ran, report.failures) == (2, [])
    assert cases.read_answers(CASES, "cases.yaml")["weather"] == Answer("timeout")


def test_a_step_can_tell_it_too(state: Flow) -> None:
    steps = "[{comes: {ok: {detail: {state: 접수}}}}, {say: 접수입니다.}, {comes: error}, {queue: general}]"
    _, found = cases.read(f"flow: state.yaml\ncases: [{{name: 하나씩, steps: {steps}}}]", "cases.yaml")
    assert cases.run(state, found).failures == []


@pytest.mark.parametrize("wrong", ["{ticket: {ok: {}, no: {}}}", "{ticket: [ok]}", "{ticket: Not a word}", "[ticket]"])
def test_an_answer_that_cannot_be_read_is_told_with_its_line(wrong: str) -> None:
    with pytest.raises(ConfigWrong) as caught:
        cases.read(f"flow: state.yaml\nanswers: {wrong}\ncases: []", "cases.yaml")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("cases.yaml", 2)
    assert "{ok: {name: value}}" in problem.message_en


def test_on_the_telephone_in_the_terminal_an_answer_is_typed(state: Flow) -> None:
    call = Call(state, FACTS)
    event = phone.event("<ok detail.state=처리 open=true since=3 ratio=0.5 id=007>", call)
    assert event is not None
    assert event.values == {"detail.state": "처리", "open": True, "since": 3, "ratio": 0.5, "id": "007"}
    call.send(event)
    assert call.heard[-1] == "처리, 진행입니다."
    assert phone.event("<Not a word>", call) is None
