"""Cases: what a caller does and what should come of it, as YAML; and running them through the interpreter.

A case is a world and a row of steps. A step is one thing that happens, or something that should be true after it::

    cases:
      - name: 아무것도 누르지 않으면 상담사에게
        at: 2026-11-23 10:00          # Seoul; also: caller, language, slow, conduct, channel, closed, full (queues)
        callback: {queue: traffic, ahead: 3}   # a call that we owe her; or {queue: water, at: 2026-11-24 15:00}
        steps:
          - say: 통화는 녹음됩니다      # was said in this turn; /…/ is a regular expression
          - press: 1                   # keys; speak: words (with confidence:); silence: true
          - at: traffic                # the node that the caller is at
          - queue: traffic             # stands in that line; transfer: a line; text: what is sent
          - wait: {s: 30, position: 3, eta: 120}
          - comes: answered            # what becomes of a queue, callback, voicemail, transfer, sms, http or lookup
          - comes: {ok: {state: answered}}   # of a question, with what it answers
          - unsaid: 1330               # was not said in this turn
          - within: 25s                # seconds since the call began, by what was said and waited for
          - end: answered              # the flow is over, for that reason

A case with ``with: [{queue: traffic, keys: 11}, …]`` is run once for each row, ``{queue}`` and ``{keys}`` in its words
standing for what the row says. ``press: "1 3"`` presses one key after the other, each an answer of its own.

``answers`` of the file, and of a case for itself, tell what services and the centre answer, so that no step has to::

    answers: {ticket: {ok: {state: in_progress}}, weather: timeout}

Where a step fails the case ends there: what follows would be about another call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dasan.core.errors import ConfigWrong, Problem
from ivr import answers
from ivr.actions import Action, End, Hold, Queue, Sms, Transfer
from ivr.answers import Answer
from ivr.events import Digits, NoInput, Result, Speech, Waiting
from ivr.facts import CallbackFacts, Facts, QueueFacts
from ivr.flow import Flow
from ivr.source import Path, Source, parse
from ivr.tools.call import Call, words
from ivr.tools.trace import Seen

SEOUL = timedelta(hours=9)
DEFAULT_AT = "2026-11-23 10:00"  # a Monday
_ANSWER = "timeout, {{ok: {{{}}}}}"
CASE_KEYS = (
    "name", "at", "caller", "language", "slow", "conduct", "callback", "channel", "closed", "full", "answers", "with",
    "steps",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a case: ``does`` names it, ``given`` is what it says."""

    does: str
    given: Any
    confidence: Any
    line: int


@dataclass(frozen=True, slots=True)
class Case:
    """One case, ready to run."""

    name: str
    facts: Facts
    steps: tuple[Step, ...]
    line: int
    answers: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a case went another way: what was wanted, what was there."""

    case: str
    line: int
    ko: str
    en: str


@dataclass(slots=True)
class Report:
    """What came of a number of cases."""

    ran: int = 0
    failures: list[Failure] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)
    heard: dict[str, list[str]] = field(default_factory=dict)


def read(text: str, file: str, holidays: frozenset[date] = frozenset()) -> tuple[str, tuple[Case, ...]]:
    """The flow's file name and the cases in ``text``. Raises ConfigWrong with every problem."""
    source = parse(text, file)
    given = source.data.get("cases")
    problems = [_no_such(source, (key,)) for key in source.data if key not in {"flow", "cases", "answers"}]
    if not isinstance(source.data.get("flow"), str) or not isinstance(given, list):
        problems.append(_problem(source, (), "flow와 cases가 있어야 합니다.", "A case file has a flow and cases."))
        raise ConfigWrong(tuple(problems))
    shared = _answers(source, (), source.data, problems)
    cases = [
        made
        for at, one in enumerate(given)
        for row in _rows(one)
        if (made := _case(source, ("cases", at), _filled(one, row), holidays, shared, problems))
    ]
    if problems:
        raise ConfigWrong(tuple(problems))
    return str(source.data["flow"]), tuple(cases)


def read_answers(text: str, file: str) -> Mapping[str, Answer]:
    """The ``answers`` of a file of cases, or of a file with nothing else. Raises ConfigWrong with every problem."""
    source = parse(text, file)
    problems: list[Problem] = []
    found = _answers(source, (), source.data, problems)
    if problems:
        raise ConfigWrong(tuple(problems))
    return found


def _answers(source: Source, path: Path, given: Mapping[str, Any], problems: list[Problem]) -> dict[str, Answer]:
    rows = given.get("answers") or {}
    read_ = {name: answers.read(one) for name, one in rows.items()} if isinstance(rows, dict) else {"": None}
    for name in (name for name, answer in read_.items() if answer is None):
        ko, en = (
            f"답은 {_ANSWER.format('이름: 값')}처럼 적습니다.",
            f"An answer is written {_ANSWER.format('name: value')}.",
        )
        problems.append(_problem(source, (*path, "answers", *([name] if name else [])), ko, en))
    return {name: answer for name, answer in read_.items() if answer is not None}


