"""Scenarios: what people with phones do and what they must hear, as YAML; a test and a demonstration alike.

::

    name: 상담사와 통화하고 보류했다 끊는다
    seed: 7
    phones:                                   # names for addresses; a bare address is a phone that answers
      line: "+8225550120"
      citizen: "+821012345678"
      desk: {at: "client:c12", on_ring: answer, after: 2s}
    chaos: {drop: 0.05, duplicate: 0.1}       # as the step below, from the start on
    steps:
      - dial: {from: citizen, to: line}
      - expect_say: 다산콜센터                  # a pattern, in what was not looked at yet; of the phone that dialled
      - press: "1"
      - say: {text: 불법주차 신고, confidence: 0.91}
      - expect_queue: {name: dasan, position: 1}
      - wait: 35s
      - accept: kim                           # whatever is not the carrier's is done by the table of acts given
      - hear: {citizen: [desk], desk: [citizen]}
      - hang_up: citizen
      - expect_call: {phone: citizen, status: completed}

The carrier's steps are in scenario_steps.py (:data:`~channels.carrier.scenario_steps.STEPS`). A step that is neither
the carrier's nor in the table is refused before anything is run, with the line and the nearest name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from channels.carrier.carrier import Carrier
from channels.carrier.model import SECOND, Habit

SCENARIO_BYTES_MAX = 256 * 1024
STEPS_MAX = 500
_SPAN = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, None: 1.0}
_PARTS = frozenset({"name", "about", "seed", "phones", "chaos", "steps"})


class ScenarioWrong(Exception):
    """The file is no scenario; ``line`` counts from 1, 0 for the file as a whole. Says it in Korean and English."""

    def __init__(self, line: int, korean: str, english: str) -> None:
        super().__init__(f"{line}: {english}")
        self.line, self.korean, self.english = line, korean, english


class StepFailed(AssertionError):
    """A step did not come true."""

    def __init__(self, step: Step, why: str, trace: Iterable[object] = ()) -> None:
        lines = "\n  ".join(str(line) for line in trace)
        super().__init__(f"line {step.line}: {step.what}: {why}" + (f"\n  {lines}" if lines else ""))
        self.step, self.why = step, why


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what, with what, on which line."""

    what: str
    value: Any
    line: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario that was read."""

    name: str
    about: str
    seed: int
    phones: Mapping[str, tuple[str, Habit]]
    chaos: Mapping[str, Any]
    steps: tuple[Step, ...]


@dataclass(slots=True)
class Stage:
    """A scenario being played. ``looked``: how much of what a phone heard was looked at already."""

    carrier: Carrier
    scenario: Scenario
    tell: Callable[[str], None]
    talker: str = ""
    looked: dict[str, int] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)  # for acts, from one to another

    def at(self, name: str) -> str:
        """The address that a name stands for; "" is the phone that dialled last."""
        name = name or self.talker
        return self.scenario.phones[name][0] if name in self.scenario.phones else name


Act = Callable[[Stage, Any], Awaitable[None]]


def span(value: Any) -> float:
    """Seconds, of ``35s``, ``500ms``, ``2m`` or a number. Raises ValueError."""
    found = _SPAN.fullmatch(str(value).strip())
    if found is None:
        raise ValueError(f"not a time: {value}")
    return float(found[1]) * _UNITS[found[2]]


# -- reading


def read(text: str) -> Scenario:
    """Raises ScenarioWrong."""
    if len(text.encode()) > SCENARIO_BYTES_MAX:
        raise ScenarioWrong(0, "파일이 너무 큽니다.", "The file is too large.")
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as wrong:
        mark = wrong.problem_mark
        line = mark.line + 1 if mark is not None else 0
        raise ScenarioWrong(line, "YAML이 아닙니다.", f"not YAML: {wrong.problem}") from wrong
    if not isinstance(tree, dict):
        raise ScenarioWrong(1, "이름과 steps가 있어야 합니다.", "A scenario has a name and steps.")
    _known(tree, _PARTS, tree)
    steps = tree.get("steps")
    if not isinstance(steps, list) or not steps or len(steps) > STEPS_MAX:
        raise ScenarioWrong(1, f"steps는 1개에서 {STEPS_MAX}개까지입니다.", f"steps are a list of 1 to {STEPS_MAX}.")
    phones = tree.get("phones") or {}
    if not isinstance(phones, dict):
        raise ScenarioWrong(_line(tree, "phones"), "phones는 이름과 주소입니다.", "phones are names and addresses.")
    return Scenario(
        str(tree.get("name", "")),
        str(tree.get("about", "")),
        int(tree.get("seed", 0)),
        {str(name): _phone(phones, name) for name in phones},
        dict(tree.get("chaos") or {}),
        tuple(_step(steps, index) for index in range(len(steps))),
    )


def _line(node: Any, key: Any) -> int:
    try:
        return int(node.lc.key(key)[0]) + 1
    except (AttributeError, KeyError, TypeError):
        return 0


def _known(node: Any, names: frozenset[str], tree: Any) -> None:
    for name in node:
        if name not in names:
            near = _nearest(str(name), names)
            raise ScenarioWrong(_line(tree, name), f"모르는 이름입니다: {name}{near[0]}", f"unknown: {name}{near[1]}")


def _nearest(name: str, names: Iterable[str]) -> tuple[str, str]:
    near = difflib.get_close_matches(name, sorted(names), 1, 0.5)
    return (f" ({near[0]}?)", f" (did you mean {near[0]}?)") if near else ("", "")


def _phone(phones: Any, name: Any) -> tuple[str, Habit]:
    given, line = phones[name], _line(phones, name)
    if isinstance(given, str):
        return given, Habit()
    if not isinstance(given, dict) or not isinstance(given.get("at"), str):
        raise ScenarioWrong(line, "전화는 주소, 또는 {at: 주소}입니다.", "A phone is an address, or {at: address}.")
    _known(given, frozenset({"at", "on_ring", "after", "machine", "sms"}), given)
    on_ring = given.get("on_ring", "answer")
    if on_ring not in {"answer", "wait", "busy", "reject", "absent"}:
        raise ScenarioWrong(line, f"on_ring: {on_ring}", f"on_ring: {on_ring} is none of answer, wait, busy, reject")
    try:
        after = int(span(given.get("after", 2)) * SECOND)
    except ValueError as wrong:
        raise ScenarioWrong(line, f"시간이 아닙니다: {given.get('after')}", str(wrong)) from wrong
    return given["at"], Habit(on_ring, after, bool(given.get("machine")), given.get("sms", "delivered"))


def _step(steps: Any, index: int) -> Step:
    given = steps[index]
    line = int(steps.lc.item(index)[0]) + 1
    if isinstance(given, str):
        return Step(given, None, line)
    if not isinstance(given, dict) or len(given) != 1:
        raise ScenarioWrong(line, "한 단계에는 하나만 적습니다.", "A step is one thing: `- what: with`.")
    [(what, value)] = given.items()
    return Step(str(what), value, line)


# -- playing


async def play(
    scenario: Scenario,
    carrier: Carrier,
    acts: Mapping[str, Act] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Stage:
    """Every step in its order. Raises ScenarioWrong before the first for a step that nobody knows, and StepFailed."""
    from channels.carrier.scenario_steps import STEPS, chaos  # noqa: PLC0415  # they speak of the stage above

    table: dict[str, Act] = {**STEPS, **(acts or {})}
    for step in scenario.steps:
        if step.what not in table:
            korean, english = _nearest(step.what, table)
            raise ScenarioWrong(step.line, f"모르는 단계: {step.what}{korean}", f"no such step: {step.what}{english}")
    stage = Stage(carrier, scenario, tell)
    for address, habit in scenario.phones.values():
        if address not in carrier.net.numbers:
            carrier.phone(address, habit)
    if scenario.chaos:
        await chaos(stage, scenario.chaos)
    for step in scenario.steps:
        tell(f"{step.what}: {step.value}" if step.value is not None else step.what)
        try:
            await table[step.what](stage, step.value)
        except StepFailed:
            raise
        except (AssertionError, LookupError, ValueError, TypeError) as wrong:
            raise StepFailed(step, str(wrong) or type(wrong).__name__, list(carrier.net.trace)[-12:]) from wrong
    return stage
