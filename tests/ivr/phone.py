"""A caller for the tests: flows written in a few lines, and a call that is driven and read like one."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import dedent

from ivr.actions import Action, Ask, Hold, Say
from ivr.events import Digits, Event, NoInput, Speech
from ivr.facts import Facts
from ivr.flow import Flow, compile_flow
from ivr.interpreter import Turn, start, step
from ivr.state import dump, load

FLOWS = Path(__file__).parents[2] / "ivr" / "flows"
# Saturday, 21 November 2026, 14:32:07 in Seoul.
NOW_US = int(datetime(2026, 11, 21, 5, 32, 7, tzinfo=UTC).timestamp()) * 1_000_000
WORLD = Facts(NOW_US)

HEAD = """
flow: test
title: {ko: 시험}
languages: [ko, en]
operator: person
"""
TAIL = """
  person:
    kind: queue
    queue: general
    say: {ko: 상담사에게 연결합니다., en: Connecting you.}
    keys: {1: callback}
    max_wait: 10m
    on: {full: bye, closed: bye, max_wait: bye, error: bye, callback: bye}
  bye: {kind: end, say: {ko: 감사합니다., en: Thank you.}, reason: done}
"""


def at(iso: str) -> int:
    """A wall time in Seoul as UTC microseconds."""
    return (int(datetime.fromisoformat(iso + "+09:00").timestamp())) * 1_000_000


def source(nodes: str, head: str = "", start_at: str = "") -> str:
    """A flow file: the usual head, ``head``, the given nodes, and a person and a good-bye at its end."""
    nodes = dedent(nodes).strip("\n")
    first = start_at or nodes.split(":", maxsplit=1)[0]
    body = "\n".join("  " + line if line else "" for line in nodes.split("\n"))
    return f"{HEAD}{dedent(head)}\nstart: {first}\nnodes:\n{body}\n{TAIL}"


def flow(nodes: str, head: str = "", start_at: str = "", **subflows: str) -> Flow:
    """A compiled flow."""
    texts = {"test.yaml": source(nodes, head, start_at)}
    return compile_flow({**texts, **{f"{name}.yaml": text for name, text in subflows.items()}}, "test")


def shipped() -> dict[str, str]:
    """The flow files that come with the project."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(FLOWS.glob("*.yaml"))}


@dataclass
class Call:
    """One call. Every step goes through JSON, as it does between two webhooks."""

    flow: Flow
    facts: Facts = WORLD
    turn: Turn = field(init=False)

    def __post_init__(self) -> None:
        self.turn = start(self.flow, self.facts)

    def do(self, event: Event) -> "Call":
        state = load(json.loads(json.dumps(dump(self.turn.state))))
        assert state == self.turn.state
        self.turn = step(self.flow, state, event, self.facts)
        return self

    def press(self, keys: str) -> "Call":
        return self.do(Digits(keys))

    def hear(self, text: str, confidence: float | None = 0.9) -> "Call":
        return self.do(Speech(text, confidence))

    def silence(self) -> "Call":
        return self.do(NoInput())

    @property
    def node(self) -> str:
        return self.turn.state.node

    @property
    def actions(self) -> tuple[Action, ...]:
        return self.turn.actions

    @property
    def last(self) -> Action:
        return self.turn.actions[-1]

    @property
    def ask(self) -> Ask:
        assert isinstance(self.last, Ask)
        return self.last

    @property
    def said(self) -> str:
        """Everything that this turn says, in one line."""
        spoken = [a for a in self.turn.actions if isinstance(a, Say | Ask | Hold)]
        return " ".join(u.text for a in spoken for u in a.prompts)

    @property
    def vars(self) -> dict[str, object]:
        return dict(self.turn.state.frames[-1].vars)


def christmas() -> frozenset[date]:
    return frozenset({date(2026, 12, 25)})
