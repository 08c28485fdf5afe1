"""What a call hears beside its document: music while a room waits or holds it, an announcement.

Only Say, Play, Pause and Redirect stand there (no keys); the document is not asked again when it ends, save by its own
Redirect. One that cannot be had is a line in the debugger and silence.
"""

from __future__ import annotations

from channels.carrier.loading import Document, Failed, Leap, Outcome, Run, load
from channels.carrier.model import Call, Goto, Hearing
from channels.carrier.network import Network
from channels.carrier.process import Steps, Wait
from channels.carrier.verbs import playing
from channels.twilio.verbs import Place

MUSIC = Hearing("music", "대기 음악")


def music(net: Network, call: Call) -> Steps[None]:
    """The network's own music, until something else is to be heard."""
    net.hear(call, Hearing("music", MUSIC.text, since_us=net.now_us))
    while True:
        yield Wait()


def document(net: Network, call: Call, goto: Goto, place: Place, *extra: tuple[str, str]) -> Steps[bool]:
    """Play the document at ``goto`` through; whether it could be played."""
    run = Run(net, call, obey, place, lambda: extra)
    outcome: Outcome = Leap(goto)
    try:
        while outcome is not None and outcome.goto is not None:
            run.document = yield from load(run, outcome.goto)
            outcome = yield from obey(run, run.document)
    except Failed as failed:
        net.warn(failed.code, failed.why, call.sid, failed.url)
        return False
    return True


def obey(run: Run, document: Document) -> Steps[Outcome]:
    """Its verbs, one after another."""
    for verb in document.verbs:
        if verb.name == "Redirect":
            return document.away(verb)
        yield from playing.play(run, verb)
    return None
