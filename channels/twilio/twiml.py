"""TwiML as this service says it: one typed function a verb, and :func:`document` for the whole.

What these functions cannot express is not said by the service; what they return holds to the table in verbs.py, or
Malformed is raised, which is a fault of our own (a queue's name too long, an address with a blank in it). Text from
people may hold anything: it is escaped, and freed of what XML cannot carry. A document is at most 64 KB (error 11750).
:func:`parse` is the other direction, for who obeys TwiML.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from channels.twilio.element import Element, Malformed, make, render
from channels.twilio.reading import Fault, parse
from channels.twilio.spoken import portions
from channels.twilio.verbs import DOCUMENT_BYTES_MAX, PLACES, ROOT, Place

__all__ = ["Element", "Fault", "Malformed", "document", "parse", "portions", "render"]

Method = Literal["GET", "POST"]
Spoken = Element | str

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def document(*verbs: Element, place: Place = "call") -> bytes:
    """The whole document for that place. Raises Malformed for a verb of another place, or for 64 KB of them."""
    for verb in verbs:
        if verb.name not in PLACES[place]:
            raise Malformed(f"{verb.name} cannot stand in a document for {place}")
    body = (_DECLARATION + render(Element(ROOT, (), verbs))).encode()
    if len(body) > DOCUMENT_BYTES_MAX:
        raise Malformed(f"{len(body)} bytes exceed {DOCUMENT_BYTES_MAX}")
    return body


# -- heard by the caller


def say(*words: Spoken, language: str | None = None, voice: str | None = None, loop: int | None = None) -> Element:
    """Speak ``words``: text, or the marks below. Malformed for more than one Say can say: see :func:`portions`."""
    return make("Say", {"voice": voice, "language": language, "loop": loop}, *words)


def silence(milliseconds: int) -> Element:
    """A short rest within spoken text."""
    return make("break", {"time": f"{milliseconds}ms"})


def read_as(how: Literal["digits", "telephone", "date", "time", "cardinal", "characters"], text: str) -> Element:
    """Text that is read in a manner of its own, within spoken text."""
    return make("say-as", {"interpret-as": how}, text)


def in_language(language: str, *words: Spoken) -> Element:
    """Words of another language, within spoken text."""
    return make("lang", {"xml:lang": language}, *words)


def slower(percent: int, *words: Spoken) -> Element:
    """Spoken text at ``percent`` of the usual speed (20 to 200)."""
    return make("prosody", {"rate": f"{percent}%"}, *words)


def play(url: str, *, loop: int | None = None) -> Element:
    """Play a recording (wav); ``loop`` 0 plays without end."""
    return make("Play", {"loop": loop}, url)


def play_digits(digits: str) -> Element:
    """Send keys to the other side; ``w`` rests half a second."""
    return make("Play", {"digits": digits})


def pause(seconds: int = 1) -> Element:
    """Silence."""
    return make("Pause", {"length": seconds})


def gather(
    *prompts: Element,
    action: str,
    input: Literal["dtmf", "speech", "dtmf speech"] = "dtmf",
    digits: int | None = None,
    finish_on: str = "",
    timeout: int | None = None,
    speech_timeout: int | Literal["auto"] | None = None,
    max_speech: int | None = None,
    language: str | None = None,
    model: str | None = None,
    hints: str | None = None,
    barge_in: bool | None = None,
    empty_too: bool = True,
    profanity_filter: bool | None = None,
    partial: str | None = None,
    method: Method | None = None,
) -> Element:
    """Ask for keys or speech while ``prompts`` are heard. No key ends it unless ``finish_on`` names one: Twilio's own
    default is ``#``, which this service needs for "back". ``empty_too``: ``action`` is asked even when nothing came.

    Twilio reads a gather that asks its recogniser for too much and then fails it (13335): a named ``model`` takes no
    ``speech_timeout`` of auto, and phone_call hears no Korean. Such a one is Malformed here."""
    if model and speech_timeout == "auto":
        raise Malformed("Gather: a named model takes no speech timeout of auto")
    if model == "phone_call" and language == "ko-KR":
        raise Malformed("Gather: phone_call hears no Korean")
    attributes = {
        "input": input,
        "action": action,
        "method": method,
        "timeout": timeout,
        "speechTimeout": speech_timeout,
        "maxSpeechTime": max_speech,
        "finishOnKey": finish_on,
        "numDigits": digits,
        "actionOnEmptyResult": empty_too,
        "language": language,
        "speechModel": model,
        "hints": hints,
        "bargeIn": barge_in,
        "profanityFilter": profanity_filter,
        "partialResultCallback": partial,
    }
    return make("Gather", attributes, *prompts)


def record(
    *,
    action: str,
    max_length: int,
    timeout: int | None = None,
    finish_on: str | None = None,
    beep: bool | None = None,
    callback: str | None = None,
    method: Method | None = None,
) -> Element:
    """A message left by the caller, at most ``max_length`` seconds."""
    attributes = {
        "action": action,
        "method": method,
        "maxLength": max_length,
        "timeout": timeout,
        "finishOnKey": finish_on,
        "playBeep": beep,
        "recordingStatusCallback": callback,
    }
    return make("Record", attributes)


# -- where the call goes


def enqueue(
    queue: str,
    *,
    wait_url: str,
    action: str,
    max_size: int | None = None,
    method: Method | None = None,
    wait_method: Method | None = None,
) -> Element:
    """Park the call; ``wait_url`` is what it hears, ``action`` is asked when it leaves."""
    attributes = {
        "action": action,
        "method": method,
        "maxQueueSize": max_size,
        "waitUrl": wait_url,
        "waitUrlMethod": wait_method,
    }
    return make("Enqueue", attributes, queue)


def leave() -> Element:
    """Out of the queue, to what follows its Enqueue."""
    return make("Leave")


def hangup() -> Element:
    """End the call."""
    return make("Hangup")


def redirect(url: str, *, method: Method | None = None) -> Element:
    """Go on with the document at ``url``."""
    return make("Redirect", {"method": method}, url)


def reject(reason: Literal["rejected", "busy"] = "rejected") -> Element:
    """Do not answer; such a call costs nothing."""
    return make("Reject", {"reason": reason})


def dial(
    noun: Element,
    *more: Element,
    action: str | None = None,
    caller_id: str | None = None,
    timeout: int | None = None,
    time_limit: int | None = None,
    answer_on_bridge: bool | None = None,
    method: Method | None = None,
) -> Element:
    """Connect the call with a room, a number, a SIP address or a client."""
    attributes = {
        "action": action,
        "method": method,
        "timeout": timeout,
        "timeLimit": time_limit,
        "callerId": caller_id,
        "answerOnBridge": answer_on_bridge,
    }
    return make("Dial", attributes, noun, *more)


def conference(
    room: str,
    *,
    label: str | None = None,
    starts: bool = True,
    ends: bool = False,
    muted: bool | None = None,
    beep: Literal["true", "false", "onEnter", "onExit"] = "false",
    wait_url: str | None = None,
    wait_method: Method | None = None,
    coach: str | None = None,
    jitter: Literal["large", "medium", "small", "off"] | None = None,
    most: int | None = None,
    status: str | None = None,
    status_events: tuple[str, ...] = (),
) -> Element:
    """A room, named by nothing personal. ``starts``: it begins when this call enters; ``ends``: it ends when it leaves.
    ``coach`` is the call that alone hears this one. The first participant's ``status`` counts for the whole room."""
    attributes = {
        "participantLabel": label,
        "startConferenceOnEnter": starts,
        "endConferenceOnExit": ends,
        "muted": muted,
        "beep": beep,
        "waitUrl": wait_url,
        "waitMethod": wait_method,
        "coach": coach,
        "jitterBufferSize": jitter,
        "maxParticipants": most,
        "statusCallback": status,
        "statusCallbackEvent": " ".join(status_events) or None,
    }
    return make("Conference", attributes, room)


