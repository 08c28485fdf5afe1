"""Where one caller is in a flow, as a value that survives a restart: ``load(dump(state)) == state``.

A state names the flow by its ref, so that it can only go on in the version it began in. It holds what the caller
entered, personal data included: who stores it seals it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from dasan.core.errors import ConfigWrong, Problem
from ivr.actions import Value


@dataclass(frozen=True, slots=True)
class Frame:
    """One document of the flow being run: the main one, or a subflow that was called from ``node`` of the one below."""

    unit: str
    node: str
    vars: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mark:
    """A question that was answered: where # leads back to. ``depth``: how many frames stood then."""

    depth: int
    unit: str
    node: str


@dataclass(frozen=True, slots=True)
class Line:
    """Standing in line: what was last heard of it, and what was said when (seconds of waiting)."""

    queue: str
    waited_s: float = 0.0
    position: int | None = None
    eta_s: float | None = None
    announced_s: float | None = None
    offered: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """``step`` counts turns and is the token of a hop. ``phase``: what is waited for (ask, confirm, queue, result,
    done). ``left_line``: the queue whose place is kept for a callback. ``stayed``: queues whose waiting limit she
    reached, with the seconds she had waited: in line again she does not begin at its end. ``done``: why it ended, once
    it has."""

    ref: str
    step: int = 0
    phase: str = ""
    frames: tuple[Frame, ...] = ()
    history: tuple[Mark, ...] = ()
    trail: tuple[str, ...] = ()
    language: str = ""
    slow: bool = False
    no_input: int = 0
    no_match: int = 0
    replays: int = 0
    asked: int = 0
    pending: Value = None
    line: Line | None = None
    left_line: str = ""
    stayed: Mapping[str, float] = field(default_factory=dict)
    done: str = ""

    @property
    def node(self) -> str:
        """The node that the caller is at."""
        return self.frames[-1].node if self.frames else ""

    @property
    def unit(self) -> str:
        """The document that this node stands in."""
        return self.frames[-1].unit if self.frames else ""


def dump(state: State) -> dict[str, Any]:
    """The state as JSON-able data."""
    return asdict(state)


def load(data: Mapping[str, Any]) -> State:
    """What :func:`dump` gave. Raises ConfigWrong when it is something else."""
    try:
        given = dict(data)
        given["frames"] = tuple(Frame(f["unit"], f["node"], dict(f["vars"])) for f in given["frames"])
        given["history"] = tuple(Mark(**mark) for mark in given["history"])
        given["stayed"] = {str(queue): float(seconds) for queue, seconds in given.get("stayed", {}).items()}
        given["trail"] = tuple(given["trail"])
        given["line"] = Line(**given["line"]) if given["line"] is not None else None
        return State(**given)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigWrong(
            (
                Problem(
                    "state",
                    "저장된 메뉴 상태를 읽을 수 없습니다. 이 통화는 상담사에게 바로 연결하십시오.",
                    "The stored menu state cannot be read; hand this call to a person.",
                ),
            )
        ) from error
