"""Why an item was, or was not, offered to each counselor: the router's own verdicts as sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from dasan.core import routing
from dasan.core.counselor import Counselor
from dasan.core.errors import Refused
from dasan.core.ids import COUNSELOR, SESSION
from dasan.core.policy import Policy, RoutingStep
from dasan.core.time import clock, wall
from dasan.core.workitem import SCHEDULED, WorkItem
from dasan.ports import Head


def why_lines(
    item: WorkItem,
    crew: Iterable[Counselor],
    policy: Policy,
    now_us: int,
    *,
    names: Callable[[str], str],
    language: str,
) -> list[str]:
    """The item's state and step first, then everybody: the eligible in order, the others with their reason."""
    ko = language == "ko"
    lines = [_head(item, ko), _step(item.needs, policy, ko)]
    for verdict in routing.why(item, crew, policy, now_us):
        who = f"{names(verdict.counselor) or verdict.counselor} #{verdict.number}"
        if verdict.reason:
            lines.append(f"- {who}: {routing.REASONS[verdict.reason][0 if ko else 1]}")
        else:
            lines.append(f"{verdict.rank}. {who}: " + ("제안받을 수 있음" if ko else "eligible"))
    if len(lines) == 2:
        lines.append("등록된 상담사가 없습니다." if ko else "No counselor is registered.")
    return lines


def _head(item: WorkItem, ko: bool) -> str:
    since = f" {clock(item.enqueued_at_us)}" if item.enqueued_at_us else ""
    since = f" → {wall(item.open_at_us)}" if item.state == SCHEDULED else since
    parked = (" (민원인 연결 끊김)" if ko else " (citizen's connection lost)") if item.parked else ""
    named = "대기열" if ko else "queue"
    return f"{item.id} · {item.state}{parked} · {named} {item.queue}{since}"


def _step(step: RoutingStep, policy: Policy, ko: bool) -> str:
    needs = [f"{_skill(need.skill, policy, ko)} ≥ {need.level_min}" for need in step.needs]
    if step.only:
        needs.append(("지정 " if ko else "only ") + step.only)
    wanted = ", ".join(needs) or ("누구나" if ko else "anybody")
    return ("이 단계의 조건: " if ko else "This step asks for: ") + wanted


def _skill(code: str, policy: Policy, ko: bool) -> str:
    names = policy.skills.get(code)
    return code if names is None else names[0 if ko else 1]


class Reads(Protocol):
    """A part of the store's named reads."""

    def open_heads(self, kind: str) -> Iterator[Head]: ...


def why(
    reads: Reads, policy: Policy, now_us: int, workitem: str, *, names: Callable[[str], str], language: str
) -> list[str]:
    """As :func:`why_lines`, for an item on its way to somebody, by its id or its session's, from the store alone.

    Raises Refused("no_such_item") for what is not, or no longer, waiting or served.
    """
    crew = [head.state for head in reads.open_heads(COUNSELOR)]
    for head in reads.open_heads(SESSION):
        item = head.state.live_item if head.stream == workitem else head.state.item(workitem)
        if item is not None:
            return why_lines(item, crew, policy, now_us, names=names, language=language)
    raise Refused("no_such_item")