def _problem(source: Source, path: Path, ko: str, en: str) -> Problem:
    return Problem(".".join(str(part) for part in path), ko, en, file=source.file, line=source.line(path))


def _rows(one: Any) -> list[dict[str, Any]]:
    given = one.get("with") if isinstance(one, dict) else None
    return [row for row in given if isinstance(row, dict)] if isinstance(given, list) else [{}]


def _filled(data: Any, row: Mapping[str, Any]) -> Any:
    """``data`` with every ``{name}`` of the row replaced; other braces stay."""
    if isinstance(data, dict):
        return {key: _filled(inner, row) for key, inner in data.items()}
    if isinstance(data, list):
        return [_filled(inner, row) for inner in data]
    for key, value in row.items() if isinstance(data, str) else ():
        data = data.replace(f"{{{key}}}", str(value))
    return data


def _no_such(source: Source, path: Path) -> Problem:
    return _problem(source, path, f"'{path[-1]}' 항목은 없습니다.", f"There is no {path[-1]} here.")


def _case(
    source: Source, path: Path, one: Any, holidays: frozenset[date], shared: Mapping[str, Answer],
    problems: list[Problem],
) -> Case | None:  # fmt: skip
    if not isinstance(one, dict) or not one.get("name") or not isinstance(one.get("steps"), list):
        problems.append(_problem(source, path, "name과 steps가 있어야 합니다.", "A case has a name and steps."))
        return None
    problems.extend(_no_such(source, (*path, key)) for key in one if key not in CASE_KEYS)
    steps = [_step(source, (*path, "steps", at), step, problems) for at, step in enumerate(one["steps"])]
    try:
        facts = _facts(one, holidays)
    except ValueError:
        ko, en = "날짜는 2026-11-23 10:00처럼 적습니다.", "A date is written 2026-11-23 10:00."
        problems.append(_problem(source, (*path, "at"), ko, en))
        return None
    told = {**shared, **_answers(source, path, one, problems)}
    return Case(str(one["name"]), facts, tuple(step for step in steps if step), source.line(path), told)


def _step(source: Source, path: Path, step: Any, problems: list[Problem]) -> Step | None:
    named = [key for key in step if key != "confidence"] if isinstance(step, dict) else []
    if len(named) != 1 or named[0] not in {*_DO, *_EXPECT}:
        known = ", ".join((*_DO, *_EXPECT))
        ko, en = f"한 줄에 하나를 적습니다: {known}", f"A step is one of: {known}"
        problems.append(_problem(source, path, ko, en))
        return None
    made = Step(named[0], step[named[0]], step.get("confidence"), source.line(path))
    if (wanted := _unreadable(made)) is not None:
        problems.append(_problem(source, path, f"{made.does}: {wanted[0]}", f"{made.does}: {wanted[1]}"))
        return None
    return made


def _unreadable(step: Step) -> tuple[str, str] | None:
    """What is wrong with what a step says, else None."""
    given = step.given
    if not isinstance(step.confidence, int | float | None):
        return "confidence는 0에서 1 사이의 수입니다.", "confidence is a number from 0 to 1."
    if step.does == "wait" and not isinstance(given.get("s") if isinstance(given, dict) else given, int | float):
        shape = "30, {s: 30, position: 2, eta: 60}"
        return f"초를 적습니다: {shape}", f"seconds are written {shape}"
    if step.does == "comes" and answers.read(given) is None:
        return f"{_ANSWER.format('이름: 값')}처럼 적습니다.", f"write it like {_ANSWER.format('name: value')}."
    if step.does == "within" and not re.fullmatch(r"\d+(\.\d+)?s?", str(given)):
        return "25s처럼 적습니다.", "write it like 25s."
    if step.does in {"say", "unsaid", "text"} and _is_pattern(str(given)):
        try:
            re.compile(str(given)[1:-1])
        except re.error as error:
            return f"정규식을 읽을 수 없습니다: {error}", f"this regular expression cannot be read: {error}"
    return None


def _is_pattern(wanted: str) -> bool:
    return len(wanted) > 2 and wanted.startswith("/") and wanted.endswith("/")


