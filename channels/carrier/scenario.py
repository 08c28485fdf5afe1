"""Scenarios: what people with phones do and what they must hear, as YAML; a test and a demonstration alike.

::

    name: 상담사와 통화하고 보류했다 끊는다
    phones:                                   # names for addresses; a bare address is a phone that answers
      line: "+8225550120"
      citizen: "+821012345678"
    counselors: {kim: {after: 2s}}            # who is at a desk; for whoever gives the acts of a desk
    chaos: {drop: 0.05, duplicate: 0.1}       # as the step below, from the start on
    examples: [{key: "1"}, {key: "2"}]        # the file is played once for each, with its values for <key>
    steps:
      - dial: {from: citizen, to: line}
      - expect_say: 다산콜센터                  # a pattern, in what was not looked at yet; of the phone that dialled
      - press: <key>
      - expect_queue: {name: dasan, position: 1}
      - take: kim                             # whatever is not the carrier's is done by the table of acts given
      - hear: {citizen: [kim], kim: [citizen]}
      - hang_up: citizen
      - expect_call: {phone: citizen, status: completed}

The carrier's steps are in scenario_steps.py (:data:`~channels.carrier.scenario_steps.STEPS`), their shapes in
scenario_forms.py. A step that nobody knows, or with what it cannot take, is refused before anything is run, with the
line and the nearest name.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from channels.carrier.carrier import Carrier
from channels.carrier.model import SECOND, Habit
from channels.carrier.scenario_forms import CHAOS, COUNSELOR, PARTS, PHONE, Form, nearest, span

SCENARIO_BYTES_MAX = 256 * 1024
STEPS_MAX = 500
EXAMPLES_MAX = 50
_PARTS = frozenset({*PARTS, "steps"})
_STAND_IN = re.compile(r"<([a-z_]+)>")


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
    """A scenario that was read. ``counselors``: name -> (what her telephone does, {presence, signed_in}).
    ``settings``: variables of the environment that the centre shall have been started with."""

    name: str
    about: str
    seed: int
    phones: Mapping[str, tuple[str, Habit]]
    counselors: Mapping[str, tuple[Habit, Mapping[str, Any]]]
    settings: Mapping[str, str]
    chaos: Mapping[str, Any]
    steps: tuple[Step, ...]


@dataclass(slots=True)
class Stage:
    """A scenario being played. ``names``: what the file calls an address by. ``looked``: how much of what a phone heard
    was looked at already."""

    carrier: Carrier
    scenario: Scenario
    tell: Callable[[str], None]
    names: dict[str, str] = field(default_factory=dict)
    talker: str = ""
    looked: dict[str, int] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)  # for acts, from one to another

    def at(self, name: str) -> str:
        """The address that a name stands for; "" is the phone that dialled last."""
        name = name or self.talker
        return self.names.get(name, name)


Act = Callable[[Stage, Any], Awaitable[None]]


# -- reading


def read(text: str) -> Scenario:
    """The scenario, or the first of its examples. Raises ScenarioWrong."""
    return read_all(text)[0]


def read_all(text: str) -> tuple[Scenario, ...]:
    """The scenario once for each of its examples. Raises ScenarioWrong."""
    tree = _tree(text)
    examples = tree.get("examples")
    if examples is None:
        return (_scenario(tree),)
    if not isinstance(examples, list) or not 0 < len(examples) <= EXAMPLES_MAX or not all(map(_is_table, examples)):
        english = f"examples are a list of 1 to {EXAMPLES_MAX} tables."
        raise ScenarioWrong(_line(tree, "examples"), "examples는 값들의 목록입니다.", english)
    return tuple(_scenario(_with(_tree(text), dict(values))) for values in examples)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _tree(text: str) -> Any:
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
    return tree


def _with(node: Any, values: Mapping[str, Any]) -> Any:
    """The tree with the example's values in it, in place, so that lines are still known."""
    if isinstance(node, dict | list):
        for at in list(node) if isinstance(node, dict) else range(len(node)):
            node[at] = _with(node[at], values)
        return node
    if not isinstance(node, str):
        return node
    whole = _STAND_IN.fullmatch(node)
    if whole is not None and whole[1] in values:
        return values[whole[1]]
    return _STAND_IN.sub(lambda found: str(values.get(found[1], found[0])), node)


