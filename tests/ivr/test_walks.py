"""Random callers in random flows, and in every shipped one: nothing crashes, every turn ends, every state survives a
restart, and the same input gives the same output."""

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dasan.core.errors import ConfigWrong
from ivr import text
from ivr.actions import WAITING, Ask, End, Fetch, Hold, Lookup, Queue
from ivr.events import Digits, Event, Hangup, NoInput, Result, Speech, Waiting
from ivr.facts import CallbackFacts, Facts, QueueFacts
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
    callback=st.none()
    | st.builds(
        CallbackFacts,
        st.sampled_from(["", "general", "water", "english"]),
        st.sampled_from([0, NOW_US, NOW_US + 90_000_000_000]),
        st.none() | st.integers(0, 9),
    ),
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
        print(f"{turn.state.unit}.{turn.state.node} {turn.state.phase} <- {event}")
        after = step(flow, turn.state, event, world)
        assert step(flow, load(json.loads(json.dumps(dump(turn.state)))), event, world) == after
        check(flow, turn, after)
        assert after.state.step == turn.state.step + (bool(after.actions) and not turn.state.done)
        turn = after if after.actions else turn
    ended = step(flow, turn.state, Hangup(), world)
    assert isinstance(ended.actions[-1], End)
    assert step(flow, ended.state, NoInput(), world).state == ended.state
    return turn


NAMES = ("a", "b", "c", "d", "e", "f", "g", "h", "person")
FORMULAS = (
    "true", "x", "n > 3", "x == 'a' and queue_open('water')", "number(x) + n", "not has(x)", "language == 'en'", "-n",
)  # fmt: skip
PROMPTS = (
    {"ko": "안녕"},
    {"ko": "{{ x|josa('은/는') }} {{ n|won }} {{ n|counter('명') }}", "en": "{{ x|digits }} {{ x|date }}"},
    {"en": "Hi", "when": "n == 1"},
)


