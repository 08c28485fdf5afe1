"""Random callers in random flows, and in every shipped one: nothing crashes, every turn ends, every state survives a
restart, and the same input gives the same output."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from dasan.core.errors import ConfigWrong
from ivr import text
from ivr.actions import WAITING, Ask, End, Fetch, Hold, Lookup, Queue
from ivr.events import Digits, Event, Hangup, NoInput, Result, Speech, Waiting
from ivr.facts import Facts, QueueFacts
from ivr.flow import Flow, compile_flow
from ivr.interpreter import Turn, start, step
from ivr.run import ASKED_MAX
from ivr.state import dump, load
from tests.ivr.phone import NOW_US, christmas, shipped

WORDS = ("네", "아니요", "상담사", "이전", "다시", "1번", "교통", "one", "강남구", "", "\x00\u202e<b>", "가" * 600)
OUTCOMES = (
    "ok", "error", "timeout", "answered", "full", "closed", "max_wait", "left", "booked", "recorded", "empty", "sent",
    "failed", "connected", "busy", "no_answer", "found", "none", "",
)  # fmt: skip
KINDS = ("http", "lookup", "queue", "callback", "voicemail", "transfer", "sms")

events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Digits, st.text("0123456789*#", max_size=12) | st.sampled_from("0123456789*#") | st.just("x\n")),
    st.builds(Speech, st.sampled_from(WORDS), st.none() | st.floats(0, 1)),
    st.just(NoInput()),
    st.builds(Waiting, st.floats(0, 5000), st.none() | st.integers(1, 400), st.none() | st.floats(0, 9000)),
    st.builds(
        Result,
        st.sampled_from(KINDS),
        st.sampled_from(OUTCOMES),
        st.dictionaries(st.sampled_from("ab"), st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS)),
    ),
)
facts: st.SearchStrategy[Facts] = st.builds(
    Facts,
    st.integers(NOW_US, NOW_US + 40 * 86_400_000_000),
    language=st.sampled_from(["", "ko", "en", "mn", "xx"]),
    slow=st.booleans(),
    caller=st.sampled_from(["e164", "sip", "client", "withheld"]),
    conduct=st.sampled_from(["", "warned", "special"]),
    queues=st.dictionaries(
        st.sampled_from(["general", "water", "traffic", "english"]),
        st.builds(QueueFacts, st.booleans(), st.integers(0, 9), st.sampled_from([0, 5])),
    ),
    holidays=st.sampled_from([frozenset(), christmas()]),
)

paths: st.SearchStrategy[list[Event | int]] = st.lists(st.integers(0, 200) | events, max_size=30)


def check(flow: Flow, before: Turn | None, turn: Turn) -> None:
    assert load(json.loads(json.dumps(dump(turn.state)))) == turn.state
    assert turn.state.ref == flow.ref
    if not turn.actions:
        assert before is not None
        assert turn.state == before.state
        return
    assert [isinstance(action, WAITING) for action in turn.actions] == [False] * (len(turn.actions) - 1) + [True]
    last = turn.actions[-1]
    if isinstance(last, Ask):
        assert last.timeout_s > 0
        assert last.max_digits >= max(1, last.num_digits)
    if isinstance(last, Hold):
        assert last.seconds >= 3
    shown = text.page(turn.actions)
    assert all(line == " ".join(line.split()) for line in shown.lines)
    assert isinstance(last, End) is bool(turn.state.done)


def walk(flow: Flow, world: Facts, path: list[Event | int]) -> Turn:
    turn = start(flow, world)
    check(flow, None, turn)
    assert start(flow, world) == turn
    for one in path:
        # A number means: what the network or a caller would answer here, so that walks get far.
        event = answer(turn, one) if isinstance(one, int) and not turn.state.done else NoInput()
        event = event if isinstance(one, int) else one
        note(f"{turn.state.unit}.{turn.state.node} {turn.state.phase} <- {event}")
        after = step(flow, turn.state, event, world)
        assert step(flow, load(json.loads(json.dumps(dump(turn.state)))), event, world) == after
        check(flow, turn, after)
        turn = after if after.actions else turn
    ended = step(flow, turn.state, Hangup(), world)
    assert isinstance(ended.actions[-1], End)
    assert step(flow, ended.state, NoInput(), world).state == ended.state
    return turn


NAMES = ("a", "b", "c", "d", "e", "f", "g", "person")
to = st.sampled_from(NAMES)
FORMULAS = (
    "true", "x", "n > 3", "x == 'a' and queue_open('water')", "number(x) + n", "not has(x)", "language == 'en'", "-n",
)  # fmt: skip
prompt = st.sampled_from(
    (
        {"ko": "안녕"},
        {"ko": "{{ x|josa('은/는') }} {{ n|won }} {{ n|counter('명') }}", "en": "{{ x|digits }} {{ x|date }}"},
        {"en": "Hi", "when": "n == 1"},
    )
)
retry = st.fixed_dictionaries({"to": to}, optional={"say": st.lists(prompt, max_size=2), "max": st.integers(1, 3)})


def on(*names: str) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(dict.fromkeys(names, to))


def options(**fields: Any) -> st.SearchStrategy[Any]:
    one = st.fixed_dictionaries({"key": st.sampled_from("123456789"), "label": st.just({"ko": "하나"}), **fields})
    return st.lists(one, min_size=1, max_size=4)


def node(kind: str, **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), **fields})


formula = st.sampled_from(FORMULAS)
formulas = st.fixed_dictionaries({"x": formula, "n": formula})
case = st.fixed_dictionaries({"if": formula, "to": to})
asked = {"args": st.fixed_dictionaries({"q": formula}), "into": st.just({"x": "a"}), "timeout": st.just(2)}
asking = {"no_input": retry, "no_match": retry, "say": prompt, "speech": st.booleans()}
number = st.sampled_from([None, "x"])
nodes = st.one_of(
    node("say", say=prompt, to=to, barge_in=st.booleans()),
    node("menu", options=options(to=to), **asking),
    node("input", slot=st.sampled_from("xn"), type=st.sampled_from(["phone", "date", "yes_no"]), to=to, **asking,
         confirm=st.sampled_from(["always", "unsure", "never"])),
    node("input", slot=st.just("n"), type=st.just("digits"), max=st.integers(1, 5), to=to, **asking),
    node("branch", cases=st.lists(case, min_size=1, max_size=2), **{"else": to}),
    node("hours", calendar=st.just("cal"), on=on("open", "closed")),
    node("set", set=formulas, prefer=st.sampled_from([{}, {"slow": "x"}]), to=to),
    node("http", url=st.just("https://example.org/"), on=on("ok", "error", "timeout"), **asked),
    node("lookup", name=st.just("who"), on=on("ok", "error", "timeout", "none"), **asked),
    node("subflow", flow=st.just("sub"), args=st.fixed_dictionaries({"y": formula}), into=st.just({"x": "y"}),
         on=on("done", "none")),
    node("queue", queue=st.sampled_from(["water", "general"]), max_wait=st.sampled_from([30, 600]),
         keys=st.just({"1": "callback"}), on=on("full", "closed", "max_wait", "error", "callback")),
    node("callback", queue=st.just("water"), number=number, on=on("booked", "no_number", "error")),
    node("voicemail", queue=st.just("water"), on=on("recorded", "empty", "error")),
    node("transfer", line=st.just("119"), on=on("failed")),
    node("sms", text=prompt, number=number, on=on("sent", "failed", "no_number")),
    node("goto", to=to),
    node("end", say=prompt, reason=st.just("over")),
)  # fmt: skip
SUB = """
flow: sub
title: {ko: 하위}
variables: {y: {}}
start: q
nodes:
  q:
    kind: menu
    options: [{key: 1, label: {ko: 네}, to: done}, {key: 2, label: {ko: 아니요}, to: none}]
    no_input: {to: none}
    no_match: {to: none}
  done: {kind: return, exit: done}
  none: {kind: return, exit: none}
