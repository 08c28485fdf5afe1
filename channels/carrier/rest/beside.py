"""What runs beside a call: recordings, transcriptions, streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from channels.carrier import recordings, streams, transcripts
from channels.carrier.model import Call, Callback, newest
from channels.carrier.network import Network
from channels.carrier.parameters import API_VERSION, iso, seconds
from channels.carrier.recordings import Recording
from channels.carrier.rest.calls import find
from channels.carrier.rest.form import Answer, Form, RestError, Row, day, known, listed, uri
from channels.carrier.streams import Stream
from channels.carrier.transcripts import Transcription
from channels.carrier.verbs.beside import TOO_MANY_STREAMS

Beside = TypeVar("Beside", Transcription, Stream)
CURRENT = "Twilio.CURRENT"
NOT_IN_PROGRESS = 21220
PARAMETERS_MAX = 99


def _talking(net: Network, sid: str) -> Call:
    call = find(net, sid)
    if call.status != "in-progress":
        raise RestError(NOT_IN_PROGRESS)
    return call


# -- recordings


def of_call(net: Network, one: Recording) -> Row:
    """As one of its call's."""
    done = one.status in {"completed", "absent"}
    return {
        "account_sid": net.account.sid,
        "api_version": API_VERSION,
        "call_sid": one.call.sid,
        "conference_sid": one.call.room or None,
        "date_created": day(one.began_us),
        "date_updated": day(one.updated_us),
        "start_time": day(one.began_us),
        "duration": seconds(one.spans_us) if done else None,
        "sid": one.sid,
        "price": None,
        "price_unit": None,
        "status": one.status,
        "channels": one.channels,
        "source": one.source,
        "error_code": None,
        "track": one.track,
        "uri": uri(net, "Calls", one.call.sid, "Recordings", one.sid),
        "encryption_details": None,
    }


def alone(net: Network, one: Recording) -> Row:
    """As a thing of its own."""
    row = of_call(net, one) | {"uri": uri(net, "Recordings", one.sid), "subresource_uris": {}}
    del row["track"]
    return row | {"media_url": recordings.media_url(net, one)}


def record(net: Network, form: Form, sid: str) -> Answer:
    call = _talking(net, sid)
    told = form.callback("Recording")
    channels = 2 if form.get("RecordingChannels") == "dual" else 1
    track = form.get("RecordingTrack", "both")
    one = recordings.start(net, call, "StartCallRecordingAPI", callback=told, channels=channels, track=track)
    return Answer(201, of_call(net, one))


def recordings_of(net: Network, form: Form, sid: str) -> Answer:
    return listed(form, "recordings", find(net, sid).recordings, lambda one: of_call(net, one))


def recording(net: Network, sid: str, key: str) -> Recording:
    """One of that call's, by its id or as the one that runs. Raises RestError(20404)."""
    call = find(net, sid)
    found = recordings.running(call) if key == CURRENT else net.recordings.get(key)
    return known(found if found and found.call is call else None, net, "Calls", sid, "Recordings", key)


def change_recording(net: Network, form: Form, sid: str, key: str) -> Answer:
    """``Status`` paused, in-progress or stopped."""
    one = recording(net, sid, key)
    wish = {"paused": recordings.pause, "in-progress": recordings.resume, "stopped": recordings.stop}
    act = wish.get(form.get("Status"))
    if act is None:
        raise RestError(20001, "Status")
    act(net, one)
    return Answer(200, of_call(net, one))


def remove_recording(net: Network, form: Form, *path: str) -> Answer:
    """By ``Calls/{}/Recordings/{}`` or ``Recordings/{}``."""
    del form
    found = any_recording(net, path[-1])
    del net.recordings[found.sid]
    if found in found.call.recordings:
        found.call.recordings.remove(found)
    return Answer(204)


def all_recordings(net: Network, form: Form) -> Answer:
    """Newest first, by CallSid and the UTC day on which they began (``DateCreated>``, ``DateCreated<``)."""
    wanted, on = form.get("CallSid"), form.get("DateCreated")
    since, until = form.get("DateCreated>") or on, form.get("DateCreated<") or on
    found = [
        one
        for one in reversed(net.recordings.values())
        if (not wanted or one.call.sid == wanted)
        and (not since or iso(one.began_us)[:10] >= since[:10])
        and (not until or iso(one.began_us)[:10] <= until[:10])
    ]
    return listed(form, "recordings", found, lambda one: alone(net, one))


def any_recording(net: Network, key: str) -> Recording:
    """Raises RestError(20404)."""
    return known(net.recordings.get(key), net, "Recordings", key)


# -- transcriptions and streams


def _row(net: Network, kind: str, one: Transcription | Stream) -> Row:
    return {
        "sid": one.sid,
        "account_sid": net.account.sid,
        "call_sid": one.call.sid,
        "name": one.name,
        "status": one.status,
        "date_updated": day(one.updated_us),
        "uri": uri(net, "Calls", one.call.sid, kind, one.sid),
    }


def _stopping(net: Network, form: Form, ones: Sequence[Beside], kind: str, sid: str, key: str) -> Beside:
    """The one, by id or name, that is to be stopped."""
    found = known(newest(ones, key), net, "Calls", sid, kind, key)
    if form.get("Status") != "stopped":
        raise RestError(20001, "Status")
    return found


def transcribe(net: Network, form: Form, sid: str) -> Answer:
    where = form.goto("StatusCallbackUrl", "StatusCallbackMethod")
    asked = lambda name, default: form.get(name[0].upper() + name[1:], default)  # noqa: E731  # as REST spells it
    one = transcripts.start(net, _talking(net, sid), asked, Callback(where.url, where.method))
    return Answer(200, _row(net, "Transcriptions", one))


def stop_transcription(net: Network, form: Form, sid: str, key: str) -> Answer:
    found = _stopping(net, form, find(net, sid).transcriptions, "Transcriptions", sid, key)
    transcripts.stop(net, found)
    return Answer(200, _row(net, "Transcriptions", found))


def stream(net: Network, form: Form, sid: str) -> Answer:
    call = _talking(net, sid)
    if len(streams.of_call(call)) >= streams.STREAMS_PER_CALL:
        raise RestError(TOO_MANY_STREAMS)
    if form.get("Track") not in streams.TRACKS:
        raise RestError(20001, "Track")
    where = form.goto("StatusCallback", "StatusCallbackMethod")
    numbers = range(1, PARAMETERS_MAX + 1)
    given = {form.get(f"Parameter{n}.Name"): form.get(f"Parameter{n}.Value") for n in numbers}
    one = streams.start(
        net,
        call,
        form.get("Url"),
        name=form.get("Name"),
        track=form.get("Track"),
        parameters={name: value for name, value in given.items() if name},
        callback=Callback(where.url, where.method),
    )
    return Answer(200, _row(net, "Streams", one))


def stop_stream(net: Network, form: Form, sid: str, key: str) -> Answer:
    found = _stopping(net, form, find(net, sid).streams, "Streams", sid, key)
    streams.stop(net, found)
    return Answer(200, _row(net, "Streams", found))
