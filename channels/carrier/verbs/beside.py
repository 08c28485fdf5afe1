"""Start, Stop and Connect: streams, transcriptions and recordings of a call.

Start and Stop take no time. Connect gives the call to a stream, both ways, until our server closes its socket; then
the action is asked, or the next verb follows.
"""

from __future__ import annotations

from channels.carrier import recordings, streams, transcripts
from channels.carrier.loading import Outcome, Run, follow, report
from channels.carrier.model import newest
from channels.carrier.process import CallOver, Steps, Wait
from channels.carrier.streams import Stream
from channels.twilio.element import Element

TOO_MANY_STREAMS, NO_SUCH_STREAM = 31941, 31942


def start(run: Run, verb: Element) -> Outcome:
    """Whatever is in it, beside the call."""
    for noun in verb.elements:
        if noun.name == "Stream":
            stream(run, noun, both_ways=False)
        elif noun.name == "Transcription":
            transcripts.start(run.net, run.call, noun.get, run.document.callback(noun))
        else:
            channels = 2 if noun.get("channels", "dual") == "dual" else 1
            told = run.document.callback(noun, "recordingStatusCallback", "completed")
            track = noun.get("track", "both")
            recordings.start(run.net, run.call, "StartCallRecordingAPI", callback=told, channels=channels, track=track)
    return None


def stop(run: Run, verb: Element) -> Outcome:
    """By name; without one, the newest."""
    for noun in verb.elements:
        if noun.name == "Stream":
            if (found := newest(streams.of_call(run.call), noun.get("name"))) is not None:
                streams.stop(run.net, found)
        elif (heard := newest(transcripts.of_call(run.call), noun.get("name"))) is not None:
            transcripts.stop(run.net, heard)
    return None


def connect(run: Run, verb: Element) -> Steps[Outcome]:
    """The call is the stream's until its socket is closed."""
    opened = stream(run, verb.elements[0], both_ways=True)
    if opened is None:
        return None
    try:
        while opened.status == "in-progress":
            yield Wait()
    except CallOver:
        report(run, verb)
        raise
    finally:
        streams.stop(run.net, opened)
    return follow(run, verb)


def stream(run: Run, noun: Element, *, both_ways: bool) -> Stream | None:
    """Open it; None, with a line in the debugger, when the call has as many as it may."""
    net, call = run.net, run.call
    if len(streams.of_call(call)) >= streams.STREAMS_PER_CALL:
        net.warn(TOO_MANY_STREAMS, "too many streams on one call", call.sid, noun.get("url"))
        return None
    parameters = {one.get("name"): one.get("value") for one in noun.elements if one.name == "Parameter"}
    return streams.start(
        net,
        call,
        noun.get("url"),
        name=noun.get("name"),
        track=noun.get("track"),
        parameters=parameters,
        callback=run.document.callback(noun),
        both_ways=both_ways,
    )
