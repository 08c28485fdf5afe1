"""Dial: to phones (the first that answers is bridged), or into a room.

All numbers ring at once; when one answers the others stop. ``url`` on a noun is heard by who answered, before they are
connected. With ``answerOnBridge`` the caller's call is picked up only then. The action is told how it ended.
"""

from __future__ import annotations

from channels.carrier import background, calls, recordings, rooms
from channels.carrier.loading import Failed, Outcome, Run, follow, report, span
from channels.carrier.model import NOWHERE, Call, Goto, Hearing, Params, Participant
from channels.carrier.parameters import seconds
from channels.carrier.process import CallOver, Key, Other, Redirected, Steps, Wait
from channels.carrier.verbs import bridging, dial_queue
from channels.twilio.element import Element

_PREFIX = {"Application": "app:", "Client": "client:", "Number": "", "Sip": ""}
ENDS = {"busy": "busy", "no-answer": "no-answer", "failed": "failed", "canceled": "canceled", "completed": "completed"}


def obey(run: Run, verb: Element) -> Steps[Outcome]:
    """By its noun."""
    nouns = verb.elements
    if nouns and nouns[0].name == "Conference":
        return (yield from _room(run, verb, nouns[0]))
    if nouns and nouns[0].name == "Queue":
        return (yield from dial_queue.obey(run, verb, nouns[0]))
    if any(noun.name not in _PREFIX for noun in nouns):
        raise Failed(12200, "a room or a queue is dialled alone", run.document.url)
    return (yield from _phones(run, verb))


# -- a room


def _room(run: Run, verb: Element, noun: Element) -> Steps[Outcome]:
    participant = _enter(run, noun)
    if participant is None:
        return None
    net = run.net
    until = net.now_us + span(verb, "timeLimit", 14_400)
    left, told = "participant_hung_up", (("DialCallStatus", "answered"),)
    try:
        while participant.status == "connected" and net.now_us < until:
            happening = yield Wait(until)
            if verb.get("hangupOnStar") == "true" and happening == Key("*"):
                break
    except Redirected:
        left = "participant_updated_via_api"
        raise
    except CallOver:
        rooms.leave(net, participant, left)
        report(run, verb, *told)
        raise
    finally:
        rooms.leave(net, participant, left)
    return follow(run, verb, *told)


def _enter(run: Run, noun: Element) -> Participant | None:
    """Into the room of that name; None, with a line in the debugger, when it will not have this call."""
    net, call = run.net, run.call
    label, coach = noun.get("participantLabel"), noun.get("coach")
    room = rooms.live(net, noun.text)
    fault = rooms.objection(room, label, coach)
    if fault:
        net.warn(fault, f"conference {noun.text} will not have {label or call.sid}", call.sid, run.document.url)
        return None
    if room is None:
        room = rooms.make(net, noun.text, run.document.callback(noun), int(noun.get("maxParticipants", "250")))
    given = noun.get("waitUrl", "default")
    wait = run.document.goto(noun, "waitUrl", "waitMethod") if given not in {"", "default"} else NOWHERE
    participant = Participant(
        call,
        room,
        label,
        muted=noun.get("muted") == "true",
        coaching=bool(coach),
        coach=coach,
        starts=noun.get("startConferenceOnEnter", "true") == "true",
        ends=noun.get("endConferenceOnExit") == "true",
        wait=None if given == "default" else wait,
        beep=noun.get("beep", "true"),
    )
    rooms.add(net, room, participant)
    rooms.join(net, participant)
    return participant


# -- phones


