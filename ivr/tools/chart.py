"""The service map that the guideline asks to publish: the same flow as text, Mermaid, DOT and JSON.

The text is for callers: what each key leads to, level by level, in one language, with what differs by hour or by who
calls named. The diagrams are for those who look after the flow: every node and every exit. All name the flow's ref, so
that a map can be told from that of another version.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ivr import graph
from ivr.flow import Flow
from ivr.nodes import AnyNode

Place = tuple[str, str]
Names = Mapping[tuple[str, str], str]
DEPTH_MAX = 8

_WORDS: Mapping[str, Mapping[str, str]] = {
    "ko": {
        "queue": "상담사({name})", "transfer": "{name} 연결", "callback": "전화 돌려받기", "voicemail": "음성 남기기",
        "sms": "문자로 주소", "end": "끝", "input": "번호 입력", "silence": "아무것도 누르지 않으면",
        "again": "위와 같음", "open": "여는 시간", "closed": "닫는 시간",
        "holiday": "공휴일", "all": "온종일", "shut": "쉼",
        "commands": "어디서나: {commands}", "operator": "상담사", "back": "이전", "replay": "다시 듣기",
        "http": "조회", "lookup": "조회",
    },
    "en": {
        "queue": "a counselor ({name})", "transfer": "connected to {name}", "callback": "a call back",
        "voicemail": "a message", "sms": "an address by text", "end": "the end", "input": "a number is asked for",
        "silence": "when nothing is pressed", "again": "as above", "open": "in opening hours",
        "closed": "outside opening hours", "holiday": "public holidays", "all": "all day", "shut": "closed",
        "commands": "everywhere: {commands}", "operator": "a counselor", "back": "go back",
        "replay": "hear it again", "http": "a look-up", "lookup": "a look-up",
    },
}  # fmt: skip
_DAYS = dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "월화수목금토일", strict=True))


def text(flow: Flow, language: str = "ko", names: Names | None = None) -> str:
    """The map as an indented list. ``names``: what queues and lines are called, ``("queue", code)`` to a name."""
    return "\n".join(_Text(flow, language, names or {}).lines()) + "\n"


class _Text:
    def __init__(self, flow: Flow, language: str, names: Names) -> None:
        self.flow, self.names = flow, names
        self.language = language
        self.words = _WORDS.get(language, _WORDS["en"])
        self.told: set[Place] = set()
        self.walking: set[Place] = set()

    def lines(self) -> Iterator[str]:
        main = self.flow.main
        title = self._label(main.title)
        yield f"{title} · {self.flow.name} {main.version} · {short(self.flow.ref)}"
        commands = ", ".join(f"{key} {self.words[word]}" for key, word in main.globals.items())
        yield self.words["commands"].format(commands=commands)
        yield ""
        yield from self._place((self.flow.name, main.start), 0, ())

    def _label(self, texts: Mapping[str, str]) -> str:
        return texts.get(self.language) or next(iter(texts.values()))

    def _place(self, place: Place, depth: int, stack: tuple[Place, ...]) -> Iterator[str]:
        """What a caller meets from ``place`` on. ``stack``: the subflow nodes that she is in."""
        silent = self.flow.node(*place).kind != "menu"  # a menu that comes again is told so; the rest would go round
        if depth > DEPTH_MAX or (silent and place in self.walking):
            return
        self.walking.add(place)
        yield from self._at(place, depth, stack)
        self.walking.discard(place)

    def _at(self, place: Place, depth: int, stack: tuple[Place, ...]) -> Iterator[str]:
        node: Any = self.flow.node(*place)
        if node.kind == "menu":
            yield from self._menu(place, node, depth, stack)
        elif node.kind == "hours":
            times = self._times(place[0], node)
            for word, target, told in (("open", node.on.open, times), ("closed", node.on.closed, "")):
                yield f"{_indent(depth)}[{self.words[word]}{told}]"
                yield from self._place((place[0], target), depth + 1, stack)
        elif node.kind == "branch":
            yield from self._branch(place, node, depth, stack)
        else:
            yield from self._else(place, node, depth, stack)

    def _menu(self, place: Place, node: Any, depth: int, stack: tuple[Place, ...]) -> Iterator[str]:
        if place in self.told:
            yield f"{_indent(depth)}({self.words['again']})"
            return
        self.told.add(place)
        for option in node.options:
            label = option.label.get(option.in_ or self.language) or self._label(option.label)
            if option.in_ and option.in_ != self.language:
                label = f"{self._label(option.label)} {label}"
            leads = self._leads((place[0], option.to), stack)
            yield f"{_indent(depth)}{option.key} {label}" + (f" → {leads}" if leads not in {"", label} else "")
            if not leads:
                yield from self._place((place[0], option.to), depth + 1, stack)
        if node.no_input is not None and (leads := self._leads((place[0], node.no_input.to), stack)):
            yield f"{_indent(depth)}· {self.words['silence']} → {leads}"

    def _times(self, unit: str, node: Any) -> str:
        calendar = self.flow.units[unit].document.calendars.get(node.calendar or "")
        if calendar is None:
            return ""
        rows = [*calendar.week.items(), (self.words["holiday"], calendar.holiday)]
        return ": " + ", ".join(f"{self._day(day)} {self._span(span)}" for day, span in rows)

    def _day(self, day: str) -> str:
        return "-".join(_DAYS.get(one, one) for one in day.split("-")) if self.language == "ko" else day

    def _span(self, span: str) -> str:
        return {"all": self.words["all"], "closed": self.words["shut"]}.get(span, span)

    def _branch(self, place: Place, node: Any, depth: int, stack: tuple[Place, ...]) -> Iterator[str]:
        """The usual way only; others are the diagrams' business."""
        yield from self._place((place[0], node.else_), depth, stack)

    def _else(self, place: Place, node: Any, depth: int, stack: tuple[Place, ...]) -> Iterator[str]:
        leads = self._one(place, node)
        if leads:
            yield f"{_indent(depth)}→ {leads}"
            return
        for after, inner in self._next(place, node, stack):
            yield from self._place(after, depth, inner)

    def _leads(self, place: Place, stack: tuple[Place, ...]) -> str:
        """Where a way ends when nothing is asked on it, else ""."""
        for _ in range(40):
            node: Any = self.flow.node(*place)
            if made := self._one(place, node):
                return made
            if node.kind == "branch":
                place = (place[0], node.else_)
                continue
            ways = list(self._next(place, node, stack))
            if node.kind in {"menu", "hours"} or len(ways) != 1:
                return ""
            place, stack = ways[0]
        return ""

    def _one(self, place: Place, node: Any) -> str:
        field = "line" if node.kind == "transfer" else "queue"
        name = getattr(node, field, None) or ""
        if node.kind in {"queue", "transfer", "callback", "voicemail", "sms", "end", "input", "http", "lookup"}:
            return self.words[node.kind].format(name=self.names.get((field, name), name))
        return ""

    def _next(self, place: Place, node: Any, stack: tuple[Place, ...]) -> Iterator[tuple[Place, tuple[Place, ...]]]:
        if node.kind == "subflow":
            yield (node.flow, self.flow.units[node.flow].document.start), (*stack, place)
        elif node.kind == "return" and stack:
            caller: Any = self.flow.node(*stack[-1])
            yield (stack[-1][0], caller.on[node.exit]), stack[:-1]
        elif node.kind in {"say", "set", "cancel_callback", "goto"}:
            yield (place[0], node.to), stack


