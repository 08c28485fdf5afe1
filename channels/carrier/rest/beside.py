"""What runs beside a call: recordings, transcriptions, streams."""

from __future__ import annotations

from channels.carrier import recordings, streams, transcripts
from channels.carrier.model import Call, Callback
from channels.carrier.network import Network
from channels.carrier.parameters import API_VERSION, seconds
from channels.carrier.recordings import Recording
from channels.carrier.rest.calls import find
from channels.carrier.rest.form import Answer, Form, RestError, Row, day, listed, uri
from channels.carrier.streams import Stream
from channels.carrier.transcripts import Transcription
from channels.carrier.verbs.beside import ALL, TOO_MANY_STREAMS

CURRENT = "Twilio.CURRENT"
NOT_IN_PROGRESS = 21220
PARAMETERS_MAX = 99


def _talking(net: Network, sid: str) -> Call:
    call = find(net, sid)
    if call.status != "in-progress":
        raise RestError(NOT_IN_PROGRESS)
    return call


def _missing(net: Network, *at: str) -> RestError:
    return RestError(20404, uri(net, *at))


# -- recordings


def recording_row(net: Network, one: Recording, *, of_call: bool = True) -> Row:
    path = ("Calls", one.call.sid, "Recordings", one.sid) if of_call else ("Recordings", one.sid)
    done = one.status in {"completed", "absent"}
    row: Row = {
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
        "uri": uri(net, *path),
        "encryption_details": None,
    }
    if of_call:
        return row | {"track": one.track}
    return row | {"media_url": recordings.media_url(net, one), "subresource_uris": {}}


def record(net: Network, form: Form, sid: str) -> Answer:
    call = _talking(net, sid)
    told = form.callback("Recording")
    channels = 2 if form.get("RecordingChannels") == "dual" else 1
    track = form.get("RecordingTrack", "both")
    one = recordings.start(net, call, "StartCallRecordingAPI", callback=told, channels=channels, track=track)
    return Answer(201, recording_row(net, one))


def recordings_of(net: Network, form: Form, sid: str) -> Answer:
    return listed(form, "recordings", find(net, sid).recordings, lambda one: recording_row(net, one))


def _recording(net: Network, sid: str, key: str) -> Recording:
    call = find(net, sid)
    found = recordings.running(call) if key == CURRENT else net.recordings.get(key)
    if found is None or found.call is not call:
        raise _missing(net, "Calls", sid, "Recordings", key)
    return found


def recording(net: Network, form: Form, sid: str, key: str) -> Answer:
    del form
    return Answer(200, recording_row(net, _recording(net, sid, key)))


def change_recording(net: Network, form: Form, sid: str, key: str) -> Answer:
    """``Status`` paused, in-progress or stopped."""
    one = _recording(net, sid, key)
    wish = {"paused": recordings.pause, "in-progress": recordings.resume, "stopped": recordings.stop}
    act = wish.get(form.get("Status"))
    if act is None:
        raise RestError(20001, "Status")
    act(net, one)
    return Answer(200, recording_row(net, one))


def remove_recording(net: Network, form: Form, *path: str) -> Answer:
    """By ``Calls/{}/Recordings/{}`` or ``Recordings/{}``."""
    del form
    found = net.recordings.pop(path[-1], None)
    if found is None:
        raise _missing(net, "Recordings", path[-1])
    if found in found.call.recordings:
        found.call.recordings.remove(found)
    return Answer(204)


def all_recordings(net: Network, form: Form) -> Answer:
    """By CallSid."""
    wanted = form.get("CallSid")
    found = [one for one in reversed(net.recordings.values()) if not wanted or one.call.sid == wanted]
    return listed(form, "recordings", found, lambda one: recording_row(net, one, of_call=False))


def any_recording(net: Network, form: Form, key: str) -> Answer:
    del form
    found = net.recordings.get(key)
    if found is None:
        raise _missing(net, "Recordings", key)
    return Answer(200, recording_row(net, found, of_call=False))


# -- transcriptions


def _transcription_row(net: Network, one: Transcription) -> Row:
    return {
        "sid": one.sid,
        "account_sid": net.account.sid,
        "call_sid": one.call.sid,
        "name": one.name,
        "status": one.status,
        "date_updated": day(one.updated_us),
        "uri": uri(net, "Calls", one.call.sid, "Transcriptions", one.sid),
    }


def transcribe(net: Network, form: Form, sid: str) -> Answer:
    call = _talking(net, sid)
    own = net.sid("GT")
    where = form.goto("StatusCallbackUrl", "StatusCallbackMethod")
    one = Transcription(
        own,
        call,
        form.get("Name", own),
        Callback(where.url, where.method),
        form.get("LanguageCode", "en-US"),
        transcripts.track(form.get("Track", "both_tracks")),
        form.get("TranscriptionEngine", "google"),
        form.flag("PartialResults"),
        form.get("InboundTrackLabel"),
        form.get("OutboundTrackLabel"),
    )
    return Answer(200, _transcription_row(net, transcripts.start(net, one)))


def stop_transcription(net: Network, form: Form, sid: str, key: str) -> Answer:
    found = transcripts.find(find(net, sid), key)
    if found is None:
        raise _missing(net, "Calls", sid, "Transcriptions", key)
    if form.get("Status") != "stopped":
        raise RestError(20001, "Status")
    transcripts.stop(net, found)
    return Answer(200, _transcription_row(net, found))


# -- streams


def _stream_row(net: Network, one: Stream) -> Row:
    return {
        "sid": one.sid,
        "account_sid": net.account.sid,
        "call_sid": one.call.sid,
        "name": one.name,
        "status": one.status,
        "date_updated": day(one.updated_us),
        "uri": uri(net, "Calls", one.call.sid, "Streams", one.sid),
    }


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
        callback=Callback(where.url, where.method, ALL),
    )
    return Answer(200, _stream_row(net, one))


def stop_stream(net: Network, form: Form, sid: str, key: str) -> Answer:
    found = streams.find(find(net, sid), key)
    if found is None:
        raise _missing(net, "Calls", sid, "Streams", key)
    if form.get("Status") != "stopped":
        raise RestError(20001, "Status")
    streams.stop(net, found)
    return Answer(200, _stream_row(net, found))
