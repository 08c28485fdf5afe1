"""Streams: a call's sound over a WebSocket of ours. What is sent over it is the media's business (media/, hooks.py).

``<Start>`` and REST open one beside the call (one way); ``<Connect>`` gives it the call (both ways) until our server
closes the socket. Errors: 31901 timed out, 31902 refused, 31920 the handshake was not 101, 31921 closed in mid-stream,
31922 no wss, 31923 no address, 31924 protocol, 31950 a message that is no message.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from channels.carrier import calls, webhooks
from channels.carrier.model import NOBODY, Call, Callback
from channels.carrier.parameters import iso
from channels.carrier.process import Other

if TYPE_CHECKING:
    from channels.carrier.network import Network

STREAMS_PER_CALL = 4


@dataclass(eq=False, slots=True)
class Stream:
    """One stream. ``tracks`` as its start message names them; ``parameters`` travel in that message."""

    sid: str
    call: Call
    url: str
    name: str = ""
    tracks: tuple[str, ...] = ("inbound",)
    parameters: dict[str, str] = field(default_factory=dict)
    callback: Callback = NOBODY
    both_ways: bool = False
    status: Literal["in-progress", "stopped"] = "in-progress"
    since_us: int = 0
    updated_us: int = 0


TRACKS = {
    "": ("inbound",),
    "inbound_track": ("inbound",),
    "outbound_track": ("outbound",),
    "both_tracks": ("inbound", "outbound"),
}


def start(
    net: Network,
    call: Call,
    url: str,
    *,
    name: str = "",
    track: str = "",
    parameters: dict[str, str] | None = None,
    callback: Callback | None = None,
    both_ways: bool = False,
) -> Stream:
    """Open one; it ends with its call at the latest."""
    stream = Stream(net.sid("MZ"), call, url, name, TRACKS[track], parameters or {}, callback or NOBODY)
    stream.both_ways, stream.since_us, stream.updated_us = both_ways, net.now_us, net.now_us
    stream.name = name or stream.sid
    net.keep(net.streams, stream.sid, stream, lambda old: old.status == "stopped")
    call.streams.append(stream)
    call.watchers.append(lambda what: stop(net, stream) if what == "ended" else None)
    _tell(net, stream, "stream-started")
    net.media.stream(stream, "start")
    return stream


def stop(net: Network, stream: Stream) -> None:
    """We end it: the call is over, Stop was said, or REST asked."""
    if stream.status == "in-progress":
        stream.status, stream.updated_us = "stopped", net.now_us
        net.media.stream(stream, "stop")
        _tell(net, stream, "stream-stopped")
        calls.wake(stream.call, Other("stream", stream.sid))


def closed(net: Network, sid: str, error: int = 0, why: str = "") -> None:
    """The media says: its socket is gone; ``error`` is Twilio's number, 0 when our server closed it in order."""
    stream = net.streams.get(sid)
    if stream is None or stream.status == "stopped":
        return
    stream.status, stream.updated_us = "stopped", net.now_us
    if error:
        net.warn(error, why or "stream", stream.call.sid, stream.url)
        _tell(net, stream, "stream-error", ("StreamError", f"{error} {why}".strip()))
    else:
        _tell(net, stream, "stream-stopped")
    calls.wake(stream.call, Other("stream", sid))


def of_call(call: Call) -> list[Stream]:
    """Those that are open on a call."""
    return [one for one in call.streams if one.status == "in-progress"]


def _tell(net: Network, stream: Stream, event: str, *extra: tuple[str, str]) -> None:
    net.note(event, stream.call.sid, stream.sid)
    said = (
        ("AccountSid", net.account.sid),
        ("CallSid", stream.call.sid),
        ("StreamSid", stream.sid),
        ("StreamName", stream.name),
        ("StreamEvent", event),
        ("Timestamp", iso(net.now_us)),
        *extra,
    )
    webhooks.tell(net, stream.callback, said, stream.call)
