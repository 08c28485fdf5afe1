"""Real-time transcription: what is said on a call's two tracks, told while it is said.

``inbound_track`` is the far end of the call it runs on, ``outbound_track`` what that far end hears: other people, and
the prompts. ``SequenceId`` counts all events of one transcription; Twilio promises order within a track only, and so
does this network once its weather (faults.py) reorders callbacks. Partials grow word by word, carry a Stability and no
confidence; the final one carries a confidence.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from channels.carrier import webhooks
from channels.carrier.model import Call, Callback
from channels.carrier.parameters import iso, yes

if TYPE_CHECKING:
    from channels.carrier.network import Network

LAG_US = 400_000  # from the end of what was said to its final text
PARTIALS_MAX = 20


Track = Literal["inbound_track", "outbound_track", "both_tracks"]


def track(said: str) -> Track:
    """Which of the three; both for what is none of them."""
    if said == "inbound_track":
        return "inbound_track"
    return "outbound_track" if said == "outbound_track" else "both_tracks"


@dataclass(eq=False, slots=True)
class Transcription:
    """One transcription, running on one call."""

    sid: str
    call: Call
    name: str
    callback: Callback
    language: str = "en-US"
    track: Track = "both_tracks"
    engine: str = "google"
    partial: bool = False
    inbound_label: str = ""
    outbound_label: str = ""
    status: Literal["in-progress", "stopped"] = "in-progress"
    told: int = 0
    updated_us: int = 0


def start(net: Network, call: Call, asked: Callable[[str, str], str], callback: Callback) -> Transcription:
    """Begin one; it ends with its call at the latest. ``asked`` gives an attribute, or what stands for it."""
    sid = net.sid("GT")
    transcription = Transcription(
        sid,
        call,
        asked("name", sid),
        callback,
        asked("languageCode", "en-US"),
        track(asked("track", "")),
        asked("transcriptionEngine", "google"),
        asked("partialResults", "").lower() == "true",
        asked("inboundTrackLabel", ""),
        asked("outboundTrackLabel", ""),
        updated_us=net.now_us,
    )
    net.keep(net.transcriptions, transcription.sid, transcription, lambda old: old.status == "stopped")
    call.transcriptions.append(transcription)
    call.watchers.append(lambda what: stop(net, transcription) if what == "ended" else None)
    labels = [("InboundTrackLabel", transcription.inbound_label), ("OutboundTrackLabel", transcription.outbound_label)]
    _tell(
        net,
        transcription,
        "transcription-started",
        ("ProviderConfiguration", json.dumps({"language": transcription.language})),
        ("TranscriptionEngine", transcription.engine),
        ("Name", transcription.name),
        ("Track", transcription.track),
        *(label for label in labels if label[1]),
        ("PartialResults", yes(transcription.partial)),
        ("LanguageCode", transcription.language),
    )
    return transcription


def stop(net: Network, transcription: Transcription) -> None:
    if transcription.status == "in-progress":
        transcription.status, transcription.updated_us = "stopped", net.now_us
        _tell(net, transcription, "transcription-stopped")


def of_call(call: Call) -> list[Transcription]:
    """Those that run on a call."""
    return [one for one in call.transcriptions if one.status == "in-progress"]


def hear(net: Network, call: Call, track: str, text: str, confidence: float, lasts_us: int) -> None:
    """Something begins to be said on that track of that call, and lasts so long."""
    for one in of_call(call):
        if one.track in {track, "both_tracks"}:
            _plan(net, one, track, text, confidence, lasts_us)


def _plan(net: Network, one: Transcription, track: str, text: str, confidence: float, lasts_us: int) -> None:
    words = text.split()
    if one.partial:
        for count in range(1, min(len(words), PARTIALS_MAX + 1)):
            at = lasts_us * count // len(words) + LAG_US
            told = " ".join(words[:count])
            net.after(at, lambda told=told: _content(net, one, track, told, None))  # type: ignore[misc]
    net.after(lasts_us + LAG_US, lambda: _content(net, one, track, text, confidence))


def _content(net: Network, one: Transcription, track: str, text: str, confidence: float | None) -> None:
    if one.status != "in-progress":
        return
    final = confidence is not None
    data = {"transcript": text, "confidence": confidence} if final else {"transcript": text}
    _tell(
        net,
        one,
        "transcription-content",
        ("LanguageCode", one.language),
        ("Track", track),
        ("TranscriptionData", json.dumps(data, ensure_ascii=False)),
        ("Final", yes(final)),
        *(() if final else (("Stability", "0.8"),)),
    )


def fail(net: Network, one: Transcription, code: int, why: str) -> None:
    """The recogniser has failed; it is over."""
    if one.status == "in-progress":
        one.status, one.updated_us = "stopped", net.now_us
        _tell(net, one, "transcription-error", ("TranscriptionErrorCode", str(code)), ("TranscriptionError", why))


def _tell(net: Network, one: Transcription, event: str, *extra: tuple[str, str]) -> None:
    one.told += 1
    net.note(event, one.call.sid, one.sid)
    said = (
        ("AccountSid", net.account.sid),
        ("CallSid", one.call.sid),
        ("TranscriptionSid", one.sid),
        ("Timestamp", iso(net.now_us)),
        ("SequenceId", str(one.told)),
        ("TranscriptionEvent", event),
        *extra,
    )
    webhooks.tell(net, one.callback, said, one.call)