"""
PERSON = {
    "kind": "queue", "queue": "general", "max_wait": 600,
    "on": {"full": "bye", "closed": "bye", "max_wait": "bye", "error": "bye"},
}  # fmt: skip


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """A valid flow: any kinds, any edges, rings included. JSON is YAML."""
    made = {name: draw(nodes) for name in NAMES[:-1]}
    document = {
        "flow": "test", "title": {"ko": "시험"}, "languages": ["ko", "en"], "operator": draw(to), "start": draw(to),
        "variables": {"x": {}, "n": {"type": "number", "default": 1}},
        "calendars": {"cal": {"week": {"mon-fri": "09:00-18:00"}}},
        "nodes": {**made, "person": PERSON, "bye": {"kind": "end"}},
    }  # fmt: skip
    return compile_flow({"test.yaml": json.dumps(document, ensure_ascii=False), "sub.yaml": SUB}, "test")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(flows(), facts, paths)
def test_no_caller_crashes_a_valid_flow(flow: Flow, world: Facts, path: list[Event | int]) -> None:
    walk(flow, world, path)


def mains() -> dict[str, Flow]:
    made = {}
    texts = shipped()
    for file in texts:
        name = file.removesuffix(".yaml")
        for line in texts[file].splitlines():
            if line.startswith("flow:"):
                name = line.split(":", 1)[1].strip()
        try:
            made[name] = compile_flow(texts, name)
        except ConfigWrong:  # a subflow: it is walked inside the flows that call it
            continue
    return made


MAINS = mains()


def test_a_flow_is_shipped() -> None:
    assert MAINS


@pytest.mark.parametrize("name", sorted(MAINS))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(facts, paths)
def test_no_caller_crashes_a_shipped_flow(name: str, world: Facts, path: list[Event | int]) -> None:
    walk(MAINS[name], world, path)


def answer(turn: Turn, pick: int) -> Event:
    """What the telephone side would say next; ``pick`` chooses among a caller's keys."""
    last = turn.actions[-1]
    if isinstance(last, Ask):
        keys = [choice.key for choice in last.choices] + ["0", "#", "*"]
        return NoInput() if pick % 5 == 0 else Digits(keys[pick % len(keys)])
    if isinstance(last, Queue | Hold):
        waited = turn.state.line.waited_s if turn.state.line else 0.0
        return Waiting(waited + (last.seconds if isinstance(last, Hold) else 0.0), 3, None)
    if isinstance(last, Fetch | Lookup):
        return Result("http" if isinstance(last, Fetch) else "lookup", ("ok", "error", "timeout")[pick % 3])
    return Result(type(last).__name__.lower(), ("booked", "recorded", "sent", "failed", "error")[pick % 5])


@pytest.mark.parametrize("name", sorted(MAINS))
@settings(max_examples=60, deadline=None)
@given(facts, st.integers(0, 2**32))
def test_every_call_ends_or_waits_for_a_person(name: str, world: Facts, seed: int) -> None:
    """A caller who only ever answers what the network would: bounded by the count of questions, not by patience."""
    flow, turn, pick = MAINS[name], start(MAINS[name], world), seed
    for _ in range(6 * ASKED_MAX):
        if turn.state.done:
            return
        pick = (pick * 1103515245 + 12345) % 2**31
        turn = step(flow, turn.state, answer(turn, pick >> 8), world)
    assert turn.state.line is not None or turn.state.asked >= ASKED_MAX
