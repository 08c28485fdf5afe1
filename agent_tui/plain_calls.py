"""The commands about calls of the line-by-line desk, named as the screen's actions are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from agent_tui import calls, safe
from agent_tui.callback_words import MINUTE, facts, typed
from agent_tui.state import Talk
from dasan.wire import desk, desk_calls
from dasan.wire.call_views import Callback

if TYPE_CHECKING:
    from agent_tui.plain import LineDesk

Act = Callable[["LineDesk", str], Awaitable[bool]]


def call_text(talk: Talk, d: LineDesk) -> str:
    """How the call of ``talk`` stands, in a sentence."""
    call = talk.session.call
    assert call is not None
    parts = filter(None, (calls.consult_line(call, d.say), calls.parties_line(call, d.say)))
    return d.say("plain.call", number=talk.session.number, state=d.say(calls.word(talk)), parties=". ".join(parts))


def _in_call(d: LineDesk, command: str) -> Talk | None:
    """The current session if it has a call; None after saying that it has none."""
    talk = d.talk
    if talk is None or talk.session.call is None or talk.item is None:
        d.tell("plain.refused", command=command, why=d.say("why.no_talk" if talk is None else "why.calls_only"))
        return None
    return talk


def _on_item(kind: type[desk.Command], name: str) -> Act:
    async def act(d: LineDesk, rest: str) -> bool:
        talk = _in_call(d, name)
        if talk is None or talk.item is None:
            return False
        return await d.simple(kind, session=talk.id, item=talk.item.item)

    return act


async def hold(d: LineDesk, talk: Talk) -> bool:
    """Hold and back, or out of a consult: what F6 does in a call."""
    item, call = talk.item, talk.session.call
    if item is None or call is None:
        return False
    if call.consult is not None or call.asked_by:
        kind: type[desk.Command] = desk_calls.ConsultEnd
    else:
        kind = desk_calls.Unhold if item.state == "HELD" else desk_calls.Hold
    return await d.simple(kind, session=talk.id, item=item.item)


async def _mute(d: LineDesk, rest: str) -> bool:
    talk = _in_call(d, "mute")
    if talk is None:
        return False
    mine = calls.own(talk)
    if mine is None:
        d.tell("plain.refused", command="mute", why=d.say("why.no_leg"))
        return False
    return await d.simple(desk_calls.Mute, session=talk.id, leg=mine.leg, muted=not mine.muted)


async def _consult(d: LineDesk, rest: str) -> bool:
    kind, _, code = rest.partition(" ")
    talk = _in_call(d, "consult")
    if talk is None or talk.item is None:
        return False
    if kind not in {"counselor", "queue", "line"} or not code.strip():
        d.tell("plain.needs", command="consult")
        return False
    return await d.simple(desk_calls.Consult, session=talk.id, item=talk.item.item, **{kind: code.strip()})


async def _join(d: LineDesk, rest: str) -> bool:
    talk = _in_call(d, "join")
    if talk is None or talk.item is None or talk.session.call is None:
        return False
    consult = talk.session.call.consult
    joined = consult is None or not consult.joined
    return await d.simple(desk_calls.ConsultJoin, session=talk.id, item=talk.item.item, joined=joined)


async def _line(d: LineDesk, rest: str) -> bool:
    """``line CODE PLACE | SUMMARY``, in any session."""
    code, _, told = rest.partition(" ")
    place, _, summary = told.partition("|")
    here = d.here()
    if here is None or not code:
        d.tell("plain.needs", command="line")
        return False
    told_too = {"place": place.strip(), "summary": summary.strip()}
    return await d.simple(desk_calls.HandOver, session=here[0], item=here[1], line=code, **told_too)


async def _lines(d: LineDesk, rest: str) -> bool:
    for line in d.state.centre.lines if d.state.centre else ():
        d.tell("plain.target", kind="line", code=line.code, name=line.name)
    return True


async def _drop(d: LineDesk, rest: str) -> bool:
    talk = _in_call(d, "drop")
    if talk is None:
        return False
    party = next((p for p in calls.others(talk) if rest and rest in (p.name, p.who)), None)
    if party is None:
        d.tell("plain.refused", command="drop", why=d.say("why.nobody_else"))
        return False
    return await d.simple(desk_calls.Drop, session=talk.id, leg=party.leg)


async def _recording(d: LineDesk, rest: str) -> bool:
    talk = calls.the_call(d.state)
    if talk is None or talk.session.call is None:
        d.write(d.say("why.no_call"))
        return False
    state = "paused" if talk.session.call.recording == "on" else "on"
    return await d.simple(desk_calls.Recording, session=talk.id, state=state, why="asked")


async def _abuse(d: LineDesk, rest: str) -> bool:
    talk = _in_call(d, "abuse")
    if talk is None or talk.item is None:
        return False
    if not rest:
        d.tell("plain.needs", command="abuse")
        return False
    return await d.simple(desk_calls.Abuse, session=talk.id, item=talk.item.item, kind=rest)


async def _call(d: LineDesk, rest: str) -> bool:
    talk = calls.the_call(d.state)
    if talk is None:
        d.write(d.say("why.no_call"))
        return False
    d.write(call_text(talk, d))
    return True


async def _phone(d: LineDesk, rest: str) -> bool:
    if rest and await d.ask(desk_calls.Phone, phone="" if rest == "-" else rest) is None:
        return False
    d.tell("phone.title", phone=(d.state.me.phone if d.state.me else "") or "-")
    return True


# -- calling back


async def _callbacks(d: LineDesk, rest: str) -> bool:
    rows = await _asked(d)
    for row in rows or ():
        d.write(_row(row, d))
    if rows == ():
        d.tell("callback.none")
    return rows is not None


async def _asked(d: LineDesk) -> tuple[Callback, ...] | None:
    """The list as it is now; it is on nobody's screen here, so it is asked for each time."""
    if await d.ask(desk_calls.Callbacks, on=True) is None:
        return None
    rows = d.state.callbacks.rows if d.state.callbacks else ()
    await d.ask(desk_calls.Callbacks, on=False)
    return rows


