"""The life of a ticket, as a table.

Theory. A ticket is received; either it is answered at once, or it is routed to a department, assigned to an officer,
worked on, answered, and closed. To the side: a coordination meeting when nobody knows whose it is, transfer to an
agency outside the city, a question to the citizen (the legal clock stands still), an extension (once, with a reason),
merging with another ticket, closing of a repeated complaint, withdrawal by the citizen. An answered or closed ticket
can be reopened by asking for an additional answer (추가답변). Every arrow makes exactly one update that the outside
sees.

``decide`` is pure: it says what a move would change, or why it is not possible, and changes nothing.
The diagram in docs/eungdapso.md is drawn from ``TABLE`` by :func:`diagram`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    RECEIVED = "received"
    COORDINATION = "coordination"
    ROUTED = "routed"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    AWAITING_CITIZEN = "awaiting_citizen"
    REOPENED = "reopened"
    ANSWERED = "answered"
    CLOSED = "closed"
    TRANSFERRED_OUT = "transferred_out"
    MERGED = "merged"
    CLOSED_REPEAT = "closed_repeat"
    WITHDRAWN = "withdrawn"


class Move(StrEnum):
    ANSWER_AT_ONCE = "answer_at_once"
    COORDINATE = "coordinate"
    ROUTE = "route"
    ASSIGN = "assign"
    START = "start"
    ASK_CITIZEN = "ask_citizen"
    CITIZEN_REPLIED = "citizen_replied"
    EXTEND = "extend"
    ANSWER = "answer"
    CLOSE = "close"
    REOPEN = "reopen"
    TRANSFER_OUT = "transfer_out"
    MERGE = "merge"
    CLOSE_REPEAT = "close_repeat"
    CLOSE_UNANSWERED = "close_unanswered"
    WITHDRAW = "withdraw"


S, M = State, Move
ASKS_MAX = 2  # requests for supplement before the ticket may be closed (up to two)


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of arrow: where it may start, where it ends (None: where it started), and what must come with it."""

    move: Move
    sources: tuple[State, ...]
    target: State | None
    needs: tuple[str, ...] = ()
    guard: str = ""


_WORKING = (S.RECEIVED, S.COORDINATION, S.ROUTED, S.ASSIGNED, S.IN_PROGRESS, S.REOPENED)

TABLE: tuple[Rule, ...] = (
    Rule(M.ANSWER_AT_ONCE, (S.RECEIVED,), S.ANSWERED, ("text",)),
    Rule(M.ROUTE, (S.RECEIVED, S.COORDINATION, S.ROUTED, S.ASSIGNED, S.REOPENED), S.ROUTED, ("agency",)),
    Rule(M.COORDINATE, (S.RECEIVED, S.ROUTED, S.ASSIGNED, S.IN_PROGRESS), S.COORDINATION, ("text",)),
    Rule(M.ASSIGN, (S.ROUTED, S.REOPENED), S.ASSIGNED, ("officer",)),
    Rule(M.START, (S.ASSIGNED,), S.IN_PROGRESS),
    Rule(M.ASK_CITIZEN, (S.ASSIGNED, S.IN_PROGRESS), S.AWAITING_CITIZEN, ("text",), "asks_left"),
    Rule(M.CITIZEN_REPLIED, (S.AWAITING_CITIZEN,), S.IN_PROGRESS, ("text",)),
    Rule(M.EXTEND, (S.ROUTED, S.ASSIGNED, S.IN_PROGRESS), None, ("text",), "not_extended"),
    Rule(M.ANSWER, (S.ASSIGNED, S.IN_PROGRESS), S.ANSWERED, ("text",)),
    Rule(M.CLOSE, (S.ANSWERED,), S.CLOSED),
    Rule(M.REOPEN, (S.ANSWERED, S.CLOSED), S.REOPENED, ("text",)),
    Rule(M.TRANSFER_OUT, _WORKING, S.TRANSFERRED_OUT, ("agency", "text")),
    Rule(M.MERGE, _WORKING, S.MERGED, ("other",)),
    Rule(M.CLOSE_REPEAT, _WORKING, S.CLOSED_REPEAT, ("text",)),
    Rule(M.CLOSE_UNANSWERED, (S.AWAITING_CITIZEN,), S.CLOSED, ("text",), "asks_used"),
    Rule(M.WITHDRAW, (*_WORKING, S.AWAITING_CITIZEN), S.WITHDRAWN),
)

RULES = {rule.move: rule for rule in TABLE}
OPEN = frozenset({*_WORKING, S.AWAITING_CITIZEN})  # Open311 "open"; the rest is "closed"
FINAL = frozenset(S) - OPEN - {S.ANSWERED, S.CLOSED}  # nothing leaves these

