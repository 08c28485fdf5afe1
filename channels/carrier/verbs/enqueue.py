"""Enqueue and Leave: waiting in a queue of the network, with a document that is heard over and over.

``waitUrl`` is asked with the place in the queue, again each time its document ends; keys work in it. The wait ends by
Leave, by REST, by being bridged from the other side, or with the call. The action is told the result; when REST has
taken the call elsewhere, or the caller has hung up, nobody obeys its answer.
"""

from __future__ import annotations

from channels.carrier import background, calls, queues
from channels.carrier.loading import END, Failed, Leap, Outcome, Run, follow, load, report
from channels.carrier.model import SECOND, Member, Params, Queue
from channels.carrier.process import CallOver, Dequeued, Other, Redirected, Steps, Wait
from channels.carrier.verbs import bridging, dial_queue, playing
from channels.twilio.element import Element

REST_US = SECOND  # between two rounds of a document that took no time: a network would ask as fast as it can
FULL = 14207


def obey(run: Run, verb: Element) -> Steps[Outcome]:
    """Wait there; then the action, or the next verb."""
    net, call = run.net, run.call
    queue = queues.named(net, verb.text) or queues.make(net, verb.text, int(verb.get("maxQueueSize", "0")))
    if len(queue.members) >= queue.most:
        net.warn(FULL, f"queue {queue.name} is full", call.sid, run.document.url)
        return follow(run, verb, ("QueueResult", "queue-full"), ("QueueSid", queue.sid), ("QueueTime", "0"))
    member = queues.enter(net, call, queue)

    def result(word: str) -> Params:
        waited = str(queues.waited_s(net, member))
        return ("QueueResult", word), ("QueueSid", queue.sid), ("QueueTime", waited)

    try:
        ended = yield from _wait(run, verb, queue, member)
    except Dequeued as out:
        queues.leave(net, queue, member)
        if out.goto is not None:
            report(run, verb, *result(out.result))
            return Leap(out.goto)
        if out.by is not None:
            told = (("DequeingCallSid", out.by.sid), *result(out.result)[1:])
            try:
                yield from dial_queue.queued_side(run, out, told)
            except Redirected:
                report(run, verb, *result("redirected-from-bridged"))
                raise
            except CallOver:
                report(run, verb, *result("bridged" if call.bridged else "hangup"))
                raise
            finally:
                bridging.part(net, call, out.by)
                calls.wake(out.by, Other("parted", call.sid))
        return follow(run, verb, *result(out.result))
    except Redirected:
        report(run, verb, *result("redirected"))
        raise
    except CallOver:
        report(run, verb, *result("hangup"))
        raise
    finally:
        queues.leave(net, queue, member)
    if ended == "hangup":
        report(run, verb, *result("hangup"))
        return END
    return follow(run, verb, *result("error"))


def _wait(run: Run, verb: Element, queue: Queue, member: Member) -> Steps[str]:
    """Until it is taken out; "hangup" when the waiting document hung up, "error" when it cannot be had."""
    net, call = run.net, run.call
    given = verb.get("waitUrl", "default")
    if given == "default":
        yield from background.music(net, call)
    while not given:
        yield Wait()
    inner = Run(net, call, run.obey, "queue_wait", lambda: queues.wait_params(net, queue, member))
    start = run.document.goto(verb, "waitUrl", "waitUrlMethod")
    while True:
        began = net.now_us
        outcome: Outcome = Leap(start)
        try:
            while outcome is not None and outcome.goto is not None:
                inner.document = yield from load(inner, outcome.goto, *outcome.result)
                outcome = yield from run.obey(inner, inner.document)
        except Failed as failed:
            net.warn(failed.code, failed.why, call.sid, failed.url)
            return "error"
        if outcome is END:
            return "hangup"
        if net.now_us - began < REST_US:
            yield from playing.wait(run, began + REST_US)


def leave(run: Run, verb: Element) -> Outcome:
    """Out of the queue, from within its waiting document."""
    del verb
    if run.place != "queue_wait":
        run.net.warn(13310, "Leave outside of a queue", run.call.sid, run.document.url)
        return None
    raise Dequeued("leave")