def seoul_us(text: str) -> int:
    """``2026-11-23 10:00`` on Seoul's clock as UTC microseconds. Raises ValueError."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC) - SEOUL
    return int(moment.timestamp()) * 1_000_000


def _facts(one: Mapping[str, Any], holidays: frozenset[date]) -> Facts:
    queues = {str(name): QueueFacts(open=False) for name in one.get("closed") or ()}
    queues |= {str(name): QueueFacts(waiting=1, limit=1) for name in one.get("full") or ()}
    return Facts(
        seoul_us(str(one.get("at") or DEFAULT_AT)),
        language=str(one.get("language") or ""),
        slow=bool(one.get("slow")),
        caller=str(one.get("caller") or "e164"),
        conduct=str(one.get("conduct") or ""),
        callback=_callback(one.get("callback")),
        channel=str(one.get("channel") or "voice"),
        queues=queues,
        holidays=holidays,
    )


def _callback(given: Any) -> CallbackFacts | None:
    """``{queue: traffic, ahead: 3}``, ``{queue: water, at: 2026-11-24 15:00}`` or a queue alone. Raises ValueError."""
    if not given:
        return None
    one = given if isinstance(given, dict) else {"queue": given}
    ahead = one.get("ahead")
    at_us = seoul_us(str(one["at"])) if one.get("at") else 0
    return CallbackFacts(str(one.get("queue") or ""), at_us, ahead if isinstance(ahead, int) else None)


def run(flow: Flow, cases: Iterable[Case]) -> Report:
    """Every case on a call of its own."""
    report = Report()
    for case in cases:
        call = Call(flow, case.facts, report.seen, answers=case.answers)
        report.ran += 1
        report.heard[case.name] = call.heard
        for step in case.steps:
            failure = _go(call, case, step)
            if failure is not None:
                report.failures.append(failure)
                break
    return report


def _go(call: Call, case: Case, step: Step) -> Failure | None:
    if step.does in _DO:
        if not _DO[step.does](call, step):
            was = call.waits_for
            return _failed(case, step, f"여기에서는 할 수 없습니다({_name(was)}).", f"not possible at {_name(was)}")
        return None
    wanted, there = _EXPECT[step.does](call, step.given)
    if wanted:
        return None
    return _failed(
        case, step, f"{step.does}: {step.given} / 실제: {there}", f"{step.does}: {step.given}; found: {there}"
    )


def _failed(case: Case, step: Step, ko: str, en: str) -> Failure:
    return Failure(case.name, step.line, ko, en)


def _name(action: Action) -> str:
    return type(action).__name__


# -- what happens


def _press(call: Call, step: Step) -> bool:
    return all(call.send(Digits(keys)) for keys in str(step.given).split())


def _speak(call: Call, step: Step) -> bool:
    return bool(call.send(Speech(str(step.given), step.confidence)))


def _silence(call: Call, _step: Step) -> bool:
    return bool(call.send(NoInput()))


def _wait(call: Call, step: Step) -> bool:
    given = step.given if isinstance(step.given, dict) else {"s": step.given}
    return bool(call.send(Waiting(float(given["s"]), given.get("position"), given.get("eta"))))


def _comes(call: Call, step: Step) -> bool:
    kind = "queue" if isinstance(call.waits_for, Queue | Hold) else _kind(call)
    came = answers.read(step.given)
    return came is not None and bool(call.send(Result(kind, came.outcome, came.values)))


def _kind(call: Call) -> str:
    node: Any = call.flow.node(call.state.unit, call.state.node)
    return str(node.kind)


_DO: dict[str, Callable[[Call, Step], bool]] = {
    "press": _press,
    "speak": _speak,
    "silence": _silence,
    "wait": _wait,
    "comes": _comes,
}


# -- what should be


def _said(call: Call, given: Any) -> tuple[bool, str]:
    spoken = " ".join(words(call.turn.actions))
    return _matches(str(given), spoken), spoken


def _matches(wanted: str, spoken: str) -> bool:
    if _is_pattern(wanted):
        return re.search(wanted[1:-1], spoken) is not None
    return " ".join(wanted.split()) in " ".join(spoken.split())


def _unsaid(call: Call, given: Any) -> tuple[bool, str]:
    found, spoken = _said(call, given)
    return not found, spoken


def _at(call: Call, given: Any) -> tuple[bool, str]:
    return call.state.node == str(given), call.state.node


def _queue(call: Call, given: Any) -> tuple[bool, str]:
    line = call.state.line
    return line is not None and line.queue == str(given), line.queue if line else _name(call.waits_for)


def _transfer(call: Call, given: Any) -> tuple[bool, str]:
    last = call.waits_for
    there = last.line if isinstance(last, Transfer) else _name(last)
    return there == str(given), there


def _text(call: Call, given: Any) -> tuple[bool, str]:
    last = call.waits_for
    there = last.text if isinstance(last, Sms) else _name(last)
    return isinstance(last, Sms) and _matches(str(given), there), there


def _within(call: Call, given: Any) -> tuple[bool, str]:
    return call.seconds <= float(str(given).removesuffix("s")), f"{call.seconds:.1f}s"


def _ended(call: Call, given: Any) -> tuple[bool, str]:
    last = call.waits_for
    there = last.reason if isinstance(last, End) else _name(last)
    return isinstance(last, End) and there == str(given), there


def _language(call: Call, given: Any) -> tuple[bool, str]:
    return call.state.language == str(given), call.state.language


_EXPECT: dict[str, Callable[[Call, Any], tuple[bool, str]]] = {
    "say": _said,
    "unsaid": _unsaid,
    "at": _at,
    "queue": _queue,
    "transfer": _transfer,
    "text": _text,
    "within": _within,
    "end": _ended,
    "language": _language,
}
