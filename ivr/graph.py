"""A document as a graph: every exit of every node, with its target and where it is written.

One table says which exits a kind must have; lint, coverage, export, and the interpreter's own checks read it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ivr.model import Document
from ivr.source import Path

# Kind -> exits of ``on`` that must be there.
REQUIRED: dict[str, tuple[str, ...]] = {
    "http": ("ok", "error", "timeout"),
    "lookup": ("ok", "error", "timeout"),
    "queue": ("full", "closed", "max_wait", "error"),
    "callback": ("booked", "no_number", "error"),
    "voicemail": ("recorded", "empty", "error"),
    "transfer": ("failed",),
    "sms": ("sent", "failed", "no_number"),
}
# Kind -> further words that ``on`` may hold. A kind that is not here takes any (answers have words of their own).
OPTIONAL: dict[str, tuple[str, ...]] = {
    "queue": ("answered", "zero", "callback", "voicemail"),
    "callback": ("refused",),
    "voicemail": (),
    "transfer": ("connected", "busy", "no_answer", "error"),
    "sms": (),
}
ASKING = ("menu", "input")
HUMAN = ("queue", "callback", "voicemail", "transfer")


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out. ``name``: ``to``, ``1`` (a menu's key), no_input, no_match, open, ok, case 1, else … ``target``:
    None when the author left it out. ``path``: where it stands, or should. ``required``: leaving it out is a fault."""

    node: str
    name: str
    target: str | None
    path: Path
    required: bool = True


def exits(name: str, node: Any) -> tuple[Exit, ...]:
    """Every exit of one node."""
    return tuple(Exit(name, *way) for way in _WAYS[node.kind](("nodes", name), node))


def edges(document: Document) -> Iterator[Exit]:
    """Every exit of every node that has a target, in the order of the file."""
    for name, node in document.nodes.items():
        yield from (way for way in exits(name, node) if way.target is not None)


Way = tuple[str, str | None, Path, bool]


def _to(at: Path, node: Any) -> Iterator[Way]:
    yield "to", node.to, (*at, "to"), True


def _retries(at: Path, node: Any) -> Iterator[Way]:
    for name in ("no_input", "no_match"):
        retry = getattr(node, name)
        yield name, retry.to if retry else None, (*at, name, "to"), True


def _menu(at: Path, node: Any) -> Iterator[Way]:
    for index, option in enumerate(node.options):
        yield option.key, option.to, (*at, "options", index, "to"), True
    yield from _retries(at, node)


def _input(at: Path, node: Any) -> Iterator[Way]:
    yield "to", node.to, (*at, "to"), True
    if node.skip is not None:
        yield "skip", node.skip.to, (*at, "skip", "to"), True
    yield from _retries(at, node)


def _branch(at: Path, node: Any) -> Iterator[Way]:
    for index, case in enumerate(node.cases):
        yield f"case {index + 1}", case.to, (*at, "cases", index, "to"), True
    yield "else", node.else_, (*at, "else"), True


def _hours(at: Path, node: Any) -> Iterator[Way]:
    yield "open", node.on.open, (*at, "on", "open"), True
    yield "closed", node.on.closed, (*at, "on", "closed"), True
    if node.on.holiday is not None:
        yield "holiday", node.on.holiday, (*at, "on", "holiday"), False


def _on(at: Path, node: Any) -> Iterator[Way]:
    required = _required(node)
    for name in required:
        yield name, node.on.get(name), (*at, "on", name), True
    for name, target in node.on.items():
        if name not in required:
            yield name, target, (*at, "on", name), False


def _required(node: Any) -> tuple[str, ...]:
    wanted = REQUIRED.get(node.kind, ())
    if node.kind == "queue":
        wanted = tuple(dict.fromkeys((*wanted, *node.keys.values())))
        if not node.max_wait:
            wanted = tuple(name for name in wanted if name != "max_wait")
    return wanted


def _none(_at: Path, _node: Any) -> Iterator[Way]:
    return iter(())


_WAYS: dict[str, Callable[[Path, Any], Iterator[Way]]] = {
    "say": _to,
    "menu": _menu,
    "input": _input,
    "branch": _branch,
    "hours": _hours,
    "set": _to,
    "http": _on,
    "lookup": _on,
    "subflow": _on,
    "return": _none,
    "queue": _on,
    "callback": _on,
    "cancel_callback": _to,
    "voicemail": _on,
    "transfer": _on,
    "sms": _on,
    "goto": _to,
    "end": _none,
}
