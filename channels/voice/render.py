"""A recorded turn of the menu as TwiML: pure, so the same turn at the same hop is the same bytes, however often asked.

Where a turn is heard decides what may be said: in the call itself everything, on a queue's wait page only what the
network obeys there (PLACES in channels/twilio/verbs.py). A turn that takes the caller out of the line (``Leave`` first)
is answered on the wait page with ``<Leave/>`` alone; the rest of it is rendered where the call goes on.

A document never just ends while somebody listens: behind every question stands a redirect to where its answer goes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from channels.twilio import twiml
from channels.twilio.element import Element
from channels.twilio.verbs import Place
from channels.voice.links import Hop, Links
from channels.voice.words import SLOW_PERCENT, say, voice
from ivr import actions as a
from ivr.actions import Action, Utterance
from ivr.state import State

SPEECH_S = 2  # of quiet after the last word; "auto" cannot be said beside a named recogniser (error 13335)
HINTS_CHARS_MAX = 1_000
SPOKEN_CHARS_MAX = 3_000


@dataclass(frozen=True, slots=True)
class Style:
    """How this house sounds. ``music`` is the address of ``music_s`` seconds that can be repeated; ``caller_id`` the
    number that lines see; ``line_ring_s`` how long they ring; ``model`` the network's recogniser, which hears nobody
    unless the operator has accepted it (``speech``). ``dial`` gives a line as it is dialled ("" unknown)."""

    links: Links
    music: str
    music_s: int = 8
    caller_id: str = ""
    line_ring_s: int = 40
    model: str = "googlev2_telephony"
    speech: bool = False
    dial: Callable[[str], str] = lambda code: ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Which turn this is (``hop.step`` is its own number), and where it is heard."""

    hop: Hop
    style: Style
    place: Place = "call"

    @property
    def path(self) -> str:
        """Where answers go."""
        return "voice/wait" if self.place == "queue_wait" else "voice/step"

    def answer(self) -> str:
        """The address for the answer to this turn."""
        return self.style.links.to(self.path, self.hop)

    def again(self) -> str:
        """The address that asks for what has become of this turn."""
        return self.style.links.again(self.path, self.hop)


def render(state: State, actions: Sequence[Action], scene: Scene) -> bytes:
    """The document of a turn. Raises Malformed, which is a fault of ours. Where the caller came back for an answer
    (``scene.hop.again``), what she has heard while she waits for it is not said again."""
    if scene.hop.again and polled(actions):
        return twiml.document(*_polled(actions[-1], [], state, scene), place=scene.place)
    if scene.place == "queue_wait" and actions and isinstance(actions[0], a.Leave):
        return twiml.document(twiml.leave(), place="queue_wait")
    before, inside, last = _split(actions, scene)
    if scene.place == "queue_wait" and isinstance(last, a.Queue | a.Voicemail | a.Transfer):
        return twiml.document(twiml.leave(), place="queue_wait")  # these need the call itself
    make = _ENDINGS.get(type(last)) if last is not None else None
    heard = [*before, *inside]
    if make is None:
        verbs = [*heard, twiml.redirect(scene.again())]
    elif isinstance(last, a.Ask | a.Hold):
        verbs = [*before, *make(last, inside, state, scene)]
    elif isinstance(last, a.Voicemail) and not heard:  # the network's tone alone would tell nobody what to do
        verbs = [sentence("leave_message", last.language), *make(last, [], state, scene)]
    else:
        verbs = [*heard, *make(last, [], state, scene)]
    return twiml.document(*verbs, place=scene.place)


def _split(actions: Sequence[Action], scene: Scene) -> tuple[list[Element], list[Element], Action | None]:
    """What must be heard to its end; what a key may cut short; and what waits."""
    before: list[Element] = []
    inside: list[Element] = []
    last: Action | None = None
    for action in actions:
        if isinstance(action, a.Say):
            inside += spoken(action.prompts, scene)
            if not action.barge_in:
                before, inside = [*before, *inside], []
        elif isinstance(action, a.WAITING):
            last = action
    return before, inside, last


def spoken(prompts: Sequence[Utterance], scene: Scene) -> list[Element]:
    """Prompts as Say, or Play where there is a recording."""
    made: list[Element] = []
    for one in prompts:
        if one.audio:
            made.append(twiml.play(scene.style.links.audio(one.audio)))
        elif one.text.strip():
            known = voice(one.language)
            for part in twiml.portions(one.text[:SPOKEN_CHARS_MAX]):
                words = twiml.slower(SLOW_PERCENT, part) if one.slow else part
                made.append(twiml.say(words, language=known.say, voice=one.voice or known.voice))
    return made


def sentence(code: str, language: str, **values: object) -> Element:
    """One of our own sentences."""
    return spoken_in(language, say(code, language, **values))