def number(to: str, *, status: str | None = None, events: tuple[str, ...] = (), url: str | None = None) -> Element:
    """A telephone number to be dialled; ``url`` is heard by who answers, before they are connected."""
    return make("Number", _leg(status, events, url), to)


def sip(to: str, *, status: str | None = None, events: tuple[str, ...] = (), url: str | None = None) -> Element:
    """A SIP address to be dialled."""
    return make("Sip", _leg(status, events, url), to)


def client(name: str, *, status: str | None = None, events: tuple[str, ...] = (), url: str | None = None) -> Element:
    """A browser client to be dialled."""
    return make("Client", _leg(status, events, url), name)


def _leg(status: str | None, events: tuple[str, ...], url: str | None) -> Mapping[str, str | None]:
    return {"url": url, "statusCallback": status, "statusCallbackEvent": " ".join(events) or None}


def refer(to: str, *, action: str | None = None) -> Element:
    """Hand the call to a SIP address of the caller's own exchange."""
    return make("Refer", {"action": action}, make("Sip", {}, to, key="ReferSip"))


# -- beside the call


def connect(stream_: Element, *, action: str | None = None) -> Element:
    """Give the call's sound to a stream, both ways, until the stream's socket is closed by us."""
    return make("Connect", {"action": action}, stream_)


def start(*what: Element) -> Element:
    """Begin a stream, a transcription or a recording beside the call."""
    return make("Start", {}, *what)


def stop(*what: Element) -> Element:
    """End a stream or a transcription by its name."""
    return make("Stop", {}, *what)


def stream(
    url: str | None = None,
    *,
    name: str | None = None,
    track: Literal["inbound_track", "outbound_track", "both_tracks"] | None = None,
    status: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Element:
    """The call's sound over a WebSocket (wss, no query: ``parameters`` are told in its first message)."""
    told = [make("Parameter", {"name": key, "value": value}) for key, value in (parameters or {}).items()]
    return make("Stream", {"url": url, "name": name, "track": track, "statusCallback": status}, *told)


def transcription(
    callback: str | None = None,
    *,
    name: str | None = None,
    language: str | None = None,
    track: Literal["inbound_track", "outbound_track", "both_tracks"] | None = None,
    engine: Literal["google", "deepgram"] | None = None,
    model: str | None = None,
    partial: bool | None = None,
    hints: str | None = None,
    inbound: str | None = None,
    outbound: str | None = None,
) -> Element:
    """Words of the call, told to ``callback`` (absolute) while they are spoken."""
    attributes = {
        "statusCallbackUrl": callback,
        "name": name,
        "languageCode": language,
        "track": track,
        "transcriptionEngine": engine,
        "speechModel": model,
        "partialResults": partial,
        "hints": hints,
        "inboundTrackLabel": inbound,
        "outboundTrackLabel": outbound,
    }
    return make("Transcription", attributes)


def recording(callback: str | None = None, *, dual: bool = True) -> Element:
    """The recording of the call."""
    return make("Recording", {"recordingStatusCallback": callback, "channels": "dual" if dual else "mono"})