def _phones(run: Run, verb: Element) -> Steps[Outcome]:
    net, call = run.net, run.call
    until = net.now_us + span(verb, "timeout", 30)
    if call.status == "in-progress":
        net.hear(call, Hearing("ringback", since_us=net.now_us))
    children: list[Call] = []
    apart: set[str] = set()  # who was redirected meanwhile, and is a call of its own now
    bridged: Call | None = None
    try:
        nouns = verb.elements or (Element("Number", (), (verb.text,)),)
        children.extend(_child(run, verb, noun, apart) for noun in nouns)
        while net.now_us < until and any(child.live for child in children):
            happening = yield Wait(until)
            if isinstance(happening, Other) and happening.what == "ready":
                bridged = net.calls[happening.sid]
                break
        missed = bridged is None and any(child.live for child in children)
        for child in children:
            if child is not bridged:
                calls.hang_up(net, child)
        if bridged is not None and bridged.live:
            yield from _talk(run, verb, bridged)
    except CallOver:
        report(run, verb, *_result(run, children, bridged))
        raise
    finally:
        bridging.part(net, call, bridged)
        net.silence(call)
        for child in children:
            if child.sid not in apart:
                calls.hang_up(net, child)
    return follow(run, verb, *_result(run, children, bridged, missed=missed))


def _child(run: Run, verb: Element, noun: Element, apart: set[str]) -> Call:
    named = next((child.text for child in noun.elements if child.name in {"Identity", "ApplicationSid"}), noun.text)
    return _ring(run, verb, f"{_PREFIX[noun.name]}{named}", noun, apart)


def _ring(run: Run, verb: Element, to: str, noun: Element, apart: set[str]) -> Call:
    net, call = run.net, run.call
    heard = run.document.whisper(noun)
    from_ = verb.get("callerId") or (call.from_ if call.direction == "inbound" else call.to)
    child = calls.create(
        net,
        to,
        from_,
        lambda child: run.whole(net, child, _answered(run, child, heard, apart)),
        callback=run.document.callback(noun, events="completed"),
        ring_us=span(verb, "timeout", 30),
        parent=call.sid,
    )
    child.watchers.append(lambda what: calls.wake(call, Other(what, child.sid)))
    return child


def _answered(run: Run, child: Call, whisper: Goto | None, apart: set[str]) -> Steps[None]:
    """What who answered hears before the bridge; then they are ready, until they or the other side go."""
    if whisper is not None:
        yield from background.document(run.net, child, whisper, "announce")
    calls.wake(run.call, Other("ready", child.sid))
    try:
        while True:
            yield Wait()
    except Redirected:
        bridging.part(run.net, run.call, child)
        apart.add(child.sid)
        calls.wake(run.call, Other("parted", child.sid))
        raise


def _talk(run: Run, verb: Element, child: Call) -> Steps[None]:
    net, call = run.net, run.call
    calls.answer(net, call)
    bridging.join(net, call, child)
    how = verb.get("record")
    if how not in {"", "false", "do-not-record"}:
        channels = 2 if how.endswith("dual") else 1
        told = run.document.callback(verb, "recordingStatusCallback", "completed")
        track = verb.get("recordingTrack", "both")
        recordings.start(net, call, "DialVerb", callback=told, channels=channels, track=track)
    limit = net.now_us + span(verb, "timeLimit", 14_400)
    while child.live and net.now_us < limit:
        happening = yield Wait(limit)
        if happening == Other("parted", child.sid):
            return
        if verb.get("hangupOnStar") == "true" and happening == Key("*"):
            return


def _result(run: Run, children: list[Call], bridged: Call | None, *, missed: bool = True) -> Params:
    """How it ended; ``missed``: somebody was still ringing."""
    if bridged is None:
        last = children[-1]
        status = "no-answer" if missed else ENDS.get(last.status, "no-answer")
        return ("DialCallStatus", status), ("DialCallSid", last.sid), ("DialBridged", "false")
    lasted = (bridged.ended_us or run.net.now_us) - bridged.answered_us
    recording = recordings.running(run.call)
    heard: Params = ()
    if recording is not None and recording.source == "DialVerb":
        recordings.stop(run.net, recording)
        heard = (("RecordingUrl", recordings.media_url(run.net, recording)), ("RecordingSid", recording.sid))
    return (
        ("DialCallStatus", "completed"),
        ("DialCallSid", bridged.sid),
        ("DialCallDuration", seconds(lasted)),
        ("DialBridged", "true"),
        *heard,
    )