def spoken_in(language: str, text: str) -> Element:
    """Words of our own, in that language's voice."""
    known = voice(language)
    return twiml.say(text, language=known.say, voice=known.voice)


def music(style: Style, seconds: float) -> Element:
    """Music for about so long."""
    return twiml.play(style.music, loop=max(1, math.ceil(seconds / style.music_s)))


# -- what waits


def _ask(ask: a.Ask, inside: list[Element], state: State, scene: Scene) -> list[Element]:
    known = voice(ask.language)
    hear = ask.speech and scene.style.speech
    hints = ", ".join(ask.hints)[:HINTS_CHARS_MAX]
    answer = scene.answer()
    gathered = twiml.gather(
        *inside,
        *spoken(ask.prompts, scene),
        action=answer,
        input="dtmf speech" if hear else "dtmf",
        digits=ask.num_digits or ask.max_digits or None,
        finish_on=ask.terminator,
        timeout=max(1, math.ceil(ask.timeout_s)),
        speech_timeout=SPEECH_S if hear else None,
        language=known.hear if hear else None,
        model=scene.style.model if hear else None,
        hints=hints or None if hear else None,
        barge_in=ask.barge_in if hear else None,
    )
    return [gathered, twiml.redirect(answer)]


def _hold(hold: a.Hold, inside: list[Element], state: State, scene: Scene) -> list[Element]:
    if scene.place != "queue_wait":
        return [*inside, *_parked(state.line.queue if state.line else "line", scene)]
    heard = [*inside, *spoken(hold.prompts, scene)]
    playing = music(scene.style, hold.seconds)
    if not hold.keys:
        return [*heard, playing, twiml.redirect(scene.answer())]
    gathered = twiml.gather(*heard, playing, action=scene.answer(), digits=1, timeout=1)
    return [gathered, twiml.redirect(scene.answer())]


def _queue(queue: a.Queue, inside: list[Element], state: State, scene: Scene) -> list[Element]:
    return _parked(queue.queue, scene)


def _parked(queue: str, scene: Scene) -> list[Element]:
    links = scene.style.links
    left = links.to("voice/left", scene.hop)
    return [
        twiml.enqueue(queue[:60] or "line", wait_url=links.to("voice/wait", scene.hop), action=left),
        twiml.redirect(left),
    ]


def _polled(action: Action, inside: list[Element], state: State, scene: Scene) -> list[Element]:
    """The answer is being fetched: a second of quiet, then the same hop asks for it."""
    return [twiml.pause(1), twiml.redirect(scene.again())]


def _voicemail(mail: a.Voicemail, inside: list[Element], state: State, scene: Scene) -> list[Element]:
    links = scene.style.links
    action = links.to("voice/voicemail", scene.hop)
    hop = Hop(scene.hop.session, scene.hop.leg, what="voicemail")
    recorded = twiml.record(
        action=action,
        max_length=max(1, mail.max_s),
        timeout=5,
        finish_on="#",
        beep=True,
        callback=links.to("voice/recording", hop),
    )
    return [recorded, twiml.redirect(action)]


def _transfer(transfer: a.Transfer, inside: list[Element], state: State, scene: Scene) -> list[Element]:
    to = scene.style.dial(transfer.line)
    if not to:  # nobody gave this line a number: the hop answers for it at once
        return [twiml.redirect(scene.again())]
    links, hop = scene.style.links, Hop(scene.hop.session, scene.hop.leg, scene.hop.step, line=transfer.line)
    noun = twiml.phone(
        to,
        url=links.to("voice/whisper", hop),
        status=links.to("voice/status", Hop(hop.session, what="line")),
        events=("answered", "completed"),
    )
    dialled = links.to("voice/dialled", hop)
    dial = twiml.dial(
        noun,
        action=dialled,
        caller_id=scene.style.caller_id or None,
        timeout=scene.style.line_ring_s,
        answer_on_bridge=True,
    )
    return [dial, twiml.redirect(dialled)]


def _end(end: a.End, inside: list[Element], state: State, scene: Scene) -> list[Element]:
    """The end, or a way to where she is with somebody."""
    return [twiml.hangup()] if end.hang_up else [twiml.redirect(scene.style.links.to("voice/join", scene.hop))]


def polled(actions: Sequence[Action]) -> bool:
    """Whether the caller comes back for what the turn asks of others."""
    return bool(actions) and _ENDINGS.get(type(actions[-1])) is _polled


_ENDINGS: dict[type, Callable[..., list[Element]]] = {
    a.Ask: _ask,
    a.Hold: _hold,
    a.Queue: _queue,
    a.Fetch: _polled,
    a.Lookup: _polled,
    a.Callback: _polled,
    a.Sms: _polled,
    a.Voicemail: _voicemail,
    a.Transfer: _transfer,
    a.End: _end,
}
