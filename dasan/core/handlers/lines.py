"""Handing a citizen to an emergency or partner line of the directory (119, 112, 1330, …), with place and summary.

In a call the line is rung into the room, and the counselor stays until it has answered; a line that does not answer
leaves her where she was. Elsewhere the citizen is given its number. A line without a number is refused by name, for
nothing may look like help that is not there.
"""

from __future__ import annotations

import json
from typing import Any

from dasan.core import commands as c
from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.call_events import LineAsked, LineOutcome
from dasan.core.errors import Refused
from dasan.core.handlers.parties import of, ring
from dasan.core.handlers.release import end_legs, start_wrap_up
from dasan.core.leg import Leg
from dasan.core.policy import TEXT_CHANNELS, Line
from dasan.core.session import Session
from dasan.core.work import Work
from dasan.core.workitem import WorkItem

Reply = dict[str, Any]
OUTCOMES = {"busy": "busy", "no_answer": "no_answer", "rejected": "busy"}


def hand_to_line(w: Work, command: c.HandToLine) -> Reply:
    """Reply: leg ("" without a call). Raises Refused(no_such_line | line_without_number | place_needed | not_now)."""
    s, item = w.assigned(command.session, command.item)
    line = find(w, command.line)
    if line.needs_place and not command.place:
        raise Refused("place_needed", line=line.code)
    if item.channel in TEXT_CHANNELS:
        if item.state not in {items.ACTIVE, items.PAUSED}:
            raise Refused("not_now", state=item.state)
        ask(w, s, line, "", place=command.place, summary=command.summary)
        w.emit(s.id, LineOutcome(line.code, "told"))
        name = line.name_ko if s.language == "ko" else line.name_en
        w.say(s.id, "line_card", {"line": name, "number": line.number})
        return {"leg": ""}
    if item.consult_of or item.state not in {items.ACTIVE, items.HELD}:
        raise Refused("not_now", state=item.state)
    return {"leg": ring_line(w, s, item, line, place=command.place, summary=command.summary)}


def find(w: Work, code: str) -> Line:
    """The line of that code, if it can be reached. Raises Refused."""
    line = w.policy.line(code)
    if line is None:
        raise Refused("no_such_line", known=", ".join(one.code for one in w.policy.lines))
    if not line.number:
        raise Refused("line_without_number", line=line.code)
    return line


def ring_line(w: Work, s: Session, item: WorkItem, line: Line, *, place: str = "", summary: str = "") -> str:
    """Ring it into the room, one line at a time; its leg."""
    if of(s, legs.OF_LINE) is not None:
        raise Refused("not_now", state="line")
    leg = ring(w, s.id, legs.OF_LINE, line.code, w.policy.timing.line_ring_s, item=item.id)
    ask(w, s, line, leg, place=place, summary=summary)
    w.say(s.id, "line_ringing", {"line": line.code})
    return leg


def ask(w: Work, s: Session, line: Line, leg: str, *, place: str = "", summary: str = "") -> None:
    """Record that the line shall take her over; what it is told lies sealed."""
    told = {"place": place, "summary": summary} if place or summary else {}
    content = w.seal(s.id, "line", json.dumps(told, ensure_ascii=False, sort_keys=True) if told else "")
    w.emit(s.id, LineAsked(line.code, leg, content))


def answered(w: Work, s: Session, leg: Leg) -> None:
    """The line is in the room: who only waited for that lets the citizen go. Known already is no news."""
    item = s.item(leg.item)
    if item is None or item.state not in {items.ACTIVE, items.HELD}:
        return
    w.emit(s.id, LineOutcome(leg.who, "answered"))
    w.say(s.id, "line_joined", {"line": leg.who})
    start_wrap_up(w, s.id, item, "handed_over")


def left(w: Work, s: Session, leg: Leg, cause: str) -> None:
    """A line's leg has ended by itself: it never answered, or its talk with the citizen is over."""
    if leg.state in legs.CALLED:
        w.emit(s.id, LineOutcome(leg.who, OUTCOMES.get(cause, "failed")))
        w.say(s.id, "line_failed", {"line": leg.who})
    elif s.live_item is None:
        end_legs(w, s.id, "normal")


HANDLERS: dict[type[c.Command], Any] = {c.HandToLine: hand_to_line}