def _scenario(tree: Any) -> Scenario:
    for name in tree:
        if name not in _PARTS:
            near = nearest(str(name), _PARTS)
            raise ScenarioWrong(_line(tree, name), f"모르는 이름입니다: {name}{near[0]}", f"unknown: {name}{near[1]}")
    steps = tree.get("steps")
    if not isinstance(steps, list) or not steps or len(steps) > STEPS_MAX:
        raise ScenarioWrong(1, f"steps는 1개에서 {STEPS_MAX}개까지입니다.", f"steps are a list of 1 to {STEPS_MAX}.")
    if tree.get("chaos") is not None:
        _held(tree, "chaos", CHAOS)
    if not isinstance(tree.get("seed", 0), int):
        raise ScenarioWrong(_line(tree, "seed"), "seed는 정수입니다.", "seed is a whole number.")
    phones, counselors = _table(tree, "phones"), _table(tree, "counselors")
    return Scenario(
        str(tree.get("name", "")),
        str(tree.get("about", "")),
        int(tree.get("seed", 0)),
        {str(name): _phone(phones, name) for name in phones},
        {str(name): _counselor(counselors, name) for name in counselors},
        {str(name): str(value) for name, value in _table(tree, "settings").items()},
        dict(tree.get("chaos") or {}),
        tuple(_step(steps, index) for index in range(len(steps))),
    )


def _table(tree: Any, part: str) -> Any:
    given = tree.get(part) or {}
    if not isinstance(given, dict):
        raise ScenarioWrong(_line(tree, part), f"{part}는 이름과 값입니다.", f"{part} are names and values.")
    return given


def _line(node: Any, key: Any) -> int:
    try:
        return int(node.lc.key(key)[0]) + 1
    except (AttributeError, KeyError, TypeError):
        return 0


def _held(node: Any, key: Any, form: Form) -> None:
    """Raises ScenarioWrong where the value of that key is not of that form, with the line of what is wrong in it."""
    for name, korean, english in form.faults(node[key]):
        raise ScenarioWrong(_line(node[key], name) or _line(node, key), f"{key}: {korean}", f"{key}: {english}")


def _habit(given: Any) -> Habit:
    after = int(span(given.get("after", 2)) * SECOND)
    on_ring, sms = given.get("on_ring", "answer"), given.get("sms", "delivered")
    return Habit(on_ring, after, bool(given.get("machine")), sms)


def _phone(phones: Any, name: Any) -> tuple[str, Habit]:
    _held(phones, name, PHONE)
    given = phones[name]
    return (str(given["at"]), _habit(given)) if isinstance(given, dict) else (str(given), Habit())


def _counselor(counselors: Any, name: Any) -> tuple[Habit, Mapping[str, Any]]:
    _held(counselors, name, COUNSELOR)
    given = dict(counselors[name] or {})
    habit = _habit({"after": 1, **given})
    return habit, {key: given[key] for key in ("presence", "signed_in") if key in given}


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


def check(scenario: Scenario, known: Iterable[str], forms: Mapping[str, Form]) -> None:
    """Raises ScenarioWrong for the first step that nobody knows, or that holds what it cannot."""
    names = frozenset(known)
    for step in scenario.steps:
        if step.what not in names:
            korean, english = nearest(step.what, names)
            raise ScenarioWrong(step.line, f"모르는 단계: {step.what}{korean}", f"no such step: {step.what}{english}")
        form = forms.get(step.what)
        for name, ko, en in form.faults(step.value) if form is not None else ():
            line = _line(step.value, name) or step.line
            raise ScenarioWrong(line, f"{step.what}: {ko}", f"{step.what}: {en}")


async def play(
    scenario: Scenario,
    carrier: Carrier,
    acts: Mapping[str, Act] | None = None,
    tell: Callable[[str], None] = lambda _: None,
    *,
    names: dict[str, str] | None = None,
    forms: Mapping[str, Form] | None = None,
) -> Stage:
    """Every step in its order. ``acts`` are more steps and ``forms`` what they hold; ``names`` are more names of
    addresses, and may grow. Raises ScenarioWrong before the first step where one is wrong, and StepFailed."""
    from channels.carrier.scenario_steps import FORMS, STEPS, chaos  # noqa: PLC0415  # they speak of the stage above

    table: dict[str, Act] = {**STEPS, **(acts or {})}
    check(scenario, table, {**FORMS, **(forms or {})})
    stage = Stage(carrier, scenario, tell, names if names is not None else {})
    for name, (address, habit) in scenario.phones.items():
        stage.names[name] = address
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