def _indent(depth: int) -> str:
    return "  " * depth


def short(ref: str) -> str:
    """A ref as people compare it: twelve letters of its hash."""
    return ref.rpartition(":")[2][:12]


_SHAPES: Mapping[str, tuple[str, str]] = {
    "menu": ("{{", "}}"), "input": ("{{", "}}"), "branch": ("{", "}"), "hours": ("{", "}"), "queue": ("([", "])"),
    "transfer": ("([", "])"), "callback": ("([", "])"), "voicemail": ("([", "])"), "subflow": ("[[", "]]"),
    "end": ("((", "))"), "return": ("((", "))"),
}  # fmt: skip


def mermaid(flow: Flow, language: str = "ko") -> str:
    """A flowchart, one box a document."""
    lines = ["flowchart TD", f"  %% {flow.ref}"]
    for unit, nodes in _documents(flow):
        lines.append(f'  subgraph flow_{unit}["{_plain(unit)}"]')
        for name, node in nodes.items():
            left, right = _SHAPES.get(node.kind, ("[", "]"))
            lines.append(f'    {_id(unit, name)}{left}"{_title(name, node, language)}"{right}')
        lines.append("  end")
    lines += [f"  {_id(*a)} -->|{_plain(name)}| {_id(*b)}" for a, name, b in arrows(flow)]
    return "\n".join(lines) + "\n"