def _row(row: Callback, d: LineDesk) -> str:
    return safe.flat(" ".join(filter(None, facts(row, d.client.now(), d.say))))


async def _callback(d: LineDesk, rest: str) -> bool:
    here = d.here()
    if here is None:
        return False
    at = d.client.now() + int(rest) * MINUTE if rest.isdecimal() and int(rest) else 0
    return await d.simple(desk_calls.CallbackAsk, session=here[0], at=at)


async def _of_number(d: LineDesk, number: str, command: str) -> Callback | None:
    found = next((row for row in await _asked(d) or () if str(row.number) == number.lstrip("#")), None)
    if found is None:
        d.tell("plain.no_such", number=number or "-")
    return found


async def _callback_set(d: LineDesk, rest: str) -> bool:
    """Minutes from now (0: now), or a time as the desk's list takes it."""
    number, _, when = rest.partition(" ")
    now, when = d.client.now(), when.strip()
    at = typed(when, now) if not when.isdecimal() else now + int(when) * MINUTE if int(when) else 0
    if at is None:
        d.tell("plain.needs", command="callback_set")
        return False
    row = await _of_number(d, number, "callback_set")
    return row is not None and await d.simple(desk_calls.CallbackSet, session=row.session, at=at)


async def _callback_drop(d: LineDesk, rest: str) -> bool:
    number, _, reason = rest.partition(" ")
    row = await _of_number(d, number, "callback_drop")
    return row is not None and await d.simple(desk_calls.CallbackDrop, session=row.session, reason=reason or "asked")


COMMANDS: dict[str, Act] = {
    "call": _call,
    "mute": _mute,
    "consult": _consult,
    "join": _join,
    "complete": _on_item(desk_calls.ConsultComplete, "complete"),
    "end_consult": _on_item(desk_calls.ConsultEnd, "end_consult"),
    "line": _line,
    "lines": _lines,
    "drop": _drop,
    "recording": _recording,
    "warn": _on_item(desk_calls.Warn, "warn"),
    "abuse": _abuse,
    "callbacks": _callbacks,
    "callback": _callback,
    "callback_set": _callback_set,
    "callback_drop": _callback_drop,
    "phone": _phone,
}