class Author:
    """Writes any valid flow, rings included. Drawn from a seed rather than by Hypothesis, so that every kind and every
    edge comes as often as another; the seed is the test's name."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def to(self) -> str:
        return self.dice.choice(NAMES)

    def on(self, *names: str) -> dict[str, str]:
        return {name: self.to() for name in names}

    def prompt(self) -> dict[str, str]:
        return self.dice.choice(PROMPTS)

    def formula(self) -> str:
        return self.dice.choice(FORMULAS)

    def retry(self) -> dict[str, Any]:
        return {"to": self.to(), "say": [self.prompt()] * self.dice.randint(0, 2), "max": self.dice.randint(1, 3)}

    def question(self, kind: str, **fields: Any) -> dict[str, Any]:
        retries = {"no_input": self.retry(), "no_match": self.retry()}
        speech = fields.get("type") == "speech" or self.dice.random() < 0.5
        return {"kind": kind, **retries, "say": self.prompt(), "speech": speech, **fields}

    def menu(self) -> dict[str, Any]:
        keys = self.dice.sample("123456789", self.dice.randint(1, 5))
        options = [{"key": key, "label": {"ko": f"갈래{key}", "en": f"way {key}"}, "to": self.to()} for key in keys]
        return self.question("menu", options=options)

    def input(self) -> dict[str, Any]:
        kind = self.dice.choice(("phone", "date", "yes_no", "digits", "speech"))
        own: dict[str, Any] = {"max": self.dice.randint(1, 5)} if kind == "digits" else {}
        if kind == "speech" and self.dice.random() < 0.5:
            own = {"choices": [{"key": "1", "value": "gangnam", "label": {"ko": "강남구"}}]}
        if self.dice.random() < 0.3:
            own["skip"] = {"key": "9", "to": self.to()}
        confirm = self.dice.choice(("always", "unsure", "never"))
        return self.question("input", type=kind, slot=self.dice.choice("xn"), to=self.to(), confirm=confirm, **own)

    def asked(self) -> dict[str, Any]:
        own = self.dice.choice(({"kind": "http", "service": "outside"}, {"kind": "lookup", "name": "who"}))
        rest = {"args": {"q": self.formula()}, "into": {"x": "a"}, "timeout": 2}
        return {**own, **rest, "on": self.on("ok", "error", "timeout", "none")}

    def branch(self) -> dict[str, Any]:
        cases = [{"if": self.formula(), "to": self.to()} for _ in range(self.dice.randint(1, 3))]
        return {"kind": "branch", "cases": cases, "else": self.to()}

    def set(self) -> dict[str, Any]:
        prefer = self.dice.choice(({}, {"slow": "x"}, {"language": "'en'"}))
        if self.dice.random() < 0.1:
            return {"kind": "cancel_callback", "to": self.to()}
        return {"kind": "set", "set": {"x": self.formula(), "n": self.formula()}, "prefer": prefer, "to": self.to()}

    def queue(self) -> dict[str, Any]:
        exits = self.on(
            "full", "closed", "max_wait", "error", "callback", *self.dice.choice(((), ("zero", "answered")))
        )
        rest = {"max_wait": self.dice.choice((30, 600)), "keys": {"1": "callback"}, "on": exits}
        return {"kind": "queue", "queue": self.dice.choice(("water", "general")), **rest}

    def hand(self) -> dict[str, Any]:
        return self.dice.choice(
            (
                {"kind": "callback", "queue": "water", "number": self.dice.choice((None, "x")),
                 "on": self.on("booked", "no_number", "error")},
                {"kind": "voicemail", "queue": "water", "on": self.on("recorded", "empty", "error")},
                {"kind": "transfer", "line": "119", "on": self.on("failed")},
                {"kind": "sms", "text": self.prompt(), "on": self.on("sent", "failed", "no_number")},
            )
        )  # fmt: skip

    def plain(self) -> dict[str, Any]:
        return self.dice.choice(
            (
                {"kind": "say", "say": self.prompt(), "to": self.to(), "barge_in": self.dice.random() < 0.5},
                {"kind": "hours", "calendar": "cal", "on": self.on("open", "closed")},
                {"kind": "subflow", "flow": "sub", "args": {"y": self.formula()}, "into": {"x": "y"},
                 "on": self.on("done", "none")},
                {"kind": "goto", "to": self.to()},
                {"kind": "end", "say": self.prompt(), "reason": "over"},
            )
        )  # fmt: skip

    def flow(self) -> Flow:
        kinds = (self.menu, self.menu, self.input, self.input, self.asked, self.branch, self.set, self.queue, self.hand)
        made = {name: self.dice.choice((*kinds, self.plain, self.plain))() for name in NAMES[:-1]}
        document = {
            "flow": "test", "title": {"ko": "시험"}, "languages": ["ko", "en"],
            "operator": self.to(), "start": self.to(),
            "variables": {"x": {}, "n": {"type": "number", "default": 1}},
            "calendars": {"cal": {"week": {"mon-fri": "09:00-18:00"}}},
            "nodes": {**made, "person": PERSON, "bye": {"kind": "end"}},
        }  # fmt: skip
        return compile_flow({"test.yaml": json.dumps(document, ensure_ascii=False), "sub.yaml": SUB}, "test")

    def world(self) -> Facts:
        queues = {"water": QueueFacts(self.dice.random() < 0.7, self.dice.randint(0, 6), 5)}
        language, caller = self.dice.choice(("", "en", "xx")), self.dice.choice(("e164", "withheld"))
        return Facts(NOW_US, language, self.dice.random() < 0.5, caller, queues=queues)

    def path(self) -> list[Event | int]:
        strange = (NoInput(), Waiting(40, 2, 90), Speech("네", 0.3), Digits("12#"), Result("sms", "sent"))
        return [self.dice.choice(strange) if self.dice.random() < 0.2 else self.dice.randint(0, 500) for _ in range(30)]


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


@pytest.mark.parametrize("seed", range(250))
def test_no_caller_crashes_a_valid_flow(seed: int) -> None:
    author = Author(seed)
    walk(author.flow(), author.world(), author.path())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), facts, paths)
def test_nothing_that_is_sent_crashes_a_valid_flow(seed: int, world: Facts, path: list[Event | int]) -> None:
    walk(Author(seed).flow(), world, path)


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
        if pick % 7 == 0:
            return Digits("10*#"[pick % 4])
        if pick % 11 == 0:
            return Result("queue", ("answered", "full", "error", "max_wait")[pick % 4])
        waited = turn.state.line.waited_s if turn.state.line else 0.0
        return Waiting(waited + (last.seconds if isinstance(last, Hold) else 0.0), 3, None)
    if isinstance(last, Fetch | Lookup):
        return Result("http" if isinstance(last, Fetch) else "lookup", ("ok", "error", "timeout")[pick % 3])
    return Result(type(last).__name__.lower(), ("booked", "recorded", "sent", "failed", "error")[pick % 5])


@pytest.mark.parametrize("name", sorted(MAINS))
@settings(max_examples=20, deadline=None)
@given(facts, st.integers(0, 2**32))
def test_every_call_ends_or_waits_for_a_person(name: str, world: Facts, seed: int) -> None:
    """A caller who only ever answers what the network would: bounded by the count of questions, not by patience."""
    flow, turn, pick = MAINS[name], start(MAINS[name], world), seed
    for _ in range(30 * ASKED_MAX):
        if turn.state.done:
            return
        pick = (pick * 1103515245 + 12345) % 2**31
        turn = step(flow, turn.state, answer(turn, pick >> 8), world)
    assert turn.state.line is not None or turn.state.asked >= ASKED_MAX
