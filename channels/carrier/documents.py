"""Running a call's documents from the first to the last: the table of verbs, redirects, the fallback.

An inbound call is picked up by the first verb that needs a line: not by Reject, Redirect, or a Pause that stands first,
nor by a Dial that waits for its bridge. A document that cannot be had or obeyed is asked from the fallback address
(with ErrorCode and ErrorUrl); when that fails too, or there is none, the call is picked up to say that an error has
occurred, and is over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from channels.carrier import calls
from channels.carrier import phone as phones
from channels.carrier.loading import END, Document, Failed, Leap, Outcome, Run, Verb, instant, load
from channels.carrier.model import Call, Goto, Hearing
from channels.carrier.process import Redirected, Steps
from channels.carrier.verbs import beside, dial, enqueue, gather, playing, record, refer
from channels.twilio.element import Element

if TYPE_CHECKING:
    from channels.carrier.network import Network

SORRY = "We are sorry, an application error has occurred. Goodbye."


def _hangup(run: Run, verb: Element) -> Outcome:
    del run, verb
    return END


def _redirect(run: Run, verb: Element) -> Outcome:
    return run.document.away(verb)


def _reject(run: Run, verb: Element) -> Outcome:
    """Only a call that is not picked up yet can be refused."""
    if run.call.status == "ringing":
        calls.end(run.net, run.call, "busy")
        run.net.hear(run.call, Hearing("busy", verb.get("reason", "rejected")))
    return END


VERBS: dict[str, Verb] = {
    "Connect": beside.connect,
    "Dial": dial.obey,
    "Enqueue": enqueue.obey,
    "Gather": gather.obey,
    "Hangup": instant(_hangup),
    "Leave": instant(enqueue.leave),
    "Pause": playing.obey,
    "Play": playing.obey,
    "Record": record.obey,
    "Redirect": instant(_redirect),
    "Reject": instant(_reject),
    "Refer": refer.obey,
    "Say": playing.obey,
    "Start": instant(beside.start),
    "Stop": instant(beside.stop),
}
_UNANSWERED = frozenset({"Reject", "Redirect", "Pause"})


def obey(run: Run, document: Document) -> Steps[Outcome]:
    """Its verbs, one after another, until one leads away."""
    run.document = document
    for verb in document.verbs:
        if run.call.status == "ringing" and verb.name not in _UNANSWERED and verb.get("answerOnBridge") != "true":
            calls.answer(run.net, run.call)
        outcome = yield from VERBS[verb.name](run, verb)
        if outcome is not None:
            return outcome
    return None


def programme(net: Network, call: Call, first: Goto | Steps[None]) -> Steps[None]:
    """What a call does from its first document (or first steps) until it has nothing more to do."""
    run = Run(net, call, obey, whole=programme)
    if call.detect_machine:
        yield from _detect(run)
    heading: Leap | Steps[None] = Leap(first) if isinstance(first, Goto) else first
    while True:
        try:
            if not isinstance(heading, Leap):
                yield from heading
                return
            outcome = yield from _next(run, heading)
        except Redirected as turn:
            outcome = Leap(turn.goto)
        if outcome is None or outcome.goto is None:
            return
        heading = outcome


def _detect(run: Run) -> Steps[None]:
    """Listen who has answered before anything is said: a person says a word, a machine goes on."""
    phone = run.net.phones.get(run.call.address)
    machine = phone is not None and phone.habit.machine
    yield from playing.wait(run, run.net.now_us + run.net.pace.detect_us)
    run.call.answered_by = "machine_start" if machine else "human"


def _next(run: Run, leap: Leap) -> Steps[Outcome]:
    assert leap.goto is not None
    try:
        document = yield from load(run, leap.goto, *leap.result)
        return (yield from obey(run, document))
    except Failed as failed:
        return (yield from _fallback(run, failed))


def _fallback(run: Run, failed: Failed) -> Steps[Outcome]:
    net, call = run.net, run.call
    net.warn(failed.code, failed.why, call.sid, failed.url)
    if not call.live:
        return END
    second = failed
    if call.fallback.url:
        try:
            told = ("ErrorCode", str(failed.code)), ("ErrorUrl", failed.url)
            document = yield from load(run, call.fallback, *told)
            return (yield from obey(run, document))
        except Failed as again:
            net.warn(again.code, again.why, call.sid, again.url)
            second = again
    net.note("error", call.sid, str(second.code))
    calls.answer(net, call)
    yield from playing.hear(run, Hearing("say", SORRY, "", "en-US"), net.media.speech_us(SORRY, "en-US", ""))
    return END


# -- starting one


def of(net: Network, goto: Goto) -> Callable[[Call], Steps[None]]:
    """The programme of a call that begins at ``goto``."""
    return lambda call: programme(net, call, goto)


def place(net: Network, phone: phones.Phone, to: str, extra: dict[str, str] | None = None) -> Call:
    """A phone calls a number of ours."""
    number = net.numbers.get(to)
    return calls.place(net, phone, to, of(net, number.voice if number else Goto()), extra)


def redirect(net: Network, call: Call, goto: Goto) -> None:
    """Whatever the call does, it goes on there."""
    call.updated_us = net.now_us
    net.note("redirect", call.sid, goto.url)
    if call.process is not None and not call.process.over:
        call.process.throw(Redirected(goto))
