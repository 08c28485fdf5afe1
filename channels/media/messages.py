"""The messages of a media stream, both ways, as text.

A stream carries fifty messages a second and direction, so a message with sound in the spelling that Twilio uses is
recognised as a whole (1 microsecond instead of 6) and one of ours is put together by hand; everything else, and sound
in any other spelling, goes through the JSON parser. :func:`read` never raises for what a stranger may send.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

PAYLOAD_CHARS_MAX: Final = 64 * 1024
NAME_CHARS_MAX: Final = 200
ENCODING: Final = "audio/x-mulaw"


@dataclass(frozen=True, slots=True)
class Started:
    """The first message that means something."""

    stream: str
    call: str
    account: str
    tracks: tuple[str, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)


class Sound(NamedTuple):
    """One piece of sound, as base64 of mu-law. ``at_ms`` since the stream began."""

    track: str
    payload: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Key:
    """The far end pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class Marked:
    """What was sent before that mark has been heard (or was dropped by a clear)."""

    name: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The network ends the stream."""


@dataclass(frozen=True, slots=True)
class Other:
    """A message that says nothing to us: ``connected``, or a kind that Twilio adds later."""


Message = Started | Sound | Key | Marked | Stopped | Other


_AS_TWILIO_WRITES_IT = re.compile(
    r'\{"event":"media","sequenceNumber":"\d{1,12}","media":\{"track":"(inbound|outbound)","chunk":"\d{1,12}",'
    r'"timestamp":"(\d{1,12})","payload":"([A-Za-z0-9+/=]{0,65536})"\},"streamSid":"\w{1,40}"\}',
    re.ASCII,
).fullmatch


def read(text: str) -> Message | None:
    """The message; None for what is not one."""
    sound = _AS_TWILIO_WRITES_IT(text)
    if sound is not None:
        return Sound(sound[1], sound[3], int(sound[2]))
    try:
        said = json.loads(text)
        return _READERS.get(said["event"], _other)(said)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _started(said: Any) -> Message | None:
    start = said["start"]
    form = start["mediaFormat"]
    right = form["encoding"] == ENCODING and int(form["sampleRate"]) == 8_000 and int(form["channels"]) == 1
    told = {str(k): str(v) for k, v in (start.get("customParameters") or {}).items()}
    tracks = tuple(str(track) for track in start["tracks"])
    return (
        Started(str(start["streamSid"]), str(start["callSid"]), str(start["accountSid"]), tracks, told)
        if right
        else None
    )


def _sound(said: Any) -> Message | None:
    media = said["media"]
    payload = media["payload"]
    if not isinstance(payload, str) or len(payload) > PAYLOAD_CHARS_MAX:
        return None
    return Sound(str(media["track"]), payload, int(media["timestamp"]))


def _key(said: Any) -> Message | None:
    digit = said["dtmf"]["digit"]
    return Key(digit) if digit in set("0123456789*#ABCD") else None


def _marked(said: Any) -> Message | None:
    return Marked(str(said["mark"]["name"])[:NAME_CHARS_MAX])


def _stopped(_: Any) -> Message | None:
    return Stopped()


def _other(_: Any) -> Message | None:
    return Other()


_READERS = {"media": _sound, "start": _started, "dtmf": _key, "mark": _marked, "stop": _stopped}


class Writer:
    """What is said to the stream of that id."""

    __slots__ = ("_sound_head", "_stream")

    def __init__(self, stream: str) -> None:
        self._stream = stream
        head = json.dumps({"event": "media", "streamSid": stream, "media": {"payload": ""}}, separators=(",", ":"))
        self._sound_head = head.removesuffix('"}}')

    def sound(self, payload: str) -> bytes:
        """Sound to be played: base64 of mu-law, which needs no escaping."""
        return f'{self._sound_head}{payload}"}}}}'.encode("ascii")

    def mark(self, name: str) -> bytes:
        """To be told back when everything before it has been heard."""
        return _json({"event": "mark", "streamSid": self._stream, "mark": {"name": name[:NAME_CHARS_MAX]}})

    def clear(self) -> bytes:
        """Drop what has not been heard yet."""
        return _json({"event": "clear", "streamSid": self._stream})


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
