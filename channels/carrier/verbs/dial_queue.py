"""Dial to a queue: whoever stands first there is connected, or whoever comes within the time-out.

``url`` on the noun is heard by the one who waited, before the bridge. When it is over the one who waited goes on with
the action of her Enqueue (``bridged``); the one who dialled, with the action of his Dial. A queue that is not there is
a failure at once.
"""

from __future__ import annotations

from channels.carrier import background, calls, queues
from channels.carrier.loading import Outcome, Run, follow, report, span
from channels.carrier.model import SECOND, Call, Hearing, Params
from channels.carrier.parameters import seconds
from channels.carrier.process import CallOver, Dequeued, Other, Steps, Wait
from channels.carrier.verbs import bridging
from channels.twilio.element import Element

LOOK_US = SECOND  # how often an empty queue is looked at


def obey(run: Run, verb: Element, noun: Element) -> Steps[Outcome]:
    """Wait for somebody, talk, and go on."""
    net, call = run.net, run.call
    queue = queues.named(net, noun.text)
    if queue is None:
        return follow(run, verb, ("DialCallStatus", "failed"), ("DialBridged", "false"))
    heard = run.document.whisper(noun)
    until = net.now_us + span(verb, "timeout", 30)
    net.hear(call, Hearing("ringback", since_us=net.now_us))
    while not queue.members and net.now_us < until:
        yield Wait(min(until, net.now_us + LOOK_US))
    net.silence(call)
    if not queue.members:
        return follow(run, verb, ("DialCallStatus", "no-answer"), ("DialBridged", "false"))
    other = queue.members[0].call
    began = net.now_us
    queues.release(net, other, "bridged", by=call, whisper=heard)
    try:
        yield from _talk(run, other)
    except CallOver:
        report(run, verb, *_result(run, other, began))
        raise
    finally:
        bridging.part(net, call, other)
        calls.wake(other, Other("parted", call.sid))
    return follow(run, verb, *_result(run, other, began))


def _talk(run: Run, other: Call) -> Steps[None]:
    """Until either goes."""
    other.watchers.append(lambda what: calls.wake(run.call, Other(what, other.sid)))
    while other.live:
        happening = yield Wait()
        if isinstance(happening, Other) and happening.sid == other.sid:
            if happening.what == "ready":
                bridging.join(run.net, run.call, other)
            elif happening.what == "parted":
                return


def _result(run: Run, other: Call, began_us: int) -> Params:
    lasted = seconds(run.net.now_us - began_us)
    return ("DialCallStatus", "completed"), ("DialCallSid", other.sid), ("DialCallDuration", lasted)


def queued_side(run: Run, out: Dequeued, told: Params) -> Steps[None]:
    """The one who waited: hears the whisper, is connected, until the other goes (or her Enqueue parts them)."""
    assert out.by is not None
    by = out.by
    if out.whisper is not None:
        yield from background.document(run.net, run.call, out.whisper, "announce", *told)
    calls.wake(by, Other("ready", run.call.sid))
    while by.live:
        happening = yield Wait()
        if isinstance(happening, Other) and happening.what == "parted":
            return
