"""Care calls: planned, made when their time has come, and what came of each; an alert when somebody must look.

A call that is due opens a session with a leg of hers to be rung, and call control rings it as any other; the menu of
the plan's service speaks with her. What came of it is read off the session by :func:`follow` after every command, as
callbacks are: her choice in the menu, or how her leg ended.
"""

from __future__ import annotations

from typing import Any

from dasan.core import address as addresses
from dasan.core import callback as callbacks
from dasan.core import care as cares
from dasan.core import care_events as e
from dasan.core import commands as c
from dasan.core.address import e164
from dasan.core.address_events import AddressPlanned
from dasan.core.call_events import CallBegan
from dasan.core.care import Plan
from dasan.core.errors import BadInput, Refused
from dasan.core.handlers.addresses import address_of
from dasan.core.ids import CARE, LEG, SESSION, kind_of
from dasan.core.policy import VOICE
from dasan.core.session import Session
from dasan.core.session_events import LegAdded, SessionOpened
from dasan.core.text import as_code, clean_line
from dasan.core.time import HOUR, MINUTE, SECOND, wall
from dasan.core.work import Work

Reply = dict[str, Any]
LANGUAGES = ("ko", "en", "zh", "ja", "vi", "mn")
ATTEMPTS_MAX = 10
GAP_S_MAX = 6 * HOUR // SECOND
SILENT_DAYS_MAX = 60
TIMES_MAX = 6  # in a day
STEPS_MAX = 8


# -- planning


def plan(w: Work, command: c.PlanCare) -> Reply:
    """Raises Refused(not_supervisor | already_planned) and BadInput("malformed", field=…)."""
    w.supervisor()
    _checked(w, command)
    stream = addresses.stream_of(command.address)
    known = w.state(stream)
    if known is not None and known.plan(command.service):
        raise Refused("already_planned")
    made = w.ids.new(CARE)
    w.new_keys.append(made)
    days, times = tuple(sorted(set(command.days))), tuple(sorted(set(command.times)))
    next_us = cares.next_time_us(days, times, w.now_us)
    no = w.numbers("care")
    planned = e.CarePlanned(
        no,
        command.service,
        command.citizen,
        command.address,
        command.language,
        w.seal(made, "number", command.number),
        w.seal(made, "name", clean_line(command.name, limit=60)),
        days,
        times,
        command.attempts_max,
        command.gap_s,
        command.silent_days or w.policy.care_silent_days,
        next_us,
    )
    w.emit(made, planned)
    w.emit(stream, AddressPlanned(command.service, made))
    return {"plan": made, "no": no, "next_us": next_us}


def _checked(w: Work, p: c.PlanCare) -> None:
    wrong = {
        "service": p.service not in cares.SERVICES,
        "number": e164(p.number) != p.number or not p.address,
        "name": not clean_line(p.name),
        "language": p.language not in LANGUAGES,
        "times": not cares.well_formed(p.days, p.times) or len(set(p.times)) > TIMES_MAX,
        "quiet": any(_quiet(w, minute) for minute in p.times),
        "attempts": not 1 <= p.attempts_max <= ATTEMPTS_MAX,
        "gap": not 60 <= p.gap_s <= GAP_S_MAX,
        "silent_days": not 0 <= p.silent_days <= SILENT_DAYS_MAX,
    }
    field = next((name for name, bad in wrong.items() if bad), "")
    if field:
        raise BadInput("malformed", field=field)


def _quiet(w: Work, minute: int) -> bool:
    at_us = minute * MINUTE + 15 * HOUR  # that minute of some day in Seoul
    return callbacks.quiet_until_us(w.policy.quiet, at_us) != at_us


def pause(w: Work, command: c.PauseCare) -> Reply:
    """Twice is once."""
    p = _open(w, command.plan)
    next_us = cares.next_time_us(p.days, p.times, w.now_us)
    if p.paused != command.paused:
        w.emit(p.id, e.CarePaused() if command.paused else e.CareResumed(next_us))
    return {"next_us": 0 if command.paused else next_us}


def settle_alert(w: Work, command: c.SettleCare) -> Reply:
    """Raises Refused(reason_needed | not_now where nothing is alerted)."""
    p = _open(w, command.plan)
    if not command.found.strip():
        raise Refused("reason_needed")
    if not p.alert:
        raise Refused("not_now", state="settled")
    w.emit(p.id, e.CareSettled(w.seal(p.id, "reason", command.found)))
    return {}


def end(w: Work, command: c.EndCare) -> Reply:
    """Number and name go with it."""
    p = _open(w, command.plan)
    _ended(w, p, as_code(command.reason, "asked"))
    return {}


def _open(w: Work, stream: str) -> Plan:
    w.supervisor()
    p = w.state(stream) if kind_of(stream) == CARE else None
    if not isinstance(p, Plan) or p.state == cares.ENDED:
        raise Refused("no_such_plan")
    return p


