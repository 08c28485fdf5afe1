"""Record: a message that the caller leaves.

It ends by a key of ``finishOnKey`` (any, unless said otherwise), by ``timeout`` seconds of silence, by ``maxLength``,
or with the call (``Digits`` is then "hangup"). Of silence alone nothing is kept, and the next verb follows.
"""

from __future__ import annotations

from channels.carrier import recordings, webhooks
from channels.carrier.loading import Leap, Outcome, Run, span
from channels.carrier.model import SECOND, Hearing, Params
from channels.carrier.parameters import of_call, seconds
from channels.carrier.process import CallOver, Key, Speech, SpeechBegan, Steps
from channels.carrier.recordings import Recording
from channels.carrier.verbs import playing
from channels.twilio.element import Element

ANY_KEY = "1234567890*#"
BEEP_US = SECOND


def obey(run: Run, verb: Element) -> Steps[Outcome]:
    """Beep, listen, and go on with what was left."""
    net, call = run.net, run.call
    if verb.get("playBeep", "true") == "true":
        yield from playing.hear(run, Hearing("beep"), BEEP_US)
    told = run.document.callback(verb, "recordingStatusCallback", "completed")
    recording = recordings.start(net, call, "RecordVerb", callback=told)
    where = run.document.goto(verb)
    spoke = False
    digits = ""
    try:
        spoke, digits = yield from _listen(run, verb)
    except CallOver:
        said = of_call(net, call, *run.extra(), *_result(run, recording, "hangup"))
        webhooks.fetch(net, call, where, said, lambda _: None)
        raise
    finally:
        recordings.stop(net, recording, empty=not spoke and digits == "")
    if not spoke and not digits:
        return None
    return Leap(where, _result(run, recording, digits))


def _listen(run: Run, verb: Element) -> Steps[tuple[bool, str]]:
    """Whether anything was said, and the key that ended it."""
    net = run.net
    end = net.now_us + span(verb, "maxLength", 3_600)
    silence = span(verb, "timeout", 5)
    finish = verb.get("finishOnKey", ANY_KEY)
    spoke = speaking = False
    while net.now_us < end:
        until = end if speaking else min(end, net.now_us + silence)
        heard = yield from playing.wait(run, until, (Key, Speech, SpeechBegan))
        if isinstance(heard, Key):
            if heard.digit in finish:
                return spoke, heard.digit
            continue
        if heard is None:
            break
        spoke, speaking = True, isinstance(heard, SpeechBegan)
    return spoke, ""


def _result(run: Run, recording: Recording, digits: str) -> Params:
    lasted = run.net.now_us - recording.since_us if recording.status == "in-progress" else recording.spans_us
    return (
        ("RecordingUrl", recordings.media_url(run.net, recording)),
        ("RecordingSid", recording.sid),
        ("RecordingDuration", seconds(lasted)),
        ("Digits", digits),
    )
