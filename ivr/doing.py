"""What nodes do that ask nothing of the caller: saying, deciding, setting, asking services, handing on, ending.

``ENTER`` has for each kind what happens when a caller comes to such a node: the next node's name, or None when the turn
is complete. ``DONE`` has what an awaited result leads to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ivr import asking, hours, inline, nodes
from ivr.actions import Callback, CancelCallback, Fetch, Lookup, Prefer, Say, Sms, Transfer, Value, Voicemail
from ivr.events import Result
from ivr.hearing import phone
from ivr.run import Run
from ivr.state import Frame
from ivr.values import bare_flag, first_values

MINUTE_US = 60_000_000
TIMEOUT_S = 3.0  # the longest that may be written; a checked flow has its own (L11)
AFTER_MAX_MINUTES = 14 * 24 * 60

Enter = Callable[[Run, Any], str | None]


def _say(run: Run, node: nodes.Say) -> str | None:
    prompts = run.speak(node.say)
    if prompts:
        run.do(Say(prompts, node.barge_in and not node.warns, node.warns))
    if node.again:
        asking.remember(run)
    return str(node.to)


def _goto(_run: Run, node: nodes.Goto) -> str | None:
    return str(node.to)


def _branch(run: Run, node: nodes.Branch) -> str | None:
    return str(next((case.to for case in node.cases if run.holds(case.if_)), node.else_))


def _hours(run: Run, node: nodes.Hours) -> str | None:
    if node.calendar is not None:
        open_now = hours.is_open(run.document.calendars[node.calendar], node.calendar, run.facts)
    else:
        open_now = run.facts.queue(str(node.queue)).open
    if open_now:
        return str(node.on.open)
    holiday = hours.seoul(run.facts.now_us).date() in run.facts.holidays
    return str(node.on.holiday if holiday and node.on.holiday else node.on.closed)


def _set(run: Run, node: nodes.Set) -> str | None:
    run.assign({name: run.value(formula) for name, formula in node.set.items()})
    _prefer(run, node.prefer)
    return str(node.to)


def _prefer(run: Run, wish: nodes.Preference) -> None:
    language = run.value(wish.language) if wish.language is not None else None
    slow = bare_flag(run.value(wish.slow)) if wish.slow is not None else None
    if isinstance(language, str) and language in run.flow.main.languages:
        run.change(language=language)
    else:
        language = None
    if slow is not None:
        run.change(slow=slow)
    if language is not None or slow is not None:
        run.do(Prefer(language, slow))


# -- services


def _speak_first(run: Run, node: Any) -> None:
    prompts = run.speak(node.say)
    if prompts:
        run.do(Say(prompts, barge_in=False))


def _args(run: Run, node: nodes.Http | nodes.Lookup) -> dict[str, Value]:
    return {name: run.value(formula) for name, formula in node.args.items()}


def _http(run: Run, node: nodes.Http) -> str | None:
    _speak_first(run, node)
    run.change(phase="result")
    run.do(Fetch(node.service, _args(run, node), node.timeout or TIMEOUT_S, run.state.node))
    return None


def _lookup(run: Run, node: nodes.Lookup) -> str | None:
    _speak_first(run, node)
    run.change(phase="result")
    run.do(Lookup(node.name, _args(run, node), node.timeout or TIMEOUT_S, run.state.node))
    return None


def _fetched(run: Run, node: nodes.Http | nodes.Lookup, result: Result) -> str | None:
    known = node.on.get(result.outcome)
    if known is not None and result.outcome not in {"error", "timeout"}:
        run.assign({name: result.values.get(key) for name, key in node.into.items()})
    return str(known or node.on["error"])


# -- subflows


def _subflow(run: Run, node: nodes.Subflow) -> str | None:
    callee = run.flow.units[node.flow].document
    given = {name: run.value(formula) for name, formula in node.args.items()}
    run.change(frames=(*run.state.frames, Frame(node.flow, callee.start, first_values(callee))))
    run.assign(given)
    return callee.start


def _return(run: Run, node: nodes.Return) -> str | None:
    *below, ended = run.state.frames
    history = tuple(mark for mark in run.state.history if mark.depth <= len(below))
    run.change(frames=tuple(below), history=history, trail=())
    caller = run.node
    run.assign({ours: ended.vars.get(theirs) for ours, theirs in caller.into.items()})
    return str(caller.on[node.exit])


# -- handing on


def _number(run: Run, node: nodes.Callback | nodes.Sms) -> str | None:
    """The number to use: a variable's, "" for the caller's own, None when there is none."""
    if node.number is None:
        return "" if run.facts.caller == "e164" else None
    return phone(str(run.state.frames[-1].vars.get(node.number) or ""))


def _callback(run: Run, node: nodes.Callback) -> str | None:
    number = _number(run, node)
    if number is None:
        return str(node.on["no_number"])
    _speak_first(run, node)
    minutes = run.value(node.after) if node.after is not None else 0
    late = isinstance(minutes, int | float) and not isinstance(minutes, bool) and minutes > 0
    at_us = run.facts.now_us + int(min(float(minutes or 0), AFTER_MAX_MINUTES) * MINUTE_US) if late else 0
    run.change(phase="result")
    run.do(
        Callback(
            node.queue,
            number,
            at_us,
            bool(run.state.left_line),
            run.language,
            run.details(node.details),
            run.state.node,
        )
    )
    return None


def _cancel_callback(run: Run, node: nodes.CancelCallback) -> str | None:
    run.do(CancelCallback(run.state.node))
    return str(node.to)


def _voicemail(run: Run, node: nodes.Voicemail) -> str | None:
    _speak_first(run, node)
    run.change(phase="result")
    run.do(Voicemail(node.queue, int(node.max), run.language, run.details(node.details), run.state.node))
    return None


def _transfer(run: Run, node: nodes.Transfer) -> str | None:
    _speak_first(run, node)
    run.change(phase="result")
    run.do(Transfer(node.line, run.language, run.details(node.details), run.state.node))
    return None


def _sms(run: Run, node: nodes.Sms) -> str | None:
    to = _number(run, node)
    if to is None:
        return str(node.on["no_number"])
    text = "\n".join(said.text for said in run.speak((node.text,)))
    run.change(phase="result")
    run.do(Sms(text, to, run.language, run.state.node))
    return None


def _noted(run: Run, node: nodes.Callback, result: Result) -> str | None:
    run.change(left_line="" if result.outcome == "booked" else run.state.left_line)
    return str(node.on.get(result.outcome) or node.on["error"])


def _recorded(_run: Run, node: nodes.Voicemail, result: Result) -> str | None:
    return str(node.on.get(result.outcome) or node.on["error"])


def _handed(run: Run, node: nodes.Transfer, result: Result) -> str | None:
    if result.outcome == "connected" and "connected" not in node.on:
        run.finish("transferred", hang_up=False)
        return None
    return str(node.on.get(result.outcome) or node.on["failed"])


def _sent(_run: Run, node: nodes.Sms, result: Result) -> str | None:
    return str(node.on.get(result.outcome) or node.on["failed"])


def _end(run: Run, node: nodes.End) -> str | None:
    prompts = run.speak(node.say)
    if prompts:
        run.do(Say(prompts, barge_in=False))
    run.finish(node.reason)
    return None


ENTER: dict[str, Enter] = {
    "say": _say,
    "menu": asking.enter,
    "input": asking.enter,
    "branch": _branch,
    "hours": _hours,
    "set": _set,
    "http": _http,
    "lookup": _lookup,
    "subflow": _subflow,
    "return": _return,
    "queue": inline.enter,
    "callback": _callback,
    "cancel_callback": _cancel_callback,
    "voicemail": _voicemail,
    "transfer": _transfer,
    "sms": _sms,
    "goto": _goto,
    "end": _end,
}

DONE: dict[str, Callable[[Run, Any, Result], str | None]] = {
    "http": _fetched,
    "lookup": _fetched,
    "callback": _noted,
    "voicemail": _recorded,
    "transfer": _handed,
    "sms": _sent,
}