# The words of the mySociety update extension; our own finer word travels as external_status_code. An answer is not
# always a repair, so nothing of ours says FIXED.
STATUS = {
    S.RECEIVED: "OPEN",
    S.COORDINATION: "INTERNAL_REFERRAL",
    S.ROUTED: "INVESTIGATING",
    S.ASSIGNED: "INVESTIGATING",
    S.IN_PROGRESS: "IN_PROGRESS",
    S.AWAITING_CITIZEN: "INVESTIGATING",
    S.REOPENED: "REOPEN",
    S.ANSWERED: "CLOSED",
    S.CLOSED: "CLOSED",
    S.TRANSFERRED_OUT: "NOT_COUNCILS_RESPONSIBILITY",
    S.MERGED: "DUPLICATE",
    S.CLOSED_REPEAT: "NO_FURTHER_ACTION",
    S.WITHDRAWN: "CANCELLED",
}

STATE_NAMES = {
    S.RECEIVED: ("접수", "Received"),
    S.COORDINATION: ("조정회의", "Coordination meeting"),
    S.ROUTED: ("부서분배", "Routed to department"),
    S.ASSIGNED: ("담당자지정", "Officer assigned"),
    S.IN_PROGRESS: ("처리중", "In progress"),
    S.AWAITING_CITIZEN: ("보완요청", "Awaiting citizen"),
    S.REOPENED: ("추가답변요청", "Reopened"),
    S.ANSWERED: ("답변완료", "Answered"),
    S.CLOSED: ("종결", "Closed"),
    S.TRANSFERRED_OUT: ("이송", "Transferred out"),
    S.MERGED: ("병합", "Merged"),
    S.CLOSED_REPEAT: ("반복민원 종결", "Closed as repeated"),
    S.WITHDRAWN: ("취하", "Withdrawn"),
}

MOVE_NAMES = {
    M.ANSWER_AT_ONCE: ("즉시답변", "Answer at once"),
    M.COORDINATE: ("조정회의 회부", "Send to coordination"),
    M.ROUTE: ("부서분배", "Route to department"),
    M.ASSIGN: ("담당자 지정", "Assign officer"),
    M.START: ("처리 시작", "Start work"),
    M.ASK_CITIZEN: ("보완 요청", "Ask the citizen"),
    M.CITIZEN_REPLIED: ("보완 접수", "Citizen replied"),
    M.EXTEND: ("기한 연장", "Extend the term"),
    M.ANSWER: ("답변", "Answer"),
    M.CLOSE: ("종결", "Close"),
    M.REOPEN: ("추가답변 요청", "Reopen"),
    M.TRANSFER_OUT: ("타 기관 이송", "Transfer out"),
    M.MERGE: ("병합", "Merge"),
    M.CLOSE_REPEAT: ("반복민원 종결", "Close as repeated"),
    M.CLOSE_UNANSWERED: ("보완 없음 종결", "Close, no supplement came"),
    M.WITHDRAW: ("취하", "Withdraw"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the guards look at: the state, how often the citizen was asked, and whether the term was extended."""

    state: State
    asks: int = 0
    extended: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a move is not possible: ``code`` is ``illegal``, ``guard`` or ``missing``; ``detail`` the guard or field."""

    code: str
    detail: str = ""


def decide(now: Standing, move: Move, given: frozenset[str]) -> Standing | Refusal:
    """The standing after ``move``, or why not. ``given`` names the fields that came with it and are not empty."""
    rule = RULES[move]
    if now.state not in rule.sources:
        return Refusal("illegal", now.state.value)
    if not _guard_holds(rule.guard, now):
        return Refusal("guard", rule.guard)
    missing = [name for name in rule.needs if name not in given]
    if missing:
        return Refusal("missing", missing[0])
    return Standing(
        rule.target or now.state,
        now.asks + (move is Move.ASK_CITIZEN),
        now.extended or move is Move.EXTEND,
    )


def _guard_holds(guard: str, now: Standing) -> bool:
    if guard == "asks_left":
        return now.asks < ASKS_MAX
    if guard == "asks_used":
        return now.asks >= ASKS_MAX
    if guard == "not_extended":
        return not now.extended
    return True


def legal(now: Standing) -> tuple[Rule, ...]:
    """The rules that apply to ``now``, in the table's order: what the staff page offers as buttons."""
    return tuple(rule for rule in TABLE if now.state in rule.sources and _guard_holds(rule.guard, now))


def diagram() -> str:
    """The table as a Mermaid state diagram; docs/eungdapso.md holds exactly this text.

    A move that is possible from every state in which somebody works is one arrow from the box around them.
    """
    box = ["    state working {", *(f"        {state}" for state in _WORKING), "    }"]
    lines = ["stateDiagram-v2", *box, "    [*] --> received"]
    for rule in TABLE:
        mark = f" [{rule.guard}]" if rule.guard else ""
        boxed = set(_WORKING) <= set(rule.sources)
        sources = ["working"] if boxed else []
        sources += [state for state in rule.sources if not boxed or state not in _WORKING]
        lines += [f"    {source} --> {rule.target or source}: {rule.move}{mark}" for source in sources]
    lines += [f"    {state} --> [*]" for state in State if state in FINAL or state is State.CLOSED]
    return "\n".join(lines)
