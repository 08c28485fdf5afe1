"""The telephone side of a session as a console shows it: pure, from the session's state (dasan/core/call.py).

Numbers never leave here: a party is named as colleagues name her, a line as the directory does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dasan.core import leg as legs
from dasan.core import workitem as items
from dasan.core.call import has_call
from dasan.core.leg import Leg
from dasan.core.policy import VOICE, Policy
from dasan.core.session import Session
from dasan.core.time import SECOND
from dasan.core.workitem import WorkItem
from dasan.wire import call_views as view

Names = Callable[[str], str]
WAITING, READY = "waiting", "ready"  # somebody is being asked: not there yet, or talking with her


def up(s: Session) -> bool:
    """Whether the citizen's telephone is up."""
    return any(leg.channel == VOICE and leg.state in legs.UP for leg in s.legs)


def held(item: WorkItem | None) -> bool:
    """Whether the citizen hears music because she was put there: on hold, or while somebody is asked."""
    return item is not None and (item.state == items.HELD or (item.state == items.CONSULTING and not item.joined))


def consult_of(s: Session) -> str:
    """How far the session's consult is: "", :data:`WAITING` or :data:`READY`."""
    item = s.live_item
    if item is None or item.state != items.CONSULTING:
        return ""
    asked = s.consult
    if asked is not None:
        leg = next((p for p in s.parties if p.who == asked.counselor and p.role == legs.OF_COUNSELOR), None)
        there = asked.state == items.ACTIVE and (leg is None or leg.joined)
        return READY if there else WAITING
    line = _line(s)
    return READY if line is not None and line.joined else WAITING


def call(s: Session, item: WorkItem | None, me: str, policy: Policy, names: Names, strikes: int, language: str
         ) -> view.Call | None:  # fmt: skip
    """The call as the counselor ``me`` sees it; ``item`` is what she has of the session, ``strikes`` what stands
    against the caller. None without a call."""
    if not has_call(s):
        return None
    talk = s.live_item
    asker = s.item(item.consult_of) if item is not None and item.consult_of else None
    clock = item or talk
    return view.Call(
        caller=s.caller,
        parties=tuple(_parties(s, me, policy, names, language)),
        consult=_consulting(s, policy, names, language) if asker is None else None,
        asked_by=names(asker.counselor) if asker else "",
        talk_since=clock.active_at_us if clock else 0,
        held_since=talk.turned_us if talk is not None and held(talk) else 0,
        waited_s=_waited_s(clock),
        recording=s.recording,
        warned=s.warned,
        strikes=strikes,
    )


def line_name(policy: Policy, code: str, language: str) -> str:
    """A line of the directory in ``language``; its code when the policy no longer knows it."""
    line = policy.line(code)
    if line is None:
        return code
    return line.name_ko if language == "ko" else line.name_en


def speaker(s: Session, leg_id: str, policy: Policy, names: Names, language: str) -> tuple[str, str] | None:
    """(who, name) of whoever speaks at that leg, as an entry has them; None for a leg that is not in the session."""
    leg = s.party(leg_id)
    return (WHO[leg.role], _name(leg, policy, names, language)) if leg is not None else None


WHO = {
    legs.OF_CITIZEN: "citizen",
    legs.OF_COUNSELOR: "counselor",
    legs.OF_SUPERVISOR: "supervisor",
    legs.OF_LINE: "third",
}


def lines(policy: Policy, language: str) -> tuple[view.Line, ...]:
    """The directory."""
    return tuple(
        view.Line(
            code=one.code,
            name=one.name_ko if language == "ko" else one.name_en,
            emergency=one.emergency,
            needs_place=one.needs_place,
            rings=bool(one.number),
        )
        for one in policy.lines
    )


def _parties(s: Session, me: str, policy: Policy, names: Names, language: str) -> Iterable[view.Party]:
    """Who is in it, the citizen first. A supervisor who only listens is seen by nobody but herself, as one who reads
    along is."""
    citizens = (leg for leg in s.legs if leg.channel == VOICE)
    for leg in (*citizens, *s.parties):
        silent = leg.role == legs.OF_SUPERVISOR and leg.ear == legs.LISTEN and leg.who != me
        if leg.state != legs.ENDED and not silent:
            yield view.Party(
                leg=leg.id,
                role=leg.role,
                name=_name(leg, policy, names, language),
                who=leg.who,
                state=leg.state,
                mine=bool(leg.who) and leg.who == me,
                muted=leg.muted,
                joined=leg.joined,
                ear=leg.ear,
            )


def _name(leg: Leg, policy: Policy, names: Names, language: str) -> str:
    if leg.role == legs.OF_LINE:
        return line_name(policy, leg.who, language)
    return names(leg.who) if leg.who else ""


def _consulting(s: Session, policy: Policy, names: Names, language: str) -> view.Consulting | None:
    talk, far = s.live_item, consult_of(s)
    if talk is None or not far:
        return None
    kind, name = _asked(s, policy, names, language)
    return view.Consulting(kind=kind, name=name, ready=far == READY, joined=talk.joined, since=talk.turned_us)


def _asked(s: Session, policy: Policy, names: Names, language: str) -> tuple[str, str]:
    """Who is asked: the colleague once there is one, else the queue or the line."""
    asked = s.consult
    if asked is None:
        line = _line(s)
        return ("line", line_name(policy, line.who, language) if line else "")
    only = asked.counselor or (asked.steps[0].only if asked.steps else "")
    if only:
        return ("counselor", names(only))
    queue = policy.queue(asked.queue)
    return ("queue", asked.queue if queue is None else queue.name_ko if language == "ko" else queue.name_en)


def _line(s: Session) -> Leg | None:
    return next((p for p in reversed(s.parties) if p.role == legs.OF_LINE and p.state != legs.ENDED), None)


def _waited_s(item: WorkItem | None) -> int:
    if item is None or not item.active_at_us or not item.enqueued_at_us:
        return 0
    return max(0, item.active_at_us - item.enqueued_at_us) // SECOND
