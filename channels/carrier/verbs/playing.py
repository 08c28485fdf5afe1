"""Say, Play, Pause: what is heard, for how long; and what may cut it short, a recording's coming too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from channels.carrier import sounds, transcripts
from channels.carrier.loading import Outcome, Run
from channels.carrier.model import SECOND, Hearing
from channels.carrier.process import Steps, Wait
from channels.twilio.element import Element

SYNTHETIC = 0.99  # how sure a recogniser is of the network's own voice
LOOPS_MAX = 1_000  # "without end"
LOOK_US = 10_000  # how often somebody who waits for a recording looks whether it has come


def wait(run: Run, until_us: int | None, stop: tuple[type, ...] = ()) -> Steps[object]:
    """Wait for that instant; a happening of one of the kinds in ``stop`` ends it before, and is returned."""
    while until_us is None or run.net.now_us < until_us:
        happening = yield Wait(until_us)
        if isinstance(happening, stop):
            return happening
    return None


def hear(run: Run, hearing: Hearing, us: int, stop: tuple[type, ...] = ()) -> Steps[object]:
    """Play that to the call for so long, or until it is cut short by what is then returned."""
    net = run.net
    until = net.now_us + us
    net.hear(run.call, replace(hearing, since_us=net.now_us, ends_us=until))
    if hearing.kind == "say":
        transcripts.hear(net, run.call, "outbound_track", hearing.text, SYNTHETIC, us)
    try:
        return (yield from wait(run, until, stop))
    finally:
        net.silence(run.call)


def heard(run: Run, verb: Element) -> Iterator[tuple[Hearing, int]]:
    """What one Say, Play or Pause is to the ear: each round with its duration in microseconds."""
    media = run.net.media
    if verb.name == "Pause":
        yield Hearing("silence"), int(verb.get("length", "1")) * SECOND
        return
    loops = int(verb.get("loop", "1")) or LOOPS_MAX
    if verb.name == "Say":
        language, voice = verb.get("language", "en-US"), verb.get("voice")
        one = Hearing("say", verb.text, "", language, voice), media.speech_us(verb.text, language, voice)
    elif digits := verb.get("digits"):
        one = Hearing("keys", digits), len(digits) * run.net.pace.key_us
    else:
        recorded = run.net.sounds.get(url := run.document.resolve(verb.text))
        if recorded is None:  # it could not be had: the next verb
            return
        one = Hearing("play", "", url, sound=recorded.mu_law), recorded.us
    for _ in range(loops):
        yield one


def play(run: Run, verb: Element, stop: tuple[type, ...] = ()) -> Steps[object]:
    """Obey one Say, Play or Pause; what cut it short, None when it was heard to its end."""
    if verb.name == "Play" and not verb.get("digits"):
        cut = yield from _fetched(run, verb, stop)
        if cut is not None:
            return cut
    for hearing, us in heard(run, verb):
        cut = yield from hear(run, hearing, us, stop)
        if cut is not None:
            return cut
    return None


def _fetched(run: Run, verb: Element, stop: tuple[type, ...]) -> Steps[object]:
    """Until the recording is here or cannot be had; what cut that short."""
    settled = sounds.ask(run.net, run.call, run.document.resolve(verb.text))
    while not settled():
        cut = yield from wait(run, run.net.now_us + LOOK_US, stop)
        if cut is not None:
            return cut
    return None


def obey(run: Run, verb: Element) -> Steps[Outcome]:
    """As a verb of its own: nothing cuts it short."""
    yield from play(run, verb)
    return None
