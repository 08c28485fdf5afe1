"""Recordings of calls: started, paused, resumed, stopped; their callbacks. The sound itself belongs to the media."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from channels.carrier import webhooks
from channels.carrier.model import NOBODY, SECOND, Call, Callback
from channels.carrier.parameters import API_VERSION, rfc2822, seconds

if TYPE_CHECKING:
    from channels.carrier.network import Network

READY_US = 2 * SECOND  # between the end of a recording and its being there


@dataclass(eq=False, slots=True)
class Recording:
    """One recording. ``spans_us`` is what was recorded before the present stretch began at ``since_us``."""

    sid: str
    call: Call
    source: str
    channels: int = 1
    track: str = "both"
    callback: Callback = NOBODY
    status: Literal["in-progress", "paused", "stopped", "processing", "completed", "absent"] = "in-progress"
    began_us: int = 0
    since_us: int = 0
    spans_us: int = 0
    updated_us: int = 0


def start(
    net: Network,
    call: Call,
    source: str,
    *,
    callback: Callback | None = None,
    channels: int = 1,
    track: str = "both",
) -> Recording:
    """Begin one; it ends with its call at the latest."""
    recording = Recording(net.sid("RE"), call, source, channels, track, callback or NOBODY)
    recording.began_us = recording.since_us = recording.updated_us = net.now_us
    net.keep(net.recordings, recording.sid, recording, lambda old: old.status in {"completed", "absent"})
    call.recordings.append(recording)
    call.watchers.append(lambda what: stop(net, recording) if what == "ended" else None)
    _tell(net, recording, "in-progress")
    return recording


def pause(net: Network, recording: Recording) -> None:
    if recording.status == "in-progress":
        recording.spans_us += net.now_us - recording.since_us
        recording.status, recording.updated_us = "paused", net.now_us
        net.note("recording.paused", recording.call.sid, recording.sid)


def resume(net: Network, recording: Recording) -> None:
    if recording.status == "paused":
        recording.status, recording.since_us, recording.updated_us = "in-progress", net.now_us, net.now_us
        net.note("recording.resumed", recording.call.sid, recording.sid)


def stop(net: Network, recording: Recording, *, empty: bool = False) -> None:
    """It is over; a while later it is there to be had, or ``absent`` when there was nothing to record."""
    if recording.status not in {"in-progress", "paused"}:
        return
    if recording.status == "in-progress":
        recording.spans_us += net.now_us - recording.since_us
    recording.status, recording.updated_us = "processing", net.now_us
    net.after(READY_US, lambda: _ready(net, recording, empty))


def _ready(net: Network, recording: Recording, empty: bool) -> None:
    recording.status, recording.updated_us = "absent" if empty else "completed", net.now_us
    _tell(net, recording, recording.status)


def running(call: Call) -> Recording | None:
    """The newest that is not over: what REST calls ``Twilio.CURRENT``."""
    return next((one for one in reversed(call.recordings) if one.status in {"in-progress", "paused"}), None)


def media_url(net: Network, recording: Recording) -> str:
    """Where it would be fetched."""
    return f"https://api.twilio.com/{API_VERSION}/Accounts/{net.account.sid}/Recordings/{recording.sid}"


def _tell(net: Network, recording: Recording, event: str) -> None:
    net.note(f"recording.{event}", recording.call.sid, recording.sid)
    said = (
        ("AccountSid", net.account.sid),
        ("CallSid", recording.call.sid),
        ("RecordingSid", recording.sid),
        ("RecordingUrl", media_url(net, recording)),
        ("RecordingStatus", event),
        ("RecordingDuration", seconds(recording.spans_us)),
        ("RecordingChannels", str(recording.channels)),
        ("RecordingStartTime", rfc2822(recording.began_us)),
        ("RecordingSource", recording.source),
        ("RecordingTrack", recording.track),
        ("ErrorCode", "0"),
    )
    webhooks.tell_event(net, recording.callback, event, said, recording.call)
