"""TwiML as this service says it: one typed function a verb, and :func:`document` for the whole.

What these functions cannot express is not said by the service; what they return holds to the table in verbs.py, or
Malformed is raised, which is a fault of our own (a queue's name too long, an address with a blank in it). Text from
people may hold anything: it is escaped, and freed of what XML cannot carry. A document is at most 64 KB (error 11750).
:func:`parse` is the other direction, for who obeys TwiML.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from channels.twilio.element import Element, Malformed, Value, make, render
from channels.twilio.reading import Fault, parse
from channels.twilio.spoken import portions
from channels.twilio.verbs import DOCUMENT_BYTES_MAX, PLACES, ROOT, Place, unheard

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


def say(*words: Spoken, language: str | None = None, voice: str | None = None) -> Element:
    """Speak ``words``: text, or :func:`slower`. Malformed for more than one Say can say: see :func:`portions`."""
    return make("Say", {"voice": voice, "language": language}, *words)


def slower(percent: int, *words: Spoken) -> Element:
    """Spoken text at ``percent`` of the usual speed (20 to 200)."""
    return make("prosody", {"rate": f"{percent}%"}, *words)


def play(url: str, *, loop: int | None = None) -> Element:
    """Play a recording (wav); ``loop`` 0 plays without end."""
    return make("Play", {"loop": loop}, url)


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
    language: str | None = None,
    model: str | None = None,
    hints: str | None = None,
    barge_in: bool | None = None,
) -> Element:
    """Ask for keys or speech while ``prompts`` are heard; ``action`` is asked even when nothing came. No key ends it
    unless ``finish_on`` names one: Twilio's own default is ``#``, which this service needs for "back".

    One that Twilio would read and then fail (verbs.py: unheard) is Malformed here."""
    attributes = {
        "input": input,
        "action": action,
        "timeout": timeout,
        "speechTimeout": speech_timeout,
        "finishOnKey": finish_on,
        "numDigits": digits,
        "actionOnEmptyResult": True,
        "language": language,
        "speechModel": model,
        "hints": hints,
        "bargeIn": barge_in,
    }
    made = make("Gather", attributes, *prompts)
    if wrong := unheard(made.get):
        raise Malformed(f"Gather: {wrong}")
    return made


def record(
    *,
    action: str,
    max_length: int,
    timeout: int | None = None,
    finish_on: str | None = None,
    beep: bool | None = None,
    callback: str | None = None,
) -> Element:
    """A message left by the caller, at most ``max_length`` seconds."""
    attributes: dict[str, Value] = {
        "action": action,
        "maxLength": max_length,
        "timeout": timeout,
        "finishOnKey": finish_on,
        "playBeep": beep,
        "recordingStatusCallback": callback,
    }
    return make("Record", attributes)


# -- where the call goes


def enqueue(queue: str, *, wait_url: str, action: str) -> Element:
    """Park the call; ``wait_url`` is what it hears, ``action`` is asked when it leaves."""
    return make("Enqueue", {"action": action, "waitUrl": wait_url}, queue)


def leave() -> Element:
    """Out of the queue, to what follows its Enqueue."""
    return make("Leave")


def hangup() -> Element:
    """End the call."""
    return make("Hangup")


def reject() -> Element:
    """Do not answer: who rang hears nothing, and is told that it was busy."""
    return make("Reject", {"reason": "busy"})


def redirect(url: str) -> Element:
    """Go on with the document at ``url``."""
    return make("Redirect", {}, url)


def dial(
    noun: Element,
    *,
    action: str | None = None,
    caller_id: str | None = None,
    timeout: int | None = None,
    answer_on_bridge: bool | None = None,
) -> Element:
    """Connect the call with a room (:func:`conference`) or a telephone (:func:`phone`)."""
    attributes: dict[str, Value] = {"action": action, "timeout": timeout, "callerId": caller_id}
    return make("Dial", attributes | {"answerOnBridge": answer_on_bridge}, noun)


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
    jitter: Literal["large", "medium", "small", "off"] | None = None,
    status: str | None = None,
    status_events: tuple[str, ...] = (),
) -> Element:
    """A room, named by nothing personal. ``starts``: it begins when this call enters; ``ends``: it ends when it leaves.
    The first participant's ``status`` counts for the whole room."""
    attributes = {
        "participantLabel": label,
        "startConferenceOnEnter": starts,
        "endConferenceOnExit": ends,
        "muted": muted,
        "beep": beep,
        "waitUrl": wait_url,
        "waitMethod": wait_method,
        "jitterBufferSize": jitter,
        "statusCallback": status,
        "statusCallbackEvent": " ".join(status_events) or None,
    }
    return make("Conference", attributes, room)


def phone(to: str, *, status: str | None = None, events: tuple[str, ...] = (), url: str | None = None) -> Element:
    """A telephone to be dialled: ``client:name``, a SIP address, else a number; ``url`` is heard by who answers, before
    they are connected."""
    attributes = {"url": url, "statusCallback": status, "statusCallbackEvent": " ".join(events) or None}
    kind, _, name = to.partition(":")
    if kind == "client":
        return make("Client", attributes, name)
    return make("Sip" if kind in {"sip", "sips"} else "Number", attributes, to)


# -- beside the call


def connect(stream_: Element) -> Element:
    """Give the call's sound to a stream, both ways, until the stream's socket is closed by us."""
    return make("Connect", {}, stream_)


def stream(url: str, *, parameters: Mapping[str, str] | None = None) -> Element:
    """The call's sound over a WebSocket (wss, no query: ``parameters`` are told in its first message)."""
    told = [make("Parameter", {"name": key, "value": value}) for key, value in (parameters or {}).items()]
    return make("Stream", {"url": url}, *told)