def _ended(w: Work, p: Plan, reason: str) -> None:
    w.emit(p.id, e.CareEnded(reason))
    w.emit(addresses.stream_of(p.address), AddressPlanned(p.service, ""))
    w.destroyed_keys.append(p.id)


def erase(w: Work, s: Session) -> None:
    """The citizen of ``s`` is erased: nobody calls her any more."""
    for address in {leg.address for leg in s.legs if leg.address}:
        known = w.state(addresses.stream_of(address))
        for _, stream in known.plans if known is not None else ():
            p = w.state(stream)
            if isinstance(p, Plan) and p.state != cares.ENDED:
                _ended(w, p, "erased")


# -- calling


def fall_due(w: Work, stream: str) -> None:
    """Whatever the plan waits for that is due by now."""
    for _ in range(STEPS_MAX):
        p = w.state(stream)
        due = min(cares.deadlines(p), default=None)
        if due is None or due[0] > w.now_us:
            return
        if due[1] == "silence":
            w.emit(stream, e.CareAlerted(cares.SILENT, p.answered_us))
        elif w.now_us - p.next_us > cares.LATE_US or callbacks.quiet_until_us(w.policy.quiet, w.now_us) != w.now_us:
            w.emit(stream, e.CareSkipped(cares.next_time_us(p.days, p.times, w.now_us)))
        else:
            _call(w, p)


def _call(w: Work, p: Plan) -> None:
    """A session with a leg of hers that shall be rung."""
    before = w.loader.session_at(p.address, p.service)
    if before is not None:  # the last call is still being wrapped up
        w.addresses_closed.append((p.address, p.service, before))
    stream, leg = w.ids.new(SESSION), w.ids.new(LEG)
    w.new_keys.append(stream)
    opened = SessionOpened(w.numbers("session"), p.service, p.language, p.citizen, VOICE)
    w.emit(stream, opened)
    w.emit(stream, LegAdded(leg, VOICE, p.address))
    w.emit(stream, CallBegan(leg, "", "e164", "", w.seal(stream, "number", w.words(p.number))))
    w.addresses_open.append((p.address, p.service, stream))
    w.emit(p.id, e.CareCalled(stream, p.attempts + 1))


# -- what came of a call


def follow(w: Work) -> None:
    """Read off every touched care session what its plan is to know. Called once after each command."""
    for stream in tuple(w.touched):
        s = w.states[stream]
        if isinstance(s, Session) and s.service in cares.SERVICES:
            p = _plan_of(w, s)
            if p is not None and p.session == s.id and p.state == cares.CALLING:
                _came(w, s, p)
            if p is not None and p.session == s.id:
                _looked_after(w, s, w.state(p.id))


def _plan_of(w: Work, s: Session) -> Plan | None:
    known = w.state(addresses.stream_of(address_of(s)))
    stream = known.plan(s.service) if known is not None else ""
    found = w.state(stream) if stream else None
    return found if isinstance(found, Plan) else None


def _came(w: Work, s: Session, p: Plan) -> None:
    outcome = _chosen(s)
    if outcome in cares.ANSWERS:
        w.emit(p.id, e.CareAnswered(s.id, outcome, cares.next_time_us(p.days, p.times, w.now_us)))
    elif s.live_leg is None:
        cause = s.legs[-1].cause or "normal"
        missed = cares.UNCLEAR if s.flow is not None else cares.NO_ANSWER
        next_us, attempts = _again(w, p)
        w.emit(p.id, e.CareMissed(s.id, missed, cause, next_us, attempts))


def _chosen(s: Session) -> str:
    """What she said of herself: whoever is brought to a counselor needs help."""
    if s.items:
        return cares.NEEDS_HELP
    return s.flow.reason if s.flow is not None else ""


def _again(w: Work, p: Plan) -> tuple[int, int]:
    """The next attempt of this time, or the next time: (next_us, attempts so far)."""
    again = w.now_us + p.gap_s * SECOND
    regular = cares.next_time_us(p.days, p.times, w.now_us)
    same_day = wall(again)[:10] == wall(w.now_us)[:10]
    quiet = callbacks.quiet_until_us(w.policy.quiet, again) != again
    if p.attempts < p.attempts_max and same_day and not quiet and again < regular:
        return again, p.attempts
    return regular, 0


def _looked_after(w: Work, s: Session, p: Plan) -> None:
    """She asked for help, and is gone without a counselor having spoken with her."""
    if p.state == cares.ENDED or p.alert or p.outcome != cares.NEEDS_HELP or s.live_leg is not None:
        return
    under_way = s.live_item is not None or (s.callback is not None and s.callback.open)
    if not under_way and not any(item.active_at_us for item in s.items):
        w.emit(p.id, e.CareAlerted(cares.HELP, p.called_us))


HANDLERS: dict[type[c.Command], Any] = {
    c.PlanCare: plan,
    c.PauseCare: pause,
    c.SettleCare: settle_alert,
    c.EndCare: end,
}