def dot(flow: Flow, language: str = "ko") -> str:
    """Graphviz."""
    lines = [f"digraph {_id('', flow.name)} {{", f"  // {flow.ref}", "  node [shape=box];"]
    for unit, nodes in _documents(flow):
        lines.append(f"  subgraph cluster_{unit} {{ label={json.dumps(unit)};")
        for name, node in nodes.items():
            label = json.dumps(_title(name, node, language), ensure_ascii=False)
            lines.append(f"    {_id(unit, name)} [label={label}];")
        lines.append("  }")
    lines += [f"  {_id(*a)} -> {_id(*b)} [label={json.dumps(name)}];" for a, name, b in arrows(flow)]
    return "\n".join([*lines, "}"]) + "\n"


def as_json(flow: Flow, language: str = "ko") -> str:
    """Nodes and exits, for programs."""
    nodes = [
        {"flow": unit, "node": name, "kind": node.kind, "title": _title(name, node, language)}
        for unit, found in _documents(flow)
        for name, node in found.items()
    ]
    edges = [{"from": list(a), "exit": name, "to": list(b)} for a, name, b in arrows(flow)]
    made = {"ref": flow.ref, "name": flow.name, "version": flow.version, "nodes": nodes, "edges": edges}
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"


def _documents(flow: Flow) -> Iterator[tuple[str, Mapping[str, AnyNode]]]:
    yield from ((unit.name, unit.document.nodes) for unit in flow.units.values())


def arrows(flow: Flow) -> Iterator[tuple[Place, str, Place]]:
    """Every exit with its target, and every subflow's way in."""
    for unit in flow.units.values():
        for name, node in unit.document.nodes.items():
            if node.kind == "subflow":
                yield (unit.name, name), "run", (node.flow, flow.units[node.flow].document.start)
        yield from (((unit.name, e.node), e.name, (unit.name, str(e.target))) for e in graph.edges(unit.document))


def _id(unit: str, name: str) -> str:
    return f"{unit}__{name}" if unit else name


def _title(name: str, node: Any, language: str) -> str:
    what = getattr(node, "queue", None) or getattr(node, "line", None) or getattr(node, "flow", None) or ""
    own, _, english = node.note.partition(" / ")
    note = (english or own) if language != "ko" else own
    return _plain(" ".join(part for part in (name, f"[{what}]" if what and what != name else "", note) if part))


def _plain(text: str) -> str:
    """Nothing that a diagram would read as its own."""
    return "".join(ch if ch not in '"|{}<>#;`' else " " for ch in text)


def page(flow: Flow, names: Mapping[str, Names]) -> str:
    """The published page (docs/ivr-120.md): the map for callers in Korean and English, and the diagram."""
    title, english = (flow.main.title.get(language, flow.name) for language in ("ko", "en"))
    return (
        f"# {title} 서비스 구성도 / Service map of {english}\n\n"
        "`dasan ivr export --format page`가 만듭니다. 직접 고치지 마십시오. "
        "Made by `dasan ivr export --format page`; do not edit.\n\n"
        f"판 / version: `{flow.ref}`\n\n"
        f"## 번호 안내\n\n```text\n{text(flow, 'ko', names.get('ko'))}```\n\n"
        f"## What each key does\n\n```text\n{text(flow, 'en', names.get('en'))}```\n\n"
        f"## 흐름도 / Diagram\n\n```mermaid\n{mermaid(flow)}```\n"
    )


FORMATS: Mapping[str, Callable[[Flow, str], str]] = {
    "txt": text,
    "mermaid": mermaid,
    "dot": dot,
    "json": as_json,
}
