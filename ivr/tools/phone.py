"""A telephone in a terminal: what is heard as lines, what is typed as events. The flow is tried before anybody calls.

Keys are typed as they are; speech after a quotation mark (``"불법 주차``, or ``"불법 주차|0.4`` with how sure the
recogniser is); Enter alone lets time pass: silence at a question, the next half minute in line, the usual outcome of
whatever is awaited from outside. A word in angle brackets is another outcome (``<busy>``), with what was answered
behind it (``<ok state=answered open=true>``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ivr.actions import (
    Action,
    Ask,
    Callback,
    CancelCallback,
    End,
    Fetch,
    Hold,
    Leave,
    Lookup,
    Prefer,
    Queue,
    Say,
    Sms,
    Transfer,
    Utterance,
    Value,
    Voicemail,
)
from ivr.answers import is_word
from ivr.events import Digits, Event, NoInput, Result, Speech, Waiting
from ivr.tools.call import Call

KEYS = frozenset("0123456789*#")
# What Enter means where something is awaited from outside.
USUAL = {
    Fetch: "ok", Lookup: "ok", Callback: "booked", Voicemail: "recorded", Transfer: "connected", Sms: "sent",
}  # fmt: skip
WAITING_STEP_S = 30.0


def lines(actions: Iterable[Action]) -> list[str]:
    """A turn as it is heard and seen."""
    made: list[str] = []
    for action in actions:
        if isinstance(action, Say | Ask | Hold):
            made += [_spoken(said) for said in action.prompts]
        told = _TOLD.get(type(action))
        if told is not None:
            made.append(told(action))
    return made


def _spoken(said: Utterance) -> str:
    marks = "".join((f"[{said.language}]" if said.language != "ko" else "", " ♪" if said.audio else ""))
    return f"  {marks} {said.text}" if marks else f"  {said.text}"


def _queue(action: Any) -> str:
    more = f", 급함 / urgent {action.credit_s}" if action.credit_s or action.emergency else ""
    return f"* 대기열 / queue: {action.queue}{more}"


_TOLD: dict[type, Any] = {
    Queue: _queue,
    Leave: lambda a: f"* 대기열에서 나옴 / left the queue: {a.reason}",
    Fetch: lambda a: f"* 바깥에 묻는 중 / asking outside: {a.name}",
    Lookup: lambda a: f"* 묻는 중 / asking: {a.name}",
    CancelCallback: lambda _: "* 전화 돌려받기 취소 / the callback is cancelled",
    Callback: lambda a: f"* 전화 돌려받기 / callback: {a.queue}{', 차례 유지 / keeps her place' * a.keep_place}",
    Voicemail: lambda a: f"* 녹음 / recording a message: {a.max_s} s",
    Transfer: lambda a: f"* 연결 중 / ringing: {a.line}",
    Sms: lambda a: f"* 문자 / text: {a.text}",
    Prefer: lambda a: f"* 기억함 / kept: {'language ' + a.language if a.language else ''}{' slow' if a.slow else ''}",
    End: lambda a: f"* 끝 / end: {a.reason}",
}


def event(typed: str, call: Call) -> Event | None:
    """What a line typed means where the call is; None when it means nothing there."""
    text, last = typed.strip(), call.waits_for
    if text.startswith('"'):
        said, _, sure = text.strip('"').partition("|")
        return Speech(said, float(sure) if sure.replace(".", "", 1).isdigit() else None)
    if text.startswith("<") and text.endswith(">"):
        word, *given = text[1:-1].split()
        values = {name: _value(said) for name, _, said in (one.partition("=") for one in given)}
        return Result(kind_of(call), word, values) if is_word(word) else None
    if text:
        return Digits(text) if KEYS.issuperset(text) and isinstance(last, Ask | Queue | Hold) else None
    if isinstance(last, Ask):
        return NoInput()
    if isinstance(last, Queue | Hold):
        waited = call.waited_s + (WAITING_STEP_S if isinstance(last, Hold) else 0.0)
        return Waiting(waited, 3, 120.0)
    return Result(kind_of(call), USUAL[type(last)])


def _value(said: str) -> Value:
    """As it would be in JSON: true, false, null and numbers are what they look like."""
    known: dict[str, Value] = {"true": True, "false": False, "null": None}
    if re.fullmatch(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?", said):
        return float(said) if "." in said else int(said)
    return known.get(said, said)


def kind_of(call: Call) -> str:
    """What a result that comes now would be about."""
    node: Any = call.flow.node(call.state.unit, call.state.node)
    return "queue" if isinstance(call.waits_for, Queue | Hold) else str(node.kind)


def asks(call: Call) -> str:
    """What may be typed now, in a few words."""
    last = call.waits_for
    if isinstance(last, Ask):
        keys = " ".join(f"{choice.key}={choice.label}" for choice in last.choices)
        return f"{keys} | 0 # * | Enter: 침묵 / silence" + (' | "말 / speech' if last.speech else "")
    if isinstance(last, Queue | Hold):
        keys = " ".join(last.keys)
        return f"{keys} | Enter: 30초 기다림 / wait | <answered> <closed> <full> <error>"
    if isinstance(last, End):
        return ""
    return f"Enter: {USUAL[type(last)]} | <…>"
