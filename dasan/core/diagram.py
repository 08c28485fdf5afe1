"""The state machines as a document: diagrams and tables drawn from the same arrows that decide and fold.

``document()`` is the text of docs/state-machines.md; a test compares them.
"""

from __future__ import annotations

from dasan.core import address, callback, care, counselor, handoff, identity, leg, message, offer, supervision, workitem
from dasan.core.machine import Machine

MACHINES: tuple[tuple[str, str, Machine], ...] = (
    ("상담 건", "Work item", workitem.MACHINE),
    ("배정 제안", "Offer", offer.MACHINE),
    ("연결", "Leg", leg.MACHINE),
    ("콘솔 임대", "Lease of a console", counselor.LEASE),
    ("처리 칸", "Slot of a counselor", counselor.SLOT),
    ("응답소 인계", "Handoff to Eung-Dap-So", handoff.MACHINE),
    ("감독", "Supervision", supervision.MACHINE),
    ("회신 전화", "Callback", callback.MACHINE),
    ("문자", "Short message", message.MACHINE),
    ("경고 기록", "Strike", address.MACHINE),
    ("신원 연결", "Link of two identities", identity.MACHINE),
    ("안부 전화", "Care calls", care.MACHINE),
)
HEAD = """# 상태 기계 / State machines

이 문서는 코드의 표(`dasan/core/*.py`)에서 만들어집니다. 손으로 고치지 마십시오.
다시 만들기:

    python -c "from dasan.core.diagram import document; print(document(), end='')" > docs/state-machines.md

This document is drawn from the tables in the code. Do not edit it; the command above makes it again.
An event without an arrow from the present state is refused and changes nothing; a terminal state has no arrows.
"""


def document() -> str:
    """The whole document, Markdown with Mermaid diagrams."""
    return "\n".join([HEAD, *(_chapter(korean, english, machine) for korean, english, machine in MACHINES)])


def _chapter(korean: str, english: str, machine: Machine) -> str:
    lines = [f"## {korean} / {english}", "", "```mermaid", "stateDiagram-v2"]
    lines += [f"    [*] --> {state}: {event}" for event, state in machine.start.items()]
    drawn: dict[tuple[str, str], list[str]] = {}
    for (source, event), target in machine.arrows.items():
        drawn.setdefault((source, target), []).append(event.partition(".")[2])
    lines += [f"    {source} --> {target}: {', '.join(events)}" for (source, target), events in drawn.items()]
    lines += [f"    {state} --> [*]" for state in machine.states if state in machine.terminal]
    lines += ["```", "", "| 상태 / state | 사건 / event | 다음 / next |", "|---|---|---|"]
    lines += [f"| {source} | `{event}` | {target} |" for (source, event), target in machine.arrows.items()]
    return "\n".join([*lines, ""])
