"""Gather: keys or speech, while its prompts are heard.

The first key (or, unless ``bargeIn`` is false, the first sound of speech) cuts the prompts short. Keys end by
``numDigits``, by ``finishOnKey`` (``#`` unless said otherwise; it is not part of the digits), or by ``timeout`` after
the last one. Speech ends after ``speechTimeout`` of silence. With nothing to tell (``finishOnKey`` as the first key is
nothing too) the next verb follows, unless ``actionOnEmptyResult``. Whichever of keys and speech comes first counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from channels.carrier import webhooks
from channels.carrier.loading import Leap, Outcome, Run, span
from channels.carrier.model import SECOND, Params
from channels.carrier.parameters import of_call
from channels.carrier.process import Key, Speech, SpeechBegan, Steps
from channels.carrier.verbs import playing
from channels.twilio.element import Element
from channels.twilio.verbs import unheard

UNSUPPORTED_SPEECH = 13335


@dataclass(frozen=True, slots=True)
class Rules:
    """What a Gather asks for, read from its attributes."""

    keys: bool
    speech: bool
    timeout_us: int
    silence_us: int
    most_us: int
    finish: str
    most: int
    barge: bool

    @property
    def stops(self) -> tuple[type, ...]:
        """What cuts a prompt short."""
        return (*((Key,) if self.keys else ()), *((SpeechBegan, Speech) if self.speech and self.barge else ()))


def rules(run: Run, verb: Element) -> Rules:
    """The defaults are Twilio's: five seconds, ``#``, keys only, prompts may be interrupted."""
    kinds = verb.get("input", "dtmf").split()
    timeout = span(verb, "timeout", 5)
    pause = verb.get("speechTimeout")
    silence = run.net.pace.speech_us if pause == "auto" else span(verb, "speechTimeout", timeout // SECOND)
    return Rules(
        "dtmf" in kinds,
        "speech" in kinds,
        timeout,
        silence,
        span(verb, "maxSpeechTime", 60),
        verb.get("finishOnKey", "#"),
        int(verb.get("numDigits", "0")),
        verb.get("bargeIn", "true") == "true",
    )


def obey(run: Run, verb: Element) -> Steps[Outcome]:
    """Prompts, then what was asked for, then the action."""
    asked = rules(run, verb)
    if asked.speech and (wrong := unheard(verb.get)):
        run.net.warn(UNSUPPORTED_SPEECH, wrong, run.call.sid, run.document.url)
        return None
    first: object = None
    for prompt in verb.elements:
        first = yield from playing.play(run, prompt, asked.stops)
        if first is not None:
            break
    if first is None:
        stops = (*((Key,) if asked.keys else ()), *((SpeechBegan, Speech) if asked.speech else ()))
        first = yield from playing.wait(run, run.net.now_us + asked.timeout_us, stops)
    found: Params = ()
    if isinstance(first, Key):
        digits = yield from _keys(run, asked, first.digit)
        found = (("Digits", digits),) if digits else ()
    elif isinstance(first, SpeechBegan | Speech):
        found = yield from _speech(run, verb, asked, first)
    if not found and verb.get("actionOnEmptyResult", "false") != "true":
        return None
    run.net.note("gathered", run.call.sid, " ".join(value for _, value in found))
    return Leap(run.document.goto(verb), found or (("Digits", ""),))


def _keys(run: Run, asked: Rules, first: str) -> Steps[str]:
    digits, key = "", first
    while True:
        if asked.finish and key == asked.finish:
            return digits
        digits += key
        if asked.most and len(digits) >= asked.most:
            return digits
        following = yield from playing.wait(run, run.net.now_us + asked.timeout_us, (Key,))
        if not isinstance(following, Key):
            return digits
        key = following.digit


def _speech(run: Run, verb: Element, asked: Rules, first: object) -> Steps[Params]:
    """What is said until the speaker rests, as one text; a key that comes meanwhile is not looked at."""
    said: list[Speech] = [first] if isinstance(first, Speech) else []
    speaking, begun = not said, run.net.now_us
    while True:
        until = begun + asked.most_us if speaking else run.net.now_us + asked.silence_us
        heard = yield from playing.wait(run, until, (Speech, SpeechBegan))
        if heard is None:
            break
        speaking = isinstance(heard, SpeechBegan)
        if isinstance(heard, Speech):
            said.append(heard)
            _partial(run, verb, said)
    if not said:
        return ()
    surest = min(speech.confidence for speech in said)
    text = " ".join(speech.text for speech in said)
    return ("SpeechResult", text), ("Confidence", f"{surest:.8g}")


def _partial(run: Run, verb: Element, said: list[Speech]) -> None:
    """Each finished stretch is told while the caller goes on."""
    text = " ".join(speech.text for speech in said)
    extra = ("StableSpeechResult", text), ("UnstableSpeechResult", ""), ("SequenceNumber", str(len(said) - 1))
    told = run.document.callback(verb, "partialResultCallback")
    webhooks.tell(run.net, told, of_call(run.net, run.call, *extra), run.call)
