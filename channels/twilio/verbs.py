"""TwiML as one table: which verbs there are, which attributes they take, with which values, and what may stand in them.

Who builds a document (twiml.py) and who obeys one (the stand-in carrier) both read this table, so that the two cannot
disagree in silence; that the table itself agrees with Twilio is held in a test, which compares every attribute and
every nesting with the classes of the ``twilio`` package. Values (enumerations, bounds) follow Twilio's TwiML pages.

Left out on purpose, because this service never says them: Pay, Prompt, Sms, Echo, Queue as a verb, Siprec, Task,
VirtualAgent, ConversationRelay, Room. A document with one of those is refused here as any misspelt verb is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from channels.twilio.spoken import fits

DOCUMENT_BYTES_MAX = 64 * 1024
DEPTH_MAX = 12
URL_CHARS_MAX = 4_000
QUEUE_NAME_CHARS_MAX = 64
LABEL_CHARS_MAX = 128
PARAMETER_CHARS_MAX = 500  # name and value of a stream's parameter together stay below

Check = Callable[[str], str]
"""The fault of a value in a few words; "" when it is right."""


def _one_of(*values: str) -> Check:
    allowed = frozenset(values)
    return lambda value: "" if value in allowed else f"not one of {', '.join(values)}"


def _some_of(*values: str) -> Check:
    allowed = frozenset(values)
    return lambda value: "" if value.split() and allowed.issuperset(value.split()) else f"not among {', '.join(values)}"


def _number(least: int, most: int) -> Check:
    def check(value: str) -> str:
        right = value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most
        return "" if right else f"not a whole number from {least} to {most}"

    return check


def _either(number: Check, *words: str) -> Check:
    return lambda value: "" if value in words else number(value)


def _pattern(pattern: str, what: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: "" if compiled.fullmatch(value) else f"not {what}"


def _text(most: int, least: int = 0) -> Check:
    return lambda value: "" if least <= len(value) <= most else f"not {least} to {most} characters"


_BLANK = re.compile(r"\s").search
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):").match


def _url(value: str) -> str:
    """http(s), or relative to the document; Twilio resolves it."""
    if len(value) > URL_CHARS_MAX or _BLANK(value):
        return "not an address"
    scheme = _SCHEME(value)
    return "" if scheme is None or scheme[1] in {"http", "https"} else "not an http(s) address"


def _socket_url(value: str) -> str:
    """A stream's address is wss and has no query: what it needs to be told travels as Parameter. On this machine itself
    ws will do, for the stand-in network."""
    parts = urlsplit(value)
    safe = parts.scheme == "wss" or (parts.scheme == "ws" and parts.hostname in {"127.0.0.1", "::1", "localhost"})
    right = safe and parts.hostname and not parts.query and not parts.fragment
    return "" if right and len(value) <= URL_CHARS_MAX else "not a wss address without a query"


def _sip(value: str) -> str:
    return "" if value.partition(":")[0] in {"sip", "sips"} and "@" in value else "not a sip address"


BOOL = _one_of("true", "false")
METHOD = _one_of("GET", "POST")
URL = _url
ANY = _text(URL_CHARS_MAX)
SECONDS = _number(1, 600)
LANGUAGE = _pattern(r"[a-z]{2,3}(-[A-Za-z]{4})?(-[A-Z0-9]{2,3}){0,2}", "a language code")
VOICE = _pattern(r"man|woman|alice|(Polly|Google|ElevenLabs)\.[A-Za-z0-9_-]{1,80}", "a voice")
# Labels stand in addresses beside the ids of calls (16023 in a document, 16024 in a request).
LABEL = _pattern(rf"(?!CA[0-9a-f]{{32}}$)(?!.*%2[Ff])[^/]{{1,{LABEL_CHARS_MAX}}}", "a label")
ONE_KEY = _pattern(r"[0-9*#]?", "one key or nothing")
KEYS = _pattern(r"[0-9*#]*", "keys")
NUMBER = _pattern(r"\+?[0-9*#]{2,20}", "a telephone number")
TRIM = _one_of("trim-silence", "do-not-trim")
LEG_EVENTS = _some_of("initiated", "ringing", "answered", "completed")
RECORDING_EVENTS = _some_of("in-progress", "completed", "absent")
TRACK = _one_of("inbound_track", "outbound_track", "both_tracks")
RECORD_TRACK = _one_of("inbound", "outbound", "both")

_CALLBACK = {"statusCallback": URL, "statusCallbackMethod": METHOD}
_LEG = {"url": URL, "method": METHOD, "statusCallbackEvent": LEG_EVENTS, **_CALLBACK}
_RECORDING = {
    "recordingStatusCallback": URL,
    "recordingStatusCallbackMethod": METHOD,
    "recordingStatusCallbackEvent": RECORDING_EVENTS,
}


@dataclass(frozen=True, slots=True)
class Verb:
    """One element: ``attributes`` with their checks, ``children`` (as written -> key of the table), the check of its
    ``text`` (None: it has no text of its own), attributes that must stand, and how many children at most.

    ``mixed``: text and elements may alternate. ``together``: what is wrong with attributes that are right alone."""

    attributes: Mapping[str, Check] = field(default_factory=dict)
    children: Mapping[str, str] = field(default_factory=dict)
    text: Check | None = None
    needs: frozenset[str] = frozenset()
    at_least: int = 0
    at_most: int = 1_000
    mixed: bool = False
    together: Callable[[Mapping[str, str]], str] = lambda _: ""


def _short(given: Mapping[str, str]) -> str:
    right = sum(map(len, given.values())) <= PARAMETER_CHARS_MAX
    return "" if right else f"name and value exceed {PARAMETER_CHARS_MAX} characters"


def _same(*names: str) -> dict[str, str]:
    return dict(zip(names, names, strict=True))


# What may stand in spoken text; which of these may stand in which other follows the classes of the twilio package.
_INLINE = _same("break", "emphasis", "lang", "phoneme", "prosody", "say-as", "sub", "w")
_SENTENCE = _INLINE
_BLOCK = {**_INLINE, **_same("s")}
_ALL_SPOKEN = {**_BLOCK, **_same("p")}
_WORD = _same("break", "emphasis", "phoneme", "prosody", "say-as", "sub")


def _spoken(text: str) -> str:
    """All that one Say says; the words of the marks within it count."""
    return "" if fits(text) else "longer than one Say can say (portions)"


_SPOKEN = _spoken
_SCALE = r"x-(low|soft|slow)|low|soft|slow|medium|default|silent|x-(high|loud|fast)|high|loud|fast"

SPOKEN: dict[str, Verb] = {
    "break": Verb(
        {
            "strength": _one_of("none", "x-weak", "weak", "medium", "strong", "x-strong"),
            "time": _pattern(r"[0-9]{1,5}(ms|s)", "a time such as 300ms"),
        }
    ),
    "emphasis": Verb({"level": _one_of("strong", "moderate", "reduced")}, _INLINE, _SPOKEN, mixed=True),
    "lang": Verb({"xml:lang": LANGUAGE}, _ALL_SPOKEN, _SPOKEN, frozenset({"xml:lang"}), mixed=True),
    "p": Verb({}, _BLOCK, _SPOKEN, mixed=True),
    "phoneme": Verb(
        {"alphabet": _one_of("ipa", "x-sampa", "x-amazon-jyutping", "x-amazon-pinyin"), "ph": _text(200, 1)},
        text=_SPOKEN,
        needs=frozenset({"ph"}),
    ),
    "prosody": Verb(
        {
            "volume": _pattern(rf"{_SCALE}|[+-][0-9.]{{1,5}}dB", "a volume"),
            "rate": _pattern(rf"{_SCALE}|[0-9]{{1,3}}%", "a rate"),
            "pitch": _pattern(rf"{_SCALE}|[+-][0-9.]{{1,5}}%", "a pitch"),
        },
        _ALL_SPOKEN,
        _SPOKEN,
        mixed=True,
    ),
    "s": Verb({}, _SENTENCE, _SPOKEN, mixed=True),
    "say-as": Verb(
        {
            "interpret-as": _one_of(
                *("address", "cardinal", "characters", "date", "digits", "expletive", "fraction", "number", "ordinal"),
                *("spell-out", "telephone", "time", "unit", "verbatim", "currency", "duration", "bleep"),
            ),
            "format": _text(20),
        },
        text=_SPOKEN,
        needs=frozenset({"interpret-as"}),
    ),
    "sub": Verb({"alias": _text(200)}, text=_SPOKEN, needs=frozenset({"alias"})),
    "w": Verb({"role": _text(50)}, _WORD, _SPOKEN, mixed=True),
}

VERBS: dict[str, Verb] = {
    "Say": Verb({"voice": VOICE, "loop": _number(0, 1_000), "language": LANGUAGE}, _ALL_SPOKEN, _SPOKEN, mixed=True),
    "Play": Verb({"loop": _number(0, 1_000), "digits": _pattern(r"[0-9wW*#A-D]{1,100}", "keys")}, text=URL),
    "Pause": Verb({"length": _number(0, 3_600)}),
    "Gather": Verb(
        {
            "input": _some_of("dtmf", "speech"),
            "action": URL,
            "method": METHOD,
            "timeout": SECONDS,
            "speechTimeout": _either(_number(1, 60), "auto"),
            "maxSpeechTime": _number(1, 60),
            "profanityFilter": BOOL,
            "finishOnKey": ONE_KEY,
            "numDigits": _number(1, 1_000),
            "partialResultCallback": URL,
            "partialResultCallbackMethod": METHOD,
            "language": LANGUAGE,
            "hints": _text(10_000),
            "bargeIn": BOOL,
            "debug": BOOL,
            "actionOnEmptyResult": BOOL,
            "speechModel": _pattern(
                r"(default|numbers_and_commands|phone_call|experimental_\w+|googlev2_\w+|"
                r"deepgram_nova-[23](-\w+)?)",
                "a speech model",
            ),
            "enhanced": BOOL,
        },
        _same("Say", "Play", "Pause"),
    ),
    "Record": Verb(
        {
            "action": URL,
            "method": METHOD,
            "timeout": SECONDS,
            "finishOnKey": KEYS,
            "maxLength": _number(1, 14_400),
            "playBeep": BOOL,
            "trim": TRIM,
            **_RECORDING,
            "transcribe": BOOL,
            "transcribeCallback": URL,
        }
    ),
    "Enqueue": Verb(
        {
            "action": URL,
            "method": METHOD,
            "maxQueueSize": _number(1, 5_000),
            "waitUrl": URL,
            "waitUrlMethod": METHOD,
            "workflowSid": _pattern(r"WW[0-9a-f]{32}", "a workflow"),
        },
        text=_text(QUEUE_NAME_CHARS_MAX, 1),
    ),
    "Leave": Verb(),
    "Hangup": Verb(),
    "Redirect": Verb({"method": METHOD}, text=lambda value: URL(value) if value else "no address"),
    "Reject": Verb({"reason": _one_of("rejected", "busy")}),
    "Refer": Verb({"action": URL, "method": METHOD}, {"Sip": "ReferSip"}, at_least=1, at_most=1),
    "Dial": Verb(
        {
            "action": URL,
            "method": METHOD,
            "timeout": SECONDS,
            "hangupOnStar": BOOL,
            "timeLimit": _number(1, 86_400),
            "callerId": _text(200),
            "record": _one_of(
                *("do-not-record", "record-from-answer", "record-from-ringing"),
                *("record-from-answer-dual", "record-from-ringing-dual", "true", "false"),
            ),
            "trim": TRIM,
            **_RECORDING,
            "answerOnBridge": BOOL,
            "ringTone": _pattern(r"automatic|[a-z]{2}(-old)?", "a ring tone"),
            "recordingTrack": RECORD_TRACK,
            "sequential": BOOL,
            "referUrl": URL,
            "referMethod": METHOD,
        },
        _same("Number", "Client", "Sip", "Conference", "Queue", "Application"),
        text=NUMBER,
    ),
    "Connect": Verb({"action": URL, "method": METHOD}, _same("Stream"), at_least=1, at_most=1),
    "Start": Verb({"action": URL, "method": METHOD}, _same("Stream", "Transcription", "Recording"), at_least=1),
    "Stop": Verb({}, _same("Stream", "Transcription"), at_least=1),
}

NOUNS: dict[str, Verb] = {
    "Number": Verb({"sendDigits": _pattern(r"[0-9wW*#]{0,100}", "keys"), **_LEG}, text=NUMBER),
    "Client": Verb(_LEG, _same("Identity", "Parameter"), text=_text(121)),
    "Identity": Verb(text=_text(121, 1)),
    "Sip": Verb({"username": _text(100), "password": _text(100), **_LEG}, text=_sip),
    "ReferSip": Verb(text=_sip),
    "Queue": Verb({"url": URL, "method": METHOD}, text=_text(QUEUE_NAME_CHARS_MAX, 1)),
    "Application": Verb(
        {**_LEG, "customerId": _text(256), "copyParentTo": BOOL},
        {"ApplicationSid": "ApplicationSid", "Parameter": "Parameter"},
        text=_pattern(r"(AP[0-9a-f]{32})?", "an application"),
    ),
    "ApplicationSid": Verb(text=_pattern(r"AP[0-9a-f]{32}", "an application")),
    "Conference": Verb(
        {
            "muted": BOOL,
            "beep": _one_of("true", "false", "onEnter", "onExit"),
            "startConferenceOnEnter": BOOL,
            "endConferenceOnExit": BOOL,
            "participantLabel": LABEL,
            "jitterBufferSize": _one_of("large", "medium", "small", "off"),
            "waitUrl": URL,
            "waitMethod": METHOD,
            "maxParticipants": _number(2, 250),
            "record": _one_of("do-not-record", "record-from-start"),
            "region": _one_of("us1", "us2", "ie1", "de1", "sg1", "br1", "au1", "jp1"),
            "trim": TRIM,
            "coach": _pattern(r"CA[0-9a-f]{32}", "a call"),
            **_CALLBACK,
            "statusCallbackEvent": _some_of(
                *("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")
            ),
            **_RECORDING,
            "eventCallbackUrl": URL,
        },
        text=_text(LABEL_CHARS_MAX, 1),
    ),
    "Stream": Verb(
        {"name": _text(100), "connectorName": _text(100), "url": _socket_url, "track": TRACK, **_CALLBACK},
        _same("Parameter"),
    ),
    "Parameter": Verb(
        {"name": _text(PARAMETER_CHARS_MAX, 1), "value": _text(PARAMETER_CHARS_MAX)},
        needs=frozenset({"name", "value"}),
        together=_short,
    ),
    "Transcription": Verb(
        {
            "name": _text(100),
            "track": TRACK,
            "statusCallbackUrl": URL,
            "statusCallbackMethod": METHOD,
            "inboundTrackLabel": _text(100),
            "outboundTrackLabel": _text(100),
            "partialResults": BOOL,
            "languageCode": LANGUAGE,
            "transcriptionEngine": _one_of("google", "deepgram"),
            "profanityFilter": BOOL,
            "speechModel": _text(100),
            "hints": _text(10_000),
            "enableAutomaticPunctuation": BOOL,
        }
    ),
    "Recording": Verb({**_RECORDING, "trim": TRIM, "track": RECORD_TRACK, "channels": _one_of("mono", "dual")}),
}


def unheard(asked: Callable[[str], str]) -> str:
    """Why Twilio's recogniser fails a Gather of those attributes (error 13335), right as each is alone; "" when it does
    not."""
    model = asked("speechModel")
    if model and asked("speechTimeout") == "auto":
        return "a named model takes no speech timeout of auto"
    return "phone_call hears no Korean" if model == "phone_call" and asked("language").startswith("ko") else ""


ROOT = "Response"
TABLE: dict[str, Verb] = {**SPOKEN, **VERBS, **NOUNS, ROOT: Verb({}, _same(*VERBS))}

Place = Literal["call", "queue_wait", "room_wait", "announce"]

# What a document may say depends on who asked for it: while waiting in a queue keys work, while waiting in a room or on
# hold they do not.
PLACES: dict[Place, frozenset[str]] = {
    "call": frozenset(VERBS),
    "queue_wait": frozenset({"Play", "Say", "Pause", "Hangup", "Redirect", "Leave", "Gather"}),
    "room_wait": frozenset({"Play", "Say", "Pause", "Redirect"}),
    "announce": frozenset({"Play", "Say", "Pause", "Redirect"}),
}
