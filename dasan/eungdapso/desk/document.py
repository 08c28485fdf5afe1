"""The parts of docs/eungdapso.md that are drawn from the tables.

``python -m dasan.eungdapso.desk.document docs/eungdapso.md`` renews them. A generated part stands between
``<!-- generated: name -->`` and ``<!-- end -->``; a test compares it with what is drawn.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from dasan.eungdapso.desk.services import SERVICES, Service
from dasan.eungdapso.desk.states import MOVE_NAMES, OPEN, STATE_NAMES, STATUS, TABLE, Rule, State, diagram
from dasan.eungdapso.receipt import progress_of

_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def drawn() -> dict[str, str]:
    """Name of a generated part -> its text."""
    return {
        "diagram": f"```mermaid\n{diagram()}\n```\n",
        "states": _table(
            ["상태", "State", "`detailed_status`", "Open311", "mySociety", "hand-off"], map(_state, State)
        ),
        "moves": _table(["처리", "Move", "from", "to", "needs", "only when"], map(_move, TABLE)),
        "services": _table(["code", "분류", "Service", "type", "term", "read without a key"], map(_service, SERVICES)),
    }


def renewed(text: str) -> str:
    """The document with its generated parts as they should be."""
    parts = drawn()
    return _PART.sub(lambda match: match[1] + parts[match[2]] + match[3], text)


def _table(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _state(state: State) -> list[str]:
    korean, english = STATE_NAMES[state]
    kind = "open" if state in OPEN else "closed"
    return [korean, english, f"`{state}`", kind, STATUS[state], progress_of(state.value, STATUS[state]).value]


def _move(rule: Rule) -> list[str]:
    korean, english = MOVE_NAMES[rule.move]
    sources = ", ".join(rule.sources)
    return [korean, english, sources, rule.target or "(same)", ", ".join(rule.needs) or "–", rule.guard or "–"]


def _service(service: Service) -> list[str]:
    term = f"{service.term.hours} h" if service.term.hours else f"{service.term.working_days} working days"
    public = "yes" if service.public else "state only"
    return [f"`{service.code}`", service.name, service.name_en, service.kind, term, public]


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(renewed(path.read_text("utf-8")), "utf-8")
